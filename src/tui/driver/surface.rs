//! Where the app is shown and input comes from: a drawn screen, or lines.

use super::{Source, keys::Keys};
use crate::{
    model::units,
    tui::{
        app::{App, Msg},
        terminal::Screen,
        view,
    },
};
use crossterm::{clipboard::CopyToClipboard, execute};
use std::{io, sync::mpsc::SyncSender};

/// The clipboard limit of terminals; some drop a longer text silently.
const COPY_BYTES_MAX: usize = 48 * 1024;

pub(super) trait Surface {
    /// Columns and rows.
    fn size(&self) -> io::Result<(u16, u16)>;

    /// Shows what is new; gives the bytes that it took.
    fn show(&mut self, app: &App) -> io::Result<u32>;

    /// Says the last words after the operator has left; a drawn screen is gone by then.
    fn last_words(&mut self, _: &App) {}

    /// Gives the terminal to another program; nothing typed there is read.
    fn give(&mut self);

    /// Takes the terminal back, whatever state another program left it in.
    fn take(&mut self) -> io::Result<()>;

    /// Puts a text onto the clipboard of the operator's own terminal; returns a sentence that says
    /// so.
    fn copy(&mut self, text: &str) -> io::Result<String>;

    /// What Ctrl-C means; `None`: it is not a key here, and SIGINT ends the program.
    fn interrupted(&self) -> Option<Msg>;
}

/// A surface that draws frames on the alternate screen and reads every key at once.
pub(super) struct Drawn {
    screen: Screen,
    keys: Keys,
}

impl Drawn {
    pub(super) fn enter(sender: SyncSender<Source>, mouse: bool) -> io::Result<Self> {
        let screen = Screen::enter(mouse)?;
        let keys = Keys::read(sender);
        Ok(Self { screen, keys })
    }
}

impl Surface for Drawn {
    fn size(&self) -> io::Result<(u16, u16)> {
        self.screen.size()
    }

    fn show(&mut self, app: &App) -> io::Result<u32> {
        self.screen.draw(|frame| view::draw(app, frame))
    }

    fn give(&mut self) {
        self.keys.pause();
        self.screen.give();
    }

    fn take(&mut self) -> io::Result<()> {
        self.screen.take()?;
        self.keys.resume();
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<String> {
        if text.len() > COPY_BYTES_MAX {
            let kib = COPY_BYTES_MAX / 1024;
            return Err(io::Error::other(format!("it is longer than {kib} KiB")));
        }
        let mut out = io::stdout();
        execute!(out, CopyToClipboard::to_clipboard_from(text))?;
        let lines = units::count(text.lines().count(), "line");
        Ok(format!(
            "copied: {lines}, if your terminal lets programs copy (OSC 52)"
        ))
    }

    fn interrupted(&self) -> Option<Msg> {
        None
    }
}
