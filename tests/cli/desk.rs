//! What is asked of a run at work, and who is told what: an errand that blocks, a step that prints
//! short lines, a front end that stalls while it attaches, a worker that is told to end.

use super::{
    attended::{
        Raw, WAITS, at_work, at_work_with, begun, case, end, let_it_end, records, run_folder, says,
        start, state, tell, until, worker_of,
    },
    support::Case,
};
use rustix::process::{Signal, kill_process};
use std::{ffi::OsStr, fs};
use switchback::{
    engine::{
        answers::AnswersFile,
        errand::{Aim, Errand, Lever},
        link::{
            handle::{Ask, Control, Event},
            wire::{self, FromWorker, ToWorker},
        },
    },
    model::record::Body,
    world::local_socket,
};

const SWITCH: &str = "1.x-to-2.0/switch";

/// A step after the one that waits, and an emergency step.
const MORE: &str = "  - id: after
    title: Behind it
    do: {run: {command: [touch, after]}}
    harmless: true

emergency:
  - id: readonly
    title: Notes are read-only
    do: {run: {command: [touch, READONLY]}}
    undo: {run: {command: [rm, READONLY]}}

verify:";

/// Takes the run over and sends it on an errand; the desk has received it when this returns.
fn sent_on(case: &Case, aim: Aim) {
    let mut raw = Raw::attached(case, 1);
    raw.ask(Ask::TakeOver, 0);
    let errand = Errand::new(aim, &AnswersFile::default());
    raw.ask(Ask::Errand(Box::new(errand)), 0);
    // Asks are handled in order, and this one is answered at once.
    raw.ask(Ask::Interrupt, 1);
    assert!(raw.refused().contains("has ended"));
}

fn until_the_worker_has_gone(case: &Case) {
    let socket = run_folder(case).join("worker.sock");
    until("the end of the worker", || !socket.exists());
}

/// Waits until the worker has noticed that it is to end.
fn until_nobody_is_let_in(case: &Case) {
    until("the signal", || {
        let mut raw = Raw::new(case);
        raw.attach(u64::MAX, false);
        !matches!(wire::receive::<FromWorker>(&mut raw.0), Ok(Some(_)))
    });
}

#[test]
fn an_emergency_and_a_way_back_wait_for_the_step_that_runs_and_not_for_the_road() {
    let pull = Aim::Emergency {
        step: "1.x-to-2.0/readonly".into(),
        lever: Lever::Pull,
    };
    let back = Aim::Back {
        reason: "it is slow".into(),
        over_later_edits: false,
    };
    let step_back = Aim::StepBack {
        to: SWITCH.into(),
        reason: "it is slow".into(),
    };
    for (aim, came) in [
        (pull, "emergency_pulled"),
        (back, "rollback_started"),
        (step_back, "step_back_started"),
    ] {
        let case = case(WAITS);
        case.pack_edit("1.x-to-2.0.yaml", "verify:", MORE);
        let first = at_work(&case);
        sent_on(&case, aim);
        end(first).ends(8, "holds this run");
        let_it_end(&case);
        until_the_worker_has_gone(&case);
        let records = records(&case);
        assert_eq!(says(&records, came), 1, "{came}");
        assert!(
            !case.root.join("after").exists(),
            "{came}: the road went on"
        );
        assert_eq!(begun(&case), 1, "{came}");
    }
}

#[test]
fn what_was_pulled_is_taken_back_after_the_run_has_gone_back() {
    let case = case("echo 2.0.0 >VERSION");
    case.pack_edit("1.x-to-2.0.yaml", "verify:", MORE);
    case.applying().status().expect("it starts");
    let lever = |args: &[&str]| case.run(&[&["emergency", "readonly", "--yes"], args].concat());
    lever(&[]).ends(0, "is pulled");
    let run = run_folder(&case);
    let run = run.file_name().and_then(OsStr::to_str).expect("its name");
    case.run(&["rollback", run, "--yes"]).ends(0, "rolled back");
    assert!(case.root.join("READONLY").exists());
    let report = case.run(&["report"]);
    report.ends(
        0,
        "**Not undone by any rollback:** pulled before other steps ran, and not taken back: `Notes \
         are read-only`",
    );
    lever(&["--undo"]).ends(0, "is taken back");
    assert!(!case.root.join("READONLY").exists());
    case.run(&["emergency", "readonly", "--yes"])
        .ends(2, "there is no run `readonly`");
}

/// The command of a remedy outlives the worker that started it, like that of a step.
#[test]
fn the_end_of_a_remedy_is_known_although_its_worker_was_killed() {
    const FIX: &str = "hints:
  - error: exit
    remedy: Make it ready.
    fix: {run: {command: [sh, -c, 'touch fixing; while ! test -e go; do sleep 0.01; done; echo ready']}}

verify:";
    let case = case("touch begun; test -e go && echo 2.0.0 >VERSION");
    case.pack_edit("1.x-to-2.0.yaml", "verify:", FIX);
    let front = at_work_with(&case, &["--confirm-within", "10m"]);
    let worker = worker_of(&front);
    end(front).ends(5, "Make it ready.");
    let mut raw = Raw::attached(&case, 1);
    raw.ask(Ask::TakeOver, 0);
    raw.ask(Ask::FixAndRetry(SWITCH.into()), u64::MAX);
    until("the remedy", || case.root.join("fixing").exists());
    kill_process(worker, Signal::KILL).expect("it can be killed");
    let_it_end(&case);
    case.run(&["resume"]).ends(12, "ready");
    case.run(&["confirm"]).ends(0, "done");
    assert_eq!(says(&records(&case), "remedy_started"), 1);
    assert_eq!(says(&records(&case), r#""end":{"done""#), 1);
}

/// They must not take the end of the errand under way for the end of their own.
#[test]
fn whoever_takes_a_run_over_is_told_what_became_of_their_own_errand() {
    for (args, code, says_so) in [
        (&["rollback", "--yes"][..], 0, "rolled back"),
        (&["emergency", "readonly", "--yes"], 0, "pulled"),
    ] {
        let case = case(WAITS);
        case.pack_edit("1.x-to-2.0.yaml", "verify:", MORE);
        let first = at_work_with(&case, &["--confirm-within", "10m"]);
        let mut taking = args.to_vec();
        taking.push("--take-over");
        let taking = start(&case, &taking);
        end(first).ends(8, "holds this run");
        let_it_end(&case);
        end(taking).ends(code, says_so);
    }
}

/// It would never be read, because that worker ends.
#[test]
fn what_is_asked_of_a_worker_that_is_to_end_is_done_by_the_next() {
    let case = case(WAITS);
    let front = at_work(&case);
    kill_process(worker_of(&front), Signal::TERM).expect("it can be told");
    until_nobody_is_let_in(&case);
    let back = start(&case, &["rollback", "--yes", "--take-over"]);
    until("whoever takes it over", || {
        says(&records(&case), "control_taken") > 0
    });
    end(front).ends(8, "holds this run");
    let_it_end(&case);
    let ended = end(back);
    ended.ends(0, "waiting for the worker, which was told to end");
    ended.ends(0, "rolled back");
    assert_eq!(begun(&case), 1);
}

/// A worker told to end between its greeting and the errand either says so, or goes without a word.
#[test]
fn an_errand_that_its_worker_never_heard_is_done_by_the_next() {
    for says_so in [true, false] {
        let case = case("test -e go && echo 2.0.0 >VERSION");
        case.applying().status().expect("it starts");
        assert_eq!(state(&case), "failed");
        let folder = run_folder(&case);
        let listener = local_socket::listen(&folder).expect("listens");
        let resumed = start(&case, &["resume"]);
        let mut line = loop {
            let (mut line, _) = listener.accept().expect("somebody comes");
            // Somebody may only look whether there is a worker.
            if let Ok(Some(ToWorker::Attach { .. })) = wire::receive(&mut line) {
                break line;
            }
        };
        let control = Control::Yours;
        wire::send(&mut line, &FromWorker::Welcome { control }).expect("sent");
        let asked = wire::receive(&mut line).expect("a message");
        let errand = matches!(
            asked,
            Some(ToWorker::Ask {
                ask: Ask::Errand(_),
                ..
            })
        );
        assert!(errand, "{asked:?}");
        let_it_end(&case);
        drop(listener);
        fs::remove_file(folder.join("worker.sock")).expect("nobody listens there");
        if says_so {
            for event in [Event::TooLate("it ends".into()), Event::Gone(None)] {
                wire::send(&mut line, &FromWorker::Event(event)).expect("sent");
            }
        }
        drop(line);
        end(resumed).ends(0, "done, and verified");
    }
}

/// Each line is far shorter than the message that carries it.
#[test]
fn whoever_attaches_to_a_step_that_prints_short_lines_is_told_the_last_of_them() {
    // The step's log is written once the last of them has come.
    const LINES: u64 = (64 << 10) / 3 + 1;
    let case = case(&format!(
        "yes ok | head -n {LINES}; touch begun; until test -e go; do sleep 0.01; done; echo 2.0.0 >VERSION"
    ));
    case.pack_edit("1.x-to-2.0.yaml", "id: switch", "id: s");
    let first = at_work(&case);
    let log = run_folder(&case).join("output").join("1.x-to-2.0+s.log");
    until("the last line", || {
        fs::metadata(&log).is_ok_and(|log| log.len() == LINES * 3)
    });
    let watching = start(&case, &["attach"]);
    let mut raw = Raw::attached(&case, 1);
    let mut printed = 0;
    let_it_end(&case);
    loop {
        match raw.hears() {
            FromWorker::Event(Event::Printed { line, .. }) => {
                assert_eq!(line, "ok");
                printed += 1;
            }
            FromWorker::Event(Event::Record(record)) => {
                if matches!(record.body, Body::Finished { .. }) {
                    break;
                }
            }
            FromWorker::Welcome { .. } | FromWorker::Event(_) => {}
        }
    }
    assert!(printed > 1000, "{printed}");
    drop(raw);
    end(watching).ends(0, "done");
    end(first).ends(0, "finished");
}

#[test]
fn a_front_end_that_stands_still_while_it_is_told_what_was_does_not_keep_the_worker() {
    let case = case(WAITS);
    let mut front = at_work(&case);
    tell(&front, Signal::KILL);
    front.wait().expect("it ends");
    // More than fits into the socket of somebody who reads nothing.
    let journal = run_folder(&case).join("journal");
    until("a long journal", || {
        let mut raw = Raw::new(&case);
        raw.attach(u64::MAX, false);
        raw.hears();
        fs::metadata(&journal).expect("a journal").len() > 256 << 10
    });
    let mut still = Raw::new(&case);
    still.attach(1, false);
    assert!(matches!(still.hears(), FromWorker::Welcome { .. }));
    let_it_end(&case);
    until("the end", || state(&case) == "done");
    until_the_worker_has_gone(&case);
    drop(still);
}

#[test]
fn the_step_of_a_worker_that_is_to_end_can_be_interrupted_by_who_comes_later() {
    let case = case(WAITS);
    let mut front = at_work(&case);
    let worker = worker_of(&front);
    tell(&front, Signal::KILL);
    front.wait().expect("it ends");
    kill_process(worker, Signal::TERM).expect("it can be told");
    until_nobody_is_let_in(&case);
    let taken = says(&records(&case), "control_taken");
    let taking = start(&case, &["resume", "--take-over"]);
    until("whoever takes it over", || {
        says(&records(&case), "control_taken") > taken
    });
    let mut raw = Raw::attached(&case, 1);
    raw.ask(Ask::TakeOver, 0);
    end(taking).ends(8, "holds this run");
    raw.ask(Ask::Interrupt, u64::MAX);
    until_the_worker_has_gone(&case);
    assert_eq!(state(&case), "failed");
    let_it_end(&case);
    case.run(&["resume"]).ends(0, "done, and verified");
    assert_eq!(begun(&case), 2);
}
