//! The folder that all runs of a user lie in, and what they share.

use super::RunDir;
use crate::{
    model::{digest::Digest, ids::RunId},
    world::{FileError, Lock, World, adopt_lock},
};
use std::{
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

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

    /// All runs that have a folder, in no particular order. A folder whose name is not a run's id
    /// is not ours.
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

    /// The key for the digests of values in plans: without the key, a digest reveals nothing about
    /// even a short secret. Created once, with mode 0600.
    pub fn key(&self, world: &World) -> Result<Vec<u8>, FileError> {
        let path = self.0.join("key");
        if let Some(content) = world.files.read(&path, KEY_BYTES as u64)? {
            return whole_key(&path, content.bytes);
        }
        world.files.make_private_dir(&self.0)?;
        let key = world.system.random(KEY_BYTES);
        match world.files.replace(&path, &key, None, None) {
            // Another process created it in the meantime: its key counts.
            Ok(()) | Err(FileError::Drift { .. }) => {}
            Err(error) => return Err(error),
        }
        let content = world.files.read(&path, KEY_BYTES as u64)?;
        match content {
            Some(content) => whole_key(&path, content.bytes),
            None => Ok(key),
        }
    }

    /// The key for a plan; a random one for a plan that is only looked at where none can be stored.
    /// Nobody knows that one later: its digests reveal as little, and the plan cannot be applied.
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

    /// Refuses if the root is locked, possibly by somebody whose runs are kept elsewhere. Keeps no
    /// lock, and creates no folder.
    pub fn refuse_if_held(&self, world: &World, root: &Path) -> Result<(), FileError> {
        let note = "somebody who looked whether it was held";
        let _let_go = world.files.lock(root, &self.lock_note(root), note)?;
        Ok(())
    }

    /// Takes over a lock that another process handed over.
    pub fn adopt(
        &self,
        root: &Path,
        given: OwnedFd,
        note: &str,
    ) -> Result<Box<dyn Lock>, FileError> {
        adopt_lock(root, &self.lock_note(root), note, given)
    }

    /// The file that says who holds a root, for others who want it.
    fn lock_note(&self, root: &Path) -> PathBuf {
        let name = Digest::of(root.as_os_str().as_encoded_bytes());
        let name = format!("{}.lock", name.as_str());
        self.0.join("locks").join(name)
    }
}

/// Refuses a short key, whose digests might reveal something about a short secret.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::FakeWorld;

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
}
