//! One command in stages: a dry run, a canary, then all of it. It becomes one step for each stage,
//! with a question to a person between any two.

use super::{
    action::{Run, is_false},
    check::Probe,
    measure::Track,
};
use crate::model::{ids::GuideId, template::Template};
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
