//! How a command ends: the exit codes, and failures with their exit code.

use crate::{
    engine::errand::Stop,
    model::text::{sanitize, with_causes},
};

/// The documented exit codes. Programs depend on the numbers: none ever changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Done and durable.
    Done = 0,
    Findings = 1,
    Usage = 2,
    Stale = 3,
    Blocked = 4,
    /// A step failed; the run can be resumed.
    Failed = 5,
    RolledBack = 6,
    /// An undo failed or met later edits, or a way back could not take everything back.
    Stuck = 7,
    Locked = 8,
    Damaged = 9,
    /// A person must say what became of a step.
    Unknown = 10,
    Untrusted = 11,
    /// A question without an answer, a gate, a consent or a confirmation.
    Waiting = 12,
    /// A fault of this program.
    Fault = 70,
    /// It was done, but its output could not be written.
    Unsaid = 74,
}

impl From<Stop> for Code {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Done => Self::Done,
            Stop::RolledBack => Self::RolledBack,
            Stop::Blocked => Self::Blocked,
            Stop::Failed => Self::Failed,
            Stop::Stuck => Self::Stuck,
            Stop::Unknown => Self::Unknown,
            Stop::Waiting => Self::Waiting,
            Stop::Usage => Self::Usage,
            Stop::Fault => Self::Fault,
        }
    }
}

/// Why a command did not do what was asked, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: Code,
    pub text: String,
}

impl Failure {
    pub fn new(code: Code, text: impl AsRef<str>) -> Self {
        let text = sanitize(text.as_ref());
        Self { code, text }
    }

    /// One of our errors with its causes, under a code.
    pub fn told(code: Code, error: &dyn std::error::Error) -> Self {
        Self::new(code, with_causes(error))
    }
}

/// The result of a command: an exit code, or why it failed.
pub type End = Result<Code, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts of operators depend on them.
    #[test]
    fn each_way_to_stop_has_the_number_that_help_names() {
        let numbers = [
            (Stop::Done, 0),
            (Stop::Usage, 2),
            (Stop::Blocked, 4),
            (Stop::Failed, 5),
            (Stop::RolledBack, 6),
            (Stop::Stuck, 7),
            (Stop::Unknown, 10),
            (Stop::Waiting, 12),
            (Stop::Fault, 70),
        ];
        for (stop, number) in numbers {
            assert_eq!(Code::from(stop) as u8, number, "{stop:?}");
        }
    }
}
