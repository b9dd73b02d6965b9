//! How carrying something out fails: what the operator is told, and what a hint may match.

use super::context::ContextError;
use crate::{
    model::{
        path::RelPath,
        text::{last_lines, with_causes},
    },
    world::{CommandError, DatabaseError, FileError, HttpError, ProcessError},
};

/// How many of the last lines of a failed command an error quotes.
const QUOTED_LINES_MAX: usize = 4;
/// Per line: a program that prints a whole query must not push the line after it out of sight.
const QUOTED_CHARS_MAX: usize = 160;

#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// It was carried out and is not what the rule expects; `output` is what hints look at.
    #[error("{why}")]
    Unexpected { why: String, output: String },
    /// It was carried out, but nothing shows whether it did what the rule expects: it was ended
    /// early, or part of its output is missing.
    #[error("{why}")]
    Unjudged { why: String, output: String },
    #[error("stopped by the operator")]
    Cancelled,
    #[error(transparent)]
    Command(CommandError),
    #[error(transparent)]
    Http(HttpError),
    /// The request may have reached who was asked to change something.
    #[error("what became of the request is not known: {0}")]
    Unanswered(HttpError),
    #[error("several steps in one, which only `do` of a step can hold; plan again")]
    Composite,
    #[error(transparent)]
    Database(DatabaseError),
    #[error("the run's folder cannot be used")]
    File(#[from] FileError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Context(#[from] ContextError),
    /// It failed before anything was begun, or is known to have left nothing behind.
    #[error(transparent)]
    NoEffect(Box<ActionError>),
}

impl ActionError {
    /// Whether the outcome is unknown: the process watching it was killed, or the connection broke.
    pub fn is_lost(&self) -> bool {
        matches!(
            self,
            Self::Command(CommandError::Lost(..))
                | Self::Database(DatabaseError::Lost { .. })
                | Self::Unanswered(_)
        )
    }

    /// Whether there is nothing for a way back to take back.
    pub fn is_without_effect(&self) -> bool {
        matches!(self, Self::NoEffect(_))
    }

    /// The same error, for an attempt that left nothing behind.
    pub fn without_effect(error: impl Into<Self>) -> Self {
        match error.into() {
            already @ Self::NoEffect(_) => already,
            error => Self::NoEffect(Box::new(error)),
        }
    }

    /// The same error, where earlier parts had already been begun.
    pub fn after_a_beginning(self) -> Self {
        match self {
            Self::NoEffect(error) => *error,
            error => error,
        }
    }

    /// The underlying error, whether or not anything was begun.
    pub fn cause(&self) -> &Self {
        match self {
            Self::NoEffect(error) => error,
            error => error,
        }
    }

    pub fn of_command(error: CommandError) -> Self {
        match error {
            CommandError::NotFound(_) | CommandError::Start(..) => {
                Self::without_effect(Self::Command(error))
            }
            CommandError::Lost(..) => Self::Command(error),
        }
    }

    /// The error with its causes, on one line, and what a hint may match.
    pub fn told(&self) -> (String, &str) {
        let output = match self.cause() {
            Self::Unexpected { output, .. } | Self::Unjudged { output, .. } => output,
            _what_says_all_itself => "",
        };
        (with_causes(self), output)
    }

    pub fn of_database(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Cancelled { .. } => Self::Cancelled,
            error => Self::Database(error),
        }
    }
}

/// Looking at a service failed, or its manager could not be asked to start or stop it.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("the plan knows no service `{0}`; plan again")]
    Unknown(String),
    #[error("nothing says who starts and stops `{0}`; plan again, with the way it was installed")]
    NoWay(String),
    #[error("`{0}` is not a port; give the input it is filled from another value")]
    BadPort(String),
    #[error("what {0} said cannot be read: {1}")]
    Unreadable(&'static str, String),
    #[error(
        "{0} is older than process {1}, which it names: the clock was set, or another process has got \
         the number; look with `ps -p {1}`, and if it is another one, remove {0}"
    )]
    OlderThanItsProcess(RelPath, u32),
    #[error(
        "docker shows no container of {0}, but commands of a run do not get {1} of this shell, and with it \
         there may be one: choose the place for docker itself (`docker context use`, \
         COMPOSE_PROJECT_NAME in .env), and `unset {1}`"
    )]
    Elsewhere(String, &'static str),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// The last lines of an output, to be appended to an error message.
pub fn quoted(output: &str) -> String {
    let last = last_lines(output, QUOTED_LINES_MAX);
    if last.is_empty() {
        return String::new();
    }
    let last: Vec<String> = last.into_iter().map(begin_of).collect();
    format!(": {}", last.join(" / "))
}

fn begin_of(line: &str) -> String {
    match line.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
