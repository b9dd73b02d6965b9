//! The screens over a connection that drops: whoever comes back finds the run where it is, and the
//! same screen.

use super::{
    attended::{
        WAITS, at_work, begun, case, end, let_it_end, records, run_folder, start, tell, until,
        worker_of,
    },
    guided::walk,
    session::{Session, on_a_terminal},
    support::{Case, MARKED, ended},
};
use rustix::process::{Signal, kill_process};
use std::{fs, path::Path};
use switchback::run_state::RunState;

pub fn screen(case: &Case, args: &[&str]) -> Session {
    let mut command = on_a_terminal(Path::new(env!("CARGO_BIN_EXE_switchback")));
    let inner = case.command(args);
    command.args(inner.get_args());
    command.cwd(&case.root);
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    Session::start(command)
}

#[test]
fn a_screen_that_is_killed_at_work_and_at_a_question_is_found_again_as_it_was() {
    let case = case(&format!("{WAITS}; exit 3"));
    // A front end without a screen begins it and is killed: the screen finds it at work.
    let mut front = at_work(&case);
    let mut first = screen(&case, &["attach"]);
    first.wait_for("running");
    kill_process(first.pid(), Signal::KILL).expect("killed");
    first.child.wait().expect("gone");
    front.kill().expect("killed");
    front.wait().expect("gone");

    let again = screen(&case, &["attach"]);
    again.wait_for("running");
    kill_process(again.pid(), Signal::STOP).expect("stopped");
    let_it_end(&case);
    until("the failure", || {
        let state = RunState::fold(&records(&case)).expect("a state");
        state.paused.is_some() || state.word() == "failed"
    });
    kill_process(again.pid(), Signal::CONT).expect("continued");
    again.wait_for("r retry  K skip");
    let asked = again.text();
    kill_process(again.pid(), Signal::KILL).expect("killed");
    until("the end of the worker", || {
        !run_folder(&case).join("worker.sock").exists()
    });
    let back = screen(&case, &["attach"]);
    back.wait_for("exit 3");
    // Without the clock; trailing blanks are invisible.
    let body = |screen: &str| -> Vec<String> {
        let lines = screen.lines().skip(1);
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    back.wait(&format!("this question:\n{asked}\n"), |back| {
        body(&back.text()) == body(&asked)
    });
    assert_eq!(begun(&case), 1);
    kill_process(back.pid(), Signal::KILL).expect("killed");
}

#[test]
fn a_sample_takes_the_mouse_where_that_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = on_a_terminal(Path::new(env!("CARGO_BIN_EXE_switchback")));
    command.args(["--mouse", "demo"]);
    command.env("TMPDIR", folder.path());
    let mut session = Session::start(command);
    session.wait_for("go on to Review");
    assert!(session.takes_mouse());
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.child.wait().expect("it ends");
}

#[test]
fn what_was_mended_meanwhile_is_read_again_with_a_key() {
    let case = Case::new();
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let mut screen = screen(&case, &["--pack", &pack, "--trust", &digest]);
    screen.wait_for("go on to Review");
    screen.type_keys("\r");
    screen.wait_for("PORT → NOTES_PORT");
    let env = case.root.join(".env");
    let text = fs::read_to_string(&env).expect("variables");
    fs::write(&env, text.replace("PORT=", "NOTES_PORT=")).expect("mended");
    screen.type_keys("r");
    screen.wait_for("Nothing to do (1)");
    kill_process(screen.pid(), Signal::KILL).expect("killed");
}

#[test]
fn whoever_only_watches_is_told_that_the_journal_is_damaged() {
    let case = Case::new();
    case.trusted(&["apply", "--yes"]).ends(4, "");
    let journal = case
        .state
        .join("runs")
        .join(case.newest_run())
        .join("journal");
    let mut bytes = fs::read(&journal).expect("a journal");
    bytes.extend_from_slice(b"no record of a run\n");
    fs::write(&journal, &bytes).expect("written");
    let screen = screen(&case, &["attach", "--watch"]);
    screen.wait_for("The journal of this run is damaged");
    screen.wait_for("What came after it is not shown here.");
    kill_process(screen.pid(), Signal::KILL).expect("killed");
}

#[test]
fn past_runs_that_are_damaged_are_listed_and_their_report_says_so() {
    let case = Case::new();
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    let runs = case.state.join("runs");
    let journal = runs.join(case.newest_run()).join("journal");
    let mut bytes = fs::read(&journal).expect("a journal");
    bytes.extend_from_slice(b"no record of a run\n");
    fs::write(&journal, &bytes).expect("written");
    let unreadable = runs.join("00000000000000000000000000004711");
    fs::create_dir(&unreadable).expect("made");
    fs::write(unreadable.join("journal"), "no record of a run\n").expect("written");

    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let mut screen = screen(&case, &["--pack", &pack, "--trust", &digest]);
    screen.wait_for("h past runs");
    screen.type_keys("h");
    screen.wait_for("cannot be read");
    screen.type_keys("\r");
    screen.wait_for("The journal is damaged: line");
    kill_process(screen.pid(), Signal::KILL).expect("killed");
}

#[test]
fn whoever_comes_back_in_another_folder_is_told_which_run_is_meant_and_how_to_reach_it() {
    let case = Case::new();
    case.trusted(&["apply", "--yes"]).ends(4, "");
    let elsewhere = |words: &[&str]| {
        ended(
            case.command(words)
                .current_dir(&case.home)
                .output()
                .expect("it starts"),
        )
    };
    let first = format!("no run was started in {}", case.home.display());
    elsewhere(&["status"]).ends(0, &first);
    let back = format!("--root {} attach", case.root.display());
    elsewhere(&["attach"]).ends(2, &back);
    case.run(&["status"])
        .ends(0, &format!("run {}", case.newest_run()));
}

#[test]
fn the_screens_take_where_the_road_leads() {
    let case = Case::new();
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let said = ["--pack", &pack, "--trust", &digest, "--to", "2.0.0"];
    let screen = screen(&case, &said);
    screen.wait_for("go on to Review");
    kill_process(screen.pid(), Signal::KILL).expect("killed");
    case.run(&["--to", "2.0.0", "plan"])
        .ends(2, "after the command");
}

/// Somebody else edits the product while the review stands on a screen.
#[test]
fn what_was_read_long_ago_is_read_again_before_a_run_begins() {
    let case = Case::new();
    fs::write(case.root.join(".env"), "PORT=8080\n").expect("written");
    let pack = case.pack.to_str().expect("a path in text");
    let trusted = ["--pack", pack, "--trust", &case.digest()];
    let mut session = screen(&case, &trusted);
    session.wait_for("go on to Review");
    session.type_keys("\r");
    session.wait_for("nothing is written yet");
    fs::write(case.root.join(".env"), "PORT=9090\n").expect("written");
    walk(&mut session, "the contents of .env changed");
    assert!(!case.state.join("runs").exists(), "nothing was begun");
}

/// Two front ends attach to one run; its worker is killed, and one of them takes the run up.
#[test]
fn whoever_else_is_on_a_run_sees_that_it_was_taken_up_and_how_it_goes_on() {
    let case = case(WAITS);
    let mut front = at_work(&case);
    let worker = worker_of(&front);
    let watches = screen(&case, &["attach", "--watch"]);
    watches.wait_for("you watch");
    tell(&front, Signal::KILL);
    front.wait().expect("it ends");
    kill_process(worker, Signal::KILL).expect("killed");
    watches.wait_for("none is running now");
    let up = start(&case, &["resume"]);
    watches.wait_for("holds this run");
    let_it_end(&case);
    end(up).ends(0, "done, and verified");
    watches.wait_for("the upgrade is done");
    kill_process(watches.pid(), Signal::KILL).expect("killed");
}

/// The screens wait for the shell, and nobody else could continue it.
#[test]
fn a_shell_that_stops_itself_is_continued() {
    let case = Case::new();
    let pack = case.pack.to_str().expect("a path in text").to_owned();
    let mut session = screen(&case, &["--pack", &pack, "--trust", &case.digest()]);
    session.wait_for("go on to Review");
    session.type_keys("!");
    session.wait_for("returns to its screens");
    session.type_keys("kill -STOP $$\r");
    session.wait_for("cannot be suspended");
    session.type_keys("exit\r");
    session.wait_for("go on to Review");
    kill_process(session.pid(), Signal::KILL).expect("killed");
}

/// A message is read later, in another folder.
#[test]
fn a_command_in_a_message_is_about_the_same_folders_wherever_it_is_typed() {
    let case = case("exit 3");
    let state = case.state.strip_prefix(case.root.parent().expect("a base"));
    let state = Path::new("..").join(state.expect("below it"));
    let mut command = case.applying();
    command.args(["--root", ".", "--state-dir"]).arg(&state);
    let root = case.root.display();
    let told = format!(
        "`switchback --root {root} --state-dir {root}/{} resume`",
        state.display()
    );
    ended(command.output().expect("the program starts")).ends(5, &told);
}
