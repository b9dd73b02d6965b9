//! A product that is at its goal already: nothing is to be done, unless the run that brought it
//! there is not over.

use super::{
    attended::{case, state, until},
    support::{Case, Ended, MARKED, ended},
};

const THERE: &str = "2.0.0 runs, and the pack names no later release; nothing is to be done";

fn apply(case: &Case, more: &[&str]) -> Ended {
    let answers = case.answers(MARKED);
    let said = ["apply", "--yes", "--answers", &answers];
    case.trusted(&[&said[..], more].concat())
}

#[test]
fn of_a_run_that_failed_at_its_goal_no_plan_says_that_nothing_is_to_be_done() {
    let case = case("echo 2.0.0 >VERSION; exit 1");
    case.pack_edit("1.x-to-2.0.yaml", "    done_if:\n", "    because: x\n");
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "      file: {path: VERSION, matches: '^2\\.0\\.0$'}\n",
        "",
    );
    apply(&case, &[]).ends(5, "exit 1");
    let run = case.newest_run();
    let words =
        format!("2.0.0 runs, and the pack names no later release, but run {run} of this product");
    for (said, code) in [(&["plan"][..], 0), (&["plan", "--check"], 1)] {
        case.trusted(said)
            .ends(code, &words)
            .ends(
                code,
                "is not over (failed): `switchback resume` goes on with it",
            )
            .never_says("nothing is to be done");
    }
    let json = case.trusted(&["plan", "--format", "json"]);
    let told = json.ends(0, "").json()[0]["unfinished"].to_string();
    assert!(told.contains(&run), "{told}");
    case.run(&["rollback", "--yes"]).ends(0, "rolled back");
    apply(&case, &[]).ends(5, "exit 1");
}

#[test]
fn a_product_that_somebody_elses_run_holds_is_not_at_its_goal() {
    let case = case("echo 2.0.0 >VERSION");
    // The worker waits for somebody to confirm, and holds the product.
    apply(&case, &["--confirm-within", "1h"]).ends(12, "switchback confirm");
    let elsewhere = || {
        let mut command = case.applying();
        let other = case.root.with_file_name("other-state");
        command.env("SWITCHBACK_STATE_DIR", other);
        ended(command.output().expect("the program starts"))
    };
    elsewhere()
        .ends(8, "another switchback")
        .never_says("nothing is to be done");
    case.run(&["confirm"]).ends(0, "done, and verified");
    until("the worker's end", || elsewhere().code != 8);
    elsewhere().ends(0, THERE);
    assert_eq!(state(&case), "done");
}

#[test]
fn at_the_goal_the_path_is_told_as_the_plan_is() {
    let case = case("echo 2.0.0 >VERSION");
    apply(&case, &[]).ends(0, "done, and verified");
    for verb in ["plan", "path"] {
        case.trusted(&[verb]).ends(0, THERE);
        let json = case.trusted(&[verb, "--format", "json"]);
        assert!(json.ends(0, "").json()[0]["nothing_to_do"].is_string());
    }
}
