//! Undoes the last steps, down to a given one, so that the run stands before it again: to give up a
//! flag, say, without giving up what came before it. The run can still go forward afterwards, and
//! what a rollback of the whole run would undo is unchanged.

use super::{Answer, Worker, WorkerError};
use crate::{
    model::{
        ids::StepId,
        record::{Body, Phase},
    },
    run_state::StepView,
};

impl Worker {
    pub(super) fn step_back(&mut self, to: &StepId, reason: &str) -> Answer {
        self.enter(Phase::Apply)?;
        let reason = self.context.clean(reason);
        self.record(Body::StepBackStarted {
            to: to.clone(),
            by: self.who(),
            reason,
        })?;
        self.go_on_back(to.clone())
    }

    /// Goes on with undoing steps down to this one, from wherever it is.
    pub(super) fn go_on_back(&mut self, to: StepId) -> Answer {
        let first = self.state.place_of(&to).unwrap_or_default();
        self.undo_down_to(first)?;
        self.stand_again(to)
    }

    fn stand_again(&mut self, to: StepId) -> Answer {
        let title = self.state.step(&to).map(|view| view.step.title.clone());
        self.record(Body::SteppedBack { to })?;
        let title = title.unwrap_or_default();
        self.pause(format!(
            "undone down to `{title}`: run it again, skip it with a reason, or roll back"
        ))?;
        Ok(())
    }

    /// Skips steps that were undone and wait again: this one, and those that belong to it.
    pub(super) fn skip_undone(&mut self, id: &StepId, reason: &str) -> Result<bool, WorkerError> {
        if !self.state.step(id).is_some_and(StepView::waits_again) {
            return Ok(false);
        }
        let together = &self.state.steps[self.state.kept_together(id)];
        let waiting = together.iter().filter(|view| view.waits_again());
        let ids: Vec<StepId> = waiting.map(|view| view.step.id.clone()).collect();
        for step in ids {
            self.record(Body::StepSkipped {
                step,
                reason: self.context.clean(reason),
                by: self.who(),
            })?;
        }
        Ok(true)
    }
}
