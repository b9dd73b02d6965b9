//! What a step of the rollback takes back names that step, over all the hops of a road.

use super::World;
use crate::model::{ids::StepId, plan::Undo};

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
    // Of two with one id the rollback runs that of the last hop.
    let end = Undo::AtTheEnd(StepId::new("h2/begin"));
    let undos: Vec<&Undo> = plan.steps.iter().map(|step| &step.undo).collect();
    assert_eq!(undos, [&end, &Undo::Stays, &end, &Undo::Stays]);
    assert_eq!(plan.rollback.title_of(&"h2/begin".into()), "Begin again");
}
