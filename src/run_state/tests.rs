use super::*;
use crate::model::{
    digest::Digest,
    plan::{
        PLAN_FORMAT, PlannedBackup, PlannedCheck, PlannedRollback, PlannedStep, StepBody, Undo,
    },
    record::{Done, JOURNAL_FORMAT, Undone, Verified},
    release::Release,
    rule::Action,
};

fn who() -> Who {
    Who {
        user: "ada".into(),
        host: "web-03".into(),
        pid: 7,
    }
}

fn step(id: &str, undo: Undo) -> PlannedStep {
    PlannedStep {
        id: StepId::new(id),
        hop: 0,
        title: id.into(),
        body: StepBody::Write {
            over: false,
            file: "a.conf".try_into().expect("a path below the root"),
            text: String::new(),
        },
        undo,
        done_if: None,
        then: Vec::new(),
        idempotent: false,
        because: None,
        cites: Vec::new(),
        doubt: None,
    }
}

fn plan() -> Plan {
    Plan {
        format: PLAN_FORMAT,
        program: "0".into(),
        product: "app".into(),
        title: "App".into(),
        pack: Digest::of(b"pack"),
        signed: None,
        host: "web-03".into(),
        root: "/srv/app".into(),
        from: Release::try_from("1.0.0").expect("a release"),
        to: Release::try_from("2.0.0").expect("a release"),
        hops: Vec::new(),
        targets: BTreeMap::new(),
        variables: BTreeMap::new(),
        findings: Vec::new(),
        decisions: BTreeMap::new(),
        inputs: BTreeMap::new(),
        variants: BTreeMap::new(),
        services: BTreeMap::new(),
        databases: BTreeMap::new(),
        checklist: Vec::new(),
        backup: PlannedBackup::default(),
        steps: vec![step("a", Undo::File), step("gone", Undo::Irreversible)],
        verify: Vec::new(),
        rollback: PlannedRollback::default(),
        emergency: vec![step(
            "switch",
            Undo::Action(Action::Stop("policies".into())),
        )],
        hints: Vec::new(),
        notes: Vec::new(),
        usages: Vec::new(),
        usages_after: Vec::new(),
        remedies: BTreeMap::new(),
    }
}

/// The state after these records, in one run.
fn after(bodies: &[Body]) -> RunState {
    after_on(plan(), bodies)
}

fn after_on(plan: Plan, bodies: &[Body]) -> RunState {
    let start = Body::RunStarted {
        format: JOURNAL_FORMAT,
        run: RunId::new("run"),
        number: 1,
        by: who(),
        plan: Box::new(plan),
    };
    let bodies = [start].into_iter().chain(bodies.iter().cloned());
    let records: Vec<Record> = bodies
        .enumerate()
        .map(|(seq, body)| Record {
            seq: seq as u64,
            at_ms: seq as u64,
            body,
        })
        .collect();
    RunState::fold(&records).expect("these records can follow one another")
}

fn refused(state: &RunState, body: Body) -> bool {
    let mut tried = state.clone();
    let seq = state.seq + 1;
    let end = tried.apply(&Record {
        seq,
        at_ms: 99,
        body,
    });
    if end.is_err() {
        assert_eq!(tried, *state, "a refused record changes nothing");
    }
    end.is_err()
}

fn verified() -> Body {
    Body::BackupVerified(Verified {
        manifest: Digest::of(b"manifest"),
        files: 1,
        bytes: 1,
    })
}

fn started(step: &str) -> Body {
    Body::StepStarted {
        step: StepId::new(step),
        attempt: 1,
    }
}

fn done(step: &str) -> Body {
    Body::StepDone {
        step: StepId::new(step),
        how: Done::Ran,
        detail: String::new(),
        took_ms: 1,
    }
}

fn rollback() -> Body {
    Body::RollbackStarted {
        by: who(),
        reason: "it fails".into(),
        over_later_edits: false,
    }
}

fn paused() -> Body {
    Body::Paused {
        why: "a gate".into(),
    }
}

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

#[test]
fn a_step_starts_once_until_it_is_reset_or_has_failed() {
    let running = after(&[verified(), started("a"), paused()]);
    assert!(refused(&running, started("a")));
    let step = || StepId::new("a");
    let reset = after(&[verified(), started("a"), Body::StepReset { step: step() }]);
    assert!(!refused(&reset, started("a")));
    let finished = after(&[verified(), started("a"), done("a")]);
    assert!(refused(&finished, started("a")));
    assert!(refused(&finished, Body::StepReset { step: step() }));
    let (done, by) = (true, who());
    let step = step();
    assert!(refused(&finished, Body::StepJudged { step, done, by }));
}

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
    assert!(refused(&back, Body::Finished { end: End::Done }));
    assert!(back.steps[0].was_done);
}

#[test]
fn a_run_ends_as_it_went_and_nothing_follows() {
    let untouched = after(&[]);
    let end = |end| Body::Finished { end };
    assert!(!refused(&untouched, end(End::Abandoned)));
    assert!(refused(&untouched, end(End::Done)));
    assert!(refused(&untouched, end(End::RolledBack)));
    let step = StepId::new("a");
    let (how, detail) = (Undone::Ran, String::new());
    let undone = Body::UndoDone { step, how, detail };
    let back = [verified(), started("a"), rollback(), undone];
    assert!(refused(&after(&back), end(End::Abandoned)));
    let ended = after(&[&back[..], &[end(End::RolledBack)]].concat());
    assert_eq!(ended.word(), "rolled back");
    assert!(refused(&ended, paused()));
}

#[test]
fn what_is_done_can_be_taken_back_and_nothing_else_follows() {
    let end = |end| Body::Finished { end };
    let undo = || {
        let step = StepId::new("a");
        let (how, detail) = (Undone::Ran, String::new());
        Body::UndoDone { step, how, detail }
    };
    let skipped = Body::StepSkipped {
        step: StepId::new("gone"),
        reason: "not here".into(),
        by: who(),
    };
    let way = [verified(), started("a"), done("a"), skipped];
    let done_run = after(&[&way[..], &[end(End::Done)]].concat());
    assert_eq!((done_run.word(), done_run.is_over()), ("done", false));
    let at_ms = done_run.done_at_ms;
    assert!(at_ms.is_some());
    for body in [
        paused(),
        started("gone"),
        undo(),
        end(End::Done),
        end(End::RolledBack),
        Body::PhaseEntered {
            phase: Phase::Rollback,
        },
    ] {
        assert!(refused(&done_run, body));
    }

    // Taking it up changes nothing yet; from the start of the rollback it has not ended.
    let resumed = || Body::Resumed { by: who() };
    let taken_up = after(&[&way[..], &[end(End::Done), resumed()]].concat());
    assert_eq!(taken_up.end, Some(End::Done));
    let back = [end(End::Done), resumed(), rollback()];
    let back = [&way[..], &back].concat();
    let going_back = after(&back);
    assert_eq!((going_back.end, going_back.done_at_ms), (None, at_ms));
    assert_eq!(going_back.word(), "going back");
    assert!(refused(&going_back, end(End::Done)));
    let gone_back = after(&[&back[..], &[undo(), end(End::RolledBack)]].concat());
    assert_eq!(
        (gone_back.word(), gone_back.is_over()),
        ("rolled back", true)
    );
    for body in [resumed(), rollback()] {
        assert!(refused(&gone_back, body));
    }
}

#[test]
fn a_run_that_did_nothing_has_nothing_to_take_back() {
    let skipped = |step: &str| Body::StepSkipped {
        step: StepId::new(step),
        reason: "not here".into(),
        by: who(),
    };
    let (a, gone) = (skipped("a"), skipped("gone"));
    assert!(after(&[verified(), a, gone, Body::Finished { end: End::Done }]).is_over());
    assert!(
        after(&[Body::Finished {
            end: End::Abandoned
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
    // Whoever goes back only so far restores with the last that is undone then.
    assert_eq!(with(&ran, 2..3), Some("c".into()));
    assert_eq!(with(&ran, 1..2), None);
    // What was never begun, or is undone, brings nothing back.
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

/// It was begun, and when it was looked at again it was there: this run may have made it.
#[test]
fn what_was_found_done_after_it_was_begun_is_undone() {
    let found = Body::StepDone {
        step: "a".into(),
        how: Done::AlreadyDone,
        detail: String::new(),
        took_ms: 0,
    };
    let before = after(&[verified(), found.clone()]);
    assert_eq!(before.to_undo(0).count(), 0);
    let reset = Body::StepReset { step: "a".into() };
    let begun = after(&[verified(), started("a"), reset, found]);
    assert_eq!(begun.to_undo(0).count(), 1);
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
        plan: Box::new(plan()),
    };
    assert!(refused(&state, again));
}

fn pulled() -> Body {
    Body::EmergencyPulled {
        step: StepId::new("switch"),
        by: who(),
    }
}

fn released() -> Body {
    Body::EmergencyReleased {
        step: StepId::new("switch"),
        by: who(),
    }
}

#[test]
fn an_emergency_step_is_pulled_at_any_moment_and_is_no_part_of_the_road() {
    let early = after(&[pulled(), done("switch")]);
    assert_eq!(early.pulled().count(), 1);
    assert!(!early.touched() && early.next_step() == after(&[]).next_step());
    for body in [pulled(), started("switch")] {
        assert!(refused(&early, body));
    }
    let running = after(&[verified(), started("a"), pulled()]);
    assert_eq!(running.steps[0].state, StepState::Running);
    let going_back = after(&[verified(), started("a"), rollback(), pulled()]);
    assert_eq!(going_back.pulled().count(), 1);
    let step = StepId::new("a");
    assert!(refused(
        &after(&[]),
        Body::EmergencyPulled { step, by: who() }
    ));
}

#[test]
fn what_nobody_knows_of_an_emergency_step_is_said_before_it_is_pulled_again() {
    let step = || StepId::new("switch");
    let why = "a crash".to_owned();
    let unknown = [pulled(), Body::StepUnknown { step: step(), why }];
    let state = after(&unknown);
    assert_eq!(state.pulled().count(), 1, "it may be in force");
    assert!(refused(&state, pulled()) && refused(&state, released()));
    let judged = |done| {
        let (step, by) = (step(), who());
        [&unknown[..], &[Body::StepJudged { step, done, by }]].concat()
    };
    assert!(!refused(&after(&judged(false)), pulled()));
    assert!(refused(&after(&judged(true)), pulled()));
    assert!(!refused(&after(&judged(true)), released()));
}

#[test]
fn a_pulled_step_is_taken_back_outside_a_rollback_and_can_be_pulled_again() {
    let undone = |how| Body::UndoDone {
        step: StepId::new("switch"),
        how,
        detail: String::new(),
    };
    assert!(refused(&after(&[]), released()), "nothing was pulled");
    let back = after(&[pulled(), done("switch"), released(), undone(Undone::Ran)]);
    assert_eq!((back.pulled().count(), back.rollback.is_none()), (0, true));
    assert!(!refused(&back, pulled()));
}

#[test]
fn the_emergency_steps_of_a_run_that_is_done_can_be_pulled_and_of_no_other_that_ended() {
    let skipped = Body::StepSkipped {
        step: StepId::new("gone"),
        reason: "not here".into(),
        by: who(),
    };
    let end = |end| Body::Finished { end };
    let way = [verified(), started("a"), done("a"), skipped, end(End::Done)];
    let state = after(&way);
    assert!(refused(&state, done("a")));
    let held = after(&[&way[..], &[pulled(), done("switch")]].concat());
    assert_eq!((held.end, held.pulled().count()), (Some(End::Done), 1));
    assert!(!refused(&held, released()) && !refused(&held, rollback()));
    assert!(refused(&after(&[end(End::Abandoned)]), pulled()));
}

fn looked(id: &str) -> Body {
    Body::CheckDone {
        id: CheckId::new(id),
        verdict: CheckVerdict::Ok,
        detail: String::new(),
    }
}

fn planned_check(id: &str, probe: serde_json::Value) -> PlannedCheck {
    let check = serde_json::json!({ "id": id, "title": id, "probe": probe });
    PlannedCheck {
        id: CheckId::new(id),
        hop: 0,
        check: serde_json::from_value(check).expect("a check"),
    }
}

#[test]
fn what_is_done_after_a_check_has_looked_is_looked_at_again() {
    let mut plan = plan();
    plan.steps[1] = step("b", Undo::File);
    plan.verify = vec![
        planned_check(
            "port",
            serde_json::json!({ "port": { "port": "80", "open": true } }),
        ),
        planned_check("seen", serde_json::json!({ "manual": { "text": "look" } })),
    ];
    let way = [
        verified(),
        started("a"),
        done("a"),
        looked("port"),
        looked("seen"),
    ];
    let open = |more: &[Body]| {
        let state = after_on(plan.clone(), &[&way[..], more].concat());
        let open = state.open_checks(&state.plan.verify).into_iter();
        open.map(|check| check.id.to_string()).collect::<Vec<_>>()
    };
    let fixed = Body::CheckFixed {
        id: CheckId::new("seen"),
        detail: String::new(),
    };
    assert_eq!(open(&[]), [""; 0]);
    assert_eq!(open(&[pulled()]), ["port"]);
    assert_eq!(open(&[fixed]), ["port"], "it may have undone what held");
    assert_eq!(open(&[started("b")]), ["port"]);
    assert_eq!(
        open(&[rollback()]),
        [""; 0],
        "what was found stays in the report"
    );
    let waived = Body::CheckWaived {
        id: CheckId::new("port"),
        reason: "not here".into(),
        by: who(),
    };
    assert_eq!(open(&[waived, pulled()]), [""; 0]);
}

fn undone(step: &str) -> [Body; 2] {
    let step = StepId::new(step);
    let begun = Body::UndoStarted { step: step.clone() };
    let detail = String::new();
    let how = Undone::Ran;
    [begun, Body::UndoDone { step, how, detail }]
}

fn stepped_back(steps: &[&str], to: &str) -> Vec<Body> {
    let to = StepId::new(to);
    let begun = Body::StepBackStarted {
        to: to.clone(),
        by: who(),
        reason: "not kept".into(),
    };
    let undone = steps.iter().flat_map(|step| undone(step));
    let stands = Body::SteppedBack { to };
    [begun].into_iter().chain(undone).chain([stands]).collect()
}

/// A stop that only the end of a rollback takes back, a start, and a step between.
fn stops_and_starts() -> Plan {
    let act = |name: &str, action: serde_json::Value, undo: Undo| PlannedStep {
        body: StepBody::Do(serde_json::from_value(action).expect("an action")),
        ..step(name, undo)
    };
    let stop = || Undo::Action(Action::Stop("app".into()));
    let start = serde_json::json!({ "start": { "service": "app", "release": "1" } });
    let mut plan = plan();
    plan.steps = vec![
        act("stop", serde_json::json!({ "stop": "app" }), stop()),
        step("a", Undo::File),
        act("start", start.clone(), stop()),
    ];
    plan.rollback.steps = vec![act("start old", start, Undo::Stays)];
    plan
}

#[test]
fn what_a_run_has_stopped_is_known_until_it_is_started() {
    let fold = |bodies: &[Body]| after_on(stops_and_starts(), bodies);
    let phase = Phase::Apply;
    let mut way = vec![verified(), Body::PhaseEntered { phase }];
    let mut stopped_after = |bodies: &[Body]| {
        way.extend(bodies.iter().cloned());
        fold(&way).stopped().len()
    };
    assert_eq!(stopped_after(&[]), 0);
    assert_eq!(stopped_after(&[started("stop"), done("stop")]), 1);
    assert_eq!(stopped_after(&[started("a"), done("a")]), 1);
    assert_eq!(stopped_after(&[started("start")]), 1);
    assert_eq!(stopped_after(&[done("start")]), 0);
    assert_eq!(stopped_after(&[rollback()]), 0);
    assert_eq!(stopped_after(&undone("start")), 1);
    assert_eq!(stopped_after(&[undone("a"), undone("stop")].concat()), 1);
    assert_eq!(stopped_after(&[started("start old")]), 1);
    assert_eq!(stopped_after(&[done("start old")]), 0);
}

#[test]
fn a_service_that_the_run_started_first_is_not_left_stopped_by_its_way_back() {
    let mut plan = stops_and_starts();
    plan.steps.remove(0);
    plan.rollback.steps.clear();
    let way = [verified(), started("start"), done("start"), rollback()];
    let way = [&way[..], &undone("start")].concat();
    assert_eq!(after_on(plan.clone(), &way).stopped(), [""; 0]);
    // Whoever stopped it on the road has left it stopped.
    let stop = stops_and_starts().steps.remove(0);
    plan.steps.push(stop);
    let way = [
        started("start"),
        done("start"),
        started("stop"),
        done("stop"),
    ];
    let way = [&[verified()], &way[..]].concat();
    assert_eq!(after_on(plan, &way).stopped(), ["app"]);
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
            end: End::Abandoned
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
    assert!(why.contains("takes `a` back too"), "{why}");
    assert!(state.may_step_back(&StepId::new("b")).is_err());
    assert_eq!(state.may_step_back(&StepId::new("a")), Ok(()));
    let places: Vec<usize> = state.to_undo(0).collect();
    assert_eq!(places, [2, 1, 0], "newest first");
    let ended = [&way[..], &[Body::Finished { end: End::Done }]].concat();
    let ended = after_on(state.plan.clone(), &ended);
    assert!(ended.may_step_back(&StepId::new("a")).is_err());
}

#[test]
fn a_way_back_leaves_out_what_was_never_begun() {
    let mut plan = plan();
    plan.steps[1] = step("b", Undo::File);
    let cannot_begin = Body::StepFailed {
        step: StepId::new("b"),
        error: "it cannot be seen".into(),
        hint: None,
        took_ms: 0,
    };
    let phase = Phase::Apply;
    let begun = [
        verified(),
        Body::PhaseEntered { phase },
        started("a"),
        done("a"),
    ];
    let way = [&begun[..], &[cannot_begin], &stepped_back(&["a"], "a")].concat();
    assert!(after_on(plan, &way).stepping_back.is_none());
}

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
    for end in [rollback(), Body::Finished { end: End::Done }] {
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
