//! Runs that were left: by a person before the first change, by a worker that was killed, by checks
//! that stop them, and by whoever still reads the report. What is said of each is so.

use super::{
    attended::{
        Raw, WAITS, at_work, begun as times_begun, case, end, let_it_end, run_folder, state, tell,
        until, worker_of,
    },
    begun::begun,
    support::{Case, MARKED},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, path::Path};
use switchback::engine::link::handle::Ask;

const HOP: &str = "1.x-to-2.0.yaml";
const DONE_IF: &str = "    done_if:
      file: {path: VERSION, matches: '^2\\.0\\.0$'}
";

fn kill(id: Pid) {
    kill_process(id, Signal::KILL).expect("killed");
}

/// The number that a command has written.
fn pid_in(file: &Path) -> Pid {
    let text = fs::read_to_string(file).expect("a number");
    Pid::from_raw(text.trim().parse().expect("a number")).expect("a process")
}

/// The first step or undo in the status.
fn first_step(case: &Case) -> serde_json::Value {
    let status = case.run(&["status", "--format", "json"]);
    let steps = status.json()[0]["steps"].clone();
    let switch = |step: &&serde_json::Value| step["id"] == "1.x-to-2.0/switch";
    let found = steps.as_array().and_then(|steps| steps.iter().find(switch));
    found.expect("the step").clone()
}

/// Begun like on the screens, which ask before the first change.
#[test]
fn going_on_with_a_run_changes_nothing_that_nobody_agreed_to() {
    const SAMPLE: &str = "schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
apply:
  - id: switch
    title: Switch
    do: {run: {command: [sh, -c, 'echo 2.0.0 >VERSION']}}
    harmless: true
";
    let case = Case::new();
    let (worker, _nobody_hears) = begun(case.root.clone(), case.state.clone(), "", SAMPLE);
    drop(worker);
    let before = case.files();
    let run = case.newest_run();
    let how = format!("`switchback resume {run} --yes`");
    case.run(&["resume"]).ends(12, &how);
    assert_eq!(case.files(), before);
    case.run(&["resume", "--yes"]).ends(0, "done");
    assert_ne!(case.files(), before);
}

/// What `apply --yes` has agreed to is not asked again, whatever stopped the run.
#[test]
fn what_blocks_a_run_is_told_by_its_status_too() {
    let case = Case::new();
    case.trusted(&["apply", "--yes"]).ends(4, "The users know");
    let blocks =
        "waits: blocked by checks:\n  1.x-to-2.0/check/told: The users know: by hand: Tell";
    case.run(&["status"]).ends(0, blocks);
    let status = case.run(&["status", "--format", "json"]);
    let waits = status.json()[0]["waits"].clone();
    assert!(
        waits
            .as_str()
            .is_some_and(|it| it.contains("The users know")),
        "{waits}"
    );
    let answers = case.answers(MARKED);
    case.run(&["resume", "--answers", &answers])
        .ends(0, "done, and verified");
    let status = case.run(&["status", "--format", "json"]);
    assert!(status.json()[0]["waits"].is_null());
}

#[test]
fn a_step_without_its_worker_is_broken_off_and_its_command_is_named() {
    let case = case(&WAITS.replace("echo begun >>begun", "echo $$ >pid; echo begun >>begun"));
    let front = at_work(&case);
    let worker = worker_of(&front);
    case.run(&["status"]).ends(0, "running ");
    assert_eq!(first_step(&case)["state"], "running");
    kill(worker);
    end(front);
    let command = pid_in(&case.root.join("pid")).as_raw_nonzero();
    let status = case.run(&["status"]);
    status
        .ends(
            0,
            "its worker is gone, and the command that it started is still running (process ",
        )
        .ends(0, &command.to_string())
        .ends(
            0,
            "interrupted      Switch to the new release: outcome not known yet",
        );
    assert!(!status.out.contains("  running  "), "{}", status.out);
    assert_eq!(first_step(&case)["state"], "interrupted");
    let_it_end(&case);
    case.run(&["resume"]).ends(0, "done, and verified");
    assert_eq!(times_begun(&case), 1);
}

/// The command of a step, and of an undo, that fails after its worker was killed.
#[test]
fn what_nobody_saw_fail_is_told_before_it_is_tried_again() {
    let case = case(&WAITS.replace("echo begun >>begun", "echo $$ >pid; echo begun >>begun"));
    case.pack_edit(HOP, DONE_IF, "");
    let undo = "test -e back && exec sleep 600 </dev/null >/dev/null; echo 1.4.0 >VERSION";
    let undo = format!("echo $$ >pid; {undo}");
    case.pack_edit(HOP, "echo 1.4.0 >VERSION", &undo);
    let front = at_work(&case);
    kill(worker_of(&front));
    end(front);
    kill(pid_in(&case.root.join("pid")));
    let_it_end(&case);
    case.run(&["resume"]).ends(5, "failed: ended by signal 9");
    assert_eq!(times_begun(&case), 1, "nobody had seen it fail");
    case.run(&["resume"]).ends(0, "done, and verified");
    assert_eq!(times_begun(&case), 2);

    fs::remove_file(case.root.join("pid")).expect("removed");
    fs::write(case.root.join("back"), "").expect("written");
    let run = case.newest_run();
    let back = super::attended::start(&case, &["rollback", &run, "--yes"]);
    until("the undo", || {
        fs::read_to_string(case.root.join("pid")).is_ok_and(|pid| pid.ends_with('\n'))
    });
    until("the word of it", || first_step(&case)["state"] == "undoing");
    kill(worker_of(&back));
    end(back);
    kill(pid_in(&case.root.join("pid")));
    fs::remove_file(case.root.join("back")).expect("removed");
    case.run(&["resume"]).ends(7, "could not be undone");
    case.run(&["resume"]).ends(6, "rolled back");
}

#[test]
fn what_was_done_before_is_no_work_of_the_run() {
    let case = Case::new();
    // Somebody has done the step before, and the release is read from another file.
    case.pack_edit(HOP, "path: VERSION, matches: '^2\\.0\\.0$'", "path: .env");
    case.pack_edit(HOP, "release: {is: '{{to}}'}", "file: {path: .env}");
    let answers = case.answers(MARKED);
    let there = "was already done Switch to the new release";
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, there);
    case.run(&["status"]).ends(0, there);
    let run = case.newest_run();
    case.run(&["rollback", &run, "--yes"])
        .ends(0, "rolled back");
    case.run(&["status"]).ends(0, there);
}

#[test]
fn whoever_reads_the_report_of_a_run_holds_up_nobody_once_it_is_back() {
    let case = case(WAITS);
    let mut front = at_work(&case);
    let worker = worker_of(&front);
    tell(&front, Signal::KILL);
    front.wait().expect("it ends");
    let mut reads = Raw::attached(&case, 1);
    reads.ask(Ask::TakeOver, 0);
    reads.ask(Ask::Interrupt, 1);
    assert!(reads.refused().contains("has ended"));
    let_it_end(&case);
    until("the step", || case.root.join("VERSION").exists());
    until("the end of the step", || {
        first_step(&case)["state"] == "done"
    });
    reads.ask(Ask::Verify, u64::MAX);
    reads.ask(Ask::Finish, u64::MAX);
    until("the end", || state(&case) == "done");

    // As long as the report is open, the run can be taken back from there, so that process keeps
    // the product locked.
    fs::write(case.root.join("VERSION"), "1.4.0\n").expect("written");
    let again = || case.applying().output().expect("it starts");
    let refused = super::support::ended(again());
    refused
        .ends(8, "its report is still open")
        .ends(8, &format!("(process {})", worker.as_raw_nonzero()));
    reads.ask(
        Ask::Rollback {
            reason: "test".into(),
            over_later_edits: false,
        },
        u64::MAX,
    );
    until("the way back", || state(&case) == "rolled back");
    assert!(run_folder(&case).join("worker.sock").exists());
    super::support::ended(again()).ends(0, "done, and verified");
    drop(reads);
}
