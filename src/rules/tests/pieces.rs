//! What a rule's step is taken apart into.

use super::{PACK, World};
use crate::model::{
    plan::{PlannedStep, StepBody, Undo},
    rule::Action,
};

const BY_A_PERSON: &str = "
services:
  app:
    title: the app
    ways: [{by: {person: {start: 'Start {{to}}.', stop: 'Stop {{from}}.'}}}]";

/// The steps by name, whether each may be done again and is its own way back, and what a person is
/// asked to do and undo.
fn told(plan: &[PlannedStep]) -> Vec<String> {
    let asked = |action: &Action| match action {
        Action::Ask(ask) => ask.text.clone(),
        _another => String::new(),
    };
    let told = |step: &PlannedStep| {
        let does = match &step.body {
            StepBody::Do(action) => asked(action),
            StepBody::Edit { .. } | StepBody::Write { .. } => String::new(),
        };
        let undoes = match &step.undo {
            Undo::Action(action) => asked(action),
            _another => String::new(),
        };
        let again = if step.idempotent { "again" } else { "once" };
        format!("{} {again} <{does}> <{undoes}>", step.id)
    };
    plan.iter().map(told).collect()
}

#[test]
fn a_flag_takes_nothing_of_its_step_and_a_person_is_told_the_releases() {
    let rules = "apply:
- id: on
  title: On
  do: {flag: {name: A, value: '1', service: app, check: {file: {path: a}}, ask: 'Keep {{to}}?'}}
  undo: {run: {command: [never]}}
- id: again
  title: Again
  do: {restart: app}";
    let mut world = World::new("", &[rules]);
    world.pack = serde_saphyr::from_str(&format!("{PACK}{BY_A_PERSON}")).expect("a pack");
    let plan = world.plan().expect("a plan");
    assert_eq!(
        told(&plan.steps),
        [
            "h1/on/stop again <Stop 0.0.0.> <Start 1.0.0.>",
            "h1/on/set again <> <>",
            "h1/on/start again <Start 1.0.0.> <Stop 0.0.0.>",
            "h1/on/check again <> <>",
            "h1/on/keep again <Keep 1.0.0?> <>",
            "h1/again/stop once <Stop 0.0.0.> <>",
            "h1/again/start once <Start 1.0.0.> <>",
        ]
    );
    let question = plan.steps.iter().find_map(|step| match &step.body {
        StepBody::Do(Action::Ask(ask)) => ask.undo_to.as_deref(),
        StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => None,
    });
    assert_eq!(question, Some("h1/on/stop"));
}
