//! A program on a terminal of its own: what it shows is read, and keys are pressed.

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use rustix::process::Pid;
use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(20);
/// The timeout of a wait for news: what was drawn before the wait does not count as news.
const MOMENT: Duration = Duration::from_millis(50);

/// A program as an ordinary terminal starts it.
pub fn on_a_terminal(program: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("LC_ALL", "C.UTF-8");
    command
}

pub struct Session {
    pub child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    seen: Arc<(Mutex<vt100::Parser>, Condvar)>,
    /// Every byte that came.
    printed: Arc<Mutex<Vec<u8>>>,
}

impl Session {
    pub fn start(command: CommandBuilder) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        let keys = pair.master.take_writer().expect("a keyboard");
        let mut output = pair.master.try_clone_reader().expect("a screen");
        let cells = |count| NonZero::new(count).expect("not zero");
        let (rows, columns) = (cells(24), cells(80));
        let parser = vt100::Parser::new(rows, columns, 0);
        let seen = Arc::new((Mutex::new(parser), Condvar::new()));
        let shown = seen.clone();
        let printed = Arc::new(Mutex::new(Vec::new()));
        let kept = printed.clone();
        thread::spawn(move || {
            let _master = pair.master;
            let mut bytes = [0; 4096];
            while let Ok(count) = output.read(&mut bytes) {
                if count == 0 {
                    return;
                }
                let read = &bytes[..count];
                kept.lock().expect("the bytes").extend_from_slice(read);
                let (parser, news) = &*shown;
                parser.lock().expect("the parser").process(read);
                news.notify_all();
            }
        });
        Self {
            child,
            keys,
            seen,
            printed,
        }
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the keyboard works");
        self.keys.flush().expect("the keyboard works");
    }

    pub fn pid(&self) -> Pid {
        let pid = self.child.process_id().expect("a process");
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        pid.expect("a process")
    }

    pub fn is_ours(&self) -> bool {
        let parser = self.seen.0.lock().expect("the parser");
        let screen = parser.screen();
        screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste()
    }

    pub fn takes_mouse(&self) -> bool {
        takes_mouse(self.seen.0.lock().expect("the parser").screen())
    }

    pub fn text(&self) -> String {
        let parser = self.seen.0.lock().expect("the parser");
        parser.screen().contents()
    }

    /// Everything that was printed after so many bytes.
    pub fn printed(&self, after: usize) -> String {
        let printed = self.printed.lock().expect("the bytes");
        String::from_utf8_lossy(&printed[after..]).into_owned()
    }

    /// Waits for something new on the screen, and no longer than a moment.
    pub fn news(&self) {
        let (parser, news) = &*self.seen;
        let parser = parser.lock().expect("the parser");
        let woken = news.wait_timeout(parser, MOMENT);
        drop(woken.expect("the parser"));
    }

    pub fn wait_for(&self, words: &str) {
        self.wait(words, |session| session.text().contains(words));
    }

    pub fn wait(&self, what: &str, met: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !met(self) {
            assert!(
                begin.elapsed() < LIMIT,
                "{what} never came:\n{}",
                self.text()
            );
            self.news();
        }
    }

    /// The program has ended and the terminal is what it was.
    pub fn ends_clean(mut self, last_words: &str) {
        self.wait_for(last_words);
        self.child.wait().expect("the program ends");
        self.wait("the old screen", |session| {
            let parser = session.seen.0.lock().expect("the parser");
            let screen = parser.screen();
            let modes = screen.alternate_screen() || screen.bracketed_paste();
            !modes && !screen.hide_cursor() && !takes_mouse(screen)
        });
    }
}

fn takes_mouse(screen: &vt100::Screen) -> bool {
    screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
}
