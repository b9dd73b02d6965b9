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
use portable_pty::CommandBuilder;
use rustix::{
    process::{Pid, Signal, kill_process},
    termios,
};
use session::{Session, on_a_terminal};
use std::{
    fs,
    io::Write,
    path::Path,
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
        // As in the program itself: a panic in any thread ends it.
        std::panic::set_hook(Box::new(|info| {
            let _gone = writeln!(std::io::stderr(), "{info}");
            std::process::exit(70);
        }));
    }
    let start = tui::Start {
        in_lines: std::env::var_os("PLAIN").is_some(),
        ..tui::Start::new(Look::of(|name| std::env::var(name).ok()))
    };
    let outcome = tui::run(
        Box::new(backend),
        Arc::new(RealClock(Instant::now())),
        start,
        std::env::var_os("MOUSE").is_some(),
    );
    let _gone = writeln!(std::io::stdout(), "outcome: {outcome:?}");
}

/// This binary, told to be that program.
fn itself() -> CommandBuilder {
    let mut command = on_a_terminal(&std::env::current_exe().expect("this test"));
    command.args(["--ignored", "--exact", "program", "--nocapture"]);
    command
}

/// The same as a job of a shell, which continues it as often as somebody presses Enter.
fn as_a_job() -> CommandBuilder {
    let mut command = on_a_terminal(Path::new("sh"));
    command.args([
        "-mc",
        "\"$@\"; while echo back in the shell; read -r _; do fg; done",
        "sh",
    ]);
    command.args(itself().get_argv());
    command
}

fn start(environment: &[(&str, &str)]) -> Session {
    let mut command = itself();
    for (name, value) in environment {
        command.env(name, value);
    }
    Session::start(command)
}

#[test]
fn leaving_gives_the_terminal_back() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    assert!(!session.takes_mouse(), "nobody asked for it");
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

/// Like a connection that is dead but still open: nobody reads what is drawn.
#[test]
fn a_signal_ends_it_also_while_the_terminal_takes_nothing() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    let terminal = fs::File::open(format!("/proc/{}/fd/0", session.pid())).expect("a terminal");
    let cooked = || {
        let modes = termios::tcgetattr(&terminal).expect("modes");
        modes.local_modes.contains(termios::LocalModes::ICANON)
    };
    assert!(!cooked());
    termios::tcflow(&terminal, termios::Action::OOff).expect("it can be held up");
    session.type_keys("\r");
    kill_process(session.pid(), Signal::TERM).expect("it can be told");
    let ended = session.child.wait().expect("the program ends");
    assert_eq!(ended.exit_code(), 143);
    assert!(cooked(), "the terminal is left as it was");
}

#[test]
fn suspended_it_gives_the_terminal_back_and_continued_it_draws_again() {
    let mut session = Session::start(as_a_job());
    session.wait_for("go on to Review");
    let shell = session.pid().as_raw_nonzero();
    let jobs = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
    let job = jobs.expect("a job").trim().parse().ok();
    let job = job.and_then(Pid::from_raw).expect("a process");
    let mut suspend: [&mut dyn FnMut(&mut Session); 2] =
        [&mut |session| session.type_keys("\x1a"), &mut |_| {
            kill_process(job, Signal::TSTP).expect("it can be told")
        }];
    for how in &mut suspend {
        how(&mut session);
        session.wait("the old screen", |session| !session.is_ours());
        session.wait_for("back in the shell");
        session.type_keys("\r");
        session.wait("our screen", Session::is_ours);
        session.wait_for("go on to Review");
    }
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.wait_for("outcome: Ok(NothingStarted)");
    session.type_keys("\x04");
}

/// As in `ssh HOST switchback`: once stopped, it would never be continued.
#[test]
fn where_no_shell_could_continue_it_it_is_not_suspended() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    session.type_keys("\x1a");
    session.wait_for("not suspended: no shell is there to continue it from");
    session.wait("our screen", Session::is_ours);
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(NothingStarted)");
}

#[test]
fn the_mouse_is_taken_when_asked_for_and_given_back_with_the_terminal() {
    let mut session = start(&[("MOUSE", "1")]);
    session.wait_for("go on to Review");
    assert!(session.takes_mouse());
    session.type_keys("\r");
    session.wait_for("Needs your decision");
    let row = session
        .text()
        .lines()
        .position(|line| line.contains("DB_URL"));
    let row = row.expect("a finding") + 1;
    session.type_keys(&format!("\x1b[<0;9;{row}M\x1b[<0;9;{row}m"));
    session.wait_for("▸ ✗ DB_URL");
    session.type_keys("\x1b[<65;9;9M");
    session.wait("the next row", |session| {
        !session.text().contains("▸ ✗ DB_URL")
    });
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
    session.wait_for("go on to Review");
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
    session.wait_for("Enter: back to the past runs");
    session.type_keys("!");
    session.wait_for("shell> ");
    session.type_keys("echo\n");
    session.wait_for("Enter: back to the past runs");
    session.type_keys("q");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(NothingStarted)");
}

/// Whoever has the terminal: a signal that ends the program is meant for it.
#[test]
fn a_signal_ends_it_also_while_a_shell_has_the_terminal() {
    let mut session = start(&[]);
    session.wait_for("go on to Review");
    session.type_keys("!");
    session.wait_for("shell> ");
    kill_process(session.pid(), Signal::INT).expect("it can be told");
    kill_process(session.pid(), Signal::TERM).expect("it can be told");
    session.ends_clean("outcome: Ok(Signal(15))");
}

fn in_lines(mut command: CommandBuilder) -> Lines {
    command.env("PLAIN", "1");
    Lines::start(command)
}

#[test]
fn in_lines_ctrl_c_asks_ctrl_d_is_a_no_and_a_second_end_of_input_leaves() {
    let mut lines = in_lines(itself());
    lines.hear();
    lines.session.type_keys("\x03");
    lines.hear_for("yes or no (an empty line: no): ");
    let told = lines.say("");
    assert!(told.contains("go on to Review"), "{told}");
    lines.say("leave");
    for answer in ["nothing was done", "a second end leaves"] {
        lines.session.type_keys("\x04");
        let told = lines.hear();
        assert!(
            told.contains(&format!("\nnote: the input ended: {answer}")),
            "{told}"
        );
    }
    lines.session.type_keys("\x04");
    let last = lines.hear_for("outcome: Ok(NothingStarted)");
    assert!(last.contains("nothing has been changed"), "{last}");
}

#[test]
fn in_lines_it_stops_and_goes_on_and_tells_the_screen_again() {
    let mut lines = in_lines(as_a_job());
    lines.hear();
    lines.session.type_keys("\x1a");
    lines.session.wait_for("back in the shell");
    lines.session.type_keys("\r");
    let told = lines.hear_for("Start> ");
    assert!(told.contains("== Start =="), "{told}");
    lines.session.type_keys("leave\n");
    lines.hear_for("yes or no (an empty line: no): ");
    lines.session.type_keys("yes\n");
    lines.hear_for("outcome: Ok(NothingStarted)");
}

#[test]
fn in_lines_a_shell_gets_the_terminal_and_what_is_typed_is_seen_again() {
    let mut lines = in_lines(itself());
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

/// A secret is hidden; the value typed for a finding is not a secret.
#[test]
fn in_lines_what_is_no_secret_is_seen_while_it_is_typed() {
    let mut lines = in_lines(itself());
    lines.hear();
    lines.say("");
    lines.say("");
    lines.say("3");
    let asked = lines.say("edit");
    assert!(asked.contains("the value of limit"), "{asked}");
    lines.session.type_keys("4711\n");
    let told = lines.hear_for("limit: 4711");
    assert!(told.starts_with("4711\n"), "{told}");
    kill_process(lines.session.pid(), Signal::TERM).expect("it can be told");
    lines.hear_for("outcome: Ok(Signal(15))");
}

/// Enter sends a carriage return, and some programs leave a terminal that does not translate it.
#[test]
fn in_lines_enter_ends_a_line_whatever_the_terminal_was_left_as() {
    let mut command = on_a_terminal(Path::new("sh"));
    command.args(["-c", "stty -icrnl echonl; exec \"$@\"", "sh"]);
    command.args(itself().get_argv());
    let mut lines = in_lines(command);
    lines.hear();
    lines.session.type_keys("past runs\r");
    lines.hear_for("0.4.2");
    kill_process(lines.session.pid(), Signal::TERM).expect("it can be told");
    lines.hear_for("outcome: Ok(Signal(15))");
}
