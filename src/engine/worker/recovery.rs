//! Takes up a run whose worker ended in the middle of something: collects the ends of its commands,
//! looks at the world and applies the recovery table, as if nothing had interrupted the run.

use super::{Worker, WorkerError, done};
use crate::{
    engine::{
        deed::{
            left_over,
            replace::{Replacement, Side},
        },
        means::{met::Met, sql},
        store::run_dir::step_name,
    },
    model::{
        plan::{PlannedStep, StepBody, Undo},
        record::{Body, Done, Undone},
        rule::Action,
        text::with_causes,
    },
    recover::{self, Recovery, Seen},
    run_state::StepView,
    world::Kept,
};

impl Worker {
    /// Settles what was under way. A fresh run has nothing to settle.
    pub fn settle(&mut self) -> Result<(), WorkerError> {
        let mut shelved = self.await_kept()?;
        self.settle_emergency(&mut shelved)?;
        self.settle_remedy(&mut shelved)?;
        let open: Vec<StepView> = self
            .state
            .steps
            .iter()
            .filter(|view| view.is_in_flight())
            .cloned()
            .collect();
        for view in open {
            let kept = shelved.remove(&step_name(&view.step.id));
            if view.is_undoing() {
                self.settle_undo(&view, kept)?;
            } else {
                self.settle_step(&view.step, kept)?;
            }
        }
        Ok(())
    }

    fn settle_step(&mut self, step: &PlannedStep, kept: Option<Kept>) -> Result<(), WorkerError> {
        match (&step.body, kept) {
            (StepBody::Do(Action::Run(run)), Some(Kept::Ended { end, note })) => {
                self.take_end(step, run, end, &note)
            }
            (StepBody::Do(action), kept) if never_begun(action, kept.as_ref()) => {
                self.settle_step_as(step, Seen::NeverBegun)
            }
            (_, _) => self.settle_by_the_world(step),
        }
    }

    pub(super) fn settle_by_the_world(&mut self, planned: &PlannedStep) -> Result<(), WorkerError> {
        match self.see_in_peace(planned) {
            Ok(seen) => self.settle_step_as(planned, seen),
            Err(why) => self.record(Body::StepUnknown {
                step: planned.id.clone(),
                why,
            }),
        }
    }

    fn settle_step_as(&mut self, planned: &PlannedStep, seen: Seen) -> Result<(), WorkerError> {
        let step = planned.id.clone();
        let recovery = recover::of_step(planned, seen);
        match recovery {
            Recovery::Done => {
                // The contents are right already; a synced swap makes sure that they are durable.
                let replacement = Replacement::of(&self.context, &self.state, planned);
                if let Some(Err(error)) = replacement.map(|one| one.forwards()) {
                    let why = self.context.clean(&with_causes(&error));
                    return self.record(Body::StepUnknown { step, why });
                }
                let detail = "after an interruption".to_owned();
                self.record(done(&step, Done::FoundDone, detail))
            }
            Recovery::NeverBegun | Recovery::Again => self.record(Body::StepReset {
                step,
                no_effect: recovery == Recovery::NeverBegun,
            }),
            Recovery::Ask(why) => self.record(Body::StepUnknown {
                step,
                why: why.to_owned(),
            }),
        }
    }

    /// What the world shows when nothing that the step started is at work any more; an error says
    /// what still is.
    fn see_in_peace(&self, step: &PlannedStep) -> Result<Seen, String> {
        let seen = self.see(step);
        // Whoever manages a service has no shim: it may be at work on what looks done.
        let of_service = matches!(
            step.body,
            StepBody::Do(Action::Start(_) | Action::Stop(_) | Action::Restart(_))
        );
        if step.body.file().is_some() || seen == Seen::Done && !of_service {
            return Ok(seen);
        }
        let waited = left_over::wait(&self.context, &self.urgent.arm())?;
        Ok(if waited { self.see(step) } else { seen })
    }

    fn settle_undo(&mut self, view: &StepView, kept: Option<Kept>) -> Result<(), WorkerError> {
        match (&view.step.undo, kept) {
            (Undo::Action(Action::Run(run)), Some(Kept::Ended { end, note })) => {
                self.take_undo_end(&view.step, run, end, &note)
            }
            (Undo::Action(action), kept) if never_begun(action, kept.as_ref()) => {
                self.settle_undo_as(view, Seen::NeverBegun)
            }
            (_, _) => self.settle_undo_by_the_world(view),
        }
    }

    /// Settles an undo by what the world shows; else it is begun again, or a person has to say.
    pub(super) fn settle_undo_by_the_world(&mut self, view: &StepView) -> Result<(), WorkerError> {
        let in_peace = match &view.step.undo {
            Undo::File => Ok(false),
            _another_undo => left_over::wait(&self.context, &self.urgent.arm()),
        };
        match in_peace {
            Ok(_) => self.settle_undo_as(view, self.see(&view.step)),
            Err(still_at_work) => self.undo_unknown(&view.step, still_at_work),
        }
    }

    fn settle_undo_as(&mut self, view: &StepView, seen: Seen) -> Result<(), WorkerError> {
        match recover::of_undo(&view.step, view.was_done(), seen) {
            Recovery::Done => self.record(Body::UndoDone {
                step: view.step.id.clone(),
                how: Undone::NothingToDo,
                detail: "found undone after an interruption".to_owned(),
            }),
            // It will be undone as the way back goes on.
            Recovery::NeverBegun | Recovery::Again => Ok(()),
            Recovery::Ask(why) => self.undo_unknown(&view.step, format!("interrupted; {why}")),
        }
    }

    fn undo_unknown(&mut self, step: &PlannedStep, error: String) -> Result<(), WorkerError> {
        self.record(Body::UndoFailed {
            step: step.id.clone(),
            error,
            unknown: true,
        })
    }

    /// What the world shows of a step's effect.
    pub(super) fn see(&self, step: &PlannedStep) -> Seen {
        if step.body.file().is_some() {
            let Some(replacement) = Replacement::of(&self.context, &self.state, step) else {
                return Seen::Old;
            };
            return match replacement.side() {
                Ok(Side::New) => Seen::New,
                Ok(Side::Old) => Seen::Old,
                Ok(Side::Other) => Seen::Other,
                Err(_) => Seen::Nothing,
            };
        }
        let Some(done_if) = &step.done_if else {
            return Seen::Nothing;
        };
        match self.look(done_if, step.hop).met {
            Met::Yes => Seen::Done,
            Met::No => Seen::NotDone,
            Met::Unclear => Seen::Nothing,
        }
    }

    /// Whether the step has no effect at all unless it is done.
    pub(super) fn all_or_nothing(&self, step: &PlannedStep) -> bool {
        match &step.body {
            StepBody::Do(Action::Sql(rule)) => sql::all_or_nothing(&self.context, rule, step.hop),
            StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => false,
        }
    }
}

/// Whether the action certainly did not begin: a command leaves its papers before it starts.
pub(super) fn never_begun(action: &Action, kept: Option<&Kept>) -> bool {
    matches!(
        (action, kept),
        (Action::Run(_), None | Some(Kept::NeverBegun))
    )
}
