//! Commands as the engine sees them: what is run, how it is kept, and what became of it.

use super::{Cancel, FileError};
use crate::model::{pattern::Pattern, rule::Stop, text::Secret};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// Commands: argument lists in a clean environment, in a process group of their own.
pub trait Commands: Send + Sync {
    /// Runs to its end, to its time limit or until cancelled; then the whole group is gone.
    /// Lines go to `line` as they come, not sanitized.
    fn run(
        &self,
        command: &Command,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError>;
    /// The same for a command that outlives this process. Its stem is a new name in a folder of
    /// ours under which a later process finds it; its lines come masked and sanitized.
    fn run_kept(
        &self,
        command: &Command,
        keep: &Keep<'_>,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError>;
    /// What became of a command that an earlier process ran. Waits for one that is still at work,
    /// and ends it when cancelled.
    fn kept(&self, stem: &Path, cancel: &Cancel, line: &mut dyn FnMut(Stream, &str)) -> Kept;
    /// The stems in a folder, sorted.
    fn stems(&self, folder: &Path) -> Result<Vec<PathBuf>, FileError>;
    /// Durably removes the files of a command whose outcome has been recorded elsewhere.
    fn forget(&self, stem: &Path) -> Result<(), FileError>;
}

/// How to keep a command that outlives the process that runs it.
#[derive(Clone, Copy, Debug)]
pub struct Keep<'k> {
    pub stem: &'k Path,
    /// What must not be in anything that is written.
    pub secrets: &'k [Secret],
    /// Returned together with the outcome.
    pub note: &'k str,
}

#[derive(Debug)]
pub enum Kept {
    Ended {
        end: Result<Ended, CommandError>,
        note: String,
    },
    /// Nothing of it was started.
    NeverBegun,
    /// It was started, but whatever watched it was killed, so its outcome is unknown.
    Lost,
}

#[derive(Clone, Debug)]
pub struct Command {
    pub argv: Vec<String>,
    pub dir: PathBuf,
    /// The whole environment but `PATH` and `HOME`, which `run` sets when they are not here.
    pub env: BTreeMap<String, Secret>,
    /// Searched before the fixed path.
    pub path: Vec<PathBuf>,
    pub stdin: Option<Secret>,
    pub timeout: Duration,
    /// How it is ended before its time: by the operator or by its time limit.
    pub stop: Stop,
    /// What it starts outlives it: only the command itself is waited for, and nothing is killed.
    pub leaves_running: bool,
    /// Must not occur in any line of either output; checked line by line, see `Ended::hit`.
    pub never: Option<Pattern>,
    pub wanted: Wanted,
    /// Delivers lines of its standard output beyond 64 KiB in pieces, for callers that count them.
    /// A secret that spans two pieces cannot be masked, so no piece may be shown. Without this, one
    /// line reports how long such a line was.
    pub pieces: bool,
}

impl Command {
    /// A command with an empty environment and nothing special about it.
    pub fn new(argv: Vec<String>, dir: &Path, timeout: Duration) -> Self {
        Self {
            argv,
            dir: dir.to_owned(),
            env: BTreeMap::new(),
            path: Vec::new(),
            stdin: None,
            timeout,
            stop: Stop::default(),
            leaves_running: false,
            never: None,
            wanted: Wanted::default(),
            pieces: false,
        }
    }
}

/// Patterns to look for in the outputs, line by line as they come; see `Ended::heard`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub stdout: Option<Pattern>,
    pub stderr: Option<Pattern>,
}

/// The result of that, and whether any output was cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub stdout: InLines,
    pub stderr: InLines,
    /// The beginning of an output was dropped.
    pub cut: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InLines {
    Found,
    /// Not in any dropped part: it is in the kept output, or nowhere.
    #[default]
    NotGone,
    /// It may have been in a dropped part: across lines, or in a line that was too long to check.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// It is also what a command that outlives this process leaves on disk of its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    pub how: How,
    /// The last 256 KiB of each output from the beginning of a line on, lossily decoded.
    pub stdout: String,
    pub stderr: String,
    /// `stdout` is all that was printed, to the byte. Only known of a command that was not kept.
    #[serde(skip)]
    pub stdout_is_whole: bool,
    /// The first line in which `never` was found, whether or not it is among what is left above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<String>,
    #[serde(default)]
    pub heard: Heard,
    #[serde(rename = "took_ms", with = "milliseconds")]
    pub took: Duration,
}

mod milliseconds {
    use super::{Deserialize, Duration};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Exit(i32),
    Signal(i32),
    TimedOut,
    Cancelled,
}

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(
        "the command `{0}` is not installed here; install it, or add its folder to the step's `path`"
    )]
    NotFound(String),
    #[error("the command `{0}` could not be started")]
    Start(String, #[source] std::io::Error),
    #[error("the command `{0}` was started, and nobody knows how it ended")]
    Lost(String, #[source] std::io::Error),
}
