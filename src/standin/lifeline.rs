//! What a demo started ends with it, however the demo ends: a service holds the reading side of a
//! pipe whose writing side the demo alone has. The kernel closes that after a `kill -9` too, also
//! when the demo's folder is removed, and a service that is started too late finds it closed.

use super::{Failed, home::Home};
use rustix::fs::{CWD, FileType, Mode, OFlags, fcntl_setfl, mknodat, open};
use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    thread,
};

/// The demo's side. Its services end when it is dropped.
#[derive(Debug)]
pub(super) struct Lifeline {
    _writing: File,
}

impl Lifeline {
    pub(super) fn new(home: &Home) -> Result<Self, Failed> {
        let path = path(home);
        let only_ours = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, &path, FileType::Fifo, only_ours, 0).map_err(io::Error::from)?;
        // To open it for writing alone would wait for a reader.
        let _writing = File::options().read(true).write(true).open(&path)?;
        Ok(Self { _writing })
    }
}

/// Ends this process when the demo ends, or at once if it has ended.
pub(super) fn follow(home: &Home) -> Result<(), Failed> {
    // To open it for reading alone would wait for a writer, to read from it does not.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let reading = open(path(home), flags, Mode::empty())
        .and_then(|reading| fcntl_setfl(&reading, OFlags::empty()).map(|()| reading))
        .map_err(|_| Failed::new("the demo has ended"))?;
    thread::spawn(move || {
        // Nobody writes, so that it comes back for the end alone.
        let _ended = File::from(reading).read(&mut [0]);
        std::process::exit(0)
    });
    Ok(())
}

fn path(home: &Home) -> PathBuf {
    home.path().join("lifeline")
}
