//! A feature flag: a variable that a service reads when it starts. It expands into stopping the
//! service, setting the variable, starting it, a look whether it does what it should, and the
//! question whether it is kept. Each can be undone alone, so what came before it stays.

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
    /// What shows that it is in effect and does no harm. It is looked at for a minute.
    pub check: Probe,
    /// What a person is asked then. Default: whether it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}
