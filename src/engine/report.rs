//! The report of a run, in Markdown: what changed, who decided what, what is left to do. Made from
//! the fold of its records and nothing else, so it can be made at any time, also of an unfinished
//! run.

mod backup;
mod checks;
mod findings;
mod head;
mod hops;
mod steps;
#[cfg(test)]
mod tests;
mod usages;

use crate::{
    model::{
        record::RunEnd,
        rule::{Note, NoteKind},
        text::sanitize,
    },
    run_state::{RunState, StepView},
};
use std::{collections::BTreeSet, ffi::OsStr, path::Path};

/// The whole report. `folder` is the run's folder; `damage` says where and how its journal is
/// damaged: the state contains nothing that came after that.
pub fn markdown(state: &RunState, folder: &Path, damage: Option<&str>) -> String {
    made(state, folder, damage, None)
}

/// The same, to be kept as this file in the run's folder. It names the file, so that its readers
/// know what to send to others, or where to find it.
pub fn to_keep(state: &RunState, folder: &Path, damage: Option<&str>, file: &Path) -> String {
    made(
        state,
        folder,
        damage,
        file.file_name().and_then(OsStr::to_str),
    )
}

fn made(state: &RunState, folder: &Path, damage: Option<&str>, kept_as: Option<&str>) -> String {
    let mut report = Report {
        text: String::new(),
        damage: damage.map(str::to_owned),
        kept_as: kept_as.map(str::to_owned),
    };
    let left = left_by_hand(state);
    report.head(state, folder, left.len());
    report.decisions(state);
    report.checks("Checklist", &state.plan.checklist, state);
    report.backup(state, folder);
    report.steps(state);
    report.emergency(state);
    let verify = match state.rollback {
        None => "Verify",
        Some(_) => "Verify, before the rollback",
    };
    report.checks(verify, &state.plan.verify, state);
    if state.rollback.is_some() {
        report.checks(
            "Checks of the old release",
            &state.plan.rollback.checks,
            state,
        );
        report.words_of_the_guide(state);
    }
    report.list("Left to do by hand", &left);
    report.text
}

struct Report {
    text: String,
    /// Where its journal is damaged, and how.
    damage: Option<String>,
    /// The name of its file in the run's folder, if it is kept there.
    kept_as: Option<String>,
}

impl Report {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(&sanitize(line.as_ref()));
        self.text.push('\n');
    }

    fn section(&mut self, title: &str) {
        self.line(format!("\n## {title}\n"));
    }

    /// The guide's words for those who go back. Once the run has gone back they would read like
    /// orders to do it again, so they are introduced as what they are, with what the run has done.
    fn words_of_the_guide(&mut self, state: &RunState) {
        let notes: Vec<String> = state.plan.rollback.notes.iter().map(bullet).collect();
        if notes.is_empty() || state.end.is_none() {
            return self.list("To know after the rollback", &notes);
        }
        self.section("What the guide says about going back");
        let restored = has_restored(state);
        self.line(format!(
            "Its own words, written for going back by hand: this run has rolled back{restored}. \
             What it undid, and what it did after that, is under Steps: do not do it again.\n"
        ));
        notes.iter().for_each(|note| self.line(note));
    }

    /// A heading for an incomplete part of the report.
    fn as_far_as_can_be_read(&mut self) {
        if self.damage.is_some() {
            self.line("As far as the journal can be read; what came after that is unknown:\n");
        }
    }

    fn list(&mut self, title: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.section(title);
        for line in lines {
            self.line(line);
        }
    }
}

fn bullet(note: &Note) -> String {
    format!("- {}", note.text)
}

/// What the new release requires people to do; nothing if the old one runs.
fn left_by_hand(state: &RunState) -> Vec<String> {
    if leaves_nothing(state) {
        return Vec::new();
    }
    let notes = by_hand(state).map(bullet);
    notes.chain(usages::left(state)).collect()
}

/// How many such items there are.
pub fn count_left_by_hand(state: &RunState) -> usize {
    if leaves_nothing(state) {
        return 0;
    }
    by_hand(state).count() + usages::count(state)
}

/// A run that went back or was given up requires nothing of people.
fn leaves_nothing(state: &RunState) -> bool {
    state.rollback.is_some() || state.ended() == Some(RunEnd::Abandoned)
}

fn by_hand(state: &RunState) -> impl Iterator<Item = &Note> {
    let notes = state.plan.notes.iter();
    notes.filter(|note| note.kind == NoteKind::ByHand)
}

/// The backups that the way back restored.
fn restored(state: &RunState) -> Vec<String> {
    let restored = state.steps.iter().filter_map(StepView::restored);
    restored.map(|restored| restored.backup).collect()
}

/// The same in words, including what was restored earlier, when the last steps were undone.
fn has_restored(state: &RunState) -> String {
    let now = restored(state).join(", ");
    let before = state.steps_back.iter().flat_map(|back| &back.restored);
    let before: BTreeSet<&str> = before.map(|it| it.backup.as_str()).collect();
    let before = before.into_iter().collect::<Vec<_>>().join(", ");
    let when = "when steps were undone before that";
    match (now.as_str(), before.as_str()) {
        ("", "") => String::new(),
        (now, "") => format!(", and has restored {now} from the backup"),
        ("", before) => format!(", and has restored {before} from the backup, {when}"),
        (now, before) => {
            format!(", and has restored {now} from the backup, and {before} {when}")
        }
    }
}

fn restore_by_hand(folder: &Path) -> String {
    folder.join("backup/RESTORE.md").display().to_string()
}
