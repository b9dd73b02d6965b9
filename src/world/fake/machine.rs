//! A clock moved by hand, and a machine made of what a test says.

use super::lock;
use crate::{
    model::record::Who,
    world::{Cancel, Clock, System},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    sync::Mutex,
    time::Duration,
};

/// Stands still but for `advance` and sleeping: a sleep is over at once and moves it on.
#[derive(Debug)]
pub struct FakeClock {
    since_begin: Mutex<Duration>,
    began_ms: Mutex<u64>,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self {
            since_begin: Mutex::default(),
            // An arbitrary moment of 2026.
            began_ms: Mutex::new(1_780_000_000_000),
        }
    }
}

impl FakeClock {
    pub fn advance(&self, time: Duration) {
        *lock(&self.since_begin) += time;
    }

    /// Sets what the calendar says and leaves the monotonic time: a clock that jumps.
    pub fn jump_to_ms(&self, now_ms: u64) {
        let since = lock(&self.since_begin).as_millis() as u64;
        *lock(&self.began_ms) = now_ms.saturating_sub(since);
    }
}

impl Clock for FakeClock {
    fn now_ms(&self) -> u64 {
        let since = lock(&self.since_begin).as_millis() as u64;
        lock(&self.began_ms).saturating_add(since)
    }

    fn monotonic(&self) -> Duration {
        *lock(&self.since_begin)
    }

    fn sleep(&self, time: Duration, cancel: &Cancel) -> bool {
        if cancel.pulled() {
            return false;
        }
        self.advance(time);
        true
    }
}

/// Random bytes are a counter's digests: different each time, the same in every run of a test.
#[derive(Debug)]
pub struct FakeSystem {
    state: Mutex<Machine>,
}

#[derive(Debug)]
struct Machine {
    who: Who,
    environment: BTreeMap<String, String>,
    processes: BTreeMap<u32, Result<BTreeMap<String, String>, io::ErrorKind>>,
    ports: BTreeSet<u16>,
    drawn: u64,
}

impl Default for FakeSystem {
    fn default() -> Self {
        Self {
            state: Mutex::new(Machine {
                who: Who {
                    user: "operator".to_owned(),
                    host: "host".to_owned(),
                    pid: 1000,
                },
                environment: BTreeMap::new(),
                processes: BTreeMap::new(),
                ports: BTreeSet::new(),
                drawn: 0,
            }),
        }
    }
}

impl FakeSystem {
    pub fn set_who(&self, who: Who) {
        lock(&self.state).who = who;
    }

    pub fn set_variable(&self, name: &str, value: &str) {
        let mut state = lock(&self.state);
        state.environment.insert(name.to_owned(), value.to_owned());
    }

    pub fn set_process(&self, pid: u32, environment: &[(&str, &str)]) {
        let pairs = environment.iter();
        let environment = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = environment.collect();
        lock(&self.state).processes.insert(pid, Ok(environment));
    }

    /// A process whose environment this user may not read.
    pub fn set_process_closed(&self, pid: u32) {
        let denied = Err(io::ErrorKind::PermissionDenied);
        lock(&self.state).processes.insert(pid, denied);
    }

    pub fn set_port_open(&self, port: u16, open: bool) {
        let mut state = lock(&self.state);
        if open {
            state.ports.insert(port);
        } else {
            state.ports.remove(&port);
        }
    }
}

impl System for FakeSystem {
    fn who(&self) -> Who {
        lock(&self.state).who.clone()
    }

    fn environment(&self) -> BTreeMap<String, String> {
        lock(&self.state).environment.clone()
    }

    fn state_dir(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/home/operator/.local/state/switchback"))
    }

    fn random(&self, bytes: usize) -> Vec<u8> {
        let mut state = lock(&self.state);
        state.drawn += 1;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&state.drawn.to_le_bytes());
        let mut random = vec![0; bytes];
        hasher.finalize_xof().fill(&mut random);
        random
    }

    fn process_environment(&self, pid: u32) -> Result<Option<BTreeMap<String, String>>, io::Error> {
        match lock(&self.state).processes.get(&pid) {
            None => Ok(None),
            Some(Ok(environment)) => Ok(Some(environment.clone())),
            Some(Err(kind)) => Err((*kind).into()),
        }
    }

    fn port_open(&self, port: u16) -> bool {
        lock(&self.state).ports.contains(&port)
    }
}
