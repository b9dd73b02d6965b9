//! Blue and green: two sides of a service behind a proxy, one of which is live.

use super::action::Run;
use crate::model::{path::RelPath, template::Template, units::Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Starts the side that is not live, points the proxy to it, watches, and stops the other side.
/// Which side is live is read from the proxy's file when the plan is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The proxy's file that names the live side.
    pub file: RelPath,
    /// Two services, each with the text that names it in the file: `127.0.0.1:8000`.
    pub sides: BTreeMap<String, Template>,
    /// Puts the new release on the side that is not live, before that side is started; for both
    /// sides or for neither. What it does stays after a rollback, which stops that side.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deploy: BTreeMap<String, Run>,
    /// The service that people reach; it reports the release of the side behind it.
    pub proxy: String,
    /// Checks the changed file before it takes effect; if that fails, the file is put back.
    pub test: Run,
    /// Makes the proxy read its file.
    pub reload: Run,
    /// How long the proxy must answer as the new release before the old side is stopped. Default:
    /// 10 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Span>,
}
