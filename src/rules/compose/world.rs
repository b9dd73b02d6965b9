//! What a plan was made from: digests of files and variables; and what is backed up.

use super::Made;
use crate::{
    model::{
        digest::Digest,
        glob::Glob,
        path::RelPath,
        plan::{PlannedBackup, PlannedStep, Target},
        rule::{BackupDatabase, BackupRule, Condition, EnvRule, Statements},
        survey::{FileState, Survey},
    },
    rules::{assess::Case, condition::applies, filled::variables_in},
};
use std::collections::{BTreeMap, BTreeSet};

/// Stands for a variable that has no value.
const UNSET: &str = "unset";

/// Every file as it was. With a bare digest, somebody who has the plan and knows the rest of a file
/// could verify guesses at a secret in it, so the digest is keyed. SQL files contain no secrets,
/// and people see their digests, so those are bare.
pub(super) fn targets<'s>(
    case: Case,
    key: &[u8],
    steps: impl Iterator<Item = &'s PlannedStep>,
) -> BTreeMap<RelPath, Target> {
    let statements: BTreeSet<&RelPath> = steps.flat_map(of_statements).collect();
    let target = |(file, state): (&RelPath, &FileState)| {
        let target = match state {
            FileState::Absent => Target::Absent,
            FileState::Text { text, digest, meta } => Target::Present {
                digest: match statements.contains(file) {
                    true => digest.clone(),
                    false => sealed(digest, key),
                },
                bytes: text.len() as u64,
                meta: meta.clone(),
            },
            FileState::Unusable { .. } => return None,
        };
        Some((file.clone(), target))
    };
    case.survey.files.iter().filter_map(target).collect()
}

/// The files of statements that a step or its undo sends.
fn of_statements(step: &PlannedStep) -> impl Iterator<Item = &RelPath> {
    let sent = [step.body.action(), step.undo.action()]
        .into_iter()
        .flatten();
    sent.filter_map(|action| match action.statements()? {
        Statements::OfFile(rule) => Some(&rule.file),
        Statements::Own(_) => None,
    })
}

/// A keyed digest of a file, useless without the key.
pub(in crate::rules) fn sealed(digest: &Digest, key: &[u8]) -> Digest {
    let key = blake3::derive_key("switchback 2026 contents of files", key);
    Digest::from_hash(blake3::keyed_hash(&key, digest.as_str().as_bytes()))
}

/// Every variable that a rule or a condition looks at, or that a text is filled from.
pub(super) fn variables(case: Case, key: &[u8]) -> BTreeMap<String, String> {
    let pack = case.pack;
    let mut names = variables_in(&(&pack.inputs, &pack.services, &pack.databases));
    let variants = pack.variants.values().flatten();
    let variants = variants.map(|variant| &variant.when);
    names.extend(of_conditions(pack.conditions().chain(variants)));
    for (_, hop) in case.hops_on_path() {
        let of_rules = hop.environment.iter().flat_map(EnvRule::names);
        names.extend(of_rules.map(str::to_owned));
        let conditions = hop.conditions().chain(hop.conditions_of_inputs());
        names.extend(of_conditions(conditions));
        names.extend(variables_in(hop));
    }
    let print = |name: String| {
        let print = fingerprint(case.survey, key, &name);
        (name, print)
    };
    names.into_iter().map(print).collect()
}

fn of_conditions<'c>(conditions: impl Iterator<Item = &'c Condition>) -> BTreeSet<String> {
    let set = |leaf: &Condition| match leaf {
        Condition::Set(name) => Some(name.clone()),
        _no_variable => None,
    };
    let leaves = conditions.flat_map(Condition::leaves);
    leaves.filter_map(set).collect()
}

/// A keyed digest of the effective value, useless without the key.
pub(in crate::rules) fn fingerprint(survey: &Survey, key: &[u8], name: &str) -> String {
    let variable = survey.variables.get(name);
    let Some(sighting) = variable.and_then(|variable| variable.effective()) else {
        return UNSET.to_owned();
    };
    let key = blake3::derive_key("switchback 2026 values of variables", key);
    let mut hasher = blake3::Hasher::new_keyed(&key);
    hasher.update(name.as_bytes());
    hasher.update(&[0]);
    hasher.update(sighting.value.expose().as_bytes());
    hasher.finalize().to_hex().to_string()
}

pub(super) fn backup<'s>(
    made: Made,
    steps: impl Iterator<Item = &'s PlannedStep>,
) -> PlannedBackup {
    let mut files: BTreeSet<RelPath> = BTreeSet::new();
    // A file that does not exist yet is recorded as absent: going back means removing it.
    files.extend(steps.filter_map(|step| step.body.file()).cloned());
    // Most hops save the same files.
    let mut globs: BTreeMap<&str, &Glob> = BTreeMap::new();
    let mut commands: Vec<crate::model::rule::BackupCommand> = Vec::new();
    let mut databases: Vec<BackupDatabase> = Vec::new();
    for (_, hop) in made.case.hops_on_path() {
        for rule in &hop.backup {
            match rule {
                BackupRule::Files { files, when, .. } => {
                    if applies(when.as_ref(), &made.facts) {
                        globs.extend(files.iter().map(|glob| (glob.as_str(), glob)));
                    }
                }
                BackupRule::Command(command) => {
                    let known = commands.iter().any(|other| other.id == command.id);
                    if !known && applies(command.when.as_ref(), &made.facts) {
                        commands.push((**command).clone());
                    }
                }
                BackupRule::Database(database) => {
                    let known = databases.iter().any(|other| other.name == database.name);
                    if !known && applies(database.when.as_ref(), &made.facts) {
                        databases.push(database.clone());
                    }
                }
            }
        }
    }
    let found = globs
        .values()
        .flat_map(|glob| made.case.survey.found_by(glob));
    let found = found.filter(|(_, state)| state.is_there());
    files.extend(found.map(|(file, _)| file.clone()));
    PlannedBackup {
        files: files.into_iter().collect(),
        commands,
        databases,
    }
}
