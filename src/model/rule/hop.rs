//! A hop: one rules file, from a range of releases to one release.

use super::{
    action::{Action, Run, is_false},
    backup::BackupDatabase,
    change::ConfigRule,
    check::{Check, Condition, Probe},
    environment::{EnvRule, Valid},
    metrics::Watch,
};
use crate::model::{
    glob::{Glob, InOrOut},
    ids::GuideId,
    path::RelPath,
    pattern::Pattern,
    release::{HopTo, Range},
    template::Template,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rules file beside pack.yaml: what one upgrade takes. It is called as its file without `.yaml`, and
/// so begin the ids of all that is in it: `1.4-to-2.0/step/migrate`, and `1.4-to-2.0/migrate` in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    pub schema: u32,
    pub from: Range,
    pub to: HopTo,
    pub title: String,
    /// Rules files of the same pack whose entries come before this one's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<RelPath>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Input>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<EnvRule>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<ConfigRule>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<Check>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backup: Vec<BackupRule>,
    /// Steps before the edits of this hop: what must be stopped first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Step>,
    /// Steps after the edits of this hop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apply: Vec<Step>,
    /// What must hold at the end of the road, as its last hop says. What must hold between two hops is a
    /// step of its own that waits for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Check>,
    /// Metrics that are looked at before the upgrade and watched after it; those of the last hop of a road.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watch: Vec<Watch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
    /// What a person may pull at any moment of the run, a kill switch: one plain action each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emergency: Vec<Step>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usages: Vec<Usage>,
}

impl Hop {
    /// Every step, wherever it stands.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let last = self.rollback.iter().flat_map(|rollback| &rollback.steps);
        let road = self.before.iter().chain(&self.apply);
        road.chain(last).chain(&self.emergency)
    }

    /// Every check, wherever it stands.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let last = self.rollback.iter().flat_map(|rollback| &rollback.checks);
        self.checklist.iter().chain(&self.verify).chain(last)
    }

    /// On what it depends whether its entries apply; the inputs have conditions of their own.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let last = self.rollback.iter().flat_map(|rollback| &rollback.notes);
        let notes = self.notes.iter().chain(last);
        notes
            .map(|note| note.when.as_ref())
            .chain(self.environment.iter().map(EnvRule::when))
            .chain(self.config.iter().map(ConfigRule::when))
            .chain(self.backup.iter().map(BackupRule::when))
            .chain(self.checks().map(|check| check.when.as_ref()))
            .chain(self.steps().map(|step| step.when.as_ref()))
            .chain(self.watch.iter().map(|watch| watch.when.as_ref()))
            .flatten()
    }
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The new release fails without it.
    Breaking,
    /// Part of the new release fails without it.
    Required,
    Recommended,
    Optional,
    /// Good to know; nothing to do.
    Info,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub kind: NoteKind,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    Breaking,
    /// Something new that nobody has to use.
    Feature,
    /// Left to do by hand after the run: it is repeated in the report.
    ByHand,
    Info,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The question.
    pub ask: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    /// With a default it is a parameter: used as it is unless the operator sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Valid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate: Option<Generate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// Random bytes, before they are written as text.
    pub bytes: usize,
    #[serde(rename = "as")]
    pub form: GenerateAs,
}

impl Generate {
    /// How long the text becomes.
    pub fn chars(&self) -> usize {
        match self.form {
            GenerateAs::Base64url => (self.bytes * 4).div_ceil(3),
            GenerateAs::Hex => self.bytes * 2,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GenerateAs {
    Base64url,
    Hex,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BackupRule {
    /// Globs below the root: files that no rule edits but a step may change.
    Files {
        files: Vec<Glob>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Condition>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cites: Vec<GuideId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doubt: Option<String>,
    },
    /// A command that writes one file into `{{backup}}`.
    Command(Box<BackupCommand>),
    /// A database of the pack.
    Database(BackupDatabase),
}

impl BackupRule {
    pub fn when(&self) -> Option<&Condition> {
        match self {
            Self::Files { when, .. } => when.as_ref(),
            Self::Command(command) => command.when.as_ref(),
            Self::Database(database) => database.when.as_ref(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupCommand {
    pub id: String,
    pub title: String,
    pub run: Run,
    /// The file it makes, below `{{backup}}`; it must not be empty.
    pub produces: RelPath,
    /// Proves that the file can be read back.
    pub verify: Probe,
    /// Puts it back.
    pub restore: Run,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: String,
    pub title: String,
    #[serde(rename = "do")]
    pub action: Action,
    /// Met when the step has been done: a re-run skips it, and a broken run is judged by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_if: Option<Probe>,
    /// How it is taken back; one of the ways below stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Action>,
    /// Undoing it is restoring this backup: a `backup: database` by its name, or a
    /// `backup: command` by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_by_restore: Option<String>,
    /// The step of this hop's rollback that takes it back, when everything else is back already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
    /// Changes nothing that would have to be taken back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub harmless: bool,
    /// Nothing of the pack takes it back, and the old release runs beside what it did: a rollback leaves
    /// that, and says so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stays: bool,
    /// May be run again when nobody knows whether it ran to its end. It is no way back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub idempotent: bool,
    /// Nothing of the pack takes it back, a rollback leaves what it did, and whoever takes it back does so
    /// by hand; it takes a typed consent. What a restore of a backup takes back says `undo_by_restore`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub irreversible: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

impl Step {
    /// A step that says nothing about itself.
    pub fn new(id: impl Into<String>, title: impl Into<String>, action: Action) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            action,
            done_if: None,
            undo: None,
            undo_by_restore: None,
            undone_by: None,
            harmless: false,
            stays: false,
            idempotent: false,
            irreversible: false,
            because: None,
            when: None,
            cites: Vec::new(),
            doubt: None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// Steps after every step of the run was undone: what must be started again. A way back leads to where
    /// the whole road began: of several hops' steps with one id, that of the first hop counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What must hold when the old release is back; of a road of several hops, as its first hop with such
    /// checks says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// What an operator should know before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// Found in the output of a failed step or check.
    pub error: Pattern,
    pub remedy: String,
    /// What switchback can do about it when the operator asks for it; then the step is retried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Action>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
}

/// Code or dashboards that people must change: searched, listed with file and line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    pub search: Pattern,
    /// Files below the root; what begins with `!` leaves its files out.
    #[serde(rename = "in")]
    pub files: Vec<InOrOut>,
    pub remedy: String,
    /// How much depends on the change: what goes on working as it is is `optional`. Default: required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}
