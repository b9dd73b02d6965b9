//! The backup: everything the run will touch is copied, then read back and compared, before any
//! step is applied. It can be restored without this program: `RESTORE.md` says how.

mod command;
mod database;
mod error;
mod open_file;
mod postgres;
mod redis;
mod shell;
mod since;
mod sqlite;
mod written;

use super::means::{
    context::Context,
    database::{OfDatabase, job::Job, looking},
    listener::Listener,
};
use crate::{
    model::{
        record::{Saved, SavedDatabase, Verified},
        rule::BackupDatabase,
    },
    world::Cancel,
};

pub use command::save as save_command;
pub use error::BackupError;
pub use since::Since;

/// Backs a database up, reads the backup to its end and counts what is in it.
pub fn save_database(
    context: &Context,
    database: &BackupDatabase,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
) -> Result<Saved, BackupError> {
    let mut job = Job::new(context, &database.name, cancel, listener);
    let saved = database::save(&mut job, database);
    Ok(Saved::Database(
        saved.map_err(OfDatabase::named(&database.name))?,
    ))
}

/// Restores a database; the caller has already verified the digest of the backup.
pub fn restore_database(
    context: &Context,
    saved: &SavedDatabase,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
) -> Result<String, BackupError> {
    let mut job = Job::new(context, &saved.name, cancel, listener);
    let restored = database::restore(&mut job, saved);
    Ok(restored.map_err(OfDatabase::named(&saved.name))?)
}

/// What a restore of this database would lose.
pub fn since(context: &Context, saved: &SavedDatabase) -> Result<Since, BackupError> {
    let since = |job: &mut Job<'_>| database::since(job, saved);
    Ok(looking(context, &saved.name, &Cancel::default(), since)?)
}

/// Reads every copy back from the disk, compares it with what was read and with what is there now,
/// then writes the manifest and `RESTORE.md`.
pub fn verify(context: &Context, saved: &[Saved]) -> Result<Verified, BackupError> {
    let bytes = context.copies(|copies| copies.verify(saved))?;
    let manifest = written::write(context, saved)?;
    Ok(Verified {
        manifest,
        files: saved.iter().filter(|saved| is_item(saved)).count() as u64,
        bytes,
    })
}

/// An archive does not count as an item: the files in it already do.
fn is_item(saved: &Saved) -> bool {
    match saved {
        Saved::Archive { .. } => false,
        Saved::File { .. } | Saved::Absent { .. } | Saved::Command { .. } | Saved::Database(_) => {
            true
        }
    }
}
