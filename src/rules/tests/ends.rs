//! A step names the rollback step that takes it back, across all hops of a path.

use super::World;
use crate::model::{
    ids::StepId,
    plan::{PlannedCheck, Undo},
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
