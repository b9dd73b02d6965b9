//! What a hop backs up besides files: the product's databases, by name; and probes that count keys
//! before and after.

use super::{action::is_false, check::Condition};
use crate::model::{ids::GuideId, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole database: copied while the product may keep running, read back, counted, and restored
/// into a scratch database where one can be had. `undo_by_restore` refers to it by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupDatabase {
    /// A database of pack.yaml.
    pub name: String,
    /// Only read the backup to its end and count it, instead of restoring it into a scratch
    /// database: for databases too large to have a second copy beside them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_read_back: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// How many keys of a Redis database match a pattern. Counting them does not hold the server up.
/// `is`, `at_least`, `at_most`, `same_as_before` and `as_many_as` say how many there must be; at
/// least one of them is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysProbe {
    pub database: String,
    /// A pattern as Redis writes it: `ai:jobs:*`.
    #[serde(rename = "match")]
    pub names: Template,
    /// Only keys of this type: `hash`, `string`, `list`, `set`, `zset`, `stream`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    /// As many as when the database was backed up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub same_as_before: bool,
    /// As many as match this other pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_many_as: Option<Template>,
}

impl KeysProbe {
    /// The name under which the number of such keys is kept: two probes may differ in the type
    /// alone.
    pub fn kept_as(&self, names: &str) -> String {
        match &self.of_type {
            Some(of_type) => format!("{names} ({of_type})"),
            None => names.to_owned(),
        }
    }
}
