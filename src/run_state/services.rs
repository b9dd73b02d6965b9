//! Which services the run has left stopped: whoever leaves it now leaves them so.

use super::{RunState, StepState, StepView};
use crate::model::{
    plan::{StepBody, Undo},
    record::Undone,
    rule::{Action, Start},
};

impl RunState {
    /// What `stopped` names, in the words of the plan.
    pub fn stopped_titles(&self) -> Vec<String> {
        let stopped = self.stopped().into_iter();
        stopped
            .map(|name| self.plan.title_of_service(name))
            .collect()
    }

    /// The names of services that a step has stopped and none has started since, as far as the
    /// records tell: what a command or a person did beside them is not known here.
    pub fn stopped(&self) -> Vec<&str> {
        let mut stopped = Vec::new();
        let (plan, after) = self.steps.split_at(self.plan.steps.len());
        plan.iter().filter(|view| was_done(view)).for_each(|view| {
            note(&view.step.body, &mut stopped);
        });
        // Newest first, as they were undone.
        for view in plan.iter().rev() {
            if let (
                StepState::Undone {
                    how: Undone::Ran, ..
                },
                Undo::Action(undo),
            ) = (&view.state, &view.step.undo)
            {
                note_action(undo, &mut stopped);
            }
        }
        after.iter().filter(|view| was_done(view)).for_each(|view| {
            note(&view.step.body, &mut stopped);
        });
        stopped
    }
}

fn was_done(view: &StepView) -> bool {
    view.was_done || matches!(view.state, StepState::Done { .. })
}

fn note<'s>(body: &'s StepBody, stopped: &mut Vec<&'s str>) {
    if let StepBody::Do(action) = body {
        note_action(action, stopped);
    }
}

fn note_action<'s>(action: &'s Action, stopped: &mut Vec<&'s str>) {
    match action {
        Action::Stop(name) if !stopped.contains(&name.as_str()) => stopped.push(name),
        Action::Start(Start { service, .. }) | Action::Restart(Start { service, .. }) => {
            stopped.retain(|name| name != service);
        }
        _another_action => {}
    }
}
