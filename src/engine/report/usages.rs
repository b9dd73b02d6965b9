//! The places that the run leaves for people to change.

use crate::{model::survey::UsageHit, run_state::RunState};
use std::collections::{HashMap, HashSet};

/// A place that people must change; a line found by several rules is one place.
type Place<'a> = (&'a str, usize);

/// Lists the places, each with what every rule that found it asks for.
pub fn left(state: &RunState) -> Vec<String> {
    let mut places: Vec<(&UsageHit, Stands, Vec<&str>)> = Vec::new();
    let mut known: HashMap<Place<'_>, usize> = HashMap::new();
    for (hit, stands) in hits(state) {
        let remedies = &state.plan.remedies;
        let remedy = remedies.get(&hit.rule).map_or("", String::as_str);
        let at = *known.entry(place(hit)).or_insert(places.len());
        match places.get_mut(at) {
            Some((_, _, remedies)) if remedies.contains(&remedy) => {}
            Some((_, _, remedies)) => remedies.push(remedy),
            None => places.push((hit, stands, vec![remedy])),
        }
    }
    let places = places.into_iter();
    places
        .map(|(hit, stands, remedies)| told(hit, stands, &remedies.join(" ")))
        .collect()
}

/// How many places there are; fast, because screens show it in every frame.
pub fn count(state: &RunState) -> usize {
    let places: HashSet<Place<'_>> = hits(state).map(|(hit, _)| place(hit)).collect();
    places.len()
}

fn place(hit: &UsageHit) -> Place<'_> {
    (&hit.file, hit.line)
}

/// For a file that this run has edited, the places are those in its new text; while some of its
/// edits are still open, those in the old text, marked as such.
fn hits(state: &RunState) -> impl Iterator<Item = (&UsageHit, Stands)> {
    let edited = edited(state);
    let stands = move |hit: &UsageHit| {
        let known = edited.get(hit.file.as_str());
        known.copied().unwrap_or(Stands::AsBefore)
    };
    let plan = &state.plan;
    let before = plan.usages.iter().map(|hit| (hit, false));
    let after = plan.usages_after.iter().map(|hit| (hit, true));
    let all = before.chain(after);
    all.filter_map(move |(hit, after)| {
        let stands = stands(hit);
        ((stands == Stands::Edited) == after).then_some((hit, stands))
    })
}

fn told(hit: &UsageHit, stands: Stands, remedy: &str) -> String {
    let (file, line, text) = (&hit.file, hit.line, hit.text.trim());
    let then = match stands {
        Stands::AsBefore | Stands::Edited => "",
        Stands::InPart => " (before the upgrade)",
    };
    format!("- `{file}:{line}`{then} `{text}`: {remedy}")
}

/// How many of the run's edits of a file are done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    AsBefore,
    InPart,
    Edited,
}

/// The files with edits of which at least one is done.
fn edited(state: &RunState) -> HashMap<&str, Stands> {
    let mut edits: HashMap<&str, (bool, bool)> = HashMap::new();
    for view in &state.steps {
        if let Some(file) = view.step.body.file() {
            let (done, open) = edits.entry(file.as_str()).or_default();
            if view.is_done() {
                *done = true;
            } else {
                *open = true;
            }
        }
    }
    let begun = edits.into_iter().filter(|(_, (done, _))| *done);
    let stands = |open| if open { Stands::InPart } else { Stands::Edited };
    begun
        .map(|(file, (_, open))| (file, stands(open)))
        .collect()
}
