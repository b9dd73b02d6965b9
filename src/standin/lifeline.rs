//! What a demo started ends with the last of those who keep it, however they end: a service holds the
//! reading side of a pipe whose writing side they alone have. The kernel closes that after a `kill -9`
//! too, also when the demo's folder is removed, and a service that is started too late finds it
//! closed. So does whoever only asks, and takes nothing from anybody by it.
//!
//! Its screen keeps a demo, and so does every other screen on it and the worker of its run: a line that
//! drops takes nothing away that the run still needs.

use super::{Failed, home::Home};
use rustix::{
    fs::{CWD, FileType, FlockOperation, Mode, OFlags, fcntl_setfl, flock, mknodat, open},
    io::Errno,
    process::geteuid,
};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::PathBuf,
    thread,
};

/// The side of whoever keeps the demo. A shared lock on it tells one who leaves that somebody stays.
#[derive(Debug)]
pub(super) struct Lifeline(File);

impl Lifeline {
    pub(super) fn new(home: &Home) -> Result<Self, Failed> {
        let only_ours = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, path(home), FileType::Fifo, only_ours, 0).map_err(io::Error::from)?;
        let lifeline = Self::open(home)?;
        lifeline.lock(FlockOperation::LockShared)?;
        Ok(lifeline)
    }

    /// Keeps a demo that somebody else keeps; `None` if it has ended, or its last keeper is about to
    /// end it.
    pub(super) fn join(home: &Home) -> Result<Option<Self>, Failed> {
        if !is_kept(home) {
            return Ok(None);
        }
        let lifeline = Self::open(home)?;
        let shared = lifeline.lock(FlockOperation::NonBlockingLockShared);
        Ok(shared?.then_some(lifeline))
    }

    /// Whether nobody else stays with the demo; then nobody joins it any more. For one who leaves: its
    /// own lock goes by asking, as the kernel has it (flock(2)), so of two who leave at once one is the
    /// last.
    pub(super) fn is_last(&self) -> bool {
        let alone = self.lock(FlockOperation::NonBlockingLockExclusive);
        alone.is_ok_and(|alone| alone)
    }

    fn open(home: &Home) -> Result<Self, Failed> {
        // To open it for writing alone would wait for a reader.
        Ok(Self(
            File::options().read(true).write(true).open(path(home))?,
        ))
    }

    /// `false` where the lock of another is in the way.
    fn lock(&self, how: FlockOperation) -> Result<bool, Failed> {
        match flock(&self.0, how) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }
}

/// The reading end, which is at end of file once the demo has ended.
pub(super) fn reading(home: &Home) -> Result<File, Failed> {
    let reading = peeking(home)
        .and_then(|reading| fcntl_setfl(&reading, OFlags::empty()).map(|()| reading))
        .map_err(|_| Failed::new("the demo has ended"))?;
    Ok(reading)
}

/// The same for one who does not wait.
fn peeking(home: &Home) -> rustix::io::Result<File> {
    // To open it for reading alone would wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    open(path(home), flags, Mode::empty()).map(File::from)
}

/// Ends this process when the demo ends, or at once if it has ended.
pub(super) fn follow(home: &Home) -> Result<(), Failed> {
    let mut reading = reading(home)?;
    thread::spawn(move || {
        // Nobody writes to it, so this returns only at the end.
        let _ended = reading.read(&mut [0]);
        std::process::exit(0)
    });
    Ok(())
}

/// Whether anybody keeps the demo: then there is nothing to be read, and else the end.
pub(super) fn is_kept(home: &Home) -> bool {
    let read = |mut reading: File| reading.read(&mut [0]);
    peeking(home).is_ok_and(|reading| read(reading).is_err())
}

/// Whether this is the home of a demo of ours: anybody can make a pipe of that name.
pub(super) fn is_there(home: &Home) -> bool {
    let found = path(home).symlink_metadata();
    let ours = geteuid().as_raw();
    found.is_ok_and(|found| found.file_type().is_fifo() && found.uid() == ours)
}

fn path(home: &Home) -> PathBuf {
    home.path().join("lifeline")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With its first keeper.
    fn demo() -> (tempfile::TempDir, Home, Lifeline) {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(folder.path());
        let first = Lifeline::new(&home).expect("a lifeline");
        (folder, home, first)
    }

    #[test]
    fn whoever_asks_whether_others_stay_still_keeps_the_demo() {
        let (_folder, home, first) = demo();
        let second = Lifeline::join(&home).expect("a look").expect("it is kept");
        assert!(!first.is_last());
        drop(second);
        assert!(is_kept(&home));
        assert!(first.is_last());
        drop(first);
        assert!(!is_kept(&home));
        assert!(Lifeline::join(&home).expect("a look").is_none());
    }

    #[test]
    fn nobody_joins_a_demo_whose_last_keeper_ends_it() {
        let (_folder, home, first) = demo();
        assert!(first.is_last());
        assert!(Lifeline::join(&home).expect("a look").is_none());
    }

    #[test]
    fn of_two_who_leave_at_once_one_is_the_last() {
        let (_folder, home, first) = demo();
        let second = Lifeline::join(&home).expect("a look").expect("it is kept");
        assert!(!first.is_last());
        assert!(second.is_last());
    }
}
