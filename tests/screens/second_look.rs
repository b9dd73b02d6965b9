//! What was looked at once goes out of date: what a way back would lose is counted again before it
//! is agreed to, and what is left of a run that is over can still be reached.

use super::{
    driven::{Driven, LOOK},
    fake::FakeBackend,
    product::{self, Recorder},
    states,
    talk::Talk,
};
use switchback::{
    engine::link::handle::{Ask, Control},
    model::ids::StepId,
    tui::{
        Start,
        app::{App, Msg, Screen},
        backend::{Damaged, OpenRun},
        call::Answer,
        dialog::Dialog,
    },
};

const SIZE: (u16, u16) = (80, 24);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

pub fn counted(orders: u32) -> FakeBackend {
    let mut backend = FakeBackend::default();
    let lost = format!("will be lost: orders: {orders} rows more");
    backend.preview.steps[0].warnings = vec![lost];
    backend
}

pub fn later(driven: &mut Driven, seconds: u64) {
    let now_ms = driven.app.ui.live.now_ms + seconds * 1000;
    driven.msg(Msg::Tick { now_ms });
}

#[test]
fn words_that_stood_for_old_numbers_begin_no_rollback() {
    let mut driven = Driven::with(counted(12), recorder().failed().state(), SIZE);
    driven.keys("b\nroll back web-03");
    later(&mut driven, 59);
    assert!(driven.screen().contains("Enter: roll back now"));
    later(&mut driven, 2);
    let screen = driven.screen();
    assert!(screen.contains("Enter: counts again first"), "{screen}");
    driven.backend = Box::new(counted(14));
    driven.keys("\n");
    let screen = driven.screen();
    assert_eq!(driven.asks, []);
    assert!(!screen.contains("roll back web-03_"), "{screen}");
    let told = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("orders: 14 rows"), "{screen}");
    assert!(screen.contains("migration run, changed since"), "{screen}");
    assert!(
        screen.contains("what would be lost has changed"),
        "{screen}"
    );
    driven.keys("\n");
    assert_eq!(driven.asks, [], "the words stood for the old numbers");
    driven.keys("roll back web-03\n");
    assert!(matches!(driven.asks[..], [Ask::Rollback { .. }]));
}

#[test]
fn what_was_looked_at_long_ago_is_looked_at_again_when_it_is_asked_about() {
    let mut driven = Driven::with(counted(12), recorder().failed().state(), SIZE);
    driven.keys("b");
    later(&mut driven, 3600);
    driven.backend = Box::new(counted(900));
    driven.keys("\n");
    let told = driven.screen();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("orders: 900 rows"), "{told}");
    driven.keys("roll back web-03");
    assert!(driven.screen().contains("Enter: roll back now"));
    driven.keys("\n");
    assert!(matches!(driven.asks[..], [Ask::Rollback { .. }]));
}

#[test]
fn that_nothing_has_changed_is_said_and_no_answer_goes_without_a_key() {
    let mut driven = Driven::with(counted(12), recorder().failed().state(), SIZE);
    driven.keys("b\nroll back web-03");
    later(&mut driven, 61);
    driven.keys("\n");
    let screen = driven.screen();
    assert_eq!(driven.asks, []);
    assert!(
        screen.contains("nothing has changed; Enter goes on"),
        "{screen}"
    );
    assert!(!screen.contains("changed since"), "{screen}");
}

/// After a no, the question is not asked again.
#[test]
fn what_comes_after_the_question_was_put_away_opens_none() {
    let mut driven = Driven::with(counted(12), recorder().before_no_return().state(), SIZE);
    driven.keys("ku");
    let Some(Dialog::Reason { .. }) = &driven.app.ui.dialog else {
        panic!("{}", driven.screen());
    };
    driven.key(crossterm::event::KeyCode::Esc);
    let (seq, undo) = (
        driven.app.run.as_ref().map_or(0, |run| run.seq),
        product::preview(),
    );
    let back = switchback::engine::undo_preview::WayBack::DownTo(0);
    let answer = Answer::PreviewAgain(seq, back, Ok(undo));
    driven.msg(Msg::Answer(Box::new(answer)));
    assert!(driven.app.ui.dialog.is_none());
}

#[test]
fn the_last_steps_are_looked_at_again_too() {
    let mut driven = Driven::with(counted(12), recorder().before_no_return().state(), SIZE);
    driven.keys("ku").keys("not kept");
    later(&mut driven, 61);
    driven.backend = Box::new(counted(15));
    driven.keys("\n");
    let screen = driven.screen();
    assert_eq!(driven.asks, []);
    assert!(screen.contains("not kept_"), "{screen}");
    assert!(screen.contains("orders: 15 rows"), "{screen}");
    driven.keys("\nundo web-03\n");
    assert!(
        matches!(driven.asks[..], [Ask::StepBack { .. }]),
        "{}",
        driven.screen()
    );
}

#[test]
fn in_lines_old_words_are_said_once_more() {
    let mut talk = Talk::of(Driven::with(counted(12), recorder().failed().state(), SIZE));
    talk.say("roll back");
    talk.say("");
    later(&mut talk.driven, 61);
    talk.driven.backend = Box::new(counted(14));
    let told = talk.say("roll back web-03");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(talk.driven.asks, []);
    assert!(told.contains("orders: 14 rows"), "{told}");
    assert!(told.contains("type it once more"), "{told}");
    assert!(!told.contains("do not match"), "{told}");
    talk.say("roll back web-03");
    assert!(matches!(talk.driven.asks[..], [Ask::Rollback { .. }]));
}

#[test]
fn a_failed_step_says_why_what_helps_and_what_to_press_on_the_smallest_terminal() {
    for size in [(40, 10), (60, 15), (80, 24)] {
        let mut driven = Driven::on(recorder().failed().state(), size);
        states::print(&mut driven, &states::MIGRATION);
        let screen = driven.screen();
        let keys = ["r retry", "f fix", "K skip", "b roll back"];
        for words in ["run: exit 1", "hint: the base tables"].iter().chain(&keys) {
            assert!(screen.contains(words), "no `{words}` in {screen}");
        }
    }
}

/// The pack's emergency step was pulled during a rollback that has ended since.
fn still_pulled() -> Driven {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let state = recorder.undone().pull().back_again().state();
    let backend = FakeBackend {
        kept: Some(state.clone()),
        ..FakeBackend::default()
    };
    let mut driven = Driven::new(backend, SIZE);
    driven.msg(Msg::Answer(Box::new(Answer::Opened(
        Ok((Box::new(state), Control::default(), None)),
        OpenRun::Report,
    ))));
    driven
}

#[test]
fn what_is_still_pulled_when_its_run_is_over_is_taken_back_from_its_report() {
    let mut driven = still_pulled();
    assert_eq!(driven.app.ui.screen, Screen::Report);
    let screen = driven.screen();
    assert!(screen.contains("E emergency"), "{screen}");
    driven.keys("E");
    let screen = driven.screen();
    assert!(screen.contains("u take back"), "{screen}");
    driven.keys("j");
    let screen = driven.screen();
    assert!(
        !screen.contains("asks for typed words, then pulls"),
        "{screen}"
    );
    driven.keys("ku").keys("take back web-03\n");
    let step = StepId::new("1.0.0/policies");
    assert_eq!(driven.asks, [Ask::Release(step)]);
}

#[test]
fn a_run_whose_journal_is_damaged_is_listed_read_and_stands_in_the_way() {
    let mut backend = FakeBackend::default();
    let mut run = product::unfinished_run();
    run.can_go_back = false;
    run.damaged = Some(Damaged {
        why: "line 7: the check does not fit".into(),
        folder: "/var/lib/switchback/runs/0f3a".into(),
        is_unclear: true,
    });
    backend.start.runs.insert(0, run);
    let mut driven = Driven::new(backend, SIZE);
    let screen = driven.screen();
    assert!(screen.contains("damaged, by mara"), "{screen}");
    assert!(screen.contains("Enter: read what is left"), "{screen}");
    driven.keys("h");
    let screen = driven.screen();
    for words in ["line 7", "/0f3a/backup/RESTORE.md", "out of the way"] {
        assert!(screen.contains(words), "no `{words}` in {screen}");
    }
    driven.keys("\n");
    assert_eq!(driven.app.ui.screen, Screen::Report);
    assert!(driven.app.ui.live.to_read);
}

#[test]
fn where_the_pack_checks_nothing_a_person_is_told_what_to_look_at() {
    let mut plan = product::plan();
    plan.verify.clear();
    let mut recorder = Recorder::new(plan);
    recorder.applied();
    let driven = Driven::on(recorder.state(), SIZE);
    let screen = driven.screen();
    assert!(screen.contains("has no check of 1.2.0"), "{screen}");
    assert!(screen.contains("does it say that it is 1.2.0?"), "{screen}");
    assert!(!screen.contains("in place"), "{screen}");
}

#[test]
fn of_other_samples_a_new_one_says_one_line_until_the_next_key() {
    let words = "another sample has an unfinished run; `switchback runs` shows how to come back";
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    let start = Start {
        beside: Some(words.to_owned()),
        ..Start::new(LOOK)
    };
    driven.app = App::new(start, SIZE);
    driven.msg(Msg::Answer(Box::new(Answer::Start(Ok(product::start())))));
    let screen = driven.screen();
    assert!(screen.contains("Upgrade to (2)"), "{screen}");
    assert!(screen.contains(words), "{screen}");
    driven.keys("j");
    assert!(!driven.screen().contains("another sample"));
}
