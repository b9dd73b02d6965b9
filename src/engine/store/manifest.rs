//! The manifest beside a backup: what was saved, for people and other programs, and for a run whose
//! journal can no longer tell. The copies are checked against its digests, but nothing confirms the
//! manifest itself: code that relies on it must say so.

use super::run_dir::{MANIFEST, RunDir};
use crate::{
    model::{
        digest::Digest,
        limits,
        path::RelPath,
        record::{Saved, SavedDatabase},
        survey::FileMeta,
        text::inert,
    },
    world::{FileError, Files, World},
};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    root: String,
    /// A tar archive with the files that have an offset (`at`).
    archive: Option<Archive>,
    files: Vec<File>,
    commands: Vec<Command>,
    databases: Vec<SavedDatabase>,
}

#[derive(Serialize, Deserialize)]
struct File {
    path: RelPath,
    /// `None` if the file did not exist.
    blake3: Option<Digest>,
    bytes: u64,
    meta: Option<FileMeta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Archive {
    file: String,
    blake3: Digest,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Command {
    id: String,
    file: String,
    blake3: Digest,
    bytes: u64,
}

/// Reads what was saved; `None` if there is no manifest, so the backup was not completed.
pub fn saved(world: &World, dir: &RunDir) -> Result<Option<Vec<Saved>>, FileError> {
    let path = dir.manifest();
    let Some(content) = world.files.read(&path, limits::MANIFEST.bytes())? else {
        return Ok(None);
    };
    let bad = |why: String| FileError::Unusable {
        path: path.clone(),
        why,
        cure: "restore by the RESTORE.md beside it",
    };
    let manifest: Manifest = serde_json::from_slice(&content.bytes)
        .map_err(|error| bad(format!("not the manifest of a backup ({error})")))?;
    match manifest.format {
        FORMAT => Ok(Some(manifest.saved())),
        other => Err(bad(format!("a manifest of form {other}, not {FORMAT}"))),
    }
}

impl Manifest {
    pub fn of(root: &str, saved: &[Saved]) -> Self {
        let mut manifest = Self {
            format: FORMAT,
            root: root.to_owned(),
            archive: None,
            files: Vec::new(),
            commands: Vec::new(),
            databases: Vec::new(),
        };
        for item in saved {
            manifest.add(item.clone());
        }
        manifest
    }

    fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts are JSON")
    }

    /// Writes it into the backup's folder; refused if it would be too large to be read back.
    pub fn write(&self, files: &dyn Files, folder: &Path) -> Result<Digest, FileError> {
        let text = self.to_text();
        let text = inert(&text);
        let path = folder.join(MANIFEST);
        if text.len() as u64 > limits::MANIFEST.bytes() {
            return Err(FileError::would_be_too_large(
                &path,
                limits::MANIFEST.bytes(),
            ));
        }
        files.stage(&path, text.as_bytes(), None)
    }

    fn add(&mut self, saved: Saved) {
        match saved {
            Saved::File {
                path,
                digest,
                bytes,
                meta,
                at,
            } => self.files.push(File {
                path,
                blake3: Some(digest),
                bytes,
                meta: Some(meta),
                at,
            }),
            Saved::Absent { path } => self.files.push(File {
                path,
                blake3: None,
                bytes: 0,
                meta: None,
                at: None,
            }),
            Saved::Command {
                id,
                file,
                digest,
                bytes,
            } => self.commands.push(Command {
                id,
                file,
                blake3: digest,
                bytes,
            }),
            Saved::Archive {
                file,
                digest,
                bytes,
            } => {
                self.archive = Some(Archive {
                    file,
                    blake3: digest,
                    bytes,
                });
            }
            Saved::Database(database) => self.databases.push(database),
        }
    }

    /// Files first, then their archive, commands and databases.
    fn saved(self) -> Vec<Saved> {
        let archive = self.archive.map(|archive| Saved::Archive {
            file: archive.file,
            digest: archive.blake3,
            bytes: archive.bytes,
        });
        let files = self
            .files
            .into_iter()
            .map(|file| match (file.blake3, file.meta) {
                (Some(digest), Some(meta)) => Saved::File {
                    path: file.path,
                    digest,
                    bytes: file.bytes,
                    meta,
                    at: file.at,
                },
                (_, _) => Saved::Absent { path: file.path },
            });
        let commands = self.commands.into_iter().map(|command| Saved::Command {
            id: command.id,
            file: command.file,
            digest: command.blake3,
            bytes: command.bytes,
        });
        let databases = self.databases.into_iter().map(Saved::Database);
        let all = files.chain(archive).chain(commands);
        all.chain(databases).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_read_back_from_it() {
        let path = |name: &str| RelPath::try_from(name.to_owned()).expect("a path");
        let meta = FileMeta {
            mode: 0o640,
            uid: 1,
            gid: 2,
            mtime_ns: 3,
            xattrs: [("user.a".to_owned(), "00ff".to_owned())].into(),
        };
        let (digest, bytes) = (|| Digest::of(b"new"), 3);
        let file = |name: &str, at| Saved::File {
            path: path(name),
            digest: digest(),
            bytes,
            meta: meta.clone(),
            at,
        };
        let kept = |name: &str| (name.to_owned(), format!("{name}.bin"));
        let saved = [
            file(".env", None),
            Saved::Absent { path: path("new") },
            file("data/x", Some(512)),
            Saved::Archive {
                file: kept("files").1,
                digest: digest(),
                bytes,
            },
            Saved::Command {
                id: kept("dump").0,
                file: kept("dump").1,
                digest: digest(),
                bytes,
            },
        ];
        let text = Manifest::of("/srv/app", &saved).to_text();
        let read: Manifest = serde_json::from_str(&text).expect("a manifest");
        assert_eq!(read.saved(), saved);
    }

    #[test]
    fn a_manifest_of_another_form_is_not_read() {
        let fake = crate::world::fake::FakeWorld::new();
        let (world, dir) = (
            fake.world(),
            crate::engine::store::run_dir::StateDir::new("/state".into())
                .run(&crate::model::ids::RunId::new("run")),
        );
        let text = Manifest::of("/srv/app", &[]).to_text();
        let at = dir.manifest();
        fake.files.put(&at, &text);
        assert_eq!(saved(&world, &dir).expect("of this form"), Some(Vec::new()));
        fake.files
            .put(&at, text.replace("\"format\": 1", "\"format\": 2"));
        let error = saved(&world, &dir).expect_err("of another").to_string();
        assert!(error.contains("a manifest of form 2, not 1"), "{error}");
    }
}
