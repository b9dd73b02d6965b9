//! Plain mode while a worker is at work: what is told between an answer and its result.

use super::{
    driven::Driven,
    product::{self, Recorder},
    talk::Talk,
};
use switchback::{
    engine::link::handle::{Ask, Control, Event},
    model::{
        ids::StepId,
        record::{Body, CheckVerdict},
    },
    tui::{app::Screen, dialog::Dialog, plain::last},
};

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

#[test]
fn after_an_answer_what_is_begun_is_told_and_nothing_that_was_so_before() {
    let mut talk = Talk::on(recorder().failed()).agreed();
    assert_eq!(talk.say("retry"), "trying the step again…\n");
    assert_eq!(talk.hear(), "", "it is told once");
    let mut retried = recorder();
    retried.failed().started("1.0.0/migrate");
    let told = talk.records(&retried.records).hear();
    assert!(told.contains("runs    diesel migration run"), "{told}");

    let mut talk = Talk::on(recorder().failed());
    talk.say("roll back");
    let asked = talk.say("");
    let words = format!("roll back {}", product::HOST);
    assert!(
        asked.contains(&format!("type \"{words}\" to go on; ")),
        "{asked}"
    );
    assert_eq!(talk.say(&words), "rolling back…\n");
    assert!(matches!(talk.driven.asks[..], [Ask::Rollback { .. }]));
}

#[test]
fn what_fails_again_as_it_failed_before_is_told_again() {
    let mut failed = recorder();
    let mut talk = Talk::on(failed.failed()).agreed();
    talk.say("retry");
    let error = || Body::StepFailed {
        step: StepId::new("1.0.0/migrate"),
        error: "exit 1".into(),
        hint: Some(0),
        took_ms: 4_000,
        no_effect: false,
    };
    failed.started("1.0.0/migrate").push(error());
    let told = talk.records(&failed.records).event(Event::Idle).hear();
    assert!(told.contains("fails: diesel migration run"), "{told}");
    assert!(told.ends_with("Apply> "), "{told}");
}

#[test]
fn what_is_refused_is_told_with_what_enter_does() {
    let mut talk = Talk::on(recorder().failed());
    let told = talk.say("dance");
    assert!(told.contains("not understood: dance"), "{told}");
    assert!(
        told.contains("\nEnter: nothing") && !told.contains("Say:"),
        "{told}"
    );
}

#[test]
fn the_last_results_of_a_screen_are_told_before_the_next_screen() {
    let mut before = recorder();
    let mut talk = Talk::on(before.asking());
    let mut after = recorder();
    after.applied();
    let told = talk.records(&after.records).hear();
    let at = |words: &str| {
        told.find(words)
            .unwrap_or_else(|| panic!("{words}:\n{told}"))
    };
    assert!(at("start workflow-engine") < at("== Verify"), "{told}");

    let mut before = recorder();
    let mut talk = Talk::on(before.undoing());
    let mut after = recorder();
    after.rolled_back();
    let told = talk.records(&after.records).hear();
    let at = |words: &str| {
        told.find(words)
            .unwrap_or_else(|| panic!("{words}:\n{told}"))
    };
    assert!(at("0.5.0, 5 of 5") < at("== Report"), "{told}");
    assert!(at("edit config.toml") < at("== Report"), "{told}");
}

#[test]
fn a_mark_tells_its_row_and_the_next_that_is_open() {
    let mut talk = Talk::on(recorder().checklist_blocked());
    assert_eq!(talk.say("mark 1"), "", "the row tells it");
    let Some(Ask::Mark(check)) = talk.driven.asks.pop() else {
        panic!("{:?}", talk.driven.asks);
    };
    let mut marked = recorder();
    marked
        .checklist_blocked()
        .check(check.as_str(), CheckVerdict::Ok, "marked by mara");
    let told = talk.records(&marked.records).hear();
    assert_eq!(told, "", "one piece");
    let told = talk.event(Event::Idle).hear();
    assert_eq!(told.matches("marked by mara").count(), 1, "{told}");
    assert!(
        told.contains("2.0 GiB needed"),
        "the next that is open: {told}"
    );
    assert!(told.contains("Enter: not yet"), "{told}");
}

#[test]
fn checks_that_come_out_as_before_are_told_as_such() {
    let mut verified = recorder();
    let mut talk = Talk::on(verified.verified());
    let told = talk.say("check all again");
    assert_eq!(told, "making every check again…\n");
    verified.check("health", CheckVerdict::Ok, "1.2.0, 5 of 5");
    verified.check("login", CheckVerdict::Ok, "200, token accepted");
    let told = talk.records(&verified.records).event(Event::Idle).hear();
    assert!(told.contains("as before: every check passed"), "{told}");
}

#[test]
fn an_impatient_empty_line_ends_no_run_and_leaves_no_report() {
    let mut talk = Talk::on(recorder().verified());
    let asked = talk.say("");
    assert!(asked.contains("End the run?"), "{asked}");
    assert!(asked.contains("no check is made again"), "{asked}");
    talk.say("");
    assert_eq!(talk.driven.asks, []);
    talk.say("");
    assert_eq!(talk.say("yes"), "ending the run…\n");
    assert_eq!(talk.driven.asks, [Ask::Finish]);

    let mut talk = Talk::on(recorder().ended());
    assert_eq!(talk.driven.app.ui.screen, Screen::Report);
    talk.say("");
    assert!(matches!(talk.driven.app.ui.dialog, Some(Dialog::Sure(_))));
    assert_eq!(talk.driven.end, None);
}

#[test]
fn nobody_can_have_typed_an_answer_to_where_it_stands_now_while_it_was_at_work() {
    let mut talk = Talk::on(recorder().verified());
    talk.say("check all again");
    talk.event(Event::Idle);
    assert!(talk.teller.tell(&talk.driven.app).asks_anew);
    talk.say("1");
    assert!(!talk.teller.tell(&talk.driven.app).asks_anew);
}

#[test]
fn whoever_watches_is_told_what_a_watcher_can_say() {
    let mut talk = Talk::on(recorder().failed());
    let theirs = Control::Theirs(product::who());
    let told = talk.event(Event::Control(theirs)).hear();
    assert!(
        told.contains("take over (t)") && told.contains("leave (q)"),
        "{told}"
    );
    assert!(told.ends_with("\nApply> "), "{told}");
    talk.event(Event::Busy).hear();
    assert!(!talk.say("list").contains("Apply>"), "the holder's work");
    talk.event(Event::Idle).hear();
    talk.say("take");
    assert_eq!(talk.say("yes"), "taking the run over…\n");
}

#[test]
fn output_stands_below_its_step_also_when_it_is_tried_again() {
    let mut failed = recorder();
    let mut talk = Talk::on(failed.failed()).agreed();
    let line = |line: &str| Event::Output {
        step: "1.0.0/migrate".into(),
        line: line.into(),
    };
    talk.event(line("the first time")).hear();
    talk.say("retry");
    failed.started("1.0.0/migrate");
    let told = talk
        .event(line("the second time"))
        .records(&failed.records)
        .hear();
    let runs = told.find("runs    diesel migration run").expect("its row");
    let printed = "   printed by diesel migration run:\n   | the second time\n";
    assert!(told.find(printed).expect("its output") > runs, "{told}");
}

#[test]
fn the_last_words_are_how_the_run_stands() {
    for (recorder, how) in [
        (
            recorder().failed(),
            "failed, it waits at diesel migration run",
        ),
        (recorder().verified(), "unfinished, it waits at Verify"),
        (recorder().stuck(), "stuck, it waits at edit config.toml"),
        (recorder().rolled_back(), "rolled back"),
    ] {
        let mut driven = Driven::on(recorder.state(), (80, 24));
        let told = last::words(&driven.app);
        assert!(told.contains(&format!(": {how}")), "{told}");
        driven.app.close();
        let told = last::words(&driven.app);
        assert!(told.contains("You hold no run."), "{told}");
    }
}

#[test]
fn when_all_is_marked_no_row_is_told_as_the_next() {
    let mut passed = recorder();
    passed.checklist_passed();
    let told = Talk::on(&passed).say("list");
    assert!(told.contains("marked by mara"), "{told}");
    assert!(!told.contains("check told"), "{told}");
}
