//! A plan: the ordered steps of a path, with the digests of everything that was read. It holds no
//! secrets: it refers to what was asked for by name.

use super::{
    digest::Digest,
    edit::Edit,
    finding::{Decision, Finding},
    format::Format,
    ids::{CheckId, InputName, RuleId, StepId},
    path::RelPath,
    release::Release,
    route::Route,
    rule::{
        Action, Acts, Asks, BackupCommand, BackupDatabase, Check, Database, Hint, Note, Places,
        Probe, Service, Then,
    },
    survey::{FileMeta, UsageHit},
    template::{Known, Name, Template},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The version of the plan format that this program writes and reads.
pub const PLAN_FORMAT: u32 = 1;

/// The prefix of a demo product's title.
pub const SAMPLE: &str = "demo: ";

/// Who signed a pack, and what the signature says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The name of the key's file.
    pub by: String,
    pub product: String,
    /// Higher for a later pack.
    pub serial: u64,
    /// The last day, in UTC, on which a run may begin under this signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signed by {}, serial {}", self.by, self.serial)?;
        match self.until {
            Some(until) => write!(f, ", good until {until}"),
            None => Ok(()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub format: u32,
    /// The program that made it.
    pub program: String,
    pub product: String,
    pub title: String,
    /// Digest over every file of the pack.
    pub pack: Digest,
    /// The signature by which the pack is trusted, if that is the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    pub host: String,
    pub root: String,
    pub from: Release,
    pub to: Release,
    pub hops: Vec<PlanHop>,
    /// Every file that the plan was made from, as it was then.
    pub targets: BTreeMap<RelPath, Target>,
    /// Keyed digest of the effective value of every variable that the rules look at.
    pub variables: BTreeMap<String, String>,
    pub findings: Vec<Finding>,
    pub decisions: BTreeMap<RuleId, Decision>,
    pub inputs: BTreeMap<InputName, PlanInput>,
    pub variants: BTreeMap<String, String>,
    /// Each with the one way to start and stop it that applies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// The databases of the pack, by name; their templates are filled in when they are used.
    #[serde(default)]
    pub databases: BTreeMap<String, Database>,
    pub checklist: Vec<PlannedCheck>,
    pub backup: PlannedBackup,
    pub steps: Vec<PlannedStep>,
    pub verify: Vec<PlannedCheck>,
    pub rollback: PlannedRollback,
    /// The emergency steps, which can be pulled at any moment; none of them runs by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emergency: Vec<PlannedStep>,
    pub hints: Vec<Hint>,
    pub notes: Vec<Note>,
    pub usages: Vec<UsageHit>,
    /// The usages that will stand in the edited files once all steps that edit files are done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usages_after: Vec<UsageHit>,
    /// Remedies of the usage rules, by rule.
    pub remedies: BTreeMap<RuleId, String>,
}

impl Plan {
    /// A check of the checklist, of the new release, or of the old one after the way back.
    pub fn check(&self, id: &CheckId) -> Option<&PlannedCheck> {
        let mut all = self
            .checklist
            .iter()
            .chain(&self.verify)
            .chain(&self.rollback.checks);
        all.find(|check| check.id == *id)
    }

    /// The steps of the road, then the rollback's own steps.
    pub fn all_steps(&self) -> impl Iterator<Item = &PlannedStep> {
        self.steps.iter().chain(&self.rollback.steps)
    }

    /// The index of the road's last hop. Templates that belong to no single hop are filled as for
    /// this one.
    pub fn last_hop(&self) -> usize {
        self.hops.len().saturating_sub(1)
    }

    /// The first step behind which there is no way back.
    pub fn point_of_no_return(&self) -> Option<&PlannedStep> {
        self.steps.iter().find(|step| step.asks_consent())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanHop {
    pub file: String,
    pub from: Release,
    pub to: Release,
    pub title: String,
    /// Why the path goes through it.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Absent,
    Present {
        digest: Digest,
        bytes: u64,
        meta: FileMeta,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanInput {
    pub ask: String,
    pub secret: bool,
    /// How it was answered: `given`, `generated`, `default`.
    pub how: Answered,
    /// Only for an input that is not secret.
    pub value: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    Given,
    Generated,
    Default,
}

impl Answered {
    pub fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Generated => "generated",
            Self::Default => "default",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedCheck {
    pub id: CheckId,
    pub hop: usize,
    pub check: Check,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedBackup {
    /// Every file that a step edits or that a rule lists.
    pub files: Vec<RelPath>,
    pub commands: Vec<BackupCommand>,
    #[serde(default)]
    pub databases: Vec<BackupDatabase>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStep {
    pub id: StepId,
    pub hop: usize,
    pub title: String,
    pub body: StepBody,
    pub undo: Undo,
    pub done_if: Option<Probe>,
    /// Carried out after the step's file was changed, and after it was put back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Then>,
    pub idempotent: bool,
    pub because: Option<String>,
    pub cites: Vec<super::ids::GuideId>,
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "plans have tens of steps, and rules are easier to match without boxes"
)]
pub enum StepBody {
    /// All changes that one hop makes to one file.
    Edit {
        file: RelPath,
        format: Format,
        edits: Vec<Edit>,
    },
    /// A whole file: a new one or, with `over`, one that replaces an existing file.
    Write {
        file: RelPath,
        text: String,
        over: bool,
    },
    Do(Action),
}

impl Plan {
    /// Every probe, wherever it stands.
    pub fn probes(&self) -> Vec<&Probe> {
        let (mut places, here) = (Places::default(), Route::default());
        let steps = self.steps.iter().chain(&self.rollback.steps);
        for step in steps.chain(&self.emergency) {
            step.places(&mut places);
        }
        let checks = self.checklist.iter().chain(&self.verify);
        for planned in checks.chain(&self.rollback.checks) {
            places.check(&here, &planned.check);
        }
        for fix in self.hints.iter().filter_map(|hint| hint.fix.as_ref()) {
            places.action(here.clone(), fix, Acts::Fix);
        }
        let probes = places.probes.into_iter();
        probes.map(|asked| asked.probe).collect()
    }
}

impl PlannedStep {
    fn places<'p>(&'p self, places: &mut Places<'p>) {
        let here = Route::default();
        if let Some(action) = self.body.action() {
            places.action(here.clone(), action, Acts::Step);
        }
        if let Some(action) = self.undo.action() {
            places.action(here.clone(), action, Acts::Undo);
        }
        for then in &self.then {
            places.action(here.clone(), &then.action, Acts::Then);
        }
        if let Some(done) = &self.done_if {
            places.probe(here, done, Asks::DoneIf);
        }
    }

    /// Whether only a restore leads back behind it, so that it takes a typed consent.
    pub fn asks_consent(&self) -> bool {
        !self.loses().is_empty() || self.undo == Undo::Irreversible
    }

    /// Whether its undo leaves what it did, until the end of a rollback or for good: a stopped
    /// service stays stopped until the way back reaches the right place to start it.
    pub fn outlasts_its_undo(&self) -> bool {
        match (&self.undo, &self.body) {
            (Undo::Stays | Undo::AtTheEnd(_), _) => true,
            (Undo::Action(Action::Stop(undo)), StepBody::Do(Action::Stop(done))) => undo == done,
            (
                Undo::File
                | Undo::Action(_)
                | Undo::Restore(_)
                | Undo::Harmless
                | Undo::Irreversible,
                _,
            ) => false,
        }
    }

    /// Whether it or its undo sends statements to this database, so that restoring the database
    /// takes them back too.
    pub fn sends_to(&self, database: &str) -> bool {
        let mut actions = [self.body.action(), self.undo.action()]
            .into_iter()
            .flatten();
        actions.any(|action| action.database() == Some(database))
    }

    /// The services that it stops.
    pub fn takes_down(&self) -> Vec<&str> {
        let action = self.body.action();
        action.map(Action::takes_down).unwrap_or_default()
    }

    /// The services that it starts.
    pub fn brings_up(&self) -> Vec<&str> {
        let action = self.body.action();
        action.map(Action::brings_up).unwrap_or_default()
    }

    /// Data that it is known to destroy.
    pub fn loses(&self) -> &[String] {
        self.body.action().map_or(&[], Action::loses)
    }

    /// The data that its undo destroys, in words: dropping a column that the step added also drops
    /// what was written there since.
    pub fn undo_loses(&self) -> Option<String> {
        self.undo.action()?.loses_in_words()
    }

    /// The data that the step itself destroys, in words; for steps of the way back.
    pub fn loses_in_words(&self) -> Option<String> {
        self.body.action()?.loses_in_words()
    }
}

impl StepBody {
    /// The action, if it is no step about a file.
    pub fn action(&self) -> Option<&Action> {
        match self {
            Self::Do(action) => Some(action),
            Self::Edit { .. } | Self::Write { .. } => None,
        }
    }

    /// The file that it writes, if it is that kind of step.
    pub fn file(&self) -> Option<&RelPath> {
        match self {
            Self::Edit { file, .. } | Self::Write { file, .. } => Some(file),
            Self::Do(_) => None,
        }
    }
}

/// How a step is taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "plans have tens of steps, and rules are easier to match without boxes"
)]
pub enum Undo {
    /// Puts the file back as it was before the step.
    File,
    Action(Action),
    /// Restores this backup: a database by its name, or a command's backup by its id.
    Restore(String),
    /// This step of the rollback takes it back, once everything else is undone.
    AtTheEnd(StepId),
    /// It changes nothing that would have to be taken back.
    Harmless,
    /// Nothing in the pack takes it back: what it did stays, and the preview says so.
    Stays,
    /// The point of no return.
    Irreversible,
}

impl Undo {
    /// The action that takes the step back, if it is one.
    pub fn action(&self) -> Option<&Action> {
        match self {
            Self::Action(action) => Some(action),
            Self::File
            | Self::Restore(_)
            | Self::AtTheEnd(_)
            | Self::Harmless
            | Self::Stays
            | Self::Irreversible => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRollback {
    pub steps: Vec<PlannedStep>,
    pub checks: Vec<PlannedCheck>,
    pub notes: Vec<Note>,
}

impl PlannedRollback {
    /// The title of one of its steps; its id if it is not one of them.
    pub fn title_of<'a>(&'a self, step: &'a StepId) -> &'a str {
        let mut steps = self.steps.iter();
        let found = steps.find(|found| found.id == *step);
        found.map_or(step.as_str(), |found| &found.title)
    }
}

impl Plan {
    /// The titles of the services that these steps of the plan stop.
    pub fn stopped_by<'s>(&self, steps: impl Iterator<Item = &'s PlannedStep>) -> Vec<String> {
        self.titles_of(steps.flat_map(PlannedStep::takes_down))
    }

    /// The titles of the services that they start.
    pub fn started_by<'s>(&self, steps: impl Iterator<Item = &'s PlannedStep>) -> Vec<String> {
        self.titles_of(steps.flat_map(PlannedStep::brings_up))
    }

    /// Each once.
    fn titles_of<'s>(&self, names: impl Iterator<Item = &'s str>) -> Vec<String> {
        let mut titles = Vec::new();
        for name in names {
            let title = self.title_of_service(name);
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        titles
    }

    pub fn title_of_service(&self, name: &str) -> String {
        let service = self.services.get(name);
        service.map_or(name.to_owned(), |service| service.title.clone())
    }

    /// A text of a hop's step as a person reads it: what the plan knows is filled in. Secrets and
    /// variables stay names, and the backup of a run that is still to come gets one.
    pub fn shown(&self, text: &Template, hop: usize) -> String {
        let hop = self.hops.get(hop);
        let known = Known {
            root: Some(&self.root),
            releases: hop.map(|hop| (&hop.from, &hop.to)),
            input: |name: &InputName| self.inputs.get(name)?.value.clone(),
            env: |_: &str| None,
        };
        text.render_known(|name| match name {
            Name::Backup => Some("‹backup folder›".to_owned()),
            name => known.get(name),
        })
    }
}
