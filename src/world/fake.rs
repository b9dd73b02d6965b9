//! A world in memory: files, scripted commands and answers, a clock moved by hand, and faults.
//!
//! Calls that change something outside (writes, commands, requests) are counted from 1, and a
//! [`Fault`] can be planned for any of them. A crash is not a panic: from then on every fallible
//! call fails, so that the engine leaves no further trace and ends through its own error path, in
//! whatever thread. [`FakeWorld::revive`] starts the next process: the files are as the crash left
//! them, the locks are free.
//!
//! A call on files consists of steps, as the real one does: a file is created, written, synced,
//! renamed, its folder synced. Steps are counted too, and a [`Mishap`] can be planned for each.
//! What was not synced is lost with [`FakeFiles::cut_power`].
//!
//! `tests/world_laws.rs` holds these files to the same laws as the real ones. They know neither
//! links in the middle of a path nor permissions, and run full only where a test sets a limit.

mod commands;
mod databases;
mod files;
mod machine;
mod processes;

pub use commands::{FakeCommands, FakeHttp, ended};
pub use databases::FakeDatabases;
pub use files::{Choose, FakeFiles, Sync};
pub use machine::{FakeClock, FakeSystem};
pub use processes::{FakeProcess, FakeProcesses};

use super::World;
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What happens at a counted call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails and changes nothing; later calls work.
    Fail,
    /// The process dies just before it.
    CrashBefore,
    /// The process dies half-way: of an append or a staged file this many bytes are written, a swap
    /// or a removal has not cleaned up. A call without a middle is not done at all.
    CrashWithin { bytes: usize },
    /// The call is done, and the process dies before it learns of that.
    CrashAfter,
}

/// What happens at a step of a call on files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The process dies just before it, or in the middle of a write.
    Crash,
    /// It fails with this error number. Half of a write is done; a failed sync has lost its data,
    /// though a later sync will report success.
    Error(i32),
}

/// Keep it beside the [`World`] that `world()` gives: both see the same things.
#[derive(Clone)]
pub struct FakeWorld {
    pub files: Arc<FakeFiles>,
    pub commands: Arc<FakeCommands>,
    pub http: Arc<FakeHttp>,
    pub processes: Arc<FakeProcesses>,
    pub clock: Arc<FakeClock>,
    pub system: Arc<FakeSystem>,
    pub databases: Arc<FakeDatabases>,
    faults: Arc<Faults>,
}

impl Default for FakeWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeWorld {
    pub fn new() -> Self {
        let faults = Arc::new(Faults::default());
        Self {
            files: Arc::new(FakeFiles::new(faults.clone())),
            commands: Arc::new(FakeCommands::new(faults.clone())),
            http: Arc::new(FakeHttp::new(faults.clone())),
            processes: Arc::new(FakeProcesses::new(faults.clone())),
            clock: Arc::default(),
            system: Arc::default(),
            databases: Arc::new(FakeDatabases::new(faults.clone())),
            faults,
        }
    }

    pub fn world(&self) -> World {
        World {
            files: self.files.clone(),
            commands: self.commands.clone(),
            http: self.http.clone(),
            processes: self.processes.clone(),
            clock: self.clock.clone(),
            system: self.system.clone(),
            databases: self.databases.clone(),
        }
    }

    /// Plans a fault for the `n`-th changing call from the beginning (or the last `revive`).
    pub fn fault_at(&self, n: usize, fault: Fault) {
        lock(&self.faults.state).planned.insert(n, fault);
    }

    pub fn crash_at(&self, n: usize) {
        self.fault_at(n, Fault::CrashBefore);
    }

    /// Plans a mishap for the `n`-th step of calls on files.
    pub fn mishap_at(&self, n: usize, mishap: Mishap) {
        lock(&self.faults.state).mishaps.insert(n, mishap);
    }

    /// How many steps of calls on files there were.
    pub fn steps(&self) -> usize {
        lock(&self.faults.state).steps
    }

    /// How many changing calls there were: the range that a sweep goes over.
    pub fn changes(&self) -> usize {
        lock(&self.faults.state).calls
    }

    pub fn crashed(&self) -> bool {
        self.faults.crashed()
    }

    /// Starts the next process: no planned faults, counting from 1, locks free.
    pub fn revive(&self) {
        *lock(&self.faults.state) = State::default();
        self.files.free_locks();
    }
}

#[derive(Debug, Default)]
struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: usize,
    planned: BTreeMap<usize, Fault>,
    steps: usize,
    mishaps: BTreeMap<usize, Mishap>,
    crashed: bool,
}

impl Faults {
    /// Fails after a crash; for calls that change nothing.
    fn alive(&self) -> io::Result<()> {
        if lock(&self.state).crashed {
            Err(dead())
        } else {
            Ok(())
        }
    }

    fn crashed(&self) -> bool {
        lock(&self.state).crashed
    }

    /// Counts a step of a call on files.
    fn step(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.steps += 1;
        let at = state.steps;
        match state.mishaps.remove(&at) {
            None => Ok(()),
            Some(Mishap::Error(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Mishap::Crash) => {
                state.crashed = true;
                Err(dead())
            }
        }
    }

    /// Counts a changing call; the fault to play is the caller's to carry out.
    fn turn(&self) -> io::Result<Option<Fault>> {
        let mut state = lock(&self.state);
        if state.crashed {
            return Err(dead());
        }
        state.calls += 1;
        let at = state.calls;
        let fault = state.planned.remove(&at);
        match fault {
            None => {}
            Some(Fault::Fail) => return Err(io::Error::other("planned to fail")),
            Some(Fault::CrashBefore) => {
                state.crashed = true;
                return Err(dead());
            }
            Some(Fault::CrashWithin { .. } | Fault::CrashAfter) => state.crashed = true,
        }
        Ok(fault)
    }
}

fn dead() -> io::Error {
    io::Error::other("the process is dead (planned)")
}

/// A poisoned lock is fine: the test that panicked while holding it has failed already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
