//! What `--format json` prints is enough to decide on: a program need not read the sentences in it.

use super::support::{Case, MARKED};
use serde_json::{Value, json};

const INPUT: &str = "inputs:
  greeting:
    ask: What is the greeting?
    secret: true
    cites: [N-1]

apply:";

/// Two more steps for a person to speak of.
const STEPS: &str = "apply:
  - id: tell
    title: Tell it
    do: {ask: {text: Tell it}}
    undo: {run: {command: ['true']}}
  - id: drop
    title: Drop it
    do: {run: {command: [touch, dropped]}}
    irreversible: true
";

fn status(case: &Case) -> Value {
    let told = case.run(&["status", "--format", "json"]);
    told.ends(0, "").json()[0].clone()
}

#[test]
fn what_a_plan_asks_is_listed_where_it_cannot_be_sealed() {
    let case = Case::new();
    case.pack_edit("1.x-to-2.0.yaml", "apply:", INPUT);
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "command: [sh, -c, 'echo 2.0.0 >VERSION']",
        "stdin: '{{input.greeting}}', command: [sh, -c, 'echo 2.0.0 >VERSION']",
    );
    let told = case.trusted(&["plan", "--format", "json"]);
    let plan = &told.ends(12, "greeting").json()[0];
    let asked = &plan["inputs"][0];
    assert_eq!(asked["name"], "greeting", "{plan}");
    for (key, value) in [("needed", true), ("secret", true), ("answered", false)] {
        assert_eq!(asked[key], value, "{key}");
    }
    assert_eq!(plan["undecided"], json!([]));
    let path = case.trusted(&["path", "--format", "json"]);
    let path = &path.ends(0, "").json()[0];
    assert_eq!(
        (&path["version"], &path["to"]),
        (&json!(1), &json!("2.0.0"))
    );
}

#[test]
fn what_a_run_waits_for_is_listed_by_the_names_that_answer_it() {
    let case = Case::new();
    case.pack_edit("1.x-to-2.0.yaml", "apply:\n", STEPS);
    case.trusted(&["apply", "--yes"]).ends(4, "blocked");
    let blocked = status(&case);
    let check = &blocked["checks"][0];
    assert_eq!(check["id"], "1.x-to-2.0/check/told");
    for (key, value) in [("phase", "checklist"), ("state", "not made")] {
        assert_eq!(check[key], value, "{key}");
    }
    assert_eq!(
        (&check["manual"], &check["open"]),
        (&json!(true), &json!(true))
    );
    let asks = |status: &Value| -> Vec<Value> {
        let steps = status["steps"].as_array().expect("steps");
        steps.iter().map(|step| step["asks"].clone()).collect()
    };
    assert_eq!(
        asks(&blocked),
        [json!(null), json!(null), json!("consent"), json!(null)]
    );

    let said = format!("{MARKED}consent: [1.x-to-2.0/drop]\n");
    let answers = case.answers(&said);
    case.run(&["resume", "--yes", "--answers", &answers])
        .ends(12, "`Tell it` is for a person");
    let waits = status(&case);
    assert_eq!(waits["checks"][0]["open"], false);
    assert_eq!(asks(&waits)[1], "confirm");
    let preview = case.run(&["rollback", "--format", "json"]);
    let preview = &preview.ends(12, "").json()[0];
    assert_eq!(preview["version"], 1);
    assert_eq!(preview["run_id"], waits["run_id"]);
}
