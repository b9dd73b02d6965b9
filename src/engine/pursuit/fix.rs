//! Carrying out a fix that the pack knows, for a check or for a step that failed: a person asks for it
//! by name, having read what it does.

use super::Pursuit;
use crate::{
    engine::{errand::Fix, link::handle::Ask},
    model::{ids::StepId, plan::PlannedCheck, record::RemedyOf},
    rules::deed,
    run_state::{Remedy, RunState, StepView},
};

impl Pursuit {
    /// The fix to ask for, once; one that was under way already is not begun a second time.
    pub(super) fn to_fix(&self, state: &RunState) -> Option<Ask> {
        let fix = self.errand.fix.clone()?;
        let begun = self
            .errand
            .unseen_remedy
            .as_ref()
            .is_some_and(|of| fix.is(of));
        let ask = match fix {
            Fix::Check(id) => Ask::Fix(id),
            Fix::Step(id) => Ask::FixAndRetry(id),
        };
        (!begun && !self.was_asked(&ask) && ask.may(state).is_ok()).then_some(ask)
    }

    /// Whether a remedy for the step was under way when the errand was sent, and has failed since:
    /// that is told before the step is tried again.
    pub(super) fn remedy_failed_unseen(&self, state: &RunState, id: &StepId) -> bool {
        let unseen =
            matches!(&self.errand.unseen_remedy, Some(RemedyOf::Step { step, .. }) if step == id);
        unseen
            && state
                .remedies_of_step(id)
                .last()
                .is_some_and(Remedy::failed)
    }
}

impl Fix {
    fn is(&self, of: &RemedyOf) -> bool {
        match (self, of) {
            (Self::Check(id), RemedyOf::Check(of)) => id == of,
            (Self::Step(id), RemedyOf::Step { step, .. }) => id == step,
            (Self::Check(_), RemedyOf::Step { .. }) | (Self::Step(_), RemedyOf::Check(_)) => false,
        }
    }
}

/// How the last of these remedies ended, as the end of a sentence.
fn last_time<'r>(remedies: impl Iterator<Item = &'r Remedy>) -> String {
    let told = remedies.last().and_then(Remedy::last_time);
    told.map_or(String::new(), |told| format!(" ({told})"))
}

/// How to have the failed step's remedy carried out, and exactly what that does; empty if only a
/// person can.
pub(super) fn of_step(state: &RunState, view: &StepView) -> String {
    let id = &view.step.id;
    let fix = state.hint(view).and_then(|hint| hint.fix.as_ref());
    match fix.filter(|_| state.may_fix_and_retry(id).is_ok()) {
        Some(fix) => format!(
            "; `switchback resume --fix {id}` does this and retries: {}{}",
            deed::of(&state.plan, view.step.hop, fix),
            last_time(state.remedies_of_step(id))
        ),
        None => String::new(),
    }
}

/// The same of a check that was made and has not passed.
pub(super) fn of_check(state: &RunState, planned: &PlannedCheck) -> String {
    let id = &planned.id;
    let fix = planned.check.fix.as_ref();
    match fix.filter(|_| state.may_fix(id).is_ok()) {
        Some(fix) => format!(
            "; `switchback resume --fix {id}` does this and checks again: {}{}",
            deed::of(&state.plan, planned.hop, fix),
            last_time(state.remedies_of_check(id))
        ),
        None => String::new(),
    }
}
