//! The ways back: of the whole run, and of its last steps. A failed undo is retried once before
//! either goes on.

use super::{Next, Pursuit, remedy, skip};
use crate::{
    engine::{errand::Stop, link::handle::Ask},
    model::{ids::StepId, path::RelPath},
    run_state::{Back, RunState, StepStatus, StepView},
};

impl Pursuit {
    pub(super) fn step_back(&self, state: &RunState, to: &StepId, reason: &str) -> Next {
        let ask = Ask::StepBack {
            to: to.clone(),
            reason: reason.to_owned(),
        };
        let waits_there = || state.step(to).is_some_and(StepView::waits_again);
        if self.moved(&ask, state) || waits_there() {
            let why = "undone down to there; `switchback resume` runs it again".to_owned();
            return Next::Stop(Stop::Waiting, why);
        }
        self.once(ask, Stop::Failed)
    }

    /// An interrupted way back to an earlier step comes to its end first.
    pub(super) fn stepping_back(&self, state: &RunState) -> Next {
        match self.stuck(
            state,
            "roll the whole run back with `switchback rollback --yes`",
        ) {
            Some(stuck) => stuck,
            None => self.again(Ask::RetryUndo, state, Stop::Failed),
        }
    }

    /// Every undo, then the rollback's own steps and checks.
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
        let unseen = |view: &StepView| view.failed().is_some() && self.errand.is_unseen(view);
        if self.has_tried() || after.iter().any(unseen) {
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

    /// A failed undo is retried once; if it fails during this errand, a person must fix it, or take
    /// the alternative `or`.
    fn stuck(&self, state: &RunState, or: &str) -> Option<Next> {
        let failed = state.steps.iter().find_map(|view| match view.status() {
            StepStatus::Back(Back::Failed { error, unknown, .. }) => Some((view, error, *unknown)),
            StepStatus::Road(_) | StepStatus::Back(_) => None,
        });
        let (view, error, unknown) = failed?;
        let title = &view.step.title;
        if unknown {
            return Some(self.unknown(view, error));
        }
        if !self.has_tried() && !self.errand.is_unseen(view) {
            return Some(Next::Ask(Ask::RetryUndo));
        }
        let begun = state.rollback.as_ref();
        let asks = view.step.body.file().is_some() && begun.is_some_and(|it| !it.over_later_edits);
        let aside = match asks {
            true => {
                ", put aside what somebody edited there since with `switchback rollback --yes \
                 --over-later-edits`"
            }
            false => "",
        };
        let text = format!(
            "`{title}` could not be undone: {error}; fix it and `switchback resume`{aside}, {}, or {or}",
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

/// The final message of a way back that undid everything that has an undo.
pub(super) fn whole(state: &RunState) -> Next {
    let left = match stays(state).as_slice() {
        [] => String::new(),
        some => format!("what {} did stays, as its pack says; ", some.join(", ")),
    };
    Next::Stop(
        Stop::Done,
        format!("rolled back; {left}{}{}", files(state), lost(state)),
    )
}

/// The final message of one that left something, whoever asked for it: the old release, on top of
/// what remains, may answer and still be broken.
pub(super) fn in_part(state: &RunState) -> Next {
    let look = format!(
        "so check whether {} works with it; backup/RESTORE.md in the run's folder, which \
         `switchback status` names, says how to put back what was saved",
        state.plan.from
    );
    let left = match stays(state).as_slice() {
        [] => String::new(),
        some => format!(
            "what {} did was not undone and stays, {look}; ",
            some.join(", ")
        ),
    };
    let text = format!(
        "rolled back in part: {left}`switchback report` lists all that is not back; {}{}",
        files(state),
        lost(state)
    );
    Next::Stop(Stop::Stuck, text)
}

fn stays(state: &RunState) -> Vec<String> {
    let stays = state.not_taken_back();
    stays.map(|view| format!("`{}`", view.step.title)).collect()
}

/// What the undos have destroyed: it is not for the report alone.
fn lost(state: &RunState) -> String {
    match state.destroyed().as_slice() {
        [] => String::new(),
        lost => format!("; lost: {}", lost.join("; ")),
    }
}

/// What became of the files: which of them are not what they were, and what was put aside.
fn files(state: &RunState) -> String {
    let changed = state.changed_by_rollback();
    let changed: Vec<&str> = changed.iter().map(|(file, _)| file.as_str()).collect();
    let left = state
        .not_taken_back()
        .filter_map(|view| view.step.body.file());
    let left: Vec<&str> = left.map(RelPath::as_str).collect();
    let but = |files: &[&str], why: &str| match files {
        [] => String::new(),
        files => format!(" but {}, {why}", files.join(", ")),
    };
    let but = [
        but(&left, "whose undo was skipped"),
        but(
            &changed,
            "which the last steps of the rollback changed again",
        ),
    ];
    let aside = state.steps.iter().flat_map(|view| &view.later_edits);
    let aside: Vec<&str> = aside.map(|(_, saved_as)| saved_as.as_str()).collect();
    let aside = match aside.as_slice() {
        [] => String::new(),
        aside => format!(
            "; what somebody had edited since is in later-edits of the run's folder, which \
             `switchback status` names: {}",
            aside.join(", ")
        ),
    };
    format!("every file it edited is as it was{}{aside}", but.concat())
}

fn failed(state: &RunState, view: &StepView) -> Option<Next> {
    let failure = view.failed()?;
    let (title, error) = (&view.step.title, failure.error());
    let remedy = remedy(state, view);
    let undone = match stays(state).as_slice() {
        [] => "everything is undone".to_owned(),
        some => format!(
            "what can be undone is undone, and what {} did stays",
            some.join(", ")
        ),
    };
    let text = format!(
        "{undone}, but `{title}` failed: {error}{remedy}; fix it and `switchback resume`, or {}",
        skip::how(&view.step.id)
    );
    Some(Next::Stop(Stop::Stuck, text))
}
