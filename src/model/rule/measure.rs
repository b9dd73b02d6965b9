//! Numbers of a command: what it says it did, what is there before and after it, what must hold
//! between them, how far it is while it runs, and how it is stopped safely.

use crate::model::{pattern::Pattern, template::Template, units::Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole number with a name. A number from the output goes by that name; one that is looked up
/// before and after the command goes by `NAME.before` and `NAME.after`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// The pattern's first group, where it last matches in the command's output.
    Output(Pattern),
    /// The first value that a query returns.
    Sql(SqlNumber),
    /// How many keys of a Redis database match a pattern.
    Keys(Keys),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlNumber {
    /// A database of pack.yaml.
    pub database: String,
    /// It must change nothing, and give one whole number.
    pub query: Template,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// A Redis of pack.yaml.
    pub database: String,
    /// A pattern as `SCAN` reads it: `jobs:*`.
    #[serde(rename = "match")]
    pub names: Template,
    /// Only keys of this type: `hash`, `string`, `list`, `set`, `zset`, `stream`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
}

/// Where to see how far a command is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Track {
    /// In its output, by the groups `done` and `total`, `done` alone, or `percent`.
    Output(Pattern),
    /// In a measure that is looked up repeatedly while the command runs.
    Measure(TrackMeasure),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackMeasure {
    /// A measure of this command that is looked up; progress is how far it has moved.
    pub name: String,
    /// How far it will move: a sum of numbers that are known beforehand, `old.before - new.before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    /// Default: 2 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
}

/// How an interrupt by the operator ends the command: a signal to its process group, and how long
/// it then has to end. It is killed only after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub signal: Signal,
    /// Default: 5 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    Int,
    #[default]
    Term,
    Quit,
    Hup,
    Usr1,
    Usr2,
}
