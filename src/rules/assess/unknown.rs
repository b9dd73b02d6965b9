//! Variables with the product's prefix that no rule and no reader knows: mostly spelling mistakes.

use super::{
    Walk,
    draft::{About, Source},
    variable::show,
};
use crate::{
    model::{
        finding::{Finding, FindingKind},
        ids::RuleId,
        rule::EnvRule,
    },
    rules::{diagnostic::nearest_within, filled::variables_in},
};
use std::collections::BTreeSet;

/// Names that differ in more characters than this are unrelated.
const DISTANCE_MAX: usize = 3;

pub(super) fn assess(walk: &mut Walk) {
    if walk.case.path.hops.is_empty() {
        return;
    }
    let known = known_names(walk);
    let pack = walk.case.pack;
    let ours = |name: &str| pack.prefixes.iter().any(|prefix| name.starts_with(prefix));
    let survey = walk.case.survey;
    let names = survey
        .variables
        .values()
        .filter(|v| !v.sightings.is_empty());
    let unknown = names.filter(|v| ours(&v.name) && !known.contains(v.name.as_str()));
    for variable in unknown {
        let near = nearest_within(
            &variable.name,
            known.iter().map(String::as_str),
            DISTANCE_MAX,
        );
        let finding = finding(walk, &variable.name, near);
        walk.push(finding);
    }
}

fn finding(walk: &Walk, name: &str, nearest: Option<&str>) -> Finding {
    let site = &walk.site(0, |stem| RuleId::new(format!("{stem}/unknown/{name}")));
    let source = Source::of(site, About::default(), nearest.is_some());
    let mut finding = source.finding(FindingKind::Unknown, name);
    show(walk, &mut finding, name, false);
    finding.summary = match nearest {
        Some(near) => format!("nothing reads it, did you mean {near}?"),
        None => "no rule and no reader knows it".to_owned(),
    };
    finding
}

/// What the pack says is read, every name that a rule of any hop speaks of, and what texts are
/// filled from.
fn known_names(walk: &Walk) -> BTreeSet<String> {
    let pack = walk.case.pack;
    let said = pack.known.iter().chain(&pack.secrets);
    let said = said.chain(&pack.addresses).cloned();
    let of_pack = variables_in(&(&pack.inputs, &pack.services, &pack.databases, &pack.detect));
    let mut known: BTreeSet<String> = said.chain(of_pack).collect();
    for loaded in walk.case.hops {
        let rules = loaded.hop.environment.iter().flat_map(EnvRule::names);
        known.extend(rules.map(str::to_owned));
        known.extend(variables_in(&*loaded.hop));
    }
    known
}
