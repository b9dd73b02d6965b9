//! The folders where state lives: one for all runs, one for each run, and the lock of a root.
//!
//! `STATE/runs/<id>/{journal, plan.json, changes.json, answers.json, pack/, staged/, backup/, output/, steps/,
//! services/, later-edits/, ballast/, report.md, worker.sock, worker.log}`, where `pack/` has what the
//! pack's digest covers: all but its tests and the demo's product; and
//! `STATE/locks/<digest of the root>.lock`, which says who holds the lock on that root. `STATE/removed/<id>` is
//! what is left of a run whose removal was cut off.

use super::{
    copies,
    journal::{FileStore, Journal, JournalError},
    manifest,
};
use crate::{
    model::{
        digest::Digest,
        glob::Glob,
        ids::{InputName, RunId, StepId},
        limits,
        record::Record,
        text::{Secret, inert},
    },
    rules::pack::{Origin, PackSource, is_rules},
    world::{FileError, Lock, Standing, World, adopt_lock},
};
use std::{
    collections::BTreeMap,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

/// One undo has a temporary, a command's papers and a log at a time.
const BALLAST_FILES: usize = 8;
const BALLAST_BYTES: usize = 64 << 10;
const KEY_BYTES: usize = 32;

/// The state folder of this user.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

impl StateDir {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn run(&self, id: &RunId) -> RunDir {
        RunDir(self.0.join("runs").join(id.as_str()))
    }

    /// Every run that has a folder, in no order that means anything. What has no id for its name is
    /// somebody else's.
    pub fn runs(&self, world: &World) -> Result<Vec<RunId>, FileError> {
        let names = world.files.list(&self.0.join("runs"))?.into_iter();
        Ok(names
            .filter_map(|name| RunId::try_from(name).ok())
            .collect())
    }

    /// Takes a run out of the runs, as a whole: from here on it is none, and only has to be cleared away.
    pub(in crate::engine) fn take_out(&self, world: &World, id: &RunId) -> Result<(), FileError> {
        let removed = self.removed();
        world.files.make_dir(&removed)?;
        let run = self.run(id);
        world.files.move_dir(run.path(), &removed.join(id.as_str()))
    }

    /// Deletes what was taken out.
    pub(in crate::engine) fn clear_removed(&self, world: &World) -> Result<(), FileError> {
        let mut left = self.left_of_removed(world)?.into_iter();
        left.try_for_each(|folder| world.files.remove_dir(&folder))
    }

    /// What a removal that was cut off has left.
    pub fn left_of_removed(&self, world: &World) -> Result<Vec<PathBuf>, FileError> {
        let removed = self.removed();
        let names = world.files.list(&removed)?.into_iter();
        let ours = names.filter_map(|name| RunId::try_from(name).ok());
        Ok(ours.map(|id| removed.join(id.as_str())).collect())
    }

    fn removed(&self) -> PathBuf {
        self.0.join("removed")
    }

    /// The key under which plans keep digests of values: without it a digest tells nothing about
    /// a short secret. Made once, kept with mode 0600.
    pub fn key(&self, world: &World) -> Result<Vec<u8>, FileError> {
        let path = self.0.join("key");
        if let Some(content) = world.files.read(&path, KEY_BYTES as u64)? {
            return whole_key(&path, content.bytes);
        }
        world.files.make_private_dir(&self.0)?;
        let key = world.system.random(KEY_BYTES);
        match world.files.replace(&path, &key, None, None) {
            // Somebody else made it in the meantime: theirs counts.
            Ok(()) | Err(FileError::Drift { .. }) => {}
            Err(error) => return Err(error),
        }
        let content = world.files.read(&path, KEY_BYTES as u64)?;
        match content {
            Some(content) => whole_key(&path, content.bytes),
            None => Ok(key),
        }
    }

    /// The key of a plan that somebody looks at where none can be kept. Nobody knows it afterwards,
    /// so its digests tell as little, and the plan can be applied nowhere.
    pub fn key_or_none_to_keep(&self, world: &World) -> Vec<u8> {
        self.key(world)
            .unwrap_or_else(|_| world.system.random(KEY_BYTES))
    }

    /// Holds the root for one worker. The lock goes with the process, whatever ends it.
    pub fn lock(&self, world: &World, root: &Path, note: &str) -> Result<Box<dyn Lock>, FileError> {
        world.files.make_private_dir(&self.0)?;
        world.files.make_dir(&self.0.join("locks"))?;
        world.files.lock(root, &self.lock_note(root), note)
    }

    /// Whether somebody holds the root, who may keep their runs elsewhere. Keeps nothing, and makes no
    /// folder.
    pub fn refuse_if_held(&self, world: &World, root: &Path) -> Result<(), FileError> {
        let note = "somebody who looked whether it was held";
        let _let_go = world.files.lock(root, &self.lock_note(root), note)?;
        Ok(())
    }

    /// Goes on with a lock that another process handed over.
    pub fn adopt(
        &self,
        root: &Path,
        given: OwnedFd,
        note: &str,
    ) -> Result<Box<dyn Lock>, FileError> {
        adopt_lock(root, (&self.lock_note(root), note), given)
    }

    /// Who holds a root, for whoever comes second.
    fn lock_note(&self, root: &Path) -> PathBuf {
        let name = Digest::of(root.as_os_str().as_encoded_bytes());
        let name = format!("{}.lock", name.as_str());
        self.0.join("locks").join(name)
    }
}

/// With less of it a digest would tell something about a short secret.
fn whole_key(path: &Path, key: Vec<u8>) -> Result<Vec<u8>, FileError> {
    if key.len() == KEY_BYTES {
        return Ok(key);
    }
    Err(FileError::Unusable {
        path: path.to_owned(),
        why: format!("the key of plans has {} bytes of {KEY_BYTES}", key.len()),
        cure: "put it back from a backup, or remove it and plan again",
    })
}

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

    /// What becomes of the files, as it was shown when the plan was sealed: the files themselves change.
    pub fn changes(&self) -> PathBuf {
        self.0.join("changes.json")
    }

    pub fn backup(&self) -> PathBuf {
        self.0.join("backup")
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

    /// Commands that outlive a worker.
    pub fn steps(&self) -> PathBuf {
        self.0.join("steps")
    }

    /// Which processes a service was when it was asked to end.
    pub fn service(&self, name: &str) -> PathBuf {
        let name = flat(name);
        self.0.join("services").join(format!("{name}.json"))
    }

    /// Whether something lies here that is made only after the journal has begun: a whole backup, or
    /// what a command was started with.
    pub fn has_traces(&self, world: &World) -> Result<bool, FileError> {
        let manifest = world.files.look(&self.backup().join(manifest::FILE))?;
        Ok(manifest != Standing::Nothing || !world.files.list(&self.steps())?.is_empty())
    }

    pub fn later_edits(&self) -> PathBuf {
        self.0.join("later-edits")
    }

    pub fn report(&self) -> PathBuf {
        self.0.join("report.md")
    }

    /// What the worker's process has to say outside the journal: a fault of ours.
    pub fn worker_log(&self) -> PathBuf {
        self.0.join("worker.log")
    }

    /// Room that is given back when a run has to go back on a full disk: bytes, and names, which a
    /// file system can run out of as well. Written out, because a file system that packs what it
    /// stores, or none at all, must keep the room too.
    pub fn lay_ballast(&self, world: &World) -> Result<(), FileError> {
        let folder = self.ballast();
        world.files.make_dir(&folder)?;
        // Whoever takes the run up writes its journal anew beside the old one.
        let journal = match world.files.look(&self.journal())? {
            Standing::File { bytes, .. } => usize::try_from(bytes).unwrap_or(usize::MAX),
            Standing::Nothing
            | Standing::Dir
            | Standing::Symlink { .. }
            | Standing::Other { .. } => 0,
        };
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
            if let Standing::File { bytes: more, .. } = world.files.look(&file)? {
                bytes += more;
            }
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
        // The digest in the plan is over the same files, so the pinned pack still has it.
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

    /// Takes away what was laid out for a run that was not begun, under the lock on its product: of one
    /// that was, there are traces, and nothing of it is touched. One file that stays keeps no other.
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

/// The part of a file's name that a step has.
pub fn step_name(step: &StepId) -> String {
    flat(step.as_str())
}

/// A path or an id as one name; no two become the same.
pub fn flat(path: &str) -> String {
    path.replace('%', "%25")
        .replace('+', "%2B")
        .replace('/', "+")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
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
    fn where_no_key_can_be_kept_each_plan_has_one_of_its_own() {
        let fake = FakeWorld::new();
        let (world, state) = (fake.world(), StateDir::new("/state".into()));
        fake.files.put("/state", "no folder");
        state
            .key(&world)
            .expect_err("there is no folder to keep it in");
        let key = state.key_or_none_to_keep(&world);
        assert_eq!(key.len(), KEY_BYTES);
        assert_ne!(key, state.key_or_none_to_keep(&world));
    }

    #[test]
    fn a_key_that_was_cut_is_damage() {
        let fake = FakeWorld::new();
        let (world, state) = (fake.world(), StateDir::new("/state".into()));
        let key = state.key(&world).expect("a new key");
        assert_eq!(state.key(&world).expect("the same"), key);
        for short in [0, 1, KEY_BYTES - 1] {
            fake.files.put("/state/key", &key[..short]);
            let error = state.key(&world).expect_err("cut").to_string();
            let wanted = format!("/state/key: the key of plans has {short} bytes of 32;");
            assert!(error.starts_with(&wanted), "{error}");
        }
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

        let manifest = dir.backup().join(manifest::FILE);
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
    fn only_what_has_an_id_for_its_name_is_a_run() {
        let fake = FakeWorld::new();
        let (world, state) = (fake.world(), StateDir::new("/state".into()));
        let id = "0f3a9b5c1d2e4f60718293a4b5c6d7e8";
        for name in [
            id,
            ".DS_Store",
            &id[1..],
            &id.to_uppercase(),
            &format!("{id}.away"),
        ] {
            fake.files.put(format!("/state/runs/{name}/journal"), "");
        }
        assert_eq!(state.runs(&world).expect("listed"), [RunId::new(id)]);
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
