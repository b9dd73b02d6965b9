//! What a run has stopped, and whether it started it again.

use super::*;

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
    // A service that was stopped on the road stays stopped.
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
fn what_a_command_takes_down_is_stopped_until_another_brings_it_up() {
    let command = |key: &str, names: &[&str]| -> Action {
        let run = serde_json::json!({"run": {"command": ["make"], key: names}});
        serde_json::from_value(run).expect("an action")
    };
    let act = |name: &str, action: Action, undo: Undo| PlannedStep {
        body: StepBody::Do(action),
        ..step(name, undo)
    };
    let [stop, start] = ["takes_down", "brings_up"].map(|key| command(key, &["gateway", "agent"]));
    let mut plan = plan();
    let end = Undo::AtTheEnd(StepId::new("start old"));
    plan.steps = vec![
        act("stop", stop.clone(), end),
        act("start", start.clone(), Undo::Action(stop)),
    ];
    plan.rollback.steps = vec![act("start old", start, Undo::Stays)];
    let mut way = vec![verified()];
    let mut stopped_after = |bodies: &[Body]| {
        way.extend(bodies.iter().cloned());
        after_on(plan.clone(), &way).stopped().join(" ")
    };
    assert_eq!(
        stopped_after(&[started("stop"), done("stop")]),
        "gateway agent"
    );
    assert_eq!(stopped_after(&[started("start"), done("start")]), "");
    let back = [&[rollback()], &undone("start")[..], &undone("stop")].concat();
    assert_eq!(stopped_after(&back), "gateway agent");
    assert_eq!(
        stopped_after(&[started("start old"), done("start old")]),
        ""
    );
}

#[test]
fn of_a_service_whose_start_failed_nobody_says_that_it_is_down() {
    let titles = |more: &[Body]| {
        let way = [&[verified(), started("stop"), done("stop")], more].concat();
        after_on(stops_and_starts(), &way).stopped_titles()
    };
    assert_eq!(titles(&[]), ["app"]);
    let failed = Body::StepFailed {
        step: StepId::new("start"),
        error: "answers as the old release".into(),
        hint: None,
        took_ms: 0,
        no_effect: false,
    };
    assert_eq!(
        titles(&[started("start"), failed]),
        ["app (a start of it failed: it may run)"]
    );
}

#[test]
fn of_a_service_that_a_pulled_step_starts_nobody_says_that_it_is_down() {
    let mut plan = stops_and_starts();
    plan.emergency[0].body = plan.steps[2].body.clone();
    let titles = |more: &[Body]| {
        let way = [&[verified(), started("stop"), done("stop")], more].concat();
        after_on(plan.clone(), &way).stopped_titles()
    };
    assert_eq!(titles(&[]), ["app"]);
    let told = titles(&[pulled(), done("switch")]);
    assert_eq!(told, ["app (`switch` is pulled and starts it: it may run)"]);
}

/// Told once for each of four services it would leave no room for what helps.
#[test]
fn a_start_that_failed_for_several_services_is_told_once() {
    let both = |key: &str| -> StepBody {
        let run = serde_json::json!({"run": {"command": ["make"], key: ["gateway", "agent"]}});
        StepBody::Do(serde_json::from_value(run).expect("an action"))
    };
    let mut plan = stops_and_starts();
    plan.steps[0].body = both("takes_down");
    plan.steps[2].body = both("brings_up");
    let failed = Body::StepFailed {
        step: StepId::new("start"),
        error: "exit code 1".into(),
        hint: None,
        took_ms: 0,
        no_effect: false,
    };
    let way = [
        verified(),
        started("stop"),
        done("stop"),
        started("start"),
        failed,
    ];
    assert_eq!(
        after_on(plan, &way).stopped_titles(),
        ["gateway, agent (a start of them failed: they may run)"]
    );
}
