//! What a screen says is true: what it offers does something, what it asks about is what happens,
//! and the operator's place on it is kept.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    talk::Talk,
};
use crossterm::event::KeyCode;
use switchback::{
    engine::link::handle::{Ask, Control, Event},
    model::{
        ids::{InputName, StepId},
        plan::{Answered, Plan, StepBody, Undo},
        record::{Body, CheckVerdict, Done, Record, RemedyEnd, RemedyOf, RunEnd},
        rule::Action,
        text::Shown,
    },
    tui::{
        app::{Msg, Screen},
        backend::InputView,
        call::Answer,
        dialog::{Dialog, Reason},
        live::Worker,
        plain::Teller,
    },
};

const SIZE: (u16, u16) = (80, 24);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

fn on(recorder: &Recorder) -> Driven {
    Driven::on(recorder.state(), SIZE)
}

fn control(user: Option<&str>) -> Event {
    let holder = user.map(|user| {
        let mut who = product::who();
        who.user = user.into();
        who
    });
    Event::Control(holder.map_or(Control::Nobodys, Control::Theirs))
}

/// The question covers all steps from the first one on.
fn kept_as_one() -> Plan {
    let mut plan = product::plan();
    for step in &mut plan.steps {
        if step.asks_consent() {
            step.undo = Undo::Stays;
        }
        if let StepBody::Do(Action::Ask(ask)) = &mut step.body {
            ask.undo_to = Some("1.0.0/stop".into());
        }
    }
    plan
}

fn asked_to_keep(plan: Plan) -> Driven {
    let mut recorder = Recorder::new(plan);
    recorder
        .migrating()
        .push(Body::StepDone {
            step: StepId::new("1.0.0/migrate"),
            how: Done::Ran,
            detail: "12 migrations".into(),
            rows: 0,
            took_ms: 9_000,
        })
        .done("1.0.0/store", "4,120 events")
        .started("1.1.0/ask");
    Driven::on(recorder.state(), (120, 40))
}

#[test]
fn how_many_steps_are_undone_is_told_before_and_is_how_many_are_listed() {
    let mut driven = asked_to_keep(kept_as_one());
    let screen = driven.screen();
    assert!(
        screen.contains("undo to here: the last 6 steps"),
        "{screen}"
    );
    driven.keys("u");
    let listed = driven.screen();
    let Some(Dialog::Reason {
        about: Reason::StepBack(last),
        ..
    }) = &mut driven.app.ui.dialog
    else {
        panic!("{listed}");
    };
    assert_eq!(last.preview.undo.steps.len(), 6);
    let restored = "further than the step you chose: the restore also undoes";
    assert!(listed.contains(restored), "{listed}");
    for undo in &last.preview.undo.steps {
        assert!(listed.contains(&undo.title), "{}: {listed}", undo.title);
    }
    // What must be kept as one is also undone as one, even without a restore.
    for undo in &mut last.preview.undo.steps {
        undo.restores = false;
    }
    let listed = driven.screen();
    let as_one = "further than the step you chose: these steps belong together";
    assert!(listed.contains(as_one), "{listed}");
}

#[test]
fn a_lever_that_was_pulled_before_the_first_step_is_no_nothing() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let pulled = recorder.backed_up().pull();
    let mut driven = Driven::on(pulled.state(), (120, 40));
    let screen = driven.screen();
    assert!(
        screen.contains("! pulled: Turn every policy off"),
        "{screen}"
    );
    let asked = driven.keys("\n").screen();
    assert!(asked.contains("Change the product now?"), "{asked}");
    assert!(!asked.contains("Nothing was changed"), "{asked}");
    let stays = "still pulled: `Turn every policy off`";
    assert!(asked.contains(stays), "{asked}");
    let back = Driven::on(pulled.state(), (120, 40)).keys("b").screen();
    assert!(!back.contains("Nothing was changed"), "{back}");
    assert!(back.contains(stays), "{back}");

    let given_up = pulled.push(Body::Finished {
        end: RunEnd::Abandoned,
    });
    let report = Driven::on(given_up.state(), (120, 40)).screen();
    assert!(!report.contains("nothing was changed"), "{report}");
}

#[test]
fn what_was_pulled_before_other_steps_ran_is_said_to_have_been() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    recorder.backed_up().pull();
    let mut driven = Driven::on(recorder.done("1.0.0/stop", "").state(), (120, 40));
    let screen = driven.screen();
    assert!(
        screen.contains("! was pulled: Turn every policy off"),
        "{screen}"
    );
    let told = driven.keys("E").screen();
    for words in [
        "it may no longer be in effect",
        "then pulls it again",
        "take it back",
    ] {
        assert!(told.contains(words), "no `{words}` in {told}");
    }
}

#[test]
fn the_first_word_of_an_offer_is_enough_and_its_signs_are_words() {
    let mut talk = Talk::of(asked_to_keep(kept_as_one()));
    let told = talk.say("list");
    let row = told.lines().find(|line| line.contains("diesel migration"));
    let number = row.and_then(|row| row.split_whitespace().next());
    talk.say(&format!("undo {}", number.expect("a number")));
    let selected = format!("{:?}", talk.driven.app.list().selected);
    assert!(selected.contains("1.0.0/migrate"), "{selected}");
    let Some(Dialog::Reason {
        about: Reason::StepBack(last),
        ..
    }) = &mut talk.driven.app.ui.dialog
    else {
        panic!("{told}");
    };
    let first = &mut last.preview.undo.steps[0];
    first.nothing_lost = Some("no data was written".into());
    first.warnings = vec!["will be lost: orders".into()];
    let asked = Teller::default().tell(&talk.driven.app).text;
    assert!(asked.contains("\n    ok: no data was written\n"), "{asked}");
    assert!(asked.contains("\n    note: will be lost"), "{asked}");
    talk.say("");
    let told = talk.say("check");
    assert!(told.contains("check: does nothing here"), "{told}");
}

/// A reason alone is typed too easily.
#[test]
fn what_is_lost_by_undoing_the_last_steps_is_guarded_by_words() {
    let mut driven = asked_to_keep(kept_as_one());
    driven.keys("uit does not help\n");
    let screen = driven.screen();
    assert!(screen.contains("will be lost: orders"), "{screen}");
    assert_eq!(driven.asks, [], "{screen}");
    driven.keys("undo web-03\n");
    assert!(
        matches!(driven.asks.as_slice(), [Ask::StepBack { reason, .. }] if reason == "it does not help"),
        "{:?}",
        driven.asks
    );
}

#[test]
fn what_cannot_be_undone_is_refused_before_anybody_says_why() {
    let mut recorder = recorder();
    recorder.asking();
    let mut driven = on(&recorder);
    driven.keys("gju");
    assert!(
        !matches!(driven.app.ui.dialog, Some(Dialog::Reason { .. })),
        "{}",
        driven.screen()
    );
    let screen = driven.screen();
    assert!(screen.contains("point of no return"), "{screen}");
    assert!(
        screen.contains("not done") || screen.contains("Not done"),
        "{screen}"
    );
}

#[test]
fn what_the_last_lines_have_no_room_for_is_shown_whole() {
    let mut driven = on(recorder().failed());
    let why = "the backup of the database main lies on a file system that has no room for it, and \
        neither the folder of the run nor the one beside it can be moved while the worker holds them \
        open; make room, then ask for it again. This is the end.";
    driven.run(Event::Refused(why.into()));
    let screen = driven.screen();
    assert!(
        screen.contains("Not done") && screen.contains("is the end."),
        "{screen}"
    );
    // Where another question is open, a cut message shows that there is more.
    driven.key(KeyCode::Esc).keys("q");
    driven.run(Event::Refused(why.into()));
    let screen = driven.screen();
    assert!(screen.contains(" …\n"), "{screen}");
}

#[test]
fn who_looks_on_is_told_what_becomes_of_the_run_as_it_is() {
    let leaves = |user, worker, words: &str| {
        let mut driven = on(recorder().migrating());
        driven.run(control(user));
        driven.app.ui.live.worker = worker;
        let screen = driven.keys("q").screen();
        assert!(screen.contains(words), "{words}: {screen}");
    };
    leaves(
        Some("ben"),
        Worker::Works,
        "ben holds the run, and it goes on",
    );
    leaves(
        Some("ben"),
        Worker::Waits,
        "ben holds the run, and it waits",
    );
    leaves(
        None,
        Worker::Works,
        "Nobody holds the run: it goes on to its next",
    );
    leaves(
        None,
        Worker::Waits,
        "Nobody holds the run: it stays as it is",
    );
    // The worker's processes may outlive it.
    leaves(None, Worker::Gone, "The worker is gone");
    let mut driven = on(recorder().failed());
    driven.run(control(None));
    driven.app.ui.live.worker = Worker::Gone;
    let screen = driven.keys("q").screen();
    assert!(
        screen.contains("No worker is running for this run"),
        "{screen}"
    );
}

#[test]
fn a_run_that_has_ended_is_not_taken_over_and_one_put_away_says_nothing_of_others() {
    let mut driven = on(recorder().rolled_back());
    driven.run(control(Some("ben")));
    let screen = driven.screen();
    assert!(!screen.contains("t take over"), "{screen}");
    driven.key(KeyCode::Esc).keys("q");
    let screen = driven.screen();
    assert!(!screen.contains("No run is open"), "{screen}");
    // A run that is done must be taken up before it can be taken back.
    let mut driven = on(recorder().ended());
    driven.run(control(Some("ben")));
    assert!(!driven.screen().contains("t take over"));
    driven.app.show(Screen::Rollback);
    assert!(driven.screen().contains("t take over"));
}

#[test]
fn a_run_that_follows_begins_at_the_top_of_its_lists() {
    let mut driven = on(recorder().ended());
    driven.keys("[[").key(KeyCode::Home);
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    assert!(driven.app.list().selected.is_some());
    driven.app.close();
    driven.app.ui.screen = Screen::Apply;
    assert!(driven.app.list().selected.is_none());
}

#[test]
fn a_way_that_leads_nowhere_is_not_offered() {
    let mut start = Driven::new(FakeBackend::default(), SIZE);
    start.keys("]");
    assert!(
        start.screen().contains("] does nothing here"),
        "{}",
        start.screen()
    );
    start.keys("\n[");
    assert_eq!(start.app.ui.screen, Screen::Start);
    start.keys("]");
    assert_eq!(start.app.ui.screen, Screen::Review);
    let mut first = on(recorder().checklist_blocked());
    first.keys("[");
    assert!(
        first.screen().contains("[ does nothing here"),
        "{}",
        first.screen()
    );
    // The detail is visible already.
    let mut narrow = Driven::on(recorder().backed_up().state(), (100, 15));
    assert!(narrow.screen().contains("→ detail"), "{}", narrow.screen());
    narrow.key(KeyCode::Right);
    assert!(!narrow.screen().contains("→ detail"), "{}", narrow.screen());
}

#[test]
fn a_second_try_and_a_second_look_are_seen() {
    let mut again = recorder();
    again.failed().push(Body::StepStarted {
        step: StepId::new("1.0.0/migrate"),
        attempt: 2,
    });
    let mut driven = on(&again);
    driven.run(Event::Busy);
    assert!(driven.screen().contains("try 2"), "{}", driven.screen());
    let mut checked = recorder();
    let before = on(checked.checklist_passed()).keys("/port\n").screen();
    assert!(before.contains("at 22:13:26 UTC"), "{before}");
    checked.check("port", CheckVerdict::Ok, "nothing listens on 4000");
    let after = on(&checked).keys("/port\n").screen();
    assert!(after.contains("at 22:13:34 UTC"), "{after}");
    let mut read = Driven::new(FakeBackend::default(), SIZE);
    assert!(!read.screen().contains("was read again"));
    assert!(read.keys("r").screen().contains("was read again"));
    assert!(read.keys("\nr").screen().contains("was read again"));
}

#[test]
fn that_nothing_is_lost_is_good_news() {
    let mut backend = FakeBackend::default();
    let good = "no data was written to main since its backup, as far as can be seen";
    backend.preview.steps[0].nothing_lost = Some(good.into());
    backend.preview.steps[0].warnings.clear();
    let mut driven = Driven::with(backend, recorder().failed().state(), SIZE);
    driven.keys("b");
    let screen = driven.screen();
    assert!(screen.contains("! at edit .env: edited"), "{screen}");
    assert!(screen.contains("✓ no data was written"), "{screen}");
    assert!(!screen.contains("! no data"), "{screen}");
}

/// A row of a list would be cut; these words are not a row.
#[test]
fn what_is_lost_further_down_is_told_whole_and_before_what_is_put_aside() {
    let mut backend = FakeBackend::default();
    let lost = "will be lost: public.__diesel_schema_migrations: 1 row now, the backup has no such \
                table; written to main since its backup; the run's own steps changed 1000 rows there";
    let steps = &mut backend.preview.steps;
    steps[0].warnings.clear();
    steps[1].later_edit = Some(product::later_edit("config.toml"));
    steps[1].warnings = vec!["config.toml was edited; that edit is put aside".into()];
    steps[3].warnings = vec![lost.into()];
    for columns in [60, 80, 120] {
        let state = recorder().failed().state();
        let mut driven = Driven::with(backend_of(&backend), state, (columns, 40));
        let screen = driven.keys("b").screen();
        let list = screen
            .lines()
            .map(|line| line.split('│').next().unwrap_or(line));
        let words = list.flat_map(str::split_whitespace).collect::<Vec<_>>();
        let told = format!("! at stop workflow-engine, and at 2 more: {lost}");
        assert!(words.join(" ").contains(&told), "{screen}");
    }
}

fn backend_of(backend: &FakeBackend) -> FakeBackend {
    FakeBackend {
        preview: backend.preview.clone(),
        ..FakeBackend::default()
    }
}

#[test]
fn what_is_typed_is_seen_however_much_is_lost_and_however_small_the_terminal_is() {
    let mut backend = FakeBackend::default();
    for undo in &mut backend.preview.steps {
        undo.warnings = vec!["will be lost: ".to_owned() + &"orders: 12 rows more; ".repeat(9)];
    }
    for size in [(40, 10), (60, 15), (80, 24)] {
        let state = recorder().failed().state();
        let mut driven = Driven::with(backend_of(&backend), state, size);
        let screen = driven.keys("b\nroll").screen();
        assert!(screen.contains("roll_"), "{screen}");
    }
}

#[test]
fn that_a_key_does_nothing_is_said_until_something_happens() {
    let mut run = recorder();
    let mut driven = on(run.migrating());
    driven.run(Event::Busy);
    driven.keys("n");
    assert!(driven.screen().contains("n does nothing here"));
    run.push(Body::Paused { why: "so".into() });
    let record = run.records.last().expect("a record").clone();
    driven.run(Event::Record(Box::new(record)));
    assert!(!driven.screen().contains("n does nothing here"));
}

#[test]
fn the_difference_of_a_run_that_went_back_says_so_and_keeps_its_place() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n\n\n\n");
    assert_eq!(driven.app.ui.screen, Screen::Inputs);
    driven.keys("d");
    let screen = driven.screen();
    assert!(
        screen.contains("› Inputs") && !screen.contains("taken back"),
        "{screen}"
    );
    let mut driven = on(recorder().rolled_back());
    driven.app.ui.views.review = Some(product::review());
    driven.keys("d");
    let screen = driven.screen();
    assert!(screen.contains("! planned, and rolled back"), "{screen}");
    assert!(!screen.contains("› Review"), "{screen}");
    let mut given_up = recorder();
    given_up.checklist_passed().push(Body::Finished {
        end: RunEnd::Abandoned,
    });
    let mut driven = on(&given_up);
    driven.app.ui.views.review = Some(product::review());
    let screen = driven.keys("d").screen();
    assert!(screen.contains("! planned, and given up"), "{screen}");
}

fn secret(name: &str, how: Option<Answered>) -> InputView {
    InputView {
        name: InputName::new(name),
        ask: format!("Secret {name}"),
        answer: how.map(|_| Shown::Masked { chars: 40 }),
        how,
        ..product::inputs().remove(0)
    }
}

#[test]
fn an_answer_leaves_the_cursor_where_it_was_and_what_is_replaced_is_told() {
    let backend = FakeBackend {
        inputs: vec![
            secret("first", Some(Answered::Given)),
            secret("second", None),
        ],
        ..FakeBackend::default()
    };
    let mut driven = Driven::new(backend, SIZE);
    driven.keys("\n\n\n\n");
    let selected = |driven: &Driven| {
        let screen = driven.screen();
        let line = screen.lines().find(|line| line.contains('▸'));
        line.expect("a selected row").to_owned()
    };
    assert!(selected(&driven).contains("Secret second"));
    driven.keys("g");
    assert!(
        selected(&driven).contains("Secret second"),
        "it was the last that was open"
    );
    // Pressed on the next one, the key would replace its value.
    driven.keys("g");
    let screen = driven.screen();
    assert!(
        screen.contains("Make another value for second?"),
        "{screen}"
    );
    assert!(screen.contains("(64 chars), generated"), "{screen}");
    driven.key(KeyCode::Esc).key(KeyCode::Up).keys("e");
    let screen = driven.screen();
    assert!(
        screen.contains("! replaces ") && screen.contains("(40 chars)"),
        "{screen}"
    );
}

#[test]
fn of_a_secret_that_nobody_has_seen_it_is_told_in_which_file_it_stands() {
    let shown = |how| {
        let backend = FakeBackend {
            inputs: vec![secret("first", Some(how))],
            ..FakeBackend::default()
        };
        let screen = Driven::new(backend, SIZE).keys("\n\n\n\n").screen();
        screen.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let made = shown(Answered::Generated);
    assert!(
        made.contains("never shown: after the upgrade it is in .env."),
        "{made}"
    );
    let given = shown(Answered::Given);
    assert!(given.contains("it is written to .env and"), "{given}");
    assert!(!given.contains("never shown"), "{given}");
}

#[test]
fn a_pause_that_has_come_is_announced_no_longer() {
    let mut driven = on(recorder().migrating());
    driven.run(Event::Busy);
    driven.keys("p");
    assert_eq!(driven.asks, [Ask::Pause]);
    assert!(driven.screen().contains("stops before its next step"));
    driven.run(Event::Idle);
    assert!(!driven.screen().contains("stops before its next step"));
}

#[test]
fn the_output_is_opened_where_the_step_printed() {
    let mut driven = on(recorder().failed());
    for (step, line) in [("1.0.0/stop", "gateway stopped"), ("1.0.0/migrate", "boom")] {
        let (step, line) = (step.to_owned(), line.to_owned());
        driven.run(Event::Output { step, line });
    }
    driven.key(KeyCode::Home).keys("jo");
    let screen = driven.screen();
    let selected = screen.lines().find(|line| line.contains('▸'));
    assert!(
        selected.is_some_and(|row| row.contains("gateway stopped")),
        "{screen}"
    );
}

#[test]
fn a_value_of_a_later_hop_is_called_what_it_will_be_then() {
    let value = |hop| {
        let mut backend = FakeBackend::default();
        let jwt = &mut backend.review.findings[0];
        jwt.hop = hop;
        let mut driven = Driven::new(backend, (120, 40));
        driven.keys("\n/JWT_SECRET_KEY\n").screen()
    };
    assert!(value(0).contains("value now"), "{}", value(0));
    let later = value(2);
    assert!(
        later.contains("value then") && later.contains("from .env:12, after the"),
        "{later}"
    );
}

/// The next screen must not appear by itself before anybody has seen that the way back is ready.
#[test]
fn the_backup_stays_to_be_seen_until_somebody_goes_on() {
    let mut begun = recorder();
    let before = begun.backing_up().records.len();
    let mut driven = on(&begun);
    let hear = |driven: &mut Driven, records: &[Record]| {
        for record in records {
            driven.run(Event::Record(Box::new(record.clone())));
        }
    };
    let mut whole = recorder();
    let verified = whole.backed_up().records.len();
    whole.started("1.0.0/stop");
    hear(&mut driven, &whole.records[before..verified]);
    driven.run(Event::Idle);
    let screen = driven.screen();
    assert!(screen.contains("copied and read back"), "{screen}");
    driven.key(KeyCode::Enter);
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    // What another front end begins is shown where it happens.
    driven.app.ui.screen = Screen::Backup;
    hear(&mut driven, &whole.records[verified..]);
    assert_eq!(driven.app.ui.screen, Screen::Apply);
}

#[test]
fn what_a_fix_does_is_read_before_it_is_asked_for() {
    let mut plan = product::plan();
    let check = &mut plan.checklist[2].check;
    check.fix = Some(Action::Run(product::command(&[
        "cargo",
        "install",
        "diesel_cli",
    ])));
    let title = check.title.clone();
    let mut driven = on(Recorder::new(plan).checklist_blocked());
    driven.keys(&format!("/{}\n", title.to_lowercase()));
    let screen = driven.screen();
    assert!(screen.contains("f fix: switchback does it"), "{screen}");
    assert!(screen.contains("cargo install diesel_cli"), "{screen}");
}

#[test]
fn what_the_fix_for_a_failed_step_does_is_read_before_it_is_asked_for() {
    let mut driven = on(recorder().failed());
    let screen = driven.screen();
    assert!(
        screen.contains("fix: runs: psql -f scripts/init-db.sql"),
        "{screen}"
    );
    let mut teller = Teller::default();
    driven.app.ui.in_lines = true;
    let told = teller.tell(&driven.app).text;
    assert!(
        told.contains("fix: runs: psql -f scripts/init-db.sql"),
        "{told}"
    );
}

#[test]
fn what_became_of_a_fix_stands_beside_it() {
    let mut recorder = recorder();
    recorder.failed();
    let (step, hint) = (StepId::new("1.0.0/migrate"), 0);
    let of = RemedyOf::Step { step, hint };
    let by = recorder.state().by.clone();
    recorder.push(Body::RemedyStarted { of: of.clone(), by });
    let mut driven = on(&recorder);
    driven.run(Event::Busy);
    let running = driven.screen();
    assert!(running.contains("⟳ the fix is running"), "{running}");
    driven.run(Event::Gone(None));
    let words = "! The fix ran when its worker ended. The next worker first checks what became";
    let gone = driven.screen();
    assert!(gone.contains(words), "{gone}");

    let error = "exit 9: it is broken".to_owned();
    let detail = "exit 0".to_owned();
    for (end, words) in [
        (
            RemedyEnd::Failed { error },
            "✗ the last time it failed: exit 9: it is broken",
        ),
        (
            RemedyEnd::Done { detail },
            " the last time it was done: exit 0",
        ),
    ] {
        let of = of.clone();
        let ended = on(recorder.clone().push(Body::RemedyEnded { of, end })).screen();
        assert!(ended.contains(words), "{ended}");
        assert!(!ended.contains("the fix is running"), "{ended}");
    }
}

/// Joined to one line, or without the ends of its words, it would be another command.
#[test]
fn a_script_is_shown_as_it_is_written_also_while_it_runs() {
    let mut plan = product::plan();
    let script = "if test -e old\nthen\n  rm old\nfi";
    let step = plan.steps.iter_mut();
    let mut step = step.filter(|step| step.id.as_str() == "1.0.0/migrate");
    let step = step.next().expect("the step that runs");
    step.body = StepBody::Do(Action::Run(product::command(&["sh", "-c", script])));
    let mut recorder = Recorder::new(plan);
    recorder.migrating();
    let mut driven = on(&recorder);
    driven.run(Event::Busy);
    let screen = driven.screen();
    for line in ["runs: sh -c 'if test -e old", "then", "rm old", "fi'"] {
        let shown = screen.lines().any(|shown| shown.trim().ends_with(line));
        assert!(shown, "no line ends in `{line}`:\n{screen}");
    }
}

/// Half of a path leads nowhere.
#[test]
fn where_the_answers_were_written_is_shown_in_full() {
    let path = format!("/srv/{}/answers.yaml", "a-long-name/".repeat(12));
    for size in [(60, 15), SIZE] {
        let mut driven = Driven::on(recorder().failed().state(), size);
        let answer = Answer::Exported(Ok(path.as_str().into()));
        driven.msg(Msg::Answer(Box::new(answer)));
        let screen: String = driven.screen().split_whitespace().collect();
        assert!(screen.contains(&path), "{screen}");
    }
}

/// What is pasted must not push away what it is pasted for.
#[test]
fn a_long_reason_leaves_what_it_is_for_on_the_screen() {
    for size in [(60, 15), SIZE, (120, 40)] {
        let mut driven = Driven::on(recorder().failed().state(), size);
        driven.keys("K");
        driven.msg(Msg::Paste("no more room ".repeat(300)));
        driven.app.drawn();
        let screen = driven.screen();
        assert!(
            screen.contains("Skip this step: diesel migration run"),
            "{screen}"
        );
        assert!(screen.contains("no more room _"), "{screen}");
    }
}

#[test]
fn an_undo_that_nobody_knows_the_end_of_is_asked_about_and_not_offered_again() {
    let mut recorder = recorder();
    recorder.undoing().push(Body::UndoFailed {
        step: StepId::new("1.0.0/config"),
        error: "interrupted; nothing shows whether the undo came to its end".into(),
        unknown: true,
    });
    let mut driven = on(&recorder);
    let screen = driven.screen();
    assert!(
        screen.contains("Nobody knows whether this is undone"),
        "{screen}"
    );
    assert!(!screen.contains("retry"), "{screen}");
    driven.keys("Y");
    let question = driven.screen();
    assert!(
        question.contains("Record that this is undone?"),
        "{question}"
    );
    driven.keys("y");
    let step = StepId::new("1.0.0/config");
    assert_eq!(driven.asks, [Ask::Judge { step, done: true }]);
}

#[test]
fn whoever_only_watches_is_told_so_when_a_word_does_nothing() {
    let mut driven = on(recorder().failed());
    driven.run(control(Some("mara")));
    driven.app.ui.in_lines = true;
    driven.say("retry");
    let notice = driven.app.ui.notice.as_ref().expect("a word").line.text();
    assert!(notice.contains("you only watch, t takes"), "{notice}");
    assert_eq!(driven.asks, []);
}
