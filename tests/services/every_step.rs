//! Every bundled pack, with a failure at every step of its road: the product as it was is put up
//! anew, the step fails, the run goes back, and everything the product consists of is compared with
//! what it was before - files, rows, keys, and which release runs.
//!
//! `SWITCHBACK_FAILURES=1000 cargo test --test services every_step` tries every failure of every
//! pack; without it a few of each are tried, spread over the road. `SWITCHBACK_FAILURE_SEED`
//! chooses other ones.

#[path = "every_step/demos.rs"]
mod demos;
#[path = "every_step/failure.rs"]
mod failure;
#[path = "every_step/picture.rs"]
mod picture;
#[path = "every_step/relay.rs"]
mod relay;
#[path = "every_step/shannon.rs"]
mod shannon;
#[path = "every_step/walk.rs"]
mod walk;

use demos::{Dashboard, Engine, Oversight};
use failure::Failure;
use picture::Picture;
use relay::Relay;
use shannon::Shannon;
use std::path::PathBuf;
use switchback::{model::plan::PlannedStep, run_state::RunState};
use walk::Walk;

/// Failures of each pack that are tried unless somebody asks for more.
const FAILURES: usize = 2;

/// A product in its old release, put up for one run.
trait Stand {
    /// Puts it up and starts it.
    fn new() -> Self
    where
        Self: Sized;
    /// The name of its pack.
    fn product(&self) -> &'static str;
    /// The release to reach; the last there is, unless it says another.
    fn to(&self) -> Option<String> {
        None
    }
    fn root(&self) -> PathBuf;
    /// A folder beside the product, for the operator's home and the state of runs.
    fn aside(&self) -> PathBuf;
    /// What the operator says, as an answers file.
    fn answers(&self) -> String;
    /// Everything that a rollback has to bring back.
    fn picture(&self) -> Picture;
    /// What the pack itself says is otherwise after a rollback, and why.
    fn promised(&self, before: Picture, _after: &Picture, _state: &RunState) -> Picture {
        before
    }
}

fn number(name: &str, otherwise: usize) -> usize {
    let said = std::env::var(name).ok();
    said.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// All of them, or some with the same distance between them.
fn chosen(all: Vec<(PlannedStep, Failure)>) -> Vec<(PlannedStep, Failure)> {
    let wanted = number("SWITCHBACK_FAILURES", FAILURES).min(all.len());
    let first = number("SWITCHBACK_FAILURE_SEED", 1);
    let place = |n: usize| (first + n * all.len() / wanted) % all.len();
    (0..wanted).map(|n| all[place(n)].clone()).collect()
}

/// Compares what is there after a rollback with what the pack promises.
#[track_caller]
fn assert_back(stand: &impl Stand, before: &Picture, state: &RunState, words: &str) {
    let after = stand.picture();
    let promised = stand.promised(before.clone(), &after, state);
    let differences = promised.differences(&after);
    assert!(differences.is_empty(), "{words}:\n{differences}");
}

/// The road without a failure: there, back from its end, and there again. The failures that its
/// steps can have.
fn undisturbed<S: Stand>() -> Vec<(PlannedStep, Failure)> {
    let stand = S::new();
    let walk = Walk::new(&stand);
    let before = stand.picture();
    let worker = walk.undisturbed();
    let all = failure::all(worker.state());
    let worker = walk.taken_up(worker);
    let state = walk.back(worker);
    assert_back(&stand, &before, &state, "back from the end");
    walk.undisturbed();
    all
}

fn fails_and_goes_back<S: Stand>(step: &PlannedStep, failure: Failure, again: bool) {
    let words = format!("`{}` fails ({failure:?})", step.id);
    let stand = S::new();
    let walk = Walk::new(&stand);
    let before = stand.picture();
    failure::hold(&stand.root());
    let mut worker = walk.begin(|plan| failure::inject(plan, &step.id, failure));
    let stopped = walk.forward(&mut worker);
    assert_eq!(stopped.as_ref(), Some(&step.id), "{words}");
    failure::release(&stand.root());
    let state = walk.back(worker);
    assert_back(&stand, &before, &state, &words);
    if again {
        walk.undisturbed();
    }
}

fn every_step_of<S: Stand>() {
    let chosen = chosen(undisturbed::<S>());
    let last = chosen.len() - 1;
    for (n, (step, failure)) in chosen.into_iter().enumerate() {
        fails_and_goes_back::<S>(&step, failure, n == last);
    }
}

#[test]
fn of_the_workflow_engine() {
    every_step_of::<Engine>();
}

#[test]
fn of_the_oversight_gateway() {
    every_step_of::<Oversight>();
}

#[test]
fn of_loki_mode() {
    every_step_of::<Dashboard>();
}

#[test]
fn of_shannon() {
    every_step_of::<Shannon>();
}

#[test]
fn of_relay() {
    every_step_of::<Relay<1>>();
    every_step_of::<Relay<2>>();
    every_step_of::<Relay<3>>();
}
