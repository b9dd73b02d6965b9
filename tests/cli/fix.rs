//! Having the pack's fix carried out without a screen: what it does is printed where it is needed, and it
//! runs for the check or the step that is named, when that has failed and not before.

use super::support::{Case, Ended, MARKED};

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
    fix(&case, SWITCH).ends(5, "`Switch to the new release` failed");
    let ready = std::fs::read_to_string(case.root.join("ready")).expect("the fix ran");
    assert_eq!(ready, "once\n");
}
