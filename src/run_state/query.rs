//! What is asked about a run: where it goes on, what stands in its way, and the word for it.

use super::{Back, Road, RunState, Stage, StepView};
use crate::model::{
    ids::{CheckId, StepId},
    plan::{PlannedCheck, Undo},
    record::{CheckVerdict, End, Undone},
    rule::Ask,
};
use std::ops::Range;

/// How a run stands: whether it has ended, or what it is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Ended(End),
    /// Its way back is.
    Stuck,
    /// Nobody knows what became of a step.
    Unknown,
    /// A step has.
    Failed,
    GoingBack,
    Waiting,
    Unfinished,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ended(End::Done) => "done",
            Self::Ended(End::RolledBack) => "rolled back",
            Self::Ended(End::Abandoned) => "abandoned",
            Self::Stuck => "stuck",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::GoingBack => "going back",
            Self::Waiting => "waiting",
            Self::Unfinished => "unfinished",
        }
    }
}

/// How the checks of a list came out. What was waived or only warns does not hold: it is counted.
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
    /// How the checks of a list came out that let the run go on.
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
    pub fn gone_without(&self) -> impl Iterator<Item = &StepView> {
        let plan = self.steps.iter().take(self.plan.steps.len());
        plan.filter(|view| matches!(view.stage(), Stage::Road(Road::Skipped(_))))
    }

    /// Whether the old release is not wholly back, or nothing has shown that it is. What the pack has said
    /// that it stays does not count: the old release runs beside it.
    pub fn is_back_in_part(&self) -> bool {
        let skipped = |view: &StepView| matches!(view.stage(), Stage::Road(Road::Skipped(_)));
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

    /// Whether it counts as undone because the restore of an earlier step takes it back too, and that
    /// has not come, or was skipped.
    pub fn waits_for_a_restore(&self, view: &StepView) -> bool {
        let passed_on = view.undone() == Some(Undone::NothingToDo);
        let restored = |other: &StepView| {
            other.step.undo == view.step.undo && other.undone() == Some(Undone::Ran)
        };
        passed_on && matches!(view.step.undo, Undo::Restore(_)) && !self.steps.iter().any(restored)
    }

    /// The steps whose turn to be undone is over and that were not: what they did stays.
    pub fn not_taken_back(&self) -> impl Iterator<Item = &StepView> {
        self.steps.iter().filter(|view| match &view.back {
            Some(Back::Undone { how, .. }) => {
                *how == Undone::Stays || self.waits_for_a_restore(view)
            }
            Some(Back::Skipped(_)) => true,
            Some(Back::Undoing { .. } | Back::Failed { .. }) | None => false,
        })
    }

    /// The steps that a rollback does when everything is undone; none before it has begun.
    pub fn steps_after(&self) -> &[StepView] {
        self.steps.get(self.plan.steps.len()..).unwrap_or_default()
    }

    /// Whether a worker is at a step or an undo, or was when it went.
    pub fn is_in_flight(&self) -> bool {
        let mut all = self.steps.iter().chain(&self.emergency);
        all.any(StepView::is_in_flight)
    }

    /// Where the way back waits for a person: an undo that failed, or a step of its own.
    pub fn stuck_at(&self) -> Option<&StepView> {
        let undo = self.steps.iter().find(|view| view.undo_failed());
        let failed = |view: &&StepView| view.failed().is_some();
        let stuck = undo.or_else(|| self.steps_after().iter().find(failed));
        stuck.filter(|_| self.end.is_none())
    }

    pub fn is_stuck(&self) -> bool {
        self.stuck_at().is_some()
    }

    /// A step of the road or of the emergency.
    pub fn step(&self, id: &StepId) -> Option<&StepView> {
        let mut all = self.steps.iter().chain(&self.emergency);
        all.find(|view| view.step.id == *id)
    }

    /// The step whose numbers a question is about, if it has any.
    pub fn shown_by(&self, ask: &Ask) -> Option<&StepView> {
        let id = StepId::from(ask.shows.as_deref()?);
        self.step(&id).filter(|view| !view.numbers.is_empty())
    }

    /// The first step that is not settled: where the road goes on.
    pub fn next_step(&self) -> Option<&StepView> {
        self.steps.iter().find(|view| !view.settled())
    }

    /// The places of the plan's steps that a way back down to this place still has to undo, newest
    /// first.
    pub fn to_undo(&self, first: usize) -> impl Iterator<Item = usize> {
        let places = (first..self.plan.steps.len()).rev();
        places.filter(move |place| self.steps.get(*place).is_some_and(StepView::to_undo))
    }

    /// Of the steps that are undone later than another, which stand at these places, the last one: it
    /// restores a backup for all of them.
    pub fn restores_for(&self, id: &str, earlier: Range<usize>) -> Option<&StepView> {
        let mut earlier = self.steps.get(earlier)?.iter();
        earlier
            .find(|view| matches!(&view.step.undo, Undo::Restore(of) if of == id) && view.to_undo())
    }

    /// Checks of a list that are not passed and not waived.
    pub fn open_checks<'p>(&self, checks: &'p [PlannedCheck]) -> Vec<&'p PlannedCheck> {
        checks
            .iter()
            .filter(|check| !self.passed(&check.id))
            .collect()
    }

    /// Passed, warned of, or waived with a name.
    pub fn passed(&self, id: &CheckId) -> bool {
        self.checks.get(id).is_some_and(|view| {
            view.waived.is_some()
                || matches!(view.verdict, CheckVerdict::Ok | CheckVerdict::Warning)
        })
    }

    /// A manual check of which somebody has said that it is so, or that the road goes on without.
    pub fn marked(&self, check: &PlannedCheck) -> bool {
        check.check.is_manual() && self.passed(&check.id)
    }

    /// Whether anything outside the run's folder may have been changed.
    pub fn touched(&self) -> bool {
        self.steps.iter().any(StepView::touched)
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<End> {
        self.end.map(|end| end.how)
    }

    /// When it ended as done. It stays known when the run is taken back later.
    pub fn done_at_ms(&self) -> Option<u64> {
        let done = self.end.filter(|end| end.how == End::Done);
        let before = || self.rollback.as_ref()?.done_at_ms;
        done.map(|end| end.at_ms).or_else(before)
    }

    /// Whether nothing can follow any more: a run that is done can still be taken back.
    pub fn is_over(&self) -> bool {
        match self.ended() {
            None => false,
            Some(End::Done) => !self.touched(),
            Some(End::RolledBack | End::Abandoned) => true,
        }
    }

    /// One word for lists of runs and for `status`.
    pub fn word(&self) -> &'static str {
        self.standing().word()
    }

    /// The same where `rolled back` would say too much.
    pub fn told(&self) -> &'static str {
        match self.ended() {
            Some(End::RolledBack) if self.is_back_in_part() => "rolled back in part",
            _another_end => self.word(),
        }
    }

    pub fn standing(&self) -> Standing {
        let any = |test: fn(&StepView) -> bool| self.steps.iter().any(test);
        if let Some(end) = self.ended() {
            Standing::Ended(end)
        } else if self.is_stuck() {
            Standing::Stuck
        } else if any(|view| view.unknown().is_some()) {
            Standing::Unknown
        } else if any(|view| view.failed().is_some()) && self.rollback.is_none() {
            Standing::Failed
        } else if self.rollback.is_some() {
            Standing::GoingBack
        } else if self.paused.is_some() {
            Standing::Waiting
        } else {
            Standing::Unfinished
        }
    }
}
