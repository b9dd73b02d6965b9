//! How a run ends, and what may come after that.

use super::*;

#[test]
fn a_run_ends_as_it_went_and_nothing_follows() {
    let untouched = after(&[]);
    let end = |end| Body::Finished { end };
    assert!(!refused(&untouched, end(RunEnd::Abandoned)));
    assert!(refused(&untouched, end(RunEnd::Done)));
    assert!(refused(&untouched, end(RunEnd::RolledBack)));
    let step = StepId::new("a");
    let (how, detail) = (Undone::Ran, String::new());
    let undone = Body::UndoDone { step, how, detail };
    let back = [verified(), started("a"), rollback(), undone];
    assert!(refused(&after(&back), end(RunEnd::Abandoned)));
    let ended = after(&[&back[..], &[end(RunEnd::RolledBack)]].concat());
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
    let done_run = after(&[&way[..], &[end(RunEnd::Done)]].concat());
    assert_eq!((done_run.word(), done_run.is_over()), ("done", false));
    let at_ms = done_run.done_at_ms();
    assert!(at_ms.is_some());
    for body in [
        paused(),
        started("gone"),
        undo(),
        end(RunEnd::Done),
        end(RunEnd::RolledBack),
        Body::PhaseEntered {
            phase: Phase::Rollback,
        },
    ] {
        assert!(refused(&done_run, body));
    }

    // Resuming the run changes nothing yet; once the rollback starts, the run counts as not ended.
    let resumed = || Body::Resumed { by: who() };
    let taken_up = after(&[&way[..], &[end(RunEnd::Done), resumed()]].concat());
    assert_eq!(taken_up.ended(), Some(RunEnd::Done));
    let back = [end(RunEnd::Done), resumed(), rollback()];
    let back = [&way[..], &back].concat();
    let going_back = after(&back);
    assert_eq!((going_back.end, going_back.done_at_ms()), (None, at_ms));
    assert_eq!(going_back.word(), "going back");
    assert!(refused(&going_back, end(RunEnd::Done)));
    let gone_back = after(&[&back[..], &[undo(), end(RunEnd::RolledBack)]].concat());
    assert_eq!(
        (gone_back.word(), gone_back.is_over()),
        ("rolled back", true)
    );
    for body in [resumed(), rollback()] {
        assert!(refused(&gone_back, body));
    }
}

/// However the run ended, there must be a way to take a pulled emergency step back.
#[test]
fn what_is_pulled_can_be_taken_back_after_any_end() {
    let released = || Body::EmergencyReleased {
        step: StepId::new("switch"),
        by: who(),
    };
    let resumed = || Body::Resumed { by: who() };
    let end = Body::Finished {
        end: RunEnd::Abandoned,
    };
    let given_up = |before: &[Body]| after(&[before, std::slice::from_ref(&end)].concat());
    for body in [resumed(), released()] {
        assert!(refused(&given_up(&[]), body));
    }
    let pulled = [pulled(), done("switch")];
    for body in [resumed(), released()] {
        assert!(!refused(&given_up(&pulled), body));
    }
    assert!(refused(&given_up(&pulled), rollback()));
    let gone = after(
        &[
            &pulled[..],
            &[end.clone(), released()],
            &undone("switch")[1..],
        ]
        .concat(),
    );
    assert_eq!(
        (gone.ended(), gone.is_pulled()),
        (Some(RunEnd::Abandoned), false)
    );
    assert!(refused(&gone, resumed()));
}

#[test]
fn what_a_given_up_run_leaves_behind_is_said() {
    let words = |before: &[Body]| after(before).given_up_words();
    assert_eq!(words(&[]), "given up before any step changed anything");
    let of = RemedyOf::Check(CheckId::new("port"));
    let fix = Body::RemedyStarted { of, by: who() };
    let left = words(&[fix, pulled(), done("switch")]);
    assert!(
        left.ends_with("; what 1 remedy did stays; still pulled: `switch`"),
        "{left}"
    );
}

/// As with a step of the way back, a person is asked what became of its undo.
#[test]
fn what_nobody_saw_taken_back_is_not_taken_back_again_unasked() {
    let step = || StepId::new("switch");
    let unknown = |unknown| Body::UndoFailed {
        step: step(),
        error: "interrupted".into(),
        unknown,
    };
    let released = || Body::EmergencyReleased {
        step: step(),
        by: who(),
    };
    let asked = |end: Body| after(&[pulled(), done("switch"), released(), end]);
    assert!(refused(&asked(unknown(true)), released()));
    assert!(!refused(&asked(unknown(false)), released()));
}
