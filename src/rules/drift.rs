//! What changed since a plan was made, in sentences: a plan holds only for the world it was made
//! from, and says only what the rules make of that world.

use super::compose::{fingerprint, sealed};
use crate::model::{
    digest::Digest,
    path::RelPath,
    plan::{Answered, Plan, Target},
    survey::{FileState, Survey},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// None means that the plan still fits.
pub fn drift(
    plan: &Plan,
    survey: &Survey,
    key: &[u8],
    pack: &Digest,
    program: &str,
    host: &str,
) -> Vec<String> {
    let mut changed = Vec::new();
    if plan.program != program {
        let made = &plan.program;
        changed.push(format!("the plan was made by {made}, this is {program}"));
    }
    if plan.host != host {
        let made = &plan.host;
        changed.push(format!("the plan was made on {made}, this is {host}"));
    }
    if plan.root != survey.root {
        let (made, now) = (&plan.root, &survey.root);
        changed.push(format!("the plan was made for {made}, this is {now}"));
    }
    if plan.pack != *pack {
        let (made, now) = (plan.pack.short(), pack.short());
        changed.push(format!("the rules changed: {made} then, {now} now"));
    }
    for (file, target) in &plan.targets {
        let now = survey.files.get(file).unwrap_or(&FileState::Absent);
        changed.extend(file_drift(file, target, now, key));
    }
    for (name, then) in &plan.variables {
        if fingerprint(survey, key, name) != *then {
            changed.push(format!("the variable {name} changed"));
        }
    }
    changed
}

fn file_drift(file: &RelPath, then: &Target, now: &FileState, key: &[u8]) -> Option<String> {
    match (then, now) {
        (Target::Absent, FileState::Absent) => None,
        (Target::Absent, FileState::Text { .. } | FileState::Unusable { .. }) => {
            Some(format!("{file} was not there and is there now"))
        }
        (Target::Present { .. }, FileState::Absent) => Some(format!("{file} is gone")),
        (Target::Present { .. }, FileState::Unusable { why }) => {
            Some(format!("{file} cannot be read any more: {why}"))
        }
        (
            Target::Present { digest, meta, .. },
            FileState::Text {
                digest: new,
                meta: new_meta,
                ..
            },
        ) => {
            if digest != new && *digest != sealed(new, key) {
                return Some(format!("the contents of {file} changed"));
            }
            meta.difference(new_meta)
                .map(|what| format!("the {what} of {file} changed"))
        }
    }
}

/// Where a plan read from a file differs from the one that the rules make now. If this is empty,
/// having read either one means having read the other.
pub fn unlike(from_file: &Plan, made: &Plan) -> Vec<String> {
    let mut told = Vec::new();
    // JSON rounds numbers with many digits when read, so this side takes the same round trip.
    let made = bound(made).to_string();
    let made = serde_json::from_str(&made).expect("what was just written is JSON");
    differences("", &bound(from_file), &made, &mut told);
    told
}

/// The plan without details that do not bind it: who signed the rules, when a file was modified,
/// and how an answer was obtained.
fn bound(plan: &Plan) -> Value {
    let mut plan = plan.clone();
    plan.signed = None;
    for target in plan.targets.values_mut() {
        if let Target::Present { meta, .. } = target {
            meta.mtime_ns = 0;
        }
    }
    for input in plan.inputs.values_mut() {
        input.how = Answered::Given;
    }
    serde_json::to_value(plan).expect("plans have only text keys")
}

/// Descends as far as entries have names, and reports at least one place for values that differ.
fn differences(place: &str, then: &Value, now: &Value, told: &mut Vec<String>) {
    if then == now {
        return;
    }
    let (Some(then), Some(now)) = (parts(then), parts(now)) else {
        told.push(format!("{place} is another one"));
        return;
    };
    if then == now {
        told.push(format!("{place} has another order"));
    }
    let names: BTreeSet<&str> = then.keys().chain(now.keys()).copied().collect();
    for name in names {
        let place = match place {
            "" => name.to_owned(),
            place => format!("{place} {name}"),
        };
        match (then.get(name), now.get(name)) {
            (Some(then), Some(now)) => differences(&place, then, now, told),
            (Some(_), None) => told.push(format!("{place} stands in the file alone")),
            (None, _) => told.push(format!("{place} is not in the file")),
        }
    }
}

/// The entries of a map, or of a list whose entries have ids.
fn parts(value: &Value) -> Option<BTreeMap<&str, &Value>> {
    match value {
        Value::Object(map) => Some(
            map.iter()
                .map(|(key, value)| (key.as_str(), value))
                .collect(),
        ),
        Value::Array(list) => {
            let ids = list.iter().map(|entry| entry.get("id")?.as_str());
            let ids: Option<Vec<&str>> = ids.collect();
            Some(ids?.into_iter().zip(list).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
