//! The tree itself: paths, what is there, and the effect of each call. A changing call goes through
//! the steps of the real one ([`super::steps`]), each of which may fail.

use super::{
    absent,
    disk::{Disk, Sync},
    io_error,
    node::Node,
    not_regular,
};
use crate::{
    model::{
        digest::Digest,
        glob::{Below, Globs},
        path::RelPath,
        survey::{FileMeta, Passed, PassedOver},
    },
    world::{
        Archived, Content, FileError, Found, Inside, Member, Standing,
        fake::Faults,
        files::{matters, not_as_left},
        removal_leftover, tar,
    },
};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub struct Tree {
    pub nodes: BTreeMap<PathBuf, Node>,
    pub(super) disk: Disk,
    pub(super) faults: Arc<Faults>,
    pub(super) inodes: u64,
    /// How many bytes all files together may have.
    pub(super) room: Option<u64>,
}

pub fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

fn drift(path: &Path) -> FileError {
    FileError::Drift {
        path: path.to_owned(),
    }
}

impl Tree {
    pub fn new(faults: Arc<Faults>) -> Self {
        Self {
            nodes: BTreeMap::new(),
            disk: Disk::default(),
            faults,
            inodes: 0,
            room: None,
        }
    }

    pub fn look(&self, path: &Path) -> Standing {
        match self.nodes.get(path) {
            None if path.parent().is_none() => Standing::Dir,
            None => Standing::Nothing,
            Some(Node::Dir) => Standing::Dir,
            Some(Node::Symlink { to }) => Standing::Symlink { to: to.clone() },
            Some(Node::Other { what }) => Standing::Other { what },
            Some(Node::File {
                bytes, meta, links, ..
            }) => Standing::File {
                bytes: bytes.len() as u64,
                meta: meta.clone(),
                links: *links,
            },
        }
    }

    /// Follows a link at the end of the path once; links in the middle are not modelled here.
    pub fn canonical(&self, path: &Path) -> Option<PathBuf> {
        match self.look(path) {
            Standing::Nothing => None,
            Standing::Symlink { to } => {
                let to = path.parent().unwrap_or(path).join(to);
                (self.look(&to) != Standing::Nothing).then_some(to)
            }
            Standing::File { .. } | Standing::Dir | Standing::Other { .. } => Some(path.to_owned()),
        }
    }

    pub fn find(&self, root: &Path, patterns: &Globs) -> Result<Found, FileError> {
        let mut found = Found::default();
        for (path, node) in &self.nodes {
            let Ok(inside) = path.strip_prefix(root) else {
                continue;
            };
            let is = match node {
                Node::File { .. } if patterns.is_match(inside) => {
                    found.files.push(path.clone());
                    continue;
                }
                Node::Symlink { to }
                    if patterns.is_match(inside) || patterns.below(inside) != Below::Never =>
                {
                    let real = self.canonical(path);
                    Passed::Link {
                        to: to.clone(),
                        folder: real.as_ref().map(|real| self.look(real)) == Some(Standing::Dir),
                        real,
                    }
                }
                Node::Other { what } if patterns.is_match(inside) => match *what {
                    "a FIFO" | "a socket" => Passed::Pipe { what },
                    what => Passed::Other { what },
                },
                Node::File { .. } | Node::Dir | Node::Symlink { .. } | Node::Other { .. } => {
                    continue;
                }
            };
            let path = inside.to_owned();
            let one = PassedOver { path, is };
            if matters(root, patterns, &one) {
                found.pass_over(one);
            }
        }
        Ok(found)
    }

    pub fn read(&self, path: &Path, bytes_max: u64) -> Result<Option<Content>, FileError> {
        let Some((bytes, meta)) = self.regular(path)? else {
            return Ok(None);
        };
        if bytes.len() as u64 > bytes_max {
            return Err(FileError::TooLarge {
                path: path.to_owned(),
                bytes_max,
            });
        }
        Ok(Some(Content {
            bytes: bytes.to_owned(),
            digest: Digest::of(bytes),
            meta: meta.clone(),
        }))
    }

    pub fn read_end(&self, path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, FileError> {
        let bytes = self.regular(path)?.map(|(bytes, _)| {
            let most = usize::try_from(bytes_max).unwrap_or(usize::MAX);
            bytes[bytes.len().saturating_sub(most)..].to_owned()
        });
        Ok(bytes)
    }

    /// Nothing is too large here.
    pub fn archive(
        &mut self,
        root: &Path,
        names: &[RelPath],
        to: &Path,
    ) -> Result<Archived, FileError> {
        let (mut all, mut inside) = (Vec::new(), Vec::new());
        for name in names {
            let Some(content) = self.read(&name.under(root), u64::MAX)? else {
                inside.push(Inside::Absent);
                continue;
            };
            let bytes = content.bytes.len() as u64;
            all.extend(tar::header(name.as_str(), bytes, &content.meta));
            let at = all.len() as u64;
            all.extend(content.bytes);
            all.resize(all.len() + tar::padding(bytes), 0);
            inside.push(Inside::Member {
                at,
                bytes,
                digest: content.digest,
                meta: content.meta,
            });
        }
        all.extend(tar::END);
        let part = part_of(to);
        self.make_file(&part, &all, None)?;
        self.rename(&part, to)?;
        self.sync_dir(to)?;
        Ok(Archived {
            digest: Digest::of(&all),
            bytes: all.len() as u64,
            inside,
        })
    }

    pub fn unpack(
        &mut self,
        archive: &Path,
        members: &[Member<'_>],
        to: &Path,
    ) -> Result<Option<usize>, FileError> {
        let mut damaged = None;
        let all = self
            .read(archive, u64::MAX)?
            .ok_or_else(|| absent(archive))?
            .bytes;
        for (n, member) in members.iter().enumerate() {
            let range = member.at as usize..(member.at + member.bytes) as usize;
            let bytes = all.get(range).unwrap_or_default();
            if Digest::of(bytes) != *member.digest {
                damaged = damaged.or(Some(n));
                continue;
            }
            let path = member.name.under(to);
            if let Some(folder) = path.parent() {
                self.make_dir(folder)?;
            }
            self.make_file(&path, bytes, Some(member.meta))?;
            self.sync_dir(&path)?;
        }
        Ok(damaged)
    }

    pub fn digest(&self, path: &Path) -> Result<Option<Digest>, FileError> {
        Ok(self.regular(path)?.map(|(bytes, _)| Digest::of(bytes)))
    }

    fn regular(&self, path: &Path) -> Result<Option<(&[u8], &FileMeta)>, FileError> {
        match self.nodes.get(path) {
            None if path.parent().is_none() => Err(not_regular(path, "a folder")),
            None => Ok(None),
            Some(Node::File { bytes, meta, .. }) => Ok(Some((bytes, meta))),
            Some(Node::Dir) => Err(not_regular(path, "a folder")),
            Some(Node::Symlink { .. }) => Err(not_regular(path, "a symbolic link")),
            Some(Node::Other { what }) => Err(not_regular(path, *what)),
        }
    }

    /// A new file, synced, in the place of a leftover; its name is not durable yet.
    fn make_file(
        &mut self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
    ) -> Result<(), FileError> {
        self.unlink(path)?;
        let made = self
            .create(path, meta)
            .and_then(|()| self.write(path, bytes))
            .and_then(|()| self.sync(path, Sync::NewFile));
        if made.is_err() && !self.faults.crashed() {
            // As in the real one; it does not matter if this fails too.
            let _left_over = self.unlink(path);
        }
        made
    }

    pub fn stage(
        &mut self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
    ) -> Result<Digest, FileError> {
        self.make_file(path, bytes, meta)?;
        self.sync_dir(path)?;
        Ok(Digest::of(bytes))
    }

    /// What a lock's holder says about itself; nobody needs it after a crash.
    pub fn note(&mut self, path: &Path, note: &[u8]) -> Result<(), FileError> {
        self.unlink(path)?;
        self.create(path, None)?;
        self.write(path, note)
    }

    fn must_be(&self, target: &Path, old: Option<&Digest>) -> Result<(), FileError> {
        match (self.nodes.get(target), old) {
            (None, None) => Ok(()),
            (None, Some(_)) | (Some(_), None) => Err(drift(target)),
            (Some(node), Some(old)) => {
                if let Node::File { links, .. } = node
                    && *links != 1
                {
                    return Err(not_regular(target, format!("has {links} hard links")));
                }
                if self.digest(target)?.as_ref() == Some(old) {
                    Ok(())
                } else {
                    Err(drift(target))
                }
            }
        }
    }

    pub fn swap_in(
        &mut self,
        staged: &Path,
        target: &Path,
        old: Option<&Digest>,
        crash_within: bool,
    ) -> Result<(), FileError> {
        self.must_be(target, old)?;
        match old {
            None => self.rename(staged, target)?,
            Some(_) => self.exchange(staged, target)?,
        }
        if crash_within {
            return Ok(());
        }
        self.sync_dir(target)?;
        self.unlink(staged)?;
        self.sync_dir(staged)
    }

    pub fn remove(
        &mut self,
        path: &Path,
        old: &Digest,
        crash_within: bool,
    ) -> Result<(), FileError> {
        self.must_be(path, Some(old))?;
        let aside = removal_leftover(path);
        self.unlink(&aside)?;
        self.rename(path, &aside)?;
        if crash_within {
            return Ok(());
        }
        self.sync_dir(path)?;
        self.unlink(&aside)?;
        self.sync_dir(path)
    }

    pub fn discard(&mut self, path: &Path) -> Result<(), FileError> {
        self.unlink(path)?;
        self.sync_dir(path)
    }

    pub fn keep(&mut self, path: &Path) -> Result<(Digest, u64), FileError> {
        let (bytes, _) = self.regular(path)?.ok_or_else(|| absent(path))?;
        let kept = (Digest::of(bytes), bytes.len() as u64);
        self.sync(path, Sync::NewFile)?;
        self.sync_dir(path)?;
        Ok(kept)
    }

    pub fn copy(
        &mut self,
        from: &Path,
        to: &Path,
        meta: Option<&FileMeta>,
    ) -> Result<(Digest, u64), FileError> {
        let (bytes, _) = self.regular(from)?.ok_or_else(|| absent(from))?;
        let bytes = bytes.to_owned();
        let part = part_of(to);
        self.make_file(&part, &bytes, meta)?;
        self.rename(&part, to)?;
        self.sync_dir(to)?;
        Ok((Digest::of(&bytes), bytes.len() as u64))
    }

    pub fn make_dir(&mut self, path: &Path) -> Result<(), FileError> {
        match self.look(path) {
            Standing::Dir => return self.sync_dir(path),
            Standing::Nothing => {}
            Standing::File { .. } | Standing::Symlink { .. } | Standing::Other { .. } => {
                return Err(not_regular(path, "not a folder"));
            }
        }
        if let Some(parent) = path.parent() {
            self.make_dir(parent)?;
        }
        self.mkdir(path)?;
        self.sync_dir(path)
    }

    pub fn move_dir(&mut self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.must_be_dir(from)?;
        self.must_be_dir(to.parent().unwrap_or(to))?;
        if self.look(to) != Standing::Nothing {
            return Err(not_regular(to, "there already"));
        }
        self.rename_dir(from, to)?;
        self.sync_dir(to)?;
        self.sync_dir(from)
    }

    /// One that is cut off has removed the half.
    pub fn remove_dir(&mut self, path: &Path, crash_within: bool) -> Result<(), FileError> {
        if self.look(path) == Standing::Nothing {
            return Ok(());
        }
        self.must_be_dir(path)?;
        let all = self.nodes.keys().filter(|inside| inside.starts_with(path));
        let all: Vec<PathBuf> = all.cloned().collect();
        let gone = all.len() / if crash_within { 2 } else { 1 };
        // What lies in a folder comes behind it.
        for inside in all.iter().rev().take(gone) {
            self.take_name(inside)?;
        }
        if crash_within {
            return Ok(());
        }
        self.sync_dir(path)
    }

    fn must_be_dir(&self, path: &Path) -> Result<(), FileError> {
        match self.look(path) {
            Standing::Dir => Ok(()),
            Standing::Nothing => Err(absent(path)),
            Standing::File { .. } | Standing::Symlink { .. } | Standing::Other { .. } => {
                Err(not_regular(path, "no folder"))
            }
        }
    }

    pub fn list(&self, path: &Path) -> Result<Vec<String>, FileError> {
        match self.look(path) {
            Standing::Nothing => return Ok(Vec::new()),
            Standing::Dir => {}
            Standing::File { .. } | Standing::Symlink { .. } | Standing::Other { .. } => {
                return Err(io_error(path, io::ErrorKind::NotADirectory.into()));
            }
        }
        let children = self
            .nodes
            .keys()
            .filter(|child| child.parent() == Some(path));
        let names = children.filter_map(|child| child.file_name());
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    pub fn append(&mut self, path: &Path, more: &[u8], at: Option<u64>) -> Result<(), FileError> {
        let now = self.regular(path)?.map(|(bytes, _)| bytes.len() as u64);
        if at.is_some_and(|at| at != now.unwrap_or(0)) {
            return Err(not_as_left(path, "somebody removed it, or wrote into it"));
        }
        let created = now.is_none();
        if created {
            self.create(path, None)?;
        }
        let written = self.write(path, more);
        if written.as_ref().is_err_and(FileError::wants_room)
            && let Some(Node::File { bytes, .. }) = self.nodes.get_mut(path)
        {
            bytes.truncate(usize::try_from(now.unwrap_or(0)).unwrap_or(usize::MAX));
        }
        written?;
        self.sync(path, Sync::Appended)?;
        if created { self.sync_dir(path) } else { Ok(()) }
    }
}

/// Where a copy is written before it has its name.
fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.part"))
}
