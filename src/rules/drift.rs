//! What changed since a plan was made, in sentences: a plan is only for the world it was made from.

use super::compose::{fingerprint, sealed};
use crate::model::{
    digest::Digest,
    path::RelPath,
    plan::{Plan, Target},
    survey::{FileState, Survey},
};

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
