//! Which services the run has stopped and not started again: if the operator leaves it now, they
//! stay down.

use super::{Road, RunState, StepStatus, StepView};
use crate::model::{record::Undone, rule::Action};

/// Why a service that the run has stopped may be running after all.
#[derive(PartialEq)]
enum Doubt<'s> {
    StartFailed,
    /// The emergency step with this title starts it.
    Pulled(&'s str),
}

impl RunState {
    /// What `stopped` names, in the words of the plan. A doubt that several services share is told
    /// once.
    pub fn stopped_titles(&self) -> Vec<String> {
        let mut all: Vec<(Option<Doubt<'_>>, Vec<String>)> = Vec::new();
        for name in self.stopped() {
            let (doubt, title) = (self.may_run(name), self.plan.title_of_service(name));
            let alike = all
                .iter_mut()
                .find(|(of, _)| doubt.is_some() && *of == doubt);
            match alike {
                Some((_, titles)) => titles.push(title),
                None => all.push((doubt, vec![title])),
            }
        }
        all.into_iter().map(titled).collect()
    }

    /// Why the service may be running nevertheless.
    fn may_run(&self, name: &str) -> Option<Doubt<'_>> {
        if self.start_failed(name) {
            return Some(Doubt::StartFailed);
        }
        let pulled = self.started_by_a_pull(name)?;
        Some(Doubt::Pulled(&pulled.step.title))
    }

    /// The emergency step in force that starts the service. Whether the stop or the pull came last
    /// is not known here.
    fn started_by_a_pull(&self, name: &str) -> Option<&StepView> {
        self.pulled()
            .find(|view| view.step.brings_up().contains(&name))
    }

    /// Whether a step that was to start it failed, was skipped or is unknown: then nobody has seen
    /// that it is down.
    fn start_failed(&self, name: &str) -> bool {
        self.steps.iter().any(|view| {
            let failed = matches!(
                view.status(),
                StepStatus::Road(Road::Failed(_) | Road::Unknown { .. } | Road::Skipped(_))
            );
            failed && view.step.brings_up().contains(&name) && view.touched()
        })
    }

    /// The names of the services that a step has stopped and none has started since, as far as the
    /// rules tell; what a person did besides is not known here. A service that the run itself
    /// started first does not count when a way back stops it: it was not running before.
    pub fn stopped(&self) -> Vec<&str> {
        let mut stopped = Vec::new();
        let (plan, after) = self.steps.split_at(self.plan.steps.len());
        for view in plan.iter().filter(|view| view.was_done()) {
            let before = stopped.len();
            note(view.step.body.action(), &mut stopped);
            if !view.touched() {
                // It was down already.
                stopped.truncate(before);
            }
        }
        // Newest first, as they were undone.
        for (place, view) in plan.iter().enumerate().rev() {
            if let (Some(Undone::Ran), undo @ Some(_)) = (view.undone(), view.step.undo.action()) {
                note(undo, &mut stopped);
                let first = brought_up_first(view, &plan[..place]);
                stopped.retain(|name| !first.contains(name));
            }
        }
        after
            .iter()
            .filter(|view| view.was_done())
            .for_each(|view| {
                note(view.step.body.action(), &mut stopped);
            });
        stopped
    }
}

fn titled((doubt, titles): (Option<Doubt<'_>>, Vec<String>)) -> String {
    let (of_it, them, it) = match titles.len() {
        1 => ("of it", "it", "it may run"),
        _several => ("of them", "them", "they may run"),
    };
    let titles = titles.join(", ");
    match doubt {
        None => titles,
        Some(Doubt::StartFailed) => format!("{titles} (a start {of_it} failed: {it})"),
        Some(Doubt::Pulled(step)) => {
            format!("{titles} (`{step}` is pulled and starts {them}: {it})")
        }
    }
}

/// The services that this step started and no earlier step was about.
fn brought_up_first<'s>(view: &'s StepView, before: &[StepView]) -> Vec<&'s str> {
    let is_about = |view: &StepView, name: &str| {
        let (down, up) = (view.step.takes_down(), view.step.brings_up());
        down.contains(&name) || up.contains(&name)
    };
    let known = |name: &str| {
        let mut before = before.iter().filter(|view| view.touched());
        before.any(|view| is_about(view, name))
    };
    let mut first = view.step.brings_up();
    first.retain(|name| !known(name));
    first
}

fn note<'s>(action: Option<&'s Action>, stopped: &mut Vec<&'s str>) {
    let Some(action) = action else {
        return;
    };
    let up = action.brings_up();
    stopped.retain(|name| !up.contains(name));
    for name in action.takes_down() {
        if !stopped.contains(&name) {
            stopped.push(name);
        }
    }
}
