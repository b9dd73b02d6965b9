//! Going on without a step that failed, or whose undo failed: a person says so, with a reason.

use super::Pursuit;
use crate::{
    engine::{errand::Skip, link::handle::Ask},
    model::ids::StepId,
    run_state::{RunState, StepView},
};

impl Pursuit {
    /// The skip to ask for, once the step allows it; one with an unknown outcome is judged first.
    pub(super) fn to_skip(&self, state: &RunState) -> Option<Ask> {
        let Skip { step, reason } = self.errand.skip.clone()?;
        if state.may_skip_undo(&step).is_ok() {
            return Some(Ask::SkipUndo { step, reason });
        }
        let may = state.may_skip(&step).is_ok();
        may.then_some(Ask::Skip { step, reason })
    }
}

/// Whether a person may go on without the step in its present state.
pub fn may_be_skipped(view: &StepView) -> bool {
    view.needs_a_person() || view.waits_again()
}

/// How to skip the step, offered beside the other ways to go on.
pub(super) fn how(step: &StepId) -> String {
    format!("go on without it with `switchback resume --skip {step} --reason WHY`")
}
