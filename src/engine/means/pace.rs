//! How fast something has been going lately. It has no clock: the caller passes the time.

use std::{collections::VecDeque, time::Duration};

/// Older samples say nothing about the present rate.
const WINDOW: Duration = Duration::from_secs(30);
const SAMPLES_MAX: usize = 64;

#[derive(Debug, Default)]
pub struct Pace {
    samples: VecDeque<(Duration, u64)>,
}

impl Pace {
    /// Adds a sample and returns the rate per second; `None` while it cannot be known.
    pub fn at(&mut self, now: Duration, done: u64) -> Option<f64> {
        self.samples.push_back((now, done));
        while self.samples.len() > SAMPLES_MAX || self.is_old(now) {
            self.samples.pop_front();
        }
        let (since, first) = *self.samples.front()?;
        let seconds = now.saturating_sub(since).as_secs_f64();
        (seconds > 0.0).then(|| done.saturating_sub(first) as f64 / seconds)
    }

    /// Two samples are kept however old they are: a slow thing has a pace too.
    fn is_old(&self, now: Duration) -> bool {
        self.samples.len() > 2 && self.samples[1].0 + WINDOW < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_half_minute() {
        let mut pace = Pace::default();
        assert_eq!(pace.at(Duration::from_secs(1), 10), None);
        assert_eq!(pace.at(Duration::from_secs(3), 30), Some(10.0));
        for second in 4..100 {
            pace.at(Duration::from_secs(second), 30 + second);
        }
        let now = pace.at(Duration::from_secs(100), 130).expect("a pace");
        assert!((0.9..1.1).contains(&now), "{now}");
    }

    #[test]
    fn a_slow_thing_has_a_pace_too() {
        let mut pace = Pace::default();
        pace.at(Duration::ZERO, 0);
        pace.at(Duration::from_secs(100), 50);
        assert_eq!(pace.at(Duration::from_secs(200), 100), Some(0.5));
    }
}
