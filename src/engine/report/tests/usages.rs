//! What people must change in other files.

use super::*;
use crate::model::survey::UsageHit;

fn hit(rule: &str, file: &str, line: usize) -> UsageHit {
    UsageHit {
        rule: rule.into(),
        file: file.into(),
        line,
        text: "old".into(),
    }
}

/// Two edits of `.env`, of which the first are done.
fn after(done: usize) -> RunState {
    let mut plan = plan();
    plan.steps[2].body = plan.steps[1].body.clone();
    plan.usages = vec![hit("one", ".env", 1), hit("two", "a.py", 7)];
    plan.usages.push(hit("one", "a.py", 7));
    plan.usages_after = vec![hit("one", ".env", 4), hit("two", ".env", 4)];
    let edits = plan.steps[1..=done].iter().map(|step| Body::StepDone {
        step: step.id.clone(),
        how: Done::Ran,
        detail: "fine".to_owned(),
        rows: 0,
        took_ms: 0,
    });
    let records: Vec<(u64, Body)> = edits.map(|done| (0, done)).collect();
    fold_of(plan, &records)
}

#[test]
fn a_place_is_told_once_as_it_stands_and_counted_without_being_told() {
    let a_py = "- `a.py:7` `old`: ";
    for (done, env) in [
        (0, "- `.env:1` `old`: "),
        (1, "- `.env:1` (before the upgrade) `old`: "),
        (2, "- `.env:4` `old`: "),
    ] {
        let state = after(done);
        let left = left_by_hand(&state);
        let mut told = left.clone();
        told.sort();
        assert_eq!(told, [env, a_py]);
        assert_eq!(count_left_by_hand(&state), left.len());
    }
}

/// A screen counts them for every frame, so the places must not be compared pairwise.
#[test]
fn many_places_cost_no_more_than_there_are() {
    let mut plan = plan();
    plan.usages = (0..50_000).map(|n| hit("one", "a.py", n)).collect();
    let state = fold_of(plan, &[]);
    for _frame in 0..20 {
        assert_eq!(count_left_by_hand(&state), 50_000);
    }
    assert_eq!(left_by_hand(&state).len(), 50_000);
}

#[test]
fn what_went_back_leaves_nothing_to_do() {
    let mut plan = plan();
    plan.usages = vec![hit("one", ".env", 1), hit("two", "a.py", 7)];
    let end = RunEnd::Abandoned;
    let state = fold_of(plan, &[(0, Body::Finished { end })]);
    assert_eq!(count_left_by_hand(&state), 0);
    assert!(left_by_hand(&state).is_empty());
}
