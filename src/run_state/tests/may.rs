//! What may be asked of a run where it stands.

use super::*;

fn question(id: &str) -> PlannedStep {
    let ask = serde_json::json!({ "ask": { "text": "Start it." } });
    PlannedStep {
        body: StepBody::Do(serde_json::from_value(ask).expect("a question")),
        ..step(id, Undo::Harmless)
    }
}

fn check(id: &str, probe: serde_json::Value) -> PlannedCheck {
    let check = serde_json::json!({ "id": id, "title": id, "probe": probe });
    PlannedCheck {
        id: CheckId::new(id),
        hop: 0,
        check: serde_json::from_value(check).expect("a check"),
    }
}

fn failed(step: &str) -> Body {
    Body::StepFailed {
        step: StepId::new(step),
        error: "exit 1".into(),
        hint: None,
        took_ms: 1,
        no_effect: false,
    }
}

fn in_phase(phase: Phase) -> Body {
    Body::PhaseEntered { phase }
}

/// If the run pauses before the first undo, every step still counts as done.
#[test]
fn a_run_whose_last_steps_are_being_undone_does_not_end_as_done() {
    let mut plan = plan();
    plan.steps.truncate(1);
    let begins = stepped_back(&[], "a").remove(0);
    let way = [
        verified(),
        in_phase(Phase::Apply),
        started("a"),
        done("a"),
        begins,
    ];
    let state = after_on(plan, &way);
    assert!(state.next_step().is_none() && state.stepping_back().is_some());
    for may in [state.may_apply(), state.may_verify(), state.may_finish()] {
        let why = may.expect_err("it goes on with the undo first");
        assert_eq!(why, "steps are being undone; go on with that first");
    }
    assert_eq!(state.may_go_on_back(), Ok(()));
    assert_eq!(state.may_roll_back(), Ok(()));
}

/// The step was never begun, so it has no undo.
#[test]
fn a_step_that_could_not_begin_is_not_retried_while_others_are_undone() {
    let mut plan = plan();
    plan.steps[1] = step("b", Undo::File);
    let way = [
        verified(),
        in_phase(Phase::Apply),
        started("a"),
        done("a"),
        failed("b"),
    ];
    let id = StepId::new("b");
    let before = after_on(plan.clone(), &way);
    assert_eq!(
        (before.may_retry(&id), before.may_skip(&id)),
        (Ok(()), Ok(()))
    );
    let begins = stepped_back(&[], "a").remove(0);
    let state = after_on(plan, &[&way[..], &[begins]].concat());
    let all = [
        state.may_retry(&id),
        state.may_skip(&id),
        state.may_skip_undo(&id),
    ];
    assert!(all.iter().all(Result::is_err), "{all:?}");
}

#[test]
fn only_an_undo_that_failed_is_left_out() {
    let mut plan = plan();
    plan.rollback.steps = vec![step("old", Undo::Stays)];
    let id = StepId::new("a");
    let way = [verified(), started("a"), failed("a"), rollback()];
    let going = after_on(plan.clone(), &way);
    // The step failed on the way forward and is still to be undone.
    let why = going.may_skip_undo(&id).expect_err("not tried yet");
    assert_eq!(why, "this undo has not failed");
    let undo_failed = |unknown| Body::UndoFailed {
        step: id.clone(),
        error: "it is held".into(),
        unknown,
    };
    let left = |unknown| {
        let stuck = [&way[..], &[undo_failed(unknown)]].concat();
        after_on(plan.clone(), &stuck).may_skip_undo(&id).is_ok()
    };
    assert_eq!((left(false), left(true)), (true, false));
    let end = [&way[..], &undone("a"), &[started("old"), failed("old")]].concat();
    let end = after_on(plan, &end);
    assert_eq!(end.may_skip_undo(&StepId::new("old")), Ok(()));
}

#[test]
fn a_person_is_asked_only_by_the_way_that_the_run_goes() {
    let mut plan = plan();
    plan.steps = vec![step("a", Undo::File), question("ask")];
    plan.rollback.steps = vec![question("old")];
    let (ask, old) = (StepId::new("ask"), StepId::new("old"));
    let way = [
        verified(),
        in_phase(Phase::Apply),
        started("a"),
        done("a"),
        started("ask"),
    ];
    let forward = after_on(plan.clone(), &way);
    assert_eq!(forward.may_confirm(&ask), Ok(()));
    let begins = stepped_back(&[], "a").remove(0);
    let down = after_on(plan.clone(), &[&way[..], &[begins]].concat());
    assert!(down.may_confirm(&ask).is_err());
    let back = [&way[..], &[rollback()]].concat();
    assert!(after_on(plan.clone(), &back).may_confirm(&ask).is_err());
    let back = [&back[..], &undone("ask"), &undone("a"), &[started("old")]].concat();
    let back = after_on(plan, &back);
    assert_eq!(back.may_confirm(&old), Ok(()));
    let why = back.may_go_on_back().expect_err("somebody does it first");
    assert_eq!(why, "`old` waits for a person");
}

#[test]
fn a_check_is_made_marked_and_waived_where_the_run_waits_for_it() {
    let port = serde_json::json!({ "port": { "port": "80", "open": true } });
    let look = serde_json::json!({ "manual": { "text": "look" } });
    let mut plan = plan();
    plan.checklist = vec![check("port", port.clone()), check("told", look)];
    plan.verify = vec![check("new port", port)];
    let [port, told, new] = ["port", "told", "new port"].map(CheckId::new);
    let fresh = after_on(plan.clone(), &[]);
    let why = fresh.may_waive(&port).expect_err("nobody has seen it fail");
    assert!(why.starts_with("make the check first"), "{why}");
    assert_eq!(fresh.may_waive(&told), Ok(()), "not marked unseen");
    assert!(fresh.may_recheck(&new).is_err() && fresh.may_back_up().is_err());
    let looked = |id: &CheckId| Body::CheckDone {
        id: id.clone(),
        verdict: CheckVerdict::Ok,
        detail: String::new(),
    };
    let passed = [looked(&port), looked(&told)];
    let holds = after_on(plan.clone(), &passed);
    assert!(holds.may_waive(&port).is_err(), "it holds");
    assert_eq!(
        (holds.may_unmark(&told), holds.may_back_up()),
        (Ok(()), Ok(()))
    );
    let behind = [&passed[..], &[in_phase(Phase::Backup)]].concat();
    let behind = after_on(plan, &behind);
    for may in [
        behind.may_recheck(&port),
        behind.may_mark(&told),
        behind.may_unmark(&told),
    ] {
        assert!(may.is_err(), "the checklist is behind the run");
    }
    assert_eq!(behind.may_back_up(), Ok(()));
}

#[test]
fn no_consent_is_taken_that_nothing_comes_of() {
    let gone = StepId::new("gone");
    let way = [verified(), in_phase(Phase::Apply), started("a"), done("a")];
    let next = after(&way);
    assert_eq!(next.may_consent(&gone), Ok(()));
    assert!(after(&way[..1]).may_consent(&gone).is_err(), "not the next");
    let back = after(&[&way[..], &[rollback()]].concat());
    assert!(
        back.may_consent(&gone).is_err(),
        "the run is being rolled back"
    );
}

#[test]
fn levers_are_there_until_nothing_can_be_done_with_them() {
    let switch = StepId::new("switch");
    let end = || Body::Finished {
        end: RunEnd::Abandoned,
    };
    let given_up = after(&[end()]);
    assert!(!given_up.has_levers() && given_up.may_pull(&switch).is_err());
    let held = after(&[pulled(), done("switch"), end()]);
    assert!(held.is_over() && held.has_levers());
    assert_eq!(held.may_release(&switch), Ok(()));
    assert_eq!(
        held.may_pull(&switch),
        Err("the run has ended".to_owned()),
        "it is only taken back"
    );
}
