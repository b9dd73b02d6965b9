//! What is told of each finding.

use super::*;
use crate::{model::finding::Finding, rules::assess::CHANGED_BY_RUN};

fn finding(id: &str, kind: &str, summary: &str, safety: serde_json::Value) -> serde_json::Value {
    let changes = json!([{
        "file": ".env", "format": "dotenv", "option": null,
        "what": {"edit": {"route": id, "op": "remove"}},
    }]);
    json!({
        "id": id, "hop": 0, "severity": "required", "kind": kind, "title": id, "summary": summary,
        "because": null, "if_left": null, "places": [{"file": ".env", "line": 1}], "sources": [],
        "changes": changes, "safety": safety, "input": null, "cites": [], "doubt": null,
    })
}

fn findings() -> Vec<Finding> {
    let all = json!([
        finding(
            "set",
            "addition",
            "new, not set",
            json!({"safe": {"optional": true}})
        ),
        finding(
            "refused",
            "addition",
            "new, not set",
            json!({"safe": {"optional": true}})
        ),
        finding("passed-by", "addition", "new, not set", json!("opt_in")),
        finding("there", "already_done", "set already", json!("nothing")),
        finding("client", "usage", CHANGED_BY_RUN, json!("nothing")),
        finding(
            "board",
            "usage",
            "1 place that people must change",
            json!("nothing")
        ),
        finding(
            "asked",
            "both_set",
            "two values",
            json!({"decide": {
                "question": "Which?", "options": [{"id": "one", "label": "keep the new one"}],
            }})
        ),
    ]);
    serde_json::from_value(all).expect("findings")
}

fn told(bodies: &[(u64, Body)]) -> String {
    let mut plan = plan();
    plan.findings = findings();
    let decided = [
        ("refused", Decision::Leave),
        ("asked", Decision::Choose("one".into())),
    ];
    for (id, decision) in decided {
        plan.decisions.insert(RuleId::new(id), decision);
    }
    markdown(&fold_of(plan, bodies), Path::new("/runs/run"), None)
}

#[test]
fn each_finding_says_what_became_of_it() {
    let told = told(&done());
    has(
        &told,
        "- taken: set: new, not set\n\
         - **left**: refused: new, not set\n\
         - left, nobody took it: passed-by: new, not set\n\
         - nothing to do: there: set already\n\
         - taken: client: in use\n\
         - for people: board: 1 place that people must change\n\
         - nothing to do: asked: two values; chosen: keep the new one\n",
    );
}

/// A generated secret is only in the file, and the report says so only while the edit is done.
#[test]
fn of_what_was_made_at_random_it_is_told_where_it_stands() {
    let told = |bodies: &[(u64, Body)]| {
        let mut plan = plan();
        let edit = json!({"edit": {"file": ".env", "format": "dotenv", "edits": [
            {"route": "KEY", "op": {"set": {"value": "{{input.key}}"}}},
        ]}});
        plan.steps[1].body = serde_json::from_value(edit).expect("an edit");
        let inputs = json!({
            "key": {"ask": "A key", "secret": true, "how": "generated", "value": null},
            "port": {"ask": "A port", "secret": false, "how": "given", "value": "1"},
        });
        plan.inputs = serde_json::from_value(inputs).expect("inputs");
        markdown(&fold_of(plan, bodies), Path::new("/runs/run"), None)
    };
    let stands = "Generated at random by the run: `key`, which is in `.env`.\n";
    let done = told(&done());
    has(&done, stands);
    has(&done, "- input key: secret (generated), in `.env`\n");
    has(&done, "- input port: `1` (given)\n");
    let back = told(&back(&[]));
    has(&back, "- input key: secret (generated)\n");
    lacks(&back, stands);
}

#[test]
fn what_is_back_is_not_told_as_changed() {
    let told = told(&back(&[]));
    has(&told, "- taken, and back as it was: set: new, not set\n");
    has(&told, "- taken, and back as it was: client: in use\n");
    has(&told, "- as it was: board: in use\n");
    lacks(&told, "changed by this run");
}

#[test]
fn what_is_not_done_yet_is_told_so() {
    has(
        &told(&saved()),
        "- taken, not done yet: set: new, not set\n",
    );
}
