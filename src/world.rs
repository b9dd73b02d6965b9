//! Floor 2: the only floor that touches files, processes, the network, time, randomness and the
//! environment. The engine sees it through these few traits, so that a crash can be a unit test.
//!
//! All calls block. What runs long takes a [`Cancel`] and ends soon after it is pulled.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the floor that everybody else goes through"
)]

mod clock;
mod command;
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
mod request;
pub mod survey;
mod system;
mod tar;

pub use clock::RealClock;
pub use command::{
    Command, CommandError, Commands, Ended, Heard, How, InLines, Keep, Kept, Stream, Wanted,
};
pub use commands::{RealCommands, SHIM, ShimError, shim};
pub use databases::{
    Access, DatabaseError, DatabaseSession, Databases, Opening, Presence, RealDatabases, Rows,
    applied, as_wanted, forget, look_for, record,
};
pub use file::{
    Archived, Content, FileError, Found, Hit, Inside, Member, Search, Standing, Unlike,
};
pub use files::{RealFiles, adopt_lock};
pub use http::RealHttp;
pub use processes::{Listener, Process, ProcessError, Processes, RealProcesses, Signal};
pub use request::{Answer, HttpClient, HttpError, Request};
pub use system::RealSystem;

use crate::model::{
    digest::Digest, glob::Glob, limits, path::RelPath, record::Who, survey::FileMeta,
};
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

/// Files. Every path is absolute and means one place: no symbolic link is followed, neither on the
/// way nor at its end. Resolve a path from elsewhere with `real` first. When a writing call returns
/// `Ok`, what it wrote is durable.
pub trait Files: Send + Sync {
    /// What stands at a path, without following a last symbolic link.
    fn look(&self, path: &Path) -> Result<Standing, FileError>;
    /// The whole of a regular file of at most `bytes_max` bytes; `None` if nothing is there.
    fn read(&self, path: &Path, bytes_max: u64) -> Result<Option<Content>, FileError>;
    /// At most `bytes_max` of the last bytes of a regular file, which may grow meanwhile; `None` if
    /// nothing is there.
    fn read_end(&self, path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, FileError>;
    /// Digest of a regular file of any size, read in pieces from the disk and not from the cache
    /// where the system allows it; `None` if nothing is there.
    fn digest(&self, path: &Path) -> Result<Option<Digest>, FileError>;
    /// Creates a file beside its target or in a run's folder: writes the contents, sets owner, mode
    /// and attributes, syncs, then reads back and compares. Replaces a leftover of the same name.
    fn stage(
        &self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
    ) -> Result<Digest, FileError>;
    /// Puts a staged file in the place of its target, atomically, if the target still is `old`
    /// (`None`: not there). Otherwise nothing changes and the error is `Drift`.
    fn swap_in(&self, staged: &Path, target: &Path, old: Option<&Digest>) -> Result<(), FileError>;
    /// Replaces a file's contents in one call: stages beside it, then swaps in. For files that no
    /// step of a run has to find half-way: a crash may leave the temporary file.
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
    /// Removes a leftover temporary file of ours, whatever it holds, if it exists. Also syncs its
    /// folder, which makes earlier changes of names there durable, whoever made them.
    fn discard(&self, path: &Path) -> Result<(), FileError>;
    /// Takes over a file that another program wrote into a run's folder: makes its bytes and name
    /// durable, and accessible to this user only; returns digest and size.
    fn keep(&self, path: &Path) -> Result<(Digest, u64), FileError>;
    /// Copies a regular file of any size, durably; holes stay holes. Into a run's folder without
    /// `meta`: mode 0600, and reading the copy back is up to the caller. To a place beside its target
    /// with the target's former metadata: then it is `stage` for a file of any size. Returns digest
    /// and size of what was read; fails if the source changes meanwhile.
    fn copy(
        &self,
        from: &Path,
        to: &Path,
        meta: Option<&FileMeta>,
    ) -> Result<(Digest, u64), FileError>;
    /// Copies small regular files below a root into one new tar archive in a run's folder, mode
    /// 0600, durable with a single sync. Files that are large or absent are left out.
    fn archive(&self, root: &Path, names: &[RelPath], to: &Path) -> Result<Archived, FileError>;
    /// The first file that does not match its digest, a copy rather than an original. Copies are
    /// read from the disk, originals below a root through the cache, as their users see them. Both
    /// are checked at the same time, since only the copies wait for the disk.
    fn first_unlike(
        &self,
        copies: &[(PathBuf, &Digest)],
        root: &Path,
        originals: &[(&RelPath, &Digest)],
    ) -> Result<Option<Unlike>, FileError>;
    /// Extracts files of an archive below a new folder of ours, with modes and times, durable with
    /// a single sync. Returns the first that does not match its digest; such files are left out.
    fn unpack(
        &self,
        archive: &Path,
        members: &[Member<'_>],
        to: &Path,
    ) -> Result<Option<usize>, FileError>;
    /// What a new file of the product has: mode 0644, the owner of the nearest folder that exists.
    fn new_file_meta(&self, path: &Path) -> Result<FileMeta, FileError>;
    /// Creates a folder of the product and its parents, owner and mode as the nearest existing one.
    fn make_product_dir(&self, path: &Path) -> Result<(), FileError>;
    /// Why a new file cannot take this place, if so. Found before anything is changed, this is an
    /// entry in a list rather than a run that stops half-way.
    fn barred(&self, path: &Path) -> Result<Option<String>, FileError>;
    /// Why somebody other than this user and root could have written this file, if so. Asked before
    /// the file is trusted.
    fn others_may_write(&self, path: &Path) -> Result<Option<String>, FileError>;
    /// Creates the folder for all of our files; refused if others own it or may look into it.
    fn make_private_dir(&self, path: &Path) -> Result<(), FileError>;
    /// Creates a folder of ours and its missing parents, with mode 0700.
    fn make_dir(&self, path: &Path) -> Result<(), FileError>;
    /// Gives a folder of ours another name, where nothing stands; durable for both names.
    fn move_dir(&self, from: &Path, to: &Path) -> Result<(), FileError>;
    /// Removes a folder of ours with all that is in it, and follows no link in it; not being there is
    /// fine. A crash leaves a part of it.
    fn remove_dir(&self, path: &Path) -> Result<(), FileError>;
    /// Names in a folder, sorted; empty if it is not there.
    fn list(&self, path: &Path) -> Result<Vec<String>, FileError>;
    /// Regular files below a root that match the globs, sorted, without leaving the root. Also
    /// reports matches that are not regular files, and links that may lead to matches.
    fn find(&self, root: &Path, globs: &[Glob]) -> Result<Found, FileError>;
    /// The files alone.
    fn glob(&self, root: &Path, globs: &[Glob]) -> Result<Vec<PathBuf>, FileError> {
        Ok(self.find(root, globs)?.files)
    }
    /// A path without links, `.` and `..`; `None` if nothing is there.
    fn canonical(&self, path: &Path) -> Result<Option<PathBuf>, FileError>;
    /// Resolves a person's path: its last name in the real folder, as far as folders exist.
    fn real(&self, path: &Path) -> Result<PathBuf, FileError> {
        for folder in path.ancestors().skip(1) {
            if let (Some(real), Ok(name)) = (self.canonical(folder)?, path.strip_prefix(folder)) {
                return Ok(real.join(name));
            }
        }
        Ok(path.to_owned())
    }
    /// Where to read a file below a root: folders on the way may be links that stay below it. A
    /// file is replaced without following links, because one may lead elsewhere on the way back.
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
    /// Matching lines of text files below a root, found in one walk: for each search at most
    /// `hits_max`, ordered by path and line. Searches what the globs find, except in the folder
    /// `apart` and what ignore files (`.gitignore`) exclude.
    fn search(
        &self,
        root: &Path,
        apart: &Path,
        searches: &[Search<'_>],
        hits_max: usize,
    ) -> Result<Vec<Vec<Hit>>, FileError>;
    /// Appends to a file and syncs it; creates it with mode 0600. Pass the current size, if known,
    /// as `at`: a file of another size, or a missing one, is then refused and not created.
    fn append(&self, path: &Path, bytes: &[u8], at: Option<u64>) -> Result<(), FileError>;
    /// Bytes free for this user on the file system of a path (or of its nearest parent).
    fn free_bytes(&self, path: &Path) -> Result<u64, FileError>;
    /// How much output of a command may be kept in the folder of a path: a part of the free space,
    /// because a program that prints without end must leave room for the record of its end.
    fn room_for_output(&self, path: &Path) -> usize {
        // If this cannot be determined, the write itself will fail.
        let part = self.free_bytes(path).map_or(u64::MAX, |free| free / 8);
        part.min(limits::OUTPUT.bytes()) as usize
    }
    /// An exclusive lock on a folder itself, whatever path leads to it and whoever asks, held until
    /// the guard is dropped or the process ends. The error is `Locked` with what the holder wrote
    /// into the note, if it can be read.
    fn lock(&self, folder: &Path, note_at: &Path, note: &str) -> Result<Box<dyn Lock>, FileError>;
}

/// A lock, held as long as this value, or a process that was given its file, lives.
pub trait Lock: Send {
    /// The locked file, to hand over to another process; `None` in memory.
    fn file(&self) -> Option<BorrowedFd<'_>>;
}

/// Where `Files::replace` stages; the name differs between processes that write the same file.
fn beside(path: &Path) -> PathBuf {
    hidden(path, &std::process::id().to_string())
}

/// Where `Files::remove` puts a file while it looks at it once more. A crash in that moment leaves
/// it there: `discard` the name when the removal is found to have been done.
pub fn removal_leftover(path: &Path) -> PathBuf {
    hidden(path, "removed")
}

/// The second name of a file while it is replaced, where the file system cannot exchange two files.
/// A crash leaves it, and the next replacement of the file removes it.
pub fn second_name(path: &Path) -> PathBuf {
    hidden(path, "old")
}

fn hidden(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.switchback-{ending}"))
}

pub trait Clock: Send + Sync {
    /// Milliseconds since 1970: information, never used for a decision.
    fn now_ms(&self) -> u64;
    /// Monotonic time since an arbitrary start.
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
    /// The folder for this user's permanent settings for this program; `None` without a home.
    fn config_dir(&self) -> Option<PathBuf>;
    fn random(&self, bytes: usize) -> Vec<u8>;
    /// Identifies the current boot of the machine; empty where the system does not tell.
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
