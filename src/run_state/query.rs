//! What is asked about a run: where it goes on, what stands in its way, and the word for it.

use super::{RunState, StepState, StepView};
use crate::model::{
    ids::{CheckId, StepId},
    plan::PlannedCheck,
    record::{CheckVerdict, End},
    rule::Ask,
};

impl RunState {
    pub fn step(&self, id: &StepId) -> Option<&StepView> {
        self.steps.iter().find(|view| view.step.id == *id)
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
