//! Skipping a step that failed, or whose undo failed: with a reason and without a screen.

use super::support::{Case, MARKED};
use std::fs;

const HOP: &str = "1.x-to-2.0.yaml";
const SWITCH: &str = "1.x-to-2.0/switch";
const BY_HAND: &str = "put there by hand";

/// A product on which this step fails while there is a file `broken`.
fn broken(step: &str) -> Case {
    let case = Case::new();
    let fails = format!("test ! -e broken || exit 3; {step}");
    case.pack_edit(HOP, step, &fails);
    fs::write(case.root.join("broken"), "").expect("written");
    case
}

fn version(case: &Case) -> String {
    fs::read_to_string(case.root.join("VERSION")).expect("VERSION")
}

#[test]
fn a_step_that_failed_is_skipped_by_name_and_with_a_reason() {
    let case = broken("echo 2.0.0 >VERSION");
    case.trusted(&["apply", "--yes"]).ends(4, "The users know");
    let skip = |step: &str| case.run(&["resume", "--skip", step, "--reason", BY_HAND]);
    skip(SWITCH).ends(2, "nothing of the run has failed");

    let answers = case.answers(MARKED);
    let how = format!("`switchback resume --skip {SWITCH} --reason WHY`");
    case.run(&["resume", "--answers", &answers]).ends(5, &how);
    case.run(&["resume", "--skip", SWITCH]).ends(2, "--reason");
    skip("nosuch").ends(2, SWITCH);
    case.run(&["resume", "--skip", SWITCH, "--reason", " "])
        .ends(5, "skipping needs a reason");

    fs::write(case.root.join("VERSION"), "2.0.0\n").expect("written");
    let done = "done; of 2.0.0, every check passed; skipped: `Switch to the new release`";
    skip(SWITCH).ends(0, done);
    case.run(&["report"]).ends(0, BY_HAND);
    let stands = "2.0.0 is in place; skipped: `Switch to the new release`";
    case.run(&["status"]).ends(0, stands);
}

#[test]
fn an_undo_that_failed_is_skipped_and_the_way_back_goes_on() {
    let case = broken("echo 1.4.0 >VERSION");
    let before = fs::read(case.root.join(".env")).expect(".env");
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    let run = case.newest_run();
    let how = format!("`switchback resume --skip {SWITCH} --reason WHY`");
    case.run(&["rollback", &run, "--yes"]).ends(7, &how);
    assert_ne!(fs::read(case.root.join(".env")).expect(".env"), before);

    case.run(&["resume", "--skip", SWITCH, "--reason", BY_HAND])
        .ends(
            7,
            "rolled back in part: what `Switch to the new release` did was not undone",
        );
    assert_eq!(version(&case), "2.0.0\n", "what it did stays");
    assert_eq!(fs::read(case.root.join(".env")).expect(".env"), before);
    case.run(&["report"])
        .ends(0, "2.0.0: rolled back in part")
        .ends(0, BY_HAND);
}
