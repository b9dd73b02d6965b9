//! What is in the backup: each copy by itself, and all of them together.

use super::Report;
use crate::{
    model::{
        record::{Proof, Saved, SavedDatabase, Verified},
        units::{Size, count},
    },
    run_state::{BackupState, RunState},
};
use std::path::Path;

impl Report {
    pub(super) fn backup(&mut self, state: &RunState, folder: &Path) {
        self.section("Backup");
        match &state.backup {
            BackupState::NotYet => self.line("None was made."),
            BackupState::Failed { why } => self.line(format!("Failed: {why}")),
            BackupState::Verified(Verified { manifest, .. }) => {
                let copies = state.saved.iter().filter_map(Saved::on_disk);
                let (copies, bytes) = copies.fold((0, 0), |(n, sum), bytes| (n + 1, sum + bytes));
                let (noun, bytes) = (copies_of(copies), Size::from_bytes(bytes));
                self.line(format!(
                    "{noun}, {bytes} on disk, read back and compared; manifest blake3 {manifest}."
                ));
                self.line(format!(
                    "Restore by hand: `{}`",
                    super::restore_by_hand(folder)
                ));
            }
        }
        let mut inside = 0;
        for saved in &state.saved {
            match saved {
                Saved::File {
                    path,
                    bytes,
                    at: None,
                    ..
                } => {
                    self.line(format!("- `{path}`, {}", Size::from_bytes(*bytes)));
                }
                // There may be ten thousand; the manifest names them.
                Saved::File { at: Some(_), .. } => inside += 1,
                Saved::Absent { path } => self.line(format!("- `{path}` was not there")),
                Saved::Archive { file, bytes, .. } => {
                    let inside = count(inside, "file");
                    self.line(format!(
                        "- `{file}`: {inside}, {}",
                        Size::from_bytes(*bytes)
                    ));
                }
                Saved::Command { file, bytes, .. } => {
                    self.line(format!("- `{file}`, {}", Size::from_bytes(*bytes)));
                }
                Saved::Database(database) => {
                    self.line(format!("- {}", told_database(database)));
                    if let Some(doubt) = &database.doubt {
                        self.line(format!("  - **{doubt}**"));
                    }
                }
            }
        }
    }
}

fn copies_of(n: u64) -> String {
    match n {
        1 => "1 copy".to_owned(),
        n => format!("{n} copies"),
    }
}

/// A database in a backup, and how far it was proved.
fn told_database(database: &SavedDatabase) -> String {
    let bytes = Size::from_bytes(database.bytes);
    let proof = match &database.proof {
        Proof::Restored => "restored into a scratch database and counted".to_owned(),
        Proof::ReadBack { why } => {
            format!("read to its end and counted, **not restored anywhere**: {why}")
        }
    };
    format!(
        "{} (`{}`): {}, {bytes}, {}; {proof}",
        database.name,
        database.file,
        database.of,
        database.held(),
    )
}
