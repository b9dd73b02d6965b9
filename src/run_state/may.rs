//! What may be asked of a run in its present state: one function for each request, which says yes
//! or, in words for a person, why not. The worker refuses requests by it and the screens offer
//! their keys by it, so nothing is offered that would be refused, and such conditions stand nowhere
//! else.
//!
//! What is decided elsewhere, and why:
//! - Whether the worker is free and who holds the run: this changes without a record, so the desk
//!   and the front ends know it.
//! - What the product shows: only a look can tell, so the worker looks and records what it finds.
//! - On which screen, and for which row, a key is offered: each screen decides, and may offer less,
//!   never more.
//! - What a journal may hold: the fold accepts whatever a worker of any release has written, even
//!   where today's would refuse. It rejects only what would leave the state without a meaning.

mod back;
mod checks;
mod emergency;

use super::{Road, RunState, StepStatus, StepView};
use crate::model::{
    ids::StepId,
    plan::{Plan, StepBody},
    record::{Phase, RunEnd},
    rule::Action,
};

/// Yes, or why not.
pub type May = Result<(), String>;

fn no(why: impl Into<String>) -> May {
    Err(why.into())
}

/// Whether a run of this plan can promise to go back by itself.
pub fn may_promise(plan: &Plan) -> May {
    match plan.point_of_no_return() {
        None => Ok(()),
        Some(step) => no(format!(
            "this run has a point of no return, `{}`: it cannot promise to roll back by itself; \
             leave --confirm-within out",
            step.title
        )),
    }
}

impl RunState {
    /// Backs up, verifies the backup and stages the new files. Past that phase there is nothing to
    /// do and nothing to refuse.
    pub fn may_back_up(&self) -> May {
        self.must_not_go_back()?;
        // The backup phase is entered only with no check open, and what failed in it was not a
        // check.
        if self.phase != Phase::Checklist {
            return Ok(());
        }
        match self.open_checks(&self.plan.checklist).len() {
            0 => Ok(()),
            open => no(format!(
                "open checks: {open}; fix them, or waive them with a reason"
            )),
        }
    }

    /// Runs the steps from the next one on; if none is left, makes the checks of verify.
    pub fn may_apply(&self) -> May {
        self.must_be_at_the_steps()?;
        self.next_step().map_or(Ok(()), may_start)
    }

    pub fn may_retry(&self, id: &StepId) -> May {
        self.must_go_forward()?;
        self.must_have_failed(id)?;
        // A step whose undo was skipped may come after others that wait again.
        match self.next_step().filter(|next| next.step.id != *id) {
            Some(next) => no(format!("`{}` comes first", next.step.title)),
            None => Ok(()),
        }
    }

    pub fn may_fix_and_retry(&self, id: &StepId) -> May {
        self.may_retry(id)?;
        match self.step(id).and_then(|view| self.hint(view)) {
            None => no("no known remedy fits this failure"),
            Some(hint) if hint.fix.is_some() => Ok(()),
            Some(_) => no("the known remedy is for a person to carry out"),
        }
    }

    /// Goes on without the step: what it has done so far stays.
    pub fn may_skip(&self, id: &StepId) -> May {
        self.must_go_forward()?;
        match self.of_the_road(id) {
            Some(view) if view.waits_again() => Ok(()),
            Some(_) | None => self.must_have_failed(id),
        }
    }

    /// A person says what became of a step, or of its undo.
    pub fn may_judge(&self, id: &StepId) -> May {
        if !self.step(id).is_some_and(StepView::must_be_judged) {
            return no("only a step whose outcome is unknown is judged");
        }
        match self.emergency_step(id) {
            // Even if the run has ended: the emergency step may still be in force.
            Some(_) => Ok(()),
            None => self.must_be_open(),
        }
    }

    pub fn may_consent(&self, id: &StepId) -> May {
        self.may_apply()?;
        match self.next_step() {
            Some(view) if view.step.id == *id && view.lacks_consent() => Ok(()),
            Some(_) | None => no("the point of no return is not the next step"),
        }
    }

    /// A person says that they have done the step they were asked to do.
    pub fn may_confirm(&self, id: &StepId) -> May {
        self.must_be_open()?;
        let of_now = match (&self.rollback, self.stepping_back()) {
            (Some(_), _) => self.steps_after(),
            // While steps are being undone, none of them is asked of a person.
            (None, Some(_)) => &[],
            (None, None) => &self.steps,
        };
        let asked = |view: &StepView| {
            let by_a_person = matches!(view.step.body, StepBody::Do(Action::Ask(_)));
            view.step.id == *id && view.is_running() && by_a_person
        };
        match of_now.iter().any(asked) {
            true => Ok(()),
            false => no("no person is asked to do this step now"),
        }
    }

    pub fn may_verify(&self) -> May {
        self.must_be_at_the_steps()?;
        match self.next_step() {
            Some(next) => no(format!("`{}` is still to be done", next.step.title)),
            None => Ok(()),
        }
    }

    pub fn may_finish(&self) -> May {
        self.may_verify()?;
        match self.open_checks(&self.plan.verify).len() {
            0 if self.phase == Phase::Verify => Ok(()),
            0 => no("the checks of the new release come first"),
            open => no(format!(
                "checks of the new release that have not passed: {open}"
            )),
        }
    }

    pub fn may_abandon(&self) -> May {
        self.must_not_go_back()?;
        match self.touched() {
            true => no("something was changed already: roll back instead"),
            false => Ok(()),
        }
    }

    pub fn may_confirm_within(&self) -> May {
        if self.end.is_some() || self.rollback.is_some() {
            return no("the run has ended, or is already being rolled back");
        }
        may_promise(&self.plan)
    }

    fn must_be_open(&self) -> May {
        match self.end {
            None => Ok(()),
            Some(_) => no("the run has ended"),
        }
    }

    fn must_not_go_back(&self) -> May {
        self.must_be_open()?;
        match self.rollback {
            None => Ok(()),
            Some(_) => no("the run is being rolled back; `resume` goes on with that"),
        }
    }

    /// Requests about steps on the road are refused while anything is being undone.
    pub fn must_go_forward(&self) -> May {
        self.must_not_go_back()?;
        match self.stepping_back() {
            None => Ok(()),
            Some(_) => no("steps are being undone; go on with that first"),
        }
    }

    fn must_be_at_the_steps(&self) -> May {
        self.must_go_forward()?;
        match self.phase {
            Phase::Checklist | Phase::Backup => no("the backup comes first"),
            Phase::Apply | Phase::Verify | Phase::Rollback => Ok(()),
        }
    }

    /// Steps of the road only: an emergency step that failed is pulled again, by typing.
    fn must_have_failed(&self, id: &StepId) -> May {
        match self.of_the_road(id) {
            Some(view) if view.failed().is_some() => Ok(()),
            Some(view) => no(format!(
                "`{}` has not failed: it is {}",
                view.step.title,
                view.word()
            )),
            None => no(format!("there is no step `{id}`")),
        }
    }

    fn of_the_road(&self, id: &StepId) -> Option<&StepView> {
        self.steps.iter().find(|view| view.step.id == *id)
    }

    /// Whether the run was neither given up nor rolled back: emergency steps may follow an end as
    /// done.
    fn was_not_given_up(&self) -> bool {
        match self.ended() {
            None | Some(RunEnd::Done) => true,
            Some(RunEnd::RolledBack | RunEnd::Abandoned) => false,
        }
    }
}

/// Whether the step can simply be started; if not, what a person has to say first.
fn may_start(view: &StepView) -> May {
    let title = &view.step.title;
    match view.status() {
        StepStatus::Road(Road::Waiting(_)) => Ok(()),
        StepStatus::Road(Road::Running { .. }) => {
            no(format!("`{title}` waits for a person to do it and say so"))
        }
        StepStatus::Road(Road::Failed(_)) => no(format!(
            "`{title}` failed: retry it, skip it with a reason, or roll back"
        )),
        StepStatus::Road(Road::Unknown { .. }) => no(format!(
            "nobody knows whether `{title}` was done: look, and say so"
        )),
        StepStatus::Road(Road::Done { .. } | Road::Skipped(_) | Road::WillNotRun { .. })
        | StepStatus::Back(_) => no(format!("`{title}` is {}", view.word())),
    }
}
