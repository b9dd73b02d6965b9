//! A pack: how to recognise a product, where its configuration lives.

use super::{
    action::{Http, Run},
    check::Condition,
    database::Database,
    hop::Input,
    service::Service,
};
use crate::model::{
    ids::GuideId, path::RelPath, pattern::Pattern, privacy::Privacy, release::Releases,
    route::Route,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    pub schema: u32,
    /// Its short name: lower case, digits, hyphens.
    pub product: String,
    pub title: String,
    pub releases: Releases,
    /// A folder that meets this holds the product.
    pub recognise: Condition,
    /// Each probe gives a release; they are compared.
    pub detect: Vec<Detect>,
    /// Where variables live; a later source wins over an earlier one, all are shown.
    pub environment: Vec<EnvSource>,
    /// The file a new variable is written to.
    pub write_to: WriteTo,
    /// Beginnings of variable names that are the product's own: an unknown one is a finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Variables the product reads that no hop speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// Variables whose values are never shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Variables whose values are addresses: of these the password alone is hidden. One that a hop calls
    /// secret is hidden whole all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Parameters: every one has a default and can be set with `--set`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Input>,
    /// Ways the product can be installed; the choices of one variant exclude each other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, Vec<Variant>>,
    /// Services, by the name that steps and probes call them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// Databases of the product by the name that backups, steps and probes give them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub databases: BTreeMap<String, Database>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

impl Pack {
    /// How much of a variable's value the pack itself hides.
    pub fn privacy(&self, name: &str) -> Privacy {
        let has = |names: &[String]| names.iter().any(|known| known == name);
        if has(&self.secrets) {
            Privacy::Secret
        } else if has(&self.addresses) {
            Privacy::Address
        } else {
            Privacy::Open
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    /// What is asked, for people: `the running service`.
    pub title: String,
    pub probe: DetectProbe,
    /// Other spellings of a release that this probe gives: what it says → the release.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DetectProbe {
    /// The pattern's first group, in the output.
    Command { run: Run, pattern: Pattern },
    /// The text at a route of a JSON answer.
    Http { request: Http, json: Route },
    /// The pattern's first group, in a file.
    File { path: RelPath, pattern: Pattern },
    /// This release if the condition holds.
    If {
        condition: Condition,
        release: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EnvSource {
    /// What this shell exports.
    Process {},
    /// What the running service really has. It says nothing while the service does not run.
    Service {
        pid_file: RelPath,
        /// Found in the command line of its process: a number in a file that was left behind may
        /// belong to a stranger by now.
        process: Pattern,
    },
    Dotenv {
        file: RelPath,
    },
    /// `environment` and `env_file` of one service.
    Compose {
        file: RelPath,
        service: String,
        /// Files and folders alone: a compose file that came with the sources says nothing of a
        /// product that runs without containers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Condition>,
    },
    /// `Environment`, `EnvironmentFile` and drop-ins of a unit.
    Systemd {
        unit: String,
        /// Files and folders alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Condition>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WriteTo {
    Dotenv { file: RelPath },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub id: String,
    pub title: String,
    pub when: Condition,
}
