//! Emergency steps: pulled and taken back by a person, at any moment. They are beside the road:
//! none begins by itself, none is repeated by itself, and what follows is the person's choice.

use super::{Answer, Worker, WorkerError, kept::Found, refused};
use crate::{
    engine::store::run_dir::step_name,
    model::{
        ids::StepId,
        plan::{StepBody, Undo},
        record::{Body, Done, Undone},
        rule::Action,
    },
    run_state::{Back, Road, Stage, StepView},
    world::Kept,
};

impl Worker {
    pub(super) fn pull(&mut self, id: &StepId) -> Answer {
        let view = self.step(id)?;
        let already = self.already_done(&view.step);
        let (step, by) = (id.clone(), self.who());
        self.record(Body::EmergencyPulled { step, by })?;
        match already {
            Ok(Some(detail)) => self.record(Body::StepDone {
                step: id.clone(),
                how: Done::AlreadyDone,
                detail,
                rows: 0,
                took_ms: 0,
            })?,
            // In an emergency not being able to look is no reason not to act, where that is safe.
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
            return refused("the pack says no way to take it back");
        };
        let (step, by) = (id.clone(), self.who());
        self.record(Body::EmergencyReleased { step, by })?;
        match self.perform_undo(&view.step, undo) {
            Ok(detail) => self.record(Body::UndoDone {
                step: id.clone(),
                how: Undone::Ran,
                detail,
            })?,
            Err(error) => {
                self.record(Body::UndoFailed {
                    step: id.clone(),
                    error: self.context.clean(&error.told().0),
                    unknown: error.is_lost(),
                })?;
            }
        }
        Ok(())
    }

    /// What was under way when the program ended is looked at, and never done again by itself.
    pub(super) fn settle_emergency(&mut self, found: &mut Found) -> Result<(), WorkerError> {
        for view in self.state.emergency.clone() {
            let step = view.step.id.clone();
            if self.take_emergency_end(&view, found)? {
                continue;
            }
            let body = match view.stage() {
                Stage::Road(Road::Running { .. }) => match self.already_done(&view.step) {
                    Ok(Some(detail)) => Body::StepDone {
                        step,
                        how: Done::FoundDone,
                        detail,
                        rows: 0,
                        took_ms: 0,
                    },
                    Ok(None) | Err(_) => Body::StepUnknown {
                        step,
                        why: "it was pulled, and nothing shows whether it came to its end"
                            .to_owned(),
                    },
                },
                Stage::Back(Back::Undoing { .. }) => Body::UndoFailed {
                    step,
                    error: "interrupted; nothing shows whether it was taken back".to_owned(),
                    unknown: true,
                },
                Stage::Road(
                    Road::Waiting(_)
                    | Road::Done { .. }
                    | Road::Failed(_)
                    | Road::Unknown { .. }
                    | Road::Skipped(_)
                    | Road::WillNotRun { .. },
                )
                | Stage::Back(Back::Undone { .. } | Back::Failed { .. } | Back::Skipped(_)) => {
                    continue;
                }
            };
            self.record(body)?;
        }
        Ok(())
    }

    /// Whether a command that outlived the worker tells what became of the step.
    fn take_emergency_end(
        &mut self,
        view: &StepView,
        found: &mut Found,
    ) -> Result<bool, WorkerError> {
        let step = &view.step;
        let Some(Kept::Ended { end, note }) = found.remove(&step_name(&step.id)) else {
            return Ok(false);
        };
        match (view.stage(), &step.body, &step.undo) {
            (Stage::Road(Road::Running { .. }), StepBody::Do(Action::Run(run)), _) => {
                self.take_end(step, run, end, &note)?;
            }
            (Stage::Back(Back::Undoing { .. }), _, Undo::Action(Action::Run(run))) => {
                self.take_undo_end(step, run, end, &note)?;
            }
            (_, _, _) => return Ok(false),
        }
        Ok(true)
    }
}
