//! Emergency steps: pulled and released by a person, at any moment. They are beside the road: none
//! is started or repeated automatically, and what happens next is the person's choice.

use super::{Answer, Worker, WorkerError, done, kept::Shelved, recovery::never_begun, refused};
use crate::{
    engine::store::run_dir::step_name,
    model::{
        ids::StepId,
        plan::{PlannedStep, StepBody, Undo},
        record::{Body, Done},
        rule::Action,
    },
    recover::{self, Recovery, Seen},
    run_state::{Back, Road, StepStatus},
    world::Kept,
};

impl Worker {
    pub(super) fn pull(&mut self, id: &StepId) -> Answer {
        let view = self.step(id)?;
        let already = self.already_done(&view.step);
        let (step, by) = (id.clone(), self.who());
        self.record(Body::EmergencyPulled { step, by })?;
        match already {
            // The word for it is the same as after its command: `pulled`.
            Ok(Some(shown)) => {
                let detail = format!("it was so already: {shown}");
                self.record(done(id, Done::AlreadyDone, detail))?;
            }
            // In an emergency, being unable to look must not prevent a step that is safe to repeat.
            Err(error) if !view.step.idempotent => self.cannot_begin(&view.step, error)?,
            Ok(None) | Err(_) => {
                self.carry_out(&view.step)?;
            }
        }
        Ok(())
    }

    pub(super) fn release(&mut self, id: &StepId) -> Answer {
        let view = self.step(id)?;
        let Undo::Action(undo) = &view.step.undo else {
            return refused("the pack has no way to take it back");
        };
        let (step, by) = (id.clone(), self.who());
        self.record(Body::EmergencyReleased { step, by })?;
        let end = self.perform_undo(&view.step, undo);
        self.undo_ended(id.clone(), end)?;
        Ok(())
    }

    /// Looks at what was under way when the program ended; never repeats it by itself.
    pub(super) fn settle_emergency(&mut self, shelved: &mut Shelved) -> Result<(), WorkerError> {
        for view in self.state.emergency.clone() {
            let step = &view.step;
            let kept = shelved.remove(&step_name(&step.id));
            match (view.status(), &step.body, &step.undo, kept) {
                (
                    StepStatus::Road(Road::Running { .. }),
                    StepBody::Do(Action::Run(run)),
                    _,
                    Some(Kept::Ended { end, note }),
                ) => self.take_end(step, run, end, &note)?,
                (
                    StepStatus::Back(Back::Undoing { .. }),
                    _,
                    Undo::Action(Action::Run(run)),
                    Some(Kept::Ended { end, note }),
                ) => self.take_undo_end(step, run, end, &note)?,
                (StepStatus::Road(Road::Running { .. }), _, _, kept) => {
                    self.settle_pull(step, kept.as_ref())?;
                }
                (StepStatus::Back(Back::Undoing { .. }), _, _, kept) => {
                    self.settle_release(step, kept.as_ref())?;
                }
                (_ended, _, _, _) => {}
            }
        }
        Ok(())
    }

    fn settle_pull(&mut self, step: &PlannedStep, kept: Option<&Kept>) -> Result<(), WorkerError> {
        let (seen, detail) = match &step.body {
            StepBody::Do(action) if never_begun(action, kept) => (Seen::NeverBegun, String::new()),
            _it_may_have_begun => match self.already_done(step) {
                Ok(Some(shown)) => (Seen::Done, format!("found done: {shown}")),
                Ok(None) => (Seen::NotDone, String::new()),
                Err(why) => (Seen::Nothing, why),
            },
        };
        let step = step.id.clone();
        self.record(match recover::of_pull(seen) {
            Recovery::Done => done(&step, Done::FoundDone, detail),
            Recovery::NeverBegun | Recovery::Again => Body::StepFailed {
                step,
                error: "interrupted before it was started".to_owned(),
                hint: None,
                took_ms: 0,
                no_effect: true,
            },
            Recovery::Ask(why) => Body::StepUnknown {
                step,
                why: why.to_owned(),
            },
        })
    }

    fn settle_release(
        &mut self,
        step: &PlannedStep,
        kept: Option<&Kept>,
    ) -> Result<(), WorkerError> {
        let begun = match &step.undo {
            Undo::Action(action) => !never_begun(action, kept),
            _no_release => true,
        };
        self.record(Body::UndoFailed {
            step: step.id.clone(),
            error: match begun {
                true => "interrupted; nothing shows whether it was taken back",
                false => "interrupted before it was started",
            }
            .to_owned(),
            unknown: begun,
        })
    }
}
