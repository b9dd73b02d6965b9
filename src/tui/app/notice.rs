//! One sentence about the last thing that happened, and how long it is worth reading.

use super::Ui;
use crate::tui::{
    line::{Line, one_line},
    theme::Tone,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub line: Line,
    pub until: Until,
}

/// How long something is worth saying; the next key ends it anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    TheNextKey,
    /// Gone as soon as the worker waits.
    TheWorkEnds,
    /// Gone with the next record: it was about a moment.
    AnythingHappens,
}

impl Notice {
    fn new(line: Line) -> Self {
        Self {
            line: line.hang(2),
            until: Until::TheNextKey,
        }
    }
}

impl Ui {
    /// Says that something was not done, or has changed.
    pub fn warn(&mut self, words: impl AsRef<str>) {
        let words = format!("! {}", one_line(words.as_ref()));
        self.notice = Some(Notice::new(Line::toned(Tone::Attention, words)));
    }

    /// Says what nobody has to mind.
    pub fn mention(&mut self, words: impl AsRef<str>) {
        self.notice = Some(Notice::new(Line::new(one_line(words.as_ref()))));
    }

    /// What was said last is so only while the worker is at work.
    pub fn passes_with_the_work(&mut self) {
        if let Some(notice) = &mut self.notice {
            notice.until = Until::TheWorkEnds;
        }
    }

    /// What was said last is about this moment.
    pub fn passes_with_the_moment(&mut self) {
        if let Some(notice) = &mut self.notice {
            notice.until = Until::AnythingHappens;
        }
    }
}
