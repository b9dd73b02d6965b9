//! A hop: one rules file, from a range of releases to one release.

use super::{
    action::{Action, Run, is_false},
    backup::BackupDatabase,
    change::ConfigRule,
    check::{Check, Condition, Probe},
    environment::{EnvRule, Valid},
    metrics::Watch,
    severity::Severity,
};
use crate::model::{
    glob::{Glob, InOrOut},
    ids::GuideId,
    path::RelPath,
    pattern::Pattern,
    release::{HopTo, Range},
    route::Route,
    template::Template,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rules file beside pack.yaml: what one upgrade takes. The hop is named after its file, without
/// `.yaml`, and the ids of everything in it begin with that name: `1.4-to-2.0/step/migrate`, and
/// `1.4-to-2.0/migrate` in a run.
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
    /// Steps before the edits of this hop, such as what must be stopped first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Step>,
    /// Steps after the edits of this hop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apply: Vec<Step>,
    /// What must hold at the end of the road, as its last hop says. For what must hold between two
    /// hops, add a step that waits for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Check>,
    /// Metrics that are looked at before the upgrade and watched after it; only those of the road's
    /// last hop count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watch: Vec<Watch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
    /// What a person may pull at any moment of the run, a kill switch for example; each is one
    /// plain action.
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
        let lists = self.lists_of_steps().into_iter();
        lists.flat_map(|(_, steps)| steps)
    }

    /// The same, each with its route.
    pub fn steps_at(&self) -> impl Iterator<Item = (Route, &Step)> {
        let lists = self.lists_of_steps().into_iter();
        lists.flat_map(|(list, steps)| numbered(list, steps))
    }

    fn lists_of_steps(&self) -> [(Route, &[Step]); 4] {
        let rollback = Route::key("rollback").at("steps");
        [
            (Route::key("before"), &self.before),
            (Route::key("apply"), &self.apply),
            (rollback, self.rollback_steps()),
            (Route::key("emergency"), &self.emergency),
        ]
    }

    pub fn rollback_steps(&self) -> &[Step] {
        let rollback = self.rollback.as_ref();
        rollback.map_or(&[], |rollback| &rollback.steps)
    }

    /// Every check, wherever it stands.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let lists = self.lists_of_checks().into_iter();
        lists.flat_map(|(_, checks)| checks)
    }

    /// The same, each with its route.
    pub fn checks_at(&self) -> impl Iterator<Item = (Route, &Check)> {
        let lists = self.lists_of_checks().into_iter();
        lists.flat_map(|(list, checks)| numbered(list, checks))
    }

    fn lists_of_checks(&self) -> [(Route, &[Check]); 3] {
        let rollback = self.rollback.as_ref();
        [
            (Route::key("checklist"), &self.checklist),
            (Route::key("verify"), &self.verify),
            (
                Route::key("rollback").at("checks"),
                rollback.map_or(&[], |rollback| &rollback.checks),
            ),
        ]
    }

    /// The conditions on its entries, without those of its inputs.
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

    /// The conditions on its inputs.
    pub fn conditions_of_inputs(&self) -> impl Iterator<Item = &Condition> {
        self.inputs.values().filter_map(|input| input.when.as_ref())
    }
}

/// The items of a list, each with its route.
pub(super) fn numbered<T>(list: Route, items: &[T]) -> impl Iterator<Item = (Route, &T)> {
    let items = items.iter().enumerate();
    items.map(move |(n, item)| (list.item(n), item))
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
    /// Left to be done by hand after the run; the report repeats it.
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
    /// Makes the input a parameter: this value is used unless the operator sets another.
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
    /// The number of random bytes, before they are written as text.
    pub bytes: usize,
    #[serde(rename = "as")]
    pub form: GenerateAs,
}

impl Generate {
    /// The length of the text.
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
    /// Puts back what was backed up.
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
    /// Met once the step has been done: then a re-run skips it, and a step that was broken off
    /// counts as done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_if: Option<Probe>,
    /// How it is taken back. One of the fields below may stand in place of this. A service that it
    /// starts is started once files and data are back, with the rollback's own steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Action>,
    /// Undoing it means restoring this backup: a `backup: database` by its name, or a `backup:
    /// command` by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_by_restore: Option<String>,
    /// The step of this hop's rollback that takes it back, once everything else is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
    /// Changes nothing that would have to be taken back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub harmless: bool,
    /// Nothing in the pack takes it back, and the old release can run beside what it did: a
    /// rollback leaves that, and says so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stays: bool,
    /// It may be run again when nobody knows whether it ran to its end. This is not a way back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub idempotent: bool,
    /// Nothing in the pack takes it back: a rollback leaves what it did, and only a person can take
    /// that back, by hand. It takes a typed consent. For a step that restoring a backup takes back,
    /// use `undo_by_restore`.
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
    /// A step with nothing but an id, a title and an action.
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
    /// Steps to run once every step of the run is undone: what must be started again. A way back
    /// leads to where the whole road began, so if several hops have a step with the same id, the
    /// first hop's counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What must hold when the old release is back. On a road of several hops, the checks of the
    /// first hop that has any count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// What an operator should know before going back.
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

/// Code or dashboards that people must change: searched for, and listed with file and line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    pub search: Pattern,
    /// Files below the root; a glob that begins with `!` leaves its files out.
    #[serde(rename = "in")]
    pub files: Vec<InOrOut>,
    pub remedy: String,
    /// How much depends on the change; `optional` for what keeps working as it is. Default:
    /// required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}
