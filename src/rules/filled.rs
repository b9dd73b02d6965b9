//! Where a plan fills the texts of a pack, in one list: what has to be asked before a run, and what
//! `rules check` calls unused, are read from it, so that neither can know a place of which the other
//! has not heard.
//!
//! A hop is destructured field by field, so that a new field does not compile until it is considered
//! here. The changes of variables and files are not in the list: an assessment knows which of them
//! are made.

use super::condition::{Facts, applies};
use crate::model::{
    path::RelPath,
    rule::{BackupRule, Condition, ConfigRule, EditFile, Hint, Hop, MergeFile, Service},
    template::{Name, Template},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// A part of a hop that is carried out as a whole.
pub(super) struct Part<'p> {
    /// For people.
    pub title: &'p str,
    pub when: Option<&'p Condition>,
    /// It is carried out only if this file is changed.
    pub after: Option<&'p RelPath>,
    texts: Value,
}

impl<'p> Part<'p> {
    fn new(title: &'p str, when: Option<&'p Condition>, rule: &impl Serialize) -> Self {
        Self {
            title,
            when,
            after: None,
            texts: serde_json::to_value(rule).unwrap_or_default(),
        }
    }

    /// The inputs that it is filled from.
    pub fn inputs(&self) -> BTreeSet<String> {
        let names = names_within(&self.texts);
        names.iter().filter_map(owned_input).collect()
    }

    /// Whether one of its texts is this name, of a database or a service.
    pub fn speaks_of(&self, name: &str) -> bool {
        is_said(&self.texts, name)
    }
}

/// What a hop carries out.
pub(super) fn parts(hop: &Hop) -> Vec<Part<'_>> {
    let Hop {
        config,
        backup,
        watch,
        hints,
        // All steps and checks are asked for at once.
        before: _,
        apply: _,
        rollback: _,
        emergency: _,
        checklist: _,
        verify: _,
        // These become changes, or are only read.
        environment: _,
        inputs: _,
        notes: _,
        usages: _,
        schema: _,
        from: _,
        to: _,
        title: _,
        include: _,
    } = hop;
    let steps = hop.steps();
    let steps = steps.map(|step| Part::new(&step.title, step.when.as_ref(), step));
    let checks = hop.checks();
    let checks = checks.map(|check| Part::new(&check.title, check.when.as_ref(), check));
    let watch = watch.iter();
    let watch = watch.map(|watch| Part::new(&watch.title, watch.when.as_ref(), watch));
    let hints = hints.iter().filter_map(
        |Hint {
             fix,
             error: _,
             remedy: _,
             cites: _,
         }| {
            let fix = fix.as_ref()?;
            Some(Part::new("a fix for a known error", None, fix))
        },
    );
    steps
        .chain(checks)
        .chain(watch)
        .chain(backup.iter().filter_map(of_backup))
        .chain(config.iter().filter_map(of_config))
        .chain(hints)
        .collect()
}

fn of_backup(rule: &BackupRule) -> Option<Part<'_>> {
    match rule {
        BackupRule::Command(command) => {
            Some(Part::new(&command.title, command.when.as_ref(), command))
        }
        BackupRule::Database(database) => {
            Some(Part::new(&database.name, database.when.as_ref(), database))
        }
        BackupRule::Files { .. } => None,
    }
}

fn of_config(rule: &ConfigRule) -> Option<Part<'_>> {
    match rule {
        ConfigRule::Edit(EditFile {
            file,
            then: Some(then),
            when,
            ..
        }) => Some(Part {
            after: Some(file),
            ..Part::new(file.as_str(), when.as_ref(), then)
        }),
        // The vendor's files are looked for before it is known whether anything differs.
        ConfigRule::Merge(MergeFile {
            file,
            old,
            new,
            when,
            ..
        }) => Some(Part::new(file.as_str(), when.as_ref(), &(old, new))),
        ConfigRule::Edit(_) | ConfigRule::Create(_) | ConfigRule::Replace(_) => None,
    }
}

/// The service with the way to start and stop it that applies: the first, or none.
pub(super) fn settled(service: &Service, facts: &Facts) -> Service {
    let mut service = service.clone();
    let mut ways = service.ways.iter();
    let way = ways.position(|way| applies(way.when.as_ref(), facts));
    let way = way.map(|n| service.ways.swap_remove(n));
    service.ways = way.into_iter().collect();
    service
}

/// The inputs that the texts of something are filled from.
pub(super) fn inputs_in(rule: &impl Serialize) -> BTreeSet<String> {
    names_in(rule).iter().filter_map(owned_input).collect()
}

/// The inputs that conditions ask for.
pub(super) fn inputs_of<'c>(conditions: impl Iterator<Item = &'c Condition>) -> BTreeSet<String> {
    let asked = |leaf: &Condition| match leaf {
        Condition::Input { name, .. } => Some(name.clone()),
        _no_input => None,
    };
    conditions
        .flat_map(Condition::leaves)
        .filter_map(asked)
        .collect()
}

/// The variables that they are filled from: in a value, a command, an address or a port.
pub(super) fn variables_in(rule: &impl Serialize) -> BTreeSet<String> {
    let env = |name: Name| match name {
        Name::Env(name) => Some(name),
        Name::Input(_) | Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => None,
    };
    names_in(rule).into_iter().filter_map(env).collect()
}

/// Every placeholder name in the texts of something, at any depth.
fn names_in(rule: &impl Serialize) -> BTreeSet<Name> {
    serde_json::to_value(rule).map_or_else(|_| BTreeSet::new(), |value| names_within(&value))
}

fn owned_input(name: &Name) -> Option<String> {
    name.input().map(str::to_owned)
}

fn names_within(value: &Value) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    collect(value, &mut names);
    names
}

fn collect(value: &Value, names: &mut BTreeSet<Name>) {
    match value {
        Value::String(text) if text.contains("{{") => {
            if let Ok(template) = Template::parse(text) {
                names.extend(template.names().cloned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(entries) => entries.values().for_each(|entry| collect(entry, names)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text or a key in it is this one: the sides of a switch are keys.
fn is_said(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|item| is_said(item, name)),
        Value::Object(entries) => {
            let mut entries = entries.iter();
            entries.any(|(key, entry)| key == name || is_said(entry, name))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
