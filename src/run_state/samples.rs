//! Metrics as they were seen before the upgrade and in the latest look after it.

use crate::model::record::Sample;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Older samples are left out of the picture.
const SHOWN_MAX: usize = 40;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    pub before: Vec<Sample>,
    pub after: Vec<Sample>,
}

impl Samples {
    pub(super) fn take(&mut self, baseline: bool, sample: &Sample) {
        let list = if baseline {
            &mut self.before
        } else {
            &mut self.after
        };
        if sample.after_ms == 0 {
            list.clear();
        }
        list.push(sample.clone());
    }

    /// The values of one rule as a row of bars, a `|` between before and after and a `·` for a gap.
    /// `None` if there are no values.
    pub fn spark(&self, rule: usize) -> Option<String> {
        let of = |list: &[Sample]| -> Vec<Option<f64>> {
            let values = list.iter().map(|sample| sample.values.get(rule).copied());
            values.map(Option::flatten).collect()
        };
        let (before, after) = (of(&self.before), of(&self.after));
        let after = &after[after.len().saturating_sub(SHOWN_MAX)..];
        let known = before.iter().chain(after).flatten();
        let low = known.clone().copied().reduce(f64::min)?;
        let high = known.copied().reduce(f64::max)?;
        let bar = |value: &Option<f64>| match value {
            Some(value) if high > low => {
                let place = (value - low) / (high - low) * (BARS.len() - 1) as f64;
                BARS[place.round() as usize % BARS.len()]
            }
            Some(_) => BARS[0],
            None => '·',
        };
        let row = |values: &[Option<f64>]| values.iter().map(bar).collect::<String>();
        Some(format!("{}|{}", row(&before), row(after)))
    }

    /// The last value of a rule.
    pub fn last(&self, rule: usize) -> Option<f64> {
        let list = if self.after.is_empty() {
            &self.before
        } else {
            &self.after
        };
        list.last()?.values.get(rule).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_gaps_and_both_sides() {
        let mut samples = Samples::default();
        let sample = |after_ms, value| Sample {
            after_ms,
            values: vec![value],
        };
        assert_eq!(samples.spark(0), None);
        samples.take(true, &sample(0, Some(1.0)));
        samples.take(false, &sample(0, Some(9.0)));
        samples.take(false, &sample(0, Some(1.0)));
        samples.take(false, &sample(1000, None));
        samples.take(false, &sample(2000, Some(8.0)));
        assert_eq!(samples.spark(0).as_deref(), Some("▁|▁·█"));
        assert_eq!(samples.spark(1), None);
        assert_eq!(samples.last(0), Some(8.0));
    }
}
