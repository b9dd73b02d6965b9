//! Carrying out a fix that the pack knows, for a check or for a step that failed: a person asks for it
//! by name, having read what it does.

use super::Pursuit;
use crate::{
    engine::{errand::Fix, link::handle::Ask},
    model::plan::PlannedCheck,
    rules::deed,
    run_state::{Failure, RunState, StepView},
};

impl Pursuit {
    /// The fix to ask for, once. A check is made before it: one that passes by now needs no fix.
    pub(super) fn to_fix(&self, state: &RunState) -> Option<Ask> {
        let ask = match self.errand.fix.clone()? {
            Fix::Check(id) => {
                state.checks.get(&id)?;
                Ask::Fix(id)
            }
            Fix::Step(id) => Ask::FixAndRetry(id),
        };
        (!self.was_asked(&ask) && ask.may(state).is_ok()).then_some(ask)
    }
}

/// How to have the failed step's remedy carried out, and exactly what that does; empty if only a
/// person can.
pub(super) fn of_step(state: &RunState, view: &StepView) -> String {
    let id = &view.step.id;
    let hint = view.failed().and_then(Failure::hint);
    let hint = hint.and_then(|n| state.plan.hints.get(n));
    let fix = hint.and_then(|hint| hint.fix.as_ref());
    match fix.filter(|_| state.may_fix_and_retry(id).is_ok()) {
        Some(fix) => format!(
            "; `switchback resume --fix {id}` does this and retries: {}",
            deed::of(&state.plan, view.step.hop, fix)
        ),
        None => String::new(),
    }
}

/// The same of a check that was made and has not passed.
pub(super) fn of_check(state: &RunState, planned: &PlannedCheck) -> String {
    let id = &planned.id;
    let fix = planned.check.fix.as_ref();
    match fix.filter(|_| state.checks.contains_key(id) && state.may_fix(id).is_ok()) {
        Some(fix) => format!(
            "; `switchback resume --fix {id}` does this and checks again: {}",
            deed::of(&state.plan, planned.hop, fix)
        ),
        None => String::new(),
    }
}
