//! Tries a plan's checks and steps on a machine simulated by a test case. `done_if` works as in a
//! run; nothing is recorded, and nobody is asked.

use super::{
    deed::action,
    look::probe,
    means::{
        context::{Context, ContextError},
        listener::unheard,
        met::{Looked, Met},
    },
    store::run_dir::StateDir,
};
use crate::{
    model::{
        ids::{InputName, RunId},
        plan::{Plan, PlannedCheck, PlannedStep, StepBody},
        record::CheckVerdict,
        text::Secret,
    },
    rules::{case::StepEnds, pack::LoadedPack},
    world::{Cancel, World},
};
use std::{collections::BTreeMap, sync::Arc};

pub struct Trial {
    context: Context,
}

impl Trial {
    pub fn new(
        world: World,
        plan: Plan,
        pack: LoadedPack,
        answers: BTreeMap<InputName, Secret>,
    ) -> Result<Self, ContextError> {
        let dir = StateDir::new("/state".into()).run(&RunId::new("trial"));
        let context = Context::new(world, dir, Arc::new(plan), pack, answers)?;
        Ok(Self { context })
    }

    pub fn plan(&self) -> &Plan {
        &self.context.plan
    }

    pub fn check(&self, planned: &PlannedCheck) -> (CheckVerdict, String) {
        let never = Cancel::default();
        probe::check(self.context.scope(planned.hop, &never), &planned.check)
    }

    /// How a step ends, and why. A step that changes a file always counts as done: the resulting
    /// text is compared with the files of the case.
    pub fn step(&self, step: &PlannedStep) -> (StepEnds, String) {
        let (context, never) = (&self.context, Cancel::default());
        let scope = context.scope(step.hop, &never);
        let look = || {
            let probe = step.done_if.as_ref()?;
            Some(probe::look(scope, probe))
        };
        if let Some(Looked { met, told }) = look() {
            match met {
                Met::Yes => return (StepEnds::AlreadyDone, told),
                Met::Unclear => return (StepEnds::Failed, told),
                Met::No => {}
            }
        }
        let StepBody::Do(action) = &step.body else {
            return (StepEnds::Done, String::new());
        };
        let end = unheard(|nobody| action::perform(scope, action, nobody));
        match end {
            Err(error) => (StepEnds::Failed, context.clean(&error.told().0)),
            Ok(performed) => match look() {
                Some(looked) if !looked.is_yes() => (StepEnds::Failed, looked.told),
                Some(_) | None => (StepEnds::Done, performed.detail),
            },
        }
    }
}
