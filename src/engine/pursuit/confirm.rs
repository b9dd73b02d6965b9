//! The end of the road: on its own an errand goes only as far as the confirmation that a person
//! must give; confirming is an errand of its own, which makes no check and does no step.

use super::{Next, Pursuit};
use crate::{
    engine::{errand::Stop, link::handle::Ask},
    model::record::Phase,
    run_state::RunState,
};

impl Pursuit {
    pub(super) fn finish(&self, state: &RunState) -> Next {
        if state.must_be_confirmed() {
            let why = format!(
                "applied, and {}; it rolls back by itself unless somebody runs `switchback confirm`",
                state.tally(&state.plan.verify).words()
            );
            return Next::Stop(Stop::Waiting, why);
        }
        self.once(Ask::Finish, Stop::Blocked)
    }

    pub(super) fn confirm(&self, state: &RunState) -> Next {
        if state.rollback.is_some() {
            let why = "the run is already being rolled back; `switchback resume` goes on with that";
            return Next::Stop(Stop::Stuck, why.to_owned());
        }
        if state.phase != Phase::Verify || state.next_step().is_some() {
            let next = state.next_step();
            let next = next.map_or("the road", |view| view.step.title.as_str());
            let why = format!(
                "there is nothing to confirm yet: `{next}` comes first; `switchback resume` goes on"
            );
            return Next::Stop(Stop::Waiting, why);
        }
        let open = state.open_checks(&state.plan.verify);
        if !open.is_empty() {
            let titles: Vec<&str> = open
                .iter()
                .map(|check| check.check.title.as_str())
                .collect();
            let why = format!(
                "not confirmed: these checks of the new release have not passed: {}; `switchback \
                 resume` makes them again",
                titles.join(", ")
            );
            return Next::Stop(Stop::Blocked, why);
        }
        self.once(Ask::Finish, Stop::Blocked)
    }
}
