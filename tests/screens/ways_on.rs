//! Where something went wrong, the screens lead on: with a key, and with words that fit the
//! situation.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    talk::Talk,
};
use switchback::{
    engine::link::handle::{Ask, Event},
    model::{
        finding::Safety,
        ids::{RuleId, StepId},
        plan::StepBody,
        rule::Severity,
    },
    tui::{
        app::{Msg, Screen},
        backend::OpenRun,
        call::{Answer, Pending},
    },
};

const SIZE: (u16, u16) = (80, 24);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

#[test]
fn a_way_back_that_meets_a_later_edit_goes_over_it_when_the_words_are_typed() {
    let mut driven = Driven::on(recorder().stuck().state(), SIZE);
    let screen = driven.screen();
    assert!(screen.contains("a put aside"), "{screen}");
    driven.keys("a");
    let screen = driven.screen();
    assert!(
        screen.contains(".env was edited after this run changed it"),
        "{screen}"
    );
    driven.keys("put aside web\n");
    assert_eq!(driven.asks, [], "the words are not whole");
    driven.keys("-03\n");
    let [
        Ask::Rollback {
            reason,
            over_later_edits: true,
        },
    ] = &driven.asks[..]
    else {
        panic!("{:?}", driven.asks);
    };
    assert_eq!(reason, "asked for by the operator");
}

#[test]
fn what_nobody_edited_is_not_put_aside() {
    let mut backend = FakeBackend::default();
    for undo in &mut backend.preview.steps {
        undo.later_edit = None;
    }
    let mut driven = Driven::with(backend, recorder().stuck().state(), SIZE);
    let screen = driven.keys("a").screen();
    assert!(screen.contains("there is nothing to put aside"), "{screen}");
    assert!(driven.app.ui.dialog.is_none());
}

#[test]
fn in_lines_a_later_edit_is_put_aside_by_the_word_of_its_key() {
    let mut talk = Talk::on(recorder().stuck());
    let told = talk.say("put aside");
    assert!(told.contains(".env was edited"), "{told}");
    talk.say("put aside web-03");
    let asks = &talk.driven.asks[..];
    assert!(
        matches!(
            asks,
            [Ask::Rollback {
                over_later_edits: true,
                ..
            }]
        ),
        "{asks:?}"
    );
}

/// A row that was taken may move elsewhere, because every decision makes a new plan.
#[test]
fn a_key_that_comes_twice_takes_and_leaves_one_change() {
    let slack = RuleId::new("1.1.0/env/SLACK");
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n/SLACK\n ");
    let mut review = driven.app.ui.views.review.clone().expect("a review");
    let mut other = product::finding("1.0.0/env/SLACK", Severity::Required, "SLACK_TOKEN");
    other.safety = Safety::OptIn;
    review.findings.insert(0, other);
    driven.msg(Msg::Answer(Box::new(Answer::Review(Ok(review)))));
    driven.keys(" ");
    let review = driven.app.ui.views.review.as_ref().expect("a review");
    let decided: Vec<&RuleId> = review.decisions.keys().collect();
    assert_eq!(decided, [&slack]);
}

#[test]
fn after_a_run_was_refused_enter_leads_to_the_one_in_its_way() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n");
    driven.app.show(Screen::Inputs);
    let mut backend = FakeBackend::default();
    backend.start.runs = vec![product::unfinished_run()];
    driven.backend = Box::new(backend);
    driven.app.ui.pending = Some(Pending::Plan);
    let refused = "run 0f3a of this product is not over".to_owned();
    driven.msg(Msg::Answer(Box::new(Answer::Opened(
        Err(refused),
        OpenRun::Resume,
    ))));
    let screen = driven.screen();
    assert!(screen.contains("run 0f3a of this product"), "{screen}");
    driven.app.drawn();
    let screen = driven.keys("\n").screen();
    assert!(screen.contains("Enter: open this run"), "{screen}");
    driven.keys("\n");
    assert!(driven.app.run.is_some(), "Enter leads to it");
}

#[test]
fn a_question_promises_no_key_that_does_nothing_there() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut driven = Driven::on(recorder.pulled().state(), SIZE);
    driven.run(Event::Output {
        step: "1.0.0/policies".into(),
        line: "switched".into(),
    });
    let screen = driven.keys("E").screen();
    assert!(screen.contains("output (last 1 of 1 lines)"), "{screen}");
    assert!(!screen.contains("opens it"), "{screen}");
}

#[test]
fn what_a_worker_that_is_gone_had_called_is_seen_to_work_on() {
    let backend = FakeBackend {
        left_over: vec![10435],
        ..FakeBackend::default()
    };
    let mut driven = Driven::with(backend, recorder().migrating().state(), SIZE);
    driven.run(Event::Gone(None));
    let screen = driven.screen().replace('\n', " ");
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "the command that it started is still running (process 10435)";
    assert!(words.contains(told), "{screen}");
}

#[test]
fn a_value_that_decides_a_finding_is_asked_for_by_the_name_of_its_key() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n\njj\n");
    let screen = driven.screen();
    let asked = "the value of limit in policies/default.yaml: _";
    assert!(screen.contains(asked), "{screen}");
}

#[test]
fn on_a_few_rows_a_reason_says_what_it_is_for() {
    let size = (20, 5);
    let mut driven = Driven::on(recorder().checklist_blocked().state(), size);
    let screen = driven.keys("w").screen();
    assert!(screen.contains("waive "), "{screen}");
    let mut driven = Driven::on(recorder().failed().state(), size);
    let screen = driven.keys("K").screen();
    assert!(screen.contains("skip "), "{screen}");
    let screen = driven.keys("why").screen();
    assert!(screen.contains("why_"), "{screen}");
}

#[test]
fn a_copied_state_is_named_by_its_title() {
    let mut driven = Driven::on(recorder().backed_up().state(), SIZE);
    driven.app.show(Screen::Backup);
    let run = driven.app.run.as_ref().expect("a run");
    let command = &run.plan.backup.commands[0];
    let (id, title) = (command.id.clone(), command.title.clone());
    assert_ne!(id, title);
    let screen = driven.screen();
    let headed = screen.lines().any(|line| line.trim() == title);
    assert!(headed, "{title}: {screen}");
}

#[test]
fn a_program_in_a_command_keeps_its_lines() {
    let mut plan = product::plan();
    let step = StepId::new("1.0.0/migrate");
    let mut steps = plan.steps.iter_mut();
    let migrate = steps.find(|of| of.id == step).expect("a step");
    let run = product::command(&["python", "-c", "import os\nclient = os.environ"]);
    migrate.body = StepBody::Do(switchback::model::rule::Action::Run(run));
    let mut driven = Driven::on(Recorder::new(plan).backed_up().state(), SIZE);
    let screen = driven.keys("jjj").screen();
    assert!(screen.contains("import os\n"), "{screen}");
}
