//! What the end of a way back takes back: what a step leaves to a step of the rollback, across all
//! hops of a path, and the services that were stopped.

use super::{PACK, World};
use crate::model::{
    ids::StepId,
    plan::{Plan, PlannedCheck, Undo},
    rule::Action,
};

const HOP: &str = "
before:
- {id: stop, title: Stop, do: {run: {command: [stop]}}, undone_by: begin}
- {id: leave, title: Leave, do: {run: {command: [leave]}}, undone_by: other}
rollback:
  steps:
  - {id: begin, title: Begin again, do: {run: {command: [begin]}}, harmless: true}
  - {id: other, title: Other, do: {run: {command: [other]}}, harmless: true, when: {set: NOT_THERE}}
";

#[test]
fn the_step_of_the_rollback_is_named_where_it_is_run_and_nowhere_else() {
    let plan = World::new("", &[HOP, HOP]).plan().expect("a plan");
    // Of two with one id the rollback runs that of the first hop.
    let end = Undo::AtTheEnd(StepId::new("h1/begin"));
    let undos: Vec<&Undo> = plan.steps.iter().map(|step| &step.undo).collect();
    assert_eq!(undos, [&end, &Undo::Stays, &end, &Undo::Stays]);
    assert_eq!(plan.rollback.title_of(&"h1/begin".into()), "Begin again");
}

/// The releases that a way back refers to are those at the start of the path.
#[test]
fn what_must_hold_after_the_rollback_is_said_by_the_first_hop_and_at_the_end_of_the_road_by_the_last()
 {
    let hop = |release: &str| {
        let page = "probe: {port: {port: '1', open: true}}";
        format!(
            "verify: [{{id: new, title: 'new, from {release}', {page}}}]
rollback:
  steps: [{{id: start, title: 'Start {release}', do: {{run: {{command: [start]}}}}, harmless: true}}]
  checks: [{{id: old, title: '{release} answers', {page}}}]"
        )
    };
    let (one, two) = (hop("1"), hop("2"));
    let plan = World::new("", &[&one, &two]).plan().expect("a plan");
    let titles = |checks: &[PlannedCheck]| -> Vec<String> {
        checks.iter().map(|it| it.check.title.clone()).collect()
    };
    assert_eq!(titles(&plan.verify), ["new, from 2"]);
    assert_eq!(titles(&plan.rollback.checks), ["1 answers"]);
    let started = plan.rollback.steps.iter().map(|step| step.title.as_str());
    assert_eq!(started.collect::<Vec<_>>(), ["Start 1"]);
}

/// A product with two services, and the plan of one hop with a variable to rename.
fn with_services(hop: &str) -> Plan {
    let rename = "environment: [{rename: {from: OLD, to: NEW}}]\n";
    let mut world = World::new("OLD=1\n", &[&format!("{rename}{hop}")]);
    let by = "ways: [{by: {systemd: {unit: app}}}]";
    let says = "release: {url: 'http://localhost/', json: version}";
    let services =
        format!("services: {{app: {{title: App, {says}, {by}}}, db: {{title: DB, {by}}}}}");
    world.pack = serde_saphyr::from_str(&format!("{PACK}{services}")).expect("a pack");
    world.plan().expect("a plan")
}

/// The services that a way back starts, in order; `end` for those that wait until all is back.
fn started_on_the_way_back(hop: &str) -> Vec<String> {
    let plan = with_services(hop);
    let undone = plan.steps.iter().rev();
    let undone = undone.filter_map(|step| match &step.undo {
        Undo::Action(Action::Start(start)) => Some(start.service.clone()),
        _no_start => None,
    });
    let after = plan
        .rollback
        .steps
        .iter()
        .filter_map(|step| match step.body.action()? {
            Action::Start(start) => Some(format!("end {}", start.service)),
            _no_start => None,
        });
    undone.chain(after).collect()
}

#[test]
fn a_service_is_started_again_when_files_and_data_are_back_and_not_before() {
    let stop = "{id: stop, title: Stop, do: {stop: app}}";
    let run = "{id: run, title: Run, do: {run: {command: [run]}}, undo: {run: {command: [back]}}}";
    for (hop, started) in [
        // Nothing above the stop has to be taken back: its undo is the end of the way back.
        (format!("before: [{stop}]"), vec!["app"]),
        // The file is edited above it, in whatever words the start is asked for.
        (format!("apply: [{stop}]"), vec!["end app"]),
        (
            "apply: [{id: stop, title: Stop, do: {stop: app}, undo: {start: app}}]".to_owned(),
            vec!["end app"],
        ),
        (
            "apply: [{id: down, title: Down, do: {run: {command: [down]}}, undo: {start: app}}]"
                .to_owned(),
            vec!["end app"],
        ),
        (format!("before: [{run}, {stop}]"), vec!["end app"]),
        // Steps of the rollback come before it too.
        (
            format!("before: [{stop}]\nrollback: {{steps: [{run}]}}"),
            vec!["end app"],
        ),
        // The last that was stopped is the first that is started.
        (
            format!("before: [{stop}, {{id: db, title: Stop, do: {{stop: db}}}}]"),
            vec!["db", "app"],
        ),
        (
            format!("apply: [{stop}, {{id: db, title: Again, do: {{restart: db}}}}]"),
            vec!["end db", "end app"],
        ),
        (
            "apply: [{id: again, title: Again, do: {restart: db}, undo: {start: db}}]".to_owned(),
            vec!["end db"],
        ),
        // What the pack says otherwise counts.
        (
            "apply: [{id: stop, title: Stop, do: {stop: app}, stays: true}]".to_owned(),
            vec![],
        ),
        (
            format!(
                "apply: [{stop}]\nrollback: {{steps: [{{id: up, title: Up, do: {{start: app}}}}]}}"
            ),
            vec!["end app"],
        ),
        (
            "apply: [{id: up, title: Up, do: {start: app}}]".to_owned(),
            vec![],
        ),
    ] {
        assert_eq!(started_on_the_way_back(&hop), started, "{hop}");
    }
}

#[test]
fn the_end_of_the_way_back_starts_the_release_that_the_undo_names() {
    let plan = with_services(
        "apply: [{id: stop, title: Stop, do: {stop: app}, undo: {start: {service: app, release: '{{from}}'}}}]",
    );
    let started = plan
        .rollback
        .steps
        .first()
        .and_then(|step| step.body.action());
    let Some(Action::Start(start)) = started else {
        panic!("a start, not {started:?}");
    };
    let release = start.release.as_ref().map(ToString::to_string);
    assert_eq!(release.as_deref(), Some("{{from}}"));
}

#[test]
fn an_emergency_that_stops_a_service_is_taken_back_by_a_start_at_once() {
    let plan = with_services(
        "emergency: [{id: halt, title: Halt, do: {stop: app}}]
rollback: {steps: [{id: up, title: Up, do: {start: app}}]}",
    );
    assert!(
        matches!(&plan.emergency[0].undo, Undo::Action(Action::Start(start)) if start.service == "app"),
        "{:?}",
        plan.emergency[0].undo
    );
}
