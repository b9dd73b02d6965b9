//! A run that goes back by itself if nobody confirms: with the real clock, and short times.

use super::{
    attended::{WAITS, at_work_with, case, let_it_end, run_folder, state, until},
    support::Case,
};
use rustix::{
    net::sockopt::socket_peercred,
    process::{Pid, Signal, kill_process},
};
use std::{
    fs,
    os::unix::net::UnixStream,
    time::{SystemTime, UNIX_EPOCH},
};

const SOON: [&str; 2] = ["--confirm-within", "200ms"];
const LATE: [&str; 2] = ["--confirm-within", "1h"];
const DONE: &str = "echo 2.0.0 >VERSION";

fn apply(case: &Case, within: &[&str]) -> super::support::Ended {
    let answers = case.answers("mark: [1.x-to-2.0/check/told]\n");
    let said = ["apply", "--yes", "--answers", &answers];
    case.trusted(&[&said[..], within].concat())
}

fn worker(case: &Case) -> Option<Pid> {
    let stream = UnixStream::connect(run_folder(case).join("worker.sock")).ok()?;
    Some(socket_peercred(&stream).expect("the kernel knows it").pid)
}

#[test]
fn whoever_cuts_their_own_line_finds_the_product_as_it_was() {
    let case = case(WAITS);
    let before = case.files();
    let mut front = at_work_with(&case, &SOON);
    let pid = Pid::from_child(&front);
    kill_process(pid, Signal::KILL).expect("killed");
    front.wait().expect("it ends");
    let_it_end(&case);
    until("the way back", || state(&case) == "rolled back");
    for left in ["begun", "go"] {
        fs::remove_file(case.root.join(left)).expect("of the test");
    }
    assert_eq!(case.files(), before);
    case.run(&["report"])
        .ends(0, "nobody confirmed within 200ms");
    until("the worker's end", || worker(&case).is_none());
}

#[test]
fn nothing_but_a_word_confirms_and_the_worker_waits_for_it_alone() {
    let case = case(DONE);
    apply(&case, &LATE).ends(12, "switchback confirm");
    assert!(worker(&case).is_some(), "it waits though nobody is there");
    case.run(&["resume"]).ends(12, "switchback confirm");
    case.run(&["status"]).ends(0, "rolls back by itself at");
    assert_eq!(state(&case), "unfinished");
    case.run(&["confirm"]).ends(0, "done, and verified");
    until("the worker's end", || worker(&case).is_none());
    assert_eq!(state(&case), "done");
}

#[test]
fn what_is_not_green_is_not_confirmed() {
    let case = case(DONE);
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "release: {is: '{{to}}'}",
        "file: {path: green}",
    );
    apply(&case, &LATE).ends(4, "blocked by checks");
    case.run(&["confirm"]).ends(4, "The new release is there");
    fs::write(case.root.join("green"), "").expect("written");
    case.run(&["confirm"]).ends(4, "switchback resume");
    case.run(&["resume"]).ends(12, "switchback confirm");
    case.run(&["confirm"]).ends(0, "done, and verified");
}

#[test]
fn a_worker_that_was_killed_leaves_the_moment_behind() {
    let case = case(DONE);
    let before = case.files();
    apply(&case, &SOON).ends(12, "switchback confirm");
    if let Some(worker) = worker(&case) {
        kill_process(worker, Signal::KILL).expect("killed");
    }
    if state(&case) != "rolled back" {
        until("the moment", || {
            let status = case.run(&["status", "--format", "json"]);
            let by_ms = status.json()[0]["confirm_by_ms"]
                .as_u64()
                .expect("a moment");
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.expect("after 1970").as_millis() > u128::from(by_ms)
        });
        case.run(&["confirm"])
            .ends(6, "nobody confirmed within 200ms");
    }
    assert_eq!(case.files(), before);
}

#[test]
fn a_run_that_cannot_go_back_is_not_promised_to() {
    let case = case(DONE);
    let undo = "undo:\n      run: {command: [sh, -c, 'echo 1.4.0 >VERSION']}";
    case.pack_edit("1.x-to-2.0.yaml", undo, "irreversible: true");
    apply(&case, &LATE).ends(2, "point of no return");
    case.run(&["runs"]).ends(0, "no runs yet");
    apply(&case, &["--confirm-within", "0s"]).ends(2, "no time");
}
