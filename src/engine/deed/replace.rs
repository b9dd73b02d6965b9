//! Replaces one file by another, forwards and back. What has happened is decided by the file's
//! digest alone, so each of these functions can be called again after a crash.

use crate::{
    engine::{
        means::context::Context,
        store::run_dir::{RunDir, flat},
    },
    model::{digest::Digest, ids::StepId, limits, path::RelPath, record::Staged, survey::FileMeta},
    world::{FileError, Standing, World, removal_leftover, second_name},
};
use std::path::{Path, PathBuf};

/// The cure when the run's own copy is gone.
const BY_HAND: &str = "restore this file from a backup of your own";

/// Which of its two contents a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
    /// Neither: somebody else has written to it.
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

/// The direction for which a temporary file is made.
#[derive(Clone, Copy)]
enum Way {
    Forwards,
    Back,
}

/// The path of the temporary beside a target, known before the file exists. Each direction has its
/// own name, so that after a crash it is clear what the file is: before the swap our own content,
/// possibly incomplete; after it what the swap displaced.
fn temporary(context: &Context, file: &RelPath, step: &StepId, way: Way) -> PathBuf {
    let full = file.under(&context.root);
    let run = context.dir.name();
    let run = run.get(..8).unwrap_or(&run);
    let step = Digest::of(step.as_str().as_bytes());
    let way = match way {
        Way::Forwards => "",
        Way::Back => "-back",
    };
    full.with_file_name(format!(".{}.sb-{run}-{}{way}", file.name(), step.short()))
}

/// Removes what an interrupted swap has displaced. If that is not ours, somebody wrote to the file
/// between the last look and the swap, and nobody has noticed yet: it goes back to its place.
fn clear(
    context: &Context,
    displaced: &Path,
    target: &Path,
    staged: &Staged,
    now: Option<&Digest>,
) -> Result<(), FileError> {
    let files = &context.world.files;
    match files.digest(displaced)? {
        // The swap may have been cut off before it was durable: so also if nothing is left.
        None => files.discard(displaced),
        Some(found) if found == staged.new || Some(&found) == staged.old.as_ref() => {
            files.discard(displaced)
        }
        Some(_) => {
            files.swap_in(displaced, target, now)?;
            Err(FileError::Drift {
                path: target.to_owned(),
            })
        }
    }
}

/// The metadata that a file has now; `None` if it is not there.
fn meta_of(context: &Context, target: &Path) -> Result<Option<FileMeta>, FileError> {
    Ok(match context.world.files.look(target)? {
        Standing::File { meta, .. } => Some(meta),
        Standing::Nothing | Standing::Dir | Standing::Symlink { .. } | Standing::Other { .. } => {
            None
        }
    })
}

/// Why a file was not replaced, and whether a way back has to look at it.
#[derive(Debug, thiserror::Error)]
pub enum NotReplaced {
    /// This attempt changed nothing and left nothing: whatever the file holds now, somebody else put
    /// it there.
    #[error(transparent)]
    Refused(FileError),
    /// Failed during the exchange or after it: only the file itself can tell how far it came.
    #[error(transparent)]
    Begun(FileError),
}

/// Replaces old by new; `Drift` if the file is neither.
pub fn forwards(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    staged: &Staged,
) -> Result<(), NotReplaced> {
    let target = file.under(&context.root);
    let temporary = temporary(context, file, step, Way::Forwards);
    match side(context, file, staged).map_err(NotReplaced::Refused)? {
        Side::New => clear(context, &temporary, &target, staged, Some(&staged.new))
            .map_err(NotReplaced::Begun),
        Side::Other => Err(NotReplaced::Refused(FileError::Drift { path: target })),
        Side::Old => {
            lay_whole(context, file, (&temporary, &target), staged)
                .map_err(|error| not_laid(context, &temporary, error))?;
            let old = staged.old.as_ref();
            exchange(context, &temporary, &staged.new, &target, old).map_err(not_exchanged)
        }
    }
}

/// Removes what was written so far: a step without effect is not undone, so nobody would come back
/// for it. If it cannot be removed, that is left to the undo.
fn not_laid(context: &Context, temporary: &Path, error: FileError) -> NotReplaced {
    match context.world.files.discard(temporary) {
        Ok(()) => NotReplaced::Refused(error),
        Err(_still_there) => NotReplaced::Begun(error),
    }
}

/// `Drift` means that somebody wrote at that very moment and that the exchange was reverted. After
/// any other error it is unknown how far it came.
fn not_exchanged(error: FileError) -> NotReplaced {
    match error {
        FileError::Drift { .. } => NotReplaced::Refused(error),
        FileError::Unusable { .. }
        | FileError::TooLarge { .. }
        | FileError::Kept { .. }
        | FileError::Locked { .. }
        | FileError::Io { .. } => NotReplaced::Begun(error),
    }
}

/// Everything up to the exchange. The backup may be a day old: what cannot be restored from it is
/// not changed.
fn lay_whole(
    context: &Context,
    file: &RelPath,
    (temporary, target): (&Path, &Path),
    staged: &Staged,
) -> Result<(), FileError> {
    if let Some(old) = &staged.old {
        source_of(context, file, old, "roll back, and check that disk")?;
    }
    if let Some(folder) = target.parent() {
        context.world.files.make_product_dir(folder)?;
    }
    lay(context, temporary, target, staged)
}

/// Writes the new text beside its target.
fn lay(
    context: &Context,
    temporary: &Path,
    target: &Path,
    staged: &Staged,
) -> Result<(), FileError> {
    let files = &context.world.files;
    let source = context.dir.staged(&staged.new);
    let content = files.read(&source, limits::TEXT_FILE.bytes())?;
    let content = content.filter(|content| content.digest == staged.new);
    let content = content.ok_or_else(|| FileError::Unusable {
        path: source,
        why: "the new text that was put aside is damaged".to_owned(),
        cure: "roll back, and plan again",
    })?;
    // An earlier step may have changed the file's owner: that is kept.
    let now = meta_of(context, target)?;
    let meta = now.as_ref().unwrap_or(&staged.meta);
    files.stage(temporary, &content.bytes, Some(meta))?;
    Ok(())
}

/// Rehearses the same before anything has changed, to see that it can be done. For a folder that
/// does not exist yet, checks that nothing forbids creating it.
pub fn rehearse(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    staged: &Staged,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let files = &context.world.files;
    if let Some(why) = files.barred(&target)? {
        return Err(FileError::Unusable {
            path: target,
            why,
            cure: "then make the backup again",
        });
    }
    let folder = target.parent().unwrap_or(&context.root);
    if files.look(folder)? != Standing::Dir {
        return Ok(());
    }
    let temporary = temporary(context, file, step, Way::Forwards);
    lay(context, &temporary, &target, staged)
}

/// Removes what a rehearsal wrote beside a target.
pub fn tidy(context: &Context, file: &RelPath, step: &StepId) -> Result<(), FileError> {
    let temporary = temporary(context, file, step, Way::Forwards);
    context.world.files.discard(&temporary)
}

/// Replaces new by old, from the backup or from what an earlier hop had staged.
pub fn backwards(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    staged: &Staged,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let files = &context.world.files;
    let in_place = temporary(context, file, step, Way::Forwards);
    let back = temporary(context, file, step, Way::Back);
    match (side(context, file, staged)?, &staged.old) {
        (Side::Other, _) => Err(FileError::Drift { path: target }),
        (Side::New, old) => {
            clear(context, &in_place, &target, staged, Some(&staged.new))?;
            match old {
                None => files.remove(&target, &staged.new),
                Some(old) => put(context, file, (old, staged), &back, Some(&staged.new)),
            }
        }
        (Side::Old, None) => {
            files.discard(&in_place)?;
            clear(context, &removal_leftover(&target), &target, staged, None)
        }
        (Side::Old, Some(old)) => {
            files.discard(&in_place)?;
            clear(context, &back, &target, staged, Some(old))?;
            // The contents may be the old ones while the permissions are not.
            match meta_of(context, &target)?.and_then(|now| now.difference(&staged.meta)) {
                None => Ok(()),
                Some(_) => put(context, file, (old, staged), &back, Some(old)),
            }
        }
    }
}

/// Describes what the way back will change in the permissions and the owner of a file that still
/// has the contents the run gave it; `None` if nothing.
pub fn set_back(context: &Context, file: &RelPath, staged: &Staged) -> Option<String> {
    staged.old.as_ref()?;
    let now = meta_of(context, &file.under(&context.root)).ok()??;
    now.difference(&staged.meta)?;
    let then = &staged.meta;
    let told = [
        (
            "permissions",
            format!("{:04o}", now.mode & 0o7777),
            format!("{:04o}", then.mode & 0o7777),
        ),
        (
            "owner",
            format!("{}:{}", now.uid, now.gid),
            format!("{}:{}", then.uid, then.gid),
        ),
    ];
    let told = told.into_iter().filter(|(_, now, then)| now != then);
    let told = told.map(|(what, now, then)| format!("{what} from {now} to {then}"));
    let told: Vec<String> = told.collect();
    Some(match told.as_slice() {
        [] => format!("of {file} the extended attributes are set back"),
        told => format!("of {file} are set back: {}", told.join(", ")),
    })
}

/// Whether the copy that the way back will need is whole, and can take its place; a file that is what
/// it was needs neither.
pub fn can_go_back(context: &Context, file: &RelPath, staged: &Staged) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let now = context.world.files.digest(&target)?;
    let meta = meta_of(context, &target)?;
    if now == staged.old
        && meta
            .as_ref()
            .and_then(|now| now.difference(&staged.meta))
            .is_none()
    {
        return Ok(());
    }
    if let Some(old) = &staged.old {
        source_of(context, file, old, BY_HAND)?;
    }
    let no = |why: String, cure| {
        let path = target.clone();
        Err(FileError::Unusable { path, why, cure })
    };
    match context.world.files.look(&target)? {
        Standing::File { links: 2.., .. }
            if context.world.files.digest(&second_name(&target))?.is_none() =>
        {
            return no(
                "has another hard link, which would keep the present contents".to_owned(),
                "make it a file of its own (`cp -a FILE COPY && mv COPY FILE`)",
            );
        }
        Standing::Other { what } => {
            return no(
                format!("is {what}"),
                "take the attribute off (`chattr -i -a`), or unmount it",
            );
        }
        Standing::Nothing | Standing::File { .. } | Standing::Dir | Standing::Symlink { .. } => {}
    }
    // For a file whose owner was changed since, the reason would concern the new owner.
    let owner = |meta: &FileMeta| (meta.uid, meta.gid);
    if staged.old.is_some()
        && meta.is_none_or(|now| owner(&now) == owner(&staged.meta))
        && let Some(why) = context.world.files.barred(&target)?
    {
        return no(why, "then go on with the rollback");
    }
    Ok(())
}

/// Puts a copy of the old contents in place of the current ones. What an earlier attempt left under
/// the temporary's name may be somebody else's, and is not overwritten.
fn put(
    context: &Context,
    file: &RelPath,
    (old, staged): (&Digest, &Staged),
    aside: &Path,
    now: Option<&Digest>,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let source = source_of(context, file, old, BY_HAND)?;
    clear(context, aside, &target, staged, now)?;
    context
        .world
        .files
        .copy(&source, aside, Some(&staged.meta))?;
    exchange(context, aside, old, &target, now)
}

/// Swaps in the temporary. If that is refused, it is not left beside its target: it may hold
/// secrets, and nobody may ever come back to remove it.
fn exchange(
    context: &Context,
    aside: &Path,
    ours: &Digest,
    target: &Path,
    now: Option<&Digest>,
) -> Result<(), FileError> {
    let files = &context.world.files;
    let swapped = files.swap_in(aside, target, now);
    if let Err(FileError::Unusable { .. } | FileError::Drift { .. }) = &swapped
        && matches!(files.digest(aside), Ok(Some(found)) if found == *ours)
    {
        // The refusal itself is reported; a retry copes with a leftover as it does after a crash.
        let _left_over = files.discard(aside);
    }
    swapped
}

/// A copy of these contents that is whole: what an earlier hop staged, or the backup.
fn source_of(
    context: &Context,
    file: &RelPath,
    digest: &Digest,
    cure: &'static str,
) -> Result<PathBuf, FileError> {
    let backup = context.dir.backup_of(file.as_str());
    for path in [backup.clone(), context.dir.staged(digest)] {
        if context.world.files.digest(&path)?.as_ref() == Some(digest) {
            return Ok(path);
        }
    }
    Err(FileError::Unusable {
        path: backup,
        why: "the copy in the backup is damaged".to_owned(),
        cure,
    })
}

/// An edit that was put aside.
#[derive(Debug)]
pub struct Aside {
    pub name: String,
    pub digest: Digest,
}

/// Puts the current contents aside, if any, so that the undo may overwrite exactly those. What was
/// put aside earlier stays.
pub fn put_aside(
    world: &World,
    dir: &RunDir,
    root: &Path,
    file: &RelPath,
) -> Result<Option<Aside>, FileError> {
    let (files, target) = (&world.files, file.under(root));
    let Some(digest) = files.digest(&target)? else {
        return Ok(None);
    };
    let folder = dir.later_edits();
    files.make_dir(&folder)?;
    let (mut name, mut nth) = (flat(file.as_str()), 1);
    while let Some(kept) = files.digest(&folder.join(&name))? {
        if kept == digest {
            return Ok(Some(Aside { name, digest }));
        }
        nth += 1;
        name = format!("{}+{nth}", flat(file.as_str()));
    }
    let kept = folder.join(&name);
    let (digest, _) = files.copy(&target, &kept, None)?;
    if files.digest(&kept)?.as_ref() == Some(&digest) {
        return Ok(Some(Aside { name, digest }));
    }
    Err(FileError::Unusable {
        path: kept,
        why: "the copy is not what was read".to_owned(),
        cure: "do not go on with this disk; check the system's log",
    })
}

/// Replaces what was put aside by the old contents; `Drift` if the file has changed again, which
/// then has to be put aside first.
pub fn restore_over(
    context: &Context,
    file: &RelPath,
    step: &StepId,
    staged: &Staged,
    aside: Option<&Digest>,
) -> Result<(), FileError> {
    let target = file.under(&context.root);
    let files = &context.world.files;
    match (&staged.old, aside) {
        (None, None) => files.discard(&removal_leftover(&target)),
        (None, Some(now)) => files.remove(&target, now),
        (Some(old), Some(now)) if now == old => Ok(()),
        (Some(old), now) => {
            // Its folder may have gone with it.
            if let Some(folder) = target.parent() {
                files.make_product_dir(folder)?;
            }
            let back = temporary(context, file, step, Way::Back);
            put(context, file, (old, staged), &back, now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::store::run_dir::StateDir, model::ids::RunId, world::fake::FakeWorld};

    #[test]
    fn no_later_edit_takes_the_place_of_another() {
        let fake = FakeWorld::new();
        let dir = StateDir::new("/state".into()).run(&RunId::new("run"));
        let world = fake.world();
        let aside = |path: &str, text: &str| {
            fake.files.put(format!("/srv/{path}"), text);
            let file = RelPath::try_from(path).expect("a path");
            let kept = put_aside(&world, &dir, Path::new("/srv"), &file);
            kept.expect("put aside").expect("it is there").name
        };
        let put = [
            ("docker/a.yml", "one"),
            ("docker-a.yml", "another"),
            ("docker/a.yml", "edited again"),
        ];
        let names: Vec<String> = put.iter().map(|(path, text)| aside(path, text)).collect();
        for ((_, text), name) in put.iter().zip(&names) {
            let kept = dir.later_edits().join(name);
            let kept = world.files.read(&kept, 99).expect("read").expect("kept");
            assert_eq!(kept.bytes, text.as_bytes(), "{name}");
        }
        assert_eq!(aside("docker/a.yml", "edited again"), names[2], "once");
    }
}
