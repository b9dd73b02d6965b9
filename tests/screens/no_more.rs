//! Questions and lists claim no more than is true, and only about what they name: this step, this
//! moment, this way back.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    talk::Talk,
};
use crossterm::event::KeyCode;
use serde_json::json;
use switchback::{
    engine::{
        link::handle::{Control, Event},
        undo_preview::Fate,
    },
    model::{
        digest::Digest,
        ids::StepId,
        plan::{Plan, StepBody, Undo},
        record::{Body, Done, Phase, Saved},
        rule::{Action, Note, NoteKind, Run},
        survey::FileMeta,
    },
    tui::{app::Screen, plain::Teller},
};

const SIZE: (u16, u16) = (80, 24);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

fn on(recorder: &Recorder) -> Driven {
    Driven::on(recorder.state(), SIZE)
}

fn by_a_command() -> Plan {
    let mut plan = product::plan();
    plan.steps[0].body = StepBody::Do(Action::Run(Run {
        takes_down: vec!["gateway".into(), "agent".into()],
        ..product::command(&["docker", "compose", "stop", "gateway", "agent"])
    }));
    plan
}

#[test]
fn one_step_is_asked_about_with_what_it_stops_itself() {
    let asked = |plan: Plan, key: &str| {
        let mut recorder = Recorder::new(plan);
        let mut driven = on(recorder.backed_up());
        driven.keys(key).screen()
    };
    let screen = asked(by_a_command(), "s");
    assert!(
        screen.contains("! Services stopped: gateway, agent."),
        "{screen}"
    );
    let mut later = by_a_command();
    later.steps.swap(0, 1);
    let screen = asked(later.clone(), "s");
    assert!(
        !screen.contains("topped"),
        "an edit stops nothing: {screen}"
    );
    let screen = asked(later, "\n");
    assert!(
        screen.contains("! Services stopped on the way: gateway"),
        "{screen}"
    );
}

#[test]
fn what_a_command_has_taken_down_is_told_to_whoever_leaves_and_comes_back() {
    let mut recorder = Recorder::new(by_a_command());
    recorder.backed_up().done("1.0.0/stop", "exit 0");
    let mut driven = on(&recorder);
    let screen = driven.screen();
    assert!(
        screen.contains("! stopped by the run: gateway, agent"),
        "{screen}"
    );
    let screen = driven.keys("q").screen();
    assert!(screen.contains("left stopped: gateway, agent."), "{screen}");
    // Even while the steps after it run.
    let mut driven = on(recorder.started("1.0.0/env"));
    driven.run(Event::Busy);
    let screen = driven.screen();
    assert!(screen.contains("running for"), "{screen}");
    assert!(
        screen.contains("! stopped by the run: gateway, agent"),
        "{screen}"
    );
}

#[test]
fn a_preview_says_that_the_run_has_gone_on_behind_it() {
    let mut recorder = recorder();
    let mut driven = on(recorder.migrating());
    let begun = recorder.records.len();
    driven.run(Event::Busy);
    let screen = driven.keys("b").screen();
    assert!(!screen.contains("out of date"), "{screen}");
    recorder.push(Body::StepDone {
        step: StepId::new("1.0.0/migrate"),
        how: Done::Ran,
        detail: "12 migrations".into(),
        rows: 0,
        took_ms: 1,
    });
    driven.run(Event::Record(Box::new(recorder.records[begun].clone())));
    let screen = driven.screen();
    let words = "! out of date: made again when the run waits";
    assert!(screen.contains(words), "{screen}");
    driven.app.ui.live.control = Control::Nobodys;
    let screen = driven.screen();
    let words = "! out of date: Esc, then b makes it again";
    assert!(screen.contains(words), "who watches has to ask: {screen}");
    // In lines Esc is not a key.
    driven.app.ui.in_lines = true;
    let told = Teller::default().tell(&driven.app).text;
    let words = "out of date: back, then b makes it again";
    assert!(told.contains(words), "{told}");
    driven.app.ui.in_lines = false;
    driven.app.ui.live.control = Control::Yours;
    driven.run(Event::Idle);
    let screen = driven.screen();
    assert!(!screen.contains("out of date"), "{screen}");
}

#[test]
fn whoever_reads_a_preview_is_not_led_away_by_the_run() {
    let mut asking = recorder();
    let mut driven = on(asking.asking());
    driven.keys("b");
    let mut later = recorder();
    for record in &later.verify_waits().records[asking.records.len()..] {
        driven.run(Event::Record(Box::new(record.clone())));
    }
    assert_eq!(driven.app.ui.screen, Screen::Rollback);
    let run = driven.app.run.as_ref();
    assert!(run.is_some_and(|run| run.phase == Phase::Verify));
}

#[test]
fn a_rollback_that_is_looked_at_again_is_looked_at_from_its_beginning() {
    let mut driven = on(recorder().failed());
    driven.keys("b");
    let begins = driven.screen();
    driven.key(KeyCode::End).key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    assert_eq!(driven.keys("b").screen(), begins);
}

#[test]
fn escape_leads_from_a_rollback_to_where_it_was_opened() {
    let mut driven = on(recorder().backed_up());
    driven.app.ui.screen = Screen::Backup;
    driven.keys("b");
    assert_eq!(driven.app.ui.screen, Screen::Rollback);
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Backup);
    // A way back that has begun is not a preview to leave.
    let mut failed = recorder();
    let before = failed.failed().records.len();
    let mut driven = on(&failed);
    driven.keys("b");
    for record in &recorder().going_back().records[before..] {
        driven.run(Event::Record(Box::new(record.clone())));
    }
    assert!(driven.app.ui.back.is_empty());
    assert_eq!(driven.app.ui.screen, Screen::Rollback);
}

#[test]
fn before_a_run_escape_leads_from_the_review_to_the_start() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n");
    assert_eq!(driven.app.ui.screen, Screen::Review);
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Start);
}

#[test]
fn a_difference_that_is_read_before_a_rollback_says_which_way_it_goes() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n");
    let review = driven.app.ui.views.review.take();
    let mut driven = on(recorder().ended());
    driven.app.ui.views.review = review;
    let screen = driven.keys("d").screen();
    let words = "a rollback reverses it";
    assert!(!screen.contains(words), "{screen}");
    let screen = driven.key(KeyCode::Esc).keys("bd").screen();
    assert!(screen.contains(words), "{screen}");
}

#[test]
fn the_steps_of_a_rollback_stand_under_their_hops_newest_first() {
    let mut preview = product::preview();
    let mut start = preview.steps[3].clone();
    start.step = StepId::new("1.2.0/start");
    preview.steps.insert(0, start);
    let backend = FakeBackend {
        preview,
        ..FakeBackend::default()
    };
    let mut recorder = recorder();
    let mut driven = Driven::with(backend, recorder.applied().state(), SIZE);
    let screen = driven.keys("b").screen();
    let at = |words: &str| {
        screen
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {screen}"))
    };
    assert!(at("newest first") < at("hop 3 of 3"), "{screen}");
    assert!(at("hop 3 of 3") < at("hop 1 of 3"), "{screen}");
    // The list starts at its top, where losses further down are announced.
    assert!(screen.contains("▸ · stop workflow-engine"), "{screen}");
    assert!(
        at("! at diesel migration run, and at 1 more: will be lost") < at("newest first"),
        "{screen}"
    );
    assert!(
        !screen.contains("hop 2 of 3"),
        "nothing of it is undone: {screen}"
    );
}

#[test]
fn what_is_left_to_people_is_counted_before_the_run_is_ended() {
    let mut plan = product::plan();
    let note = |text: &str| Note {
        kind: NoteKind::ByHand,
        text: text.into(),
        when: None,
        cites: Vec::new(),
        doubt: None,
    };
    plan.notes = vec![note("Write to the users."), note("Rotate the keys.")];
    let mut recorder = Recorder::new(plan);
    let mut driven = on(recorder.verified());
    let words = "! 2 things are left to do by hand";
    assert!(driven.screen().contains(words), "{}", driven.screen());
    let screen = driven.key(KeyCode::Enter).screen();
    assert!(screen.contains("End the run?"), "{screen}");
    assert!(screen.contains(words), "{screen}");
}

#[test]
fn what_was_so_before_the_run_has_nothing_to_undo() {
    let mut recorder = recorder();
    recorder.backed_up().push(Body::StepDone {
        step: StepId::new("1.0.0/stop"),
        how: Done::AlreadyDone,
        detail: "nothing runs".into(),
        rows: 0,
        took_ms: 0,
    });
    let mut driven = Driven::on(recorder.state(), (120, 40));
    let screen = driven.keys("gj").screen();
    assert!(screen.contains("was already done: noth"), "{screen}");
    assert!(screen.contains("undo: none needed"), "{screen}");
}

#[test]
fn what_an_earlier_try_printed_is_told_as_that() {
    let mut recorder = recorder();
    let step = || StepId::new("1.0.0/env");
    recorder
        .backed_up()
        .done("1.0.0/stop", "pid 4121")
        .done("1.0.0/env", "3 changes")
        .push(Body::StepBackStarted {
            to: step(),
            by: product::who(),
            reason: "not kept".into(),
        })
        .push(Body::UndoStarted { step: step() })
        .push(Body::UndoDone {
            step: step(),
            how: switchback::model::record::Undone::Ran,
            detail: "as it was".into(),
        })
        .push(Body::SteppedBack { to: step() });
    let mut driven = on(&recorder);
    driven.run(Event::Output {
        step: "1.0.0/env".into(),
        line: "written".into(),
    });
    let screen = driven.screen();
    let words = "output of the earlier try and of its undo";
    assert!(screen.contains(words), "{screen}");
}

#[test]
fn a_step_that_has_run_is_not_said_to_be_never_run_where_it_is_skipped() {
    let mut driven = on(recorder().failed());
    let screen = driven.keys("K").screen();
    assert!(screen.contains("It is not run again"), "{screen}");
    assert!(screen.contains("The run waits after it."), "{screen}");
}

#[test]
fn of_a_step_that_failed_without_effect_nothing_is_said_to_stay() {
    let mut recorder = recorder();
    let mut driven = on(recorder.migrating().push(Body::StepFailed {
        step: StepId::new("1.0.0/migrate"),
        error: "diesel is not installed here".into(),
        hint: None,
        took_ms: 0,
        no_effect: true,
    }));
    let screen = driven.keys("K").screen();
    assert!(!screen.contains("stays"), "{screen}");
    assert!(screen.contains("It is not run"), "{screen}");
}

#[test]
fn nothing_is_said_to_be_killed_where_a_step_only_waits() {
    let mut plan = product::plan();
    let wait = json!({ "wait": { "until": { "clock": {} } } });
    plan.steps[3].body = StepBody::Do(serde_json::from_value(wait).expect("an action"));
    plan.steps[3].undo = Undo::Harmless;
    let mut recorder = Recorder::new(plan);
    let mut driven = on(recorder.migrating());
    driven.run(Event::Busy);
    let screen = driven.keys("i").screen();
    assert!(screen.contains("End this waiting now?"), "{screen}");
    assert!(
        screen.contains("no process of the product is killed"),
        "{screen}"
    );
    assert!(!screen.contains("It is killed"), "{screen}");
}

#[test]
fn whoever_leaves_a_sample_is_not_promised_a_way_back_to_it() {
    let mut plan = product::plan();
    plan.title = format!("demo: {}", plan.title);
    let mut recorder = Recorder::new(plan);
    let mut driven = on(recorder.ended());
    let screen = driven.screen();
    assert!(!screen.contains("it can still be rolled back"), "{screen}");
    let screen = driven.keys("q").screen();
    assert!(
        screen.contains("Its services end with this sample"),
        "{screen}"
    );
    assert_eq!(
        driven.app.run.as_ref().map(|run| run.phase),
        Some(Phase::Verify)
    );
}

#[test]
fn a_product_that_is_read_again_and_leads_nowhere_leads_to_the_start() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    assert_eq!(driven.keys("\n").app.ui.screen, Screen::Review);
    let mut backend = FakeBackend::default();
    backend.start.open = Some("choose what to upgrade to".into());
    driven.backend = Box::new(backend);
    driven.keys("r");
    assert_eq!(driven.app.ui.screen, Screen::Start, "{}", driven.screen());
    assert!(driven.screen().contains("read again"));
}

#[test]
fn whoever_types_the_words_of_a_rollback_sees_what_is_lost_by_it() {
    let mut driven = on(recorder().failed());
    driven.keys("b").key(KeyCode::End);
    let screen = driven.keys("\n").screen();
    assert!(screen.contains("will be lost: orders: 12 rows"), "{screen}");
    let told = screen.matches("orders: 12 rows").count();
    assert_eq!(told, 1, "once, above the words: {screen}");
    let screen = driven.keys("yes").screen();
    let words = "Enter: nothing — the words do not match";
    assert!(screen.contains(words), "{screen}");
}

#[test]
fn what_a_rollback_costs_is_the_same_on_a_screen_and_in_lines() {
    let backend = || {
        let mut backend = FakeBackend::default();
        let stop = &mut backend.preview.steps[3];
        (stop.fate, stop.becomes) = (Fate::Stays, "stays: it has no undo".into());
        backend
    };
    let costs = [
        "diesel migration run: will be lost: orders",
        "edit .env: edited at 02:31",
        "stop workflow-engine: stays: it has no undo",
    ];
    let mut drawn = Driven::with(backend(), recorder().failed().state(), (200, 60));
    let screen = drawn.keys("b\n").screen();
    let state = recorder().failed().state();
    let mut talk = Talk::of(Driven::with(backend(), state, (200, 60)));
    talk.say("roll back");
    let asked = talk.say("").replace('\n', " ");
    for cost in costs {
        assert!(screen.contains(&format!("! {cost}")), "{cost}: {screen}");
        let (title, cost) = cost.split_once(": ").expect("what, and what it costs");
        let (_, told) = asked.split_once(title).expect(&asked);
        assert!(told.contains(cost), "{cost}: {asked}");
    }
}

#[test]
fn a_question_is_gone_with_the_run_that_it_asks() {
    let mut driven = on(recorder().failed());
    driven.keys("K");
    assert!(driven.app.ui.dialog.is_some());
    driven.run(Event::Control(Control::Nobodys));
    // Somebody still typing is told so, and the keys do nothing.
    assert!(driven.screen().contains("You no longer hold this run"));
}

#[test]
fn whoever_comes_back_to_a_run_reads_the_difference_that_it_makes() {
    let mut driven = on(recorder().failed());
    let screen = driven.keys("d").screen();
    assert!(screen.contains(".env: -1 +1 lines"), "{screen}");
    let backend = FakeBackend {
        keeps_changes: false,
        ..FakeBackend::default()
    };
    let mut driven = Driven::with(backend, recorder().failed().state(), SIZE);
    let screen = driven.keys("d").screen();
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    assert!(screen.contains("was not kept"), "{screen}");
}

#[test]
fn where_there_is_room_for_little_the_way_out_is_what_stays() {
    let screen = Driven::on(recorder().failed().state(), (40, 10)).screen();
    let keys = screen.lines().last().expect("the keys");
    assert!(keys.ends_with("? help  q leave"), "{screen}");
}

#[test]
fn of_a_step_that_changes_nothing_nothing_is_said_to_stay() {
    let mut plan = product::plan();
    let migrate = plan
        .steps
        .iter_mut()
        .find(|step| step.title.contains("diesel"));
    migrate.expect("the migration").undo = Undo::Harmless;
    let mut driven = on(Recorder::new(plan).failed());
    let screen = driven.keys("K").screen();
    assert!(!screen.contains("stays"), "{screen}");
    assert!(screen.contains("It is not run again"), "{screen}");
}

#[test]
fn a_field_that_was_emptied_again_is_empty_and_not_wrong() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    let screen = driven.keys("\n\n\n\nex").screen();
    assert!(screen.contains("the value is not right"), "{screen}");
    let screen = driven.key(KeyCode::Backspace).screen();
    assert!(screen.contains("not yet — nothing was typed"), "{screen}");
}

#[test]
fn before_anything_a_step_tells_how_it_would_be_undone_and_only_then_what_it_does() {
    let mut driven = on(recorder().backed_up());
    let screen = driven.keys("b").screen();
    let [undo, label, does] = [
        "undo: systemctl stop engine",
        "what the step does:",
        "runs: systemctl start engine",
    ]
    .map(|words| {
        screen
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {screen}"))
    });
    assert!(undo < label && label < does, "{screen}");
}

#[test]
fn an_archive_is_no_item_beside_the_files_that_it_holds() {
    let mut recorder = recorder();
    let digest = Digest::of(b"");
    let meta = FileMeta {
        mode: 0o640,
        uid: 0,
        gid: 0,
        mtime_ns: 0,
        xattrs: [].into(),
    };
    recorder.backing_up();
    for (path, at) in [
        ("a.toml", Some(512)),
        ("b.toml", Some(1536)),
        ("c.toml", None),
    ] {
        let path = path.try_into().expect("a path");
        let (digest, meta) = (digest.clone(), meta.clone());
        let what = Saved::File {
            path,
            digest,
            bytes: 9,
            meta,
            at,
        };
        recorder.push(Body::Saved { what });
    }
    let what = Saved::Archive {
        file: "files.tar".into(),
        digest: digest.clone(),
        bytes: 4096,
    };
    recorder.push(Body::Saved { what });
    let mut driven = Driven::on(recorder.state(), (120, 40));
    let screen = driven.screen();
    assert!(
        screen.contains("Files in files.tar, 4.0 KiB (2)"),
        "{screen}"
    );
    assert_eq!(screen.matches("in the archive").count(), 2, "{screen}");
    driven.keys("G");
    let screen = driven.screen();
    assert!(screen.contains("in files.tar, blake3"), "{screen}");
}
