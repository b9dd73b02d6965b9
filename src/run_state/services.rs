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
    /// records tell: a command says so only if it is one of Docker Compose, and what a person did
    /// beside them is not known here. One that the run itself started first is not left stopped by a
    /// way back that stops it: it did not run before.
    pub fn stopped(&self) -> Vec<&str> {
        let mut stopped = Vec::new();
        let (plan, after) = self.steps.split_at(self.plan.steps.len());
        plan.iter().filter(|view| was_done(view)).for_each(|view| {
            note(&view.step.body, &mut stopped);
        });
        // Newest first, as they were undone.
        for (place, view) in plan.iter().enumerate().rev() {
            if let (
                StepState::Undone {
                    how: Undone::Ran, ..
                },
                Undo::Action(undo),
            ) = (&view.state, &view.step.undo)
            {
                match started_first(view, &plan[..place]) {
                    Some(service) => stopped.retain(|name| *name != service),
                    None => note_undo(view, undo, &plan[..place], &mut stopped),
                }
            }
        }
        after.iter().filter(|view| was_done(view)).for_each(|view| {
            let end = Undo::AtTheEnd(view.step.id.clone());
            for undone in plan.iter().filter(|undone| undone.step.undo == end) {
                stopped.retain(|name| !undone.step.stops().contains(name));
            }
            note(&view.step.body, &mut stopped);
        });
        stopped
    }
}

/// The service that this step started and that no step before it was about.
fn started_first<'s>(view: &'s StepView, before: &[StepView]) -> Option<&'s str> {
    let StepBody::Do(Action::Start(Start { service, .. })) = &view.step.body else {
        return None;
    };
    let mut before = before.iter().filter(|view| view.touched());
    let known = before.any(|view| of_service(&view.step.body) == Some(service));
    (!known).then_some(service)
}

fn of_service(body: &StepBody) -> Option<&str> {
    match body {
        StepBody::Do(
            Action::Stop(service)
            | Action::Start(Start { service, .. })
            | Action::Restart(Start { service, .. }),
        ) => Some(service),
        _it_is_about_no_service => None,
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

/// A command that takes a stop back starts what was stopped, whatever its words are; one that takes a
/// start back is known to leave stopped only what the run itself had stopped before.
fn note_undo<'s>(
    view: &'s StepView,
    undo: &'s Action,
    before: &[StepView],
    stopped: &mut Vec<&'s str>,
) {
    match undo {
        Action::Run(_) => {
            stopped.retain(|name| !view.step.stops().contains(name));
            let by_the_run = |name: &&str| {
                let mut before = before.iter().filter(|view| view.touched());
                before.any(|view| view.step.stops().contains(name))
            };
            stopped.retain(|name| !undo.starts_again(name));
            add(undo.stops().into_iter().filter(by_the_run), stopped);
        }
        _an_action_of_a_service => note_action(undo, stopped),
    }
}

fn note_action<'s>(action: &'s Action, stopped: &mut Vec<&'s str>) {
    stopped.retain(|name| !action.starts_again(name));
    add(action.stops().into_iter(), stopped);
}

fn add<'s>(names: impl Iterator<Item = &'s str>, stopped: &mut Vec<&'s str>) {
    for name in names {
        if !stopped.contains(&name) {
            stopped.push(name);
        }
    }
}
