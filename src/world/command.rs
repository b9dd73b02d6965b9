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
    /// ours, under which a later process finds it; its lines come clean.
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
    /// What became of it is known and noted elsewhere: takes its files away, durably.
    fn forget(&self, stem: &Path) -> Result<(), FileError>;
}

/// How a command is kept that outlives the one who runs it.
#[derive(Clone, Copy, Debug)]
pub struct Keep<'k> {
    pub stem: &'k Path,
    /// What must not be in anything that is written.
    pub secrets: &'k [Secret],
    /// Given back with its end.
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
    /// It was started, and whoever watched it was ended: nobody knows.
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
    /// What it starts goes on after it: only the command itself is waited for, nothing is ended.
    pub leaves_running: bool,
    /// Looked for in every line of both outputs as it comes; see `Ended::hit`.
    pub never: Option<Pattern>,
    pub wanted: Wanted,
    /// Lines of more than 64 KiB come in pieces on its output, for who counts them: no secret that lies
    /// across two pieces can be masked, so nothing of them may be shown. Otherwise one line says how
    /// long it was.
    pub pieces: bool,
}

/// What is looked for in every line of one output as it comes; see `Ended::heard`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub stdout: Option<Pattern>,
    pub stderr: Option<Pattern>,
}

/// What became of that, and whether there was more than is left of the outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub stdout: InLines,
    pub stderr: InLines,
    /// The beginning of an output has gone.
    pub cut: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InLines {
    Found,
    /// It stands in what is left of the output, or nowhere.
    #[default]
    NotGone,
    /// It may have stood in what has gone: across lines, or in one that was too long to be looked at.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub how: How,
    /// The last 256 KiB of each output from the beginning of a line on, lossily decoded.
    pub stdout: String,
    pub stderr: String,
    /// `stdout` is all that was printed, to the byte. Only known of a command that was not kept.
    pub stdout_is_whole: bool,
    /// The first line in which `never` was found, whether or not it is among what is left above.
    pub hit: Option<String>,
    pub heard: Heard,
    pub took: Duration,
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
