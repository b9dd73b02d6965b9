//! The ids of rules: `<stem>/env/NAME`, `<stem>/step/ID`, … The one place that knows their form.
//!
//! A rule's id is the hop file it acts in (its name without `.yaml`), then its kind, then what
//! distinguishes it from its neighbours. That is a name rather than a position, so that an id in an
//! answers file survives an entry added above it; only notes, hints and usages have no name and are
//! counted from 1.
//!
//! An included entry has the stem of the hop that includes it: two hops of one path may include
//! the same file, and ids are unique in a plan.

use crate::model::{
    ids::RuleId,
    path::RelPath,
    route::Route,
    rule::{Change, EnvRule},
};
use std::fmt::Display;

/// The part of every id that names the hop: its file's path without `.yaml`.
pub fn stem(file: &str) -> &str {
    file.strip_suffix(".yaml").unwrap_or(file)
}

pub fn env(stem: &str, rule: &EnvRule) -> RuleId {
    id(stem, "env", rule.name())
}

/// One change of a `config: edit`: `<stem>/<file>/<route>`, or its own id in place of the route.
pub fn change(stem: &str, file: &RelPath, change: &Change) -> RuleId {
    match (&change.id, change.route()) {
        (Some(own), _) => id(stem, file, own),
        (None, Some(route)) => id(stem, file, route),
        (None, None) => whole_file(stem, file),
    }
}

/// A `config: create`, and what a `config: merge` does without asking.
pub fn whole_file(stem: &str, file: &RelPath) -> RuleId {
    RuleId::new(format!("{stem}/{file}"))
}

/// A key of a `config: merge` that is decided by itself.
pub fn merged_key(stem: &str, file: &RelPath, key: &Route) -> RuleId {
    id(stem, file, key)
}

/// A `config: replace`, by its place in `config`, from 0.
pub fn replace(stem: &str, index: usize) -> RuleId {
    id(stem, "replace", index + 1)
}

pub fn input(stem: &str, name: &str) -> RuleId {
    id(stem, "input", name)
}

/// A step of `before`, `apply` or `rollback`: their ids share one space.
pub fn step(stem: &str, name: &str) -> RuleId {
    id(stem, "step", name)
}

/// A file that a step with `migrate` applies.
pub fn migration(stem: &str, step: &str, file: &str) -> RuleId {
    id(stem, format_args!("step/{step}"), file)
}

/// A check of `checklist`, `verify` or `rollback`.
pub fn check(stem: &str, name: &str) -> RuleId {
    id(stem, "check", name)
}

/// A `backup: command`.
pub fn backup(stem: &str, name: &str) -> RuleId {
    id(stem, "backup", name)
}

/// A `backup: files`, by its place in `backup`, from 0.
pub fn backup_files(stem: &str, index: usize) -> RuleId {
    id(stem, "backup", index + 1)
}

/// Something that a rule's file patterns match but that the rule cannot include.
pub fn left_out(rule: &RuleId, what: &str) -> RuleId {
    RuleId::new(format!("{rule}/left-out/{what}"))
}

/// By its place among the hop's notes, from 0; the notes of `rollback` follow those of the hop.
pub fn note(stem: &str, index: usize) -> RuleId {
    id(stem, "note", index + 1)
}

pub fn hint(stem: &str, index: usize) -> RuleId {
    id(stem, "hint", index + 1)
}

pub fn usage(stem: &str, index: usize) -> RuleId {
    id(stem, "usage", index + 1)
}

fn id(stem: &str, kind: impl Display, name: impl Display) -> RuleId {
    RuleId::new(format!("{stem}/{kind}/{name}"))
}
