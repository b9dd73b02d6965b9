//! Snapshots: what an operator sees. Reviewed by eye; a change here is a change for people.

use super::{
    everywhere::SIZES,
    states::{self, State},
};

fn are_current(states: Vec<State>) {
    insta::with_settings!({ snapshot_path => "pictures", prepend_module_to_snapshot => false, omit_expression => true }, {
        for state in states {
            for (columns, rows) in SIZES {
                let name = format!("{}-{columns}x{rows}", state.name);
                insta::assert_snapshot!(name, state.at((columns, rows)).screen());
            }
        }
    });
}

#[test]
fn start() {
    are_current(states::start());
}

#[test]
fn review() {
    are_current(states::review());
}

#[test]
fn inputs() {
    are_current(states::inputs());
}

#[test]
fn checklist() {
    are_current(states::checklist());
}

#[test]
fn backup() {
    are_current(states::backup());
}

#[test]
fn apply() {
    are_current(states::apply());
}

#[test]
fn attended() {
    are_current(states::attended());
}

#[test]
fn verify_and_report() {
    are_current(states::verify_and_report());
}

#[test]
fn rollback() {
    are_current(states::rollback());
}

#[test]
fn emergency() {
    are_current(states::emergency());
}

#[test]
fn help_and_runs() {
    are_current(states::help_and_runs());
}
