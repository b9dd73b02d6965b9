//! The last steps undone, down to a given one, and standing before it again.

use super::{RunState, StepState, StepView};
use crate::model::{
    ids::StepId,
    plan::{StepBody, Undo},
    record::Phase,
    rule::Action,
};
use std::ops::Range;

impl RunState {
    pub(super) fn begin_step_back(&mut self, to: &StepId) -> Result<(), &'static str> {
        if self.rollback.is_some() || self.stepping_back.is_some() {
            return Err("the run goes back already");
        }
        if self.phase != Phase::Apply {
            return Err("steps are undone where they are done");
        }
        let first = self.place_of(to).ok_or("the plan has no such step")?;
        if self.steps[first..].iter().any(bars_the_way) {
            return Err("there is no way back to this step");
        }
        self.stepping_back = Some(to.clone());
        self.paused = None;
        Ok(())
    }

    pub(super) fn stand_again(&mut self, to: &StepId) -> Result<(), &'static str> {
        if self.stepping_back.as_ref() != Some(to) {
            return Err("no step is being undone down to this one");
        }
        let first = self.place_of(to).ok_or("the plan has no such step")?;
        if self.steps[first..].iter().any(|view| !view.is_undone()) {
            return Err("a step was not undone");
        }
        self.steps[first..]
            .iter_mut()
            .for_each(StepView::stand_again);
        self.stepping_back = None;
        Ok(())
    }

    /// The places of the steps that a person keeps or undoes as one, from the first of them to the
    /// question; of any other step its own.
    pub fn kept_together(&self, id: &StepId) -> Range<usize> {
        let place = self.place_of(id).unwrap_or_default();
        for (n, view) in self.steps.iter().enumerate().skip(place) {
            if let StepBody::Do(Action::Ask(ask)) = &view.step.body
                && let Some(first) = ask.undo_to.as_deref()
                && let Some(first) = self.place_of(&StepId::from(first))
                && first <= place
            {
                return first..n + 1;
            }
        }
        place..(place + 1).min(self.steps.len())
    }

    /// Where a step stands.
    pub fn place_of(&self, id: &StepId) -> Option<usize> {
        self.steps.iter().position(|view| view.step.id == *id)
    }
}

fn bars_the_way(view: &StepView) -> bool {
    let unknown = matches!(view.state, StepState::Unknown { .. });
    view.touched() && (unknown || view.step.undo == Undo::Irreversible)
}

impl StepView {
    /// Whether nothing is left of it that would still have to be undone, or a person let it stay.
    fn is_undone(&self) -> bool {
        match self.state {
            StepState::Undone { .. }
            | StepState::UndoSkipped { .. }
            | StepState::Waiting
            | StepState::WillNotRun { .. } => true,
            // Done before the run, or skipped before it was started.
            StepState::Done { .. } | StepState::Skipped { .. } => !self.touched(),
            StepState::Running
            | StepState::Undoing
            | StepState::UndoFailed { .. }
            | StepState::Unknown { .. }
            | StepState::Failed { .. } => false,
        }
    }

    /// After it was undone it waits as if it had never run. What was not undone is still there: it
    /// counts as failed, so that a rollback tries again to take it back.
    fn stand_again(&mut self) {
        match &self.state {
            StepState::Undone { .. } => {
                let later_edits = std::mem::take(&mut self.later_edits);
                *self = Self::waiting(self.step.clone());
                self.later_edits = later_edits;
                self.stepped_back = true;
            }
            StepState::UndoSkipped { reason, .. } => {
                let error = format!("it was not undone: {reason}");
                self.state = StepState::Failed { error, hint: None };
            }
            StepState::Done { .. } => {
                self.state = StepState::Waiting;
                self.stepped_back = true;
            }
            StepState::Running
            | StepState::Undoing
            | StepState::UndoFailed { .. }
            | StepState::Unknown { .. }
            | StepState::Failed { .. }
            | StepState::Waiting
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. } => {}
        }
    }
}
