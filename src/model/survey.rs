//! What a survey saw: releases, variables with every source, files. Data only; taking a survey is
//! the business of `world`.

use super::{
    digest::Digest,
    glob::Glob,
    path::RelPath,
    privacy::{Privacy, is_secret_by_name},
    release::Release,
    rule::Applied,
    text::{Secret, Shown},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The product's present state, as far as the pack's rules look at it.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The product's folder, absolute.
    pub root: String,
    pub host: String,
    pub user: String,
    pub releases: Vec<ReleaseSighting>,
    /// By name, in order of the name.
    pub variables: BTreeMap<String, Variable>,
    /// Every file that a rule names, and those that globs found.
    pub files: BTreeMap<RelPath, FileState>,
    /// What the rules' file patterns meet but no rule can take along.
    pub passed_over: BTreeSet<PassedOver>,
    /// Folders that conditions ask about and that exist.
    pub dirs: Vec<RelPath>,
    /// Programs that conditions ask about and that exist: name and own folders → the real file,
    /// absolute.
    pub programs: BTreeMap<(String, Vec<RelPath>), String>,
    /// The choice detected for each variant, if exactly one fits.
    pub variants: BTreeMap<String, String>,
    pub usages: Vec<UsageHit>,
    /// What the vendor ships, for each merge: by the index of the hop on the road, and the file.
    pub stock: BTreeMap<(usize, RelPath), StockTexts>,
    /// Sources of variables that could not be read, with the reason.
    pub blind_spots: Vec<BlindSpot>,
    /// Files of statements, and whether they were applied.
    pub applied: Vec<(Applied, AppliedSeen)>,
}

/// Something that a file pattern matches or would lead through, but that no rule can take along.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// Below the root.
    pub path: PathBuf,
    pub is: Passed,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    Link {
        /// The target as the link gives it.
        to: PathBuf,
        /// Where it really leads, absolute, if something is there.
        real: Option<PathBuf>,
        folder: bool,
    },
    /// A FIFO or a socket, which holds nothing.
    Pipe { what: &'static str },
    /// A device, or something unknown.
    Other { what: &'static str },
    /// A file whose name cannot stand in a plan.
    Name,
    /// This many more below a folder of the root: too many to keep what each of them is.
    More { count: usize },
}

/// What a database shows about a file of statements, with what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliedSeen {
    Applied(String),
    /// All of it is there, but the table that should record it does not.
    Unrecorded(String),
    Not(String),
    /// Some of it is there: nobody knows what may be done.
    Half(String),
    /// It could not be looked at.
    Unclear(String),
}

/// What one detection probe said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseSighting {
    /// What was asked: `the running service`.
    pub title: String,
    /// The release, or why there is none.
    pub answer: Result<Release, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub privacy: Privacy,
    /// Weakest first: the last one wins.
    pub sightings: Vec<Sighting>,
}

/// One place where a variable has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// For people: `.env`, `docker-compose.yml (service app)`, `this shell`.
    pub source: String,
    /// The file, if it is one below the root.
    pub file: Option<RelPath>,
    /// From 1.
    pub line: Option<usize>,
    pub value: Secret,
    pub stands: Stands,
}

/// How a value comes to be the variable's.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// It stands under the variable's own name.
    #[default]
    Itself,
    /// It stands under another name, and a compose file passes it on.
    As(String),
    /// A compose file gives it because nothing else sets the variable: any other value wins over
    /// it.
    Default,
}

impl Sighting {
    /// Whether a change of the variable in that file would change this value.
    pub fn stands_in(&self, file: &RelPath) -> bool {
        self.stands == Stands::Itself && self.file.as_ref() == Some(file)
    }
}

impl Variable {
    /// The sighting whose value the product gets.
    pub fn effective(&self) -> Option<&Sighting> {
        self.sightings.last()
    }

    /// The parts of its values that must be found and hidden wherever they stand.
    pub fn hidden(&self) -> impl Iterator<Item = Secret> {
        let values = self.sightings.iter().map(|sighting| &sighting.value);
        values.flat_map(|value| match self.privacy {
            Privacy::Open if is_secret_by_name(&self.name, value.expose()) => vec![value.clone()],
            privacy => privacy.hidden(value),
        })
    }

    /// The value as it may be shown.
    pub fn shown(&self, sighting: &Sighting) -> Shown {
        self.privacy.shown(&sighting.value)
    }
}

impl Survey {
    /// The files that a glob means, whether they are there or not.
    pub fn found_by(&self, glob: &Glob) -> impl Iterator<Item = (&RelPath, &FileState)> {
        let meant = glob.alone();
        let files = self.files.iter();
        files.filter(move |(file, _)| meant.is_match(file.as_str()))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum FileState {
    Absent,
    Text {
        text: String,
        digest: Digest,
        meta: FileMeta,
    },
    /// There, but not a text file that may be edited: a folder, not UTF-8, too large, unreadable.
    Unusable {
        why: String,
    },
}

impl FileState {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Absent | Self::Unusable { .. } => None,
        }
    }

    /// Whether anything is there, usable or not.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Unusable { .. } => true,
            Self::Absent => false,
        }
    }
}

/// The metadata that must stay the same when a file is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMeta {
    /// Permission bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Nanoseconds since 1970; informational.
    pub mtime_ns: i128,
    /// Extended attributes (ACLs and labels among them), values in hexadecimal.
    pub xattrs: BTreeMap<String, String>,
}

impl FileMeta {
    /// What differs, in a word. The modification time may explain a difference but does not count
    /// as one.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.mode != other.mode {
            Some("permissions")
        } else if (self.uid, self.gid) != (other.uid, other.gid) {
            Some("owner")
        } else if self.xattrs != other.xattrs {
            Some("extended attributes")
        } else {
            None
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageHit {
    /// The usage rule; its id ends with its place in the hop's list, from 1.
    pub rule: super::ids::RuleId,
    pub file: String,
    /// From 1.
    pub line: usize,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindSpot {
    pub source: String,
    pub why: String,
}

/// A file as the vendor ships it with each of two releases, or why it could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockTexts {
    pub old: Result<String, String>,
    pub new: Result<String, String>,
}
