//! The folders where state lives: one for all runs, one for each run, and the lock of a root.
//!
//! `STATE/runs/<id>/{journal, plan.json, changes.json, answers.json, pack/, staged/, backup/, output/, steps/,
//! services/, later-edits/, ballast/, report.md, worker.sock, worker.log}`, where `pack/` has what the
//! pack's digest covers: all but its tests and the demo's product; and
//! `STATE/locks/<digest of the root>.lock`, which says who holds the lock on that root. `STATE/removed/<id>` is
//! what is left of a run whose removal was cut off.

mod state;

pub use state::StateDir;

use super::{
    copies,
    journal::{FileStore, Journal, JournalError},
};
use crate::{
    model::{
        digest::Digest,
        glob::Glob,
        ids::{InputName, StepId},
        limits,
        record::Record,
        text::{Secret, inert},
    },
    rules::source::{Origin, PackSource, is_rules},
    world::{FileError, Lock, Standing, World},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The file in the folder of a backup that says what is in it.
pub const MANIFEST: &str = "manifest.json";
/// One undo has a temporary, a command's papers and a log at a time.
const BALLAST_FILES: usize = 8;
const BALLAST_BYTES: usize = 64 << 10;

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunDir(PathBuf);

impl RunDir {
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The name of the folder, which is the run's id.
    pub fn name(&self) -> String {
        let name = self.0.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    pub fn plan(&self) -> PathBuf {
        self.0.join("plan.json")
    }

    /// The changes to files as shown when the plan was sealed; the files themselves change later.
    pub fn changes(&self) -> PathBuf {
        self.0.join("changes.json")
    }

    pub fn backup(&self) -> PathBuf {
        self.0.join("backup")
    }

    pub fn manifest(&self) -> PathBuf {
        self.backup().join(MANIFEST)
    }

    pub fn backup_of(&self, file: &str) -> PathBuf {
        copies::copy_of(&self.backup(), file)
    }

    /// New contents of a file, by digest.
    pub fn staged(&self, digest: &Digest) -> PathBuf {
        self.0.join("staged").join(digest.as_str())
    }

    pub fn output(&self, step: &StepId) -> PathBuf {
        let name = step_name(step);
        self.0.join("output").join(format!("{name}.log"))
    }

    /// Papers of commands that may outlive a worker.
    pub fn steps(&self) -> PathBuf {
        self.0.join("steps")
    }

    /// The file that notes the processes of a service when it was asked to end.
    pub fn service(&self, name: &str) -> PathBuf {
        let name = flat(name);
        self.0.join("services").join(format!("{name}.json"))
    }

    /// Whether the folder holds anything that is made only once the journal has begun: a complete
    /// backup, or the papers of a command.
    pub fn has_traces(&self, world: &World) -> Result<bool, FileError> {
        let manifest = world.files.look(&self.manifest())?;
        Ok(manifest != Standing::Nothing || !world.files.list(&self.steps())?.is_empty())
    }

    pub fn later_edits(&self) -> PathBuf {
        self.0.join("later-edits")
    }

    pub fn report(&self) -> PathBuf {
        self.0.join("report.md")
    }

    /// What the worker's process writes outside the journal: internal errors.
    pub fn worker_log(&self) -> PathBuf {
        self.0.join("worker.log")
    }

    /// Reserves room to be freed when a run has to go back on a full disk: bytes, and inodes, which
    /// a file system can run out of too. Filled with bytes that do not compress, because the room
    /// must be kept even on a file system that compresses or leaves out empty blocks.
    pub fn lay_ballast(&self, world: &World) -> Result<(), FileError> {
        let folder = self.ballast();
        world.files.make_dir(&folder)?;
        // Taking the run up rewrites its journal beside the old one.
        let journal = world.files.look(&self.journal())?.bytes().unwrap_or(0);
        let journal = usize::try_from(journal).unwrap_or(usize::MAX);
        let sizes = std::iter::repeat_n(BALLAST_BYTES, BALLAST_FILES).chain([journal]);
        for (n, size) in sizes.enumerate() {
            let mut bytes = vec![0; size];
            let mut hasher = blake3::Hasher::new();
            hasher.update(&n.to_le_bytes());
            hasher.finalize_xof().fill(&mut bytes);
            let path = folder.join(n.to_string());
            world.files.stage(&path, &bytes, None)?;
        }
        Ok(())
    }

    pub fn drop_ballast(&self, world: &World) -> Result<(), FileError> {
        let folder = self.ballast();
        let names = world.files.list(&folder)?;
        names
            .iter()
            .try_for_each(|name| world.files.discard(&folder.join(name)))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    pub fn store(&self, world: &World) -> FileStore {
        FileStore::new(world.files.clone(), &self.journal())
    }

    fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// How many bytes its files have, all together.
    pub fn bytes(&self, world: &World) -> Result<u64, FileError> {
        let mut bytes = 0;
        for file in world.files.glob(&self.0, &[Glob::all()])? {
            bytes += world.files.look(&file)?.bytes().unwrap_or(0);
        }
        Ok(bytes)
    }

    /// The records so far, without a lock and without mending anything.
    pub fn records(&self, world: &World) -> Result<Vec<Record>, JournalError> {
        Ok(Journal::peek(&self.store(world))?.records)
    }

    /// Makes the folders, pins the pack and keeps the answers, all before the journal begins.
    pub fn prepare(
        &self,
        world: &World,
        pack: &PackSource,
        answers: &BTreeMap<InputName, Secret>,
    ) -> Result<(), FileError> {
        for folder in ["staged", "backup/files", "output", "pack"] {
            world.files.make_dir(&self.0.join(folder))?;
        }
        // The plan's digest covers just these files, so it still holds for the pinned pack.
        let rules = pack.files.iter().filter(|(name, _)| is_rules(name));
        for (name, bytes) in rules {
            let path = self.pack().join(name);
            if let Some(folder) = path.parent() {
                world.files.make_dir(folder)?;
            }
            world.files.stage(&path, bytes, None)?;
        }
        let plain: BTreeMap<&str, &str> = answers
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()))
            .collect();
        let json = serde_json::to_string(&plain).expect("texts are JSON");
        let answers = self.kept_answers();
        world.files.stage(&answers, inert(&json).as_bytes(), None)?;
        Ok(())
    }

    /// Removes what was laid out for a run that did not begin, under the lock on its product. If
    /// there are traces of a run that did begin, nothing is touched. A file that cannot be removed
    /// does not keep the others from being removed.
    pub(in crate::engine) fn discard_unbegun(
        &self,
        world: &World,
        _held: &dyn Lock,
    ) -> Result<(), FileError> {
        if self.has_traces(world)? {
            return Err(FileError::Unusable {
                path: self.0.clone(),
                why: "is the folder of a run that was begun".to_owned(),
                cure: "`switchback runs` may list it",
            });
        }
        let mut end = Ok(());
        for file in [self.kept_answers(), self.plan(), self.journal()] {
            end = end.and(world.files.discard(&file));
        }
        for file in world.files.glob(&self.pack(), &[Glob::all()])? {
            end = end.and(world.files.discard(&file));
        }
        end
    }

    fn pack(&self) -> PathBuf {
        self.0.join("pack")
    }

    fn kept_answers(&self) -> PathBuf {
        self.0.join("answers.json")
    }

    /// The pack as it was when the run began, whatever became of the original.
    pub fn pinned_pack(&self, world: &World) -> Result<PackSource, FileError> {
        let root = self.pack();
        let mut files = BTreeMap::new();
        for path in world.files.glob(&root, &[Glob::all()])? {
            let name = path
                .strip_prefix(&root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            if let Some(content) = world.files.read(&path, limits::PACK_FILE.bytes())? {
                files.insert(name, content.bytes.into());
            }
        }
        Ok(PackSource {
            origin: Origin::Folder(root),
            files,
        })
    }

    pub fn answers(&self, world: &World) -> Result<BTreeMap<InputName, Secret>, FileError> {
        let path = self.kept_answers();
        let Some(content) = world.files.read(&path, limits::ANSWERS.bytes())? else {
            return Ok(BTreeMap::new());
        };
        let plain: BTreeMap<String, String> =
            serde_json::from_slice(&content.bytes).map_err(|error| FileError::Unusable {
                path,
                why: format!("not the answers of a run ({error})"),
                cure: "start a new run",
            })?;
        Ok(plain
            .into_iter()
            .map(|(name, value)| (InputName::new(name), Secret::new(value)))
            .collect())
    }
}

/// The part of a file name that stands for a step.
pub fn step_name(step: &StepId) -> String {
    flat(step.as_str())
}

/// Turns a path or an id into a single file name, injectively.
pub fn flat(path: &str) -> String {
    path.replace('%', "%25")
        .replace('+', "%2B")
        .replace('/', "+")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::ids::RunId,
        rules::{bundled, pack},
        world::fake::FakeWorld,
    };

    #[test]
    fn no_two_paths_have_one_name() {
        let paths = [
            "docker/a.yml",
            "docker-a.yml",
            "docker+a.yml",
            "docker%2Ba.yml",
        ];
        let names: std::collections::BTreeSet<String> =
            paths.iter().map(|path| flat(path)).collect();
        assert_eq!(names.len(), paths.len(), "{names:?}");
        assert!(names.iter().all(|name| !name.contains('/')));
    }

    #[test]
    fn only_what_was_laid_out_for_a_run_that_was_not_begun_is_taken_away() {
        let fake = FakeWorld::new();
        fake.files.put("/srv/VERSION", "1");
        let (world, state) = (fake.world(), StateDir::new("/state".into()));
        let dir = state.run(&RunId::new("run"));
        let source = bundled::packs().remove(0);
        dir.prepare(&world, &source, &BTreeMap::new())
            .expect("prepare");
        for file in [dir.plan(), dir.journal(), dir.report()] {
            fake.files.put(file, "text");
        }
        let held = state.lock(&world, Path::new("/srv"), "a test");
        let held = held.expect("nobody has it");
        let kept = |fake: &FakeWorld| {
            let kept = fake.files.contents().into_keys();
            kept.filter(|path| path.starts_with(dir.path()))
                .collect::<Vec<_>>()
        };

        let manifest = dir.manifest();
        fake.files.put(&manifest, "{}");
        let begun = kept(&fake);
        let error = dir
            .discard_unbegun(&world, &*held)
            .expect_err("it was begun");
        assert!(error.to_string().contains("was begun"), "{error}");
        assert_eq!(kept(&fake), begun);

        fake.files.take_away(&manifest);
        dir.discard_unbegun(&world, &*held).expect("taken away");
        assert_eq!(kept(&fake), [dir.report()]);
    }

    #[test]
    fn the_pinned_pack_is_what_the_digest_covers() {
        let dir = StateDir::new("/state".into()).run(&RunId::new("run"));
        for source in bundled::packs() {
            let world = FakeWorld::new().world();
            dir.prepare(&world, &source, &BTreeMap::new())
                .expect("prepare");
            let pinned = dir.pinned_pack(&world).expect("read back");
            assert_eq!(pack::digest(&pinned.files), pack::digest(&source.files));
            assert!(pinned.files.keys().all(|name| is_rules(name)));
        }
    }
}
