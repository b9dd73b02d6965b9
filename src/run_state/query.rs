//! What is asked about a run: where it goes on, what stands in its way, and the word for it.

use super::{RunState, StepState, StepView};
use crate::model::{
    ids::{CheckId, StepId},
    plan::{PlannedCheck, Undo},
    record::{CheckVerdict, End},
    rule::Ask,
};
use std::ops::Range;

impl RunState {
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
        self.steps.iter().find(|view| !view.state.settled())
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

    /// Whether anything outside the run's folder may have been changed.
    pub fn touched(&self) -> bool {
        self.steps.iter().any(StepView::touched)
    }

    /// Whether nothing can follow any more: a run that is done can still be taken back.
    pub fn is_over(&self) -> bool {
        match self.end {
            None => false,
            Some(End::Done) => !self.touched(),
            Some(End::RolledBack | End::Abandoned) => true,
        }
    }

    /// One word for lists of runs and for `status`.
    pub fn word(&self) -> &'static str {
        match self.end {
            Some(End::Done) => "done",
            Some(End::RolledBack) => "rolled back",
            Some(End::Abandoned) => "abandoned",
            None => self.unfinished_word(),
        }
    }

    fn unfinished_word(&self) -> &'static str {
        let any = |test: fn(&StepState) -> bool| self.steps.iter().any(|view| test(&view.state));
        if any(|state| matches!(state, StepState::UndoFailed { .. })) {
            "stuck"
        } else if any(|state| matches!(state, StepState::Unknown { .. })) {
            "unknown"
        } else if any(|state| matches!(state, StepState::Failed { .. })) && self.rollback.is_none()
        {
            "failed"
        } else if self.rollback.is_some() {
            "going back"
        } else if self.paused.is_some() {
            "waiting"
        } else if self.rollback.is_some() {
            "going back"
        } else {
            "unfinished"
        }
    }
}
