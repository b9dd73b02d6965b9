//! Confirm or go back: a run that waits for a person only for a limited time.
//!
//! The time runs whenever the worker waits while something is changed, wherever on the road that
//! is: any step may cut the operator's connection. Having the run do something proves that somebody
//! is there and starts the time anew; only looking at the run, or resuming it, does not. The end of
//! the run stops it, and so does its way back.

use super::RunState;
use crate::model::record::Body;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm {
    pub within_ms: u64,
    /// When the run goes back; set while it waits.
    pub by_ms: Option<u64>,
}

impl RunState {
    /// When it goes back by itself, if nobody confirms.
    pub fn confirm_by_ms(&self) -> Option<u64> {
        self.confirm.filter(|_| self.may_go_back_by_itself())?.by_ms
    }

    /// How long the run may wait for a person from now on, if no deadline is set yet.
    pub fn must_not_wait_longer_than_ms(&self) -> Option<u64> {
        let confirm = self.confirm.filter(|_| self.may_go_back_by_itself())?;
        confirm.by_ms.is_none().then_some(confirm.within_ms)
    }

    /// Whether the run has promised to go back by itself and there is something to take back.
    pub fn must_be_confirmed(&self) -> bool {
        self.confirm.is_some() && self.may_go_back_by_itself()
    }

    fn may_go_back_by_itself(&self) -> bool {
        self.end.is_none() && self.rollback.is_none() && self.touched()
    }

    pub(super) fn confirm_within(&mut self, within_ms: u64) -> Result<(), &'static str> {
        if self.plan.point_of_no_return().is_some() {
            return Err("a run that cannot roll back cannot be promised to");
        }
        let by_ms = None;
        self.known.confirm = Some(Confirm { within_ms, by_ms });
        Ok(())
    }

    pub(super) fn confirm_by(&mut self, at_ms: u64) -> Result<(), &'static str> {
        if !self.must_be_confirmed() {
            return Err("nothing has to be confirmed");
        }
        if let Some(confirm) = &mut self.known.confirm {
            confirm.by_ms = Some(at_ms);
        }
        Ok(())
    }

    /// Clears the deadline when a record shows that a person had the run do something: somebody is
    /// there, and the next wait starts anew.
    pub(super) fn someone_is_there(&mut self, body: &Body) {
        let goes_on = match body {
            Body::CheckDone { .. }
            | Body::CheckWaived { .. }
            | Body::CheckReopened { .. }
            | Body::RemedyStarted { .. }
            | Body::RemedyEnded { .. }
            | Body::StepStarted { .. }
            | Body::StepDone { .. }
            | Body::StepJudged { .. }
            | Body::StepSkipped { .. }
            | Body::EmergencyPulled { .. }
            | Body::EmergencyReleased { .. }
            | Body::StepBackStarted { .. }
            | Body::OverLaterEdits { .. }
            | Body::UndoStarted { .. }
            | Body::UndoSkipped { .. } => true,
            Body::RunStarted { .. }
            | Body::Resumed { .. }
            | Body::ControlTaken { .. }
            | Body::ConfirmWithin { .. }
            | Body::ConfirmBy { .. }
            | Body::PhaseEntered { .. }
            | Body::Sampled { .. }
            | Body::Saved { .. }
            | Body::BackupVerified(_)
            | Body::BackupFailed { .. }
            | Body::Staged(_)
            | Body::StepFailed { .. }
            | Body::StepUnknown { .. }
            | Body::StepReset { .. }
            | Body::Measured { .. }
            | Body::Consented { .. }
            | Body::Paused { .. }
            | Body::SteppedBack { .. }
            | Body::RollbackStarted { .. }
            | Body::UndoDone { .. }
            | Body::UndoFailed { .. }
            | Body::LaterEditSaved { .. }
            | Body::BytesProved { .. }
            | Body::Finished { .. } => false,
        };
        if let Some(confirm) = self.known.confirm.as_mut().filter(|_| goes_on) {
            confirm.by_ms = None;
        }
    }
}
