//! A program on a terminal of its own, seen from the far end of the line: its output is counted,
//! timed, and interpreted as a terminal would.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    num::NonZero,
    path::PathBuf,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// After so long without output the program is considered to have finished drawing.
const QUIET: Duration = Duration::from_millis(60);
/// The limit for the first byte after a key.
const ANSWER_MAX: Duration = Duration::from_secs(3);
const START_MAX: Duration = Duration::from_secs(180);
/// The start of a frame of switchback.
const FRAME: &[u8] = b"\x1b[?2026h";

pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    pieces: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    _master: Box<dyn MasterPty + Send>,
}

/// The output caused by something.
#[derive(Default)]
pub struct Redraw {
    pub bytes: usize,
    pub frames: usize,
    /// The time until something was visible, and until the last byte.
    pub first: Option<Duration>,
    pub last: Option<Duration>,
}

impl Session {
    /// Starts a program and waits until its screen shows these words and nothing more comes.
    pub fn start(
        mut command: CommandBuilder,
        (cols, rows): (u16, u16),
        words: &str,
    ) -> (Self, Redraw) {
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command.env_remove("NO_COLOR");
        let size = PtySize {
            rows,
            cols,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut output = pair.master.try_clone_reader().expect("a screen");
        let keys = pair.master.take_writer().expect("a keyboard");
        let (sender, pieces) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let piece = (Instant::now(), bytes[..count].to_vec());
                if sender.send(piece).is_err() {
                    return;
                }
            }
        });
        let cells = |count| NonZero::new(count).expect("not zero");
        let began = Instant::now();
        let child = pair.slave.spawn_command(command);
        let mut session = Self {
            child: child.expect("the program starts"),
            keys,
            pieces,
            screen: vt100::Parser::new(cells(rows), cells(cols), 0),
            _master: pair.master,
        };
        let redraw = session.until(began, words);
        (session, redraw)
    }

    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn until(&mut self, began: Instant, words: &str) -> Redraw {
        let mut redraw = Redraw::default();
        while !self.text().contains(words) {
            let left = START_MAX.saturating_sub(began.elapsed());
            assert!(!left.is_zero(), "`{words}` never came:\n{}", self.text());
            self.take(&mut redraw, began, left);
        }
        while self.take(&mut redraw, began, QUIET) {}
        redraw
    }

    /// Takes one piece of output, if one arrives in time.
    fn take(&mut self, redraw: &mut Redraw, began: Instant, wait: Duration) -> bool {
        let Ok((at, piece)) = self.pieces.recv_timeout(wait) else {
            return false;
        };
        self.screen.process(&piece);
        let passed = at.saturating_duration_since(began);
        redraw.bytes += piece.len();
        redraw.frames += piece
            .windows(FRAME.len())
            .filter(|bytes| *bytes == FRAME)
            .count();
        redraw.last = Some(passed);
        if redraw.first.is_none() && !self.text().trim().is_empty() {
            redraw.first = Some(passed);
        }
        true
    }

    /// Types keys all at once and returns the output that they cause.
    pub fn press(&mut self, keys: &str) -> Redraw {
        while self.pieces.try_recv().is_ok() {}
        let began = Instant::now();
        self.keys
            .write_all(keys.as_bytes())
            .expect("the keyboard works");
        self.keys.flush().expect("the keyboard works");
        let mut redraw = Redraw::default();
        let mut wait = ANSWER_MAX;
        while self.take(&mut redraw, began, wait) {
            wait = QUIET;
        }
        redraw
    }

    /// Types keys that lead to another screen, and waits for its words.
    pub fn go(&mut self, keys: &str, words: &str) {
        self.press(keys);
        self.until(Instant::now(), words);
    }

    /// The output within this time, without any key.
    pub fn during(&mut self, time: Duration) -> Redraw {
        let began = Instant::now();
        let mut redraw = Redraw::default();
        while let Some(left) = time.checked_sub(began.elapsed()) {
            self.take(&mut redraw, began, left);
        }
        redraw
    }

    /// How often each thread of the program has been woken so far.
    pub fn wake_ups(&self) -> BTreeMap<PathBuf, u64> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).expect("its threads");
        let of_thread = |task: fs::DirEntry| {
            let status = task.path().join("status");
            let count = number(&status, "voluntary_ctxt_switches:");
            (status, count)
        };
        tasks.filter_map(Result::ok).map(of_thread).collect()
    }

    pub fn memory_peak_kib(&self) -> u64 {
        number(format!("/proc/{}/status", self.pid()).as_ref(), "VmHWM:")
    }

    fn pid(&self) -> u32 {
        self.child.process_id().expect("a process")
    }

    /// Leaves the program by these keys.
    pub fn leave(mut self, keys: &[&str]) {
        for key in keys {
            self.press(key);
        }
        self.child.wait().expect("it ends");
    }
}

/// A number from a file of the kernel; 0 for a thread that has ended.
fn number(path: &std::path::Path, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let word = line.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap_or(0)
}
