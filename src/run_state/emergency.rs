//! Emergency steps: pulled by a person at any moment, beside the road. They share the states of
//! every step; what differs is that a person's word begins them, and that nothing repeats them.

use super::{RunState, StepState, StepView};
use crate::model::{
    ids::StepId,
    plan::Undo,
    record::{Body, Who},
};

impl RunState {
    pub fn emergency_step(&self, id: &StepId) -> Option<&StepView> {
        self.emergency.iter().find(|view| view.step.id == *id)
    }

    /// Those that are in force, or may be: a person must take them back, or know of them.
    pub fn pulled(&self) -> impl Iterator<Item = &StepView> {
        self.emergency.iter().filter(|view| view.is_pulled())
    }

    /// Whether an emergency step is pulled, and not known to be taken back.
    pub fn is_pulled(&self) -> bool {
        self.pulled().next().is_some()
    }

    /// Whether a record is about an emergency step.
    pub(super) fn of_emergency(&self, body: &Body) -> bool {
        let step = body.step().and_then(|step| self.emergency_step(step));
        step.is_some()
    }

    pub(super) fn pull(&mut self, id: &StepId, by: &Who, at_ms: u64) -> Result<(), &'static str> {
        let view = self.emergency_view(id)?;
        view.may_be_pulled()?;
        view.attempts += 1;
        view.started_at_ms = Some(at_ms);
        view.pulled_by = Some(by.clone());
        view.state = StepState::Running;
        Ok(())
    }

    pub(super) fn release(&mut self, id: &StepId, at_ms: u64) -> Result<(), &'static str> {
        let view = self.emergency_view(id)?;
        view.may_be_released()?;
        view.start_undo(at_ms);
        Ok(())
    }

    fn emergency_view(&mut self, id: &StepId) -> Result<&mut StepView, &'static str> {
        let mut views = self.emergency.iter_mut();
        views
            .find(|view| view.step.id == *id)
            .ok_or("the plan has no such emergency step")
    }
}

impl StepView {
    /// In force, or nobody knows better.
    pub fn is_pulled(&self) -> bool {
        match self.state {
            StepState::Running
            | StepState::Done { .. }
            | StepState::Unknown { .. }
            | StepState::Undoing
            | StepState::UndoFailed { .. } => true,
            StepState::Waiting
            | StepState::Failed { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::Undone { .. }
            | StepState::UndoSkipped { .. } => false,
        }
    }

    /// The state, in the words of what is pulled.
    pub fn emergency_word(&self) -> &'static str {
        match self.state {
            StepState::Waiting => "not pulled",
            StepState::Done { .. } => "pulled",
            StepState::Undone { .. } => "taken back",
            StepState::Running
            | StepState::Failed { .. }
            | StepState::Unknown { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::Undoing
            | StepState::UndoFailed { .. }
            | StepState::UndoSkipped { .. } => self.state.word(),
        }
    }

    /// Whether an emergency step may be pulled now.
    pub fn may_be_pulled(&self) -> Result<(), &'static str> {
        match self.state {
            StepState::Waiting | StepState::Failed { .. } | StepState::Undone { .. } => Ok(()),
            StepState::Unknown { .. } => {
                Err("nobody knows whether it was done: look, and say so first")
            }
            StepState::Running | StepState::Undoing => Err("it is under way"),
            StepState::Done { .. } | StepState::UndoFailed { .. } => Err("it is pulled already"),
            StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::UndoSkipped { .. } => Err("it cannot be pulled now"),
        }
    }

    /// Whether a pulled emergency step may be taken back now. One that failed may have come part
    /// of the way.
    pub fn may_be_released(&self) -> Result<(), &'static str> {
        if !matches!(self.step.undo, Undo::Action(_)) {
            return Err("the pack says no way to take it back");
        }
        match self.state {
            StepState::Done { .. } | StepState::Failed { .. } | StepState::UndoFailed { .. } => {
                Ok(())
            }
            StepState::Unknown { .. } => {
                Err("nobody knows whether it was done: look, and say so first")
            }
            StepState::Running | StepState::Undoing => Err("it is under way"),
            StepState::Waiting
            | StepState::Undone { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::UndoSkipped { .. } => Err("it is not pulled"),
        }
    }
}
