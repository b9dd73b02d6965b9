//! Waiting for a person: why, and for how long.

use super::*;

#[test]
fn what_a_person_has_a_run_do_renews_its_wait_and_nothing_else_does() {
    let mut plan = plan();
    plan.steps.truncate(1);
    let fold = |bodies: &[Body]| after_on(plan.clone(), bodies);
    let promised = Body::ConfirmWithin {
        within_ms: 5,
        by: who(),
    };
    let way = [promised.clone(), verified(), started("a"), done("a")];
    assert_eq!(fold(&way[..2]).must_not_wait_longer_than_ms(), None);
    assert_eq!(fold(&way).must_not_wait_longer_than_ms(), Some(5));
    let waits = [&way[..], &[Body::ConfirmBy { at_ms: 9 }]].concat();
    let by_ms = |more: Body| fold(&[&waits[..], &[more]].concat()).confirm_by_ms();
    assert_eq!(by_ms(Body::Resumed { by: who() }), Some(9));
    assert_eq!(by_ms(promised), None, "it is said anew");
    let checked = Body::CheckDone {
        id: CheckId::new("c"),
        verdict: CheckVerdict::Ok,
        detail: String::new(),
    };
    assert_eq!(by_ms(checked), None);
    for end in [rollback(), Body::Finished { end: RunEnd::Done }] {
        let state = fold(&[&waits[..], &[end]].concat());
        assert!(!state.must_be_confirmed());
    }
}

#[test]
fn a_run_with_a_point_of_no_return_is_promised_nothing() {
    let by = who();
    let promised = Body::ConfirmWithin { within_ms: 5, by };
    assert!(refused(&after(&[]), promised));
}

#[test]
fn why_a_run_waits_is_so_for_whoever_takes_it_up_until_something_is_begun() {
    let paused = Body::Paused { why: "gate".into() };
    let taken_up = [paused, Body::Resumed { by: who() }];
    assert_eq!(after(&taken_up).paused.as_deref(), Some("gate"));
    let way = [&[verified()][..], &taken_up, &[started("a")]].concat();
    assert_eq!(after(&way).paused, None);
}
