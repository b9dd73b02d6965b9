//! A plan file says what was agreed to, but what runs are the rules: whatever else is written into
//! the file is named, and nothing begins.

use super::support::{Case, Ended, MARKED};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

fn seal(case: &Case, more: &[&str]) -> PathBuf {
    let file = case.root.with_file_name("plan.json");
    let out = file.to_string_lossy();
    case.trusted(&[&["plan", "--out", &out], more].concat())
        .ends(0, "the plan is in");
    file
}

fn apply(case: &Case, file: &Path, more: &[&str]) -> Ended {
    let (file, answers) = (file.to_string_lossy(), case.answers(MARKED));
    let said = ["apply", &file, "--yes", "--answers", &answers];
    case.trusted(&[&said[..], more].concat())
}

/// A change to a plan file, and what is reported of it.
type Edit = (&'static str, fn(&mut Value));

const EDITS: [Edit; 9] = [
    ("steps 1.x-to-2.0/more stands in the file alone", |plan| {
        let mut step = plan["steps"][1].clone();
        step["id"] = json!("1.x-to-2.0/more");
        step["body"]["do"]["run"]["command"] = json!(["sh", "-c", "id >PWNED"]);
        plan["steps"].as_array_mut().expect("steps").insert(0, step);
    }),
    // Another step with an id that is taken already.
    ("steps has another order", |plan| {
        let mut step = plan["steps"][1].clone();
        step["body"]["do"]["run"]["command"] = json!(["sh", "-c", "id >PWNED"]);
        plan["steps"].as_array_mut().expect("steps").insert(0, step);
    }),
    (
        "steps 1.x-to-2.0/switch body do run command is another one",
        |plan| plan["steps"][1]["body"]["do"]["run"]["command"] = json!(["touch", "PWNED"]),
    ),
    (
        "steps 1.x-to-2.0/switch undo action run command is another one",
        |plan| plan["steps"][1]["undo"]["action"]["run"]["command"] = json!(["touch", "PWNED"]),
    ),
    (
        "checklist 1.x-to-2.0/check/told is not in the file",
        |plan| plan["checklist"] = json!([]),
    ),
    ("verify 1.x-to-2.0/check/release is not in", |plan| {
        plan["verify"] = json!([]);
    }),
    ("backup files is another one", |plan| {
        plan["backup"]["files"] = json!([".env"]);
    }),
    ("targets VERSION is not in the file", |plan| {
        let targets = plan["targets"].as_object_mut().expect("targets");
        targets.remove("VERSION");
    }),
    ("title is another one", |plan| plan["title"] = json!("x")),
];

#[test]
fn what_was_written_into_a_plan_is_named_and_never_run() {
    let case = Case::new();
    let before = case.files();
    let file = seal(&case, &[]);
    let whole = fs::read(&file).expect("a plan");
    for (words, edit) in EDITS {
        let mut plan = serde_json::from_slice(&whole).expect("JSON");
        edit(&mut plan);
        fs::write(&file, plan.to_string()).expect("written");
        apply(&case, &file, &[])
            .ends(3, words)
            .ends(3, "nothing was started");
        assert_eq!(case.files(), before, "{words}");
        assert!(!case.state.join("runs").exists(), "{words}: a run began");
    }
    fs::write(&file, whole).expect("written");
    // A new timestamp is not a change.
    let env = File::options().append(true).open(case.root.join(".env"));
    env.expect("a file")
        .set_modified(SystemTime::UNIX_EPOCH)
        .expect("set back");
    apply(&case, &file, &[]).ends(0, "done, and verified");
}

const INPUT: &str = "inputs:
  greeting:
    ask: What is the greeting?
    default: hello
    cites: [N-1]

apply:";

#[test]
fn the_answers_of_a_plan_are_in_its_file_and_others_are_another_plan() {
    let case = Case::new();
    case.pack_edit("1.x-to-2.0.yaml", "apply:", INPUT);
    let by_default = seal(&case, &[]);
    apply(&case, &by_default, &["--set", "greeting=hi"])
        .ends(3, "inputs greeting value is another one");
    // How the same answer was given makes no difference.
    apply(&case, &by_default, &["--set", "greeting=hello"]).ends(0, "done, and verified");
}

#[test]
fn of_a_plan_that_was_applied_already_it_is_said_that_its_release_runs() {
    let case = Case::new();
    let file = seal(&case, &[]);
    apply(&case, &file, &[]).ends(0, "done, and verified");
    apply(&case, &file, &[])
        .ends(0, "2.0.0 runs already; nothing is to be done")
        .never_says("changed");
}
