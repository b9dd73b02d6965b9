//! The app in lines: what is new is printed, and one line at a time is read.
//!
//! The terminal stays in its ordinary mode and edits the line itself. The reader takes a line only
//! when it was asked for one, so what is typed ahead stays with the terminal, and is thrown away
//! before a question is told: nobody can have meant it as its answer.

use super::{Source, surface::Surface};
use crate::tui::{
    app::{App, Msg},
    dialog::Dialog,
    plain::{Teller, last},
    terminal::{known_size, restore_on_panic},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rustix::{
    io::Errno,
    stdio,
    termios::{
        InputModes, LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr,
        tcgetwinsize, tcsetattr,
    },
};
use std::{
    fs::File,
    io::{self, Write},
    ops::RangeInclusive,
    os::fd::AsFd,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender, SyncSender},
    },
    thread,
};
use zeroize::{Zeroize, Zeroizing};

/// Longer lines are hard to read, and shorter ones hold no row.
const COLUMNS: RangeInclusive<u16> = 20..=80;
/// The terminal's own limit for a line is lower.
const LINE_BYTES_MAX: usize = 8192;

/// The terminal settings from before, while the terminal is ours.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

pub(super) struct LineSurface {
    out: File,
    teller: Teller,
    asks: Sender<()>,
    /// A line was asked for and has not arrived yet.
    asked: Arc<AtomicBool>,
}

impl LineSurface {
    pub(super) fn enter(sender: SyncSender<Source>) -> io::Result<Self> {
        // Echo may be off for a secret: whoever has the terminal next must see what they type.
        static HOOK: Once = Once::new();
        restore_on_panic(&HOOK, restore);
        let (asks, asked_for) = mpsc::channel();
        let asked = Arc::new(AtomicBool::new(false));
        let of_thread = asked.clone();
        thread::spawn(move || {
            for () in asked_for {
                let source = read();
                of_thread.store(false, Ordering::SeqCst);
                if sender.send(source).is_err() {
                    return;
                }
            }
        });
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let teller = Teller::default();
        let mut surface = Self {
            out,
            teller,
            asks,
            asked,
        };
        surface.take()?;
        Ok(surface)
    }
}

impl Surface for LineSurface {
    /// The columns of a line; rows are unlimited, since lines scroll away.
    fn size(&self) -> io::Result<(u16, u16)> {
        let columns = tcgetwinsize(&self.out).map_or(0, |window| window.ws_col);
        let (columns, rows) = known_size((columns, 0));
        Ok((columns.clamp(*COLUMNS.start(), *COLUMNS.end()), rows))
    }

    fn show(&mut self, app: &App) -> io::Result<u32> {
        let waits = self.asked.load(Ordering::SeqCst);
        if !waits {
            self.teller.heard();
        }
        let told = self.teller.tell(app);
        if told.asks_anew {
            tcflush(stdio::stdin(), QueueSelector::IFlush)?;
        }
        echo(!is_secret(app))?;
        self.out.write_all(told.text.as_bytes())?;
        if !waits {
            self.asked.store(true, Ordering::SeqCst);
            // The thread ends only with the terminal, and reports that itself.
            let _gone = self.asks.send(());
        }
        Ok(u32::try_from(told.text.len()).unwrap_or(u32::MAX))
    }

    fn last_words(&mut self, app: &App) {
        self.teller.heard();
        let _gone = self.out.write_all(last::words(app).as_bytes());
    }

    fn give(&mut self) {
        restore();
        // Ends the last line, so that the shell's prompt starts on a new one.
        let _gone = self.out.write_all(self.teller.leave().as_bytes());
    }

    fn take(&mut self) -> io::Result<()> {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        *before = Some(tcgetattr(stdio::stdin())?);
        drop(before);
        echo(true)
    }

    fn copy(&mut self, _: &str) -> io::Result<String> {
        Err(io::Error::other("in lines you mark it yourself"))
    }

    fn interrupted(&self) -> Option<Msg> {
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        Some(Msg::Key(key))
    }
}

impl Drop for LineSurface {
    fn drop(&mut self) {
        self.give();
    }
}

fn is_secret(app: &App) -> bool {
    match &app.ui.dialog {
        Some(Dialog::Value { input, .. }) => app.ui.input(input).is_none_or(|view| view.secret),
        Some(_) | None => false,
    }
}

/// Sets the terminal to edit lines, whatever state it was left in, with echo on or off.
fn echo(shown: bool) -> io::Result<()> {
    let mut modes = tcgetattr(stdio::stdin())?;
    let before = (modes.local_modes, modes.input_modes);
    let line = LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHONL | LocalModes::ECHOE;
    modes.local_modes.insert(line);
    modes.local_modes.set(LocalModes::ECHO, shown);
    modes.input_modes.insert(InputModes::ICRNL);
    if (modes.local_modes, modes.input_modes) != before {
        tcsetattr(stdio::stdin(), OptionalActions::Now, &modes)?;
    }
    Ok(())
}

/// Restores the terminal; errors are ignored, since nobody is there to tell once it is gone.
fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(modes) = before {
        let _gone = tcsetattr(stdio::stdin(), OptionalActions::Now, &modes);
    }
}

/// One line, without its end. It may be a secret: no copy of it is left here.
fn read() -> Source {
    let mut bytes = Zeroizing::new([0; LINE_BYTES_MAX]);
    loop {
        match rustix::io::read(stdio::stdin(), bytes.as_mut_slice()) {
            Ok(0) => {
                // The next output must not follow the prompt on the same line.
                let _gone = rustix::io::write(stdio::stdout(), b"\n");
                return Source::Msg(Msg::Said(None));
            }
            Ok(count) => {
                let text = String::from_utf8_lossy(&bytes[..count]);
                let line = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
                if let std::borrow::Cow::Owned(mut copy) = text {
                    copy.zeroize();
                }
                return Source::Msg(Msg::Said(Some(line)));
            }
            Err(Errno::INTR) => {}
            Err(_the_line_dropped) => return Source::KeysGone,
        }
    }
}
