//! A feature flag: a variable that a service reads when it starts. It becomes steps that stop the
//! service, set the variable, start the service, check that it does what it should, and ask whether
//! to keep it. Each can be undone alone, so what came before the flag stays.

use super::check::Probe;
use crate::model::template::Template;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The variable. It is written where pack.yaml's `write_to` says.
    pub name: String,
    pub value: Template,
    /// The service of pack.yaml that reads it.
    pub service: String,
    /// What shows that it is in effect and does no harm. The step waits for it for up to a minute.
    pub check: Probe,
    /// What a person is then asked. Default: whether to keep the flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}
