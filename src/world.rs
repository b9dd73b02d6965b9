//! Floor 2: the only floor that touches files, processes, the network, time, randomness and the
//! environment. The engine sees it through these few traits, so that a crash can be a unit test.
//!
//! All calls block. What runs long takes a [`Cancel`] and ends soon after it is pulled.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the floor that everybody else goes through"
)]

mod clock;
mod commands;
mod databases;
pub mod detached;
pub mod fake;
mod file;
mod files;
mod http;
mod limited;
pub mod local_socket;
pub mod memory;
mod processes;
pub mod survey;
mod system;
mod tar;

pub use clock::RealClock;
pub use commands::{RealCommands, SHIM, ShimError, shim};
pub use databases::{
    Access, DatabaseError, DatabaseSession, Databases, Opening, RealDatabases, Rows, Seen, applied,
    as_wanted, forget, look_for, record,
};
pub use file::{
    Archived, Content, FileError, Found, Hit, Inside, Member, Search, Standing, Unlike,
};
pub use files::{RealFiles, adopt_lock};
pub use http::RealHttp;
pub use processes::{Listener, Process, ProcessError, Processes, RealProcesses, Signal};
pub use system::RealSystem;

use crate::model::{
    digest::Digest, glob::Glob, path::RelPath, pattern::Pattern, record::Who, rule::Stop,
    survey::FileMeta, text::Secret, units::Size,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    os::fd::BorrowedFd,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Everything outside, bundled.
#[derive(Clone)]
pub struct World {
    pub files: Arc<dyn Files>,
    pub commands: Arc<dyn Commands>,
    pub http: Arc<dyn HttpClient>,
    pub processes: Arc<dyn Processes>,
    pub clock: Arc<dyn Clock>,
    pub system: Arc<dyn System>,
    pub databases: Arc<dyn Databases>,
}

/// Pulled by another thread to end a long call; stays pulled.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn pull(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn pulled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Output of a command that is kept at all.
const OUTPUT_BYTES_MAX: usize = 64 << 20;

/// Files. Every path is absolute and means one place: no symbolic link is followed, neither on the
/// way nor at its end. Whoever has a path from elsewhere asks for the `real` one first. A call that
/// returns `Ok` after writing has made it durable.
pub trait Files: Send + Sync {
    /// What stands at a path, without following a last symbolic link.
    fn look(&self, path: &Path) -> Result<Standing, FileError>;
    /// The whole of a regular file of at most `bytes_max` bytes; `None` if nothing is there.
    fn read(&self, path: &Path, bytes_max: u64) -> Result<Option<Content>, FileError>;
    /// At most so many of the last bytes of a regular file, which may grow meanwhile; `None` if
    /// nothing is there.
    fn read_end(&self, path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, FileError>;
    /// Digest of a regular file of any size, read in pieces from the disk and not from the cache
    /// where the system allows it; `None` if nothing is there.
    fn digest(&self, path: &Path) -> Result<Option<Digest>, FileError>;
    /// Makes a new file beside its target or in a run's folder: contents, then owner, mode and
    /// attributes, then sync, then read back and compared. Replaces a leftover of the same name.
    fn stage(
        &self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
    ) -> Result<Digest, FileError>;
    /// Puts a staged file in the place of its target, atomically, if the target still is `old`
    /// (`None`: not there). Otherwise nothing changes and the error is `Drift`.
    fn swap_in(&self, staged: &Path, target: &Path, old: Option<&Digest>) -> Result<(), FileError>;
    /// New contents for a file in one call: staged beside it, then swapped in. For files that no
    /// step of a run has to find again half-way: a crash may leave the temporary.
    fn replace(
        &self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
        old: Option<&Digest>,
    ) -> Result<(), FileError> {
        let aside = beside(path);
        self.stage(&aside, bytes, meta)?;
        self.swap_in(&aside, path, old)
    }
    /// The same for a file of ours, mode 0600, whatever stands there.
    fn replace_own(&self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let old = self.digest(path)?;
        self.replace(path, bytes, None, old.as_ref())
    }
    /// Removes a file if it still is `old`.
    fn remove(&self, path: &Path, old: &Digest) -> Result<(), FileError>;
    /// Removes a leftover temporary of ours, whatever it holds; not being there is fine. What was
    /// done with names in its folder before is durable then, whoever did it.
    fn discard(&self, path: &Path) -> Result<(), FileError>;
    /// Makes durable what somebody else wrote into a run's folder, its bytes and its name, and keeps
    /// it for this user only; gives digest and size.
    fn keep(&self, path: &Path) -> Result<(Digest, u64), FileError>;
    /// Copies a regular file of any size into a run's folder, mode 0600, durable, sparse stays
    /// sparse; gives digest and size of what was read, and leaves reading it back to the caller.
    /// Fails if the source changed meanwhile.
    fn copy_in(&self, from: &Path, to: &Path) -> Result<(Digest, u64), FileError>;
    /// Copies from a run's folder beside a target, with the target's former metadata: `stage`
    /// for a file of any size.
    fn copy_out(&self, from: &Path, to: &Path, meta: &FileMeta) -> Result<Digest, FileError>;
    /// Copies small regular files below a root into one new tar archive in a run's folder, mode
    /// 0600, durable with one sync for all of them. What is large or not there is left out.
    fn archive(&self, root: &Path, names: &[RelPath], to: &Path) -> Result<Archived, FileError>;
    /// The first that is not what its digest says, a copy before an original: copies as they lie on
    /// the disk, originals below a root as whoever uses them reads them. Both at the same time, as
    /// the one waits for the disk and the other does not.
    fn first_unlike(
        &self,
        copies: &[(PathBuf, &Digest)],
        root: &Path,
        originals: &[(&RelPath, &Digest)],
    ) -> Result<Option<Unlike>, FileError>;
    /// Lays files of an archive out below a new folder of ours, with their modes and times, durable
    /// with one sync for all. Gives the first that is not what its digest says, which is left out.
    fn unpack(
        &self,
        archive: &Path,
        members: &[Member<'_>],
        to: &Path,
    ) -> Result<Option<usize>, FileError>;
    /// What a new file of the product has: mode 0644, the owner of the nearest folder that exists.
    fn new_file_meta(&self, path: &Path) -> Result<FileMeta, FileError>;
    /// A folder of the product and its parents, with owner and mode of the nearest that exists.
    fn make_product_dir(&self, path: &Path) -> Result<(), FileError>;
    /// What forbids that a new file takes this place, if something does: found before anything is
    /// changed, it is a line on a list and not a run that stops half-way.
    fn barred(&self, path: &Path) -> Result<Option<String>, FileError>;
    /// Why somebody else than this user and root could have written what stands here, if so: before
    /// it is believed.
    fn others_may_write(&self, path: &Path) -> Result<Option<String>, FileError>;
    /// The folder that all of ours lies in. One that others own or may look into is refused.
    fn make_private_dir(&self, path: &Path) -> Result<(), FileError>;
    /// A folder of ours and its parents, mode 0700 for those it makes.
    fn make_dir(&self, path: &Path) -> Result<(), FileError>;
    /// Names in a folder, sorted; empty if it is not there.
    fn list(&self, path: &Path) -> Result<Vec<String>, FileError>;
    /// Regular files below a root that match the globs, sorted, without leaving the root; and what
    /// matches and is none, or is a link to what may lie below it.
    fn find(&self, root: &Path, globs: &[Glob]) -> Result<Found, FileError>;
    /// The files alone.
    fn glob(&self, root: &Path, globs: &[Glob]) -> Result<Vec<PathBuf>, FileError> {
        Ok(self.find(root, globs)?.files)
    }
    /// A path without links, `.` and `..`; `None` if nothing is there.
    fn canonical(&self, path: &Path) -> Result<Option<PathBuf>, FileError>;
    /// The same name in the folder that a person's path leads to, as far as there is one.
    fn real(&self, path: &Path) -> Result<PathBuf, FileError> {
        for folder in path.ancestors().skip(1) {
            if let (Some(real), Ok(name)) = (self.canonical(folder)?, path.strip_prefix(folder)) {
                return Ok(real.join(name));
            }
        }
        Ok(path.to_owned())
    }
    /// Where a file below a root is read: folders on the way may be links that do not lead out of
    /// it. What is replaced is reached without any, because a link may lead elsewhere on the way back.
    fn below(&self, root: &Path, file: &RelPath) -> Result<PathBuf, FileError> {
        let full = file.under(root);
        match self.canonical(full.parent().unwrap_or(root))? {
            Some(real) if !real.starts_with(root) => Err(FileError::Unusable {
                path: full,
                why: format!(
                    "a link leads out of the product's folder, to {}",
                    real.display()
                ),
                cure: "put the folder itself in the link's place",
            }),
            Some(real) => Ok(real.join(file.name())),
            None => Ok(full),
        }
    }
    /// Lines that match in text files below a root, found in one walk: for each search at most
    /// `hits_max`, by path and line. What the globs find counts, unless it is in the folder `apart`
    /// or ignore files (`.gitignore`) leave it out.
    fn search(
        &self,
        root: &Path,
        apart: &Path,
        searches: &[Search<'_>],
        hits_max: usize,
    ) -> Result<Vec<Vec<Hit>>, FileError>;
    /// Appends to a file and syncs it; creates it with mode 0600. Whoever knows how many bytes are in it
    /// says so with `at`: a file that has others, or is gone, is refused, and nothing made in its place.
    fn append(&self, path: &Path, bytes: &[u8], at: Option<u64>) -> Result<(), FileError>;
    /// Bytes free for this user on the file system of a path (or of its nearest parent).
    fn free_bytes(&self, path: &Path) -> Result<u64, FileError>;
    /// How much of what a command prints may be kept in the folder of a path: a part of what is free
    /// there, because a program that prints without end must leave room for the records of its end.
    fn room_for_output(&self, path: &Path) -> usize {
        // Who cannot tell finds out when it is written.
        let part = self.free_bytes(path).map_or(u64::MAX, |free| free / 8);
        usize::try_from(part).map_or(OUTPUT_BYTES_MAX, |part| part.min(OUTPUT_BYTES_MAX))
    }
    /// An exclusive lock on a folder itself, whatever path leads to it and whoever asks, held until
    /// the guard is dropped or the process ends. The error is `Locked` with what the holder wrote
    /// into the note, if it can be read.
    fn lock(&self, folder: &Path, note_at: &Path, note: &str) -> Result<Box<dyn Lock>, FileError>;
}

/// A lock that is held for as long as this lives, or a process that was given its file.
pub trait Lock: Send {
    /// What holds it, for a process that goes on with it; `None` in memory.
    fn file(&self) -> Option<BorrowedFd<'_>>;
}

/// Where `Files::replace` stages: two processes that write the same file do not share it.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.switchback-{}", std::process::id()))
}

/// Where `Files::remove` puts a file while it looks at it once more. A crash in that moment leaves
/// it there: `discard` the name when the removal is found to have been done.
pub fn removal_leftover(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.switchback-removed"))
}

/// The second name that a file has while another takes its place, where the file system cannot exchange
/// two. A crash leaves it, and whoever replaces the file again takes it away.
pub fn second_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.switchback-old"))
}

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

/// Enough of an answer for whoever asks a service how it is.
pub const ANSWER_MAX: Size = Size::from_bytes(1 << 20);

pub trait HttpClient: Send + Sync {
    /// One request, without redirects to another host and without a proxy.
    fn send(&self, request: &Request, cancel: &Cancel) -> Result<Answer, HttpError>;
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub url: String,
    pub headers: BTreeMap<String, Secret>,
    pub body: Option<Secret>,
    /// More of an answer is not received.
    pub answer_max: Size,
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Lossily decoded, not sanitized; the beginning of it if it is not whole.
    pub body: String,
    pub body_is_whole: bool,
    pub took: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{url}: not an http or https address")]
    BadUrl { url: String },
    /// Nobody could be reached: nothing was sent.
    #[error("{url}: no answer: {why}; is the service running?")]
    NotReached { url: String, why: String },
    #[error("{url}: no answer: {why}; did the service end?")]
    NoAnswer { url: String, why: String },
    #[error("{url}: no answer within {ms} ms; is the service hanging?")]
    TimedOut { url: String, ms: u64 },
    #[error("{url}: cancelled")]
    Cancelled { url: String },
}

impl HttpError {
    /// Whether it may have come to whoever was asked. How far one came that was given up is not known.
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::BadUrl { .. } | Self::NotReached { .. } => false,
            Self::NoAnswer { .. } | Self::TimedOut { .. } | Self::Cancelled { .. } => true,
        }
    }
}

pub trait Clock: Send + Sync {
    /// Milliseconds since 1970: information, never used for a decision.
    fn now_ms(&self) -> u64;
    /// Time that only goes forward, from any beginning.
    fn monotonic(&self) -> Duration;
    /// Returns early, with `false`, when cancelled.
    fn sleep(&self, time: Duration, cancel: &Cancel) -> bool;
}

/// The machine and the person.
pub trait System: Send + Sync {
    fn who(&self) -> Who;
    /// Whether this process may do everything, whoever the person behind it is.
    fn is_root(&self) -> bool;
    /// What this shell exports.
    fn environment(&self) -> BTreeMap<String, String>;
    /// The folder for this program's state that belongs to this user; `None` without a home.
    fn state_dir(&self) -> Option<PathBuf>;
    /// The folder of what this user has said to this program for good; `None` without a home.
    fn config_dir(&self) -> Option<PathBuf>;
    fn random(&self, bytes: usize) -> Vec<u8>;
    /// Names the time since the machine was booted, among all others; empty where nothing tells.
    fn boot(&self) -> String;
}

impl World {
    /// The world as it is. Costs nothing: the HTTP client is built with its first request.
    /// `exe` is this program's own file, which commands that outlive it run under.
    pub fn real(exe: &Path) -> Self {
        Self {
            files: Arc::new(RealFiles),
            commands: Arc::new(RealCommands::new(exe)),
            http: Arc::new(RealHttp::default()),
            processes: Arc::new(RealProcesses),
            clock: Arc::new(RealClock::default()),
            system: Arc::new(RealSystem),
            databases: Arc::new(RealDatabases),
        }
    }
}
