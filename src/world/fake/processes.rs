//! Processes as a test says. A script of a command can start and end them, as the command would.

use super::{Fault, Faults, dead, lock};
use crate::world::{Listener, Process, ProcessError, Processes, Signal};
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// A process. The `Default` one ends when it is first asked to.
#[derive(Clone, Debug, Default)]
pub struct FakeProcess {
    pub parent: u32,
    pub command: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub open_files: Vec<PathBuf>,
    /// TCP ports it listens on, on the loopback address.
    pub ports: Vec<u16>,
    /// How many requests to terminate it ignores.
    pub terms_ignored: u32,
    /// This user may not look into it, nor signal it.
    pub closed: bool,
}

#[derive(Debug, Default)]
pub struct FakeProcesses {
    state: Mutex<Table>,
    faults: Arc<Faults>,
}

#[derive(Debug, Default)]
struct Table {
    /// By pid: its start time, and the process.
    running: BTreeMap<u32, (u64, FakeProcess)>,
    started: u64,
    signals: Vec<(u32, Signal)>,
    connected: BTreeMap<u16, usize>,
    hidden: bool,
}

impl FakeProcesses {
    pub(super) fn new(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// Starts a process with this number, in the place of one that had it.
    pub fn start(&self, pid: u32, process: FakeProcess) {
        let mut state = lock(&self.state);
        state.started += 1;
        let started = state.started;
        state.running.insert(pid, (started, process));
    }

    pub fn end(&self, pid: u32) {
        lock(&self.state).running.remove(&pid);
    }

    pub fn set_environment(&self, pid: u32, environment: &[(&str, &str)]) {
        let pairs = environment.iter();
        let environment = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = environment.collect();
        self.start(
            pid,
            FakeProcess {
                environment,
                ..FakeProcess::default()
            },
        );
    }

    pub fn connect(&self, port: u16, connections: usize) {
        lock(&self.state).connected.insert(port, connections);
    }

    /// Every signal that reached a process, in order.
    pub fn signals(&self) -> Vec<(u32, Signal)> {
        lock(&self.state).signals.clone()
    }

    /// From now on nobody can look at processes.
    pub fn hide(&self) {
        lock(&self.state).hidden = true;
    }

    fn alive(&self) -> Result<(), ProcessError> {
        if lock(&self.state).hidden {
            return Err(unreadable(io::ErrorKind::PermissionDenied.into()));
        }
        self.faults.alive().map_err(unreadable)
    }
}

fn unreadable(source: io::Error) -> ProcessError {
    let path = PathBuf::from("/proc");
    ProcessError::Proc { path, source }
}

fn seen(pid: u32, started: u64, process: &FakeProcess) -> Process {
    Process {
        pid,
        parent: process.parent,
        started,
        since_ms: 1_780_000_000_000 + started,
        command: process.command.clone(),
    }
}

impl Processes for FakeProcesses {
    fn listeners(&self, port: u16) -> Result<Vec<Listener>, ProcessError> {
        self.alive()?;
        let state = lock(&self.state);
        let listen = state
            .running
            .iter()
            .filter(|(_, (_, process))| process.ports.contains(&port));
        let listener = |(pid, (started, process)): (&u32, &(u64, FakeProcess))| {
            let holder = (!process.closed).then(|| seen(*pid, *started, process));
            Listener {
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                uid: 1000,
                holders: holder.into_iter().collect(),
            }
        };
        Ok(listen.map(listener).collect())
    }

    fn look(&self, pid: u32) -> Result<Option<Process>, ProcessError> {
        self.alive()?;
        let state = lock(&self.state);
        let found = state.running.get(&pid);
        Ok(found.map(|(started, process)| seen(pid, *started, process)))
    }

    fn signal(&self, process: &Process, signal: Signal) -> Result<bool, ProcessError> {
        let pid = process.pid;
        let refused = |source: io::Error| ProcessError::Signal { pid, source };
        let fault = self.faults.turn().map_err(refused)?;
        if let Some(Fault::CrashWithin { .. }) = fault {
            return Err(refused(dead()));
        }
        let mut state = lock(&self.state);
        let there = match state.running.get_mut(&pid) {
            Some((started, _)) if *started != process.started => false,
            Some((_, found)) if found.closed => {
                let doing = "signal it";
                return Err(ProcessError::Denied { pid, doing });
            }
            Some((_, found)) => {
                let ends = match signal {
                    Signal::Kill => true,
                    Signal::Term => {
                        let follows = found.terms_ignored == 0;
                        found.terms_ignored = found.terms_ignored.saturating_sub(1);
                        follows
                    }
                    Signal::Continue => false,
                };
                state.signals.push((pid, signal));
                if ends {
                    state.running.remove(&pid);
                }
                true
            }
            None => false,
        };
        match fault {
            Some(_) => Err(refused(dead())),
            None => Ok(there),
        }
    }

    fn open_files(&self, pid: u32) -> Result<Option<Vec<PathBuf>>, ProcessError> {
        self.alive()?;
        let state = lock(&self.state);
        match state.running.get(&pid) {
            Some((_, process)) if process.closed => {
                let doing = "see its open files";
                Err(ProcessError::Denied { pid, doing })
            }
            found => Ok(found.map(|(_, process)| process.open_files.clone())),
        }
    }

    fn environment(&self, pid: u32) -> Result<Option<BTreeMap<String, String>>, ProcessError> {
        self.alive()?;
        let state = lock(&self.state);
        match state.running.get(&pid) {
            Some((_, process)) if process.closed => {
                let doing = "see its environment";
                Err(ProcessError::Denied { pid, doing })
            }
            found => Ok(found.map(|(_, process)| process.environment.clone())),
        }
    }

    fn carrying(&self, name: &str, value: &str) -> Result<Vec<Process>, ProcessError> {
        self.alive()?;
        let state = lock(&self.state);
        let all = state.running.iter();
        let carries = |process: &FakeProcess| {
            let set = process.environment.get(name);
            !process.closed && set.is_some_and(|set| set == value)
        };
        Ok(all
            .filter(|(_, (_, process))| carries(process))
            .map(|(pid, (started, process))| seen(*pid, *started, process))
            .collect())
    }

    fn connections(&self, port: u16) -> Result<usize, ProcessError> {
        self.alive()?;
        Ok(lock(&self.state).connected.get(&port).copied().unwrap_or(0))
    }

    fn port_open(&self, port: u16) -> bool {
        let state = lock(&self.state);
        let mut running = state.running.values();
        running.any(|(_, process)| process.ports.contains(&port))
    }
}
