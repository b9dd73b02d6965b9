//! Metrics of a service, in the text format of Prometheus: what they must be, by themselves or
//! compared with what they were before the upgrade.

use super::check::{Check, Condition, Level, Probe};
use crate::model::{ids::GuideId, template::Template, units::Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Metrics that are looked at before the upgrade and watched after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    pub id: String,
    pub title: String,
    /// The page with the metrics. A page of more than 16 MiB is not judged.
    pub url: Template,
    /// Default: 2 seconds; longer if there would be more than 600 looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// How long to watch during verify. Default: 30 seconds.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub length: Option<Span>,
    pub rules: Vec<MetricRule>,
    #[serde(default)]
    pub level: Level,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

impl Watch {
    /// The check of verify that it becomes.
    pub fn check(&self) -> Check {
        Check {
            id: self.id.clone(),
            title: self.title.clone(),
            probe: Probe::Metrics(Metrics {
                url: self.url.clone(),
                every: self.every,
                length: self.length,
                rules: self.rules.clone(),
            }),
            level: self.level,
            because: self.because.clone(),
            remedy: self.remedy.clone(),
            fix: None,
            in_a_row: None,
            when: self.when.clone(),
            cites: self.cites.clone(),
            doubt: self.doubt.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The page with the metrics. A page of more than 16 MiB is not judged.
    pub url: Template,
    /// Default: 2 seconds; longer if there would be more than 600 looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// How long to watch. Default: one look, or two where a rate is asked for.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub length: Option<Span>,
    pub rules: Vec<MetricRule>,
}

/// A rule about the sum of the series that have this name and these labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricRule {
    pub metric: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    pub look: Look,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The verdict when there is nothing to judge by; passing is not a choice.
    pub no_data: NoData,
    /// What it says when a page was read and has no such series. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Absent>,
}

impl MetricRule {
    /// The series that it is about, as Prometheus writes them.
    pub fn shown(&self) -> String {
        let labels = self.labels.iter();
        let labels: Vec<String> = labels
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        match labels.as_slice() {
            [] => self.metric.clone(),
            _ => format!("{}{{{}}}", self.metric, labels.join(",")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// The series is there.
    Present,
    /// The last value.
    Value,
    /// How much it grew per second; a counter that was reset counts from 0.
    Rate,
    /// The last value, divided by what it was before the upgrade.
    Ratio,
    /// The rate, divided by what it was before the upgrade.
    RateRatio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// It counts as 0: a counter with labels appears with the first event that it counts. None
    /// before and none now then count as unchanged, and any after none exceed every bound.
    Zero,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoData {
    Fail,
    CouldNotCheck,
}
