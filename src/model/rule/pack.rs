//! A pack: how to recognise a product, and where its configuration lives.

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
    /// A folder that meets this condition holds the product.
    pub recognise: Condition,
    /// Probes that each give a release; their answers are compared.
    pub detect: Vec<Detect>,
    /// Where variables live; a later source wins over an earlier one, all are shown.
    pub environment: Vec<EnvSource>,
    /// The file that new variables are written to.
    pub write_to: WriteTo,
    /// Prefixes of the product's own variable names: an unknown variable with one is a finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Variables that the product reads and that no hop mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// Variables whose values are never shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Variables whose values are addresses: only the password in them is hidden. One that a hop
    /// marks as secret is still hidden whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Inputs of the pack itself and of every hop. One without a default is asked where the road needs
    /// it: also if only a database or a service names it that a step, a check or a backup uses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Input>,
    /// Ways the product can be installed; the choices of one variant exclude each other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, Vec<Variant>>,
    /// Services, by the name that steps and probes use for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// Databases of the product, by the name that backups, steps and probes use for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub databases: BTreeMap<String, Database>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

impl Pack {
    /// The conditions on its inputs and on the ways to start and stop services.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let ways = self.services.values().flat_map(|service| &service.ways);
        let ways = ways.filter_map(|way| way.when.as_ref());
        let inputs = self.inputs.values();
        ways.chain(inputs.filter_map(|input| input.when.as_ref()))
    }

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
    /// Other spellings that this probe gives for a release: what it says → the release.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DetectProbe {
    /// The pattern's first group in the command's output.
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
    /// What the operator's shell exports.
    Process {},
    /// What the running service really has; nothing while it is not running.
    Service {
        pid_file: RelPath,
        /// Found in the command line of its process: the number in a stale pid file may belong to
        /// an unrelated process by now.
        process: Pattern,
    },
    Dotenv {
        file: RelPath,
    },
    /// `environment` and `env_file` of one service.
    Compose {
        file: RelPath,
        service: String,
        /// A condition on files and folders only. It excludes a compose file that merely came with
        /// the sources and says nothing about a product that runs without containers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Condition>,
    },
    /// `Environment`, `EnvironmentFile` and drop-ins of a unit.
    Systemd {
        unit: String,
        /// A condition on files and folders only.
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
