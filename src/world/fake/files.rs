//! Files in memory.

mod disk;
mod node;
mod steps;
mod tree;

pub use disk::{Choose, Sync};

use super::{Fault, Faults, dead, lock};
use crate::{
    model::{
        digest::Digest,
        glob::{Glob, Globs},
        path::RelPath,
        survey::FileMeta,
    },
    world::{
        Archived, Content, FileError, Files, Found, Hit, Lock, Member, Search, Standing, Unlike,
        files::unusable,
    },
};
use node::Node;
use std::{
    collections::BTreeMap,
    io,
    os::fd::BorrowedFd,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tree::{Tree, missing};

pub struct FakeFiles {
    tree: Mutex<Tree>,
    locks: Arc<Mutex<Locks>>,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Locks {
    next: u64,
    held: BTreeMap<PathBuf, (u64, String)>,
}

impl Default for FakeFiles {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

impl FakeFiles {
    pub(super) fn new(faults: Arc<Faults>) -> Self {
        Self {
            tree: Mutex::new(Tree::new(faults.clone())),
            locks: Arc::default(),
            faults,
        }
    }

    pub(super) fn free_locks(&self) {
        lock(&self.locks).held.clear();
    }

    /// Somebody else writes a file; makes its folders. Not counted, never fails.
    pub fn put(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        self.place(path, Node::file(bytes.as_ref(), None));
    }

    pub fn put_with(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>, meta: FileMeta) {
        self.place(path, Node::file(bytes.as_ref(), Some(&meta)));
    }

    /// The same, and nobody has synced it yet.
    pub fn put_unsynced(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        lock(&self.tree).scribble(path.as_ref(), bytes.as_ref());
    }

    /// Cuts the power: of what was not synced, `choose` decides which parts are lost.
    pub fn cut_power(&self, choose: &mut Choose<'_>) {
        let mut tree = lock(&self.tree);
        tree.nodes = tree.disk.cut_power(choose);
    }

    /// From now on these syncs do nothing and say that they did.
    pub fn leave_out(&self, syncs: Sync) {
        lock(&self.tree).disk.left_out = Some(syncs);
    }

    pub fn put_symlink(&self, path: impl AsRef<Path>, to: impl Into<PathBuf>) {
        self.place(path, Node::Symlink { to: to.into() });
    }

    pub fn put_other(&self, path: impl AsRef<Path>, what: &'static str) {
        self.place(path, Node::Other { what });
    }

    /// Gives a file this many hard links.
    pub fn put_links(&self, path: impl AsRef<Path>, count: u64) {
        if let Some(Node::File { links, .. }) = lock(&self.tree).nodes.get_mut(path.as_ref()) {
            *links = count;
        }
    }

    pub fn take_away(&self, path: impl AsRef<Path>) {
        lock(&self.tree).take_away(path.as_ref());
    }

    /// Limits how much more can be written from now on; removing files frees room again.
    pub fn set_free_bytes(&self, bytes: u64) {
        let mut tree = lock(&self.tree);
        tree.room = Some(tree.used_bytes() + bytes);
    }

    /// Every file with its bytes: what a test compares at the end.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let tree = lock(&self.tree);
        let files = tree.nodes.iter().filter_map(|(path, node)| match node {
            Node::File { bytes, .. } => Some((path.clone(), bytes.clone())),
            Node::Dir | Node::Symlink { .. } | Node::Other { .. } => None,
        });
        files.collect()
    }

    fn place(&self, path: impl AsRef<Path>, node: Node) {
        lock(&self.tree).place(path.as_ref(), node);
    }

    fn look_up<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&Tree) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        self.faults
            .alive()
            .and_then(|()| self.faults.step())
            .map_err(|source| io_error(path, source))?;
        work(&lock(&self.tree))
    }

    /// `work` gets how many bytes it may write if it is to stop half-way.
    fn change<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut Tree, Option<usize>) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let fault = self
            .faults
            .turn()
            .map_err(|source| io_error(path, source))?;
        let cut = match fault {
            Some(Fault::CrashWithin { bytes }) => Some(bytes),
            Some(Fault::Fail | Fault::CrashBefore | Fault::CrashAfter) | None => None,
        };
        let done = work(&mut lock(&self.tree), cut);
        if fault.is_some() {
            return Err(io_error(path, dead()));
        }
        done
    }

    /// A change without a middle: if it is to stop half-way, it is not done at all.
    fn change_at_once<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut Tree) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        self.change(path, |tree, cut| match cut {
            None => work(tree),
            Some(_) => Err(io_error(path, dead())),
        })
    }
}

impl Files for FakeFiles {
    fn look(&self, path: &Path) -> Result<Standing, FileError> {
        self.look_up(path, |tree| Ok(tree.look(path)))
    }

    fn read(&self, path: &Path, bytes_max: u64) -> Result<Option<Content>, FileError> {
        self.look_up(path, |tree| tree.read(path, bytes_max))
    }

    fn read_end(&self, path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, FileError> {
        self.look_up(path, |tree| tree.read_end(path, bytes_max))
    }

    fn digest(&self, path: &Path) -> Result<Option<Digest>, FileError> {
        self.look_up(path, |tree| tree.digest(path))
    }

    fn stage(
        &self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
    ) -> Result<Digest, FileError> {
        self.change(path, |tree, cut| {
            let bytes = &bytes[..cut.unwrap_or(bytes.len()).min(bytes.len())];
            tree.stage(path, bytes, meta)
        })
    }

    fn swap_in(&self, staged: &Path, target: &Path, old: Option<&Digest>) -> Result<(), FileError> {
        self.change(target, |tree, cut| {
            tree.swap_in(staged, target, old, cut.is_some())
        })
    }

    fn remove(&self, path: &Path, old: &Digest) -> Result<(), FileError> {
        self.change(path, |tree, cut| tree.remove(path, old, cut.is_some()))
    }

    fn discard(&self, path: &Path) -> Result<(), FileError> {
        self.change_at_once(path, |tree| tree.discard(path))
    }

    fn keep(&self, path: &Path) -> Result<(Digest, u64), FileError> {
        self.faults
            .alive()
            .map_err(|source| io_error(path, source))?;
        lock(&self.tree).keep(path)
    }

    fn copy(
        &self,
        from: &Path,
        to: &Path,
        meta: Option<&FileMeta>,
    ) -> Result<(Digest, u64), FileError> {
        self.change_at_once(to, |tree| tree.copy(from, to, meta))
    }

    fn archive(&self, root: &Path, names: &[RelPath], to: &Path) -> Result<Archived, FileError> {
        self.change_at_once(to, |tree| tree.archive(root, names, to))
    }

    fn first_unlike(
        &self,
        copies: &[(PathBuf, &Digest)],
        root: &Path,
        originals: &[(&RelPath, &Digest)],
    ) -> Result<Option<Unlike>, FileError> {
        self.look_up(root, |tree| {
            for (n, (path, digest)) in copies.iter().enumerate() {
                if tree.digest(path)?.as_ref() != Some(*digest) {
                    return Ok(Some(Unlike::Copy(n)));
                }
            }
            for (n, (name, digest)) in originals.iter().enumerate() {
                if tree.digest(&name.under(root))?.as_ref() != Some(*digest) {
                    return Ok(Some(Unlike::Original(n)));
                }
            }
            Ok(None)
        })
    }

    fn unpack(
        &self,
        archive: &Path,
        members: &[Member<'_>],
        to: &Path,
    ) -> Result<Option<usize>, FileError> {
        self.change_at_once(to, |tree| tree.unpack(archive, members, to))
    }

    fn new_file_meta(&self, path: &Path) -> Result<FileMeta, FileError> {
        self.look_up(path, |_| Ok(node::new_file_meta()))
    }

    fn make_product_dir(&self, path: &Path) -> Result<(), FileError> {
        self.make_dir(path)
    }

    fn others_may_write(&self, path: &Path) -> Result<Option<String>, FileError> {
        Ok(match self.look(path)? {
            Standing::File { meta, .. } if meta.mode & 0o022 != 0 => {
                Some(format!("others may write into it (mode {:o})", meta.mode))
            }
            Standing::File { .. }
            | Standing::Dir
            | Standing::Symlink { .. }
            | Standing::Other { .. }
            | Standing::Nothing => None,
        })
    }

    /// Nothing is forbidden here.
    fn barred(&self, path: &Path) -> Result<Option<String>, FileError> {
        self.look_up(path, |_| Ok(None))
    }

    fn make_private_dir(&self, path: &Path) -> Result<(), FileError> {
        self.make_dir(path)
    }

    fn make_dir(&self, path: &Path) -> Result<(), FileError> {
        self.change_at_once(path, |tree| tree.make_dir(path))
    }

    fn move_dir(&self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.change_at_once(from, |tree| tree.move_dir(from, to))
    }

    fn remove_dir(&self, path: &Path) -> Result<(), FileError> {
        self.change(path, |tree, cut| tree.remove_dir(path, cut.is_some()))
    }

    fn list(&self, path: &Path) -> Result<Vec<String>, FileError> {
        self.look_up(path, |tree| tree.list(path))
    }

    fn find(&self, root: &Path, globs: &[Glob]) -> Result<Found, FileError> {
        self.look_up(root, |tree| tree.find(root, &Globs::new(globs)))
    }

    fn canonical(&self, path: &Path) -> Result<Option<PathBuf>, FileError> {
        self.look_up(path, |tree| Ok(tree.canonical(path)))
    }

    fn search(
        &self,
        root: &Path,
        apart: &Path,
        searches: &[Search<'_>],
        hits_max: usize,
    ) -> Result<Vec<Vec<Hit>>, FileError> {
        let one = |search: &Search| {
            let mut hits = Vec::new();
            let found = self.glob(root, search.globs)?.into_iter();
            for path in found.filter(|path| !path.starts_with(apart)) {
                let content = self.read(&path, u64::MAX)?;
                let text =
                    content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned());
                for (index, line) in text.unwrap_or_default().lines().enumerate() {
                    if search.pattern.is_match(line) {
                        hits.push(Hit {
                            path: path.clone(),
                            line: index + 1,
                            text: line.to_owned(),
                        });
                    }
                }
            }
            hits.truncate(hits_max);
            Ok(hits)
        };
        searches.iter().map(one).collect()
    }

    fn append(&self, path: &Path, bytes: &[u8], at: Option<u64>) -> Result<(), FileError> {
        self.change(path, |tree, cut| {
            let bytes = &bytes[..cut.unwrap_or(bytes.len()).min(bytes.len())];
            tree.append(path, bytes, at)
        })
    }

    fn free_bytes(&self, path: &Path) -> Result<u64, FileError> {
        self.look_up(path, |tree| Ok(tree.free_bytes()))
    }

    fn lock(&self, folder: &Path, note_at: &Path, note: &str) -> Result<Box<dyn Lock>, FileError> {
        self.faults
            .alive()
            .map_err(|source| io_error(folder, source))?;
        let mut locks = lock(&self.locks);
        if let Some((_, holder)) = locks.held.get(folder) {
            return Err(FileError::Locked {
                path: folder.to_owned(),
                holder: holder.clone(),
            });
        }
        lock(&self.tree).note(note_at, note.as_bytes())?;
        locks.next += 1;
        let id = locks.next;
        locks.held.insert(folder.to_owned(), (id, note.to_owned()));
        Ok(Box::new(Guard {
            locks: self.locks.clone(),
            path: folder.to_owned(),
            id,
        }))
    }
}

/// Frees its own lock, not the one that a later process took on the same path.
struct Guard {
    locks: Arc<Mutex<Locks>>,
    path: PathBuf,
    id: u64,
}

impl Lock for Guard {
    fn file(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut locks = lock(&self.locks);
        if locks
            .held
            .get(&self.path)
            .is_some_and(|(id, _)| *id == self.id)
        {
            locks.held.remove(&self.path);
        }
    }
}

fn io_error(path: &Path, source: io::Error) -> FileError {
    FileError::Io {
        path: path.to_owned(),
        doing: "reach it",
        source,
    }
}

fn not_regular(path: &Path, why: impl Into<String>) -> FileError {
    unusable(path, why, "put a regular file in its place")
}

fn absent(path: &Path) -> FileError {
    io_error(path, missing())
}
