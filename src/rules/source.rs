//! A pack as it lies there, unread: its files, where they come from, and which of them are rules.

use crate::model::plan::Signed;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Folders of a pack that an upgrade never reads: tests, and the demo's product.
const NOT_RULES: [&str; 2] = ["cases/", "demo/"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the binary, under this name.
    Bundled(String),
    /// A folder the operator gave.
    Folder(PathBuf),
    /// The same, trusted because somebody has signed it.
    Signed { folder: PathBuf, by: Signed },
    /// One of these with rules of the site from a folder laid over it.
    Overlaid {
        on: Box<Origin>,
        folder: PathBuf,
        files: Vec<Laid>,
    },
}

impl Origin {
    /// Whether all of it is built into the binary, and so parsed strictly by the tests.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Bundled(_) => true,
            Self::Folder(_) | Self::Signed { .. } | Self::Overlaid { .. } => false,
        }
    }

    /// Where on this machine it was read.
    pub fn folders(&self) -> Vec<&Path> {
        match self {
            Self::Bundled(_) => Vec::new(),
            Self::Folder(folder) | Self::Signed { folder, .. } => vec![folder],
            Self::Overlaid { on, folder, .. } => {
                let mut folders = on.folders();
                folders.push(folder);
                folders
            }
        }
    }

    /// The name to show to people.
    pub fn name(&self) -> String {
        match self {
            Self::Bundled(name) => name.clone(),
            Self::Folder(folder) | Self::Signed { folder, .. } => folder.display().to_string(),
            Self::Overlaid { on, folder, .. } => format!("{} + {}", on.name(), folder.display()),
        }
    }
}

/// File contents by path below the pack's folder. Those of a bundled pack are borrowed, not copied.
pub type PackFiles = BTreeMap<String, Cow<'static, [u8]>>;

/// A pack as it lies there, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackSource {
    pub origin: Origin,
    pub files: PackFiles,
}

/// A file that is the site's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    pub name: String,
    /// It replaces a file of the pack, which is not read.
    pub over: bool,
}

/// Whether an upgrade may read a file of a pack: only those are in the digest, and in a run's folder.
pub fn is_rules(name: &str) -> bool {
    !NOT_RULES.iter().any(|folder| name.starts_with(folder))
}
