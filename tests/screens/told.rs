//! What plain mode takes for a wish, and what not.

use super::{
    driven::{Driven, LOOK},
    everywhere::{gallery, knows_where},
    fake::FakeBackend,
    product::{self, Recorder},
};
use switchback::{
    engine::link::handle::{Ask, Event},
    model::{finding::Decision, ids::StepId},
    tui::{
        app::{Msg, Outcome, Screen},
        plain::Teller,
        theme::Look,
    },
};
use unicode_width::UnicodeWidthStr;

const SIZE: (u16, u16) = (80, 24);

fn failed() -> Driven {
    let mut driven = Driven::on(Recorder::new(product::plan()).failed().state(), SIZE);
    driven.app.ui.live.agreed = true;
    driven.app.drawn();
    driven
}

#[test]
fn words_and_keys_mean_the_same() {
    for word in ["r", "retry", "Retry"] {
        let mut driven = failed();
        driven.say(word);
        assert!(
            matches!(&driven.asks[..], [Ask::Retry(_)]),
            "{word}: {:?}",
            driven.asks
        );
    }
    for word in ["b", "roll back"] {
        let mut driven = failed();
        driven.say(word);
        assert_eq!(driven.app.ui.screen, Screen::Rollback, "{word}");
    }
}

#[test]
fn a_reason_is_needed_and_an_empty_line_takes_nothing() {
    let mut driven = failed();
    driven.say("skip").say("");
    assert_eq!(driven.asks, []);
    assert!(driven.app.ui.dialog.is_none());
    driven.say("skip").say("it is not needed here");
    let [Ask::Skip { reason, .. }] = &driven.asks[..] else {
        panic!("{:?}", driven.asks);
    };
    assert_eq!(reason, "it is not needed here");
}

#[test]
fn nothing_said_before_a_question_was_told_answers_it() {
    let mut driven = failed();
    for line in ["q", "y"] {
        driven.msg(Msg::Said(Some(line.to_owned().into())));
    }
    assert_eq!(driven.end, None, "both lines came in one piece");
    driven.app.drawn();
    driven.say("no");
    assert_eq!(driven.end, None);
    driven.say("leave").say("yes");
    assert_eq!(driven.end, Some(Outcome::LeftRun));
}

#[test]
fn an_empty_line_means_only_what_was_read() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    // The start screen was not told yet.
    driven.msg(Msg::Said(Some(String::new().into())));
    assert_eq!(driven.app.ui.screen, Screen::Start);
    driven.app.drawn();
    driven.say("");
    assert_eq!(driven.app.ui.screen, Screen::Review);
}

#[test]
fn the_end_of_the_input_said_twice_leaves_and_answers_no_question() {
    let mut driven = failed();
    driven.say("leave").msg(Msg::Said(None));
    assert!(driven.app.ui.dialog.is_none(), "the question is closed");
    driven.msg(Msg::Said(None));
    driven.say("1").msg(Msg::Said(None));
    assert_eq!(driven.end, None, "something was said in between");
    driven.msg(Msg::Said(None));
    assert_eq!(driven.end, Some(Outcome::LeftRun));
}

#[test]
fn blanks_are_no_enter() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.app.drawn();
    driven.say("  ");
    assert_eq!(driven.app.ui.screen, Screen::Start);
    let told = Teller::default().tell(&driven.app).text;
    assert!(told.contains("an empty line is Enter"), "{told}");
}

#[test]
fn a_change_is_taken_or_kept_by_a_word() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.app.ui.in_lines = true;
    driven.keys("\n");
    driven.app.drawn();
    driven.say("/slack").say("1");
    let mut told = Teller::default().tell(&driven.app).text;
    for (word, other, then) in [
        ("take", "keep", "will be changed"),
        ("keep", "take", "will stay as it is"),
    ] {
        if told.contains(then) {
            continue;
        }
        let can = format!("a number, {word}, ");
        assert!(told.contains(&can) && !told.contains("Space"), "{told}");
        driven.say(other);
        let refused = Teller::default().tell(&driven.app).text;
        assert!(refused.contains("already so"), "{refused}");
        driven.say(word);
        told = Teller::default().tell(&driven.app).text;
        assert!(told.contains(then), "{told}");
    }
    assert!(
        !driven
            .app
            .ui
            .views
            .review
            .as_ref()
            .expect("a review")
            .decisions
            .is_empty()
    );
}

#[test]
fn a_screen_is_told_from_its_first_row_and_a_text_up_to_its_end() {
    let mut driven = failed();
    driven.say("roll back");
    let first = Teller::default().tell(&driven.app).text;
    assert!(
        first.contains("newest first") && !first.contains("before: less"),
        "{first}"
    );
    driven.app.ui.in_lines = true;
    driven.say("help").say("end");
    let end = Teller::default().tell(&driven.app).text;
    assert!(
        end.contains("before: less") && end.contains("Type: less,"),
        "{end}"
    );
    assert!(
        end.contains("a secret, with its length") && !end.contains(": more\n"),
        "{end}"
    );
    driven.say("first");
    let start = Teller::default().tell(&driven.app).text;
    assert!(
        start.contains("Type: more,") && start.contains("retry:"),
        "{start}"
    );
}

#[test]
fn a_word_with_a_number_is_about_that_row() {
    let mut driven = failed();
    driven.say("999");
    assert!(driven.app.ui.notice.is_some());
    let first = StepId::new(
        driven.app.run.as_ref().expect("a run").steps[0]
            .step
            .id
            .as_str(),
    );
    driven.say("1");
    let selected = format!("{:?}", driven.app.list().selected);
    assert!(selected.contains(first.as_str()), "{selected}");
    driven.say("retry 1");
    assert_eq!(driven.asks, [], "the first step has not failed");
}

#[test]
fn a_value_is_typed_in_a_line_seen_in_its_file_and_only_then_chosen() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.app.drawn();
    driven.say("").say("").say("3");
    let decided = |driven: &Driven| {
        let review = driven.app.ui.views.review.as_ref().expect("a review");
        review.decisions.values().cloned().collect::<Vec<_>>()
    };
    for line in ["", "300 # a day", "300"] {
        driven.say(line);
        assert!(
            matches!(driven.app.ui.screen, Screen::Conflict(_)),
            "{line}"
        );
        assert_eq!(driven.app.ui.dialog.is_some(), line != "300", "{line}");
        assert_eq!(decided(&driven), []);
    }
    let told = Teller::default().tell(&driven.app).text;
    assert!(
        told.contains("limit: 300") && told.contains("Type: a number, edit (e)"),
        "{told}"
    );
    driven.say("");
    assert_eq!(decided(&driven), [Decision::Choose("edit".into())]);
    assert_eq!(driven.app.ui.screen, Screen::Review);
}

#[test]
fn every_screen_is_told_once_in_lines_that_fit_and_names_the_machine() {
    for (unicode, columns) in [(true, 80), (false, 80), (true, 60), (false, 31)] {
        for driven in &mut gallery((columns, SIZE.1)) {
            driven.app.ui.look = Look { unicode, ..LOOK };
            let mut teller = Teller::default();
            let told = teller.tell(&driven.app).text;
            driven.app.drawn();
            assert!(
                driven.app.ui.dialog.is_some()
                    || !knows_where(driven)
                    || told.contains(product::HOST),
                "{told}"
            );
            for line in told.lines() {
                // It is copied in one piece, even where the terminal has to wrap it.
                let copied = line.starts_with("switchback --root ");
                let fits = line.trim_end().width() < usize::from(columns);
                assert!(fits || copied, "{line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
            assert!(unicode || told.is_ascii(), "{told}");
            assert_eq!(
                teller.tell(&driven.app).text,
                "",
                "nothing has happened since:\n{told}"
            );
        }
    }
}

#[test]
fn what_becomes_of_a_row_is_told_and_nothing_else_of_it() {
    let (mut begun, mut whole_run) = (
        Recorder::new(product::plan()),
        Recorder::new(product::plan()),
    );
    let mut driven = Driven::on(begun.backed_up().state(), SIZE);
    let mut teller = Teller::default();
    let whole = teller.tell(&driven.app).text;
    driven.app.drawn();
    whole_run.failed();
    for record in &whole_run.records[begun.records.len()..] {
        driven.run(Event::Record(Box::new(record.clone())));
    }
    driven.run(Event::Idle);
    let news = teller.tell(&driven.app).text;
    assert!(news.contains("fails   diesel migration run"), "{news}");
    assert!(
        news.contains("hint:") && news.contains("What now?"),
        "{news}"
    );
    assert!(
        whole.contains("== Apply") && !news.contains("== Apply"),
        "{news}"
    );
}

#[test]
fn signs_are_told_as_words_and_help_lists_those() {
    let mut driven = failed();
    driven.app.ui.in_lines = true;
    let told = Teller::default().tell(&driven.app).text;
    assert!(told.contains("\nfails: diesel migration run"), "{told}");
    assert!(told.contains("\nhint: "), "{told}");
    driven.say("help").say("more");
    let mut help = Teller::default().tell(&driven.app).text;
    while driven.app.ui.notice.is_none() {
        driven.say("more");
        help += &Teller::default().tell(&driven.app).text;
    }
    assert!(help.contains("  fails:     failed, or blocked"), "{help}");
    assert!(!help.contains('✗') && !help.contains('⟳'), "{help}");
}

/// Beside a list there may be no room for it; in lines there always is.
#[test]
fn who_asks_for_a_finding_is_told_who_says_so() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.app.ui.in_lines = true;
    driven.keys("\n");
    let mut teller = Teller::default();
    teller.tell(&driven.app);
    driven.say("2");
    let told = teller.tell(&driven.app).text;
    assert!(!told.contains("Tab"), "{told}");
    assert!(told.contains("rule 1.0.0/"), "{told}");
}

#[test]
fn what_is_printed_stands_under_the_step_that_printed_it() {
    let state = Recorder::new(product::plan()).migrating().state();
    let mut driven = Driven::on(state, SIZE);
    let mut teller = Teller::default();
    teller.tell(&driven.app);
    for (step, line) in [
        ("1.0.0/stop", "gateway stopped"),
        ("1.0.0/migrate", "Running migration 1"),
        ("1.0.0/migrate", "Running migration 2"),
    ] {
        let (step, line) = (step.to_owned(), line.to_owned());
        driven.run(Event::Output { step, line });
    }
    let told = teller.tell(&driven.app).text;
    let expected = "   printed by stop workflow-engine:\n   | gateway stopped\n   \
        printed by diesel migration run:\n   | Running migration 1\n   | Running migration 2\n";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn what_was_printed_before_is_no_news() {
    let line = |n: u8| ("1.0.0/migrate".to_owned(), format!("Running migration {n}"));
    let mut driven = Driven::on(Recorder::new(product::plan()).migrating().state(), SIZE);
    let mut teller = Teller::default();
    teller.tell(&driven.app);
    let (step, line_before) = line(1);
    driven.run(Event::Printed {
        step,
        line: line_before,
    });
    let told = teller.tell(&driven.app).text;
    assert!(
        told.contains("   | … output shows what was printed before\n"),
        "{told}"
    );
    assert!(!told.contains("printed by"), "{told}");
    assert!(driven.app.ui.live.output_at_ms.is_none(), "it is old");
    let (step, line_now) = line(2);
    driven.run(Event::Output {
        step,
        line: line_now,
    });
    let told = teller.tell(&driven.app).text;
    let now = "   printed by diesel migration run:\n   | Running migration 2\n";
    assert!(told.contains(now), "{told}");

    // Output that was read from a step's log is not repeated when its worker sends it.
    let backend = FakeBackend {
        printed: vec!["Running migration 1".to_owned()],
        ..FakeBackend::default()
    };
    let mut driven = Driven::with(backend, failed().app.run.expect("a run"), SIZE);
    let (step, line) = line(1);
    driven.run(Event::Printed { step, line });
    let output = &driven.app.ui.live.output;
    assert_eq!(output.count_of("1.0.0/migrate"), 1);
}

#[test]
fn what_is_refused_moves_nothing_and_a_row_that_is_named_again_is_told_again() {
    let mut driven = failed();
    let mut teller = Teller::default();
    let mut say = |driven: &mut Driven, words: &str| {
        teller.tell(&driven.app);
        driven.app.drawn();
        teller.heard();
        driven.say(words);
        teller.tell(&driven.app).text
    };
    let there = driven.app.list().selected;
    let told = say(&mut driven, "mark 2");
    assert!(told.contains("does nothing here"), "{told}");
    assert_eq!(driven.app.list().selected, there);
    for _ in 0..2 {
        let told = say(&mut driven, "2");
        assert!(told.contains("edit .env  step "), "{told}");
    }
    driven.say("help");
    driven.msg(Msg::Said(Some("/shell".to_owned().into())));
    let told = teller.tell(&driven.app).text;
    assert!(told.contains("only lines that hold `shell`"), "{told}");
}

#[test]
fn another_word_for_a_command_means_it_only_where_it_can_be_meant() {
    let mut review = Driven::new(FakeBackend::default(), SIZE);
    review.keys("\n");
    review.app.drawn();
    review.say("/slack").say("mark 1");
    let view = review.app.ui.views.review.as_ref().expect("a review");
    assert!(!view.decisions.is_empty(), "{:?}", review.app.ui.notice);
    let mut start = Driven::new(FakeBackend::default(), SIZE);
    start.say("rollback");
    let told = Teller::default().tell(&start.app).text;
    assert!(told.contains("does nothing here, or not now"), "{told}");
}
