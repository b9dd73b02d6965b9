//! PostgreSQL: dumped by its own tools from one snapshot, counted in the same snapshot, and proved
//! by the very restore that a rollback would run, in a scratch database that holds the same already.
//!
//! The restore is one transaction: it takes away what is there, makes what the backup holds, and
//! commits only when the whole backup was read. Killed anywhere, it was never begun.

mod counts;
mod place;
mod rows;
mod script;
mod tools;

use crate::{
    engine::means::{
        database::{
            self,
            job::{Job, JobError, Stopwatch},
        },
        watched::Seen,
    },
    model::{
        address::{Address, ServerAddress},
        record::{Proof, SavedDatabase},
        units::{Size, count},
    },
    world::{Access, Cancel, DatabaseError, DatabaseSession, Standing},
};
use counts::Table;
use script::Contents;
use std::{collections::BTreeMap, path::Path};
use tools::Tools;

pub use counts::{now, written};
pub use place::by_hand;

/// What dumping and restoring did together, on small machines; only for an estimate.
const BYTES_A_SECOND: u64 = 40 << 20;
/// The subscriptions of this database.
const SUBSCRIPTIONS: &str = "\
SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid \
WHERE d.datname = current_database() ORDER BY 1";
/// How often in all a session of somebody else is looked for that would hold up the restore.
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
    let doubt = subscribed(&mut *snapshot, cancel)?;
    if let Some(doubt) = &doubt {
        job.note(doubt);
    }
    snapshot.run("SET row_security = off", cancel)?;
    snapshot.run("SET idle_in_transaction_session_timeout = 0", cancel)?;
    snapshot.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", cancel)?;
    let id = snapshot.run("SELECT pg_export_snapshot()", cancel)?;
    let tables = counts::tables(&mut *snapshot, cancel)?;
    let dump = job.place(".dump");
    self::dump(job, &tools, id.first().unwrap_or_default(), &tables, &dump)?;
    let (digest, bytes) = job.context.world.files.keep(&dump)?;
    job.tell("counting rows".to_owned(), 0, 0);
    let counts = counts::count(&mut *snapshot, &tables, cancel)?;
    drop(snapshot);

    let contents = script::prepare(job, &tools)?;
    let proof = if only_read_back {
        let why = "the pack asks only to read it back".to_owned();
        Proof::ReadBack { why }
    } else {
        test_restore(job, &tools, server, &contents, &counts)?
    };
    if proof != Proof::Restored {
        job.tell("reading the backup to its end".to_owned(), 0, 0);
        counts::read_back(job, &tools, &dump, &counts)?;
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
        doubt,
    })
}

/// What a restore cannot bring back: rows go on coming from another server, which does not go back.
fn subscribed(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<Option<String>, DatabaseError> {
    let names = session.run(SUBSCRIPTIONS, cancel)?;
    let names: Vec<String> = names.rows.into_iter().flatten().flatten().collect();
    Ok((!names.is_empty()).then(|| {
        format!(
            "its subscriptions ({}) are not backed up: a restore leaves them without their tables, \
             which somebody has to add again (`ALTER SUBSCRIPTION … REFRESH PUBLICATION`)",
            names.join(", ")
        )
    }))
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
        // Half the time of the default, for a few percent more bytes. Without compression it would
        // be faster still, and have no checksum: a changed byte would read as well as a right one.
        "--compress=1",
        "--no-password",
        "--lock-wait-timeout=30s",
        // To drop one would ask another server to drop its half, outside of any transaction.
        "--no-subscriptions",
        "--verbose",
        &snapshot,
        "--file",
        &to_text,
    ];
    let tool = tools.tool(&argv);
    job.run(tool, &mut |job, seen| {
        if let Seen::Line(_, line) = &seen
            && let Some(table) = dumped_table(line)
        {
            done += sizes.get(&current).copied().unwrap_or(0);
            current = table.to_owned();
        }
        let written = match job.context.world.files.look(to) {
            Ok(Standing::File { bytes, .. }) => bytes,
            Ok(_) | Err(_) => 0,
        };
        let doing = format!("{current}, {}", watch.told(job, written, done, total));
        job.tell(doing, done, total);
        job.log(seen);
    })?;
    Ok(())
}

/// `pg_dump: dumping contents of table "public.orders"`
fn dumped_table(line: &str) -> Option<&str> {
    let (_, table) = line.split_once("dumping contents of table \"")?;
    table.strip_suffix('"')
}

/// Restores the backup into a database of its own, counts there, and takes that away again.
fn test_restore(
    job: &mut Job<'_>,
    tools: &Tools,
    server: &ServerAddress,
    contents: &Contents,
    counts: &BTreeMap<String, u64>,
) -> Result<Proof, JobError> {
    let run: String = job.context.dir.name().chars().take(12).collect();
    let name = format!("switchback_test_{run}");
    let mut scratch = server.clone();
    scratch.name = Some(name.clone());
    job.tell("restoring it into a scratch database".to_owned(), 0, 0);
    let cancel = job.cancel;
    let mut session = job.work(&Address::Postgres(server.clone()), Access::Change)?;
    let drop = format!("DROP DATABASE IF EXISTS \"{name}\"");
    let mut make = || {
        session.run(&drop, cancel)?;
        let create = place::create(&mut *session, &name, cancel)?;
        session.run(&create, cancel)
    };
    if let Err(error) = make() {
        return match error {
            DatabaseError::Statement { message, .. } => Ok(Proof::ReadBack { why: message }),
            other => Err(other.into()),
        };
    }
    let end = restore_over_itself(job, tools, &scratch, contents).and_then(|()| {
        let mut session = job.work(&Address::Postgres(scratch.clone()), Access::Look)?;
        let tables = counts::tables(&mut *session, cancel)?;
        let found = counts::count(&mut *session, &tables, cancel)?;
        counts::compare(&found, counts).map_err(back_up_again)
    });
    if let Err(error) = session.run(&drop, &Cancel::default()) {
        let error = job.context.clean(&error.to_string());
        job.note(&format!(
            "the scratch database {name} is left over: {error}"
        ));
    }
    match end {
        Ok(()) => Ok(Proof::Restored),
        Err(JobError::Ended { said, .. }) if not_allowed(&said) => {
            Ok(Proof::ReadBack { why: said })
        }
        Err(error) => Err(error),
    }
}

fn back_up_again(why: String) -> JobError {
    JobError::Unfit(format!("{why}; back up again"))
}

/// Whether the server refuses because of who asks, not because of what the backup holds.
fn not_allowed(said: &str) -> bool {
    [
        "permission denied",
        "must be superuser",
        "must be owner",
        "must be able to SET ROLE",
        "must be member of role",
    ]
    .iter()
    .any(|refusal| said.contains(refusal))
}

/// What a rollback does: the whole backup goes where all that it holds is there already. In an empty
/// database nobody would see what the restore forgets to take away.
fn restore_over_itself(
    job: &mut Job<'_>,
    tools: &Tools,
    scratch: &ServerAddress,
    contents: &Contents,
) -> Result<(), JobError> {
    let objects = job.place(script::OBJECTS);
    let files = job.context.world.files.clone();
    files.stage(&objects, contents.objects.as_bytes(), None)?;
    script::run(job, tools, scratch, script::OBJECTS)?;
    files.discard(&objects)?;
    script::run(job, tools, scratch, script::WHOLE).map_err(|error| match error {
        JobError::Ended { said, .. } if !not_allowed(&said) => JobError::Unfit(format!(
            "it cannot be restored over what it holds, as a rollback would: {said}"
        )),
        error => error,
    })
}

/// Puts the backup in the place of what is there. The backup's digest was compared before.
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
    job.tell("restoring".to_owned(), 0, 0);
    script::run(job, &tools, server, script::WHOLE)?;
    let mut session = job.work(&address, Access::Look)?;
    let tables = counts::tables(&mut *session, job.cancel)?;
    let found = counts::count(&mut *session, &tables, job.cancel)?;
    counts::compare(&saved.counts, &found).map_err(|why| {
        JobError::Unfit(format!(
            "it was restored, and {why} now: stop whoever writes to it, then try again"
        ))
    })?;
    let tables = count(found.len(), "table");
    Ok(format!("{tables}, {}", count(saved.count(), "row")))
}

/// A session that holds locks would make the restore wait: it is named instead.
fn nobody_in_the_way(job: &mut Job<'_>, session: &mut dyn DatabaseSession) -> Result<(), JobError> {
    for look in 1.. {
        let holders = session.run(place::HOLDERS, job.cancel)?;
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
