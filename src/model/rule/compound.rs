//! Actions that become several steps when the plan is made.
//!
//! - One command in stages: a dry run, a canary, then all of it. It becomes one step for each stage,
//!   with a question to a person between any two.
//! - A feature flag: a variable that a service reads when it starts. It becomes steps that stop the
//!   service, set the variable, start the service, check that it does what it should, and ask whether
//!   to keep it. Each can be undone alone, so what came before the flag stays.
//! - Blue and green: two sides of a service behind a proxy, one of which is live.
//! - A commit that git checks out.

use super::{
    action::{Run, is_false},
    check::Probe,
    measure::Track,
};
use crate::model::{ids::GuideId, path::RelPath, template::Template, units::Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    /// The command that all stages share. `{{stage.NAME}}` is filled from the stage's `with`;
    /// `{{stage.name}}` is its name, for example to give each stage its own progress key.
    pub run: Run,
    /// In order. The numbers of a stage are shown at the gate after it.
    pub stages: Vec<Stage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub name: String,
    pub title: String,
    /// What `{{stage.NAME}}` stands for in this stage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Template>,
    /// Arguments of this stage, after the command's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Template>,
    /// What must hold between the numbers of this stage, in addition to what the command requires.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<String>,
    /// Where to see how far this stage is, if not where the command says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Track>,
    /// Met when this stage has been done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_if: Option<Probe>,
    /// What a person is asked before this stage. Between two stages somebody is asked in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// This stage changes nothing that would have to be taken back, like a dry run.
    #[serde(default, skip_serializing_if = "is_false")]
    pub harmless: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

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
