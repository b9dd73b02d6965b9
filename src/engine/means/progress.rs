//! How far a lengthy operation has come, for people who wait for it.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// What is being done, in words.
    pub doing: String,
    pub done: u64,
    /// 0 if unknown.
    pub total: u64,
    /// `bytes`, `files`; empty when the numbers speak for themselves.
    pub unit: Cow<'static, str>,
    /// The recent rate, where known.
    pub per_second: Option<f64>,
}

impl Progress {
    /// The rate and the time left, as far as they can be told: `98/s, about 18 s left`.
    pub fn pace(&self) -> Option<String> {
        let rate = self.per_second.filter(|rate| *rate > 0.0)?;
        let digits = usize::from(rate < 10.0);
        let mut words = format!("{rate:.digits$}/s");
        let left = self.total.saturating_sub(self.done);
        if left > 0 {
            let seconds = left as f64 / rate;
            words.push_str(&format!(", about {} left", roughly(seconds)));
        }
        Some(words)
    }
}

/// The estimate, rounded more coarsely the longer it is.
fn roughly(seconds: f64) -> String {
    match seconds.ceil() {
        s if s < 90.0 => format!("{s} s"),
        s if s < 5400.0 => format!("{} min", (s / 60.0).round()),
        s => format!("{:.1} h", s / 3600.0),
    }
}
