//! Questions about a run: where it goes on, what stands in its way, and the word for its state.

use super::{Back, Road, RunState, StepStatus, StepView};
use crate::model::{
    ids::{CheckId, StepId},
    plan::{PlannedCheck, Undo},
    record::{CheckVerdict, RunEnd, Undone},
    rule::Ask,
};
use std::ops::Range;

/// How a run stands: whether it has ended, or what it is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Ended(RunEnd),
    /// The way back waits for a person: an undo failed, or one of the rollback's own steps.
    Stuck,
    /// Nobody knows what became of a step.
    Unknown,
    /// A step has failed.
    Failed,
    GoingBack,
    Waiting,
    Unfinished,
}

impl RunStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ended(RunEnd::Done) => "done",
            Self::Ended(RunEnd::RolledBack) => "rolled back",
            Self::Ended(RunEnd::Abandoned) => "abandoned",
            Self::Stuck => "stuck",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::GoingBack => "going back",
            Self::Waiting => "waiting",
            Self::Unfinished => "unfinished",
        }
    }
}

/// How the checks of a list came out. A check that was waived or only warns does not hold, and is
/// counted as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    all: usize,
    warned: usize,
    waived: usize,
}

impl Tally {
    /// Whether checks were made, and every one of them holds.
    pub fn is_whole(self) -> bool {
        self.all > 0 && self.warned + self.waived == 0
    }

    /// `every check passed`, or `4 of 7 checks passed, 2 warn, 1 was waived`; for checks that let a run
    /// go on.
    pub fn words(self) -> String {
        if self.all == 0 {
            return "nothing was checked: the pack has no check here".to_owned();
        }
        let short = self.warned + self.waived;
        if short == 0 {
            return "every check passed".to_owned();
        }
        let verb = |n: usize, one: &str, many: &str| match n {
            0 => String::new(),
            1 => format!(", 1 {one}"),
            n => format!(", {n} {many}"),
        };
        format!(
            "{} of {} checks passed{}{}",
            self.all - short,
            self.all,
            verb(self.warned, "only warns", "only warn"),
            verb(self.waived, "was waived", "were waived"),
        )
    }
}

impl RunState {
    /// How the checks of a list came out, once they let the run go on.
    pub fn tally(&self, checks: &[PlannedCheck]) -> Tally {
        let views = checks.iter().filter_map(|check| self.checks.get(&check.id));
        let (waived, judged): (Vec<_>, Vec<_>) = views.partition(|view| view.waived.is_some());
        let warned = judged
            .iter()
            .filter(|view| view.verdict != CheckVerdict::Ok);
        Tally {
            all: checks.len(),
            warned: warned.count(),
            waived: waived.len(),
        }
    }

    /// The steps that the upgrade goes without: somebody skipped them, and what they were for may be missing.
    pub fn skipped_steps(&self) -> impl Iterator<Item = &StepView> {
        let plan = self.steps.iter().take(self.plan.steps.len());
        plan.filter(|view| matches!(view.status(), StepStatus::Road(Road::Skipped(_))))
    }

    /// The same as the end of a sentence: "; skipped: `A`, `B`", or nothing.
    pub fn skipped_words(&self) -> String {
        let titles = self
            .skipped_steps()
            .map(|view| format!("`{}`", view.step.title));
        let titles: Vec<String> = titles.collect();
        match titles.is_empty() {
            true => String::new(),
            false => format!("; skipped: {}", titles.join(", ")),
        }
    }

    /// Whether the old release is not wholly back, or nothing has shown that it is. Steps that the
    /// pack declares to stay do not count: the old release runs beside what they did.
    pub fn is_back_in_part(&self) -> bool {
        let skipped = |view: &StepView| matches!(view.status(), StepStatus::Road(Road::Skipped(_)));
        let waived = |check: &PlannedCheck| {
            let view = self.checks.get(&check.id);
            view.is_none_or(|view| view.waived.is_some())
        };
        let counts = |view: &StepView| view.step.undo != Undo::Stays;
        self.not_taken_back().any(counts)
            || self.steps_after().iter().any(skipped)
            || self.plan.rollback.checks.iter().any(waived)
            || !self.stopped().is_empty()
    }

    /// Whether the step counts as undone only because the restore of an earlier step takes it back
    /// too, and that restore has not been made yet or was skipped.
    pub fn waits_for_a_restore(&self, view: &StepView) -> bool {
        let passed_on = view.undone() == Some(Undone::NothingToDo);
        let restored = |other: &StepView| {
            other.step.undo == view.step.undo && other.undone() == Some(Undone::Ran)
        };
        passed_on && matches!(view.step.undo, Undo::Restore(_)) && !self.steps.iter().any(restored)
    }

    /// The steps whose turn to be undone has passed without it: what they did stays.
    pub fn not_taken_back(&self) -> impl Iterator<Item = &StepView> {
        self.steps.iter().filter(|view| match &view.back {
            Some(Back::Undone { how, .. }) => {
                *how == Undone::Stays || self.waits_for_a_restore(view)
            }
            Some(Back::Skipped(_)) => true,
            Some(Back::Undoing { .. } | Back::Failed { .. }) | None => false,
        })
    }

    /// The rollback's own steps, run once everything is undone; empty before it has begun.
    pub fn steps_after(&self) -> &[StepView] {
        self.steps.get(self.plan.steps.len()..).unwrap_or_default()
    }

    /// Whether a worker is at a step, an undo or a remedy, or was when it stopped.
    pub fn is_in_flight(&self) -> bool {
        let mut all = self.steps.iter().chain(&self.emergency);
        all.any(StepView::is_in_flight) || self.open_remedy().is_some()
    }

    /// Where the way back waits for a person: an undo that failed, or one of the rollback's own
    /// steps.
    pub fn stuck_at(&self) -> Option<&StepView> {
        let undo = self.steps.iter().find(|view| view.undo_failed());
        let failed = |view: &&StepView| view.failed().is_some();
        let stuck = undo.or_else(|| self.steps_after().iter().find(failed));
        stuck.filter(|_| self.end.is_none())
    }

    pub fn is_stuck(&self) -> bool {
        self.stuck_at().is_some()
    }

    /// A step of the road or an emergency step.
    pub fn step(&self, id: &StepId) -> Option<&StepView> {
        let mut all = self.steps.iter().chain(&self.emergency);
        all.find(|view| view.step.id == *id)
    }

    /// The step whose numbers are shown with a question, if it has any.
    pub fn shown_by(&self, ask: &Ask) -> Option<&StepView> {
        let id = StepId::from(ask.shows.as_deref()?);
        self.step(&id).filter(|view| !view.numbers.is_empty())
    }

    /// The first step that is not settled: where the road goes on.
    pub fn next_step(&self) -> Option<&StepView> {
        self.steps.iter().find(|view| !view.settled())
    }

    /// The indices of the plan's steps, from `first` on, that a way back still has to undo, newest
    /// first.
    pub fn to_undo(&self, first: usize) -> impl Iterator<Item = usize> {
        let places = (first..self.plan.steps.len()).rev();
        places.filter(move |place| self.steps.get(*place).is_some_and(StepView::to_undo))
    }

    /// The first of the `earlier` steps that still has to restore the backup `id`. It is undone
    /// last of them, so its restore serves them all.
    pub fn restores_for(&self, id: &str, earlier: Range<usize>) -> Option<&StepView> {
        let mut earlier = self.steps.get(earlier)?.iter();
        earlier
            .find(|view| matches!(&view.step.undo, Undo::Restore(of) if of == id) && view.to_undo())
    }

    /// The checks of a list that have neither passed nor been waived.
    pub fn open_checks<'p>(&self, checks: &'p [PlannedCheck]) -> Vec<&'p PlannedCheck> {
        checks
            .iter()
            .filter(|check| !self.passed(&check.id))
            .collect()
    }

    /// Passed, passed with a warning, or waived.
    pub fn passed(&self, id: &CheckId) -> bool {
        self.checks.get(id).is_some_and(|view| {
            view.waived.is_some()
                || matches!(view.verdict, CheckVerdict::Ok | CheckVerdict::Warning)
        })
    }

    /// Whether a person has marked a manual check, or said that the run goes on without it.
    pub fn marked(&self, check: &PlannedCheck) -> bool {
        check.check.is_manual() && self.passed(&check.id)
    }

    /// Whether anything outside the run's folder may have been changed.
    pub fn touched(&self) -> bool {
        self.steps.iter().any(StepView::touched)
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<RunEnd> {
        self.end.map(|end| end.how)
    }

    /// When the run ended as done; still known when it is rolled back later.
    pub fn done_at_ms(&self) -> Option<u64> {
        let done = self.end.filter(|end| end.how == RunEnd::Done);
        let before = || self.rollback.as_ref()?.done_at_ms;
        done.map(|end| end.at_ms).or_else(before)
    }

    /// Whether the run can neither go on nor be rolled back: one that is done and changed something
    /// can still be rolled back.
    pub fn is_over(&self) -> bool {
        match self.ended() {
            None => false,
            Some(RunEnd::Done) => !self.touched(),
            Some(RunEnd::RolledBack | RunEnd::Abandoned) => true,
        }
    }

    /// One word for lists of runs and for `status`.
    pub fn word(&self) -> &'static str {
        self.status().word()
    }

    /// The same for people, who should not read `rolled back` when only part of it was.
    pub fn told(&self) -> &'static str {
        match self.ended() {
            Some(RunEnd::RolledBack) if self.is_back_in_part() => "rolled back in part",
            _another_end => self.word(),
        }
    }

    pub fn status(&self) -> RunStatus {
        let any = |test: fn(&StepView) -> bool| self.steps.iter().any(test);
        if let Some(end) = self.ended() {
            RunStatus::Ended(end)
        } else if self.is_stuck() {
            RunStatus::Stuck
        } else if any(|view| view.unknown().is_some()) {
            RunStatus::Unknown
        } else if any(|view| view.failed().is_some()) && self.rollback.is_none() {
            RunStatus::Failed
        } else if self.rollback.is_some() {
            RunStatus::GoingBack
        } else if self.paused.is_some() {
            RunStatus::Waiting
        } else {
            RunStatus::Unfinished
        }
    }
}
