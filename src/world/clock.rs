//! The real clock.

use super::{Cancel, Clock};
use std::{
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How often a sleeper looks whether it was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug)]
pub struct RealClock {
    began: Instant,
}

impl Default for RealClock {
    fn default() -> Self {
        Self {
            began: Instant::now(),
        }
    }
}

impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |time| time.as_millis() as u64)
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }

    fn sleep(&self, time: Duration, cancel: &Cancel) -> bool {
        let end = self.monotonic().saturating_add(time);
        loop {
            if cancel.pulled() {
                return false;
            }
            match end.checked_sub(self.monotonic()) {
                None | Some(Duration::ZERO) => return true,
                Some(left) => thread::sleep(left.min(LOOK_EVERY)),
            }
        }
    }
}
