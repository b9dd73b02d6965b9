//! Putting one file in the place of another, forwards and back. The file's digest decides what has
//! happened, never what anybody believes: so each of these can be called again after a crash.

use super::{context::Context, stage::EDITED_FILE_BYTES_MAX};
use crate::{
    model::{digest::Digest, ids::StepId, path::RelPath, survey::FileMeta},
    run_state::Staged,
    world::{FileError, removal_leftover},
};
use std::path::PathBuf;

/// Where a file stands between its two contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
    /// Neither: somebody else wrote it.
    Other,
}

pub fn side(context: &Context, file: &RelPath, staged: &Staged) -> Result<Side, FileError> {
    let now = context.world.files.digest(&file.under(&context.root))?;
    Ok(match now {
        now if now.as_ref() == Some(&staged.new) => Side::New,
        now if now == staged.old => Side::Old,
        Some(_) | None => Side::Other,
    })
}

/// The temporary beside a target, its name known before it exists.
fn temporary(context: &Context, file: &RelPath, step: &StepId) -> PathBuf {
    let full = file.under(&context.root);
    let run = context
        .dir
        .path()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let run = run.get(..8).unwrap_or(&run);
    let step = Digest::of(step.as_str().as_bytes());
    full.with_file_name(format!(".{}.sb-{run}-{}", file.name(), step.short()))
}

/// Old → new. `Drift` if the file is neither.
pub fn forwards(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    staged: &Staged,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let temporary = temporary(context, file, step);
    let files = &context.world.files;
    match side(context, file, staged)? {
        Side::New => files.discard(&temporary),
        Side::Other => Err(FileError::Drift { path: target }),
        Side::Old => {
            if let Some(folder) = target.parent() {
                files.make_product_dir(folder)?;
            }
            let source = context.dir.staged(&staged.new);
            let content = files.read(&source, EDITED_FILE_BYTES_MAX)?;
            let content = content.filter(|content| content.digest == staged.new);
            let content = content.ok_or_else(|| FileError::Unusable {
                path: source,
                why: "the new text that was put aside is damaged".to_owned(),
                cure: "roll back, and plan again",
            })?;
            files.stage(&temporary, &content.bytes, Some(&staged.meta))?;
            files.swap_in(&temporary, &target, staged.old.as_ref())
        }
    }
}

/// New → old, from the backup or from what an earlier hop had staged.
pub fn backwards(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    staged: &Staged,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let temporary = temporary(context, file, step);
    let files = &context.world.files;
    match side(context, file, staged)? {
        Side::Old => {
            files.discard(&temporary)?;
            files.discard(&removal_leftover(&target))
        }
        Side::Other => Err(FileError::Drift { path: target }),
        Side::New => match &staged.old {
            None => files.remove(&target, &staged.new),
            Some(old) => {
                let source = source_of(context, file, old)?;
                files.copy_out(&source, &temporary, &staged.meta)?;
                files.swap_in(&temporary, &target, Some(&staged.new))
            }
        },
    }
}

/// A copy of these contents that is whole: what an earlier hop staged, or the backup.
fn source_of(context: &Context, file: &RelPath, digest: &Digest) -> Result<PathBuf, FileError> {
    let backup = context.dir.backup_of(file.as_str());
    for path in [backup.clone(), context.dir.staged(digest)] {
        if context.world.files.digest(&path)?.as_ref() == Some(digest) {
            return Ok(path);
        }
    }
    Err(FileError::Unusable {
        path: backup,
        why: "the copy in the backup is damaged".to_owned(),
        cure: "do not go on: restore this file from a backup of your own",
    })
}

/// Puts what is there now aside, so that the undo may go over it; gives the name it has there.
pub fn put_aside(context: &Context, file: &RelPath, step: &StepId) -> Result<String, FileError> {
    let name = format!(
        "{}-{}",
        step.as_str().replace('/', "-"),
        file.as_str().replace('/', "-")
    );
    let folder = context.dir.later_edits();
    context.world.files.make_dir(&folder)?;
    let (files, kept) = (&context.world.files, folder.join(&name));
    let (digest, _) = files.copy_in(&file.under(&context.root), &kept)?;
    if files.digest(&kept)? == Some(digest) {
        return Ok(name);
    }
    Err(FileError::Unusable {
        path: kept,
        why: "the copy is not what was read".to_owned(),
        cure: "do not go on with this disk; look at the system's log",
    })
}

/// Any contents → old, after `put_aside`.
pub fn restore_over(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    old: Option<&Digest>,
    meta: &FileMeta,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let files = &context.world.files;
    let now = files.digest(&target)?;
    match (old, &now) {
        (None, None) => files.discard(&removal_leftover(&target)),
        (None, Some(now)) => files.remove(&target, now),
        (Some(old), _) if now.as_ref() == Some(old) => Ok(()),
        (Some(old), _) => {
            let source = source_of(context, file, old)?;
            let temporary = temporary(context, file, step);
            files.copy_out(&source, &temporary, meta)?;
            files.swap_in(&temporary, &target, now.as_ref())
        }
    }
}
