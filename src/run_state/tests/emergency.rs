//! Emergency steps, beside the road.

use super::*;

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
    assert!(running.steps[0].is_running());
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
    let way = [
        verified(),
        started("a"),
        done("a"),
        skipped,
        end(RunEnd::Done),
    ];
    let state = after(&way);
    assert!(refused(&state, done("a")));
    let held = after(&[&way[..], &[pulled(), done("switch")]].concat());
    assert_eq!(
        (held.ended(), held.pulled().count()),
        (Some(RunEnd::Done), 1)
    );
    assert!(!refused(&held, released()) && !refused(&held, rollback()));
    assert!(refused(&after(&[end(RunEnd::Abandoned)]), pulled()));
}

/// A recreated container has nothing of what was set in the old one.
#[test]
fn what_was_pulled_before_other_steps_ran_is_not_called_in_force() {
    let switch = |state: &RunState| {
        let view = state.emergency_step(&StepId::new("switch")).cloned();
        view.expect("the lever")
    };
    let pulled = [verified(), pulled(), done("switch")];
    let at_once = after(&pulled);
    assert_eq!(switch(&at_once).emergency_word(), "pulled");
    assert_eq!(
        at_once.stays_beside().as_deref(),
        Some("still pulled: `switch`")
    );
    assert!(refused(&at_once, self::pulled()), "it is in force");
    assert!(!at_once.touched() && !at_once.is_as_found());

    let later = after(&[&pulled[..], &[started("a"), done("a")]].concat());
    assert_eq!(switch(&later).emergency_word(), "was pulled");
    assert!(switch(&later).is_overtaken() && later.is_pulled());
    assert_eq!(
        later.stays_beside().as_deref(),
        Some("pulled before other steps ran, and not taken back: `switch`")
    );
    // An overtaken step can be taken back; pulled once more it is in force again.
    assert!(!refused(&later, released()));
    let again = [&pulled[..], &[started("a"), done("a")], &pulled[1..]].concat();
    let again = after(&again);
    assert_eq!(switch(&again).emergency_word(), "pulled");
    let back = [
        &pulled[..],
        &[started("a"), done("a"), rollback()],
        &undone("a"),
    ]
    .concat();
    assert!(switch(&after(&back)).is_overtaken());
}

#[test]
fn a_run_is_as_it_was_found_before_anything_has_changed_it() {
    assert!(after(&[verified()]).is_as_found());
    assert!(!after(&[verified(), started("a")]).is_as_found());
    let of = RemedyOf::Check(CheckId::new("port"));
    assert!(!after(&[Body::RemedyStarted { of, by: who() }]).is_as_found());
}

/// What stops others is needed again a minute later, when nothing of the run has begun since.
#[test]
fn what_leaves_nothing_is_never_in_force_and_can_be_pulled_again_at_once() {
    let leaves_nothing = || {
        let mut plan = plan();
        plan.emergency[0].undo = Undo::Harmless;
        plan
    };
    let once = [verified(), pulled(), done("switch")];
    let state = after_on(leaves_nothing(), &once);
    let view = state.emergency_step(&StepId::new("switch"));
    assert_eq!(view.expect("the lever").emergency_word(), "was pulled");
    assert_eq!((state.stays_beside(), state.in_force().count()), (None, 0));
    assert!(!refused(&state, pulled()) && refused(&state, released()));
    let running = after_on(leaves_nothing(), &once[..2]);
    assert_eq!(running.in_force().count(), 1, "nobody knows yet");
    assert!(refused(&running, pulled()));
}
