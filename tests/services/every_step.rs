//! Every bundled pack, with a failure at every step of its road: the product as it was is put up
//! anew, the step fails, the run goes back, and everything the product consists of is compared with
//! what it was before - files, rows, keys, and which release runs.
//!
//! `SWITCHBACK_FAILURES=1000 cargo test --test services every_step` tries every failure of every
//! pack; without it a few of each are tried, spread over the road. `SWITCHBACK_FAILURE_SEED`
//! chooses other ones.

#[path = "every_step/failure.rs"]
mod failure;
#[path = "every_step/picture.rs"]
mod picture;
#[path = "every_step/products.rs"]
mod products;
#[path = "every_step/stand.rs"]
mod stand;
#[path = "every_step/walk.rs"]
mod walk;

use failure::Failure;
use picture::Picture;
use products::{
    LOKI_MODE, LOKI_MODE_BY_BREW, LOKI_MODE_BY_DOCKER, LOKI_MODE_BY_GIT, OVERSIGHT_GATEWAY,
    OVERSIGHT_GATEWAY_IN_A_CONTAINER, OVERSIGHT_GATEWAY_PUT_IN_PLACE, Product, RELAY, SHANNON,
    SHANNON_BEFORE_ITS_FIRST_RELEASE, SHANNON_BY_A_PATCH, WORKFLOW_ENGINE,
    WORKFLOW_ENGINE_BY_A_PATCH,
};
use stand::Stand;
use switchback::{
    model::{
        plan::{PlannedStep, Undo},
        record::Undone,
    },
    run_state::RunState,
};
use walk::Walk;

/// How many failures of each pack are tried by default.
const FAILURES: usize = 2;

fn number(name: &str, otherwise: usize) -> usize {
    let said = std::env::var(name).ok();
    said.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// All of them, or some at equal distances.
fn chosen(all: Vec<(PlannedStep, Failure)>) -> Vec<(PlannedStep, Failure)> {
    let wanted = number("SWITCHBACK_FAILURES", FAILURES).min(all.len());
    let first = number("SWITCHBACK_FAILURE_SEED", 1);
    let place = |n: usize| (first + n * all.len() / wanted) % all.len();
    (0..wanted).map(|n| all[place(n)].clone()).collect()
}

/// Compares the state after a rollback with what the pack promises.
#[track_caller]
fn assert_back(stand: &Stand, before: &Picture, state: &RunState, words: &str) {
    let after = stand.picture();
    let promised = stand.promised(before, &after, state);
    let differences = promised.differences(&after);
    assert!(differences.is_empty(), "{words}:\n{differences}");
    let road = state.steps.iter().take(state.plan.steps.len());
    for view in road.filter(|view| view.touched()) {
        if matches!(view.step.undo, Undo::Stays | Undo::Irreversible) {
            let said = view.undone() == Some(Undone::Stays);
            assert!(said, "{words}: `{}` stays, untold", view.step.id);
        }
    }
}

/// Takes the road without a failure, and back from its end; returns the failures that its steps can
/// have.
fn undisturbed(product: &'static Product) -> Vec<(PlannedStep, Failure)> {
    let stand = Stand::of(product);
    let walk = Walk::new(&stand);
    let before = stand.picture();
    let worker = walk.undisturbed();
    let all = failure::all(worker.state());
    let worker = walk.taken_up(worker);
    let state = walk.back(worker);
    assert_back(&stand, &before, &state, "back from the end");
    all
}

fn fails_and_goes_back(
    product: &'static Product,
    step: &PlannedStep,
    failure: Failure,
    again: bool,
) {
    let words = format!("`{}` fails ({failure:?})", step.id);
    let stand = Stand::of(product);
    let walk = Walk::new(&stand);
    let before = stand.picture();
    failure::hold(stand.root());
    let mut worker = walk.begin(|plan| failure::inject(plan, &step.id, failure));
    let stopped = walk.forward(&mut worker);
    assert_eq!(stopped.as_ref(), Some(&step.id), "{words}");
    failure::release(stand.root());
    let state = walk.back(worker);
    assert_back(&stand, &before, &state, &words);
    if again {
        walk.undisturbed();
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a test says how much of the road it tried"
)]
fn every_step_of(product: &'static Product) {
    let all = undisturbed(product);
    let (possible, chosen) = (all.len(), chosen(all));
    eprintln!("{}: {} of {possible} failures", product.name, chosen.len());
    for (n, (step, failure)) in chosen.iter().enumerate() {
        fails_and_goes_back(product, step, *failure, n + 1 == chosen.len());
    }
}

#[test]
fn of_the_workflow_engine() {
    every_step_of(&WORKFLOW_ENGINE);
}

#[test]
fn of_the_oversight_gateway() {
    every_step_of(&OVERSIGHT_GATEWAY);
}

#[test]
fn of_the_oversight_gateway_in_a_container() {
    for product in [
        &OVERSIGHT_GATEWAY_IN_A_CONTAINER,
        &OVERSIGHT_GATEWAY_PUT_IN_PLACE,
    ] {
        every_step_of(product);
    }
}

#[test]
fn of_the_workflow_engine_by_a_patch() {
    every_step_of(&WORKFLOW_ENGINE_BY_A_PATCH);
}

#[test]
fn of_loki_mode() {
    every_step_of(&LOKI_MODE);
}

#[test]
fn of_loki_mode_however_it_was_installed() {
    for product in [&LOKI_MODE_BY_BREW, &LOKI_MODE_BY_GIT, &LOKI_MODE_BY_DOCKER] {
        every_step_of(product);
    }
}

#[test]
fn of_shannon() {
    every_step_of(&SHANNON);
}

#[test]
fn of_shannon_before_its_first_release() {
    every_step_of(&SHANNON_BEFORE_ITS_FIRST_RELEASE);
}

#[test]
fn of_shannon_by_a_patch() {
    every_step_of(&SHANNON_BY_A_PATCH);
}

#[test]
fn of_relay() {
    every_step_of(&RELAY);
}
