//! The UI on a real terminal: what is typed arrives, and the terminal comes back as it was
//! whatever ends the program. The program is this test binary itself, which runs one ignored test
//! on the other side of a pty.

#![expect(
    clippy::disallowed_methods,
    reason = "this is a program and a stopwatch of its own"
)]

#[path = "screens/fake.rs"]
mod fake;
#[expect(dead_code, reason = "the tests of whole runs use the rest of it")]
#[path = "pty/lines.rs"]
mod lines;
#[expect(dead_code, reason = "the screens' own tests use the rest of it")]
#[path = "screens/product.rs"]
mod product;
#[path = "pty/session.rs"]
mod session;

use lines::Lines;
use rustix::process::{Signal, WaitOptions, kill_process, waitpid};
use session::{Session, on_a_terminal};
use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};
use switchback::{
    tui::{self, theme::Look},
    world::{Cancel, Clock},
};

/// The clock of this machine.
struct RealClock(Instant);

impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        1_700_000_100_000
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, _: Duration, _: &Cancel) -> bool {
        unreachable!("the screen waits for messages only")
    }
}

/// The other side of the pty.
#[test]
#[ignore = "run by the tests of this file, on a terminal of its own"]
fn program() {
    let mut backend = fake::FakeBackend::default();
    if std::env::var("END").as_deref() == Ok("panic") {
        backend.panics = true;
    }
    let options = tui::Options {
        look: Look::of(|name| std::env::var(name).ok()),
        plain: std::env::var_os("PLAIN").is_some(),
        playing: None,
        open: None,
        logout: None,
        comes_back: Vec::new(),
        state_dir: None,
    };
    let outcome = tui::run(
        Box::new(backend),
        Arc::new(RealClock(Instant::now())),
        options,
    );
    let _gone = writeln!(std::io::stdout(), "outcome: {outcome:?}");
}

fn start(environment: &[(&str, &str)]) -> Session {
    let mut command = on_a_terminal(&std::env::current_exe().expect("this test"));
    command.args(["--ignored", "--exact", "program", "--nocapture"]);
    for (name, value) in environment {
        command.env(name, value);
    }
    Session::start(command)
}

#[test]
fn leaving_gives_the_terminal_back() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    session.type_keys("\r");
    session.wait_for("Needs your decision");
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(NothingStarted)");
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let session = start(&[]);
    session.wait_for("go on to Review");
    kill_process(session.pid(), Signal::TERM).expect("it can be told");
    session.ends_clean("outcome: Ok(Signal(15))");
}

#[test]
fn suspended_it_gives_the_terminal_back_and_continued_it_draws_again() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    let pid = session.pid();
    let mut suspend: [&mut dyn FnMut(&mut Session); 2] =
        [&mut |session| session.type_keys("\x1a"), &mut |_| {
            kill_process(pid, Signal::TSTP).expect("it can be told")
        }];
    for how in &mut suspend {
        how(&mut session);
        let stopped = waitpid(Some(pid), WaitOptions::UNTRACED).expect("a child of ours");
        assert!(stopped.is_some_and(|(_, status)| status.stopped()));
        session.wait("the old screen", |session| !session.is_ours());
        kill_process(pid, Signal::CONT).expect("it can be told");
        session.wait("our screen", Session::is_ours);
        session.wait_for("go on to Review");
    }
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(NothingStarted)");
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let mut session = start(&[("END", "panic")]);
    session.wait_for("go on to Review");
    session.type_keys("\r");
    session.ends_clean("a fault of ours");
}

#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let mut session = start(&[("LC_ALL", "C"), ("NO_COLOR", "1")]);
    session.wait_for("- reads and compares");
    assert!(session.text().is_ascii());
    session.type_keys("qy");
    session.type_keys("\x1bq");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(NothingStarted)");
}

#[test]
fn a_shell_gets_the_terminal_and_gives_it_back() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    session.type_keys("h");
    session.wait_for("0.4.2");
    session.type_keys("\r");
    session.wait_for("Enter: leave");
    session.type_keys("!");
    session.wait_for("shell> ");
    session.type_keys("echo\n");
    session.wait_for("Enter: leave");
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(LeftRun)");
}

fn in_lines() -> Lines {
    let mut command = on_a_terminal(&std::env::current_exe().expect("this test"));
    command.args(["--ignored", "--exact", "program", "--nocapture"]);
    command.env("PLAIN", "1");
    Lines::start(command)
}

#[test]
fn in_lines_ctrl_c_and_ctrl_d_ask_and_a_second_end_of_input_leaves() {
    let mut lines = in_lines();
    lines.hear();
    lines.session.type_keys("\x03");
    lines.hear_for("yes or no (no): ");
    let told = lines.say("");
    assert!(told.contains("go on to Review"), "{told}");
    lines.session.type_keys("\x04");
    lines.hear_for("yes or no (no): ");
    lines.session.type_keys("\x04");
    lines.hear_for("outcome: Ok(NothingStarted)");
}

#[test]
fn in_lines_it_stops_and_goes_on_and_tells_the_screen_again() {
    let mut lines = in_lines();
    lines.hear();
    let pid = lines.session.pid();
    lines.session.type_keys("\x1a");
    let stopped = waitpid(Some(pid), WaitOptions::UNTRACED).expect("a child of ours");
    assert!(stopped.is_some_and(|(_, status)| status.stopped()));
    kill_process(pid, Signal::CONT).expect("it can be told");
    let told = lines.hear_for("Start> ");
    assert!(told.contains("== Start =="), "{told}");
    lines.session.type_keys("leave\n");
    lines.hear_for("yes or no (no): ");
    lines.session.type_keys("yes\n");
    lines.hear_for("outcome: Ok(NothingStarted)");
}

#[test]
fn in_lines_a_shell_gets_the_terminal_and_what_is_typed_is_seen_again() {
    let mut lines = in_lines();
    lines.hear();
    lines.say("past runs");
    lines.say("");
    lines.session.type_keys("!\n");
    lines.hear_for("shell> ");
    lines.session.type_keys("echo\n");
    let told = lines.hear_for("Report> ");
    assert!(told.contains("== Report =="), "{told}");
    kill_process(lines.session.pid(), Signal::TERM).expect("it can be told");
    lines.hear_for("outcome: Ok(Signal(15))");
}
