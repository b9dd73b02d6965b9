//! What can be said in lines and what cannot, and questions that outlive what they are about.

use super::{
    driven::Driven,
    fake::{FakeBackend, ours},
    product::{self, Recorder},
    talk::Talk,
};
use switchback::{
    engine::link::handle::{Ask, Control, Event},
    model::{ids::StepId, record::Body},
    tui::{
        app::{Msg, Screen},
        backend::OpenRun,
        call::Pending,
        dialog::Dialog,
        live::Worker,
        plain::Teller,
    },
};

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

#[test]
fn how_to_leave_is_asked_once_while_steps_come_and_go_and_its_end_is_told() {
    let mut talk = Talk::on(recorder().migrating());
    talk.driven.app.ui.live.worker = Worker::Works;
    let asked = talk.say("leave");
    assert!(
        asked.contains("stop: what is running is ended now"),
        "{asked}"
    );
    let mut later = recorder();
    later.before_no_return();
    assert_eq!(
        talk.records(&later.records).hear(),
        "",
        "it was asked already"
    );
    talk.driven.run(Event::Idle);
    let told = talk.hear();
    assert!(
        told.contains("what was running has ended") && told.contains("yes or no"),
        "{told}"
    );

    // The run went on to another screen.
    let mut talk = Talk::on(recorder().migrating());
    talk.driven.app.ui.live.worker = Worker::Works;
    talk.say("leave");
    let mut later = recorder();
    later.applied();
    talk.records(&later.records).hear();
    assert_eq!(talk.driven.app.ui.screen, Screen::Verify);
    talk.driven.run(Event::Idle);
    let told = talk.hear();
    assert!(told.contains("yes or no"), "{told}");
}

#[test]
fn what_enter_does_and_what_is_offered_beside_it_are_lines_of_their_own() {
    let told = Talk::on(recorder().rolled_back()).say("list");
    assert!(
        told.contains("\nback: to the start, to try again\n"),
        "{told}"
    );
    let told = Talk::on(recorder().failed()).say("list");
    assert!(!told.contains("key"), "{told}");
}

#[test]
fn a_letter_that_moves_a_drawn_screen_moves_nothing_here() {
    let mut talk = Talk::on(recorder().failed());
    talk.say("2");
    let there = talk.driven.app.list().selected;
    for letter in ["k", "j", "g", "G"] {
        let told = talk.say(letter);
        assert!(
            told.contains("does nothing here") || told.contains("not understood"),
            "{told}"
        );
        assert_eq!(talk.driven.app.list().selected, there, "{letter}");
    }
    let told = Talk::on(recorder().failed()).say("k");
    assert!(
        told.contains("k: does nothing here; K means skip"),
        "{told}"
    );
}

#[test]
fn emergency_steps_are_told_with_their_numbers_and_a_word_in_vain_says_so() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut talk = Talk::on(recorder.failed());
    let told = talk.say("emergency");
    assert!(told.contains("\n  2  Take no new work"), "{told}");
    assert!(told.contains("\nback: back, nothing happens") && !told.contains("Esc"));
    assert!(
        told.contains("Row 1 is selected. Type: a number, back"),
        "{told}"
    );
    let told = talk.say("dance");
    assert!(told.contains("not understood: dance"), "{told}");
    let told = talk.say("u");
    assert!(told.contains("u: does nothing for this row"), "{told}");
    assert!(matches!(
        talk.driven.app.ui.dialog,
        Some(Dialog::Emergency { .. })
    ));
}

#[test]
fn help_names_the_words_of_lines_and_is_told_again_by_its_word() {
    let mut talk = Talk::of(Driven::new(FakeBackend::default(), (80, 24)));
    talk.say("help");
    let told = talk.say("help");
    assert!(told.contains("== Help =="), "{told}");
    let told = talk.say("/take");
    assert!(
        told.contains("take, keep:") && !told.contains("take/leave"),
        "{told}"
    );
}

#[test]
fn back_is_an_answer_wherever_an_empty_line_is() {
    let mut talk = Talk::on(recorder().failed());
    for question in ["skip", "leave"] {
        talk.say(question);
        talk.say("back");
        assert!(talk.driven.app.ui.dialog.is_none(), "{question}");
    }
    talk.say("roll back");
    talk.say("");
    talk.say("back");
    assert!(talk.driven.app.ui.dialog.is_none());
    talk.driven.app.ui.live.worker = Worker::Works;
    talk.say("leave");
    talk.say("back");
    assert!(talk.driven.app.ui.dialog.is_none());
    assert_eq!(talk.driven.asks, []);
}

/// A plan of which one step of the rules has two parts.
fn in_parts() -> Recorder {
    let mut plan = product::plan();
    plan.steps[1].title = "the gateway: stop".into();
    plan.steps[2].title = "the gateway: start".into();
    Recorder::new(plan)
}

#[test]
fn a_row_that_is_told_alone_or_found_by_a_filter_has_its_whole_title() {
    let talk = Talk::on(in_parts().failed());
    let told = Teller::default().tell(&talk.driven.app).text;
    assert!(
        told.contains("the gateway: start") && !told.contains('…'),
        "{told}"
    );
    let mut driven = Driven::on(in_parts().failed().state(), (80, 24));
    assert!(driven.screen().contains("… start"), "{}", driven.screen());
    driven.keys("/gateway\n");
    let screen = driven.screen();
    assert!(screen.contains("the gateway: start"), "{screen}");
    driven.keys("\x1b");
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    assert_eq!(driven.asks, Vec::<Ask>::new());
}

#[test]
fn of_an_emergency_step_that_was_pulled_only_what_became_of_it_is_told() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut talk = Talk::on(recorder.failed());
    talk.say("emergency");
    let told = talk.say("");
    let words = told
        .split('"')
        .nth(1)
        .expect("the words to type")
        .to_owned();
    let told = talk.say(&words);
    assert!(told.contains("pulling the emergency step…"), "{told}");
    assert!(!told.contains("Emergency"), "no prompt yet: {told}");
    let before = recorder.records.len();
    let mut later = Recorder::new(product::plan_with_switches());
    talk.records(&later.pulled().records[before..]);
    talk.event(Event::Idle);
    let told = talk.hear();
    assert!(
        told.contains("pulled") && told.contains("\ntake back: take it back"),
        "{told}"
    );
    assert!(!told.contains("Emergency steps"), "{told}");
    assert!(!told.contains("  2  "), "the other did not change: {told}");
}

#[test]
fn a_row_is_told_with_what_enter_does_there() {
    let mut talk = Talk::of(Driven::new(FakeBackend::default(), (80, 24)));
    for number in ["2", "3", "2"] {
        let told = talk.say(number);
        assert!(told.contains("\nEnter: "), "{number}: {told}");
    }
}

#[test]
fn what_is_left_of_a_list_is_counted_in_its_rows() {
    let mut talk = Talk::of(Driven::new(FakeBackend::default(), (80, 24)));
    let first = talk.say("list");
    let row = |line: &str| line.split_whitespace().next()?.parse::<usize>().ok();
    let last = |told: &str| told.lines().filter_map(row).max().expect("a row");
    let Some(left) = first
        .lines()
        .find_map(|line| line.strip_suffix(" more rows: more"))
    else {
        return;
    };
    let end = last(&talk.say("more"));
    let told = last(&first);
    assert_eq!(left, format!("… {}", end - told), "{first}");
}

#[test]
fn what_is_told_before_anything_was_read_is_asked_about() {
    let mut driven = Driven::new(FakeBackend::default(), (80, 24));
    let (title, text) = ("Before you begin".to_owned(), "It has ended.".to_owned());
    driven.app.ui.pending = Some(Pending::Look);
    driven.app.open_dialog(Dialog::Told { title, text });
    let told = Teller::default().tell(&driven.app).text;
    assert!(told.ends_with("Enter goes on: "), "{told}");
}

#[test]
fn of_a_run_that_is_come_to_nothing_is_told_before_its_worker_has_said_how_it_stands() {
    let mut talk = Talk::of(Driven::new(FakeBackend::default(), (80, 24)));
    let state = recorder().backed_up().state();
    let at_ms = state.at_ms;
    talk.driven.app.opened(state, ours(), OpenRun::Resume);
    assert_eq!(talk.hear(), "");
    talk.driven.msg(Msg::Run {
        event: Event::Idle,
        now_ms: at_ms + 1,
    });
    let told = talk.hear();
    assert!(told.contains("== Apply =="), "{told}");
    assert!(!told.contains("it is running"), "{told}");
}

#[test]
fn a_command_that_no_line_holds_stands_alone_and_in_one_piece() {
    let mut talk = Talk::on(recorder().failed());
    let command = format!("switchback --root /srv/{} --plain attach", "a".repeat(60));
    talk.driven.app.ui.known.comes_back = Some(command.clone());
    let told = talk.say("leave");
    assert!(
        told.contains(&format!("\nCome back with:\n{command}\n")),
        "{told}"
    );
}

#[test]
fn a_prompt_names_the_way_out_and_a_fault_what_it_is_of() {
    let mut driven = Driven::new(FakeBackend::default(), (80, 24));
    driven.keys("\n\n\n\n");
    assert_eq!(driven.app.ui.screen, Screen::Inputs);
    let mut talk = Talk::of(driven);
    let told = talk.say("edit");
    let prompt = "jwt_secret (an empty line leaves it as it was; not shown while you type): ";
    assert!(told.ends_with(prompt), "{told}");
    let told = talk.say("too short");
    let fault = "note: jwt_secret: it has fewer than 32 characters\n";
    assert!(told.contains(fault), "{told}");
    assert!(!told.contains("too short"), "{told}");
    talk.say("");
    assert!(talk.driven.app.ui.dialog.is_none());
    let told = talk.say("filter");
    assert!(told.ends_with("filter (an empty line shows all again): "));
    talk.say("");
    let told = talk.say("leave");
    assert!(told.ends_with("yes or no (an empty line: no): "), "{told}");
}

#[test]
fn esc_is_the_way_out_of_every_question_that_back_is() {
    let mut talk = Talk::on(recorder().failed());
    for question in ["skip", "leave", "help"] {
        talk.say(question);
        talk.say("esc");
        assert!(talk.driven.app.ui.dialog.is_none(), "{question}");
        assert_eq!(talk.driven.app.ui.screen, Screen::Apply, "{question}");
    }
    talk.say("roll back");
    talk.say("");
    assert!(talk.driven.app.ui.dialog.is_some());
    talk.say("Esc");
    assert!(talk.driven.app.ui.dialog.is_none());
    talk.driven.app.ui.live.worker = Worker::Works;
    talk.say("leave");
    talk.say("esc");
    assert!(talk.driven.app.ui.dialog.is_none());
    assert_eq!(talk.driven.asks, []);
}

#[test]
fn an_emergency_names_its_keys_on_a_screen_and_its_words_in_lines() {
    let state = || {
        let mut recorder = Recorder::new(product::plan_with_switches());
        recorder.migrating().state()
    };
    for (in_lines, interrupt) in [
        (false, "or i ends it now"),
        (true, "or interrupt ends it now"),
    ] {
        let mut driven = Driven::on(state(), (120, 40));
        driven.run(Event::Busy);
        let shown = match in_lines {
            false => driven.keys("E").screen(),
            true => Talk::of(driven).say("emergency"),
        };
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(interrupt), "{shown}");
    }
    // There are two words to judge an unknown outcome.
    let mut recorder = Recorder::new(product::plan_with_switches());
    let (step, by) = (StepId::new("1.0.0/policies"), product::who());
    let (pulled, why) = (step.clone(), "the worker ended".to_owned());
    recorder
        .failed()
        .push(Body::EmergencyPulled { step: pulled, by })
        .push(Body::StepUnknown { step, why });
    let told = Talk::on(&recorder).say("emergency");
    assert!(told.contains("\nwas done: it was done\n"), "{told}");
    assert!(told.contains("\nwas not: it was not\n"), "{told}");
    // The list of the steps has a longer word for it.
    for word in ["was not", "was not done", "N"] {
        let mut talk = Talk::on(&recorder);
        talk.say("emergency");
        let told = talk.say(word);
        assert!(told.contains("yes or no"), "{word}: {told}");
    }
    let mut driven = Driven::on(recorder.state(), (120, 40));
    let screen = driven.keys("E").screen();
    assert!(
        screen.contains("   Y: it was done   N: it was not"),
        "{screen}"
    );
}

#[test]
fn the_key_of_a_fix_is_named_only_where_it_does_something() {
    let named = |then: fn(&mut Driven)| {
        let mut driven = Driven::on(recorder().failed().state(), (80, 24));
        then(&mut driven);
        let screen = driven.screen();
        assert!(screen.contains("hint: "), "{screen}");
        screen.contains("Key f does the fix")
    };
    assert!(named(|_| {}));
    assert!(!named(|driven| driven.run(Event::Gone(None))));
    assert!(!named(
        |driven| driven.run(Event::Control(Control::default()))
    ));
}
