//! Progress without a screen: a line now and then, not one for every update.

use super::told::row;
use crate::engine::means::progress::Progress;

/// Progress, in percent, between two lines.
const PERCENT_STEP: u64 = 5;

/// What was printed last.
#[derive(Debug, Default)]
pub struct Pulse {
    doing: String,
    total: u64,
    /// The number of the step; without a total, of doublings.
    step: Option<u64>,
}

impl Pulse {
    /// The line for this progress, if one is due. Only progress with a rate is printed: everything
    /// else has records of its own.
    pub fn line(&mut self, progress: &Progress) -> Option<String> {
        progress.per_second?;
        let step = match progress.total {
            0 => u64::from(u64::BITS - progress.done.leading_zeros()),
            total => {
                let percent = u128::from(progress.done) * 100 / u128::from(total);
                u64::try_from(percent).unwrap_or(100) / PERCENT_STEP
            }
        };
        let same = self.doing == progress.doing && self.total == progress.total;
        if same && self.step.is_some_and(|told| told == step) {
            return None;
        }
        self.doing.clone_from(&progress.doing);
        self.total = progress.total;
        self.step = Some(step);
        let done = match progress.total {
            0 => progress.done.to_string(),
            total => format!("{} of {total}", progress.done),
        };
        let pace = progress
            .pace()
            .map_or(String::new(), |pace| format!(", {pace}"));
        Some(row("…", format!("{done}{pace}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: u64, total: u64) -> Progress {
        Progress {
            done,
            total,
            per_second: Some(10.0),
            ..Progress::default()
        }
    }

    #[test]
    fn a_long_step_tells_of_itself_twenty_times_and_a_short_one_at_once() {
        let mut pulse = Pulse::default();
        let lines: Vec<String> = (0..=3000)
            .filter_map(|done| pulse.line(&at(done, 3000)))
            .collect();
        assert_eq!(lines.len(), 21);
        assert_eq!(
            lines[1].trim_start_matches([' ', '…']),
            "150 of 3000, 10/s, about 5 min left"
        );
    }

    #[test]
    fn what_has_no_end_is_told_of_ever_more_seldom() {
        let mut pulse = Pulse::default();
        let told = (0..=1000)
            .filter_map(|done| pulse.line(&at(done, 0)))
            .count();
        assert_eq!(told, 11);
    }
}
