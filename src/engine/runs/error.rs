//! Why a run cannot be started, taken up or read, and what to do about it.

use crate::{
    engine::{link::wire::WireError, means::context::ContextError, store::journal::JournalError},
    model::{ids::RunId, text::with_causes},
    run_state::Illegal,
    world::FileError,
};
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("there is no run `{0}`; `switchback runs` lists them")]
    NoRun(String),
    #[error("no run was started yet; `switchback apply` starts one")]
    NoRuns,
    #[error("`{prefix}` fits several runs: {runs}; give more of it", runs = .runs.join(", "))]
    ManyRuns { prefix: String, runs: Vec<String> },
    #[error(
        "run {0} has ended: nothing is left to do or to undo; `switchback restore {0} --to DIR` \
         puts its backup into a folder"
    )]
    Ended(RunId),
    #[error("run {0} is done: nothing is left to do; `switchback rollback {0}` rolls it back")]
    Done(RunId),
    #[error(
        "run {run} is not the newest of its product: run {later} came after it and is {word}; \
         `switchback rollback {later}` first"
    )]
    Later {
        run: RunId,
        later: RunId,
        word: &'static str,
    },
    #[error("{why}")]
    NoWayBack { why: String },
    #[error("run {0} never started; nothing was changed")]
    Empty(RunId),
    #[error(
        "run {run} of this product is not over ({word}): `switchback resume` goes on with it, \
         `switchback rollback` rolls it back"
    )]
    Unfinished { run: RunId, word: &'static str },
    #[error(
        "run {run} of this product is {word}, and its report is still open, from which it can be \
         rolled back: held by {holder}; leave it there, then run this again"
    )]
    StillOpen {
        run: RunId,
        word: &'static str,
        holder: String,
    },
    #[error("the run was not started, and nothing was changed{stays}", stays = stays(.left.as_ref()))]
    NotBegun {
        #[source]
        why: Box<RunError>,
        /// Why some of the files written for it could not be removed.
        left: Option<FileError>,
    },
    #[error(
        "run {run} cannot be read and may have left this product half-way: {why}; when its files \
         can be read again `switchback status {run}` says how it stands. If they cannot, \
         `switchback restore {run} --to DIR` puts its backup into a folder, and the RESTORE.md in \
         its backup says how to restore by hand; then move its folder out of the way"
    )]
    Unreadable { run: RunId, why: String },
    #[error(
        "the journal of run {run} is damaged, {why}: what was done after that is unknown, and \
         nothing more is done with it. {shows}`switchback restore {run} --to DIR` puts its backup \
         into a folder, and {folder}/backup/RESTORE.md says how to restore by hand; once the \
         product is restored, move {folder} out of the way",
        shows = shows(.run, *.is_told),
        folder = .folder.display()
    )]
    Damaged {
        run: RunId,
        why: String,
        folder: PathBuf,
        /// Whether the beginning can be read.
        is_told: bool,
    },
    #[error("the worker of the run: {why}; {log} may say more, and `switchback resume` goes on", log = .log.display())]
    Worker { why: String, log: PathBuf },
    #[error("the worker of the run cannot be reached")]
    Wire(#[from] WireError),
    #[error("the pack that the run keeps cannot be read: {0}")]
    Pack(String),
    #[error(
        "the rules are not those that the plan was made from: put back what was changed in the `pack` of \
         the run's folder; the RESTORE.md in its backup needs no rules"
    )]
    OtherPack,
    #[error("what was planned for the files is kept in {path}, and cannot be read: {why}", path = .path.display())]
    Changes { path: PathBuf, why: String },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error("the journal holds what cannot have happened: {0}")]
    Illegal(#[from] Illegal),
}

impl RunError {
    /// Where the journal of a run is damaged, and how.
    pub fn damage(&self) -> Option<String> {
        match self {
            Self::Damaged { why, .. } => Some(why.clone()),
            _other => None,
        }
    }

    /// Why the journal of a run does not say what was backed up, where the manifest still may.
    pub fn tells_no_backup(&self) -> Option<String> {
        match self {
            Self::Damaged { why, .. } => Some(format!("is damaged, {why}")),
            Self::Unreadable { why, .. } => Some(format!("cannot be read, {why}")),
            _other => None,
        }
    }
}

/// Asks to remove what is left over, which may include answers and thus secrets.
fn stays(left: Option<&FileError>) -> String {
    left.map_or(String::new(), |error| {
        let error = with_causes(error);
        format!(" (take away by hand what was laid out for it: {error})")
    })
}

fn shows(run: &RunId, is_told: bool) -> String {
    match is_told {
        true => format!("`switchback status {run}` shows what can be read, "),
        false => "Nothing of it can be read: ".to_owned(),
    }
}
