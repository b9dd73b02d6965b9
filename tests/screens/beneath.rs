//! What happens beneath an open question without a key being pressed here: it does not answer the
//! question, and what is typed afterwards is used for nothing else.

use super::{
    driven::Driven,
    everywhere::SIZES,
    fake::FakeBackend,
    product::{self, Recorder},
    second_look::{counted, later},
    states,
    talk::Talk,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use switchback::{
    engine::{
        link::handle::{Ask, Control, Event},
        undo_preview::WayBack,
    },
    model::record::Body,
    tui::{
        app::{Msg, Outcome, Screen},
        call::Answer,
        dialog::Dialog,
        live::Worker,
    },
};

const SIZE: (u16, u16) = (80, 24);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

fn at_work() -> Driven {
    let mut driven = Driven::on(recorder().migrating().state(), SIZE);
    driven.app.ui.live.worker = Worker::Works;
    driven
}

/// The records that the worker writes after the known ones.
fn wrote(driven: &mut Driven, recorder: &Recorder) {
    for record in &recorder.records {
        driven.run(Event::Record(Box::new(record.clone())));
    }
    driven.app.drawn();
}

fn held_by_ben() -> Event {
    let mut ben = product::who();
    ben.user = "ben".into();
    Event::Control(Control::Theirs(ben))
}

/// Presses a key without a frame in between, so that what came before it was not seen.
fn at_once(driven: &mut Driven, code: KeyCode) {
    driven.msg(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

#[test]
fn the_rest_of_a_word_that_a_watcher_types_takes_no_run_over() {
    let mut driven = Driven::on(recorder().migrating().state(), SIZE);
    driven.run(held_by_ben());
    driven.keys("/his");
    wrote(&mut driven, recorder().applied());
    assert_eq!(driven.app.ui.screen, Screen::Verify);
    driven.keys("tory");
    assert_eq!(driven.asks, []);
    let screen = driven.screen();
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("What you typed is not used"), "{screen}");
    assert!(flat.contains("Nothing typed here is used."), "{screen}");
    driven.keys("\n");
    assert!(driven.app.ui.dialog.is_none(), "Enter has read it");
    driven.app.show(Screen::Apply);
    assert_eq!(driven.app.list().filter, "", "nothing of it is used");
}

#[test]
fn words_whose_question_is_gone_ask_for_nothing() {
    let gone = |driven: &Driven| {
        assert!(
            matches!(driven.app.ui.dialog, Some(Dialog::Told { .. })),
            "{:?}\n{}",
            driven.app.ui.dialog,
            driven.screen()
        );
    };
    // The run goes back by itself while a reason is typed.
    let mut driven = Driven::on(recorder().failed().state(), SIZE);
    driven.keys("Knot ");
    wrote(&mut driven, recorder().going_back());
    gone(&driven);
    driven.keys("scarf");
    assert_eq!(driven.asks, []);
    // Somebody takes the run over while the words for a danger are typed.
    let mut driven = Driven::on(recorder().failed().state(), SIZE);
    driven.keys("b\nroll b");
    driven.run(held_by_ben());
    driven.app.drawn();
    gone(&driven);
    assert!(driven.screen().contains("ben has taken this run over"));
    driven.keys("atty");
    assert_eq!(driven.asks, []);
    // An answer leads away while a filter is typed.
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n");
    driven.keys("/pol");
    let mut found = product::start();
    found.open = Some("nothing leads further".to_owned());
    driven.msg(Msg::Answer(Box::new(Answer::Start(Ok(found)))));
    driven.app.drawn();
    gone(&driven);
}

#[test]
fn a_question_without_a_field_goes_as_before_and_that_is_said() {
    let mut driven = at_work();
    driven.keys("i");
    wrote(&mut driven, recorder().applied());
    assert!(driven.app.ui.dialog.is_none());
    assert!(driven.screen().contains("the question is gone"));
}

/// A held key must not journal what nobody has looked at.
#[test]
fn no_key_answers_the_question_that_it_opens() {
    for state in states::all() {
        for code in (' '..='~')
            .map(KeyCode::Char)
            .chain([KeyCode::Enter, KeyCode::Tab])
        {
            let mut driven = state.at(SIZE);
            let before = format!("{:?}", driven.app.ui.dialog);
            driven.key(code);
            let opened = format!("{:?}", driven.app.ui.dialog);
            if driven.app.ui.dialog.is_none() || opened == before {
                continue;
            }
            let asked = driven.asks.len();
            driven.key(code).key(code);
            assert_eq!(
                (driven.asks.len(), &driven.end),
                (asked, &None),
                "{}: {code:?} opens {opened}",
                state.name
            );
        }
    }
}

#[test]
fn that_an_end_is_known_takes_two_keys() {
    let mut driven = Driven::on(recorder().unknown().state(), SIZE);
    driven.keys("yyy");
    assert_eq!(driven.asks, []);
    assert!(driven.app.ui.dialog.is_none());
    driven.keys("Yy");
    assert!(matches!(driven.asks[..], [Ask::Judge { done: true, .. }]));
    let mut driven = Driven::on(recorder().unknown().state(), SIZE);
    driven.keys("Ny");
    assert!(matches!(driven.asks[..], [Ask::Judge { done: false, .. }]));
}

#[test]
fn in_lines_a_key_of_the_emergency_list_is_taken_as_it_is_written() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let (step, by) = ("1.0.0/policies", product::who());
    recorder
        .failed()
        .push(Body::EmergencyPulled {
            step: step.into(),
            by,
        })
        .push(Body::StepUnknown {
            step: step.into(),
            why: "the worker ended".into(),
        });
    let mut talk = Talk::on(&recorder);
    talk.say("emergency");
    talk.say("y");
    assert!(matches!(
        talk.driven.app.ui.dialog,
        Some(Dialog::Emergency { .. })
    ));
    let asked = talk.say("Y");
    assert!(asked.contains("Record that this was done?"), "{asked}");
    talk.say("Y");
    assert!(matches!(
        talk.driven.asks[..],
        [Ask::Judge { done: true, .. }]
    ));
}

#[test]
fn an_enter_that_waits_behind_new_counts_begins_nothing() {
    for orders in [12, 14] {
        let mut driven = Driven::with(counted(12), recorder().failed().state(), SIZE);
        driven.keys("b\nroll back web-03");
        later(&mut driven, 61);
        driven.backend = Box::new(counted(orders));
        // Both keys arrive before anything is drawn.
        at_once(&mut driven, KeyCode::Enter);
        at_once(&mut driven, KeyCode::Enter);
        assert_eq!(driven.asks, [], "{orders}");
        driven.app.drawn();
        if orders == 12 {
            // The state is the same as when the words were typed.
            driven.keys("\n");
        } else {
            driven.keys("\n");
            assert_eq!(driven.asks, [], "they were typed below other counts");
            driven.keys("roll back web-03\n");
        }
        assert!(matches!(driven.asks[..], [Ask::Rollback { .. }]));
    }
}

/// A record causes a new preview while somebody types below it.
#[test]
fn words_typed_below_counts_that_have_changed_are_typed_again() {
    let mut recorder = recorder();
    let mut driven = Driven::with(counted(12), recorder.failed().state(), SIZE);
    driven.keys("b\nroll back web-03");
    driven.backend = Box::new(counted(14));
    recorder.push(Body::ControlTaken {
        by: product::who(),
        uid: 1000,
        from: None,
    });
    let record = recorder.records.last().expect("a record").clone();
    driven.run(Event::Record(Box::new(record)));
    at_once(&mut driven, KeyCode::Enter);
    driven.app.drawn();
    let screen = driven.screen();
    assert!(
        screen.contains("what would be lost has changed"),
        "{screen}"
    );
    driven.keys("\n");
    assert_eq!(driven.asks, [], "{screen}");
    driven.keys("roll back web-03\n");
    assert!(matches!(driven.asks[..], [Ask::Rollback { .. }]));
}

#[test]
fn of_the_last_steps_too_an_enter_behind_new_counts_is_not_taken() {
    let mut driven = Driven::with(counted(12), recorder().before_no_return().state(), SIZE);
    driven.keys("ku").keys("not kept");
    later(&mut driven, 61);
    driven.backend = Box::new(counted(15));
    at_once(&mut driven, KeyCode::Enter);
    at_once(&mut driven, KeyCode::Enter);
    driven.app.drawn();
    let screen = driven.screen();
    assert!(
        screen.contains("not kept_"),
        "a reason is still one: {screen}"
    );
    driven.keys("\nundo web-03");
    later(&mut driven, 61);
    driven.backend = Box::new(counted(16));
    driven.keys("\n\n");
    assert_eq!(driven.asks, []);
    driven.keys("undo web-03\n");
    assert!(matches!(driven.asks[..], [Ask::StepBack { .. }]));
}

/// Nobody still looks at what the refresh was for.
#[test]
fn what_is_counted_again_for_no_open_question_stops_no_key() {
    let mut driven = Driven::on(recorder().failed().state(), SIZE);
    driven.keys("b");
    let seq = driven.app.run.as_ref().map_or(0, |run| run.seq);
    let answer = Answer::Preview(seq, WayBack::Whole, Ok(counted(99).preview));
    driven.msg(Msg::Answer(Box::new(answer)));
    at_once(&mut driven, KeyCode::Enter);
    assert!(matches!(driven.app.ui.dialog, Some(Dialog::Typed { .. })));
}

#[test]
fn who_leaves_and_stops_stops_the_step_that_was_named() {
    for in_lines in [false, true] {
        let mut driven = at_work();
        driven.app.ui.in_lines = in_lines;
        driven.keys("q");
        let asked = driven.screen();
        assert!(
            asked.contains("Running now: diesel migration run"),
            "{asked}"
        );
        let mut recorder = recorder();
        recorder
            .before_no_return()
            .push(Body::Consented {
                step: "1.0.0/store".into(),
                by: product::who(),
            })
            .started("1.0.0/store");
        wrote(&mut driven, &recorder);
        let now = driven.screen();
        assert!(now.contains("Ended meanwhile: diesel"), "{now}");
        let stop = |driven: &mut Driven| match in_lines {
            true => drop(driven.say("s")),
            false => drop(driven.keys("s")),
        };
        stop(&mut driven);
        assert_eq!((&driven.asks[..], &driven.end), (&[][..], &None));
        let told = driven.screen();
        assert!(
            told.contains("not done: that step has ended meanwhile"),
            "{told}"
        );
        assert!(!told.contains("Ended meanwhile"), "{told}");
        // The question is now about what runs now.
        stop(&mut driven);
        assert_eq!(driven.asks, [Ask::Pause, Ask::Interrupt]);
        assert_eq!(driven.end, Some(Outcome::LeftRun));
    }
}

/// If the question named no step, no step is ended.
#[test]
fn who_leaves_between_two_steps_stops_none_that_has_begun_since() {
    let mut recorder = recorder();
    let mut driven = Driven::on(recorder.backed_up().state(), SIZE);
    driven.run(Event::Busy);
    driven.keys("q");
    recorder.started("1.0.0/stop");
    let record = recorder.records.last().expect("a record").clone();
    driven.run(Event::Record(Box::new(record)));
    driven.app.drawn();
    driven.keys("s");
    assert_eq!((&driven.asks[..], &driven.end), (&[][..], &None));
    // Leaving alone and pausing are about the run, not about a step.
    driven.keys("p");
    assert_eq!(driven.asks, [Ask::Pause]);
}

#[test]
fn a_paste_that_nothing_takes_is_told() {
    let paste = |driven: &mut Driven| {
        driven.msg(Msg::Paste("roll back web-03".to_owned()));
        driven.screen()
    };
    let failed = || Driven::on(recorder().failed().state(), SIZE);
    // On a screen, and at a question without a field.
    for keys in ["", "q"] {
        let screen = paste(failed().keys(keys));
        assert!(screen.contains("a paste does nothing here"), "{screen}");
    }
    // Words that guard a danger.
    for size in SIZES {
        let mut driven = Driven::on(recorder().failed().state(), size);
        let screen = paste(driven.keys("b\n"));
        assert!(screen.contains("not pasted: these words are"), "{screen}");
        assert!(!screen.contains("web-03_"), "{screen}");
    }
    // A question that nobody has seen.
    let mut driven = failed();
    at_once(&mut driven, KeyCode::Char('K'));
    let screen = paste(&mut driven);
    assert!(
        screen.contains("not pasted: it came before the question"),
        "{screen}"
    );
}
