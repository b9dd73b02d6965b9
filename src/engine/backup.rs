//! The backup: everything the run will touch, copied, then read back and compared. Nothing is
//! applied before that. It restores without this program: `RESTORE.md` says how.

use super::{
    action::{self, ActionError, Listener},
    context::{Context, ContextError},
    probe::{self, Met},
};
use crate::{
    model::{
        digest::Digest,
        path::RelPath,
        record::Saved,
        rule::{Action, BackupCommand},
        survey::FileMeta,
    },
    world::{Cancel, FileError, Standing},
};
use serde::Serialize;
use std::fmt::Write;

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
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// The manifest beside the copies, for people and for other programs.
#[derive(Serialize)]
struct Manifest<'m> {
    format: u32,
    root: &'m str,
    files: Vec<ManifestFile<'m>>,
    commands: Vec<ManifestCommand<'m>>,
}

#[derive(Serialize)]
struct ManifestFile<'m> {
    path: &'m RelPath,
    /// `None`: it was not there.
    blake3: Option<&'m Digest>,
    bytes: u64,
    meta: Option<&'m FileMeta>,
}

#[derive(Serialize)]
struct ManifestCommand<'m> {
    id: &'m str,
    file: &'m str,
    blake3: &'m Digest,
    bytes: u64,
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
    listener: &mut Listener<'_>,
) -> Result<Saved, BackupError> {
    let title = context.clean(&command.title);
    let last = context.plan.hops.len().saturating_sub(1);
    let told = |error: ActionError| error.told().0;
    let run = Action::Run(command.run.clone());
    action::perform(context, &run, last, cancel, listener).map_err(|error| {
        BackupError::Command {
            title: title.clone(),
            why: told(error),
        }
    })?;
    let path = command.produces.under(&context.dir.backup());
    let bytes = match context.world.files.look(&path)? {
        Standing::File { bytes, .. } => bytes,
        Standing::Nothing | Standing::Dir | Standing::Symlink { .. } | Standing::Other { .. } => 0,
    };
    let file = command.produces.to_string();
    let digest = match context.world.files.digest(&path)? {
        Some(digest) if bytes > 0 => digest,
        Some(_) | None => return Err(BackupError::Empty { title, file }),
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
            } => {
                if files.digest(&context.dir.backup().join(file))?.as_ref() != Some(digest) {
                    return Err(BackupError::Differs { file: file.clone() });
                }
                bytes_in_all += bytes;
            }
        }
    }
    let manifest = serde_json::to_vec_pretty(&manifest(context, saved)).expect("texts are JSON");
    let manifest = files.stage(&context.dir.backup().join("manifest.json"), &manifest, None)?;
    let restore = restore_text(context, saved)?;
    files.stage(
        &context.dir.backup().join("RESTORE.md"),
        restore.as_bytes(),
        None,
    )?;
    Ok(Verified {
        manifest,
        files: saved.len() as u64,
        bytes: bytes_in_all,
    })
}

fn manifest<'m>(context: &'m Context, saved: &'m [Saved]) -> Manifest<'m> {
    let mut manifest = Manifest {
        format: 1,
        root: &context.plan.root,
        files: Vec::new(),
        commands: Vec::new(),
    };
    for item in saved {
        match item {
            Saved::File {
                path,
                digest,
                bytes,
                meta,
            } => manifest.files.push(ManifestFile {
                path,
                blake3: Some(digest),
                bytes: *bytes,
                meta: Some(meta),
            }),
            Saved::Absent { path } => {
                manifest.files.push(ManifestFile {
                    path,
                    blake3: None,
                    bytes: 0,
                    meta: None,
                });
            }
            Saved::Command {
                id,
                file,
                digest,
                bytes,
            } => {
                manifest.commands.push(ManifestCommand {
                    id,
                    file,
                    blake3: digest,
                    bytes: *bytes,
                });
            }
        }
    }
    manifest
}

/// Plain shell commands that put everything back, in case this program is not at hand.
fn restore_text(context: &Context, saved: &[Saved]) -> Result<String, BackupError> {
    let mut text = format!(
        "# Restore {} {} by hand\n\nStop the product first. Then run these as the owner of the files or as root, \
         in this folder:\n\n```sh\nset -eu\nROOT={}\n",
        context.clean(&context.plan.title),
        context.plan.from,
        quoted(&context.plan.root),
    );
    for item in saved {
        // Writing to a text cannot fail.
        let _infallible = match item {
            Saved::File { path, meta, .. } => {
                let (from, to) = (quoted(&format!("files/{path}")), quoted(path.as_str()));
                let owner = format!("{}:{}", meta.uid, meta.gid);
                writeln!(
                    text,
                    "cp {from} \"$ROOT\"/{to} && chown {owner} \"$ROOT\"/{to} && chmod {:o} \"$ROOT\"/{to}",
                    meta.mode
                )
            }
            Saved::Absent { path } => {
                writeln!(
                    text,
                    "rm -f \"$ROOT\"/{}   # was not there",
                    quoted(path.as_str())
                )
            }
            Saved::Command { .. } => Ok(()),
        };
    }
    text.push_str("```\n");
    for command in &context.plan.backup.commands {
        let last = context.plan.hops.len().saturating_sub(1);
        let filled = context.command(&command.restore, last)?;
        let argv: Vec<String> = filled.argv.iter().map(|part| quoted(part)).collect();
        let _infallible = writeln!(
            text,
            "\n{}: in the product's folder, with its own variables set:\n\n```sh\n{}\n```",
            context.clean(&command.title),
            context.clean(&argv.join(" ")),
        );
    }
    Ok(text)
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
