//! Failures, put into a plan as data: no part of the engine knows of them. A file in the product's
//! folder is there on the way forward and gone on the way back, so that the undo of a step that was
//! recorded as failed sees what the step really did.

use serde_json::{Value, json};
use std::{fs, path::Path};
use switchback::{
    model::{
        ids::StepId,
        plan::{Plan, PlannedStep, StepBody},
        record::Done,
        rule::{Action, Probe},
    },
    run_state::RunState,
};

const HOLD: &str = ".switchback/hold";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The step does its work, and is then judged as failed.
    After,
    /// The step fails without having done anything.
    Before,
    /// The probe cannot tell whether it was done before the run.
    Unseen,
}

/// Every failure that each step of a road can have. The run does not do a step that was done
/// already, so only its probe can fail.
pub fn all(state: &RunState) -> Vec<(PlannedStep, Failure)> {
    let each = state.steps.iter().flat_map(|view| {
        let step = &view.step;
        let failures: &[Failure] = match (view.done(), &step.body) {
            (Some(Done::AlreadyDone), _) => &[Failure::Unseen],
            (_, StepBody::Edit { .. } | StepBody::Write { .. } | StepBody::Do(Action::Ask(_))) => {
                &[Failure::After]
            }
            (_, StepBody::Do(_)) => &[Failure::After, Failure::Before],
        };
        failures.iter().map(|failure| (step.clone(), *failure))
    });
    each.collect()
}

pub fn inject(plan: &mut Plan, id: &StepId, failure: Failure) {
    let step = plan.steps.iter_mut().find(|step| step.id == *id);
    let step = step.expect("every plan of a product has the same steps");
    match (failure, &mut step.body) {
        (Failure::After, StepBody::Edit { .. } | StepBody::Write { .. }) => {
            let look = json!({"do": {"run": {"command": ["test", "!", "-e", HOLD]}}});
            step.then.push(read(look));
        }
        (Failure::After, StepBody::Do(_)) => {
            let gone = read(json!({"file": {"path": HOLD, "exists": false}}));
            let own = step.done_if.take();
            step.done_if = Some(Probe::All(own.into_iter().chain([gone]).collect()));
        }
        (Failure::Before, StepBody::Do(Action::Sql(sql))) => {
            sql.statement = read(json!("SELECT * FROM not_today"));
        }
        (Failure::Before, body) => {
            let run = json!({"run": {"command": ["sh", "-c", "echo 'not today' >&2; exit 1"]}});
            *body = StepBody::Do(read(run));
        }
        (Failure::Unseen, _) => {
            step.done_if = Some(read(json!({"manual": {"text": "Nobody can look."}})));
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a part of a plan")
}

pub fn hold(root: &Path) {
    let path = root.join(HOLD);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, "").expect("written");
}

pub fn release(root: &Path) {
    fs::remove_file(root.join(HOLD)).expect("removed");
}
