//! How much a change matters to the new release.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The new release fails without it.
    Breaking,
    /// Part of the new release fails without it.
    Required,
    Recommended,
    Optional,
    /// Good to know; nothing to do.
    Info,
}
