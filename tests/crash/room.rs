//! A disk that fills up while a run is under way, and a journal that is taken away. If a command's
//! output cannot be kept, at most that output is lost; if a record cannot be written, the run does
//! not go on.

use super::{
    confirm::{forward, serve},
    product::{Product, Way},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use switchback::{
    engine::{
        link::{
            handle::{Ask, Event},
            urgent::Urgent,
        },
        worker::Worker,
    },
    model::{
        ids::StepId,
        record::{Body, RunEnd},
    },
    world::{
        Processes as _,
        fake::{FakeFiles, FakeProcess, ended},
    },
};

const ENOUGH_FOR_RECORDS: u64 = 30_000;
const LINE: &str = "a line of what it prints";
const LINES: usize = 60_000;

/// More output than a run reserves for its way back.
fn much() -> String {
    format!("{LINE}\n").repeat(LINES)
}

/// Has the migration do its work, leave only so much free space, and print.
fn migration_fills_the_disk(product: &Product, left: u64) {
    let files = product.fake.files.clone();
    product.fake.commands.script(move |command| {
        (command.argv == ["migrate"]).then(|| {
            files.put("/srv/product/db", "level 1, then level 2");
            files.set_free_bytes(left);
            Ok(ended(0, &much(), ""))
        })
    });
}

/// The lines that are shown for a step.
fn lines_into(lines: &Arc<Mutex<Vec<String>>>) -> impl Fn(Event) + Send + Sync + use<> {
    let lines = lines.clone();
    move |event| {
        if let Event::Output { line, .. } = event {
            lines.lock().expect("whole").push(line);
        }
    }
}

/// The journal of the only run.
fn journal(files: &FakeFiles) -> Option<PathBuf> {
    let mut all = files.contents().into_keys();
    all.find(|path| path.ends_with("journal"))
}

fn ballast(product: &Product) -> usize {
    let contents = product.fake.files.contents();
    let of_it = |path: &&PathBuf| path.components().any(|part| part.as_os_str() == "ballast");
    contents.keys().filter(of_it).count()
}

#[test]
fn a_log_that_cannot_be_kept_costs_its_lines_and_not_the_run() {
    let product = Product::new();
    migration_fills_the_disk(&product, ENOUGH_FOR_RECORDS);
    let lines = Arc::default();
    let heard = lines_into(&lines);
    let end = product.walk_heard(Way::Forward, Box::new(heard));
    assert_eq!(end, Ok(true));
    product.assert_new();
    let lines = lines.lock().expect("whole");
    let not_kept = lines.iter().filter(|line| line.contains("is not kept"));
    let not_kept: Vec<_> = not_kept.collect();
    assert!(
        matches!(not_kept[..], [why] if why.contains("no room")),
        "{not_kept:?}"
    );
    let shown = lines.iter().filter(|line| *line == LINE);
    assert_eq!(shown.count(), LINES, "all the same");
}

#[test]
fn a_run_that_must_be_confirmed_goes_back_when_its_journal_finds_no_room() {
    let product = Product::new();
    migration_fills_the_disk(&product, 0);
    let (state, _) = serve(&product, forward(), false, |_| {});
    assert_eq!(state.ended(), Some(RunEnd::RolledBack));
    let reason = &state.rollback.as_ref().expect("a way back").reason;
    assert!(reason.contains("no room"), "{reason}");
    product.assert_old();
}

#[test]
fn a_way_back_whose_undo_prints_without_end_leaves_room_for_its_records() {
    let product = Product::before(Way::BackFromDone);
    product.fake.files.set_free_bytes(0);
    let files = product.fake.files.clone();
    product.fake.commands.script(move |command| {
        (command.argv.first()? == "restore").then(|| {
            files.put("/srv/product/db", "level 1");
            Ok(ended(0, &much(), ""))
        })
    });
    assert_eq!(product.walk(Way::BackFromDone), Ok(true));
    product.assert_old();
}

#[test]
fn an_emergency_step_takes_the_room_of_the_way_back_only_where_there_is_no_other() {
    let product = Product::before(Way::BackFromDone);
    let laid = ballast(&product);
    assert!(laid > 8, "{laid}");
    product.lever(Ask::Pull).expect("pulled");
    product.lever(Ask::Release).expect("released");
    assert_eq!(ballast(&product), laid);
    product.fake.files.set_free_bytes(0);
    product.lever(Ask::Pull).expect("pulled on a full disk");
    assert_eq!((product.killed().as_str(), ballast(&product)), ("!", 0));
}

#[test]
fn a_journal_that_is_taken_away_ends_the_run_and_no_other_is_begun_in_its_place() {
    let product = Product::new();
    let files = product.fake.files.clone();
    let gone: Arc<Mutex<Option<PathBuf>>> = Arc::default();
    let taken = gone.clone();
    product.fake.commands.script(move |command| {
        if command.argv == ["migrate"] {
            let journal = journal(&files)?;
            files.take_away(&journal);
            *taken.lock().expect("whole") = Some(journal);
        }
        None
    });
    let told = product.walk(Way::Forward).expect_err("it cannot be told");
    assert!(told.contains("somebody removed it"), "{told}");
    assert!(gone.lock().expect("whole").is_some());
    assert_eq!(journal(&product.fake.files), None);
    product.fake.revive();
    let told = product.walk(Way::Forward).expect_err("nobody can tell");
    assert!(told.contains("line 1: it is gone"), "{told}");
}

#[test]
fn a_journal_that_somebody_else_writes_into_is_not_written_any_more() {
    let product = Product::new();
    let files = product.fake.files.clone();
    product.fake.commands.script(move |command| {
        if command.argv == ["migrate"] {
            files.put(journal(&files)?, "");
        }
        None
    });
    let told = product.walk(Way::Forward).expect_err("it cannot be told");
    assert!(told.contains("wrote into it"), "{told}");
}

/// A worker that is interrupted once, as soon as such a record is written.
fn interrupted_at(
    product: &Product,
    way: Way,
    at: impl Fn(&Body) -> bool + Send + Sync + 'static,
) -> Worker {
    let urgent: Arc<Mutex<Option<Arc<Urgent>>>> = Arc::default();
    let known = urgent.clone();
    let interrupts = move |event: Event| {
        if let Event::Record(record) = event
            && at(&record.body)
            && let Some(urgent) = known.lock().expect("whole").take()
        {
            urgent.interrupt();
        }
    };
    let worker = product.open(way, Box::new(interrupts));
    let mut worker = worker.expect("opened").expect("something to do");
    *urgent.lock().expect("whole") = Some(worker.urgent());
    worker.settle().expect("nothing to settle");
    worker
}

fn times_run(product: &Product, name: &str) -> usize {
    let ran = product.fake.commands.ran();
    ran.iter().filter(|it| it.argv[0] == name).count()
}

/// The way back reads its whole copy before it begins to restore: an interrupt during that time
/// takes effect.
#[test]
fn who_interrupts_an_undo_before_its_command_begins_is_heard() {
    let product = Product::before(Way::Back);
    let of_it =
        |body: &Body| matches!(body, Body::UndoStarted { step } if step.as_str() == "migrate");
    let mut worker = interrupted_at(&product, Way::Back, of_it);
    let back = || Ask::Rollback {
        reason: "test".into(),
        over_later_edits: false,
    };
    let told = worker.meet(back()).expect("it goes on");
    let told = told.expect_err("it was stopped");
    assert!(told.contains("stopped by the operator"), "{told}");
    assert_eq!(times_run(&product, "restore"), 0);
    worker.meet(back()).expect("it goes on").expect("done");
    assert_eq!(times_run(&product, "restore"), 1);
    product.assert_old();
}

#[test]
fn who_interrupts_a_step_before_its_command_begins_is_heard() {
    let product = Product::new();
    let of_it =
        |body: &Body| matches!(body, Body::StepStarted { step, .. } if step.as_str() == "migrate");
    let mut worker = interrupted_at(&product, Way::Forward, of_it);
    for ask in [Ask::Check, Ask::Backup, Ask::Apply] {
        worker.meet(ask).expect("it goes on").expect("met");
    }
    let migrate = StepId::from("migrate");
    let view = worker.state().step(&migrate).expect("the step");
    let failure = view.failed().map(|failure| failure.error().to_owned());
    assert_eq!(failure.as_deref(), Some("stopped by the operator"));
    assert_eq!(times_run(&product, "migrate"), 0);
    let retry = Ask::Retry(migrate);
    worker.meet(retry).expect("it goes on").expect("done");
    assert_eq!(times_run(&product, "migrate"), 1);
    product.assert_new();
}

/// The recorded pid and start time match a process of the service, but from before the reboot.
#[test]
fn no_stranger_is_ended_for_a_process_that_an_earlier_boot_ended() {
    let product = Product::new();
    let mut worker = product.begin();
    for ask in [Ask::Check, Ask::Backup] {
        worker.meet(ask).expect("the worker goes on").expect("met");
    }
    let processes = product.fake.processes.clone();
    processes.start(900, FakeProcess::default());
    let started = |pid| {
        let seen = processes.look(pid).expect("it can be seen");
        seen.map(|process| process.started)
    };
    let note = format!(
        r#"[{{"pid":900,"started":{},"boot":"an earlier one"}}]"#,
        started(900).expect("it runs")
    );
    let folder = product.backup().with_file_name("services");
    product.fake.files.put(folder.join("app.json"), note);
    worker
        .meet(Ask::Apply)
        .expect("the worker goes on")
        .expect("met");
    assert!(started(900).is_some(), "the stranger was ended");
    product.assert_new();
}

/// The state folder may be on a disk of its own: the message names that disk, not a file of the
/// product.
#[test]
fn which_disk_is_full_before_the_first_change_is_said() {
    for (left, words) in [
        (
            0,
            ".env: its new text could not be put aside in the run's folder: /state/",
        ),
        (
            ENOUGH_FOR_RECORDS,
            "could not be reserved in the run's folder, nothing was changed: /state/",
        ),
    ] {
        let product = Product::new();
        let files = product.fake.files.clone();
        let fills = move |event: Event| {
            if let Event::Record(record) = event
                && matches!(record.body, Body::BackupVerified(_))
            {
                files.set_free_bytes(left);
            }
        };
        let told = product.walk_heard(Way::Forward, Box::new(fills));
        let told = told.expect_err("there is no room");
        assert!(told.contains(words), "{told}");
        assert!(told.contains("no room"), "{told}");
    }
}
