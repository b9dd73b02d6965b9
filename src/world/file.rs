//! Descriptions of files: what is at a path, what was read, and what is wrong and how to fix it.

use crate::model::{
    digest::Digest,
    glob::Glob,
    path::RelPath,
    pattern::Pattern,
    survey::{FileMeta, Passed, PassedOver},
    units::Size,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// A file that does not match its digest, by its index in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlike {
    Copy(usize),
    Original(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Nothing,
    File {
        bytes: u64,
        meta: FileMeta,
        links: u64,
    },
    Dir,
    Symlink {
        to: PathBuf,
    },
    /// A device, a socket, a FIFO.
    Other {
        what: &'static str,
    },
}

impl Standing {
    /// The size, if it is a regular file.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::File { bytes, .. } => Some(*bytes),
            Self::Nothing | Self::Dir | Self::Symlink { .. } | Self::Other { .. } => None,
        }
    }

    /// Owner, mode and the rest, if it is a regular file.
    pub fn meta(&self) -> Option<&FileMeta> {
        match self {
            Self::File { meta, .. } => Some(meta),
            Self::Nothing | Self::Dir | Self::Symlink { .. } | Self::Other { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub digest: Digest,
    pub meta: FileMeta,
}

/// An archive that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Archived {
    /// The digest of the whole archive.
    pub digest: Digest,
    pub bytes: u64,
    /// What became of each name, in their order.
    pub inside: Vec<Inside>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Inside {
    Member {
        /// Where in the archive its contents begin.
        at: u64,
        bytes: u64,
        digest: Digest,
        meta: FileMeta,
    },
    /// It was not there.
    Absent,
    /// Too large to be here: it is copied by itself.
    Large,
}

/// A file of an archive, as a record tells it.
#[derive(Clone, Copy, Debug)]
pub struct Member<'m> {
    pub name: &'m RelPath,
    pub at: u64,
    pub bytes: u64,
    pub digest: &'m Digest,
    pub meta: &'m FileMeta,
}

/// How many things that no rule can take are listed, the first by name; the rest is counted.
const PASSED_OVER_MAX: usize = 1_000;

/// What patterns found.
#[derive(Debug, Default)]
pub struct Found {
    pub files: Vec<PathBuf>,
    /// Links, FIFOs, devices and the like that the patterns ran into.
    passed_over: BTreeSet<PassedOver>,
    /// How many more there are, per top-level folder of the root.
    more: BTreeMap<PathBuf, usize>,
}

impl Found {
    pub fn pass_over(&mut self, one: PassedOver) {
        self.passed_over.insert(one);
        if self.passed_over.len() > PASSED_OVER_MAX
            && let Some(last) = self.passed_over.pop_last()
        {
            let mut names = last.path.iter();
            let top = names.next().filter(|_| names.next().is_some());
            let top = top.map_or_else(PathBuf::new, PathBuf::from);
            *self.more.entry(top).or_default() += 1;
        }
    }

    pub fn passed_over(self) -> BTreeSet<PassedOver> {
        let mut all = self.passed_over;
        let more = self.more.into_iter();
        all.extend(more.map(|(path, count)| PassedOver {
            path,
            is: Passed::More { count },
        }));
        all
    }
}

/// A pattern that is looked for in the lines of some files.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    pub globs: &'a [Glob],
    pub pattern: &'a Pattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// Lossily decoded, not sanitized.
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path}: {why}; {cure}", path = path.display())]
    Unusable {
        path: PathBuf,
        why: String,
        cure: &'static str,
    },
    #[error("{path}: larger than {}, too large to be read; check what wrote so much into it", Size::from_bytes(*bytes_max), path = path.display())]
    TooLarge { path: PathBuf, bytes_max: u64 },
    #[error("{path}: changed by somebody else; put back what was there, or plan again", path = path.display())]
    Drift { path: PathBuf },
    #[error(
        "{path}: changed by somebody else, twice while it was being replaced; what was written the \
         second time is kept as {kept}: look at both and plan again",
        path = path.display(), kept = kept.display()
    )]
    Kept { path: PathBuf, kept: PathBuf },
    #[error("{path}: held by {holder}; wait for it", path = path.display())]
    Locked { path: PathBuf, holder: String },
    #[error("{path}: could not {doing}", path = path.display())]
    Io {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
}

impl FileError {
    /// For a file that is not written, since it could not be read again.
    pub fn would_be_too_large(path: &Path, bytes_max: u64) -> Self {
        let most = Size::from_bytes(bytes_max);
        Self::Unusable {
            path: path.to_owned(),
            why: format!("would be larger than {most}, and could not be read again"),
            cure: "check what fills it",
        }
    }

    /// Whether the same would go well with more room: the system refuses it, not what was asked.
    pub fn wants_room(&self) -> bool {
        let refusals = [super::files::NO_ROOM, super::files::TOO_LARGE];
        matches!(self, Self::Unusable { why, .. } if refusals.iter().any(|end| why.ends_with(end)))
    }
}
