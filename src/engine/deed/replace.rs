//! Replaces one file by another, forwards and back. What has happened is decided by the file's
//! digest alone, so each of these calls can be made again after a crash.

use crate::{
    engine::{
        means::context::Context,
        store::run_dir::{RunDir, flat},
    },
    model::{
        digest::Digest, limits, path::RelPath, plan::PlannedStep, record::Staged, survey::FileMeta,
        text::shell_word,
    },
    run_state::RunState,
    world::{FileError, Files, Standing, World, removal_leftover, second_name},
};
use std::path::{Path, PathBuf};

/// The cure when the run's own copy is gone.
const BY_HAND: &str = "restore this file from a backup of your own";
/// How the names of the temporaries of the two directions end.
const FORWARDS: &str = "";
const BACK: &str = "-back";

/// Which of its two contents a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
    /// Neither: somebody else has written to it.
    Other,
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

/// The replacement of one file by one step.
pub struct Replacement<'r> {
    pub file: &'r RelPath,
    pub staged: &'r Staged,
    context: &'r Context,
    target: PathBuf,
}

impl<'r> Replacement<'r> {
    pub fn new(context: &'r Context, file: &'r RelPath, staged: &'r Staged) -> Self {
        Self {
            file,
            staged,
            context,
            target: file.under(&context.root),
        }
    }

    /// That of a step of the run; `None` if it changes no file, or its text was never staged.
    pub fn of(context: &'r Context, state: &'r RunState, step: &'r PlannedStep) -> Option<Self> {
        let (file, staged) = (step.body.file()?, state.staged.get(&step.id)?);
        Some(Self::new(context, file, staged))
    }

    fn files(&self) -> &'r dyn Files {
        &*self.context.world.files
    }

    fn drift(&self) -> FileError {
        let path = self.target.clone();
        FileError::Drift { path }
    }

    pub fn side(&self) -> Result<Side, FileError> {
        let now = self.files().digest(&self.target)?;
        Ok(match now {
            now if now.as_ref() == Some(&self.staged.new) => Side::New,
            now if now == self.staged.old => Side::Old,
            Some(_) | None => Side::Other,
        })
    }

    /// The path of the temporary beside the target, known before the file exists. Each direction has
    /// its own name, so that after a crash it is clear what the file is: before the swap our own
    /// content, possibly incomplete; after it what the swap displaced.
    fn temporary(&self, direction: &str) -> PathBuf {
        let run = self.context.dir.name();
        let run = run.get(..8).unwrap_or(&run);
        let step = Digest::of(self.staged.step.as_str().as_bytes());
        let (name, step) = (self.file.name(), step.short());
        self.target
            .with_file_name(format!(".{name}.sb-{run}-{step}{direction}"))
    }

    /// Removes what an interrupted swap has displaced. If that is not ours, somebody wrote to the
    /// file between the last look and the swap, and nobody has noticed yet: it goes back to its place.
    fn clear(&self, displaced: &Path, now: Option<&Digest>) -> Result<(), FileError> {
        match self.files().digest(displaced)? {
            // The swap may have been cut off before it was durable: so also if nothing is left.
            None => self.files().discard(displaced),
            Some(found) if found == self.staged.new || Some(&found) == self.staged.old.as_ref() => {
                self.files().discard(displaced)
            }
            Some(_) => {
                self.files().swap_in(displaced, &self.target, now)?;
                Err(self.drift())
            }
        }
    }

    /// Replaces old by new; `Drift` if the file is neither.
    pub fn forwards(&self) -> Result<(), NotReplaced> {
        let temporary = self.temporary(FORWARDS);
        match self.side().map_err(NotReplaced::Refused)? {
            Side::New => self
                .clear(&temporary, Some(&self.staged.new))
                .map_err(NotReplaced::Begun),
            Side::Other => Err(NotReplaced::Refused(self.drift())),
            Side::Old => {
                self.lay_whole(&temporary)
                    .map_err(|error| self.not_laid(&temporary, error))?;
                self.exchange(&temporary, &self.staged.new, self.staged.old.as_ref())
                    .map_err(not_exchanged)
            }
        }
    }

    /// Removes what was written so far: a step without effect is not undone, so nobody would come
    /// back for it. If it cannot be removed, that is left to the undo.
    fn not_laid(&self, temporary: &Path, error: FileError) -> NotReplaced {
        match self.files().discard(temporary) {
            Ok(()) => NotReplaced::Refused(error),
            Err(_still_there) => NotReplaced::Begun(error),
        }
    }

    /// Everything up to the exchange. The backup may be a day old: what cannot be restored from it
    /// is not changed.
    fn lay_whole(&self, temporary: &Path) -> Result<(), FileError> {
        if let Some(old) = &self.staged.old {
            self.source_of(old, "roll back, and check that disk")?;
        }
        if let Some(folder) = self.target.parent() {
            self.files().make_product_dir(folder)?;
        }
        self.lay(temporary)
    }

    /// Writes the new text beside its target.
    fn lay(&self, temporary: &Path) -> Result<(), FileError> {
        let source = self.context.dir.staged(&self.staged.new);
        let content = self.files().read(&source, limits::TEXT_FILE.bytes())?;
        let content = content.filter(|content| content.digest == self.staged.new);
        let content = content.ok_or_else(|| FileError::Unusable {
            path: source,
            why: "the new text that was put aside is damaged".to_owned(),
            cure: "roll back, and plan again",
        })?;
        // An earlier step may have changed the file's owner: that is kept.
        let now = self.files().look(&self.target)?;
        let meta = now.meta().unwrap_or(&self.staged.meta);
        self.files().stage(temporary, &content.bytes, Some(meta))?;
        Ok(())
    }

    /// Rehearses the same before anything has changed, to see that it can be done. For a folder that
    /// does not exist yet, checks that nothing forbids creating it.
    pub fn rehearse(&self) -> Result<(), FileError> {
        if let Some(why) = self.files().barred(&self.target)? {
            return Err(FileError::Unusable {
                path: self.target.clone(),
                why,
                cure: "then make the backup again",
            });
        }
        let folder = self.target.parent().unwrap_or(&self.context.root);
        match self.files().look(folder)? {
            Standing::Dir => self.lay(&self.temporary(FORWARDS)),
            _not_there_yet => Ok(()),
        }
    }

    /// Removes what a rehearsal wrote beside the target.
    pub fn tidy(&self) -> Result<(), FileError> {
        self.files().discard(&self.temporary(FORWARDS))
    }

    /// Replaces new by old, from the backup or from what an earlier hop had staged.
    pub fn backwards(&self) -> Result<(), FileError> {
        let (files, new) = (self.files(), &self.staged.new);
        let (in_place, back) = (self.temporary(FORWARDS), self.temporary(BACK));
        match (self.side()?, &self.staged.old) {
            (Side::Other, _) => Err(self.drift()),
            (Side::New, old) => {
                self.clear(&in_place, Some(new))?;
                match old {
                    None => files.remove(&self.target, new),
                    Some(old) => self.put(old, &back, Some(new)),
                }
            }
            (Side::Old, None) => {
                files.discard(&in_place)?;
                self.clear(&removal_leftover(&self.target), None)
            }
            (Side::Old, Some(old)) => {
                files.discard(&in_place)?;
                self.clear(&back, Some(old))?;
                // The contents may be the old ones while the permissions are not.
                match self.is_otherwise(&files.look(&self.target)?) {
                    false => Ok(()),
                    true => self.put(old, &back, Some(old)),
                }
            }
        }
    }

    /// Whether a file stands there with another owner, mode or attributes than before.
    fn is_otherwise(&self, now: &Standing) -> bool {
        let now = now.meta();
        now.is_some_and(|now| now.difference(&self.staged.meta).is_some())
    }

    /// The command that shows what was changed in the file since its contents were copied; `None`
    /// without the file or a whole copy. The differences may hold secrets that are known to nobody
    /// yet, so they are for the operator's own terminal.
    pub fn compare(&self) -> Option<String> {
        self.files().digest(&self.target).ok()??;
        let copy = self.source_of(self.staged.old.as_ref()?, BY_HAND).ok()?;
        let word = |path: &Path| shell_word(&path.to_string_lossy());
        Some(format!("diff -u {} {}", word(&copy), word(&self.target)))
    }

    /// Describes what the way back will change in the permissions and the owner of a file that still
    /// has the contents the run gave it; `None` if nothing.
    pub fn set_back(&self) -> Option<String> {
        self.staged.old.as_ref()?;
        let standing = self.files().look(&self.target).ok()?;
        let (file, now, then) = (self.file, standing.meta()?, &self.staged.meta);
        now.difference(then)?;
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

    /// Whether the copy that the way back will need is whole, and can take its place; a file that is
    /// what it was needs neither.
    pub fn can_go_back(&self) -> Result<(), FileError> {
        let (files, staged) = (self.files(), self.staged);
        let now = files.digest(&self.target)?;
        let standing = files.look(&self.target)?;
        if now == staged.old && !self.is_otherwise(&standing) {
            return Ok(());
        }
        if let Some(old) = &staged.old {
            self.source_of(old, BY_HAND)?;
        }
        let no = |why: String, cure| {
            let path = self.target.clone();
            Err(FileError::Unusable { path, why, cure })
        };
        match &standing {
            Standing::File { links: 2.., .. }
                if files.digest(&second_name(&self.target))?.is_none() =>
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
            Standing::Nothing
            | Standing::File { .. }
            | Standing::Dir
            | Standing::Symlink { .. } => {}
        }
        // For a file whose owner was changed since, the reason would concern the new owner.
        let owner = |meta: &FileMeta| (meta.uid, meta.gid);
        let same_owner = |now: &FileMeta| owner(now) == owner(&staged.meta);
        if staged.old.is_some()
            && standing.meta().is_none_or(same_owner)
            && let Some(why) = files.barred(&self.target)?
        {
            return no(why, "then go on with the rollback");
        }
        Ok(())
    }

    /// Puts a copy of the old contents in place of the current ones. What an earlier attempt left
    /// under the temporary's name may be somebody else's, and is not overwritten.
    fn put(&self, old: &Digest, aside: &Path, now: Option<&Digest>) -> Result<(), FileError> {
        let source = self.source_of(old, BY_HAND)?;
        self.clear(aside, now)?;
        self.files().copy(&source, aside, Some(&self.staged.meta))?;
        self.exchange(aside, old, now)
    }

    /// Swaps in the temporary. If that is refused, it is not left beside its target: it may hold
    /// secrets, and nobody may ever come back to remove it.
    fn exchange(&self, aside: &Path, ours: &Digest, now: Option<&Digest>) -> Result<(), FileError> {
        let files = self.files();
        let swapped = files.swap_in(aside, &self.target, now);
        if let Err(FileError::Unusable { .. } | FileError::Drift { .. }) = &swapped
            && matches!(files.digest(aside), Ok(Some(found)) if found == *ours)
        {
            // The refusal itself is reported; a retry copes with a leftover as it does after a crash.
            let _left_over = files.discard(aside);
        }
        swapped
    }

    /// A copy of these contents that is whole: what an earlier hop staged, or the backup.
    fn source_of(&self, digest: &Digest, cure: &'static str) -> Result<PathBuf, FileError> {
        let backup = self.context.dir.backup_of(self.file.as_str());
        for path in [backup.clone(), self.context.dir.staged(digest)] {
            if self.files().digest(&path)?.as_ref() == Some(digest) {
                return Ok(path);
            }
        }
        Err(FileError::Unusable {
            path: backup,
            why: "the copy in the backup is damaged".to_owned(),
            cure,
        })
    }

    /// Replaces what was put aside by the old contents; `Drift` if the file has changed again, which
    /// then has to be put aside first.
    pub fn restore_over(&self, aside: Option<&Digest>) -> Result<(), FileError> {
        let files = self.files();
        match (&self.staged.old, aside) {
            (None, None) => files.discard(&removal_leftover(&self.target)),
            (None, Some(now)) => files.remove(&self.target, now),
            (Some(old), Some(now)) if now == old => Ok(()),
            (Some(old), now) => {
                // Its folder may have gone with it.
                if let Some(folder) = self.target.parent() {
                    files.make_product_dir(folder)?;
                }
                self.put(old, &self.temporary(BACK), now)
            }
        }
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
