//! Services in a plan: the way that applies to each, and what a start, a stop and a restart become.
//!
//! A restart is a stop and a start, so that each can be verified by looking. On the way back a
//! service is started when all files and data are back, and not before. Only where a stop stands
//! above everything that is taken back is a start its undo; elsewhere the service stays stopped until
//! the rollback's own steps start it, or one that is added to them, or until the undo of an earlier
//! start is reached.

use super::{
    Made,
    error::Open,
    piece::{Part, Piece},
};
use crate::{
    model::{
        plan::{PlannedStep, StepBody, Undo},
        rule::{
            Action, Ask, Manager, Probe, Service, ServiceProbe, ServiceState, Start, Step, WayBack,
        },
        template::Template,
    },
    rules::{condition::applies, filled::settled},
};
use std::collections::{BTreeMap, BTreeSet};

/// The services of the pack, each with the way that applies.
pub(super) fn services(made: Made) -> BTreeMap<String, Service> {
    let all = made.case.pack.services.iter();
    all.map(|(name, service)| (name.clone(), settled(service, &made.facts)))
        .collect()
}

/// Services that a step of the path starts or stops, but for which no way applies here.
pub(super) fn without_a_way(made: Made) -> Vec<Open> {
    let mut names = BTreeSet::new();
    for (_, hop) in made.case.hops_on_path() {
        names.extend(touched(made, hop.steps()));
    }
    let known = names.into_iter().filter_map(|name| {
        let service = made.case.pack.services.get(name)?;
        let none = settled(service, &made.facts).manager().is_none();
        none.then(|| Open::NoWay {
            service: name.to_owned(),
            title: service.title.clone(),
        })
    });
    known.collect()
}

fn touched<'a>(
    made: Made<'a>,
    steps: impl Iterator<Item = &'a Step>,
) -> impl Iterator<Item = &'a str> {
    let steps = steps.filter(move |step| applies(step.when.as_ref(), &made.facts));
    steps.flat_map(|step| step.action.services())
}

pub(super) fn start(made: Made, step: &Step, start: &Start, part: Part) -> Piece {
    let (action, running) = started(made, start, part);
    Piece::whole(step, action)
        .undo(stopping(&start.service))
        .done_if(running)
        .with_ends_of(step)
}

pub(super) fn stop(
    made: Made,
    planned: &[PlannedStep],
    step: &Step,
    name: &str,
    part: Part,
) -> Piece {
    let (action, stopped) = stopped(made, name);
    let undo = match part {
        // Nobody knows which release is installed when it is taken back.
        Part::Emergency => starting(name, None),
        Part::Before | Part::Apply | Part::Rollback => starting_again(made, name),
    };
    let piece = Piece::whole(step, action).undo(undo).done_if(stopped);
    at_its_place(made, planned, step, piece.with_ends_of(step), part)
}

/// The piece of a step, which stays stopped where its undo would start a service too early.
pub(super) fn at_its_place(
    made: Made,
    planned: &[PlannedStep],
    step: &Step,
    piece: Piece,
    part: Part,
) -> Piece {
    match brings_back(step) {
        Some(start) if part != Part::Emergency && waits(made, planned, &start.service) => {
            piece.undo(stopping(&start.service))
        }
        Some(_) | None => piece,
    }
}

pub(super) fn restart(made: Made, step: &Step, start: &Start, part: Part) -> Vec<Piece> {
    let name = &start.service;
    let piece = |word: &str, (action, done_if): (Action, Probe)| {
        let piece = Piece::part(step, word, word, StepBody::Do(action))
            .undo(stopping(name))
            .done_if(done_if)
            .with_ends_of(step);
        match brings_back(step) {
            Some(_) => piece.undo(stopping(name)),
            None => piece,
        }
    };
    vec![
        piece("stop", stopped(made, name)),
        piece("start", started(made, start, part)),
    ]
}

pub(super) fn stopping(name: &str) -> Undo {
    Undo::Action(Action::Stop(name.to_owned()))
}

/// Starts it as the release that ran before the upgrade.
pub(super) fn starting_again(made: Made, name: &str) -> Undo {
    starting(name, release(made, name, "{{from}}"))
}

fn starting(name: &str, release: Option<Template>) -> Undo {
    Undo::Action(Action::Start(Start {
        service: name.to_owned(),
        release,
    }))
}

pub(super) fn started(made: Made, start: &Start, part: Part) -> (Action, Probe) {
    let name = &start.service;
    let wanted = match part {
        Part::Apply | Part::Emergency => "{{to}}",
        Part::Before | Part::Rollback => "{{from}}",
    };
    let release = start
        .release
        .clone()
        .or_else(|| release(made, name, wanted));
    let start = Start {
        service: name.clone(),
        release: release.clone(),
    };
    let action = by_person(made, name, Action::Start(start), |start, _| start);
    (action, look(name, ServiceState::Running, release))
}

pub(super) fn stopped(made: Made, name: &str) -> (Action, Probe) {
    let action = by_person(made, name, Action::Stop(name.to_owned()), |_, stop| stop);
    (action, look(name, ServiceState::Stopped, None))
}

fn look(name: &str, is: ServiceState, release: Option<Template>) -> Probe {
    Probe::Service(ServiceProbe {
        name: name.to_owned(),
        is,
        release,
    })
}

/// If a person runs the service, asks them to do it, and waits as long as it takes.
fn by_person(
    made: Made,
    name: &str,
    action: Action,
    words: impl for<'w> Fn(&'w String, &'w String) -> &'w String,
) -> Action {
    let service = made.case.pack.services.get(name);
    let service = service.map(|service| settled(service, &made.facts));
    match service.as_ref().and_then(Service::manager) {
        Some(Manager::Person { start, stop }) => Action::Ask(Ask {
            text: words(start, stop).clone(),
            shows: None,
            undo_to: None,
        }),
        Some(Manager::Systemd { .. } | Manager::Compose { .. } | Manager::Command { .. })
        | None => action,
    }
}

/// The release to check for, unless the service has no way to tell its release.
fn release(made: Made, name: &str, template: &str) -> Option<Template> {
    let says = made.case.pack.services.get(name)?.release.is_some();
    says.then(|| Template::parse(template).expect("a fixed template"))
}

/// The service that the way back from a step starts: because the step says so, or because it stops
/// it and says nothing.
fn brings_back(step: &Step) -> Option<Start> {
    match (step.way_back(), &step.action) {
        (Some(WayBack::Action(Action::Start(start) | Action::Restart(start))), _) => {
            Some(start.clone())
        }
        (None, Action::Stop(service) | Action::Restart(Start { service, .. })) => Some(Start {
            service: service.clone(),
            release: None,
        }),
        _starts_nothing => None,
    }
}

/// Whether the service has to stay stopped when a step below these is undone: something is still to
/// be taken back, or it is started elsewhere.
fn waits(made: Made, planned: &[PlannedStep], name: &str) -> bool {
    let starts = |step: &PlannedStep| step.body.action().and_then(Action::starts) == Some(name);
    let is_taken_back = |step: &PlannedStep| match &step.undo {
        Undo::File | Undo::Restore(_) | Undo::AtTheEnd(_) => true,
        Undo::Action(undo) => !matches!(undo, Action::Start(_) | Action::Stop(_)),
        Undo::Harmless | Undo::Stays | Undo::Irreversible => false,
    };
    let mut hops = made.case.hops_on_path();
    hops.any(|(_, hop)| !hop.rollback_steps().is_empty())
        || planned
            .iter()
            .any(|step| starts(step) || is_taken_back(step))
}

fn back_at_the_end(made: Made, name: &str) -> bool {
    made.case.hops_on_path().any(|(_, hop)| {
        let starts = hop.rollback_steps().iter();
        let starts = starts.filter(|step| step.action.starts().is_some());
        touched(made, starts).any(|started| started == name)
    })
}

/// Services that ran before the upgrade and that it stops or restarts, with no start before that;
/// the last comes first.
fn stopped_first(made: Made) -> Vec<Start> {
    let roads = made.case.hops_on_path();
    let steps = roads.flat_map(|(_, hop)| hop.before.iter().chain(&hop.apply));
    let mut seen = BTreeSet::new();
    let mut stopped = Vec::new();
    for step in steps.filter(|step| applies(step.when.as_ref(), &made.facts)) {
        let back = brings_back(step).filter(|start| !seen.contains(&start.service));
        seen.extend(step.action.services().into_iter().map(str::to_owned));
        seen.extend(back.iter().map(|start| start.service.clone()));
        stopped.extend(back);
    }
    stopped.reverse();
    stopped
}

/// Steps that the way back needs but the pack does not list: a service that the upgrade stopped is
/// started when everything is back, unless the undo of the stop does it.
pub(super) fn steps_at_the_end(made: Made, planned: &[PlannedStep]) -> Vec<Step> {
    let by_undo = |name: &str| {
        let mut undos = planned.iter().filter_map(|step| step.undo.action());
        let first = undos.find(|undo| undo.services().contains(&name));
        matches!(first, Some(Action::Start(_)))
    };
    let missing = stopped_first(made)
        .into_iter()
        .filter(|start| !back_at_the_end(made, &start.service) && !by_undo(&start.service));
    let step = |start: Start| {
        let title = title(made, &start.service);
        Step::new(
            format!("start-{}", start.service),
            format!("Start {title} again"),
            Action::Start(start),
        )
    };
    missing.map(step).collect()
}

/// The name of a service for people.
pub(super) fn title<'a>(made: Made<'a>, name: &'a str) -> &'a str {
    let known = made.case.pack.services.get(name);
    known.map_or(name, |service| &service.title)
}
