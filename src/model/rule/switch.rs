//! Blue and green: two sides of a service behind a proxy, of which one is live.

use super::action::Run;
use crate::model::{path::RelPath, template::Template, units::Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Brings the side up that is not live, leads the proxy to it, watches, and stops the other. Which
/// side is live is read from the proxy's file when the plan is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The file of the proxy that names the live side.
    pub file: RelPath,
    /// Two services, each with the text that names it in the file: `127.0.0.1:8000`.
    pub sides: BTreeMap<String, Template>,
    /// What puts the new release on a side that serves nobody, before it is started; for both
    /// sides, or for none. What it does stays after a rollback, which stops that side.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deploy: BTreeMap<String, Run>,
    /// The service that people reach; it says the release of whoever is behind it.
    pub proxy: String,
    /// Looks at the changed file before it counts; if it fails, the file is put back.
    pub test: Run,
    /// Makes the proxy read its file.
    pub reload: Run,
    /// How long the proxy must answer as the new release before the old side is stopped. Default:
    /// 10 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Span>,
}
