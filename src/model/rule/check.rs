//! Checks: what must hold before the upgrade, after it and on the way back; and conditions on
//! entries.

use super::{
    action::{Action, Http, Run},
    backup::KeysProbe,
    metrics::Metrics,
    service::ServiceProbe,
    sql::{Applied, Schema, SqlProbe},
};
use crate::model::{
    ids::GuideId, path::RelPath, pattern::Pattern, route::Route, template::Template, units::Size,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: String,
    pub title: String,
    pub probe: Probe,
    /// Whether a failure blocks or warns. "Could not check" counts as a failure. Default: block.
    #[serde(default)]
    pub level: Level,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What a person can do about a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// What switchback can do about a failure when the operator asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Action>,
    /// How many times in a row it must pass, a second apart. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_a_row: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    /// Where the guide is wrong about this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

impl Check {
    /// Whether a person has to look.
    pub fn is_manual(&self) -> bool {
        matches!(self.probe, Probe::Manual { .. })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    #[default]
    Block,
    Warn,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Probe {
    /// Something a person looks at and marks.
    Manual {
        text: String,
    },
    /// A command that ends as expected. It must change nothing.
    Command(Box<Run>),
    /// A request that is answered as expected. It must change nothing.
    Http(Http),
    /// A file that is there (or is not), and whose text matches (or does not). With `at` the same of
    /// what stands at a route of it: of a list, one of its single values has to match.
    File {
        path: RelPath,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Route>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exists: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matches: Option<Pattern>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        never: Option<Pattern>,
    },
    /// A TCP port of this machine that something listens on, or that is free.
    Port {
        port: Template,
        open: bool,
    },
    /// A service that runs, in the right release, or that is stopped.
    Service(ServiceProbe),
    /// Metrics of a service as they are now. Only `watch` knows what they were before the upgrade.
    Metrics(Metrics),
    /// A tool that is installed, in a release that is new enough.
    Tool(ToolProbe),
    /// Free space where the product and the backup are, beyond what the backup itself needs.
    Disk {
        free: Size,
    },
    /// A variable that is set, whose effective value matches.
    Variable {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matches: Option<Pattern>,
    },
    /// This release answers: every detection probe that gives an answer says so.
    Release {
        is: Template,
    },
    /// A query whose answer is as expected.
    Sql(SqlProbe),
    /// Something that a database has.
    Schema(Schema),
    /// How many keys a Redis database has.
    Keys(KeysProbe),
    /// A file of statements that was applied to its end.
    Applied(Applied),
    /// The shell does not log the operator out while idle (`TMOUT`).
    ShellTimeout {},
    /// The clock is believable: not before the newest file of the product.
    Clock {},
    All(Vec<Probe>),
    Any(Vec<Probe>),
    Not(Box<Probe>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolProbe {
    pub name: String,
    /// Default: `--version`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Finds the version in the tool's output. Default: the first `N.N` or `N.N.N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<String>,
    /// Folders below the root that are searched before the fixed `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RelPath>,
}

/// Where a program is installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramAt {
    pub name: String,
    /// Found in the full path of the program's real file, with links followed.
    pub at: Pattern,
    /// Folders below the root that are searched before those of the operator's shell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RelPath>,
}

/// A condition, decided from the survey and the answers alone when the plan is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The variable has a value.
    Set(String),
    /// The file is there and, if `matches` is given, its text matches. With `at` the same of what
    /// stands at a route of it: of a list, one of its single values has to match.
    File {
        path: RelPath,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Route>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matches: Option<Pattern>,
    },
    Dir(RelPath),
    /// The program is there, and the path of its real file, with links followed, matches: this
    /// shows how it was installed.
    Program(ProgramAt),
    /// The input has this answer.
    Input {
        name: String,
        is: String,
    },
    /// The variant is this choice: `variant: {install: docker}`.
    Variant(BTreeMap<String, String>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

impl Condition {
    /// The conditions that it is built from with `all`, `any` and `not`.
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::All(several) | Self::Any(several) => {
                several.iter().flat_map(Self::leaves).collect()
            }
            Self::Not(inner) => inner.leaves(),
            Self::Set(_)
            | Self::File { .. }
            | Self::Dir(_)
            | Self::Program(_)
            | Self::Input { .. }
            | Self::Variant(_) => vec![self],
        }
    }
}
