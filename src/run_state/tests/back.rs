//! The ways back: what there is to undo, in which order, and what stays for later.

use super::*;

#[test]
fn a_run_that_goes_back_does_not_go_forward() {
    let undo = |step: &str| Body::UndoStarted {
        step: StepId::new(step),
    };
    let forward = after(&[verified(), started("a"), done("a"), paused()]);
    assert!(refused(&forward, undo("a")));
    assert!(refused(&forward, undo("unheard of")));
    let back = after(&[verified(), started("a"), done("a"), rollback(), undo("a")]);
    assert!(refused(&back, rollback()));
    let phase = Phase::Apply;
    assert!(refused(&back, Body::PhaseEntered { phase }));
    assert!(refused(&back, started("gone")));
    assert!(refused(&back, Body::Finished { end: RunEnd::Done }));
    assert!(back.steps[0].was_done());
}

#[test]
fn a_run_that_did_nothing_has_nothing_to_take_back() {
    let skipped = |step: &str| Body::StepSkipped {
        step: StepId::new(step),
        reason: "not here".into(),
        by: who(),
    };
    let (a, gone) = (skipped("a"), skipped("gone"));
    assert!(after(&[verified(), a, gone, Body::Finished { end: RunEnd::Done }]).is_over());
    assert!(
        after(&[Body::Finished {
            end: RunEnd::Abandoned
        }])
        .is_over()
    );
}

#[test]
fn a_backup_comes_back_with_the_last_of_the_steps_that_are_undone() {
    let of = |id: &str| step(id, Undo::Restore("db".into()));
    let plan = Plan {
        steps: vec![of("a"), step("b", Undo::Harmless), of("c"), of("d")],
        ..plan()
    };
    let begun = ["a", "b", "c", "d"].map(|id| [started(id), done(id)]);
    let all = [vec![verified()], begun.concat()].concat();
    let ran = after_on(plan.clone(), &all);
    let with = |state: &RunState, earlier| {
        let view = state.restores_for("db", earlier)?;
        Some(view.step.id.to_string())
    };
    assert_eq!(ran.to_undo(0).collect::<Vec<_>>(), [3, 2, 1, 0]);
    assert_eq!(with(&ran, 0..3), Some("a".into()));
    assert_eq!(with(&ran, 0..0), None);
    // Going back only to `c` restores with the last step that is undone then.
    assert_eq!(with(&ran, 2..3), Some("c".into()));
    assert_eq!(with(&ran, 1..2), None);
    // A step that was never begun, or is undone already, restores nothing.
    let only_last = after_on(plan.clone(), &[verified(), started("d"), done("d")]);
    assert_eq!(with(&only_last, 0..3), None);
    let undone = [
        rollback(),
        Body::UndoStarted { step: "a".into() },
        Body::UndoDone {
            step: "a".into(),
            how: Undone::Ran,
            detail: String::new(),
        },
    ];
    let back = after_on(plan, &[all, undone.to_vec()].concat());
    assert_eq!(back.to_undo(0).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(with(&back, 0..3), Some("c".into()));
}

/// The step was begun and, when looked at again, was found done: this run may have done it.
#[test]
fn what_was_found_done_after_it_was_begun_is_undone() {
    let found = Body::StepDone {
        step: "a".into(),
        how: Done::AlreadyDone,
        detail: String::new(),
        rows: 0,
        took_ms: 0,
    };
    let before = after(&[verified(), found.clone()]);
    assert_eq!(before.to_undo(0).count(), 0);
    let again = |no_effect| {
        after(&[
            verified(),
            started("a"),
            reset("a", no_effect),
            found.clone(),
        ])
    };
    assert_eq!(again(false).to_undo(0).count(), 1);
    assert_eq!(again(true).to_undo(0).count(), 0, "somebody else made it");
}

#[test]
fn what_outlasts_its_undo_is_for_the_end_of_a_rollback() {
    let phase = Phase::Apply;
    let begun = [verified(), Body::PhaseEntered { phase }];
    let stop = [started("stop"), done("stop")];
    let way = [&begun[..], &stop, &stepped_back(&["stop"], "stop")].concat();
    let state = after_on(stops_and_starts(), &way);
    assert_eq!(state.stopped(), ["app"]);
    assert!(
        state.touched(),
        "a run that has stopped something cannot be given up"
    );
    assert!(refused(
        &state,
        Body::Finished {
            end: RunEnd::Abandoned
        }
    ));
    assert_eq!(state.to_undo(0).collect::<Vec<_>>(), [0]);
    assert!(!refused(&state, started("stop")));
}

#[test]
fn steps_whose_restore_takes_earlier_ones_back_are_not_undone_without_them() {
    let mut plan = plan();
    let restore = || Undo::Restore("db".into());
    plan.steps = vec![
        step("a", restore()),
        step("b", Undo::File),
        step("c", restore()),
    ];
    let all = ["a", "b", "c"]
        .into_iter()
        .flat_map(|id| [started(id), done(id)]);
    let way: Vec<Body> = [verified()].into_iter().chain(all).collect();
    let state = after_on(plan, &way);
    let why = state.may_step_back(&StepId::new("c")).expect_err("c alone");
    assert!(why.contains("undoes `a` too"), "{why}");
    assert!(state.may_step_back(&StepId::new("b")).is_err());
    assert_eq!(state.may_step_back(&StepId::new("a")), Ok(()));
    let down_to = |id: &str| state.back_to(&StepId::new(id));
    assert_eq!(["a", "b", "c"].map(down_to), [0, 0, 0]);
    let places: Vec<usize> = state.to_undo(0).collect();
    assert_eq!(places, [2, 1, 0], "newest first");
    let ended = [&way[..], &[Body::Finished { end: RunEnd::Done }]].concat();
    let ended = after_on((*state.plan).clone(), &ended);
    assert!(ended.may_step_back(&StepId::new("a")).is_err());
}

#[test]
fn a_way_back_leaves_out_what_was_never_begun() {
    let mut plan = plan();
    plan.steps[1] = step("b", Undo::File);
    let cannot_begin = failed("b", true);
    let phase = Phase::Apply;
    let begun = [
        verified(),
        Body::PhaseEntered { phase },
        started("a"),
        done("a"),
    ];
    let way = [&begun[..], &[cannot_begin], &stepped_back(&["a"], "a")].concat();
    assert!(after_on(plan, &way).stepping_back().is_none());
}

#[test]
fn a_restore_takes_back_what_an_earlier_step_sent_to_the_same_database() {
    let mut plan = plan();
    let sent = || {
        let action = r#"{"sql": {"database": "db", "statement": "DROP TABLE t"}}"#;
        Undo::Action(serde_json::from_str(action).expect("an action"))
    };
    plan.steps = vec![
        step("a", sent()),
        step("b", Undo::Restore("db".into())),
        step("c", Undo::Restore("other".into())),
    ];
    let all = ["a", "b", "c"]
        .into_iter()
        .flat_map(|id| [started(id), done(id)]);
    let way: Vec<Body> = [verified()].into_iter().chain(all).collect();
    let state = after_on(plan, &way);
    let down_to = |id: &str| state.back_to(&StepId::new(id));
    assert_eq!(["a", "b", "c"].map(down_to), [0, 0, 2]);
    let why = state
        .may_step_back(&StepId::new("b"))
        .expect_err("b without a");
    assert!(why.contains("undoes `a` too"), "{why}");
}

#[test]
fn what_was_not_undone_is_tried_again_and_has_not_failed_itself() {
    let id = || StepId::new("a");
    let (by, phase, reason) = (who(), Phase::Apply, "by hand".to_owned());
    let begun = [
        verified(),
        Body::PhaseEntered { phase },
        started("a"),
        done("a"),
    ];
    let begins = stepped_back(&[], "a").remove(0);
    let left = [
        Body::UndoStarted { step: id() },
        Body::UndoFailed {
            step: id(),
            error: "it is held".into(),
            unknown: false,
        },
        Body::UndoSkipped {
            step: id(),
            reason,
            by,
        },
        Body::SteppedBack { to: id() },
    ];
    let way = [&begun[..], &[begins], &left].concat();
    let state = after(&way);
    let view = &state.steps[0];
    let told = (view.word(), view.because());
    assert_eq!(told, ("failed", Some("it was not undone: by hand")));
    assert!(view.was_done(), "what it did is still there");
    assert_eq!(state.had_failed(), None, "nothing went wrong with it");
    assert_eq!(state.next_step(), Some(view), "the road goes on with it");
    assert!(!refused(&state, started("a")));
    // The same holds while the step is run again, and in a rollback of the whole run.
    let again = after(&[&way[..], &[started("a")]].concat());
    assert!(again.steps[0].was_done() && again.steps[0].is_running());
    let back = after(&[&way[..], &[rollback()]].concat());
    assert_eq!(back.to_undo(0).collect::<Vec<_>>(), [0]);
}

/// Rows beyond these that a restore loses are taken for rows that others wrote.
#[test]
fn rows_that_steps_wrote_count_until_a_restore_takes_them() {
    let insert = serde_json::json!({ "sql": { "database": "db", "statement": "INSERT" } });
    let insert: Action = serde_json::from_value(insert).expect("an action");
    let id = StepId::new("a");
    let wrote = || {
        let (how, detail, step) = (Done::Ran, String::new(), id.clone());
        let (rows, took_ms) = (5, 1);
        let done = Body::StepDone {
            step,
            how,
            detail,
            rows,
            took_ms,
        };
        [started("a"), done]
    };
    let rows = |undo: Undo| {
        let mut plan = plan();
        plan.steps = vec![PlannedStep {
            body: StepBody::Do(insert.clone()),
            ..step("a", undo)
        }];
        let phase = Phase::Apply;
        let once = [&[verified(), Body::PhaseEntered { phase }][..], &wrote()].concat();
        let again = [&once[..], &stepped_back(&["a"], "a")].concat();
        let twice = [&again[..], &wrote()].concat();
        let back = [&twice[..], &[rollback()], &undone("a")].concat();
        [once, again, twice, back].map(|way| after_on(plan.clone(), &way).rows_changed("db"))
    };
    let by_statements = Undo::Action(insert.clone());
    assert_eq!(rows(by_statements), [5, 5, 10, 10]);
    assert_eq!(rows(Undo::Restore("db".into())), [5, 0, 5, 0]);
}
