//! What a front end needs to reach runs: it starts the process of a worker or attaches to one that
//! is at work, and gets a handle on the run and its events. It knows no screen.

mod line;

use super::{
    handle::{Control, Event, RunHandle},
    wire::WireError,
};
use crate::{
    engine::{
        runs::{self, RunError},
        store::run_dir::{RunDir, StateDir},
        worker::Worker,
    },
    model::{ids::RunId, record::Record, text::sanitize},
    run_state::RunState,
    world::{Cancel, FileError, World, detached, local_socket},
};
use line::{Line, greet};
use std::{io, os::unix::net::UnixStream, path::PathBuf, sync::mpsc::Receiver, time::Duration};

/// The hidden command of a worker's process: `switchback worker STATE-DIR RUN`.
pub const WORKER: &str = "worker";
/// How long to wait, per try, for a worker that is about to end.
const GOING: Duration = Duration::from_millis(50);
const GOING_TRIES: u32 = 40;

/// An open run: a handle on it, its events, and the state that its records so far amount to.
pub struct Attached {
    pub handle: RunHandle,
    pub events: Receiver<Event>,
    pub state: RunState,
    pub control: Control,
    /// Where its journal is damaged, and how: `state` contains nothing that came after that.
    pub damage: Option<String>,
}

/// What a front end has attached to.
pub enum Opened {
    /// A worker that does what it is asked.
    Serving(Attached),
    /// A worker that was told to end and is still at work: it can be watched, taken over and
    /// interrupted, but does nothing else it is asked.
    Ending(Attached),
}

impl Opened {
    pub fn attached(self) -> Attached {
        match self {
            Self::Serving(attached) | Self::Ending(attached) => attached,
        }
    }
}

#[derive(Clone)]
pub struct Front {
    pub world: World,
    pub state: StateDir,
    /// The path of this program's own executable.
    pub exe: PathBuf,
    /// Whether to wait for the next worker when the run's worker has gone: only screens do.
    pub stays: bool,
}

impl Front {
    /// Starts the process that goes on with a run which was just begun or taken up, and attaches.
    pub fn hand_over(&self, worker: Worker) -> Result<Attached, RunError> {
        let (run, state, lock) = worker.hand_over();
        let dir = self.state.run(&run);
        let failed = |error: io::Error| self.no_worker(&dir, &error.to_string());
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let held = lock.as_ref().and_then(|lock| lock.file()).ok_or_else(|| {
            let no_file = io::Error::other("a lock in memory is for no other process");
            failed(no_file)
        })?;
        let held = held.try_clone_to_owned().map_err(failed)?;
        let args = vec![
            WORKER.into(),
            self.state.path().into(),
            run.as_str().to_owned().into(),
        ];
        let log = dir.worker_log();
        let child = detached::start(&self.exe, args, held, theirs.into(), &log).map_err(failed)?;
        detached::reap(child);
        match self.greet(ours, &state, false)? {
            Some((stream, control)) => self.attached(dir, stream, state, control),
            None => Err(self.no_worker(&dir, "it ended at once")),
        }
        // Our own copy of the lock is dropped here: the worker has its own.
    }

    /// Attaches to the worker of a run; `None` if none is at work.
    pub fn attach(&self, run: &RunId, watch: bool) -> Result<Option<Attached>, RunError> {
        let dir = self.state.run(run);
        let Some(stream) = local_socket::connect(dir.path())? else {
            return Ok(None);
        };
        let (state, _) = runs::look(&self.world, &self.state, run)?;
        match self.greet(stream, &state, watch)? {
            Some((stream, control)) => self.attached(dir, stream, state, control).map(Some),
            None => Ok(None),
        }
    }

    /// Attaches to the worker of a run, or takes the run up by `take_up` and starts one.
    pub fn open(
        &self,
        run: &RunId,
        take_up: impl Fn() -> Result<Worker, RunError>,
    ) -> Result<Opened, RunError> {
        let mut tries = 0;
        loop {
            if let Some(attached) = self.attach(run, false)? {
                return Ok(Opened::Serving(attached));
            }
            match take_up() {
                // A worker that is about to end no longer answers but still holds the lock.
                Err(RunError::File(FileError::Locked { .. })) if tries < GOING_TRIES => {
                    tries += 1;
                    self.world.clock.sleep(GOING, &Cancel::default());
                }
                // It may be at work for long: then it can at least be watched.
                Err(locked @ RunError::File(FileError::Locked { .. })) => {
                    return self.attach(run, true)?.map(Opened::Ending).ok_or(locked);
                }
                taken => return self.hand_over(taken?).map(Opened::Serving),
            }
        }
    }

    /// The pid of the worker of a run, as the kernel reports it; `None` if it has none.
    pub fn worker_of(&self, run: &RunId) -> Option<u32> {
        let stream = local_socket::connect(self.state.run(run).path()).ok()??;
        Some(local_socket::admitted(&stream)?.pid)
    }

    /// Whether a worker is at work on a run.
    pub fn is_live(&self, run: &RunId) -> bool {
        matches!(
            local_socket::connect(self.state.run(run).path()),
            Ok(Some(_))
        )
    }

    /// The records that a front end may not have seen yet.
    pub fn records_from(&self, run: &RunId, seq: u64) -> Result<Vec<Record>, RunError> {
        let mut records = runs::records(&self.world, &self.state, run)?;
        records.retain(|record| record.seq >= seq);
        Ok(records)
    }

    /// Greets the worker; `None` if it ends without an answer.
    fn greet(
        &self,
        mut stream: UnixStream,
        state: &RunState,
        watch: bool,
    ) -> Result<Option<(UnixStream, Control)>, RunError> {
        let dir = self.state.run(&state.run);
        match greet(&self.world, &mut stream, state.seq, watch) {
            Ok(Ok(control)) => Ok(Some((stream, control))),
            Ok(Err(why)) => Err(self.no_worker(&dir, &why)),
            Err(WireError::Broken(error)) if is_end(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn attached(
        &self,
        dir: RunDir,
        stream: UnixStream,
        state: RunState,
        control: Control,
    ) -> Result<Attached, RunError> {
        let world = self.world.clone();
        let line = Line::follow(world, dir, stream, state.seq, self.stays, &control);
        let (handle, events) = line.map_err(WireError::from)?;
        Ok(Attached {
            handle,
            events,
            state,
            control,
            damage: None,
        })
    }

    fn no_worker(&self, dir: &RunDir, why: &str) -> RunError {
        RunError::Worker {
            why: sanitize(why),
            log: dir.worker_log(),
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}
