//! Services in a plan: the way that applies to each, and what a start, a stop and a restart become.
//!
//! A restart is a stop and a start, so that each can be verified by looking. A stop is undone by a
//! start, but not if the service is started at another point of the way back: where the rollback's
//! own steps start it, or an earlier step of the path did, it stays stopped until then.

use super::{
    Made,
    error::Open,
    piece::{Part, Piece},
};
use crate::{
    model::{
        plan::{PlannedStep, StepBody, Undo},
        rule::{Action, Ask, Manager, Probe, Service, ServiceProbe, ServiceState, Start, Step},
        template::Template,
    },
    rules::condition::{Facts, applies},
};
use std::collections::{BTreeMap, BTreeSet};

/// The services of the pack, each with the way that applies.
pub(super) fn services(made: Made) -> BTreeMap<String, Service> {
    let resolved = |(name, service): (&String, &Service)| {
        let mut service = service.clone();
        let way = way(&service, &made.facts);
        service.ways = way
            .map(|n| service.ways.swap_remove(n))
            .into_iter()
            .collect();
        (name.clone(), service)
    };
    made.case.pack.services.iter().map(resolved).collect()
}

fn way(service: &Service, facts: &Facts) -> Option<usize> {
    let mut ways = service.ways.iter();
    ways.position(|way| applies(way.when.as_ref(), facts))
}

/// Services that a step of the path starts or stops, but for which no way applies here.
pub(super) fn without_a_way(made: Made) -> Vec<Open> {
    let mut names = BTreeSet::new();
    for (_, hop) in made.case.hops_on_path() {
        names.extend(touched(made, hop.steps()));
    }
    let known = names.into_iter().filter_map(|name| {
        let service = made.case.pack.services.get(name)?;
        let none = way(service, &made.facts).is_none();
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

pub(super) fn stop(made: Made, planned: &[PlannedStep], step: &Step, name: &str) -> Piece {
    let (action, stopped) = stopped(made, name);
    let undo = if started_elsewhere(made, planned, name) {
        stopping(name)
    } else {
        starting_again(made, name)
    };
    Piece::whole(step, action)
        .undo(undo)
        .done_if(stopped)
        .with_ends_of(step)
}

pub(super) fn restart(made: Made, step: &Step, start: &Start, part: Part) -> Vec<Piece> {
    let name = &start.service;
    let piece = |word: &str, (action, done_if): (Action, Probe)| {
        Piece::part(step, word, word, StepBody::Do(action))
            .undo(stopping(name))
            .done_if(done_if)
            .with_ends_of(step)
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
    Undo::Action(Action::Start(Start {
        service: name.to_owned(),
        release: release(made, name, "{{from}}"),
    }))
}

pub(super) fn started(made: Made, start: &Start, part: Part) -> (Action, Probe) {
    let name = &start.service;
    let wanted = match part {
        Part::Apply => "{{to}}",
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
fn by_person<'a>(
    made: Made<'a>,
    name: &str,
    action: Action,
    words: impl Fn(&'a String, &'a String) -> &'a String,
) -> Action {
    let service = made.case.pack.services.get(name);
    let way = service.and_then(|service| Some(&service.ways[way(service, &made.facts)?].by));
    match way {
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

/// Whether something starts the service after all steps are undone, or an earlier step had started
/// it: then the stop has no undo of its own.
fn started_elsewhere(made: Made, planned: &[PlannedStep], name: &str) -> bool {
    let starts = |step: &PlannedStep| step.body.action().and_then(Action::starts) == Some(name);
    let earlier = planned.iter().any(starts);
    earlier || restarts(made).contains(name) || back_at_the_end(made, name)
}

fn back_at_the_end(made: Made, name: &str) -> bool {
    made.case.hops_on_path().any(|(_, hop)| {
        let starts = hop.rollback_steps().iter();
        let starts = starts.filter(|step| step.action.starts().is_some());
        touched(made, starts).any(|started| started == name)
    })
}

/// Services that ran before the upgrade and that it restarts, with no start or stop before that.
fn restarts<'a>(made: Made<'a>) -> BTreeSet<&'a str> {
    let roads = made.case.hops_on_path();
    let steps = roads.flat_map(|(_, hop)| hop.before.iter().chain(&hop.apply));
    let mut first: BTreeMap<&str, bool> = BTreeMap::new();
    for step in steps.filter(|step| applies(step.when.as_ref(), &made.facts)) {
        for name in step.action.services() {
            let restarted = matches!(step.action, Action::Restart(_));
            first.entry(name).or_insert(restarted);
        }
    }
    let restarted = first.into_iter().filter(|(_, restarted)| *restarted);
    restarted.map(|(name, _)| name).collect()
}

/// Steps that the way back needs but the pack does not list: a service that the upgrade restarted
/// is started when everything is back, not before.
pub(super) fn steps_at_the_end(made: Made) -> Vec<Step> {
    let missing = restarts(made)
        .into_iter()
        .filter(|name| !back_at_the_end(made, name));
    let step = |name: &str| {
        let title = title(made, name);
        let start = Action::Start(Start {
            service: name.to_owned(),
            release: None,
        });
        Step::new(
            format!("start-{name}"),
            format!("Start {title} again"),
            start,
        )
    };
    missing.map(step).collect()
}

/// The name of a service for people.
pub(super) fn title<'a>(made: Made<'a>, name: &'a str) -> &'a str {
    let known = made.case.pack.services.get(name);
    known.map_or(name, |service| &service.title)
}
