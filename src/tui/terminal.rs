//! The terminal as a value: entered when it is made, given back when it is dropped, on a panic, and
//! before a signal ends the program.
//!
//! Writes to a terminal that may be gone ignore their errors: a panic about one would only hide
//! what came before.

mod cells;
mod look;
mod pen;
mod shift;
mod slide;
mod thrifty;

use crossterm::{
    cursor,
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute, queue,
    terminal::{
        self, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::{
    Frame, Terminal,
    layout::{Position, Rect, Size},
};
use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};
use thrifty::Thrifty;

/// Whether the terminal is ours at the moment: giving it back twice would disturb whoever has it
/// now.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The size of a terminal that does not report one.
const SIZE: (u16, u16) = (80, 24);
/// More than any screen has.
const LARGEST: (u16, u16) = (1000, 500);

/// Reports presses and the wheel, in SGR form; no moves, each of which would be a message on a slow
/// line.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Whether the mouse is reported to us.
static MOUSE: AtomicBool = AtomicBool::new(false);

pub struct Screen {
    terminal: Terminal<Thrifty<File>>,
}

impl Screen {
    /// Enters the terminal. The mouse must be asked for, because it takes away the terminal's own
    /// text selection.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        static HOOK: Once = Once::new();
        restore_on_panic(&HOOK, restore);
        // Not `io::stdout()`, which would flush a frame in pieces, at its line ends.
        let line = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let terminal = Terminal::new(Thrifty::new(line, size))?;
        let mut screen = Self { terminal };
        screen.take()?;
        Ok(screen)
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Takes the terminal, at first and after another program had it.
    pub fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        let mut modes = Vec::new();
        queue!(modes, EnterAlternateScreen, EnableBracketedPaste)?;
        if MOUSE.load(Ordering::SeqCst) {
            modes.extend_from_slice(MOUSE_ON);
        }
        self.terminal.backend_mut().send(&modes)?;
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Gives the terminal to another program for a while.
    pub fn give(&mut self) {
        restore();
    }

    /// Draws a frame; returns the bytes that it took.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<u32> {
        self.terminal.draw(paint)?;
        Ok(self.terminal.backend_mut().take_sent())
    }
}

fn size() -> io::Result<Size> {
    terminal::size().map(known_size).map(Size::from)
}

/// The size, with defaults for what a serial console reports as 0 because it does not know. Of one that
/// no screen has, only a part is drawn on: `-1` is 65,535, and so many cells do not fit into memory.
pub fn known_size((columns, rows): (u16, u16)) -> (u16, u16) {
    let known = |says: u16, usual: u16| if says == 0 { usual } else { says };
    let (columns, rows) = (known(columns, SIZE.0), known(rows, SIZE.1));
    (columns.min(LARGEST.0), rows.min(LARGEST.1))
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back as it was. It never fails or panics: there would be nobody to tell.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let _gone = disable_raw_mode();
    let mut out = io::stdout();
    if MOUSE.load(Ordering::SeqCst) {
        let _gone = out.write_all(MOUSE_OFF);
    }
    let _gone = execute!(
        out,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _gone = out.flush();
}

/// Restores the terminal before a panic prints its message, which would otherwise go to the screen
/// that is thrown away. `hook` is the caller's own, so that its terminal is given back only once.
pub fn restore_on_panic(hook: &Once, restore: fn()) {
    hook.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::{LARGEST, known_size};

    #[test]
    fn a_terminal_that_does_not_know_its_size_has_the_usual_one() {
        assert_eq!(known_size((0, 0)), (80, 24));
        assert_eq!(known_size((120, 0)), (120, 24));
        assert_eq!(known_size((60, 15)), (60, 15));
        assert_eq!(known_size((u16::MAX, 50)), (LARGEST.0, 50));
        assert_eq!(known_size((200, u16::MAX)), (200, LARGEST.1));
    }
}
