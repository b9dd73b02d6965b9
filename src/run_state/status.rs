//! Where a step stands. The way back is kept beside the road and does not overwrite it, so what
//! became of a step on the road stays known when it is undone.

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

/// How far a way back has come with a step; cleared once the run stands before the step again.
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
        /// Nobody knows whether the undo came to its end.
        unknown: bool,
        took_ms: Option<u64>,
    },
    Skipped(Said),
}

/// What counts for a step: the way back once it has come to the step, the road before that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepStatus<'v> {
    Road(&'v Road),
    Back(&'v Back),
}

/// What had become of a step before it came to wait.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// Nothing that counts: its turn has not come.
    Nothing,
    /// It was undone, because the run went back to it or to an earlier step.
    Undone {
        how: Undone,
        /// Why it had failed; the undo has not made that good.
        failed: Option<String>,
    },
    /// It was done before the run came to it, so nothing was undone. Holds what was said of it
    /// then.
    FoundDone(String),
}

/// Why a step counts as failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    Itself {
        error: String,
        hint: Option<usize>,
    },
    /// The run stands before it again, but its undo was skipped, so what it did is still there. It
    /// can be retried, or a rollback tries again to take it back.
    NotUndone {
        error: String,
        /// Why the step itself had failed, if it had.
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
