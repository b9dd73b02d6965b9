//! What a demo started ends with the last of those who keep it, however they end: a service holds the
//! reading side of a pipe whose writing side they alone have. The kernel closes that after a `kill -9`
//! too, also when the demo's folder is removed, and a service that is started too late finds it
//! closed.
//!
//! Its screen keeps a demo, and so does every other screen on it and the worker of its run: a line that
//! drops takes nothing away that the run still needs.

use super::{Failed, home::Home};
use rustix::{
    fs::{CWD, FileType, FlockOperation, Mode, OFlags, fcntl_setfl, flock, mknodat, open},
    process::geteuid,
};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::PathBuf,
    thread,
};

/// The side of whoever keeps the demo. A shared lock on it tells the others that somebody does.
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

    /// Keeps a demo that somebody else keeps; `None` if it has ended.
    pub(super) fn join(home: &Home) -> Result<Option<Self>, Failed> {
        let lifeline = Self::open(home)?;
        if lifeline.is_last() {
            return Ok(None);
        }
        lifeline.lock(FlockOperation::LockShared)?;
        Ok(Some(lifeline))
    }

    /// Whether nobody else keeps the demo.
    pub(super) fn is_last(&self) -> bool {
        self.lock(FlockOperation::NonBlockingLockExclusive).is_ok()
    }

    fn open(home: &Home) -> Result<Self, Failed> {
        // To open it for writing alone would wait for a reader.
        Ok(Self(
            File::options().read(true).write(true).open(path(home))?,
        ))
    }

    fn lock(&self, how: FlockOperation) -> Result<(), Failed> {
        Ok(flock(&self.0, how).map_err(io::Error::from)?)
    }
}

/// The reading side, at whose end a demo has ended.
pub(super) fn reading(home: &Home) -> Result<File, Failed> {
    // To open it for reading alone would wait for a writer, to read from it does not.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let reading = open(path(home), flags, Mode::empty())
        .and_then(|reading| fcntl_setfl(&reading, OFlags::empty()).map(|()| reading))
        .map_err(|_| Failed::new("the demo has ended"))?;
    Ok(File::from(reading))
}

/// Ends this process when the demo ends, or at once if it has ended.
pub(super) fn follow(home: &Home) -> Result<(), Failed> {
    let mut reading = reading(home)?;
    thread::spawn(move || {
        // Nobody writes, so that it comes back for the end alone.
        let _ended = reading.read(&mut [0]);
        std::process::exit(0)
    });
    Ok(())
}

/// Whether anybody keeps the demo.
pub(super) fn is_kept(home: &Home) -> bool {
    Lifeline::open(home).is_ok_and(|lifeline| !lifeline.is_last())
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
