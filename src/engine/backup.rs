//! The backup: everything the run will touch, copied, then read back and compared. Nothing is
//! applied before that. It restores without this program: `RESTORE.md` says how.

mod database;
mod job;
mod open_file;
mod postgres;
mod redis;
mod sqlite;
mod written;

use super::{
    action::{self, ActionError},
    context::{Context, ContextError},
    handle::Progress,
    probe::{self, Met},
};
use crate::{
    model::{
        digest::Digest,
        path::RelPath,
        record::{Saved, SavedDatabase},
        rule::{Action, BackupCommand, BackupDatabase},
    },
    world::{Cancel, FileError, Standing, Stream},
};
use job::{Job, JobError};

pub use database::Since;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{file}: {what}, which cannot be put back; move it out of the way or out of the rules")]
    NotAFile { file: RelPath, what: &'static str },
    #[error("{title}: {why}")]
    Command { title: String, why: String },
    #[error("{title}: it made no file `{file}`, or an empty one")]
    Empty { title: String, file: String },
    #[error("{title}: the backup cannot be read back: {why}")]
    Unreadable { title: String, why: String },
    #[error("{file}: the copy is not what was read; is the disk failing?")]
    Differs { file: String },
    #[error("{file}: changed while it was being backed up; stop what writes it and try again")]
    Changed { file: String },
    #[error("the database `{name}`")]
    Database {
        name: String,
        #[source]
        error: Box<JobError>,
    },
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// Copies one file, or notes that it is not there.
pub fn save_file(context: &Context, file: &RelPath) -> Result<Saved, BackupError> {
    let full = file.under(&context.root);
    let not_a_file = |what| BackupError::NotAFile {
        file: file.clone(),
        what,
    };
    match context.world.files.look(&full)? {
        Standing::Nothing => Ok(Saved::Absent { path: file.clone() }),
        Standing::Dir => Err(not_a_file("a folder")),
        Standing::Symlink { .. } => Err(not_a_file("a symbolic link")),
        Standing::Other { what } => Err(not_a_file(what)),
        Standing::File { meta, .. } => {
            let copy = context.dir.backup_of(file.as_str());
            if let Some(folder) = copy.parent() {
                context.world.files.make_dir(folder)?;
            }
            let (digest, bytes) = context.world.files.copy_in(&full, &copy)?;
            Ok(Saved::File {
                path: file.clone(),
                digest,
                bytes,
                meta,
            })
        }
    }
}

/// Runs the command of a database backup and proves that what it made can be read back.
pub fn save_command(
    context: &Context,
    command: &BackupCommand,
    cancel: &Cancel,
    lines: &mut dyn FnMut(Stream, &str),
) -> Result<Saved, BackupError> {
    let title = context.clean(&command.title);
    let last = context.plan.hops.len().saturating_sub(1);
    let told = |error: ActionError| error.told().0;
    let run = Action::Run(command.run.clone());
    action::perform(context, &run, last, cancel, lines).map_err(|error| BackupError::Command {
        title: title.clone(),
        why: told(error),
    })?;
    let path = command.produces.under(&context.dir.backup());
    let file = command.produces.to_string();
    let (digest, bytes) = match context.world.files.look(&path)? {
        Standing::File { bytes: 1.., .. } => context.world.files.keep(&path)?,
        Standing::File { .. }
        | Standing::Nothing
        | Standing::Dir
        | Standing::Symlink { .. }
        | Standing::Other { .. } => return Err(BackupError::Empty { title, file }),
    };
    match probe::look(context, &command.verify, last, cancel) {
        (Met::Yes, _) => Ok(Saved::Command {
            id: command.id.clone(),
            file,
            digest,
            bytes,
        }),
        (Met::No | Met::Unclear, why) => Err(BackupError::Unreadable { title, why }),
    }
}

/// What a long piece of work tells while it goes on.
pub struct Told<'t> {
    pub cancel: &'t Cancel,
    pub lines: action::Lines<'t>,
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

/// What restoring it would lose.
pub fn since(context: &Context, saved: &SavedDatabase) -> Result<Vec<Since>, BackupError> {
    let mut told = Told {
        cancel: &Cancel::default(),
        lines: &mut |_, _| {},
        progress: &mut |_| {},
    };
    database::since(&mut told.job(context, &saved.name), saved).map_err(of_database(&saved.name))
}

/// What a database takes where it is; its backup takes less.
pub fn database_size(
    context: &Context,
    name: &str,
    cancel: &Cancel,
) -> Result<crate::model::units::Size, BackupError> {
    let mut told = Told {
        cancel,
        lines: &mut |_, _| {},
        progress: &mut |_| {},
    };
    database::size(&mut told.job(context, name)).map_err(of_database(name))
}

pub struct Verified {
    pub manifest: Digest,
    pub files: u64,
    pub bytes: u64,
}

/// Reads every copy back from the disk, compares it with what was read and with what is there now,
/// then writes the manifest and `RESTORE.md`.
pub fn verify(context: &Context, saved: &[Saved]) -> Result<Verified, BackupError> {
    let files = &context.world.files;
    let mut bytes_in_all = 0;
    for item in saved {
        match item {
            Saved::File {
                path,
                digest,
                bytes,
                ..
            } => {
                let copy = context.dir.backup_of(path.as_str());
                if files.digest(&copy)?.as_ref() != Some(digest) {
                    return Err(BackupError::Differs {
                        file: path.to_string(),
                    });
                }
                if files.digest(&path.under(&context.root))?.as_ref() != Some(digest) {
                    return Err(BackupError::Changed {
                        file: path.to_string(),
                    });
                }
                bytes_in_all += bytes;
            }
            Saved::Absent { path } => {
                if files.look(&path.under(&context.root))? != Standing::Nothing {
                    return Err(BackupError::Changed {
                        file: path.to_string(),
                    });
                }
            }
            Saved::Command {
                file,
                digest,
                bytes,
                ..
            }
            | Saved::Database(SavedDatabase {
                file,
                digest,
                bytes,
                ..
            }) => {
                if files.digest(&context.dir.backup().join(file))?.as_ref() != Some(digest) {
                    return Err(BackupError::Differs { file: file.clone() });
                }
                bytes_in_all += bytes;
            }
        }
    }
    let manifest = written::write(context, saved)?;
    Ok(Verified {
        manifest,
        files: saved.len() as u64,
        bytes: bytes_in_all,
    })
}

/// One word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quoted("conf/app.toml"), "conf/app.toml");
        assert_eq!(quoted("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
