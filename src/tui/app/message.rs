//! What comes in and what goes out: the messages that change the app, and the effects that it asks
//! the driver for.

use crate::{
    engine::link::handle::{Ask, Event},
    model::record::RunEnd,
    tui::call::{Answer, Call},
};
use crossterm::event::{KeyEvent, MouseEvent};
use zeroize::Zeroizing;

/// Everything that can happen, from every source.
pub enum Msg {
    Key(KeyEvent),
    Paste(String),
    /// A click, or a turn of the wheel.
    Mouse(MouseEvent),
    /// A line typed in plain mode; `None`: the input has ended.
    Said(Option<Zeroizing<String>>),
    Resize(u16, u16),
    /// The result of what the driver was asked to do, or why it was not done.
    Done(Result<String, String>),
    /// The program was asked to stop until it is continued.
    Suspend,
    /// The time when something is typed, or the backend answers.
    Now {
        now_ms: u64,
    },
    /// Once a second while a step runs, and while words are typed that agree to lose what was
    /// counted.
    Tick {
        now_ms: u64,
    },
    Answer(Box<Answer>),
    Run {
        event: Event,
        now_ms: u64,
    },
}

/// What the driver is asked to do.
pub enum Effect {
    Call(Call),
    Ask(Ask),
    /// Onto the clipboard of the operator's own terminal.
    Copy(String),
    /// Repaints the whole screen, in case something else wrote over it.
    Repaint,
    /// Drops the handle of the run: it goes on as if the screens had been left.
    LetGo,
    Suspend,
    Quit(Outcome),
}

/// How the operator left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No run was started, or one that had ended was only read.
    NothingStarted,
    /// A run is open and stays as it is.
    LeftRun,
    /// A run is open, and its way back is stuck until a person mends it.
    LeftStuck,
    Ended(RunEnd),
    /// A signal with this number ended the screen; a run that is open stays as it is.
    Signal(i32),
}
