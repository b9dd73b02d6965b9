//! What a hop backs up besides files: the product's databases, by their names.

use super::{action::is_false, check::Condition};
use crate::model::ids::GuideId;
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
