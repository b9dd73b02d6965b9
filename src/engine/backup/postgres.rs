//! PostgreSQL: dumped by its own tools from one snapshot, counted in the same snapshot, and proved
//! by the same restore that a rollback would run, into a scratch database that already holds it
//! all.
//!
//! The restore is one transaction: it drops what is there, recreates what the backup holds, and
//! commits only after reading the whole backup. If it is killed at any point, nothing has changed.

mod counts;
mod environment;
mod outside;
mod rows;
mod scratch;
mod script;
mod shape;
mod tools;

use crate::{
    engine::means::{
        database::{
            self,
            job::{Job, JobError, Stopwatch},
        },
        watched::Meanwhile,
    },
    model::{
        address::{Address, ServerAddress},
        record::{Proof, SavedDatabase},
        units::{Size, count},
    },
    world::{Access, Cancel, DatabaseError, DatabaseSession},
};
use counts::Table;
use std::{collections::BTreeMap, path::Path};
use tools::Tools;

pub use counts::{now, written};
pub use script::by_hand;

/// Combined rate of dump and restore, measured on small machines; only for an estimate.
const BYTES_A_SECOND: u64 = 40 << 20;
/// The subscriptions of this database.
const SUBSCRIPTIONS: &str = "\
SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid \
WHERE d.datname = current_database() ORDER BY 1";
/// Roles that own objects in the backup and of which the current role is not a member.
const OF_OTHERS: &str = "\
SELECT DISTINCT quote_ident(pg_get_userbyid(o.owner)) \
FROM (SELECT 'pg_class'::regclass AS class, oid, relowner AS owner, relnamespace AS place \
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') \
      UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, pronamespace FROM pg_proc) o \
  JOIN pg_namespace n ON n.oid = o.place \
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
  AND NOT pg_has_role(o.owner, 'MEMBER') \
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid \
                    AND d.deptype = 'e') \
ORDER BY 1";
/// The sessions that hold locks on what is to be restored: user, address, state, process.
const HOLDERS: &str = "\
SELECT DISTINCT coalesce(nullif(a.application_name, ''), a.usename::text), \
  coalesce(host(a.client_addr), 'this machine'), coalesce(a.state, 'busy'), a.pid::text \
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND l.granted AND l.locktype = 'relation' \
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
  AND a.backend_type = 'client backend' \
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";
/// How many times to look for another session whose locks would hold up the restore.
const BUSY_LOOKS: u32 = 5;

pub fn save(
    job: &mut Job<'_>,
    server: &ServerAddress,
    only_read_back: bool,
) -> Result<SavedDatabase, JobError> {
    let address = Address::Postgres(server.clone());
    let mut look = job.look(&address)?;
    let tools = Tools::find(job, &mut *look, server)?;
    let bytes = database::of_postgres(&mut *look, job.cancel)?;
    drop(look);
    let seconds = bytes / BYTES_A_SECOND + 1;
    let doing = format!("{}, about {seconds} s", Size::from_bytes(bytes));
    job.note(&doing);
    job.tell(doing, 0, bytes);

    let mut snapshot = job.work(&address, Access::Look)?;
    let cancel = job.cancel;
    let written = written(&mut *snapshot, cancel)?;
    let mut doubts = Vec::new();
    doubts.extend(subscribed(&mut *snapshot, cancel)?);
    let not_ours = of_others(&mut *snapshot, cancel)?;
    let outside = outside::now(&mut *snapshot, cancel)?;
    snapshot.run("SET row_security = off", cancel)?;
    snapshot.run("SET idle_in_transaction_session_timeout = 0", cancel)?;
    snapshot.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", cancel)?;
    let id = snapshot.run("SELECT pg_export_snapshot()", cancel)?;
    let tables = counts::tables(&mut *snapshot, cancel)?;
    let dump = job.place(".dump");
    self::dump(job, &tools, id.first().unwrap_or_default(), &tables, &dump)?;
    let (digest, bytes) = job.context.world.files.keep(&dump)?;
    job.begin("counting rows");
    let counts = counts::count(&mut *snapshot, &tables, cancel)?;
    drop(snapshot);

    let (proof, otherwise) = prove(job, &tools, server, &counts, not_ours, only_read_back)?;
    doubts.extend(otherwise);
    for doubt in &doubts {
        job.note(doubt);
    }
    Ok(SavedDatabase {
        name: job.name.to_owned(),
        file: format!("{}.dump", job.name),
        digest,
        bytes,
        of: format!("PostgreSQL {}, {server}", tools.server),
        counts,
        written,
        keys: BTreeMap::new(),
        proof,
        place: None,
        meta: None,
        doubt: (!doubts.is_empty()).then(|| doubts.join("; ")),
        outside: Some(outside),
    })
}

/// Restores it for a test; where that cannot be, reads it to its end. Gives also what of it the
/// operator has to know.
fn prove(
    job: &mut Job<'_>,
    tools: &Tools,
    server: &ServerAddress,
    counts: &BTreeMap<String, u64>,
    not_ours: Option<String>,
    only_read_back: bool,
) -> Result<(Proof, Vec<String>), JobError> {
    let contents = script::prepare(job, tools)?;
    let (proof, otherwise) = if only_read_back {
        let why = "the pack asks only to read it back".to_owned();
        (Proof::ReadBack { why }, None)
    } else {
        scratch::prove(job, tools, server, &contents, counts)
            .map_err(|error| with_cure(error, not_ours.as_deref()))?
    };
    let mut doubts: Vec<String> = otherwise.into_iter().collect();
    if proof != Proof::Restored {
        doubts.extend(not_ours);
        job.begin("reading the backup to its end");
        counts::read_back(job, tools, &job.place(".dump"), counts)?;
    }
    Ok((proof, doubts))
}

/// Warns of subscriptions: a restore does not roll back the server that sends their rows.
fn subscribed(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<Option<String>, DatabaseError> {
    let names = names(session, SUBSCRIPTIONS, cancel)?;
    Ok(names.map(|names| {
        format!(
            "its subscriptions ({names}) are not backed up: a restore leaves them without their tables, \
             which somebody has to add again (`ALTER SUBSCRIPTION … REFRESH PUBLICATION`)"
        )
    }))
}

/// Why a restore would be refused, and the cure: only a member of a role can make it an owner.
fn of_others(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<Option<String>, DatabaseError> {
    let owners = names(session, OF_OTHERS, cancel)?;
    Ok(owners.map(|owners| {
        format!(
            "a restore needs the rights of {owners}, who owns some of what is in it: let the product's \
             role own that (`ALTER … OWNER TO …`), or make it a member of that role"
        )
    }))
}

/// What a query lists; `None` if it lists nothing.
fn names(
    session: &mut dyn DatabaseSession,
    query: &str,
    cancel: &Cancel,
) -> Result<Option<String>, DatabaseError> {
    let names: Vec<String> = session.run(query, cancel)?.texts().collect();
    Ok((!names.is_empty()).then(|| names.join(", ")))
}

fn with_cure(error: JobError, cure: Option<&str>) -> JobError {
    match (error, cure) {
        (JobError::Unfit(why), Some(cure)) => JobError::Unfit(format!("{why}; {cure}")),
        (error, _) => error,
    }
}

fn dump(
    job: &mut Job<'_>,
    tools: &Tools,
    snapshot: &str,
    tables: &[Table],
    to: &Path,
) -> Result<(), JobError> {
    let total: u64 = tables.iter().map(|table| table.bytes).sum();
    let sizes: BTreeMap<String, u64> = tables.iter().map(|t| (t.name(), t.bytes)).collect();
    let watch = Stopwatch::begin(job);
    let (mut done, mut current) = (0, String::new());
    let (to_text, snapshot) = (to.to_string_lossy(), format!("--snapshot={snapshot}"));
    let argv = [
        "pg_dump",
        "--format=custom",
        // Takes half the time of the default, for a few percent more bytes. No compression would be
        // faster still, but has no checksum: a corrupted byte would go unnoticed.
        "--compress=1",
        "--no-password",
        "--lock-wait-timeout=30s",
        // Dropping one would ask the other server to drop its half, outside of any transaction.
        "--no-subscriptions",
        "--verbose",
        &snapshot,
        "--file",
        &to_text,
    ];
    let tool = tools.tool(&argv);
    job.run(tool, &mut |job, seen| {
        if let Meanwhile::Line(_, line) = &seen
            && let Some(table) = dumped_table(line)
        {
            done += sizes.get(&current).copied().unwrap_or(0);
            current = table.to_owned();
        }
        let standing = job.context.world.files.look(to);
        let written = standing.ok().and_then(|standing| standing.bytes());
        let told = watch.told(job, written.unwrap_or(0), done, total);
        let doing = format!("{current}, {told}");
        job.tell(doing, done, total);
        job.log(seen);
    })?;
    Ok(())
}

/// The table named in a line such as `pg_dump: dumping contents of table "public.orders"`.
fn dumped_table(line: &str) -> Option<&str> {
    let (_, table) = line.split_once("dumping contents of table \"")?;
    table.strip_suffix('"')
}

/// Replaces the contents of the database by the backup, whose digest the caller has verified.
pub fn restore(
    job: &mut Job<'_>,
    server: &ServerAddress,
    saved: &SavedDatabase,
) -> Result<String, JobError> {
    let address = Address::Postgres(server.clone());
    let mut look = job.look(&address)?;
    let tools = Tools::find(job, &mut *look, server)?;
    nobody_in_the_way(job, &mut *look)?;
    drop(look);
    script::prepare(job, &tools)?;
    job.begin("restoring");
    script::run(job, &tools, server, script::WHOLE)?;
    let mut session = job.work(&address, Access::Look)?;
    let found = counts::of_all(&mut *session, job.cancel)?;
    counts::compare(&saved.counts, &found).map_err(|why| {
        JobError::Unfit(format!(
            "it was restored, and {why} now: stop whoever writes to it, then try again"
        ))
    })?;
    let tables = count(found.len(), "table");
    let restored = format!("{tables}, {}", count(saved.count(), "row"));
    drop(session);
    Ok(format!(
        "{restored}{}",
        put_back_outside(job, &address, saved)
    ))
}

/// Restores what is outside of the backup. The contents are back, so errors are only mentioned.
fn put_back_outside(job: &mut Job<'_>, address: &Address, saved: &SavedDatabase) -> String {
    // Backups made by earlier releases of this program lack it.
    let Some(then) = &saved.outside else {
        return String::new();
    };
    let told = job
        .work(address, Access::Change)
        .and_then(|mut session| outside::put_back(&mut *session, then, job.cancel));
    let told = told.unwrap_or_else(|error| {
        format!(
            "; ATTENTION: whether grants and settings of the database are as they were could not be \
             told: {error}"
        )
    });
    job.context.clean(&told)
}

/// Refuses, naming the session, if another one holds locks that the restore would wait for.
fn nobody_in_the_way(job: &mut Job<'_>, session: &mut dyn DatabaseSession) -> Result<(), JobError> {
    for look in 1.. {
        let holders = session.run(HOLDERS, job.cancel)?;
        let told = holders.rows.iter().map(|row| {
            let part = |n: usize| row.get(n).and_then(Option::as_deref).unwrap_or("?");
            format!(
                "{} from {} ({}, process {})",
                part(0),
                part(1),
                part(2),
                part(3)
            )
        });
        let who = job.context.clean(&told.collect::<Vec<_>>().join(", "));
        if who.is_empty() {
            break;
        }
        if look == BUSY_LOOKS {
            return Err(JobError::Busy { who });
        }
        let second = std::time::Duration::from_secs(1);
        if !job.context.world.clock.sleep(second, job.cancel) {
            return Err(JobError::Cancelled);
        }
    }
    Ok(())
}
