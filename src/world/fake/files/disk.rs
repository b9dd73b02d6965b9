//! Which parts of the files in memory would survive a power cut, and which may be lost.
//!
//! The tree is what a process sees. Beside it is the disk, as unkind as a file system may be: the
//! bytes of a file are there after a sync of the file, a name after a sync of its folder. Of
//! anything else a power cut keeps an arbitrary part: of the bytes none, all, a beginning, or some
//! blocks with zeros between them; of the name changes any subset, regardless of order. An exchange
//! of two names is kept or lost as a whole.
//!
//! It does not know links to folders, and quietly drops a file whose folder was lost.

use super::node::Node;
use crate::model::survey::FileMeta;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// This much of a file is written completely or not at all.
const BLOCK_BYTES: usize = 512;

/// A kind of sync that a broken program omits; tests must detect each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Of a newly written file.
    NewFile,
    /// Of data appended to a file, as to the journal.
    Appended,
    /// Of a folder.
    Folder,
}

/// A number below the given one, which is not zero.
pub type Choose<'c> = dyn FnMut(usize) -> usize + 'c;

#[derive(Debug, Default)]
pub struct Disk {
    names: BTreeMap<PathBuf, Node>,
    contents: BTreeMap<u64, Contents>,
    /// Changes of names that no sync has reached, oldest first.
    pending: Vec<Change>,
    pub left_out: Option<Sync>,
}

#[derive(Debug)]
struct Contents {
    seen: Bytes,
    synced: Bytes,
    /// A sync failed: the system believes these bytes clean, and no later sync writes them.
    given_up: bool,
}

type Bytes = (Vec<u8>, FileMeta);

/// Names that change together. `None`: the name is gone.
type Change = Vec<(PathBuf, Option<Node>)>;

impl Disk {
    /// A file that somebody else wrote and synced.
    pub fn place(&mut self, path: &Path, node: &Node) {
        if let Node::File {
            inode, bytes, meta, ..
        } = node
        {
            let whole = (bytes.clone(), meta.clone());
            let contents = Contents {
                seen: whole.clone(),
                synced: whole,
                given_up: false,
            };
            self.contents.insert(*inode, contents);
        }
        self.forget(path);
        self.names.insert(path.to_owned(), named(node));
    }

    pub fn take_away(&mut self, path: &Path) {
        self.forget(path);
        self.names.remove(path);
    }

    fn forget(&mut self, path: &Path) {
        for change in &mut self.pending {
            change.retain(|(name, _)| name != path);
        }
    }

    pub fn write(&mut self, inode: u64, bytes: &[u8], meta: &FileMeta) {
        let seen = (bytes.to_owned(), meta.clone());
        let nothing = || Contents {
            seen: (Vec::new(), meta.clone()),
            synced: (Vec::new(), meta.clone()),
            given_up: false,
        };
        self.contents.entry(inode).or_insert_with(nothing).seen = seen;
    }

    pub fn name(&mut self, changed: &[(&Path, Option<&Node>)]) {
        let of = |(path, node): &(&Path, Option<&Node>)| (path.to_path_buf(), node.map(named));
        self.pending.push(changed.iter().map(of).collect());
    }

    pub fn sync(&mut self, inode: u64, what: Sync) {
        if self.left_out == Some(what) {
            return;
        }
        if let Some(contents) = self.contents.get_mut(&inode)
            && !contents.given_up
        {
            contents.synced = contents.seen.clone();
        }
    }

    pub fn sync_failed(&mut self, inode: u64) {
        if let Some(contents) = self.contents.get_mut(&inode) {
            contents.given_up = contents.seen != contents.synced;
        }
    }

    pub fn sync_dir(&mut self, folder: &Path) {
        if self.left_out == Some(Sync::Folder) {
            return;
        }
        let (reached, pending) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change| change.iter().any(|(path, _)| path.parent() == Some(folder)));
        self.pending = pending;
        for change in reached {
            self.keep(change);
        }
    }

    fn keep(&mut self, change: Change) {
        for (path, node) in change {
            match node {
                Some(node) => self.names.insert(path, node),
                None => self.names.remove(&path),
            };
        }
    }

    /// What is there when the power is back, in the place of what was seen.
    pub fn cut_power(&mut self, choose: &mut Choose<'_>) -> BTreeMap<PathBuf, Node> {
        for change in std::mem::take(&mut self.pending) {
            if choose(2) == 1 {
                self.keep(change);
            }
        }
        let names = &self.names;
        let orphans: BTreeSet<PathBuf> = names
            .keys()
            .filter(|path| {
                let mut above = path.ancestors().skip(1).filter(|it| it.parent().is_some());
                !above.all(|folder| matches!(names.get(folder), Some(Node::Dir)))
            })
            .cloned()
            .collect();
        self.names.retain(|path, _| !orphans.contains(path));
        for node in self.names.values_mut() {
            let Node::File {
                inode, bytes, meta, ..
            } = node
            else {
                continue;
            };
            let contents = self
                .contents
                .get_mut(inode)
                .expect("every file has its bytes");
            let left = match contents.seen == contents.synced {
                true => contents.synced.clone(),
                false => torn(contents, choose),
            };
            (*bytes, *meta) = left.clone();
            *contents = Contents {
                seen: left.clone(),
                synced: left,
                given_up: false,
            };
        }
        let kept = self.names.clone();
        for node in self.names.values_mut() {
            *node = named(node);
        }
        kept
    }
}

/// A name without the bytes, which belong to the file.
fn named(node: &Node) -> Node {
    match node {
        Node::File {
            meta, links, inode, ..
        } => Node::File {
            bytes: Vec::new(),
            meta: meta.clone(),
            links: *links,
            inode: *inode,
        },
        Node::Dir | Node::Symlink { .. } | Node::Other { .. } => node.clone(),
    }
}

/// An arbitrary result for unsynced bytes; what was there before them stays.
fn torn(contents: &Contents, choose: &mut Choose<'_>) -> Bytes {
    let ((seen, new_meta), (synced, old_meta)) = (&contents.seen, &contents.synced);
    if !seen.starts_with(synced) {
        // Overwritten: either the old or the new bytes.
        return [&contents.synced, &contents.seen][choose(2)].clone();
    }
    let (from, more) = (synced.len(), seen.len() - synced.len());
    let mut left = seen.clone();
    let meta = [old_meta, new_meta][choose(2)].clone();
    match choose(4) {
        0 => left.truncate(from),
        1 => {}
        2 => left.truncate(from + choose(more + 1)),
        _ => {
            // Blocks came in any order, and the length with the last of them.
            let mut at = from;
            while at < left.len() {
                let end = left.len().min((at / BLOCK_BYTES + 1) * BLOCK_BYTES);
                if choose(2) == 0 {
                    left[at..end].fill(0);
                }
                at = end;
            }
        }
    }
    (left, meta)
}
