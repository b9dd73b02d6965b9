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
        self.as_far_as_can_be_read();
        match &state.backup {
            BackupState::NotYet if self.damage.is_some() => {
                self.line(format!(
                    "None. `{}` would hold one.",
                    folder.join("backup").display()
                ));
            }
            BackupState::NotYet => self.line("None was made."),
            BackupState::Failed { why } => self.line(format!("Failed: {why}")),
            // Phrased as on the screen; the list below has the individual copies.
            BackupState::Verified(Verified {
                manifest,
                files,
                bytes,
            }) => {
                let (items, bytes) = (count(*files, "item"), Size::from_bytes(*bytes));
                self.line(format!(
                    "{items}, {bytes} on disk, read back and compared{}; manifest blake3 {manifest}.",
                    of_which(&state.saved)
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

/// If there are more items than copies on disk, says what the others are.
fn of_which(saved: &[Saved]) -> String {
    let of = |test: fn(&Saved) -> bool| saved.iter().filter(|saved| test(saved)).count() as u64;
    let inside = of(|saved| matches!(saved, Saved::File { at: Some(_), .. }));
    let absent = of(|saved| matches!(saved, Saved::Absent { .. }));
    let mut words = Vec::new();
    if inside > 0 {
        words.push(format!("{} in the archive", count(inside, "file")));
    }
    match absent {
        0 => {}
        1 => words.push("1 file that was not there".to_owned()),
        n => words.push(format!("{n} files that were not there")),
    }
    if words.is_empty() {
        String::new()
    } else {
        format!(" ({} among them)", words.join(" and "))
    }
}

/// Describes a database in the backup and how well it was proved.
fn told_database(database: &SavedDatabase) -> String {
    let bytes = Size::from_bytes(database.bytes);
    let proof = match &database.proof {
        Proof::Restored => "restored into a scratch database and counted".to_owned(),
        Proof::ReadBack { why } => {
            format!("read to its end and counted, **not restored anywhere**: {why}")
        }
    };
    let doubt = database.doubt.as_ref();
    let doubt = doubt.map_or(String::new(), |doubt| format!("; **{doubt}**"));
    format!(
        "{} (`{}`): {}, {bytes}, {}; {proof}{doubt}",
        database.name,
        database.file,
        database.of,
        database.held(),
    )
}
