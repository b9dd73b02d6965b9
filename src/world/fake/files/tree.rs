//! The tree itself: paths, what stands there, and what each call does to it.

use super::{absent, io_error, not_regular};
use crate::{
    model::{digest::Digest, path::RelPath, survey::FileMeta},
    world::{Archived, Content, FileError, Inside, Member, Standing, removal_leftover, tar},
};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug)]
pub enum Node {
    File {
        bytes: Vec<u8>,
        meta: FileMeta,
        links: u64,
    },
    Dir,
    Symlink {
        to: PathBuf,
    },
    Other {
        what: &'static str,
    },
}

impl Node {
    pub fn file(bytes: &[u8], meta: Option<&FileMeta>) -> Self {
        Self::File {
            bytes: bytes.to_owned(),
            meta: meta.cloned().unwrap_or(FileMeta {
                mode: 0o600,
                ..new_file_meta()
            }),
            links: 1,
        }
    }
}

#[derive(Debug, Default)]
pub struct Tree {
    pub nodes: BTreeMap<PathBuf, Node>,
}

pub fn new_file_meta() -> FileMeta {
    FileMeta {
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime_ns: 0,
        xattrs: BTreeMap::new(),
    }
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
    pub fn look(&self, path: &Path) -> Standing {
        match self.nodes.get(path) {
            None if path.parent().is_none() => Standing::Dir,
            None => Standing::Nothing,
            Some(Node::Dir) => Standing::Dir,
            Some(Node::Symlink { to }) => Standing::Symlink { to: to.clone() },
            Some(Node::Other { what }) => Standing::Other { what },
            Some(Node::File { bytes, meta, links }) => Standing::File {
                bytes: bytes.len() as u64,
                meta: meta.clone(),
                links: *links,
            },
        }
    }

    /// A last link is followed once; links in the middle of a path are not known here.
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
        self.put(to, Node::file(&all, None))?;
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
            self.put(&path, Node::file(bytes, Some(member.meta)))?;
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

    /// Puts a node where nothing or something of ours is; its folder must be there.
    pub fn put(&mut self, path: &Path, node: Node) -> Result<(), FileError> {
        let in_dir = path.parent().map(|parent| self.look(parent)) == Some(Standing::Dir);
        if !in_dir {
            return Err(absent(path));
        }
        if self.look(path) == Standing::Dir {
            return Err(not_regular(path, "a folder"));
        }
        self.nodes.insert(path.to_owned(), node);
        Ok(())
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
        let new = self.nodes.get(staged).cloned();
        let new = new.ok_or_else(|| absent(staged))?;
        let displaced = self.nodes.get(target).cloned();
        self.put(target, new)?;
        self.nodes.remove(staged);
        if let (true, Some(displaced)) = (crash_within, displaced) {
            self.nodes.insert(staged.to_owned(), displaced);
        }
        Ok(())
    }

    pub fn remove(
        &mut self,
        path: &Path,
        old: &Digest,
        crash_within: bool,
    ) -> Result<(), FileError> {
        self.must_be(path, Some(old))?;
        let removed = self.nodes.remove(path);
        if let (true, Some(node)) = (crash_within, removed) {
            self.nodes.insert(removal_leftover(path), node);
        }
        Ok(())
    }

    pub fn discard(&mut self, path: &Path) -> Result<(), FileError> {
        if self.look(path) == Standing::Dir {
            return Err(not_regular(path, "a folder"));
        }
        self.nodes.remove(path);
        Ok(())
    }

    pub fn copy(
        &mut self,
        from: &Path,
        to: &Path,
        meta: Option<&FileMeta>,
    ) -> Result<(Digest, u64), FileError> {
        let (bytes, _) = self.regular(from)?.ok_or_else(|| absent(from))?;
        let copied = (Digest::of(bytes), bytes.len() as u64);
        let node = Node::file(bytes, meta);
        self.put(to, node)?;
        Ok(copied)
    }

    pub fn make_dir(&mut self, path: &Path) -> Result<(), FileError> {
        match self.look(path) {
            Standing::Dir => return Ok(()),
            Standing::Nothing => {}
            Standing::File { .. } | Standing::Symlink { .. } | Standing::Other { .. } => {
                return Err(not_regular(path, "not a folder"));
            }
        }
        if let Some(parent) = path.parent() {
            self.make_dir(parent)?;
        }
        self.nodes.insert(path.to_owned(), Node::Dir);
        Ok(())
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

    pub fn append(&mut self, path: &Path, more: &[u8]) -> Result<(), FileError> {
        self.regular(path)?;
        match self.nodes.get_mut(path) {
            Some(Node::File { bytes, .. }) => bytes.extend_from_slice(more),
            Some(Node::Dir | Node::Symlink { .. } | Node::Other { .. }) | None => {
                self.put(path, Node::file(more, None))?;
            }
        }
        Ok(())
    }
}
