//! What the machine of a case answers: commands, pages, processes, databases. Whatever a case does
//! not mention is not installed, does not answer and cannot be examined.

use crate::model::{path::RelPath, rule::Thing};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// The machine of a case. The product lies in `/product` there, on whatever machine the case is run:
/// that is what the texts of a case say where the pack says `{{root}}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// What the operator's shell exports.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Folders of the product that cannot lie in `before/`: git keeps neither an empty one nor a
    /// `.git`.
    #[serde(default)]
    pub folders: Vec<RelPath>,
    /// Programs that the operator's shell finds: the file that each of them really is.
    #[serde(default)]
    pub programs: Vec<PathBuf>,
    /// The first that fits a command answers it.
    #[serde(default)]
    pub commands: Vec<Said>,
    /// Pages by address, whatever the request sends.
    #[serde(default)]
    pub pages: BTreeMap<String, Page>,
    #[serde(default)]
    pub processes: Vec<Running>,
    /// The first whose text stands in a query answers it.
    #[serde(default)]
    pub rows: Vec<Row>,
    /// Things that exist in databases.
    #[serde(default)]
    pub has: Vec<Thing>,
    /// Things that do not exist in databases.
    #[serde(default)]
    pub lacks: Vec<Thing>,
    /// How many keys a Redis has.
    #[serde(default)]
    pub keys: Vec<KeyCount>,
}

/// What a command prints, and how it ends.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// How its line begins: `git status`.
    pub command: String,
    #[serde(default)]
    pub stdout: String,
    #[serde(default)]
    pub stderr: String,
    #[serde(default)]
    pub exit: i32,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub body: String,
}

fn ok() -> u16 {
    200
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Running {
    pub pid: u32,
    /// Its command line.
    pub command: String,
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Files it has open.
    #[serde(default)]
    pub opens: Vec<PathBuf>,
    /// How many requests to terminate it ignores.
    #[serde(default)]
    pub ignores: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub query: String,
    /// The first value of its first row; without one there is no row.
    #[serde(default)]
    pub value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyCount {
    /// The pattern, as the pack has it.
    #[serde(rename = "match")]
    pub names: String,
    /// Only when keys of this type are asked for.
    #[serde(default, rename = "type")]
    pub of_type: Option<String>,
    pub count: u64,
}
