//! Things on the way through the screens that somebody should have agreed to, been told or been
//! able to do, and was not.

use super::{
    driven::Driven,
    fake::{FakeBackend, ours},
    product::{self, Recorder},
};
use crossterm::event::KeyCode;
use switchback::{
    engine::{
        link::handle::{Ask, Control, Event},
        means::progress::Progress,
    },
    model::{
        ids::{CheckId, RunId},
        record::{CheckVerdict, Record, RunEnd},
    },
    run_state::{RunState, RunStatus},
    tui::{
        app::{Msg, Screen},
        backend::OpenRun,
        call::Answer,
        dialog::Dialog,
    },
};

const SIZE: (u16, u16) = (120, 40);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

/// The worker does this, and waits again.
fn goes_on(driven: &mut Driven, records: &[Record]) {
    let seq = driven.app.run.as_ref().expect("a run").seq;
    for record in records.iter().filter(|record| record.seq > seq) {
        driven.run(Event::Record(Box::new(record.clone())));
    }
    driven.run(Event::Idle);
    driven.app.drawn();
}

fn is_asked(driven: &Driven) -> bool {
    matches!(driven.app.ui.dialog, Some(Dialog::Sure(_)))
}

#[test]
fn whoever_agreed_to_one_step_is_asked_before_all() {
    let mut recorder = recorder();
    let mut driven = Driven::on(recorder.backed_up().state(), SIZE);
    driven.keys("sy");
    assert_eq!(driven.asks, [Ask::ApplyOne]);
    goes_on(&mut driven, &recorder.done("1.0.0/stop", "").records);
    let screen = driven.screen();
    assert!(screen.contains("Enter: asks, then goes on"), "{screen}");
    driven.keys("\n");
    assert_eq!(driven.asks, [Ask::ApplyOne]);
    let asked = driven.screen();
    for words in ["Continue changing the product?", "First step: edit .env"] {
        assert!(asked.contains(words), "no `{words}` in {asked}");
    }
    assert!(
        !asked.contains("Nothing has been changed so far"),
        "{asked}"
    );
    // Enter means no; one more step has its own key.
    driven.keys("\ns");
    assert_eq!(driven.asks, [Ask::ApplyOne, Ask::ApplyOne]);
    goes_on(&mut driven, &recorder.done("1.0.0/env", "").records);
    driven.keys("\ny");
    assert_eq!(driven.asks.last(), Some(&Ask::Apply));
    // The agreement to all steps survives a pause.
    goes_on(&mut driven, &recorder.done("1.0.0/config", "").records);
    driven.keys("\n");
    assert!(!is_asked(&driven), "{}", driven.screen());
    assert_eq!(driven.asks.last(), Some(&Ask::Apply));
}

#[test]
fn whoever_comes_to_a_run_or_has_lost_it_is_asked_before_it_goes_on() {
    let state = recorder().backed_up().done("1.0.0/stop", "").state();
    let mut driven = Driven::on(state, SIZE);
    driven.keys("\n");
    assert!(is_asked(&driven) && driven.asks.is_empty());
    driven.keys("y");
    driven.run(Event::Idle);
    driven.run(Event::Control(Control::Theirs(product::who())));
    driven.run(Event::Control(Control::Yours));
    driven.app.drawn();
    driven.keys("\n");
    assert!(is_asked(&driven), "{}", driven.screen());
    assert_eq!(driven.asks, [Ask::Apply]);
}

#[test]
fn one_step_is_not_asked_about_with_what_all_of_them_write() {
    let mut plan = product::plan();
    plan.findings = product::review().findings;
    let state = Recorder::new(plan).backed_up().state();
    let all = Driven::on(state.clone(), SIZE).keys("\n").screen();
    assert!(all.contains("findings change"), "{all}");
    let one = Driven::on(state, SIZE).keys("s").screen();
    assert!(one.contains("1 step runs"), "{one}");
    assert!(!one.contains("findings change"), "{one}");
}

/// Looking begins nothing.
#[test]
fn escape_from_a_way_back_that_is_looked_at_leads_to_where_it_was_chosen() {
    for (keys, chosen_on) in [("b", Screen::Start), ("hb", Screen::Runs)] {
        let mut backend = FakeBackend::default();
        backend.start.runs = vec![product::unfinished_run()];
        let mut driven = Driven::new(backend, SIZE);
        driven.keys(keys);
        assert_eq!(driven.app.ui.screen, Screen::Rollback);
        driven.key(KeyCode::Esc);
        assert_eq!(driven.app.ui.screen, chosen_on, "{}", driven.screen());
        assert!(driven.app.run.is_none() && driven.let_go);
        // The run stays as it is: its worker is not told to end.
        assert_eq!(driven.asks, []);
    }
}

#[test]
fn a_way_back_that_has_begun_is_not_left_by_escape() {
    let mut backend = FakeBackend {
        kept: Some(recorder().going_back().state()),
        ..FakeBackend::default()
    };
    backend.start.runs = vec![product::unfinished_run()];
    let mut driven = Driven::new(backend, SIZE);
    driven.keys("b");
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Rollback);
    assert!(driven.app.run.is_some() && !driven.let_go);
}

#[test]
fn escape_from_a_report_leads_to_the_past_runs_and_the_row_that_was_read() {
    let mut backend = FakeBackend::default();
    let mut second = product::unfinished_run();
    second.id = RunId::new("11111111111111111111111111111111");
    (second.status, second.from) = (RunStatus::Ended(RunEnd::Done), "0.4.0".into());
    backend.start.runs.push(second);
    let mut driven = Driven::new(backend, SIZE);
    driven.keys("hG\n");
    assert_eq!(driven.app.ui.screen, Screen::Report);
    let screen = driven.screen();
    assert!(screen.contains("Enter: back to the past runs"), "{screen}");
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Runs);
    let screen = driven.screen();
    let chosen = screen.lines().find(|line| line.contains('▸'));
    assert!(chosen.is_some_and(|row| row.contains("0.4.0")), "{screen}");
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Start);
}

#[test]
fn a_decided_finding_is_gone_on_from_and_shows_what_was_chosen() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n/policies\n");
    let screen = driven.screen();
    assert!(screen.contains("Enter: decide this one"), "{screen}");
    assert!(screen.contains("Space decide"), "{screen}");
    driven.keys("\n");
    assert!(matches!(driven.app.ui.screen, Screen::Conflict(_)));
    driven.keys("j\n");
    assert_eq!(driven.app.ui.screen, Screen::Review);
    let screen = driven.screen();
    assert!(screen.contains("decided: take the new one"), "{screen}");
    assert!(screen.contains("Space changes that"), "{screen}");
    assert!(screen.contains("limit: 100"), "{screen}");
    assert!(
        !screen.contains("limit: 500"),
        "of another answer: {screen}"
    );
    assert!(screen.contains("Enter: go on to Inputs"), "{screen}");
    driven.keys(" ");
    assert!(matches!(driven.app.ui.screen, Screen::Conflict(_)));
    driven.key(KeyCode::Esc);
    driven.keys("\n");
    assert_eq!(driven.app.ui.screen, Screen::Inputs);
}

#[test]
fn another_release_is_chosen_as_the_target_and_nothing_more() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("/1.0.0\n");
    let screen = driven.screen();
    let words = "Enter: choose 1.0.0 as the target — this starts nothing";
    assert!(screen.contains(words), "{screen}");
}

fn checks(title: &str) -> Event {
    Event::Progress(Progress {
        doing: title.into(),
        done: 1,
        total: 3,
        unit: "checks".into(),
        per_second: None,
    })
}

#[test]
fn while_checks_are_made_their_row_says_so_and_no_mark_is_offered() {
    let state = recorder().checklist_blocked().state();
    let mut driven = Driven::on(state, SIZE);
    driven.keys("/users\n");
    assert!(driven.screen().contains("Space mark"));
    driven.run(Event::Busy);
    driven.run(checks("diesel 2.1 or newer"));
    let screen = driven.screen();
    assert!(!screen.contains("Space mark"), "{screen}");
    driven.keys(" ");
    assert_eq!(driven.asks, []);
    driven.key(KeyCode::Esc);
    let screen = driven.screen();
    let row = screen.lines().find(|line| line.contains("diesel 2.1"));
    let row = row.expect("a row");
    assert!(row.contains('⟳') && row.contains("being checked"), "{row}");
    driven.keys("/diesel 2.1\n");
    let now_ms = driven.app.ui.live.now_ms + 6_000;
    driven.msg(Msg::Tick { now_ms });
    let screen = driven.screen();
    assert!(
        screen.contains("being checked  running for 6 s"),
        "{screen}"
    );
    assert!(screen.contains("before, at "), "{screen}");
    let mut made = recorder();
    made.checklist_blocked()
        .check("diesel", CheckVerdict::Ok, "diesel 2.2");
    goes_on(&mut driven, &made.records);
    assert!(!driven.screen().contains('⟳'), "{}", driven.screen());
}

#[test]
fn a_check_that_is_made_again_is_at_once_the_one_that_is_made() {
    let state = recorder().checklist_blocked().state();
    let mut driven = Driven::on(state, SIZE);
    driven.keys("/GiB free\nr");
    assert_eq!(driven.asks, [Ask::Recheck(CheckId::new("disk"))]);
    let screen = driven.screen();
    assert!(screen.contains("being checked  running for"), "{screen}");
}

#[test]
fn whoever_takes_a_run_up_is_not_told_that_nobody_holds_it() {
    let state: RunState = recorder().undoing().state();
    let mut driven = Driven::on(state.clone(), SIZE);
    driven.run(Event::Gone(None));
    // The connection to the worker that is gone finds the next worker first.
    driven.run(Event::Control(Control::Nobodys));
    let screen = driven.screen();
    assert!(screen.contains("! nobody holds this run"), "{screen}");
    let told = screen.matches("t take").count();
    assert_eq!(told, 1, "how it is taken is told once: {screen}");
    driven.msg(Msg::Answer(Box::new(Answer::Opened(
        Ok((Box::new(state), ours(), None)),
        OpenRun::Resume,
    ))));
    driven.run(Event::Idle);
    let screen = driven.screen();
    assert!(!screen.contains("nobody holds"), "{screen}");
}

#[test]
fn a_text_says_what_lies_above_also_at_its_end() {
    let mut driven = Driven::new(FakeBackend::default(), (80, 24));
    driven.keys("?");
    let above = |driven: &Driven| {
        let screen = driven.screen();
        let mut lines = screen.lines().map(str::trim);
        lines.find(|line| line.starts_with("↑ ")).map(str::to_owned)
    };
    assert_eq!(above(&driven), None, "{}", driven.screen());
    driven.key(KeyCode::PageDown);
    let middle = above(&driven).expect("a line");
    assert!(
        middle.contains("  … ") && middle.contains("Down"),
        "{middle}"
    );
    driven.key(KeyCode::End);
    let end = above(&driven).expect("a line");
    assert!(end.ends_with(" more lines"), "{end}");
}
