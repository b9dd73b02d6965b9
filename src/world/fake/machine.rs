//! A clock moved by hand, and a machine made of what a test says.

use super::lock;
use crate::{
    model::record::Who,
    world::{Cancel, Clock, System},
};
use std::{collections::BTreeMap, path::PathBuf, sync::Mutex, time::Duration};

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

    /// Sets the calendar time but not the monotonic time: a clock that jumps.
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
                drawn: 0,
            }),
        }
    }
}

impl FakeSystem {
    pub fn set_user(&self, name: &str) {
        lock(&self.state).who.user = name.to_owned();
    }

    pub fn set_variable(&self, name: &str, value: &str) {
        let mut state = lock(&self.state);
        state.environment.insert(name.to_owned(), value.to_owned());
    }
}

impl System for FakeSystem {
    fn who(&self) -> Who {
        lock(&self.state).who.clone()
    }

    fn is_root(&self) -> bool {
        lock(&self.state).who.user == "root"
    }

    fn environment(&self) -> BTreeMap<String, String> {
        lock(&self.state).environment.clone()
    }

    fn state_dir(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/home/operator/.local/state/switchback"))
    }

    fn config_dir(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/home/operator/.config/switchback"))
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

    fn boot(&self) -> String {
        "this one".to_owned()
    }
}
