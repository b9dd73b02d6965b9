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

/// How long a notice stays; the next key ends it anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    TheNextKey,
    /// Dropped as soon as the worker waits.
    TheWorkEnds,
    /// Dropped with the next record: it was about one moment.
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

    /// Says something that needs no attention.
    pub fn mention(&mut self, words: impl AsRef<str>) {
        self.notice = Some(Notice::new(Line::new(one_line(words.as_ref()))));
    }

    /// The current notice holds only while the worker is at work.
    pub fn passes_with_the_work(&mut self) {
        if let Some(notice) = &mut self.notice {
            notice.until = Until::TheWorkEnds;
        }
    }

    /// The current notice is about this moment only.
    pub fn passes_with_the_moment(&mut self) {
        if let Some(notice) = &mut self.notice {
            notice.until = Until::AnythingHappens;
        }
    }
}
