//! The checks of a phase: what was seen, who waived what, and which remedies were carried out.

use super::{Report, hops};
use crate::{
    model::{plan::PlannedCheck, record::RemedyEnd, rule::Probe, units::time},
    run_state::{Remedy, RunState},
};
use std::fmt::Write;

impl Report {
    pub(super) fn checks(&mut self, title: &str, checks: &[PlannedCheck], state: &RunState) {
        if checks.is_empty() {
            return;
        }
        self.section(title);
        let titles = checks.iter();
        let titles = titles.map(|check| (check.check.title.as_str(), check.hop));
        let hops = hops::Repeated::among(titles);
        for check in checks {
            let title = hops.named(state, &check.check.title, check.hop);
            let line = match state.checks.get(&check.id) {
                None => format!("- not made: {title}"),
                Some(view) => {
                    let verdict = view.verdict.word();
                    let mut line = format!("- {verdict}: {title}: {}", view.detail);
                    if let Some((reason, by)) = &view.waived {
                        let _infallible = write!(line, "; **waived by {}**: {reason}", by.user);
                    }
                    line
                }
            };
            self.line(line);
            self.remedies(state.remedies_of_check(&check.id));
            self.samples(check, state);
        }
    }

    /// The remedies carried out for it, outside of the steps.
    pub(super) fn remedies<'s>(&mut self, remedies: impl Iterator<Item = &'s Remedy>) {
        for remedy in remedies {
            let (user, at) = (&remedy.by.user, time(remedy.at_ms));
            let end = match &remedy.end {
                Some(RemedyEnd::Done { detail }) => detail.clone(),
                Some(RemedyEnd::Failed { error }) => format!("it failed: {error}"),
                None => "nobody saw it end".to_owned(),
            };
            self.line(format!(
                "  - its remedy, asked for by {user} at {at}: {end}"
            ));
        }
    }

    /// Metrics before and after, a row for each rule.
    fn samples(&mut self, check: &PlannedCheck, state: &RunState) {
        let (Probe::Metrics(metrics), Some(samples)) =
            (&check.check.probe, state.samples.get(&check.id))
        else {
            return;
        };
        for (n, rule) in metrics.rules.iter().enumerate() {
            if let Some(row) = samples.spark(n) {
                self.line(format!("  - `{row}` {}", rule.shown()));
            }
        }
    }
}
