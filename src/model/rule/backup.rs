//! What a hop backs up besides files: the product's databases, by their names; and keys that are
//! counted before and after.

use super::{action::is_false, check::Condition};
use crate::model::{ids::GuideId, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole database: copied while the product may go on, read back, counted, and restored into a
/// scratch database where one can be had. `undo_by_restore` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupDatabase {
    /// A database of pack.yaml.
    pub name: String,
    /// The backup is read to its end and counted, and not restored into a scratch database: for
    /// databases that are too large for a second copy beside them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_read_back: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// How many keys of a Redis database have names like this. They are counted without holding the
/// server up. One of the five says how many there must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysProbe {
    pub database: String,
    /// As Redis writes it: `ai:jobs:*`.
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
    /// As many as have names like this other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_many_as: Option<Template>,
}

impl KeysProbe {
    /// Under what name the count of such keys is kept: two probes may differ in the type alone.
    pub fn kept_as(&self, names: &str) -> String {
        match &self.of_type {
            Some(of_type) => format!("{names} ({of_type})"),
            None => names.to_owned(),
        }
    }
}
