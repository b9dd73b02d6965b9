//! What may be asked of the emergency steps. They can be pulled even when the run is done, and
//! taken back after any end.

use super::May;
use crate::{
    model::{ids::StepId, plan::Undo},
    run_state::{Back, Road, RunState, StepStatus, StepView},
};

impl RunState {
    /// Whether any emergency step can still be pulled, taken back or judged.
    pub fn has_levers(&self) -> bool {
        !self.emergency.is_empty() && (self.was_not_given_up() || self.is_pulled())
    }

    pub fn may_pull(&self, id: &StepId) -> May {
        let view = self.lever(id)?;
        if !self.was_not_given_up() {
            return self.must_be_open();
        }
        let may = view.may_be_pulled();
        may.map_err(|why| format!("`{}`: {why}", view.step.title))
    }

    pub fn may_release(&self, id: &StepId) -> May {
        let view = self.lever(id)?;
        if !self.has_levers() {
            return self.must_be_open();
        }
        let may = view.may_be_released();
        may.map_err(|why| format!("`{}`: {why}", view.step.title))
    }

    fn lever(&self, id: &StepId) -> Result<&StepView, String> {
        let view = self.emergency_step(id);
        view.ok_or_else(|| format!("there is no emergency step `{id}`"))
    }
}

impl StepView {
    /// Whether an emergency step may be pulled now: once more too, where it may hold no more or holds
    /// nothing. What shows that it is done is looked at first.
    pub(in crate::run_state) fn may_be_pulled(&self) -> Result<(), &'static str> {
        match self.status() {
            StepStatus::Road(Road::Waiting(_) | Road::Failed(_))
            | StepStatus::Back(Back::Undone { .. }) => Ok(()),
            StepStatus::Road(Road::Unknown { .. }) => {
                Err("nobody knows whether it was done: look, and say so first")
            }
            StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }) => {
                Err("it is under way")
            }
            StepStatus::Road(Road::Done { .. }) if self.is_overtaken() || self.is_over() => Ok(()),
            StepStatus::Road(Road::Done { .. }) | StepStatus::Back(Back::Failed { .. }) => {
                Err("it is pulled already")
            }
            StepStatus::Road(Road::Skipped(_) | Road::WillNotRun { .. })
            | StepStatus::Back(Back::Skipped(_)) => Err("it cannot be pulled now"),
        }
    }

    /// Whether a pulled emergency step may be taken back now. A failed one may be, as it may have
    /// come part of the way.
    pub(in crate::run_state) fn may_be_released(&self) -> Result<(), &'static str> {
        match self.status() {
            StepStatus::Back(Back::Failed { unknown: true, .. }) => {
                Err("nobody knows whether it was taken back: look, and say so first")
            }
            StepStatus::Road(Road::Failed(_)) if !self.touched() => {
                Err("it had no effect: there is nothing to take back")
            }
            StepStatus::Road(Road::Done { .. } | Road::Failed(_))
            | StepStatus::Back(Back::Failed { .. }) => match self.step.undo {
                Undo::Action(_) => Ok(()),
                Undo::Harmless => Err("there is nothing to take back"),
                _ => Err("the pack has no way to take it back"),
            },
            StepStatus::Road(Road::Unknown { .. }) => {
                Err("nobody knows whether it was done: look, and say so first")
            }
            StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }) => {
                Err("it is under way")
            }
            StepStatus::Road(Road::Waiting(_) | Road::Skipped(_) | Road::WillNotRun { .. })
            | StepStatus::Back(Back::Undone { .. } | Back::Skipped(_)) => Err("it is not pulled"),
        }
    }
}
