//! The head of the report: how the run ended, for readers who read nothing else.

use super::{Report, restore_by_hand, restored, steps};
use crate::{
    model::{
        record::{RunEnd, Saved},
        text::sanitize,
        units::{between, count, count_were, time},
    },
    run_state::{Road, RunState, StepStatus, StepView, Taken},
};
use std::path::Path;

impl Report {
    pub(super) fn head(&mut self, state: &RunState, folder: &Path, left: usize) {
        let plan = &state.plan;
        self.line(format!(
            "# {} {} → {}: {}\n",
            plan.title,
            plan.from,
            plan.to,
            match &self.damage {
                Some(_) => "damaged",
                None => state.told(),
            }
        ));
        self.damaged(state, folder);
        match state.ended() {
            Some(RunEnd::RolledBack) => self.rolled_back(state),
            Some(RunEnd::Abandoned) => self.given_up(state),
            // A run that was done may have gone back since, which the state does not show.
            Some(RunEnd::Done) | None if self.damage.is_some() => {}
            Some(RunEnd::Done) => self.done(state, left),
            None => self.unfinished(state, folder),
        }
        self.restored_before(state);
        self.destroyed(state);
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

    /// Such a run can be neither resumed nor rolled back, so the report advises neither.
    fn damaged(&mut self, state: &RunState, folder: &Path) {
        let Some(damage) = &self.damage else {
            return;
        };
        let (run, by_hand) = (&state.run, restore_by_hand(folder));
        self.line(format!(
            "**The journal is damaged: {damage}.** What came after it is unknown. `switchback \
             restore {run} --to DIR` puts the backup into a folder, if one was made, and \
             `{by_hand}` says how to restore it by hand."
        ));
    }

    fn done(&mut self, state: &RunState, left: usize) {
        let verify = &state.plan.verify;
        if verify.is_empty() {
            self.line(
                "Applied. The pack has no check of the new release: nothing has shown that it runs.",
            );
        } else {
            let checks = state.tally(verify).words();
            self.line(format!("Applied. Of the new release, {checks}."));
        }
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
        self.others_compared(state);
        let restored = restored(state);
        if !restored.is_empty() {
            self.line(format!(
                "Restored from the backup: {}.",
                restored.join(", ")
            ));
        }
        // What a restore lost must be said here, not only at the end of the report.
        for restored in state.steps.iter().filter_map(StepView::restored) {
            self.line(format!("Of `{}`: {}.", restored.backup, restored.detail));
        }
        let checks = &state.plan.rollback.checks;
        if !checks.is_empty() {
            let checks = state.tally(checks).words();
            self.line(format!("Of the old release, {checks}."));
        }
    }

    /// A restore loses what was written since the backup, even if the run did not end with it.
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

    fn destroyed(&mut self, state: &RunState) {
        for lost in state.destroyed() {
            self.line(format!("**Lost:** {lost}."));
        }
    }

    /// The result of comparing the files. A file that the way back itself changed again after
    /// restoring it is not what it was.
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
            "Rolled back: {files} that the run edits put back. The last steps of the rollback then \
             changed {}, as they are to{others}.",
            changed.join(", ")
        ));
    }

    /// What became of the files that were saved and that no step of the run edits.
    fn others_compared(&mut self, state: &RunState) {
        let Some(others) = &state.others_compared else {
            let file = |saved: &&Saved| matches!(saved, Saved::File { .. } | Saved::Absent { .. });
            let saved = state.saved.iter().filter(file).count();
            let proved = usize::try_from(state.proved.unwrap_or(0)).unwrap_or(saved);
            let left = saved.saturating_sub(proved);
            if left > 0 {
                let were = count_were(left, "other file");
                self.line(format!("{were} saved and not compared."));
            }
            return;
        };
        let files = count(others.compared, "other file");
        if others.compared > 0 && others.unlike == 0 {
            self.line(format!(
                "Compared as well, and as saved: {files} of the backup."
            ));
        } else if others.unlike > 0 {
            let more = others.unlike.saturating_sub(others.first.len() as u64);
            let more = match more {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            let told = others.first.join(", ");
            self.line(format!(
                "**Not as in the backup, of {files} that no step edits:** {told}{more}. A command, the \
                 product or somebody has changed that."
            ));
        }
    }

    /// What can be done with a run that has not ended: one that goes back never goes forward again.
    fn unfinished(&mut self, state: &RunState, folder: &Path) {
        if state.rollback.is_none() {
            return self.line(
                "**Not finished.** `switchback resume` goes on, `switchback rollback` rolls back.",
            );
        }
        let how = if state.is_stuck() {
            "**The rollback is stuck.** Fix what failed (see Steps); then"
        } else {
            "**Being rolled back, not finished.**"
        };
        self.line(format!(
            "{how} `switchback resume` goes on with the rollback. By hand: `{}`.",
            restore_by_hand(folder)
        ));
    }

    /// What was not taken back, so that nobody takes "rolled back" for all of it.
    fn stays(&mut self, state: &RunState) {
        let stay: Vec<String> = state
            .not_taken_back()
            .map(|view| format!("`{}`", view.step.title))
            .collect();
        if !stay.is_empty() {
            let were = count_were(stay.len(), "step");
            let titles = stay.join(", ");
            self.line(format!("**{were} not undone:** {titles}."));
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

    /// Later edits that were put aside: their authors would believe them lost.
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

    /// After a rollback, what remedies did stays: nobody must take "as it was" to include it.
    fn remedied(&mut self, state: &RunState) {
        if let (Some(RunEnd::RolledBack), Some(stays)) = (state.ended(), state.stays_beside()) {
            self.line(format!("**Not undone by any rollback:** {stays}."));
        }
    }

    /// Emergency steps are beside the road: nothing else in the head would mention them.
    fn pulled(&mut self, state: &RunState) {
        for view in state.emergency.iter().filter(|view| view.was_started()) {
            let became = steps::became_of_emergency(view);
            self.line(format!(
                "**An emergency step was pulled:** `{}`: {became}.",
                view.step.title
            ));
        }
    }

    /// Services left stopped, to be said in any case: they serve nobody.
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
                "The run had been done at {}, and was rolled back after that.",
                time(at_ms)
            ));
        }
        let who = match state.ended() {
            Some(_) => "Rolled back by",
            None => "The rollback was started by",
        };
        self.line(format!("{who} {}: {}", rollback.by.user, rollback.reason));
        // The screens' own reason contains it already; another reason does not make it untrue.
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
}

/// Who took the run over and when, and from whom.
fn held(taken: &Taken) -> String {
    let (at, user) = (time(taken.at_ms), &taken.by.user);
    let uid = taken
        .uid
        .map_or(String::new(), |uid| format!(" (uid {uid})"));
    match &taken.from {
        Some(from) => format!("- taken over {at} by {user}{uid}, from {}", from.user),
        None => format!("- taken over {at} by {user}{uid}; nobody held it"),
    }
}

fn left_out(view: &StepView) -> Option<String> {
    match view.status() {
        StepStatus::Road(Road::Skipped(said)) => {
            Some(format!("`{}` ({})", view.step.title, said.reason))
        }
        StepStatus::Road(_) | StepStatus::Back(_) => None,
    }
}
