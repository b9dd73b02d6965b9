//! A commit that git checks out.

use crate::model::{path::RelPath, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Checks out a commit. What was checked out before is noted first (a branch by its name) and
/// checked out again on the way back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checkout {
    /// A tag or a commit; no branch is moved.
    pub commit: Template,
    /// The folder of the checkout. Default: the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Template>,
    /// Folders below the root that are searched for git before the fixed `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RelPath>,
}
