//! What a step may have changed: what a way back has to take back, and nothing else.

use super::*;

fn unknown(step: &str) -> Body {
    let step = StepId::new(step);
    let why = "nobody saw it end".to_owned();
    Body::StepUnknown { step, why }
}

fn to_undo(bodies: &[Body]) -> usize {
    let state = after(&[&[verified()], bodies].concat());
    assert_eq!(state.touched(), state.steps[0].touched());
    state.to_undo(0).count()
}

#[test]
fn what_was_not_begun_is_not_to_be_undone() {
    for (end, undone) in [
        (failed("a", false), 1),
        (failed("a", true), 0),
        (reset("a", false), 1),
        (reset("a", true), 0),
        (unknown("a"), 1),
        (done("a"), 1),
    ] {
        assert_eq!(to_undo(&[started("a"), end.clone()]), undone, "{end:?}");
    }
    assert_eq!(to_undo(&[started("a")]), 1, "it is under way");
}

/// The second try has not made good what the first one may have done.
#[test]
fn a_try_that_was_not_begun_takes_nothing_off_those_before_it() {
    for first in [failed("a", false), reset("a", false)] {
        for second in [failed("a", true), reset("a", true)] {
            let ends = [started("a"), first.clone(), started("a"), second.clone()];
            assert_eq!(to_undo(&ends), 1, "{first:?}, {second:?}");
        }
    }
}

#[test]
fn a_run_of_which_nothing_was_begun_is_given_up_and_not_taken_back() {
    let state = after(&[verified(), started("a"), failed("a", true)]);
    let end = RunEnd::Abandoned;
    assert!(!refused(&state, Body::Finished { end }));
    let begun = after(&[verified(), started("a"), failed("a", false)]);
    assert!(refused(&begun, Body::Finished { end }));
}

/// The records of older releases say nothing about effects.
#[test]
fn what_a_journal_does_not_say_may_have_had_an_effect() {
    for line in [
        r#"{"step_failed":{"step":"a","error":"e","hint":null,"took_ms":1}}"#,
        r#"{"step_reset":{"step":"a"}}"#,
    ] {
        let body: Body = serde_json::from_str(line).expect("an old record");
        assert_eq!(serde_json::to_string(&body).expect("JSON"), line);
        assert_eq!(to_undo(&[started("a"), body]), 1, "{line}");
    }
    assert_eq!(to_undo(&[failed("a", false)]), 0, "it was never started");
}

/// Every pull of an emergency step counts by itself.
#[test]
fn a_pull_that_was_not_begun_cannot_be_taken_back() {
    let released = || {
        let (step, by) = (StepId::new("switch"), who());
        [
            Body::EmergencyReleased { step, by },
            undone("switch")[1].clone(),
        ]
    };
    let (nothing, perhaps) = (failed("switch", true), failed("switch", false));
    let may_release = |bodies: &[Body]| after(bodies).may_release(&StepId::new("switch"));
    assert!(may_release(&[pulled(), perhaps]).is_ok());
    let why = may_release(&[pulled(), nothing.clone()]).expect_err("nothing of it was done");
    assert!(why.contains("nothing to take back"), "{why}");
    let again = [
        &[pulled(), done("switch")][..],
        &released(),
        &[pulled(), nothing],
    ]
    .concat();
    assert!(may_release(&again).is_err());
}
