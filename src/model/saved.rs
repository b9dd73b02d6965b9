//! What a backup holds, as records describe it.

use super::{digest::Digest, path::RelPath, survey::FileMeta, units::count};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    File {
        path: RelPath,
        digest: Digest,
        bytes: u64,
        meta: FileMeta,
        /// Where its contents begin in the archive; `None` if it is a copy of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
    },
    /// The tar archive that holds every file that has no copy of its own.
    Archive {
        file: String,
        digest: Digest,
        bytes: u64,
    },
    /// The file was not there: going back means removing it.
    Absent {
        path: RelPath,
    },
    Command {
        id: String,
        file: String,
        digest: Digest,
        bytes: u64,
    },
    Database(SavedDatabase),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedDatabase {
    /// Its name in pack.yaml.
    pub name: String,
    /// Below the backup's folder.
    pub file: String,
    pub digest: Digest,
    pub bytes: u64,
    /// What was backed up, for people: `PostgreSQL 15.8, localhost:5432/shop`.
    pub of: String,
    /// What the backup holds: rows by table, or keys by database.
    pub counts: BTreeMap<String, u64>,
    /// How much the server had written to each table by then, if it counts that.
    pub written: BTreeMap<String, u64>,
    /// Keys by pattern, for checks that compare with the state before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, u64>,
    pub proof: Proof,
    /// The file of a SQLite database, where it is restored to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Owner, mode and whatever else that file has besides its contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<FileMeta>>,
    /// What the operator has to know about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// What surrounds the contents of a PostgreSQL database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Outside>,
}

/// What belongs to a database itself, its schema `public` and its extensions, and is not in a dump
/// or not brought back by a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// As the statements that grant them.
    pub grants: BTreeSet<String>,
    /// Owners, settings, comments and releases, by name. Of what may be a secret, only a few digits
    /// of its digest, after a `#`.
    pub others: BTreeMap<String, String>,
}

/// A backup that was read back and matches what was read from the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    pub manifest: Digest,
    /// Items as they are listed: files (including those that were not there), commands and databases.
    pub files: u64,
    /// Bytes on disk: what lies in an archive is not counted twice.
    pub bytes: u64,
}

/// A file in the backup's folder that is not a copy of a file of the product.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Below the backup's folder.
    pub file: String,
    pub digest: Digest,
    pub bytes: u64,
}

impl Saved {
    /// The size of its own copy in the backup's folder; `None` if it has none.
    pub fn on_disk(&self) -> Option<u64> {
        match self {
            Self::File { at: Some(_), .. } | Self::Absent { .. } => None,
            Self::File { bytes, .. }
            | Self::Archive { bytes, .. }
            | Self::Command { bytes, .. } => Some(*bytes),
            Self::Database(database) => Some(database.bytes),
        }
    }

    /// Whether `undo_by_restore: ID` refers to it.
    pub fn is_backup(&self, id: &str) -> bool {
        match self {
            Self::Command { id: of, .. } => of == id,
            Self::Database(database) => database.name == id,
            Self::File { .. } | Self::Absent { .. } | Self::Archive { .. } => false,
        }
    }

    /// The file that holds it, unless it is a file of the product.
    pub fn kept(&self) -> Option<Kept> {
        let (file, digest, bytes) = match self {
            Self::Command {
                file,
                digest,
                bytes,
                ..
            }
            | Self::Archive {
                file,
                digest,
                bytes,
            } => (file, digest, bytes),
            Self::Database(database) => (&database.file, &database.digest, &database.bytes),
            Self::File { .. } | Self::Absent { .. } => return None,
        };
        Some(Kept {
            file: file.clone(),
            digest: digest.clone(),
            bytes: *bytes,
        })
    }
}

/// How the backup was proved, besides by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Restored into a scratch database, and counted there.
    Restored,
    /// Read to its end and counted; `why` says why it was not restored anywhere.
    ReadBack { why: String },
}

impl SavedDatabase {
    /// Rows or keys in all.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// What it holds, in words: `1200 rows in 7 tables`.
    pub fn held(&self) -> String {
        let (things, place) = self.units();
        let thing = things.trim_end_matches('s');
        let places = count(self.counts.len(), place);
        format!("{} in {places}", count(self.count(), thing))
    }

    /// What is counted in it, and what each count is for.
    pub fn units(&self) -> (&'static str, &'static str) {
        if self.of.starts_with("Redis") {
            ("keys", "database")
        } else {
            ("rows", "table")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_was_saved_before_its_permissions_and_surroundings_were_is_read() {
        let digest = Digest::of(b"");
        let old = serde_json::json!({"database": {
            "name": "main", "file": "main.sqlite", "digest": digest, "bytes": 1,
            "of": "SQLite 3.40.1, data/app.db", "counts": {"t": 2}, "written": {},
            "proof": "restored", "place": "/srv/app/data/app.db",
        }});
        let saved: Saved = serde_json::from_value(old.clone()).expect("a record");
        let Saved::Database(database) = &saved else {
            panic!("{saved:?}");
        };
        assert_eq!(database.meta, None);
        assert_eq!(database.outside, None);
        assert_eq!(serde_json::to_value(&saved).expect("JSON"), old);
    }
}
