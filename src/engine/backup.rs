//! The backup: everything the run will touch is copied, then read back and compared, before any
//! step is applied. It can be restored without this program: `RESTORE.md` says how.

mod database;
mod open_file;
mod postgres;
mod redis;
mod since;
mod sqlite;
mod written;

use super::{
    means::{
        context::{Context, ContextError},
        database::{OfDatabase, job::Job, looking},
        listener::Lines,
        progress::Progress,
    },
    store::copies::CopyError,
};
use crate::{
    model::{
        record::{Saved, SavedDatabase, Verified},
        rule::BackupDatabase,
    },
    world::{Cancel, FileError},
};

pub use since::Since;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("{title}: {why}")]
    Command { title: String, why: String },
    #[error("{title}: it made no file `{file}`, or an empty one")]
    Empty { title: String, file: String },
    #[error("{title}: the backup cannot be read back: {why}")]
    Unreadable { title: String, why: String },
    #[error(transparent)]
    Database(#[from] OfDatabase),
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// How a long operation is cancelled and reports its output and progress.
pub struct Told<'t> {
    pub cancel: &'t Cancel,
    pub lines: Lines<'t>,
    pub progress: &'t mut dyn FnMut(Progress),
}

impl<'t> Told<'t> {
    fn job<'j>(&'j mut self, context: &'j Context, name: &'j str) -> Job<'j> {
        Job {
            context,
            name,
            cancel: self.cancel,
            lines: &mut *self.lines,
            progress: &mut *self.progress,
        }
    }
}

/// Backs a database up, reads the backup to its end and counts what is in it.
pub fn save_database(
    context: &Context,
    database: &BackupDatabase,
    told: &mut Told<'_>,
) -> Result<Saved, BackupError> {
    let saved = database::save(&mut told.job(context, &database.name), database);
    Ok(Saved::Database(
        saved.map_err(OfDatabase::named(&database.name))?,
    ))
}

/// Restores a database; the caller has already verified the digest of the backup.
pub fn restore_database(
    context: &Context,
    saved: &SavedDatabase,
    told: &mut Told<'_>,
) -> Result<String, BackupError> {
    let restored = database::restore(&mut told.job(context, &saved.name), saved);
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
