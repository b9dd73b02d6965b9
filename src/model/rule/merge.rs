//! Three-way merges of a file that the vendor ships and the operator may have changed.

use super::{
    action::{Run, is_false},
    check::Condition,
    severity::Severity,
};
use crate::model::{format::Format, ids::GuideId, path::RelPath, route::Route, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Merges what the vendor changed between two releases into a file, key by key. What only the
/// operator changed stays; where both changed a key, the operator is asked. A file that the
/// operator never touched becomes the vendor's new one, comments and all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeFile {
    pub file: RelPath,
    /// As in `edit`. Default: by the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The file as the running release ships it; the first place that has it counts.
    pub old: Vec<Stock>,
    /// The file as the new release ships it.
    pub new: Vec<Stock>,
    /// Keys whose value in the new file is laxer than what an operator may rely on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<Guard>,
    /// Keys whose values are never shown; a value typed for one is a secret answer. In a dotenv
    /// file this already holds for secret variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<Route>,
    /// The product may do without the file; then there is nothing to merge.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// Where to find a file as its vendor ships it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stock {
    /// A file below the root: `{{from}}` and `{{to}}` may stand in its path.
    File(Template),
    /// A file of the pack.
    Pack(RelPath),
    /// What a command prints; it must change nothing: `git show v{{from}}:config/app.yaml`.
    Command(Box<Run>),
}

/// A key that must not become laxer by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    pub key: Route,
    /// The strict value: kept where it is or was set, offered where it is not.
    pub strict: Value,
    /// Any number from this one up is as strict; for limits, where 0 means no limit at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    pub because: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

impl Guard {
    pub fn is_strict(&self, value: &Value) -> bool {
        let number = self.at_least.zip(value.as_i64());
        *value == self.strict || number.is_some_and(|(least, number)| number >= least)
    }
}
