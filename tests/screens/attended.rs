//! Coming and going: a run that is at work is left, watched, taken over, and found again when its
//! worker has gone.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    talk::Talk,
};
use switchback::{
    engine::link::handle::{Ask, Control, Event},
    model::{
        ids::{CheckId, StepId},
        plan::Undo,
        record::{Body, CheckVerdict, RunEnd},
        units::Span,
    },
    run_state::RunState,
    tui::{
        app::{Effect, Msg, Outcome},
        backend::{GoesBack, RunLine},
        call::Call,
        dialog::{Dialog, Question},
        live::Worker,
        plain::Teller,
        update::update,
    },
};

const SIZE: (u16, u16) = (80, 24);

fn at_work() -> Driven {
    let state = Recorder::new(product::plan()).migrating().state();
    let mut driven = Driven::on(state, SIZE);
    driven.app.ui.live.worker = Worker::Works;
    driven
}

fn held_by_ben() -> Event {
    let mut ben = product::who();
    ben.user = "ben".into();
    Event::Control(Control::Theirs(ben))
}

#[test]
fn leaving_a_run_at_work_is_a_choice_of_three_and_enter_chooses_none() {
    let left = |keys: &str| {
        let mut driven = at_work();
        driven.keys(keys);
        (driven.asks, driven.end)
    };
    for nothing in ["q\n", "qx", "q\x1b"] {
        assert_eq!(left(nothing), (vec![], None), "{nothing:?}");
    }
    let gone = Some(Outcome::LeftRun);
    assert_eq!(left("ql"), (vec![], gone.clone()));
    assert_eq!(left("qp"), (vec![Ask::Pause], gone.clone()));
    assert_eq!(left("qs"), (vec![Ask::Pause, Ask::Interrupt], gone));
}

#[test]
fn whoever_watches_can_ask_nothing_but_to_take_over() {
    let mut driven = at_work();
    driven.run(held_by_ben());
    driven.run(Event::Idle);
    assert!(driven.screen().contains("ben has taken this run over"));
    for keys in ["p", "r", "s", "i", "b\nroll back web-03\n", "\x1b\n"] {
        driven.keys(keys);
    }
    assert_eq!(driven.asks, []);
    assert!(
        driven.screen().contains("t take over"),
        "{}",
        driven.screen()
    );
    driven.keys("t\n");
    assert_eq!(driven.asks, [], "Enter is the harmless answer");
    driven.keys("ty");
    assert_eq!(driven.asks, [Ask::TakeOver]);
    driven.run(Event::Control(Control::Yours));
    assert!(driven.screen().contains("you hold this run now"));
    // A watcher leaves without being asked what becomes of the run.
    driven.run(held_by_ben());
    driven.keys("q");
    assert!(
        driven
            .screen()
            .contains("You only watch: ben holds the run")
    );
}

#[test]
fn a_run_whose_worker_has_gone_is_taken_up_again_with_enter_wherever_it_stands() {
    let stands: [fn(&mut Recorder) -> &mut Recorder; 5] = [
        |r| r.checklist_blocked(),
        |r| r.migrating(),
        |r| r.failed(),
        |r| r.asking(),
        |r| r.stuck(),
    ];
    for write in stands {
        let state = write(&mut Recorder::new(product::plan())).state();
        let mut driven = Driven::on(state, SIZE);
        driven.run(Event::Gone(None));
        let screen = driven.screen();
        assert!(screen.contains("none is running now"), "{screen}");
        assert!(!screen.contains("What now?"), "{screen}");
        driven.keys("\n");
        assert!(!driven.app.ui.live.gone(), "it was opened anew");
    }
}

#[test]
fn a_run_that_somebody_else_takes_up_is_at_work_again_on_every_screen() {
    for size in [(60, 15), SIZE, (120, 40)] {
        let mut driven = Driven::on(Recorder::new(product::plan()).migrating().state(), size);
        driven.run(Event::Gone(None));
        driven.run(held_by_ben());
        let screen = driven.screen();
        assert!(!screen.contains("none is running now"), "{screen}");
        assert!(screen.contains("ben has taken this run over"), "{screen}");
        driven.keys("x");
        assert!(driven.screen().contains("you watch; ben"));
        assert!(driven.app.working());
    }
    let mut talk = Talk::on(Recorder::new(product::plan()).migrating());
    talk.event(Event::Gone(None)).hear();
    let told = talk.event(held_by_ben()).hear();
    assert!(told.contains("ben has taken this run over"), "{told}");
}

/// Somebody who had selected another step is taken back to the work.
#[test]
fn a_run_that_is_taken_up_is_followed_until_the_operator_moves() {
    let mut driven = Driven::on(Recorder::new(product::plan()).failed().state(), SIZE);
    let stands = "▸ ✗ diesel migration run";
    assert!(driven.screen().contains(stands), "{}", driven.screen());
    driven.keys("kkk");
    assert!(!driven.screen().contains(stands));
    driven.run(Event::Gone(None));
    driven.keys("\n");
    assert!(driven.screen().contains(stands), "{}", driven.screen());
}

#[test]
fn a_done_run_can_be_taken_back_whenever_its_worker_went() {
    let done = || Recorder::new(product::plan()).ended().state();
    // Before the preview is asked for, with the preview open, and with the words half typed.
    for (keys, then) in [("", "b"), ("b", "\n"), ("bj\nroll b", "ack web-03\n\n")] {
        let mut driven = Driven::on(done(), SIZE);
        driven.keys(keys);
        driven.run(Event::Gone(None));
        driven.keys(then);
        let screen = driven.screen();
        assert!(!driven.app.ui.live.gone(), "it was taken up: {screen}");
        driven.keys("j\nroll back web-03\n");
        let asked = driven.asks.as_slice();
        assert!(
            matches!(asked, [Ask::Rollback { .. }]),
            "{}",
            driven.screen()
        );
    }
}

/// Applied, and to be confirmed within ten minutes of its last record; `login` is the verdict of
/// that check.
fn to_be_confirmed(login: CheckVerdict) -> RunState {
    let mut plan = product::plan();
    for step in &mut plan.steps {
        if step.asks_consent() {
            step.undo = Undo::Stays;
        }
    }
    let by = product::who();
    let mut recorder = Recorder::new(plan);
    recorder.push(Body::ConfirmWithin {
        within_ms: 600_000,
        by,
    });
    recorder.verify_waits().push(Body::CheckDone {
        id: CheckId::new("login"),
        verdict: login,
        detail: String::new(),
    });
    let at_ms = recorder.state().at_ms + 600_000;
    recorder.push(Body::ConfirmBy { at_ms });
    recorder.state()
}

#[test]
fn a_run_that_goes_back_by_itself_shows_the_time_and_enter_confirms_it() {
    for size in [(60, 15), SIZE, (120, 40)] {
        let state = to_be_confirmed(CheckVerdict::Ok);
        let by_ms = state.confirm_by_ms().expect("a moment");
        let mut driven = Driven::on(state, size);
        let screen = driven.screen();
        let words = "rolls back by itself in 9 min if nobody confirms";
        assert!(screen.contains(words), "{screen}");
        assert!(screen.contains("Enter: confirm"), "{screen}");
        driven.msg(Msg::Tick {
            now_ms: by_ms - 59_400,
        });
        assert!(driven.screen().contains("itself in 1 min 00 s if"));
        driven.keys("+");
        let again = Ask::ConfirmWithin(Span::from_secs(600));
        assert_eq!(driven.asks, [again]);
        driven.run(Event::Idle);
        let asked = driven.keys("\n").screen();
        assert!(asked.contains("End the run?"), "{asked}");
        assert_eq!(driven.asks.len(), 1, "it asks first");
        driven.keys("y");
        assert_eq!(driven.asks[1..], [Ask::Finish]);
    }
}

#[test]
fn a_run_whose_checks_do_not_hold_is_not_confirmed_by_enter() {
    let mut driven = Driven::on(to_be_confirmed(CheckVerdict::Blocked), SIZE);
    assert!(driven.screen().contains("in 9 min if nobody goes on"));
    driven.keys("\n");
    assert_eq!(driven.asks, []);
    driven.keys("q");
    assert!(driven.screen().contains("rolls back by itself when"));
}

#[test]
fn a_check_that_only_warns_is_not_said_to_hold() {
    let says = |verdict| Driven::on(to_be_confirmed(verdict), SIZE).screen();
    assert!(says(CheckVerdict::Ok).contains("is in place, and every check passed"));
    let warned = says(CheckVerdict::Warning);
    assert!(!warned.contains("every check passed"), "{warned}");
    assert!(warned.contains("1 only warn"), "{warned}");
}

#[test]
fn plain_mode_tells_the_moment_once() {
    let mut driven = Driven::on(to_be_confirmed(CheckVerdict::Ok), SIZE);
    let mut teller = Teller::default();
    let told = teller.tell(&driven.app).text;
    assert!(told.contains("note: rolls back by itself at 20"), "{told}");
    let now_ms = driven.app.ui.live.now_ms + 1000;
    driven.msg(Msg::Tick { now_ms });
    assert_eq!(teller.tell(&driven.app).text, "");
    driven.run(Event::Busy);
    assert!(driven.app.working());
}

/// A watcher of a run whose worker still waits.
fn watching(recorder: &mut Recorder) -> Driven {
    let mut driven = Driven::on(recorder.state(), SIZE);
    driven.run(held_by_ben());
    driven
}

/// The records that the worker writes after the known ones.
fn wrote(driven: &mut Driven, recorder: &Recorder) {
    for record in &recorder.records {
        driven.run(Event::Record(Box::new(record.clone())));
    }
}

#[test]
fn whoever_watches_sees_a_running_step_run_and_holds_a_run_that_is_at_work() {
    for in_lines in [false, true] {
        let mut recorder = Recorder::new(product::plan());
        let mut driven = watching(recorder.backed_up());
        driven.app.ui.in_lines = in_lines;
        // Ben asks for it; only the record tells the others.
        wrote(&mut driven, recorder.migrating());
        let shown = match in_lines {
            false => driven.screen(),
            true => Teller::default().tell(&driven.app).text,
        };
        assert!(!shown.contains("interrupted"), "{shown}");
        assert!(shown.contains("running"), "{shown}");
        driven.run(Event::Control(Control::Yours));
        let held = driven.screen();
        assert!(held.contains("it is running"), "{held}");
        assert!(held.contains("p pause") && held.contains("i interrupt"));
        driven.keys("iy");
        assert_eq!(driven.asks, [Ask::Interrupt]);
        driven.run(Event::Idle);
        assert!(driven.screen().contains("interrupted"));
    }
}

#[test]
fn whoever_watches_is_told_when_nobody_holds_the_run_any_more() {
    let mut driven = watching(Recorder::new(product::plan()).migrating());
    driven.keys("j");
    driven.run(held_by_ben());
    assert!(!driven.screen().contains("has taken"), "it is as it was");
    let nobody = Control::default();
    driven.run(Event::Control(nobody));
    let screen = driven.screen();
    assert!(
        screen.contains("! nobody holds this run: you watch"),
        "{screen}"
    );
}

#[test]
fn who_takes_a_run_that_waits_does_not_make_it_work() {
    let mut recorder = Recorder::new(product::plan());
    let mut driven = watching(recorder.failed());
    let (by, from) = (product::who(), None);
    let uid = 1000;
    recorder.push(Body::ControlTaken { by, uid, from });
    wrote(&mut driven, &recorder);
    assert_eq!(driven.app.ui.live.worker, Worker::Waits);
}

#[test]
fn whoever_watches_keeps_no_report() {
    for watches in [false, true] {
        let mut recorder = Recorder::new(product::plan());
        let mut driven = Driven::on(recorder.verified().state(), SIZE);
        if watches {
            driven.run(held_by_ben());
        }
        recorder.push(Body::Finished { end: RunEnd::Done });
        let event = Event::Record(Box::new(recorder.records.pop().expect("its end")));
        let effects = update(&mut driven.app, Msg::Run { event, now_ms: 0 });
        let keeps = match &effects[..] {
            [Effect::Call(Call::Report(_, keeps))] => *keeps,
            _another_effect => panic!("the report is asked for"),
        };
        assert_eq!(keeps, !watches);
    }
}

#[test]
fn only_the_step_that_was_asked_about_is_ended() {
    for in_lines in [false, true] {
        let mut driven = at_work();
        driven.app.ui.in_lines = in_lines;
        driven.keys("i");
        let mut recorder = Recorder::new(product::plan());
        recorder
            .before_no_return()
            .push(Body::Consented {
                step: "1.0.0/store".into(),
                by: product::who(),
            })
            .started("1.0.0/store");
        wrote(&mut driven, &recorder);
        match in_lines {
            true => driven.say("yes"),
            false => driven.keys("y"),
        };
        assert_eq!(driven.asks, []);
        let told = driven.screen();
        assert!(
            told.contains("not done: that step has ended meanwhile"),
            "{told}"
        );
    }
}

/// Undos and emergency steps at work, each with what follows if it is ended.
fn hung() -> [(RunState, &'static str); 4] {
    let emergency = |record: fn(&mut Recorder) -> &mut Recorder, taken_back: bool| {
        let mut recorder = Recorder::new(product::plan_with_switches());
        record(&mut recorder);
        let (step, by) = (StepId::new("1.0.0/policies"), product::who());
        recorder.push(match taken_back {
            true => Body::EmergencyReleased { step, by },
            false => Body::EmergencyPulled { step, by },
        });
        recorder.state()
    };
    let mut undoing = Recorder::new(product::plan());
    [
        (undoing.undoing().state(), "its undo fails."),
        (
            emergency(|r| r.failed(), false),
            "the emergency step fails.",
        ),
        (emergency(|r| r.ended(), false), "the emergency step fails."),
        (
            emergency(|r| r.pulled(), true),
            "it is then not taken back, or only in part;",
        ),
    ]
}

#[test]
fn an_undo_and_an_emergency_step_that_hang_can_be_ended() {
    for (state, then) in hung() {
        let mut driven = Driven::on(state, SIZE);
        driven.run(Event::Busy);
        let screen = driven.screen();
        assert!(screen.contains("i interrupt"), "{screen}");
        let asked = driven.keys("i").screen();
        let asked = asked.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(asked.contains(then), "{then}: {asked}");
        driven.keys("y");
        assert_eq!(driven.asks, [Ask::Interrupt]);
    }
}

#[test]
fn what_can_be_said_meanwhile_is_what_is_taken_then() {
    let at_work = |state: RunState| {
        let mut driven = Driven::on(state, SIZE);
        driven.app.ui.in_lines = true;
        driven.run(Event::Busy);
        let told = Teller::default().tell(&driven.app).text;
        driven.app.drawn();
        (driven, told)
    };
    for (state, _) in hung() {
        // Nobody waits for what is done.
        let meanwhile = state.end.is_none();
        let (mut driven, told) = at_work(state);
        let offered = told.split_once("Meanwhile: ");
        let offers = offered.is_some_and(|(_, offered)| offered.contains("interrupt"));
        assert_eq!(offers, meanwhile, "{told}");
        driven.say("interrupt");
        assert!(
            matches!(
                driven.app.ui.dialog,
                Some(Dialog::Sure(Question::Interrupt(_)))
            ),
            "{told}"
        );
    }
    // A backup cannot be paused between steps.
    let (_, told) = at_work(Recorder::new(product::plan()).backing_up().state());
    assert!(told.contains("Meanwhile: leave or help"), "{told}");
}

/// The rollback screen names keys while the run is at work: each of them works.
#[test]
fn while_the_worker_is_busy_the_rollback_names_the_keys_that_hold_it_up() {
    let asked = |record: fn(&mut Recorder) -> &mut Recorder, words: &str| {
        let state = record(&mut Recorder::new(product::plan())).state();
        let mut driven = Driven::on(state, (120, 40));
        driven.keys("b");
        driven.run(Event::Busy);
        let screen = driven.screen();
        assert!(screen.contains(words), "{words}: {screen}");
        driven.keys("piy");
        driven.asks
    };
    let steps = "a step is running; p pauses after it, i ends it";
    assert_eq!(
        asked(|r| r.migrating(), steps),
        [Ask::Pause, Ask::Interrupt]
    );
    assert_eq!(
        asked(|r| r.verify_waits(), "it is running; p pauses it"),
        [Ask::Pause]
    );
}

#[test]
fn checks_can_be_paused_and_a_backup_cannot() {
    let paused = |record: fn(&mut Recorder) -> &mut Recorder| {
        let state = record(&mut Recorder::new(product::plan())).state();
        let mut driven = Driven::on(state, SIZE);
        driven.run(Event::Busy);
        let screen = driven.keys("p").screen();
        (driven.asks, screen)
    };
    for checks in [
        paused(|r| r.checklist_blocked()),
        paused(|r| r.verify_waits()),
    ] {
        let (asks, screen) = checks;
        assert_eq!(asks, [Ask::Pause], "{screen}");
        assert!(screen.contains("before its next check"), "{screen}");
    }
    let (asks, screen) = paused(|r| r.backing_up());
    assert_eq!(asks, [], "{screen}");
}

/// Somebody who answered "stop" would leave believing that the run stops.
#[test]
fn how_to_leave_is_no_choice_any_more_when_the_run_is_lost() {
    for lost in [held_by_ben(), Event::Gone(None)] {
        for keys in ["p", "s", "l"] {
            let mut driven = at_work();
            driven.keys("q");
            driven.run(lost.clone());
            let screen = driven.screen();
            assert!(screen.contains("y: yes"), "{screen}");
            assert!(
                !screen.contains("stop: what is running is ended"),
                "{screen}"
            );
            driven.keys(keys);
            assert_eq!((&driven.asks[..], &driven.end), (&[][..], &None), "{keys}");
            driven.keys("y");
            assert_eq!((driven.asks, driven.end), (vec![], Some(Outcome::LeftRun)));
        }
    }
    let mut talk = Talk::of(at_work());
    talk.say("leave");
    let told = talk.event(held_by_ben()).hear();
    assert!(told.contains("ben holds the run"), "{told}");
    assert!(told.contains("yes or no"), "{told}");
}

#[test]
fn a_run_whose_time_is_over_is_not_said_to_stay_as_it_stands() {
    let overdue = "its time is up: once a worker starts, it rolls back by itself";
    for (goes_back, says) in [
        (GoesBack::Never, "no step starts yet"),
        (
            GoesBack::At("2026-11-23".into()),
            "rolls back by itself at 2026-11-23",
        ),
        (GoesBack::WhenTakenUp, overdue),
    ] {
        let late = goes_back == GoesBack::WhenTakenUp;
        let mut backend = FakeBackend::default();
        let run = product::unfinished_run();
        backend.start.runs.insert(0, RunLine { goes_back, ..run });
        let mut driven = Driven::new(backend, (120, 40));
        // On the run's row, on another row, and among the past runs.
        for (keys, named) in [("", true), ("j", false), ("kh", true)] {
            let screen = driven.keys(keys).screen();
            let enter = screen.lines().find(|line| line.contains("Enter: "));
            let enter = enter.expect("what Enter does");
            assert_eq!(enter.contains(says), named || late, "{screen}");
            let told = screen.contains("no worker is running for it, and");
            assert_eq!(told, late && named, "{screen}");
        }
    }
}
