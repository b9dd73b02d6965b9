//! The report of a run, in Markdown: what changed, who decided what, what is left to do. Made from
//! the fold of its records and nothing else, so it can be made at any time, also of an unfinished
//! run.

mod backup;
mod findings;
mod hops;
mod steps;
#[cfg(test)]
mod tests;
mod usages;

use crate::{
    model::{
        plan::PlannedCheck,
        record::{End, RemedyEnd},
        rule::{Note, NoteKind, Probe},
        text::sanitize,
        units::{between, count, count_were, time},
    },
    run_state::{Remedy, Road, RunState, Stage, StepView, Taken},
};
use std::{collections::BTreeSet, ffi::OsStr, fmt::Write, path::Path};

/// The whole report. `folder` is the run's folder.
pub fn markdown(state: &RunState, folder: &Path) -> String {
    made(state, folder, None)
}

/// The same, for this file in the run's folder: whoever reads it there knows what to send to others,
/// and whoever reads it on a screen where it is.
pub fn to_keep(state: &RunState, folder: &Path, file: &Path) -> String {
    made(state, folder, file.file_name().and_then(OsStr::to_str))
}

fn made(state: &RunState, folder: &Path, kept_as: Option<&str>) -> String {
    let mut report = Report {
        text: String::new(),
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
        Some(_) => "Verify, before the way back",
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

    fn head(&mut self, state: &RunState, folder: &Path, left: usize) {
        let plan = &state.plan;
        self.line(format!(
            "# {} {} → {}: {}\n",
            plan.title,
            plan.from,
            plan.to,
            state.word()
        ));
        match state.ended() {
            Some(End::Done) => self.done(state, left),
            Some(End::RolledBack) => self.rolled_back(state),
            Some(End::Abandoned) => self.given_up(state),
            None => self.unfinished(state, folder),
        }
        self.restored_before(state);
        self.stays(state);
        self.skipped(state);
        self.put_aside(state);
        self.remedied(state);
        self.pulled(state);
        self.stopped(state);
        self.taken_back(state);
        self.line("");
        self.facts(state, folder);
    }

    fn done(&mut self, state: &RunState, left: usize) {
        let verify = &state.plan.verify;
        self.line(match verify.is_empty() {
            true => {
                "Applied. The pack has no check of the new release: nothing has shown that it runs."
                    .to_owned()
            }
            false => format!(
                "Applied. Of the new release, {}.",
                state.tally(verify).words()
            ),
        });
        if left > 0 {
            let left = count(left, "thing");
            self.line(format!(
                "Left to do by hand: {left}, at the end of this report."
            ));
        }
        self.generated(state);
    }

    fn given_up(&mut self, state: &RunState) {
        let words = state.given_up_words();
        self.line(format!("The run was {words}."));
    }

    fn rolled_back(&mut self, state: &RunState) {
        self.proved(state);
        let restored = restored(state);
        if !restored.is_empty() {
            self.line(format!(
                "Restored from the backup: {}.",
                restored.join(", ")
            ));
        }
        // What was lost by it is not for the end of the report alone.
        for restored in state.steps.iter().filter_map(StepView::restored) {
            self.line(format!("Of `{}`: {}.", restored.backup, restored.detail));
        }
        let checks = &state.plan.rollback.checks;
        if !checks.is_empty() {
            let checks = state.tally(checks).words();
            self.line(format!("Of the old release, {checks}."));
        }
    }

    /// A restore loses what was written since the backup, also where it was not the end of the run.
    fn restored_before(&mut self, state: &RunState) {
        for back in &state.steps_back {
            let restored: Vec<&str> = back.restored.iter().map(|it| it.backup.as_str()).collect();
            let (Some(at_ms), false) = (back.undone_at_ms, restored.is_empty()) else {
                continue;
            };
            let were = count_were(back.undone.len(), "step");
            self.line(format!(
                "Restored from the backup: {}, when {were} undone by {} at {}.",
                restored.join(", "),
                back.by.user,
                time(at_ms)
            ));
        }
    }

    /// What the proof of the files has shown. A file that the way back itself changed after it was back
    /// is not what it was.
    fn proved(&mut self, state: &RunState) {
        let proved = state.proved.unwrap_or(0);
        let files = count(proved, "file");
        let changed = state.changed_by_rollback();
        if changed.is_empty() {
            return self.line(match proved {
                0 => "Rolled back. The run itself edits no file.".to_owned(),
                1 => "Rolled back. The one file that the run edits was compared with the backup, \
                      and is equal."
                    .to_owned(),
                _several => format!(
                    "Rolled back. The {files} that the run edits were compared with the backup, \
                     and are equal."
                ),
            });
        }
        let others = match proved.saturating_sub(changed.len() as u64) {
            0 => String::new(),
            1 => "; the other one is equal to the backup".to_owned(),
            n => format!("; the other {n} are equal to the backup"),
        };
        let changed = changed
            .iter()
            .map(|(file, titles)| format!("`{file}` ({})", titles.join("; ")));
        let changed: Vec<String> = changed.collect();
        self.line(format!(
            "Rolled back: {files} that the run edits put back. The last steps of the way back then \
             changed {}, as they are to{others}.",
            changed.join(", ")
        ));
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
            let were = count_were(stay.len(), "step");
            let titles = stay.join(", ");
            self.line(format!("**{were} not taken back:** {titles}."));
        }
    }

    /// What was left out: of the road, or of the way back once the run has gone back.
    fn skipped(&mut self, state: &RunState) {
        let views = match state.rollback {
            None => state.steps.as_slice(),
            Some(_) => state.steps_after(),
        };
        let skipped: Vec<String> = views.iter().filter_map(left_out).collect();
        if !skipped.is_empty() {
            let were = count_were(skipped.len(), "step");
            self.line(format!("**{were} skipped:** {}.", skipped.join(", ")));
        }
    }

    /// Whoever edited a file meanwhile would think it lost.
    fn put_aside(&mut self, state: &RunState) {
        let edits = state.steps.iter().flat_map(|view| &view.later_edits);
        let edits: Vec<String> = edits
            .map(|(path, saved_as)| format!("`{path}` as `later-edits/{saved_as}`"))
            .collect();
        if !edits.is_empty() {
            self.line(format!(
                "**Edited by somebody after the run, and put aside in its folder:** {}.",
                edits.join(", ")
            ));
        }
    }

    /// Where it went back, nobody takes "as it was" for what remedies did too.
    fn remedied(&mut self, state: &RunState) {
        if let (Some(End::RolledBack), Some(stays)) = (state.ended(), state.stays_beside()) {
            self.line(format!("**Not taken back by any rollback:** {stays}."));
        }
    }

    /// An emergency step is beside the road, and nothing else at the head would tell of it.
    fn pulled(&mut self, state: &RunState) {
        for view in state.emergency.iter().filter(|view| view.touched()) {
            let became = steps::became_of_emergency(view);
            self.line(format!(
                "**An emergency step was pulled:** `{}`: {became}.",
                view.step.title
            ));
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
        if let Some(at_ms) = state.done_at_ms() {
            self.line(format!(
                "The run had been done at {}, and was taken back after that.",
                time(at_ms)
            ));
        }
        let who = match state.ended() {
            Some(_) => "Rolled back by",
            None => "The way back was begun by",
        };
        self.line(format!("{who} {}: {}", rollback.by.user, rollback.reason));
        // The screens give it as the reason; who gives another has not made it untrue.
        if let Some(after) = &rollback.after
            && !rollback.reason.contains(&sanitize(after))
        {
            self.line(format!("That was {after}."));
        }
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
        state.taken.iter().for_each(|taken| self.line(held(taken)));
        let (what, at_ms) = match state.end {
            Some(end) => ("ended", end.at_ms),
            None => ("last record", state.at_ms),
        };
        let lasted = between(state.started_at_ms, at_ms);
        self.line(format!("- {what} {}, after {lasted}", time(at_ms)));
        let kept = self.kept_as.as_ref();
        let kept = kept.map_or(String::new(), |name| {
            format!(", this report in it as `{name}`")
        });
        self.line(format!("- folder `{}`{kept}", folder.display()));
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

    fn checks(&mut self, title: &str, checks: &[PlannedCheck], state: &RunState) {
        if checks.is_empty() {
            return;
        }
        self.section(title);
        let titles = checks.iter();
        let titles = titles.map(|check| (check.check.title.as_str(), check.hop));
        let hops = hops::Repeated::among(titles);
        for check in checks {
            let title = hops.named(state, &check.check.title, check.hop);
            let line = match state.checks.get(&check.id) {
                None => format!("- not made: {title}"),
                Some(view) => {
                    let verdict = view.verdict.word();
                    let mut line = format!("- {verdict}: {title}: {}", view.detail);
                    if let Some((reason, by)) = &view.waived {
                        let _infallible = write!(line, "; **waived by {}**: {reason}", by.user);
                    }
                    line
                }
            };
            self.line(line);
            self.remedies(state.remedies_of_check(&check.id));
            self.samples(check, state);
        }
    }

    /// What was done about it outside of the steps.
    fn remedies<'s>(&mut self, remedies: impl Iterator<Item = &'s Remedy>) {
        for remedy in remedies {
            let (user, at) = (&remedy.by.user, time(remedy.at_ms));
            let end = match &remedy.end {
                Some(RemedyEnd::Done { detail }) => detail.clone(),
                Some(RemedyEnd::Failed { error }) => format!("it failed: {error}"),
                None => "nobody saw it end".to_owned(),
            };
            self.line(format!(
                "  - its remedy, asked for by {user} at {at}: {end}"
            ));
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

    /// What the guide tells whoever goes back. Once the run has gone back it reads like orders to do it
    /// again, so it is said what it is, and what the run has done.
    fn words_of_the_guide(&mut self, state: &RunState) {
        let notes: Vec<String> = state.plan.rollback.notes.iter().map(bullet).collect();
        if notes.is_empty() || state.end.is_none() {
            return self.list("To know after the way back", &notes);
        }
        self.section("What the guide says of going back");
        let restored = has_restored(state);
        self.line(format!(
            "For reading, not orders: this run has gone back{restored}. What it undid and what it did \
             after that stands under Steps, and is not to be done again.\n"
        ));
        notes.iter().for_each(|note| self.line(note));
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

/// Who held the run from when on, and whether anybody did until then.
fn held(taken: &Taken) -> String {
    let (at, user) = (time(taken.at_ms), &taken.by.user);
    let uid = taken
        .uid
        .map_or(String::new(), |uid| format!(" (uid {uid})"));
    match &taken.from {
        Some(from) => format!("- taken over {at} by {user}{uid}, from {}", from.user),
        None => format!("- taken up {at} by {user}{uid}; nobody held it"),
    }
}

fn left_out(view: &StepView) -> Option<String> {
    match view.stage() {
        Stage::Road(Road::Skipped(said)) => {
            Some(format!("`{}` ({})", view.step.title, said.reason))
        }
        Stage::Road(_) | Stage::Back(_) => None,
    }
}

fn bullet(note: &Note) -> String {
    format!("- {}", note.text)
}

/// What the new release asks of people; nothing of it is asked where the old one runs.
fn left_by_hand(state: &RunState) -> Vec<String> {
    if leaves_nothing(state) {
        return Vec::new();
    }
    let notes = by_hand(state).map(bullet);
    notes.chain(usages::left(state)).collect()
}

/// How much of it there is.
pub fn count_left_by_hand(state: &RunState) -> usize {
    match leaves_nothing(state) {
        true => 0,
        false => by_hand(state).count() + usages::count(state),
    }
}

/// What went back, or was given up, asks nothing of people.
fn leaves_nothing(state: &RunState) -> bool {
    state.rollback.is_some() || state.ended() == Some(End::Abandoned)
}

fn by_hand(state: &RunState) -> impl Iterator<Item = &Note> {
    let notes = state.plan.notes.iter();
    notes.filter(|note| note.kind == NoteKind::ByHand)
}

/// The backups that the way back has put in their place again.
fn restored(state: &RunState) -> Vec<String> {
    let restored = state.steps.iter().filter_map(StepView::restored);
    restored.map(|restored| restored.backup).collect()
}

/// The same in words, with what was restored before, when the last steps were undone.
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
