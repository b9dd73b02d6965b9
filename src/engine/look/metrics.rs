//! Looks at metrics and judges them: their values, how fast they grow, and how they compare with
//! those before the upgrade. What cannot be seen never counts as fine.

use crate::{
    engine::means::{
        context::Scope,
        met::{Looked, Met},
        request,
    },
    model::{
        limits,
        record::Sample,
        rule::{Absent, Http, Look, MetricRule, Metrics, NoData},
        text::with_causes,
        units::Span,
    },
    rules::prometheus::{self, Series},
    world::Cancel,
};
use std::time::Duration;

const EVERY: Span = Span::from_secs(2);
/// Each sample is a record of the run: a watch that would take more samples looks less often.
const SAMPLES_MAX: usize = 600;

/// Takes one sample after the other, so that the caller can keep each as it comes.
pub struct Watcher<'m> {
    metrics: &'m Metrics,
    every: Duration,
    wanted: usize,
    began: Duration,
    samples: Vec<Sample>,
    /// Why the last look failed, if it did.
    trouble: Option<String>,
}

impl<'m> Watcher<'m> {
    /// A watch of the length that the rule gives.
    pub fn new(scope: Scope<'_>, metrics: &'m Metrics) -> Self {
        let length = metrics.length.map_or(0, Span::ms);
        let (every, looks) = pace(metrics.every.unwrap_or(EVERY).ms(), length);
        Self {
            every: Duration::from_millis(every),
            wanted: looks.max(least(metrics)),
            ..Self::baseline(scope, metrics)
        }
    }

    /// A baseline, only as long as a rate needs.
    pub fn baseline(scope: Scope<'_>, metrics: &'m Metrics) -> Self {
        Self {
            metrics,
            every: metrics.every.unwrap_or(EVERY).duration(),
            wanted: least(metrics),
            began: scope.context.world.clock.monotonic(),
            samples: Vec::new(),
            trouble: None,
        }
    }

    /// Takes the next sample; `None` when there are enough, or when cancelled.
    pub fn look(&mut self, scope: Scope<'_>) -> Option<Sample> {
        let clock = &scope.context.world.clock;
        if self.samples.len() == self.wanted {
            return None;
        }
        if !self.samples.is_empty() && !clock.sleep(self.every, scope.cancel) {
            return None;
        }
        let page = page(scope, self.metrics);
        let after = clock.monotonic().saturating_sub(self.began);
        self.keep(page, after, scope.cancel)
    }

    fn keep(
        &mut self,
        page: Result<Vec<Series>, String>,
        after: Duration,
        cancel: &Cancel,
    ) -> Option<Sample> {
        let rules = &self.metrics.rules;
        let values = match page {
            Ok(page) => {
                self.trouble = None;
                rules.iter().map(|rule| sum(rule, &page)).collect()
            }
            // The cancelled watch ended this look: that says nothing about the release.
            Err(_) if cancel.pulled() => return None,
            Err(why) => {
                self.trouble = Some(why);
                vec![None; rules.len()]
            }
        };
        let after_ms = match self.samples.len() {
            // 0 marks the first sample of a watch.
            0 => 0,
            _ => u64::try_from(after.as_millis()).unwrap_or(u64::MAX).max(1),
        };
        let sample = Sample { after_ms, values };
        self.samples.push(sample.clone());
        Some(sample)
    }

    /// How many samples have been taken, and how many are wanted.
    pub fn progress(&self) -> (usize, usize) {
        (self.samples.len(), self.wanted)
    }

    pub fn judge(&self, baseline: &[Sample]) -> Looked {
        let (looks, wanted) = self.progress();
        if looks < wanted {
            let words = format!("stopped after {looks} of {wanted} looks");
            return Looked::unclear(words);
        }
        let rules = &self.metrics.rules;
        judge(rules, baseline, &self.samples, self.trouble.as_deref())
    }
}

/// The interval between samples in milliseconds, and their number.
fn pace(every: u64, length: u64) -> (u64, usize) {
    let most = SAMPLES_MAX as u64 - 1;
    let every = every.max(length.div_ceil(most)).max(1);
    let looks = usize::try_from(length / every + 1).unwrap_or(SAMPLES_MAX);
    (every, looks)
}

/// The minimum number of samples: a rate needs two.
fn least(metrics: &Metrics) -> usize {
    let grows = |rule: &MetricRule| matches!(rule.look, Look::Rate | Look::RateRatio);
    if metrics.rules.iter().any(grows) {
        2
    } else {
        1
    }
}

/// Watches as long as the rule says and judges the result without a baseline.
pub fn probe(scope: Scope<'_>, metrics: &Metrics) -> Looked {
    let mut watcher = Watcher::new(scope, metrics);
    while watcher.look(scope).is_some() {}
    watcher.judge(&[])
}

fn page(scope: Scope<'_>, metrics: &Metrics) -> Result<Vec<Series>, String> {
    let request = Http::get(metrics.url.clone());
    let answer = request::send_raw(scope, &request, limits::METRICS_PAGE);
    let answer = answer.map_err(|error| with_causes(&error))?;
    if answer.status != 200 {
        return Err(format!("{} answers {}", metrics.url, answer.status));
    }
    if !answer.body_is_whole {
        let most = limits::METRICS_PAGE;
        return Err(format!("{} is larger than {most}", metrics.url));
    }
    prometheus::read(&answer.body).map_err(|wrong| format!("{}, {wrong}", metrics.url))
}

/// The sum of the series that a rule selects; `None` if it is NaN or infinite, which cannot be
/// judged. Not called for a page that could not be read.
fn sum(rule: &MetricRule, page: &[Series]) -> Option<f64> {
    let mut found = page
        .iter()
        .filter(|series| series.is(&rule.metric, &rule.labels))
        .map(|series| series.value)
        .peekable();
    if found.peek().is_none() {
        return rule.absent.map(|Absent::Zero| 0.0);
    }
    Some(found.sum::<f64>()).filter(|sum| sum.is_finite())
}

fn judge(
    rules: &[MetricRule],
    baseline: &[Sample],
    samples: &[Sample],
    trouble: Option<&str>,
) -> Looked {
    let mut told = Vec::new();
    let mut end = Met::Yes;
    for (n, rule) in rules.iter().enumerate() {
        let now = values(samples, n);
        let looked = match samples.last().map(|sample| sample.values.get(n)) {
            // Earlier samples do not decide: nobody knows how it ended.
            Some(Some(None)) if !now.is_empty() => {
                let why = trouble.unwrap_or("it is no longer to be seen");
                without_data(rule).told(format!("{}: {why}", rule.shown()))
            }
            _ => judge_one(rule, &values(baseline, n), &now, trouble),
        };
        let unseen = samples.len() - now.len();
        told.push(match unseen {
            0 => looked.told,
            _ if now.is_empty() => looked.told,
            _ => format!(
                "{} (not seen in {unseen} of {} looks)",
                looked.told,
                samples.len()
            ),
        });
        end = match (end, looked.met) {
            (Met::No, _) | (_, Met::No) => Met::No,
            (Met::Unclear, _) | (_, Met::Unclear) => Met::Unclear,
            (Met::Yes, Met::Yes) => Met::Yes,
        };
    }
    end.told(told.join("; "))
}

type Values = Vec<(u64, f64)>;

fn values(samples: &[Sample], rule: usize) -> Values {
    let value = |sample: &Sample| Some((sample.after_ms, (*sample.values.get(rule)?)?));
    samples.iter().filter_map(value).collect()
}

fn judge_one(rule: &MetricRule, before: &Values, now: &Values, trouble: Option<&str>) -> Looked {
    let name = rule.shown();
    let seen = match rule.look {
        Look::Present | Look::Value => last(now),
        Look::Rate => rate(now),
        Look::Ratio => divided(rule, last(now), last(before)),
        Look::RateRatio => divided(rule, rate(now), rate(before)),
    };
    let Some(seen) = seen else {
        let why = match (trouble, rule.look) {
            (Some(trouble), _) if now.is_empty() => trouble,
            (_, Look::Ratio | Look::RateRatio) if !now.is_empty() => {
                "nothing to compare with from before the upgrade"
            }
            _ => "nothing was seen",
        };
        return without_data(rule).told(format!("{name}: {why}"));
    };
    let fine = rule.at_least.is_none_or(|least| seen >= least)
        && rule.at_most.is_none_or(|most| seen <= most);
    let words = match rule.look {
        // 0 cannot be divided by 0, so what was seen is said instead.
        Look::Ratio if last(now) == Some(0.0) && last(before) == Some(0.0) => {
            "was 0 before, and is 0 now".to_owned()
        }
        Look::RateRatio if rate(now) == Some(0.0) && rate(before) == Some(0.0) => {
            "did not grow before, and does not now".to_owned()
        }
        Look::Present => "is there".to_owned(),
        Look::Value => format!("is {}", rounded(seen)),
        Look::Rate => format!("grows by {} in a second", rounded(seen)),
        Look::Ratio if seen.is_infinite() => "is there, and was not before".to_owned(),
        Look::RateRatio if seen.is_infinite() => "grows, and did not before".to_owned(),
        Look::Ratio => format!("is {} times what it was", rounded(seen)),
        Look::RateRatio => format!("grows {} times as fast as it did", rounded(seen)),
    };
    Met::of(fine).told(format!("{name} {words}{}", wanted(rule, fine)))
}

fn without_data(rule: &MetricRule) -> Met {
    match rule.no_data {
        NoData::Fail => Met::No,
        NoData::CouldNotCheck => Met::Unclear,
    }
}

fn wanted(rule: &MetricRule, fine: bool) -> String {
    match (fine, rule.at_least, rule.at_most) {
        (true, _, _) | (false, None, None) => String::new(),
        (false, Some(least), None) => format!(", at least {least} is wanted"),
        (false, None, Some(most)) => format!(", at most {most} is wanted"),
        (false, Some(least), Some(most)) => format!(", {least} to {most} is wanted"),
    }
}

fn last(values: &Values) -> Option<f64> {
    values.last().map(|(_, value)| *value)
}

/// The growth per second from the first to the last sample; a counter that was reset counts from 0.
fn rate(values: &Values) -> Option<f64> {
    let ((first, _), (end, _)) = (values.first()?, values.last()?);
    let seconds = end.checked_sub(*first).filter(|ms| *ms > 0)? as f64 / 1000.0;
    let grown = values.windows(2).map(|pair| {
        let (earlier, later) = (pair[0].1, pair[1].1);
        if later >= earlier {
            later - earlier
        } else {
            later
        }
    });
    Some(grown.sum::<f64>() / seconds)
}

/// A division by 0 tells nothing, unless the rule says what an absent metric means.
fn divided(rule: &MetricRule, now: Option<f64>, before: Option<f64>) -> Option<f64> {
    match (now?, before?, rule.absent) {
        (_, 0.0, None) => None,
        (0.0, 0.0, Some(Absent::Zero)) => Some(1.0),
        (_, 0.0, Some(Absent::Zero)) => Some(f64::INFINITY),
        (now, before, _) => Some(now / before),
    }
}

fn rounded(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::template::Template;

    fn rule(look: Look, at_most: Option<f64>, no_data: NoData) -> MetricRule {
        MetricRule {
            metric: "errors_total".into(),
            labels: [("code".to_owned(), "500".to_owned())].into(),
            look,
            at_least: None,
            at_most,
            no_data,
            absent: None,
        }
    }

    fn samples(values: &[Option<f64>]) -> Vec<Sample> {
        let sample = |(n, value): (usize, &Option<f64>)| Sample {
            after_ms: n as u64 * 1000,
            values: vec![*value],
        };
        values.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn a_rule_is_judged_by_value_rate_and_ratio() {
        let before = samples(&[Some(10.0), Some(12.0)]);
        let after = samples(&[Some(100.0), Some(5.0), None, Some(11.0)]);
        for (look, at_most, met, told) in [
            (Look::Value, 11.0, Met::Yes, "is 11"),
            (Look::Value, 10.0, Met::No, "is 11, at most 10 is wanted"),
            // The counter was reset to 0, grew to 5 and then to 11, all in three seconds.
            (Look::Rate, 4.0, Met::Yes, "grows by 3.667 in a second"),
            (Look::Ratio, 1.0, Met::Yes, "is 0.917 times what it was"),
            (
                Look::RateRatio,
                1.5,
                Met::No,
                "grows 1.833 times as fast as it did, at most 1.5 is wanted",
            ),
        ] {
            let rules = [rule(look, Some(at_most), NoData::Fail)];
            let judged = judge(&rules, &before, &after, None);
            assert_eq!(
                judged,
                met.told(format!(
                    "errors_total{{code=\"500\"}} {told} (not seen in 1 of 4 looks)"
                ))
            );
        }
    }

    #[test]
    fn what_is_no_longer_seen_at_the_end_is_not_fine() {
        let lost = samples(&[Some(11.0), Some(12.0), None]);
        for look in [Look::Present, Look::Value, Look::Rate] {
            let rules = [rule(look, None, NoData::CouldNotCheck)];
            let Looked { met, told } = judge(&rules, &[], &lost, Some("connection refused"));
            assert_eq!(met, Met::Unclear, "{look:?}");
            let wanted = "connection refused (not seen in 1 of 3 looks)";
            assert!(told.ends_with(wanted), "{told}");
        }
    }

    #[test]
    fn a_watch_that_was_stopped_says_nothing_about_the_release() {
        let metrics = Metrics {
            url: Template::parse("http://localhost/metrics").expect("a template"),
            every: None,
            length: None,
            rules: vec![rule(Look::Value, None, NoData::Fail)],
        };
        let watcher = |seen: &[Option<f64>]| Watcher {
            metrics: &metrics,
            every: Duration::ZERO,
            wanted: 3,
            began: Duration::ZERO,
            samples: samples(seen),
            trouble: None,
        };
        let stopped = watcher(&[Some(1.0), Some(1.0)]).judge(&[]);
        assert_eq!(stopped, Looked::unclear("stopped after 2 of 3 looks"));
        assert!(watcher(&[Some(1.0); 3]).judge(&[]).is_yes());

        // Cancelled during its last look: an answer missing for that reason says nothing.
        let mut last = watcher(&[Some(1.0), Some(1.0)]);
        let (cancel, unanswered) = (Cancel::default(), || Err("no answer".to_owned()));
        cancel.pull();
        assert_eq!(last.keep(unanswered(), Duration::ZERO, &cancel), None);
        assert_eq!(last.judge(&[]).met, Met::Unclear);
        let going_on = Cancel::default();
        assert!(last.keep(unanswered(), Duration::ZERO, &going_on).is_some());
        assert_eq!(last.judge(&[]).met, Met::No);
    }

    #[test]
    fn a_long_watch_looks_less_often_and_to_its_end() {
        assert_eq!(pace(2_000, 0), (2_000, 1));
        assert_eq!(pace(2_000, 10_000), (2_000, 6));
        let hour = 3_600_000;
        let (every, looks) = pace(2_000, hour);
        assert!(looks <= SAMPLES_MAX && every * (looks as u64 - 1) > hour - every);
    }

    #[test]
    fn no_data_is_never_fine() {
        for look in [
            Look::Present,
            Look::Value,
            Look::Rate,
            Look::Ratio,
            Look::RateRatio,
        ] {
            for (no_data, met) in [
                (NoData::Fail, Met::No),
                (NoData::CouldNotCheck, Met::Unclear),
            ] {
                let rules = [rule(look, Some(1e9), no_data)];
                assert_eq!(
                    judge(&rules, &[], &samples(&[None]), None).met,
                    met,
                    "{look:?}"
                );
            }
        }
        let rules = [rule(Look::Ratio, Some(1e9), NoData::CouldNotCheck)];
        let Looked { met, told } =
            judge(&rules, &samples(&[Some(0.0)]), &samples(&[Some(1.0)]), None);
        assert_eq!(met, Met::Unclear);
        assert!(
            told.ends_with("nothing to compare with from before the upgrade"),
            "{told}"
        );
    }

    #[test]
    fn what_is_absent_is_zero_only_on_a_page_that_was_read_and_by_a_rule_that_says_so() {
        let counted = |absent| MetricRule {
            absent,
            ..rule(Look::RateRatio, Some(2.0), NoData::CouldNotCheck)
        };
        let page = prometheus::read("errors_total{code=\"404\"} 3\n").expect("a page");
        assert_eq!(sum(&counted(None), &page), None);
        assert_eq!(sum(&counted(Some(Absent::Zero)), &page), Some(0.0));

        let none = samples(&[Some(0.0), Some(0.0)]);
        let some = samples(&[Some(0.0), Some(4.0)]);
        let unread = samples(&[None, None]);
        let zero = counted(Some(Absent::Zero));
        for (rule, before, after, met, told) in [
            (
                &zero,
                &none,
                &none,
                Met::Yes,
                "did not grow before, and does not now",
            ),
            (&zero, &none, &some, Met::No, "grows, and did not before"),
            (&zero, &none, &unread, Met::Unclear, "nothing was seen"),
            (
                &zero,
                &unread,
                &some,
                Met::Unclear,
                "nothing to compare with",
            ),
            (
                &counted(None),
                &none,
                &none,
                Met::Unclear,
                "nothing to compare with",
            ),
        ] {
            let looked = judge(std::slice::from_ref(rule), before, after, None);
            assert_eq!(looked.met, met, "{looked:?}");
            assert!(looked.told.contains(told), "{looked:?}");
        }
    }
}
