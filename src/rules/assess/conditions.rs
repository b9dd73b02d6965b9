//! The conditions of a hop, and the inputs that they ask about: those must be answered before
//! anyone can tell what applies.

use crate::model::rule::{BackupRule, Condition, ConfigRule, EnvRule, Hop};
use std::collections::BTreeSet;

pub(in crate::rules) fn of_hop(hop: &Hop) -> Vec<&Condition> {
    let mut all: Vec<Option<&Condition>> = Vec::new();
    all.extend(hop.notes.iter().map(|note| note.when.as_ref()));
    all.extend(hop.environment.iter().map(of_variable));
    all.extend(hop.config.iter().map(|rule| match rule {
        ConfigRule::Edit(rule) => rule.when.as_ref(),
        ConfigRule::Create(rule) => rule.when.as_ref(),
        ConfigRule::Replace(rule) => rule.when.as_ref(),
        ConfigRule::Merge(rule) => rule.when.as_ref(),
    }));
    all.extend(hop.backup.iter().map(|rule| match rule {
        BackupRule::Files { when, .. } => when.as_ref(),
        BackupRule::Command(command) => command.when.as_ref(),
        BackupRule::Database(database) => database.when.as_ref(),
    }));
    all.extend(hop.checklist.iter().map(|check| check.when.as_ref()));
    all.extend(hop.before.iter().map(|step| step.when.as_ref()));
    all.extend(hop.apply.iter().map(|step| step.when.as_ref()));
    all.extend(hop.verify.iter().map(|check| check.when.as_ref()));
    all.extend(hop.watch.iter().map(|watch| watch.when.as_ref()));
    if let Some(rollback) = &hop.rollback {
        all.extend(rollback.steps.iter().map(|step| step.when.as_ref()));
        all.extend(rollback.checks.iter().map(|check| check.when.as_ref()));
        all.extend(rollback.notes.iter().map(|note| note.when.as_ref()));
    }
    all.into_iter().flatten().collect()
}

fn of_variable(rule: &EnvRule) -> Option<&Condition> {
    match rule {
        EnvRule::Rename(rule) => rule.when.as_ref(),
        EnvRule::Rewrite(rule) => rule.when.as_ref(),
        EnvRule::Add(rule) => rule.when.as_ref(),
        EnvRule::Keep(rule) => rule.when.as_ref(),
        EnvRule::Remove(rule) => rule.when.as_ref(),
        EnvRule::Optional(rule) => rule.when.as_ref(),
    }
}

pub(in crate::rules) fn inputs(condition: &Condition) -> BTreeSet<String> {
    match condition {
        Condition::Input { name, .. } => BTreeSet::from([name.clone()]),
        Condition::All(all) | Condition::Any(all) => all.iter().flat_map(inputs).collect(),
        Condition::Not(inner) => inputs(inner),
        Condition::Set(_)
        | Condition::File { .. }
        | Condition::Dir(_)
        | Condition::Program(_)
        | Condition::Variant(_) => BTreeSet::new(),
    }
}
