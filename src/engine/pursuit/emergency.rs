//! An errand of one emergency step: pulled, taken back or judged, and nothing of the road.

use super::{Next, Pursuit, remedy};
use crate::{
    engine::{
        errand::{Lever, Stop},
        link::handle::Ask,
    },
    model::ids::StepId,
    run_state::{Back, Road, RunState, StepStatus, StepView},
};

impl Pursuit {
    pub(super) fn emergency(&self, state: &RunState, id: &StepId, lever: Lever) -> Next {
        let step = id.clone();
        let ask = match lever {
            Lever::Pull => Ask::Pull(step),
            Lever::Release => Ask::Release(step),
            Lever::Judge(done) => Ask::Judge { step, done },
        };
        let Some(view) = state.emergency_step(id) else {
            return self.stopped(Stop::Usage);
        };
        let title = &view.step.title;
        if view.must_be_judged() && !matches!(lever, Lever::Judge(_)) {
            return Next::Stop(Stop::Unknown, to_be_judged(state, view));
        }
        if !self.was_asked(&ask) {
            return Next::Ask(ask);
        }
        if let Some(why) = &self.unmet {
            return Next::Stop(Stop::Failed, why.clone());
        }
        match (view.status(), lever) {
            (StepStatus::Road(Road::Done { .. }), Lever::Pull) => {
                let holds = if view.is_over() { "was" } else { "is" };
                Next::Stop(Stop::Done, format!("`{title}` {holds} pulled"))
            }
            (StepStatus::Back(Back::Undone { .. }), Lever::Release) => {
                Next::Stop(Stop::Done, format!("`{title}` is taken back"))
            }
            (_, Lever::Judge(_)) if !view.must_be_judged() => {
                Next::Stop(Stop::Done, "noted".to_owned())
            }
            (StepStatus::Road(Road::Failed(failure)), Lever::Pull) => {
                let (error, remedy) = (failure.error(), remedy(state, view));
                let text = format!("`{title}` was not done: {error}{remedy}");
                Next::Stop(Stop::Failed, text)
            }
            (StepStatus::Back(Back::Failed { error, .. }), Lever::Release) => Next::Stop(
                Stop::Stuck,
                format!("`{title}` could not be taken back: {error}"),
            ),
            (_, Lever::Pull | Lever::Release | Lever::Judge(_)) => self.stopped(Stop::Failed),
        }
    }
}

/// Says that a person must first judge this step, or its undo, because its outcome is unknown.
pub fn to_be_judged(run: &RunState, view: &StepView) -> String {
    let (title, id) = (&view.step.title, &view.step.id);
    let what = if view.undo_failed() {
        "taken back"
    } else {
        "done"
    };
    let why = view.because().unwrap_or_default();
    format!(
        "nobody knows whether `{title}` was {what}: {why}; look, then run `switchback emergency {} \
         {id} --done --yes` or `--not-done --yes`",
        run.run
    )
}
