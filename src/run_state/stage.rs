//! Where a step stands. What became of it on the road stays known when it is undone: the way back is
//! a second thing beside the first, and takes nothing off it.

use crate::model::record::{Done, Undone, Who};

/// How far the road has come with a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Road {
    Waiting(Before),
    Running {
        since_ms: u64,
    },
    Done {
        how: Done,
        detail: String,
    },
    Failed(Failure),
    /// Nobody knows whether it was done.
    Unknown {
        why: String,
    },
    Skipped(Said),
    WillNotRun {
        because: String,
    },
}

/// How far a way back has come with a step. When the run stands before it again that is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Back {
    Undoing {
        since_ms: u64,
    },
    Undone {
        how: Undone,
        detail: String,
        took_ms: Option<u64>,
    },
    Failed {
        error: String,
        /// Nobody knows whether it came to its end.
        unknown: bool,
        took_ms: Option<u64>,
    },
    Skipped(Said),
}

/// What counts of a step: the way back, once it has come to it, and before that the road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage<'v> {
    Road(&'v Road),
    Back(&'v Back),
}

/// What a step was before it waited.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// Nothing that counts: its turn has not come.
    Nothing,
    /// It was undone by going back to it or to one before it.
    Undone {
        how: Undone,
        /// Why it had failed, which its undo has not made good.
        failed: Option<String>,
    },
    /// It was there before the run came to it, so nobody undid it; in the words that it was found with.
    FoundDone(String),
}

/// Why a step counts as failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    Itself {
        error: String,
        hint: Option<usize>,
    },
    /// The run stands before it again, and its undo was skipped: what it did is still there. It is
    /// retried, or a rollback tries again to take it back.
    NotUndone {
        error: String,
        /// Why it had failed itself, if it had.
        failed: Option<String>,
    },
}

impl Failure {
    pub fn error(&self) -> &str {
        match self {
            Self::Itself { error, .. } | Self::NotUndone { error, .. } => error,
        }
    }

    pub fn hint(&self) -> Option<usize> {
        match self {
            Self::Itself { hint, .. } => *hint,
            Self::NotUndone { .. } => None,
        }
    }
}

/// A reason, and who gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub reason: String,
    pub by: Who,
}
