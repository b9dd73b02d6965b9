//! Having the pack's fix carried out without a screen: what it does is printed where it is needed, and it
//! runs for the check or the step that is named, when that has failed and not before.

use super::{
    attended::{end, let_it_end, start, until, worker_of},
    support::{Case, Ended, MARKED},
};
use rustix::process::{Signal, kill_process};
use std::fs;

const HOP: &str = "1.x-to-2.0.yaml";
const SWITCH: &str = "1.x-to-2.0/switch";
const READY: &str = "1.x-to-2.0/check/ready";

fn fix(case: &Case, what: &str) -> Ended {
    let answers = case.answers(MARKED);
    case.run(&["resume", "--fix", what, "--answers", &answers])
}

#[test]
fn a_fix_is_carried_out_for_a_check_that_is_named() {
    let case = Case::new();
    let check = "  - id: ready\n    title: It is ready\n    probe: {command: {command: [test, -e, ready]}}\n    \
                 fix: {run: {command: [sh, -c, 'echo yes >ready']}}\n\nbackup:";
    case.pack_edit(HOP, "\nbackup:", check);
    let answers = case.answers(MARKED);
    let what = format!(
        "`switchback resume --fix {READY}` does this and checks again: runs: sh -c 'echo yes >ready'"
    );
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(4, &what);
    case.run(&["status"]).ends(0, &what);
    fix(&case, "1.x-to-2.0/check/told").ends(2, "has passed");
    fix(&case, "nosuch").ends(2, "no such check and no such step");
    assert!(!case.root.join("ready").exists());

    fix(&case, READY).ends(0, "done, and verified");
    assert!(case.root.join("ready").exists());
    case.run(&["report"]).ends(0, "It is ready");
}

#[test]
fn a_fix_is_carried_out_for_a_failed_step_which_is_then_retried() {
    let case = Case::new();
    let fails = "test -e ready || { echo not ready; exit 3; }; echo 2.0.0 >VERSION";
    case.pack_edit(HOP, "echo 2.0.0 >VERSION", fails);
    let hint = "hints:\n  - error: not ready\n    remedy: Make it ready, and tell the team.\n    \
                fix: {run: {command: [touch, ready]}}\n\nverify:";
    case.pack_edit(HOP, "verify:", hint);
    let answers = case.answers(MARKED);
    let what = format!(
        "known remedy: Make it ready, and tell the team; `switchback resume --fix {SWITCH}` does \
         this and retries: runs: touch ready"
    );
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, &what);
    case.run(&[
        "resume", "--fix", SWITCH, "--skip", SWITCH, "--reason", "both",
    ])
    .ends(2, "cannot be used with");
    fix(&case, SWITCH).ends(0, "done, and verified");
    assert!(case.root.join("ready").exists());
}

#[test]
fn a_fix_that_does_not_help_is_carried_out_once() {
    let case = Case::new();
    let fails = "echo not ready; exit 3; echo 2.0.0 >VERSION";
    case.pack_edit(HOP, "echo 2.0.0 >VERSION", fails);
    let hint = "hints:\n  - error: not ready\n    remedy: Make it ready.\n    \
                fix: {run: {command: [sh, -c, 'echo once >>ready']}}\n\nverify:";
    case.pack_edit(HOP, "verify:", hint);
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, "not ready");
    fix(&case, SWITCH)
        .ends(5, "`Switch to the new release` failed")
        .ends(5, "the last time it was done: exit 0");
    let ready = fs::read_to_string(case.root.join("ready")).expect("the fix ran");
    assert_eq!(ready, "once\n");
}

/// A case whose step has failed, and a fix that waits until somebody lets it end, and then ends so.
fn failed_with_a_slow_fix(ends: &str) -> Case {
    let case = Case::new();
    let fails = "test -e ready || { echo not ready; exit 3; }; echo 2.0.0 >VERSION";
    case.pack_edit(HOP, "echo 2.0.0 >VERSION", fails);
    let fix = format!(
        "echo once >>fixed; while test -e fixed && ! test -e go; do sleep 0.01; done; {ends}"
    );
    let hint = format!(
        "hints:\n  - error: not ready\n    remedy: Make it ready.\n    fix: {{run: {{command: [sh, -c, '{fix}']}}}}\n\nverify:"
    );
    case.pack_edit(HOP, "verify:", &hint);
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, "not ready");
    case
}

/// Has it fixed, and kills the worker while the fix is at work.
fn broken_off(case: &Case) {
    let front = start(case, &["resume", "--fix", SWITCH]);
    until("the fix", || case.root.join("fixed").exists());
    case.run(&["status"]).ends(0, "is working on it");
    kill_process(worker_of(&front), Signal::KILL).expect("killed");
    end(front).ends(5, "the worker is gone");
    case.run(&["status"])
        .ends(0, "the command that it started is still running (process ");
    let_it_end(case);
}

fn times_fixed(case: &Case) -> usize {
    let fixed = fs::read_to_string(case.root.join("fixed"));
    fixed.expect("the fix ran").lines().count()
}

#[test]
fn a_fix_that_outlives_its_worker_is_not_begun_again() {
    let case = failed_with_a_slow_fix("touch ready");
    broken_off(&case);
    fix(&case, SWITCH).ends(0, "done, and verified");
    assert_eq!(times_fixed(&case), 1);
}

#[test]
fn a_fix_that_failed_unseen_is_told_before_anything_is_tried_again() {
    let case = failed_with_a_slow_fix("echo it is broken; exit 9");
    broken_off(&case);
    let why = "the last time it failed: exit 9: it is broken";
    fix(&case, SWITCH).ends(5, why);
    assert_eq!(times_fixed(&case), 1);
    fix(&case, SWITCH).ends(5, why);
    assert_eq!(times_fixed(&case), 2);
}

#[test]
fn what_failed_and_what_its_fix_would_do_is_told_by_the_status_too() {
    let case = failed_with_a_slow_fix("touch ready");
    let what = format!("known remedy: Make it ready; `switchback resume --fix {SWITCH}` does this");
    case.run(&["status"]).ends(0, &what);
    let waits = case.run(&["status", "--format", "json"]).json()[0]["waits"].clone();
    let told = waits.as_str().is_some_and(|it| it.contains(&what));
    assert!(told, "{waits}");
}
