//! What a step does: a command, a request, waiting, or asking a person.

use super::{
    check::Probe,
    compound::{Checkout, Flag, Stages, Switch},
    measure::{Measure, Stop, Track},
    service::Start,
    sql::{Migrate, Sql, SqlFile},
};
use crate::model::{
    path::RelPath, pattern::Pattern, route::Route, template::Template, units::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Runs a command.
    Run(Run),
    /// Sends a request.
    Http(Http),
    /// Waits until a probe is met.
    Wait(Wait),
    /// Asks a person to do something and to say that it is done.
    Ask(Ask),
    /// One command in stages, with a gate between; becomes several steps in the plan.
    Stage(Stages),
    /// A feature flag, its service and the question whether to keep it; becomes several steps.
    Flag(Flag),
    /// Starts a service and waits until it answers as the right release.
    Start(Start),
    /// Stops a service and waits until its process is gone and its port is closed. On the way back it
    /// is started again once files and data are back; no `undo` has to say so.
    Stop(String),
    /// Stops a service, then starts it.
    Restart(Start),
    /// A switch between blue and green; becomes several steps when the plan is made.
    Switch(Box<Switch>),
    /// Checks out a commit with git; on the way back, checks out what was there before.
    Checkout(Checkout),
    /// Sends statements to a database.
    Sql(Sql),
    /// Applies a file of statements.
    SqlFile(SqlFile),
    /// Applies a folder of such files, each as a step of its own.
    Migrate(Migrate),
}

/// A command: an argument list, never a shell line. It runs in a clean environment: a fixed `PATH`,
/// its own `HOME`, what `env` sets, and the variables of the product that `pass` names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub command: Vec<Template>,
    /// The folder it runs in, below the root. Default: the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<RelPath>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Template>,
    /// The product's own variables that the command may see; `*` at the end matches a prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass: Vec<String>,
    /// Folders below the root that are searched for the command before the fixed `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RelPath>,
    /// Text for its standard input, which is closed otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Template>,
    /// Default: 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// Numbers that it prints, or that are looked up before and after it runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, Measure>,
    /// What must hold between the numbers for it to count as done: `migrated + exists == scanned`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<String>,
    /// Where to see how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Track>,
    /// How an interrupt by the operator ends it. Default: TERM, and 5 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// It starts something that keeps running after it, so the end of its output is not waited for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub leaves_running: bool,
    /// What is down after it, as people call it, or as the name of a service of the pack. It is
    /// reported as stopped until a step brings it up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes_down: Vec<String>,
    /// What is up again after it, by the same names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brings_up: Vec<String>,
}

impl Run {
    /// Whether it may see a variable of the product.
    pub fn passes(&self, variable: &str) -> bool {
        self.pass
            .iter()
            .any(|allowed| match allowed.strip_suffix('*') {
                Some(prefix) => variable.starts_with(prefix),
                None => variable == allowed,
            })
    }
}

/// What a command must have done to count as done. Exit code 0 alone proves nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Default: only 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit: Vec<i32>,
    /// Must match a line of its output, or text across lines in the last 256 KiB of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<Pattern>,
    /// The same for its error output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<Pattern>,
    /// Must match no line of either output, nor any text across lines in the last 256 KiB of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<Pattern>,
}

impl Expect {
    pub fn is_exit(&self, code: i32) -> bool {
        match self.exit.as_slice() {
            [] => code == 0,
            wanted => wanted.contains(&code),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The number of tries in all, including the first.
    pub times: u32,
    /// The pause between two tries.
    pub wait: Span,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Whether a request with this method changes nothing.
    pub fn only_reads(self) -> bool {
        match self {
            Self::Get | Self::Head => true,
            Self::Post | Self::Put | Self::Patch | Self::Delete => false,
        }
    }

    /// The method as a request spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    #[serde(default)]
    pub method: Method,
    pub url: Template,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Template>,
    /// Default: 10 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<HttpExpect>,
}

impl Http {
    /// A GET request with nothing but its address.
    pub fn get(url: Template) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: BTreeMap::new(),
            body: None,
            timeout: None,
            retry: None,
            expect: None,
        }
    }
}

/// What an answer must be. Status 200 alone proves nothing. Of an answer larger than 1 MiB, only
/// what comes before that limit is judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpExpect {
    /// Default: any from 200 to 299.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Pattern>,
    /// Must not match the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<Pattern>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<JsonExpect>,
}

impl HttpExpect {
    pub fn is_status(&self, status: u16) -> bool {
        match self.status.as_slice() {
            [] => (200..300).contains(&status),
            wanted => wanted.contains(&status),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonExpect {
    pub at: Route,
    /// The value there must be this, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    pub until: Probe,
    /// Default: 1 second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// Default: 1 minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Span>,
    /// How many times in a row the probe must be met. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_a_row: Option<u32>,
}

impl Wait {
    pub fn limit(&self) -> Span {
        self.limit.unwrap_or(Span::from_secs(60))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What the person has to do, in the imperative.
    pub text: String,
    /// The step of this hop whose numbers are shown with the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<String>,
    /// The step of this hop down to which everything is undone if the person does not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_to: Option<String>,
}

impl Ask {
    /// Whether it asks for a decision about what was done, rather than for something to be done.
    pub fn is_question(&self) -> bool {
        self.shows.is_some() || self.undo_to.is_some()
    }
}

pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}
