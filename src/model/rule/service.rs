//! Services of a product: who starts and stops them, where they listen, and how they say which
//! release they are.

use super::{
    action::{Action, Run},
    check::Condition,
};
use crate::model::{
    path::RelPath, pattern::Pattern, route::Route, template::Template, units::Span,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A service, named once; steps and probes refer to its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// For people: `the gateway`.
    pub title: String,
    /// The TCP port that it listens on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Template>,
    /// How it reports which release it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<SaysRelease>,
    /// How long it may take to answer after its start. Default: 1 minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_within: Option<Span>,
    /// How long it may take to stop before it is forced to. Default: 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_within: Option<Span>,
    /// How long a stop first waits until nobody is connected to its port. Default: it does not
    /// wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_within: Option<Span>,
    /// Folders below the root that are searched for its manager before the fixed `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RelPath>,
    /// Who starts and stops it: the first that applies when the plan is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<Way>,
}

impl Service {
    /// Who starts and stops it, for a service of a plan, where only the way that applies is left.
    pub fn manager(&self) -> Option<&Manager> {
        self.ways.first().map(|way| &way.by)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Way {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    pub by: Manager,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::large_enum_variant,
    reason = "packs have a few services, and rules are easier to match without boxes"
)]
pub enum Manager {
    /// A unit of systemd.
    Systemd { unit: Template },
    /// One service of a compose file.
    Compose { file: RelPath, service: String },
    /// Commands. The process is the one named by the pid file, or the one that listens on the port.
    Command {
        /// It must exit by itself and leave the service running: `sh -c 'server >>log 2>&1 &'`.
        start: Run,
        /// Default: its process is asked to terminate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop: Option<Run>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pid_file: Option<RelPath>,
        /// Found in the command line of its process; any other process on its port is a stranger.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        process: Option<Pattern>,
        /// Its last lines are shown if the service does not start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        log: Option<RelPath>,
    },
    /// A person, who is told what to do.
    Person { start: String, stop: String },
}

/// A page that names the release. Exactly one of `json` and `pattern` is given. A response with a
/// status of 500 or above does not count as an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaysRelease {
    pub url: Template,
    /// The text at this route of a JSON answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Route>,
    /// Found in the answer; the release is its first group that takes part in the match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// Other spellings: what the page says → the release, or the range of releases that all say so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Default: 5 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
}

/// The state that a service must be in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceProbe {
    pub name: String,
    pub is: ServiceState,
    /// The release that it must report, if it is to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Template>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Its own process lives and is the one that listens on its port.
    Running,
    /// Its process is gone and nothing listens on its port.
    Stopped,
}

/// Which service to start, and as which release: `start: app`, or `start: {service: app, release:
/// …}` if it is not the release that this part of the road leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    pub service: String,
    pub release: Option<Template>,
}

/// The long form.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StartAs {
    service: String,
    /// The release it must report before it counts as started.
    release: Template,
}

impl Serialize for Start {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.release {
            None => to.serialize_str(&self.service),
            Some(release) => StartAs {
                service: self.service.clone(),
                release: release.clone(),
            }
            .serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StartForm)
    }
}

/// Reads both forms by hand: an untagged enum would lose the line of an error.
struct StartForm;

impl<'de> Visitor<'de> for StartForm {
    type Value = Start;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a service, or `{service: …, release: …}`")
    }

    fn visit_str<E>(self, name: &str) -> Result<Start, E> {
        Ok(Start {
            service: name.to_owned(),
            release: None,
        })
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Start, M::Error> {
        let form = StartAs::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Start {
            service: form.service,
            release: Some(form.release),
        })
    }
}

impl JsonSchema for Start {
    fn schema_name() -> Cow<'static, str> {
        "Start".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<StartAs>();
        json_schema!({
            "description": "the service that is started, and as which release",
            "anyOf": [{ "type": "string" }, long],
        })
    }
}

impl Action {
    /// What is down after it, by the names in the rule.
    pub fn takes_down(&self) -> Vec<&str> {
        match self {
            Self::Stop(name) => vec![name],
            Self::Run(run) => run.takes_down.iter().map(String::as_str).collect(),
            Self::Start(_)
            | Self::Restart(_)
            | Self::Switch(_)
            | Self::Http(_)
            | Self::Wait(_)
            | Self::Ask(_)
            | Self::Sql(_)
            | Self::SqlFile(_)
            | Self::Stage(_)
            | Self::Flag(_)
            | Self::Checkout(_)
            | Self::Migrate(_) => Vec::new(),
        }
    }

    /// What is up again after it.
    pub fn brings_up(&self) -> Vec<&str> {
        match self {
            Self::Start(Start { service, .. }) | Self::Restart(Start { service, .. }) => {
                vec![service]
            }
            Self::Run(run) => run.brings_up.iter().map(String::as_str).collect(),
            Self::Stop(_)
            | Self::Switch(_)
            | Self::Http(_)
            | Self::Wait(_)
            | Self::Ask(_)
            | Self::Sql(_)
            | Self::SqlFile(_)
            | Self::Stage(_)
            | Self::Flag(_)
            | Self::Checkout(_)
            | Self::Migrate(_) => Vec::new(),
        }
    }

    /// The service that it starts, if any.
    pub fn starts(&self) -> Option<&str> {
        match self {
            Self::Start(start) | Self::Restart(start) => Some(&start.service),
            Self::Flag(flag) => Some(&flag.service),
            Self::Stop(_)
            | Self::Switch(_)
            | Self::Run(_)
            | Self::Http(_)
            | Self::Wait(_)
            | Self::Ask(_)
            | Self::Sql(_)
            | Self::SqlFile(_)
            | Self::Stage(_)
            | Self::Checkout(_)
            | Self::Migrate(_) => None,
        }
    }

    /// Every service that it starts or stops.
    pub fn services(&self) -> Vec<&str> {
        match self {
            Self::Start(start) | Self::Restart(start) => vec![&start.service],
            Self::Stop(name) => vec![name],
            Self::Flag(flag) => vec![&flag.service],
            Self::Switch(switch) => switch.sides.keys().map(String::as_str).collect(),
            Self::Run(_)
            | Self::Http(_)
            | Self::Wait(_)
            | Self::Ask(_)
            | Self::Sql(_)
            | Self::SqlFile(_)
            | Self::Stage(_)
            | Self::Checkout(_)
            | Self::Migrate(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_written_short_or_with_its_release_and_reads_back() {
        for (text, release) in [
            ("start: app", None),
            ("start: {service: app, release: 1.10}", Some("1.10")),
        ] {
            let action: Action = serde_saphyr::from_str(text).expect(text);
            let Action::Start(start) = &action else {
                panic!("{action:?}");
            };
            assert_eq!(start.service, "app");
            assert_eq!(start.release.as_ref().map(Template::as_str), release);
            let json = serde_json::to_string(&action).expect("json");
            assert_eq!(serde_json::from_str::<Action>(&json).expect(&json), action);
        }
    }

    #[test]
    fn a_wrong_key_of_a_start_is_found_where_it_stands() {
        let text = "start:\n  service: app\n  relese: '1.0'\n";
        let error = serde_saphyr::from_str::<Action>(text).expect_err("a wrong key");
        let place = error.location().expect("a place");
        assert_eq!(place.line(), 3, "{error}");
    }
}
