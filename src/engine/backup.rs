//! The backup: everything the run will touch, copied, then read back and compared. Nothing is
//! applied before that. It restores without this program: `RESTORE.md` says how.

mod by_command;
mod database;
mod job;
mod open_file;
mod postgres;
mod redis;
mod since;
mod sqlite;
mod written;

use super::{
    context::{Context, ContextError},
    copies::CopyError,
    handle::Progress,
    listener::Lines,
};
use crate::{
    model::{
        record::{Saved, SavedDatabase, Verified},
        rule::BackupDatabase,
        units::Size,
    },
    world::{Cancel, FileError},
};
use job::{Job, JobError};

pub use by_command::save as save_command;
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
    #[error("the database `{name}`")]
    Database {
        name: String,
        #[source]
        error: Box<JobError>,
    },
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// What a long piece of work tells while it goes on.
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

fn of_database(name: &str) -> impl FnOnce(JobError) -> BackupError {
    let name = name.to_owned();
    move |error| BackupError::Database {
        name,
        error: Box::new(error),
    }
}

/// Backs a database up, reads the backup to its end and counts what is in it.
pub fn save_database(
    context: &Context,
    database: &BackupDatabase,
    told: &mut Told<'_>,
) -> Result<Saved, BackupError> {
    let saved = database::save(&mut told.job(context, &database.name), database);
    saved
        .map(Saved::Database)
        .map_err(of_database(&database.name))
}

/// Puts a database back; the caller has compared the digest of the backup.
pub fn restore_database(
    context: &Context,
    saved: &SavedDatabase,
    told: &mut Told<'_>,
) -> Result<String, BackupError> {
    database::restore(&mut told.job(context, &saved.name), saved).map_err(of_database(&saved.name))
}

/// Looks at a database without a word.
fn looking<T>(
    context: &Context,
    name: &str,
    cancel: &Cancel,
    look: impl FnOnce(&mut Job<'_>) -> Result<T, JobError>,
) -> Result<T, BackupError> {
    let mut job = Job {
        context,
        name,
        cancel,
        lines: &mut |_, _| {},
        progress: &mut |_| {},
    };
    look(&mut job).map_err(of_database(name))
}

/// What restoring it would lose.
pub fn since(context: &Context, saved: &SavedDatabase) -> Result<Since, BackupError> {
    looking(context, &saved.name, &Cancel::default(), |job| {
        database::since(job, saved)
    })
}

/// What a database takes where it is; its backup takes less.
pub fn database_size(context: &Context, name: &str, cancel: &Cancel) -> Result<Size, BackupError> {
    looking(context, name, cancel, database::size)
}

/// How many keys of a Redis database have such names, and this type if one is named.
pub fn count_keys(
    context: &Context,
    name: &str,
    names: &str,
    of_type: Option<&str>,
    cancel: &Cancel,
) -> Result<u64, BackupError> {
    looking(context, name, cancel, |job| {
        database::count_keys(job, names, of_type)
    })
}

/// Reads every copy back from the disk, compares it with what was read and with what is there now,
/// then writes the manifest and `RESTORE.md`.
pub fn verify(context: &Context, saved: &[Saved]) -> Result<Verified, BackupError> {
    let bytes = context.copies(|copies| copies.verify(saved))?;
    let manifest = written::write(context, saved)?;
    Ok(Verified {
        manifest,
        files: saved.len() as u64,
        bytes,
    })
}
