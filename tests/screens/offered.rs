//! What is offered is what the run may be asked: the same functions refuse it to the worker.

use super::{
    driven::Driven,
    product::{self, Recorder, who},
    states,
};
use switchback::{
    engine::link::handle::{Ask, Control, Event},
    model::{
        ids::{CheckId, StepId},
        plan::StepBody,
        record::{Body, Phase, Undone},
    },
    tui::app::Screen,
};

const SIZE: (u16, u16) = (80, 24);

/// Runs in which two conditions meet.
fn crossings() -> Vec<(&'static str, Driven)> {
    let on = |recorder: &mut Recorder| Driven::on(recorder.state(), SIZE);
    let plan = product::plan;
    vec![
        (
            "nothing put aside yet",
            on(not_put_aside(&mut Recorder::new(plan()))),
        ),
        (
            "undoing behind a failure",
            on(undoing_behind_a_failure(&mut Recorder::new(plan()))),
        ),
        (
            "back, a failed step to undo",
            on(back_from_a_failure(&mut Recorder::new(plan()))),
        ),
        (
            "back, a person starts it",
            on(started_by_hand(&mut by_hand())),
        ),
    ]
}

/// The backup is complete, but an edit could not be staged.
fn not_put_aside(recorder: &mut Recorder) -> &mut Recorder {
    recorder.backed_up();
    recorder.records.pop();
    recorder
}

/// A step that could not begin counts as failed while others are being undone.
fn undoing_behind_a_failure(recorder: &mut Recorder) -> &mut Recorder {
    recorder
        .before_no_return()
        .push(Body::StepFailed {
            step: StepId::new("1.0.0/store"),
            error: "nothing shows whether this is already done".into(),
            hint: None,
            took_ms: 0,
            no_effect: true,
        })
        .push(Body::StepBackStarted {
            to: StepId::new("1.0.0/migrate"),
            by: who(),
            reason: "look again".into(),
        })
        .push(Body::Paused {
            why: "paused by the operator".into(),
        })
}

fn back_from_a_failure(recorder: &mut Recorder) -> &mut Recorder {
    recorder
        .failed()
        .push(Body::RollbackStarted {
            by: who(),
            reason: "enough".into(),
            over_later_edits: false,
        })
        .push(Body::Paused {
            why: "paused by the operator".into(),
        })
}

/// A person starts the old release.
fn by_hand() -> Recorder {
    let mut plan = product::plan();
    let ask = serde_json::json!({ "ask": { "text": "Start the old release." } });
    plan.rollback.steps[0].body = StepBody::Do(serde_json::from_value(ask).expect("a question"));
    Recorder::new(plan)
}

fn started_by_hand(recorder: &mut Recorder) -> &mut Recorder {
    recorder
        .undone()
        .started("rollback/start")
        .push(Body::Paused {
            why: "Start the old release.".into(),
        })
}

/// Neither the act of an offered key nor a yes to its question is ever refused.
#[test]
fn nothing_is_offered_that_the_run_refuses() {
    let gallery = || {
        let states = states::all().into_iter();
        let states = states.map(|state| (state.name, state.at(SIZE)));
        states.chain(crossings()).collect::<Vec<_>>()
    };
    let all = gallery().len();
    // `!` is left out: it opens a shell.
    for key in ('"'..='~').chain("\n ".chars()) {
        let mut driven = gallery();
        assert_eq!(driven.len(), all);
        for (name, driven) in &mut driven {
            let before = driven.asks.len();
            driven.keys(&key.to_string());
            // What prevents going back to a step is only told when the key is pressed.
            if key == 'u' {
                continue;
            }
            // Answers a yes-or-no question, a reason, or what follows.
            if driven.app.ui.dialog.is_some() {
                driven.keys("y\n");
            }
            let notice = driven.app.ui.notice.as_ref();
            let said = notice.map_or(String::new(), |notice| notice.line.text());
            assert!(
                !said.contains("not done"),
                "{name}: {key:?} {said}\n{}",
                driven.screen()
            );
            let run = driven.app.run.as_ref();
            for ask in driven.asks.iter().skip(before) {
                let may = run.map_or(Ok(()), |run| ask.may(run));
                assert_eq!(may, Ok(()), "{name}: {key:?} {ask:?}");
            }
        }
    }
}

#[test]
fn a_backup_is_gone_on_with_where_nothing_was_put_aside() {
    let mut recorder = Recorder::new(product::plan());
    let mut driven = Driven::on(not_put_aside(&mut recorder).state(), SIZE);
    assert_eq!(driven.app.ui.screen, Screen::Backup);
    driven.keys("]");
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    driven.keys("s\n");
    assert_eq!(driven.asks, [], "no step begins before that");
    assert_eq!(driven.app.ui.screen, Screen::Backup);
    driven.keys("\n");
    assert_eq!(driven.asks, [Ask::Backup]);
}

#[test]
fn a_step_of_the_way_back_that_a_person_does_is_said_to_be_done() {
    for keys in ["\ny", " y"] {
        let mut recorder = by_hand();
        let mut driven = Driven::on(started_by_hand(&mut recorder).state(), SIZE);
        assert!(driven.screen().contains("You do this now:"));
        driven.keys(keys);
        let step = StepId::new("rollback/start");
        assert_eq!(driven.asks, [Ask::Confirm(step)], "{keys:?}");
    }
}

#[test]
fn what_a_person_would_have_to_look_at_is_waived_rather_than_marked_unseen() {
    let state = Recorder::new(product::plan()).checklist_blocked().state();
    let mut driven = Driven::on(state, SIZE);
    driven.keys("/users\n").keys("w").keys("told by mail\n");
    let (check, reason) = (CheckId::new("told"), "told by mail".to_owned());
    assert_eq!(driven.asks, [Ask::Waive { check, reason }]);
}

/// After a rollback, a pulled emergency step is still in force.
#[test]
fn what_is_pulled_is_taken_back_after_a_rollback_too() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let way_back = ["1.0.0/migrate", "1.0.0/config", "1.0.0/env", "1.0.0/stop"];
    recorder.pulled().push(Body::RollbackStarted {
        by: who(),
        reason: "enough".into(),
        over_later_edits: false,
    });
    for step in way_back.map(StepId::new) {
        let (how, detail) = (Undone::Ran, String::new());
        recorder
            .push(Body::UndoStarted { step: step.clone() })
            .push(Body::UndoDone { step, how, detail });
    }
    recorder.push(Body::Finished {
        end: switchback::model::record::RunEnd::RolledBack,
    });
    let mut driven = Driven::on(recorder.state(), SIZE);
    driven.keys("Eu").keys("take back web-03\n");
    let step = StepId::new("1.0.0/policies");
    assert_eq!(driven.asks, [Ask::Release(step)], "{}", driven.screen());
}

#[test]
fn a_phase_without_checks_waits_for_none() {
    let state = Recorder::new(product::plan()).backed_up().state();
    assert_eq!((state.phase, state.checks_now().len()), (Phase::Apply, 0));
}

/// Watchers ask the same: why does nothing happen?
#[test]
fn that_the_way_back_waits_is_told_to_whoever_looks_on() {
    let mut recorder = Recorder::new(product::plan());
    let state = back_from_a_failure(&mut recorder).state();
    let control = Control::Theirs(who());
    let mut driven = Driven::on(state, (120, 40));
    let waits = "the rollback waits: paused by the operator";
    assert!(driven.screen().contains(waits), "{}", driven.screen());
    driven.run(Event::Control(control));
    assert!(driven.screen().contains(waits), "{}", driven.screen());
    driven.run(Event::Busy);
    assert!(!driven.screen().contains(waits), "it is running");
    driven.run(Event::Gone(None));
    assert!(driven.screen().contains(waits), "{}", driven.screen());
}

/// Only the journal was opened, for the report: there is no holder to take it from.
#[test]
fn what_is_only_read_is_not_taken_over() {
    let state = Recorder::new(product::plan_with_switches()).ended().state();
    let mut driven = Driven::on(state, (120, 40));
    driven.app.ui.live.control = Control::Nobodys;
    driven.app.ui.live.to_read = true;
    driven.keys("t");
    assert!(driven.app.ui.dialog.is_none(), "{}", driven.screen());
    assert_eq!(driven.asks, []);
}
