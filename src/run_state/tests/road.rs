//! The road forward: what may begin when, and what cannot follow.

use super::*;

#[test]
fn nothing_is_written_before_the_backup_is_verified() {
    let early = after(&[paused()]);
    assert!(refused(&early, started("a")));
    let phase = Phase::Apply;
    assert!(refused(&early, Body::PhaseEntered { phase }));
    let saved = after(&[verified()]);
    assert!(!refused(&saved, started("a")));
    assert!(!refused(&saved, Body::PhaseEntered { phase }));
}

#[test]
fn the_point_of_no_return_is_passed_only_by_consent() {
    let state = after(&[verified(), paused()]);
    assert!(refused(&state, started("gone")));
    let step = StepId::new("gone");
    let state = after(&[verified(), Body::Consented { step, by: who() }]);
    assert!(!refused(&state, started("gone")));
}

/// The whole way back was agreed to, so nobody is asked again.
#[test]
fn a_step_of_the_way_back_needs_no_consent_of_its_own() {
    let mut plan = plan();
    plan.rollback.steps = vec![step("old", Undo::Irreversible)];
    let back = after_on(plan, &[verified(), rollback()]);
    assert!(!refused(&back, started("old")));
}

#[test]
fn a_step_starts_once_until_it_is_reset_or_has_failed() {
    let running = after(&[verified(), started("a"), paused()]);
    assert!(refused(&running, started("a")));
    let step = || StepId::new("a");
    let again = after(&[verified(), started("a"), reset("a", true)]);
    assert!(!refused(&again, started("a")));
    let finished = after(&[verified(), started("a"), done("a")]);
    assert!(refused(&finished, started("a")));
    assert!(refused(&finished, reset("a", true)));
    let (done, by) = (true, who());
    let step = step();
    assert!(refused(&finished, Body::StepJudged { step, done, by }));
}

#[test]
fn a_record_out_of_turn_is_refused() {
    let mut state = after(&[]);
    for seq in [0, 2] {
        let body = paused();
        let at_ms = 0;
        assert!(state.apply(&Record { seq, at_ms, body }).is_err(), "{seq}");
    }
    let again = Body::RunStarted {
        format: JOURNAL_FORMAT,
        run: RunId::new("run"),
        number: 1,
        by: who(),
        plan: plan().into(),
        agreed: false,
    };
    assert!(refused(&state, again));
}
