//! The report of a run, in Markdown: what changed, who decided what, what is left to do. Made from
//! the fold of its records and nothing else, so it can be made at any time, also of an unfinished
//! run.

mod usages;

use crate::{
    model::{
        finding::{Decision, FindingKind},
        plan::{PlannedCheck, Undo},
        record::{End, Proof, Saved, SavedDatabase, Undone},
        rule::{Note, NoteKind, Probe},
        text::sanitize,
        units::{Size, duration, time},
    },
    rules::deed,
    run_state::{BackupState, CheckView, RunState, StepState, StepView},
};
use std::{fmt::Write, path::Path};

/// The whole report. `folder` is the run's folder.
pub fn markdown(state: &RunState, folder: &Path) -> String {
    let mut report = Report {
        text: String::new(),
    };
    let left = left_by_hand(state);
    report.head(state, folder, left.len());
    report.decisions(state);
    report.checks("Checklist", &state.plan.checklist, state);
    report.backup(state, folder);
    report.steps(state);
    report.emergency(state);
    report.checks("Verify", &state.plan.verify, state);
    if state.rollback.is_some() {
        report.checks(
            "Checks of the old release",
            &state.plan.rollback.checks,
            state,
        );
        let notes: Vec<String> = state.plan.rollback.notes.iter().map(bullet).collect();
        report.list("To know after the way back", &notes);
    }
    report.list("Left to do by hand", &left);
    report.text
}

struct Report {
    text: String,
}

impl Report {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(&sanitize(line.as_ref()));
        self.text.push('\n');
    }

    fn section(&mut self, title: &str) {
        self.line(format!("\n## {title}\n"));
    }

    fn head(&mut self, state: &RunState, folder: &Path, left: usize) {
        let plan = &state.plan;
        self.line(format!(
            "# {} {} → {}: {}\n",
            plan.title,
            plan.from,
            plan.to,
            state.word()
        ));
        match state.end {
            Some(End::Done) => self.done(state, left),
            Some(End::RolledBack) => self.rolled_back(state),
            Some(End::Abandoned) => self.line("Given up before anything was changed."),
            None => self.unfinished(state, folder),
        }
        self.stays(state);
        self.stopped(state);
        self.taken_back(state);
        self.line("");
        self.facts(state, folder);
    }

    fn done(&mut self, state: &RunState, left: usize) {
        let checks = state.tally(&state.plan.verify).words();
        self.line(format!("Applied. Of the new release, {checks}."));
        if left > 0 {
            let left = count(left as u64, "thing");
            self.line(format!(
                "Left to do by hand: {left}, at the end of this report."
            ));
        }
    }

    fn rolled_back(&mut self, state: &RunState) {
        let files = count(state.proved.unwrap_or(0), "file");
        self.line(format!(
            "Rolled back: {files} that the run changes compared with the backup, all equal."
        ));
        let restored: Vec<&str> = state.steps.iter().filter_map(restored).collect();
        if !restored.is_empty() {
            self.line(format!(
                "Restored from the backup: {}.",
                restored.join(", ")
            ));
        }
        let checks = &state.plan.rollback.checks;
        if !checks.is_empty() {
            let checks = state.tally(checks).words();
            self.line(format!("Of the old release, {checks}."));
        }
    }

    /// What can be done with a run that has not ended: one that goes back never goes forward again.
    fn unfinished(&mut self, state: &RunState, folder: &Path) {
        if state.rollback.is_none() {
            return self.line(
                "**Not finished.** `switchback resume` goes on, `switchback rollback` goes back.",
            );
        }
        let how = if state.is_stuck() {
            "**Stuck on the way back.** Mend what failed (it stands under Steps); then"
        } else {
            "**On the way back, not finished.**"
        };
        self.line(format!(
            "{how} `switchback resume` goes on with the way back. By hand: `{}`.",
            restore_by_hand(folder)
        ));
    }

    /// Before anybody takes "rolled back" for all of it.
    fn stays(&mut self, state: &RunState) {
        let stay: Vec<String> = state
            .not_taken_back()
            .map(|view| format!("`{}`", view.step.title))
            .collect();
        if !stay.is_empty() {
            let steps = count(stay.len() as u64, "step");
            let were = if stay.len() == 1 { "was" } else { "were" };
            let titles = stay.join(", ");
            self.line(format!("**{steps} {were} not taken back:** {titles}."));
        }
    }

    /// Whatever else is told: nobody is served by these.
    fn stopped(&mut self, state: &RunState) {
        let titles = state.stopped_titles();
        if !titles.is_empty() {
            let titles = titles.join(", ");
            self.line(format!(
                "**Stopped by this run, and not started again:** {titles}."
            ));
        }
    }

    /// Who went back, and from what.
    fn taken_back(&mut self, state: &RunState) {
        let Some(rollback) = &state.rollback else {
            return;
        };
        if let Some(at_ms) = state.done_at_ms {
            self.line(format!(
                "It had been done at {}, and was taken back after that.",
                time(at_ms)
            ));
        }
        let who = match state.end {
            Some(_) => "Rolled back by",
            None => "The way back was begun by",
        };
        self.line(format!("{who} {}: {}", rollback.by.user, rollback.reason));
    }

    /// Which run it was: where, when, by which rules.
    fn facts(&mut self, state: &RunState, folder: &Path) {
        let plan = &state.plan;
        self.line(format!(
            "- run `{}`, on {} in `{}`",
            state.run, plan.host, plan.root
        ));
        self.line(format!(
            "- started {} by {}",
            time(state.started_at_ms),
            state.started_by.user
        ));
        let lasted = state.at_ms.saturating_sub(state.started_at_ms);
        self.line(format!(
            "- last record {}, after {}",
            time(state.at_ms),
            duration(lasted)
        ));
        self.line(format!("- folder `{}`", folder.display()));
        if let Some(signed) = &plan.signed {
            self.line(format!("- rules {signed}"));
        }
        for hop in &plan.hops {
            self.line(format!(
                "- {} → {} {} ({})",
                hop.from, hop.to, hop.title, hop.why
            ));
        }
    }

    fn decisions(&mut self, state: &RunState) {
        let plan = &state.plan;
        self.section("What was found and decided");
        for finding in &plan.findings {
            if matches!(finding.kind, FindingKind::Unchanged) {
                continue;
            }
            let decided = match plan.decisions.get(&finding.id) {
                Some(Decision::Take) => ", taken".to_owned(),
                Some(Decision::Leave) => ", **left as it is**".to_owned(),
                Some(Decision::Choose(option)) => format!(", chosen: {option}"),
                None => String::new(),
            };
            let title = finding.title.trim_end_matches('.');
            self.line(format!("- {title}: {}{decided}", finding.summary));
        }
        for (name, input) in &plan.inputs {
            let value = match &input.value {
                Some(value) => format!("`{value}`"),
                None => "secret".to_owned(),
            };
            let how = input.how.word();
            self.line(format!("- input {name}: {value} ({how})"));
        }
    }

    fn checks(&mut self, title: &str, checks: &[PlannedCheck], state: &RunState) {
        if checks.is_empty() {
            return;
        }
        self.section(title);
        for check in checks {
            let line = match state.checks.get(&check.id) {
                None => format!("- not made: {}", check.check.title),
                Some(CheckView {
                    verdict,
                    detail,
                    waived,
                }) => {
                    let mut line = format!("- {}: {}: {detail}", verdict.word(), check.check.title);
                    if let Some((reason, by)) = waived {
                        let _infallible = write!(line, "; **waived by {}**: {reason}", by.user);
                    }
                    line
                }
            };
            self.line(line);
            self.samples(check, state);
        }
    }

    /// Metrics before and after, a row for each rule.
    fn samples(&mut self, check: &PlannedCheck, state: &RunState) {
        let (Probe::Metrics(metrics), Some(samples)) =
            (&check.check.probe, state.samples.get(&check.id))
        else {
            return;
        };
        for (n, rule) in metrics.rules.iter().enumerate() {
            if let Some(row) = samples.spark(n) {
                self.line(format!("  - `{row}` {}", rule.shown()));
            }
        }
    }

    fn backup(&mut self, state: &RunState, folder: &Path) {
        self.section("Backup");
        match &state.backup {
            BackupState::NotYet => self.line("None was made."),
            BackupState::Failed { why } => self.line(format!("Failed: {why}")),
            BackupState::Verified {
                manifest,
                files,
                bytes,
            } => {
                let (files, bytes) = (count(*files, "item"), Size::from_bytes(*bytes));
                self.line(format!(
                    "{files}, {bytes}, read back and compared; manifest blake3 {manifest}."
                ));
                self.line(format!("Restore by hand: `{}`", restore_by_hand(folder)));
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

    /// What was pulled, and what became of it.
    fn emergency(&mut self, state: &RunState) {
        let mut pulled = state
            .emergency
            .iter()
            .filter(|view| view.touched())
            .peekable();
        if pulled.peek().is_some() {
            self.section("Emergency steps");
        }
        for view in pulled {
            let by = view.pulled_by.as_ref().map_or("", |by| by.user.as_str());
            let at = time(view.started_at_ms.unwrap_or(0));
            let became = match &view.state {
                StepState::Done { detail, .. } => format!("**still pulled** ({detail})"),
                StepState::Undone { detail, .. } => format!("taken back ({detail})"),
                StepState::Failed { error, .. } => format!("failed: {error}"),
                StepState::Unknown { why } => format!("**unknown**: {why}"),
                StepState::UndoFailed { error } => {
                    format!("**still pulled**, taking it back failed: {error}")
                }
                StepState::Running
                | StepState::Waiting
                | StepState::Skipped { .. }
                | StepState::WillNotRun { .. }
                | StepState::Undoing
                | StepState::UndoSkipped { .. } => format!("**{}**", view.state.word()),
            };
            self.line(format!(
                "- {}: pulled by {by} at {at}; {became}; {}",
                view.step.title,
                deed::undo(&state.plan, &view.step)
            ));
        }
    }

    fn steps(&mut self, state: &RunState) {
        self.section("Steps");
        self.steps_back(state);
        for view in &state.steps {
            let took = view
                .took_ms
                .map_or(String::new(), |ms| format!(", {}", duration(ms)));
            let tries = match view.attempts {
                0 | 1 => String::new(),
                tries => format!(", {tries} tries"),
            };
            let detail = match &view.state {
                StepState::Waiting | StepState::Running | StepState::Undoing => String::new(),
                StepState::Done { detail, .. } | StepState::Undone { detail, .. } => {
                    format!(": {detail}")
                }
                StepState::Failed { error, .. } | StepState::UndoFailed { error } => {
                    format!(": {error}")
                }
                StepState::Unknown { why } => format!(": {why}"),
                StepState::WillNotRun { because } => format!(": {because}"),
                StepState::Skipped { reason, by } | StepState::UndoSkipped { reason, by } => {
                    format!(" by {}: {reason}", by.user)
                }
            };
            self.line(format!(
                "- {}: {}{detail}{took}{tries}",
                view.state.told(),
                view.step.title
            ));
            if let (false, Some((reason, by))) = (is_skipped(view), &view.skipped) {
                self.line(format!("  - it had been skipped by {}: {reason}", by.user));
            }
            for (path, saved_as) in &view.later_edits {
                self.line(format!(
                    "  - a later edit of `{path}` is kept as `later-edits/{saved_as}`"
                ));
            }
        }
    }

    fn steps_back(&mut self, state: &RunState) {
        for (to, reason, by) in &state.steps_back {
            let title = state.step(to).map_or(to.as_str(), |view| &view.step.title);
            self.line(format!(
                "- undone down to `{title}` by {}, before the run went on: {reason}",
                by.user
            ));
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

fn is_skipped(view: &StepView) -> bool {
    matches!(view.state, StepState::Skipped { .. })
}

fn bullet(note: &Note) -> String {
    format!("- {}", note.text)
}

/// What the new release asks of people; nothing of it is asked where the old one runs.
pub fn left_by_hand(state: &RunState) -> Vec<String> {
    if state.rollback.is_some() || state.end == Some(End::Abandoned) {
        return Vec::new();
    }
    let by_hand = |note: &&Note| note.kind == NoteKind::ByHand;
    let notes = state.plan.notes.iter().filter(by_hand).map(bullet);
    notes.chain(usages::left(state)).collect()
}

/// The backup that a way back has put in its place again.
fn restored(view: &StepView) -> Option<&str> {
    let ran = matches!(
        view.state,
        StepState::Undone {
            how: Undone::Ran,
            ..
        }
    );
    match &view.step.undo {
        Undo::Restore(backup) if ran => Some(backup.as_str()),
        _another_undo => None,
    }
}

fn restore_by_hand(folder: &Path) -> String {
    folder.join("backup/RESTORE.md").display().to_string()
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

fn count(n: u64, thing: &str) -> String {
    if n == 1 {
        format!("1 {thing}")
    } else {
        format!("{n} {thing}s")
    }
}
