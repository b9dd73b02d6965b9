//! SQLite: a copy that SQLite itself makes while the product goes on, checked and counted; the way
//! back is one rename.

use super::{
    open_file::{self, OpenFile},
    shell,
};
use crate::{
    engine::means::database::{
        self, beside,
        job::{Job, JobError},
    },
    model::{
        address::Address,
        record::{Proof, SavedDatabase},
        text::shell_word,
        units::{Size, count},
    },
    sql::quote,
    world::{Access, Cancel, DatabaseError, DatabaseSession, Standing},
};
use std::{collections::BTreeMap, path::Path};

/// What SQLite keeps beside a database while it is open, or after a crash.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

pub fn save(job: &mut Job<'_>, configured: &Path) -> Result<SavedDatabase, JobError> {
    let OpenFile { path: file, doubt } = open_file::find(job, configured)?;
    let file = &file;
    if let Some(doubt) = &doubt {
        job.note(doubt);
    }
    let meta = job.context.world.files.look(file)?.meta().cloned();
    let cancel = job.cancel;
    let mut live = job.work(&Address::Sqlite(file.clone()), Access::Look)?;
    let version = live.run("SELECT sqlite_version()", cancel)?;
    let mode = pragma(&mut *live, "journal_mode", cancel)?;
    let bytes = database::of_sqlite(job, file);
    job.begin(&format!("copying {}", Size::from_bytes(bytes)));
    let copy = job.place(".sqlite");
    job.context.world.files.discard(&copy)?;
    // A read-only transaction: others can keep writing, and nothing of theirs is half in the copy.
    let target = quote::text(&copy.to_string_lossy());
    live.run(&format!("VACUUM INTO {target}"), cancel)?;
    drop(live);

    let counts = checked(job, &copy, &mode)?;
    let (digest, bytes) = job.context.world.files.keep(&copy)?;
    let shown = job.context.name_of(file);
    Ok(SavedDatabase {
        name: job.name.to_owned(),
        file: format!("{}.sqlite", job.name),
        digest,
        bytes,
        of: format!("SQLite {}, {shown}", version.first().unwrap_or_default()),
        counts,
        written: BTreeMap::new(),
        keys: BTreeMap::new(),
        // The copy is a database: it was opened, checked and counted.
        proof: Proof::Restored,
        place: Some(file.to_string_lossy().into_owned()),
        meta: meta.map(Box::new),
        doubt,
        outside: None,
    })
}

/// Opens the copy, checks it to its end and counts what is in it.
fn checked(job: &mut Job<'_>, copy: &Path, mode: &str) -> Result<BTreeMap<String, u64>, JobError> {
    let cancel = job.cancel;
    job.begin("checking the copy");
    let mut session = job.work(&Address::Sqlite(copy.to_owned()), Access::Change)?;
    if mode == "wal" {
        // The mode is part of the file; a copy begins without it.
        session.run("PRAGMA journal_mode = wal", cancel)?;
    }
    let found = session.run("PRAGMA integrity_check(5)", cancel)?;
    if found.first() != Some("ok") {
        let told: Vec<String> = found.texts().collect();
        let told = job.context.clean(&told.join("; "));
        return Err(JobError::Unfit(format!("SQLite finds it damaged: {told}")));
    }
    let counts = counts(&mut *session, cancel)?;
    drop(session);
    for ending in BESIDE {
        job.context.world.files.discard(&beside(copy, ending))?;
    }
    Ok(counts)
}

fn pragma(
    session: &mut dyn DatabaseSession,
    name: &str,
    cancel: &Cancel,
) -> Result<String, DatabaseError> {
    let rows = session.run(&format!("PRAGMA {name}"), cancel)?;
    Ok(rows.first().unwrap_or_default().to_owned())
}

/// Rows by table. A virtual table whose module is not here is left out.
pub fn counts(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<BTreeMap<String, u64>, DatabaseError> {
    let tables = session.run(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' \
         ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
        cancel,
    )?;
    let mut counts = BTreeMap::new();
    for table in tables.texts() {
        let count = format!("SELECT count(*) FROM {}", quote::name(&table));
        let count = session.run(&count, cancel)?.number();
        counts.insert(table, count.unwrap_or(0));
    }
    Ok(counts)
}

/// Replaces the file by the copy. The files beside it are removed first: SQLite would otherwise
/// replay the new release's log into the old data.
pub fn restore(job: &mut Job<'_>, file: &Path, saved: &SavedDatabase) -> Result<String, JobError> {
    let files = job.context.world.files.clone();
    let now = match files.look(file)? {
        Standing::File { meta, .. } => Some(meta),
        Standing::Nothing => None,
        Standing::Dir | Standing::Symlink { .. } | Standing::Other { .. } => {
            let shown = job.context.name_of(file);
            return Err(JobError::Unfit(format!(
                "{shown} is no longer a file; put it back first"
            )));
        }
    };
    // Backups made by earlier releases of this program lack it.
    let meta = match saved.meta.as_deref().or(now.as_ref()) {
        Some(meta) => meta.clone(),
        None => files.new_file_meta(file)?,
    };
    settle(job, file)?;
    for ending in BESIDE {
        files.discard(&beside(file, ending))?;
    }
    if let Some(folder) = file.parent() {
        files.make_product_dir(folder)?;
    }
    let aside = beside(file, ".switchback-restore");
    files.discard(&aside)?;
    let (restored, _) = files.copy(&job.place(".sqlite"), &aside, Some(&meta))?;
    if restored != saved.digest {
        files.discard(&aside)?;
        return Err(JobError::Unfit(
            "the copy changed while it was put back".to_owned(),
        ));
    }
    let old = files.digest(file)?;
    files.swap_in(&aside, file, old.as_ref())?;
    nobody_came(job, file)?;
    let tables = count(saved.counts.len(), "table");
    let rows = count(saved.count(), "row");
    let set_back = now.and_then(|now| now.difference(&meta));
    let set_back = set_back.map_or(String::new(), |what| format!("; {what} as in the backup"));
    Ok(format!("{tables}, {rows}{set_back}"))
}

/// Makes sure that nobody else has the file open and that everything written is in the file itself.
fn settle(job: &mut Job<'_>, file: &Path) -> Result<(), JobError> {
    let address = Address::Sqlite(file.to_owned());
    let mut session = match job.work(&address, Access::Change) {
        Ok(session) => session,
        // A file that is missing or no longer a database cannot be in use.
        Err(DatabaseError::NoFile { .. } | DatabaseError::NotADatabase { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let busy = |error: DatabaseError| match error {
        DatabaseError::Statement { message, .. } => JobError::Busy {
            who: format!("a process has it open ({message})"),
        },
        error => error.into(),
    };
    // In this mode the first write takes the file for itself alone: refused while others read it.
    for statement in [
        "PRAGMA locking_mode = exclusive",
        "BEGIN EXCLUSIVE",
        "COMMIT",
    ] {
        session.run(statement, job.cancel).map_err(busy)?;
    }
    let moved = session
        .run("PRAGMA wal_checkpoint(truncate)", job.cancel)
        .map_err(busy)?;
    match moved.first() {
        Some("1") => Err(JobError::Busy {
            who: "a process reads it".to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// Fails if a process opened the old file after it was settled: it has left a log beside the new
/// file, which SQLite would replay into it.
fn nobody_came(job: &Job<'_>, file: &Path) -> Result<(), JobError> {
    for ending in BESIDE {
        let left = beside(file, ending);
        if !matches!(job.context.world.files.look(&left)?, Standing::Nothing) {
            let left = job.context.name_of(&left);
            let who = format!("a process opened it while it was put back, and made {left}");
            return Err(JobError::Busy { who });
        }
    }
    Ok(())
}

pub fn by_hand(saved: &SavedDatabase, file: &Path) -> String {
    let (to, from) = (shell_word(&file.to_string_lossy()), shell_word(&saved.file));
    let gone = BESIDE.map(|ending| shell_word(&beside(file, ending).to_string_lossy()));
    let mut lines = vec![format!("rm -f {}", gone.join(" "))];
    match (&saved.meta, file.parent()) {
        (Some(meta), Some(folder)) => {
            let folder = shell_word(&folder.to_string_lossy());
            lines.push(format!("mkdir -p {folder}"));
            lines.extend(shell::copy(&from, &to, meta));
            lines.extend(shell::attributes(&to, meta));
        }
        (_, _) => lines.push(format!("cp {from} {to}")),
    }
    let lines = lines.join("\n");
    format!("Nothing may have the file open.\n\n```sh\nset -eu\n{lines}\n```\n")
}
