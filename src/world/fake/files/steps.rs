//! The steps that calls on files consist of. Each is counted, may fail or be the last, and tells the
//! disk what it did.

use super::{absent, disk::Sync, io_error, node::Node, not_regular, tree::Tree};
use crate::{
    model::survey::FileMeta,
    world::{FileError, Standing, files::failed},
};
use rustix::io::Errno;
use std::{
    io,
    path::{Path, PathBuf},
};

/// What is free unless a test says otherwise.
const FREE_BYTES: u64 = 1 << 40;

impl Tree {
    fn step(&self, path: &Path) -> Result<(), FileError> {
        self.faults.step().map_err(|error| io_error(path, error))
    }

    /// An empty file; its folder must be there.
    pub fn create(&mut self, path: &Path, meta: Option<&FileMeta>) -> Result<(), FileError> {
        self.step(path)?;
        if path.parent().map(|parent| self.look(parent)) != Some(Standing::Dir) {
            return Err(absent(path));
        }
        if self.look(path) != Standing::Nothing {
            return Err(not_regular(path, "it is there already"));
        }
        let node = self.numbered(Node::file(b"", meta));
        self.record(path, &node);
        self.disk.name(&[(path, Some(&node))]);
        self.nodes.insert(path.to_owned(), node);
        Ok(())
    }

    /// Appends to a file; if the step fails or is the last one, half of it is written.
    pub fn write(&mut self, path: &Path, more: &[u8]) -> Result<(), FileError> {
        let step = self.step(path).and_then(|()| self.has_room(path, more));
        let more = match step {
            Ok(()) => more,
            Err(_) => &more[..more.len() / 2],
        };
        let Some(Node::File { bytes, .. }) = self.nodes.get_mut(path) else {
            return Err(absent(path));
        };
        bytes.extend_from_slice(more);
        let node = self.nodes[path].clone();
        self.record(path, &node);
        step
    }

    pub fn used_bytes(&self) -> u64 {
        let bytes = |node: &Node| match node {
            Node::File { bytes, .. } => bytes.len() as u64,
            Node::Dir | Node::Symlink { .. } | Node::Other { .. } => 0,
        };
        self.nodes.values().map(bytes).sum()
    }

    pub fn free_bytes(&self) -> u64 {
        let free = |room: u64| room.saturating_sub(self.used_bytes());
        self.room.map_or(FREE_BYTES, free)
    }

    fn has_room(&self, path: &Path, more: &[u8]) -> Result<(), FileError> {
        match self.room {
            Some(_) if self.free_bytes() < more.len() as u64 => {
                let full = io::Error::from_raw_os_error(Errno::NOSPC.raw_os_error());
                Err(failed(path, "write it")(full))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn record(&mut self, path: &Path, node: &Node) {
        match node {
            Node::File {
                inode, bytes, meta, ..
            } => self.disk.write(*inode, bytes, meta),
            Node::Dir | Node::Symlink { .. } | Node::Other { .. } => {
                unreachable!("{} is written, so it is a file", path.display())
            }
        }
    }

    pub fn sync(&mut self, path: &Path, what: Sync) -> Result<(), FileError> {
        let step = self.step(path);
        if let Some(Node::File { inode, .. }) = self.nodes.get(path) {
            match step {
                Ok(()) => self.disk.sync(*inode, what),
                Err(_) if self.faults.crashed() => {}
                Err(_) => self.disk.sync_failed(*inode),
            }
        }
        step
    }

    /// Syncs the folder of a path.
    pub fn sync_dir(&mut self, path: &Path) -> Result<(), FileError> {
        self.step(path)?;
        if let Some(folder) = path.parent() {
            self.disk.sync_dir(folder);
        }
        Ok(())
    }

    pub fn rename(&mut self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.step(to)?;
        if self.look(to) == Standing::Dir {
            return Err(not_regular(to, "a folder"));
        }
        let node = self.nodes.remove(from).ok_or_else(|| absent(from))?;
        self.disk.name(&[(to, Some(&node)), (from, None)]);
        self.nodes.insert(to.to_owned(), node);
        Ok(())
    }

    pub fn exchange(&mut self, one: &Path, other: &Path) -> Result<(), FileError> {
        self.step(other)?;
        let first = self.nodes.remove(one).ok_or_else(|| absent(one))?;
        let second = self.nodes.remove(other).ok_or_else(|| absent(other))?;
        self.disk
            .name(&[(other, Some(&first)), (one, Some(&second))]);
        self.nodes.insert(other.to_owned(), first);
        self.nodes.insert(one.to_owned(), second);
        Ok(())
    }

    /// Removes a name, if it exists.
    pub fn unlink(&mut self, path: &Path) -> Result<(), FileError> {
        self.step(path)?;
        if self.look(path) == Standing::Dir {
            return Err(not_regular(path, "a folder"));
        }
        self.forget(path);
        Ok(())
    }

    /// The same of a folder that is empty, too.
    pub fn take_name(&mut self, path: &Path) -> Result<(), FileError> {
        self.step(path)?;
        self.forget(path);
        Ok(())
    }

    fn forget(&mut self, path: &Path) {
        if self.nodes.remove(path).is_some() {
            self.disk.name(&[(path, None)]);
        }
    }

    /// A folder with all that is in it, whose names change with it.
    pub fn rename_dir(&mut self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.step(to)?;
        let all = self.nodes.keys().filter(|inside| inside.starts_with(from));
        let all: Vec<PathBuf> = all.cloned().collect();
        let mut moved = Vec::new();
        for old in all {
            if let (Some(node), Ok(inside)) = (self.nodes.remove(&old), old.strip_prefix(from)) {
                // Joined with nothing a path would end in a slash.
                let new = to
                    .components()
                    .chain(inside.components())
                    .collect::<PathBuf>();
                moved.push((old, new, node));
            }
        }
        let names = moved
            .iter()
            .flat_map(|(old, new, node)| [(new.as_path(), Some(node)), (old.as_path(), None)]);
        self.disk.name(&names.collect::<Vec<_>>());
        let new = moved.into_iter().map(|(_, new, node)| (new, node));
        self.nodes.extend(new);
        Ok(())
    }

    pub fn mkdir(&mut self, path: &Path) -> Result<(), FileError> {
        self.step(path)?;
        self.disk.name(&[(path, Some(&Node::Dir))]);
        self.nodes.insert(path.to_owned(), Node::Dir);
        Ok(())
    }

    fn numbered(&mut self, mut node: Node) -> Node {
        if let Node::File { inode, .. } = &mut node {
            self.inodes += 1;
            *inode = self.inodes;
        }
        node
    }

    /// Another program puts it there, synced, with its parent folders: not one of our steps.
    pub fn place(&mut self, path: &Path, node: Node) {
        let folders: Vec<PathBuf> = path.ancestors().skip(1).map(Path::to_owned).collect();
        for folder in folders {
            if folder.parent().is_some() && !self.nodes.contains_key(&folder) {
                self.disk.place(&folder, &Node::Dir);
                self.nodes.insert(folder, Node::Dir);
            }
        }
        let node = self.numbered(node);
        self.disk.place(path, &node);
        self.nodes.insert(path.to_owned(), node);
    }

    /// Another program writes a file without syncing it.
    pub fn scribble(&mut self, path: &Path, bytes: &[u8]) {
        let node = self.numbered(Node::file(bytes, None));
        self.record(path, &node);
        self.disk.name(&[(path, Some(&node))]);
        self.nodes.insert(path.to_owned(), node);
    }

    pub fn take_away(&mut self, path: &Path) {
        self.disk.take_away(path);
        self.nodes.remove(path);
    }
}
