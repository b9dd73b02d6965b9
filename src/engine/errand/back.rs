//! The ways back: of the whole run, and of its last steps. Neither is done before an undo that
//! failed was tried again, once.

use super::{Errand, Next, Stop, remedy, skip};
use crate::{
    engine::link::handle::Ask,
    model::ids::StepId,
    run_state::{Back, RunState, Stage, StepView},
};

impl Errand {
    pub(super) fn step_back(&self, state: &RunState, to: &StepId, reason: &str) -> Next {
        let ask = Ask::StepBack {
            to: to.clone(),
            reason: reason.to_owned(),
        };
        if self.moved(&ask, state) {
            let why = "undone down to there; `switchback resume` runs it again".to_owned();
            return Next::Stop(Stop::Waiting, why);
        }
        self.once(ask, Stop::Failed)
    }

    /// An interrupted way back to an earlier step comes to its end first.
    pub(super) fn stepping_back(&self, state: &RunState) -> Next {
        match self.stuck(
            state,
            "take back the whole run with `switchback rollback --yes`",
        ) {
            Some(stuck) => stuck,
            None => self.again(Ask::RetryUndo, state, Stop::Failed),
        }
    }

    /// Every undo, then the steps and the checks after them.
    pub(super) fn back(&self, state: &RunState) -> Next {
        let by_hand = "restore by hand: `switchback status` names the run's folder, and \
                       backup/RESTORE.md in it says how";
        if let Some(stuck) = self.stuck(state, by_hand) {
            return stuck;
        }
        let after = state.steps_after();
        for view in after {
            if let Some(why) = view.unknown() {
                return self.unknown(view, why);
            }
        }
        if let Some(view) = after.iter().find(|view| view.is_running()) {
            return self.person(view);
        }
        if self.has_tried() {
            if let Some(failed) = after.iter().find_map(|view| failed(state, view)) {
                return failed;
            }
            let checks = &state.plan.rollback.checks;
            if let Some(stop) = self.checks(state, checks, Ask::Check) {
                return stop;
            }
        }
        self.again(Ask::RetryUndo, state, Stop::Stuck)
    }

    /// An undo that failed is tried again; one that failed before the eyes of this errand is for a
    /// person to mend, `or` to leave.
    fn stuck(&self, state: &RunState, or: &str) -> Option<Next> {
        let failed = state.steps.iter().find_map(|view| match view.stage() {
            Stage::Back(Back::Failed { error, unknown, .. }) => Some((view, error, *unknown)),
            Stage::Road(_) | Stage::Back(_) => None,
        });
        let (view, error, unknown) = failed?;
        let title = &view.step.title;
        if unknown {
            return Some(self.unknown(view, error));
        }
        if !self.has_tried() {
            return Some(Next::Ask(Ask::RetryUndo));
        }
        let text = format!(
            "`{title}` could not be undone: {error}; mend it and `switchback resume`, {}, or {or}",
            skip::how(&view.step.id)
        );
        Some(Next::Stop(Stop::Stuck, text))
    }

    fn has_tried(&self) -> bool {
        self.asked.iter().any(|(ask, _)| {
            matches!(
                ask,
                Ask::RetryUndo | Ask::SkipUndo { .. } | Ask::Rollback { .. } | Ask::StepBack { .. }
            )
        })
    }
}

fn failed(state: &RunState, view: &StepView) -> Option<Next> {
    let failure = view.failed()?;
    let (title, error) = (&view.step.title, failure.error());
    let remedy = remedy(state, failure.hint());
    let stays: Vec<String> = state
        .not_taken_back()
        .map(|view| format!("`{}`", view.step.title))
        .collect();
    let undone = match stays.as_slice() {
        [] => "everything is undone".to_owned(),
        some => format!(
            "what has a way back is undone, and what {} did stays",
            some.join(", ")
        ),
    };
    let text = format!(
        "{undone}, but `{title}` failed: {error}{remedy}; mend it and `switchback resume`, or {}",
        skip::how(&view.step.id)
    );
    Some(Next::Stop(Stop::Stuck, text))
}
