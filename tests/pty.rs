//! The UI on a real terminal: what is typed arrives, and the terminal comes back as it was
//! whatever ends the program. The program is this test binary itself, which runs one ignored test
//! on the other side of a pty.

#![expect(
    clippy::disallowed_methods,
    reason = "this is a program and a stopwatch of its own"
)]

#[path = "screens/fake.rs"]
mod fake;
#[expect(dead_code, reason = "the screens' own tests use the rest of it")]
#[path = "screens/product.rs"]
mod product;

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::{
    io::{Read, Write},
    num::NonZero,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use switchback::{
    tui::{self, theme::Look},
    world::{Cancel, Clock},
};

const LIMIT: Duration = Duration::from_secs(20);

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
        open: None,
        logout: None,
    };
    let outcome = tui::run(
        Box::new(backend),
        Arc::new(RealClock(Instant::now())),
        options,
    );
    let _gone = writeln!(std::io::stdout(), "outcome: {outcome:?}");
}

struct Session {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<vt100::Parser>>,
}

impl Session {
    fn start(environment: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(std::env::current_exe().expect("this test"));
        command.args(["--ignored", "--exact", "program", "--nocapture"]);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        let keys = pair.master.take_writer().expect("a keyboard");
        let mut output = pair.master.try_clone_reader().expect("a screen");
        let cells = |count| NonZero::new(count).expect("not zero");
        let (rows, columns) = (cells(24), cells(80));
        let seen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let parser = seen.clone();
        thread::spawn(move || {
            let _master = pair.master;
            let mut bytes = [0; 4096];
            while let Ok(count) = output.read(&mut bytes) {
                if count == 0 {
                    return;
                }
                parser.lock().expect("the parser").process(&bytes[..count]);
            }
        });
        Self { child, keys, seen }
    }

    fn type_keys(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the keyboard works");
        self.keys.flush().expect("the keyboard works");
    }

    fn pid(&self) -> Pid {
        let pid = self.child.process_id().expect("a process");
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        pid.expect("a process")
    }

    fn is_ours(&self) -> bool {
        let parser = self.seen.lock().expect("the parser");
        let screen = parser.screen();
        screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste()
    }

    fn text(&self) -> String {
        self.seen.lock().expect("the parser").screen().contents()
    }

    fn wait_for(&self, words: &str) {
        self.wait(words, |session| session.text().contains(words));
    }

    fn wait(&self, what: &str, met: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !met(self) {
            assert!(
                begin.elapsed() < LIMIT,
                "{what} never came:\n{}",
                self.text()
            );
            thread::yield_now();
        }
    }

    /// The program has ended and the terminal is what it was.
    fn ends_clean(mut self, last_words: &str) {
        self.wait_for(last_words);
        self.child.wait().expect("the program ends");
        self.wait("the old screen", |session| {
            let parser = session.seen.lock().expect("the parser");
            let screen = parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
    }
}

#[test]
fn leaving_gives_the_terminal_back() {
    let mut session = Session::start(&[]);
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
    let session = Session::start(&[]);
    session.wait_for("go on to Review");
    kill_process(session.pid(), Signal::TERM).expect("it can be told");
    session.ends_clean("outcome: Ok(Signal(15))");
}

#[test]
fn suspended_it_gives_the_terminal_back_and_continued_it_draws_again() {
    let mut session = Session::start(&[]);
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
    let mut session = Session::start(&[("END", "panic")]);
    session.wait_for("go on to Review");
    session.type_keys("\r");
    session.ends_clean("a fault of ours");
}

#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let mut session = Session::start(&[("LC_ALL", "C"), ("NO_COLOR", "1")]);
    session.wait_for("go on to Review - reads and compares");
    assert!(session.text().is_ascii());
    session.type_keys("qy");
    session.type_keys("\x1bq");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("outcome: Ok(NothingStarted)");
}

#[test]
fn a_shell_gets_the_terminal_and_gives_it_back() {
    let mut session = Session::start(&[]);
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
