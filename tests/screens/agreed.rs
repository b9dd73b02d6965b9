//! What a person agrees to is said first: how far a retry lets the steps run, and what the upgrade goes
//! without when it is called done.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
};
use switchback::{
    engine::link::handle::{Ask, Event},
    model::{
        ids::StepId,
        plan::{Plan, Undo},
        record::{Body, CheckVerdict, Done, Phase},
    },
    run_state::RunState,
    tui::{app::Msg, backend::OpenRun, call::Answer},
};

const SIZE: (u16, u16) = (100, 30);
const MIGRATE: &str = "1.0.0/migrate";

fn on(state: RunState) -> Driven {
    Driven::on(state, SIZE)
}

#[test]
fn whoever_agreed_to_one_step_or_has_only_come_is_asked_before_a_second_try_runs_the_rest() {
    let state = Recorder::new(product::plan()).failed().state();
    let mut driven = on(state.clone());
    let asked = driven.keys("r").screen();
    assert_eq!(driven.asks, [], "{asked}");
    let how_far = "What runs: this step again, then";
    assert!(asked.contains(how_far), "{asked}");
    driven.keys("\n");
    assert_eq!(driven.asks, [], "Enter is no yes");
    driven.keys("ry");
    let retry = Ask::Retry(StepId::new(MIGRATE));
    assert_eq!(driven.asks, std::slice::from_ref(&retry));
    // That was a yes to all of them: it is not asked again.
    driven.run(Event::Idle);
    driven.keys("r");
    assert_eq!(driven.asks, [retry.clone(), retry]);

    let remedied = on(state).keys("f").screen();
    for words in [
        "What runs: the fix, then this step again, then",
        "fix: runs: psql -f scripts/init-db.sql",
    ] {
        assert!(remedied.contains(words), "{remedied}");
    }
}

#[test]
fn whoever_ends_the_run_reads_what_was_skipped_and_waived_on_the_way() {
    let mut recorder = Recorder::new(product::plan());
    recorder.verified();
    let whole = on(recorder.state()).screen();
    assert!(!whole.contains("Skipped"), "{whole}");

    let start = || StepId::new("1.2.0/start");
    let mut recorder = Recorder::new(product::plan());
    recorder.asking().push(Body::StepDone {
        step: StepId::new("1.1.0/ask"),
        how: Done::ByHand,
        detail: "done by mara".into(),
        rows: 0,
        took_ms: 0,
    });
    recorder.started("1.2.0/start").push(Body::StepFailed {
        step: start(),
        error: "exit 1".into(),
        hint: None,
        took_ms: 0,
        no_effect: false,
    });
    recorder.push(Body::StepSkipped {
        step: start(),
        reason: "it runs already".into(),
        by: product::who(),
    });
    recorder.push(Body::PhaseEntered {
        phase: Phase::Verify,
    });
    for check in ["health", "login"] {
        recorder.check(check, CheckVerdict::Ok, "fine");
    }
    let mut driven = on(recorder.state());
    let skipped = "! Skipped on the way: start workflow-engine.";
    let verify = driven.screen();
    assert!(verify.contains(skipped), "{verify}");
    let asked = driven.keys("\n").screen();
    assert!(asked.contains("End the run?"), "{asked}");
    assert!(asked.contains(skipped), "{asked}");
    assert!(asked.contains("! Waived without having passed:"), "{asked}");
}

#[test]
fn what_leaves_nothing_is_offered_again_where_it_was_pulled() {
    let mut plan = product::plan_with_switches();
    plan.emergency[0].undo = Undo::Harmless;
    let state = Recorder::new(plan).pulled().state();
    let mut driven = on(state);
    let screen = driven.screen();
    assert!(
        !screen.contains("pulled: Turn every policy off"),
        "{screen}"
    );
    let list = driven.keys("E").screen();
    assert!(list.contains("typed words, then pulls it again"), "{list}");
    assert!(!list.contains("! pulled by"), "{list}");
    driven.keys("\npull web-03\n");
    assert!(
        matches!(&driven.asks[..], [Ask::Pull(_)]),
        "{:?}",
        driven.asks
    );
}

#[test]
fn what_start_lists_is_read_again_when_it_could_not_be_opened() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.app.ui.views.start = None;
    let refused = Answer::Opened(Err("run 1 is done".into()), OpenRun::Resume);
    driven.msg(Msg::Answer(Box::new(refused)));
    assert!(
        driven.screen().contains("run 1 is done"),
        "{}",
        driven.screen()
    );
    assert!(driven.app.ui.views.start.is_some(), "it is read again");
}

#[test]
fn a_checklist_without_checks_says_so() {
    let plan = Plan {
        checklist: Vec::new(),
        ..product::plan()
    };
    let screen = on(Recorder::new(plan).state()).screen();
    assert!(screen.contains("has no check"), "{screen}");
}
