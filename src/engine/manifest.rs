//! What the manifest beside a backup says was saved: for a run whose journal can no longer tell it. The
//! copies are held against its digests, and it against nothing: whoever uses it says so.

use super::run_dir::RunDir;
use crate::{
    model::{
        digest::Digest,
        path::RelPath,
        record::{Saved, SavedDatabase},
        survey::FileMeta,
    },
    world::{FileError, World},
};
use serde::Deserialize;

const BYTES_MAX: u64 = 64 << 20;
const FORMAT: u32 = 1;

#[derive(Deserialize)]
struct Manifest {
    format: u32,
    archive: Option<Archive>,
    files: Vec<File>,
    commands: Vec<Command>,
    databases: Vec<SavedDatabase>,
}

#[derive(Deserialize)]
struct File {
    path: RelPath,
    blake3: Option<Digest>,
    bytes: u64,
    meta: Option<FileMeta>,
    at: Option<u64>,
}

#[derive(Deserialize)]
struct Archive {
    file: String,
    blake3: Digest,
    bytes: u64,
}

#[derive(Deserialize)]
struct Command {
    id: String,
    file: String,
    blake3: Digest,
    bytes: u64,
}

/// `None`: there is none, so the backup did not come to its end.
pub fn saved(world: &World, dir: &RunDir) -> Result<Option<Vec<Saved>>, FileError> {
    let path = dir.backup().join("manifest.json");
    let Some(content) = world.files.read(&path, BYTES_MAX)? else {
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
