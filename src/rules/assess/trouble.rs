//! What cannot be read or written; each of these blocks the plan.

use super::{
    Walk,
    draft::{About, Source},
};
use crate::{
    model::{
        finding::{Finding, FindingKind, Place, Safety},
        ids::RuleId,
    },
    rules::condition::{Holds, holds},
};

/// Sources of variables that could not be looked into: a variable that is not found may be there.
pub(super) fn of_variables(walk: &mut Walk) {
    if walk.case.path.hops.is_empty() {
        return;
    }
    for spot in &walk.case.survey.blind_spots {
        cannot_be_used(walk, 0, &spot.source, &spot.why);
    }
    for file in walk.state.dotenvs() {
        if let Err(why) = walk.state.files.text(&file) {
            cannot_be_used(walk, 0, file.as_str(), &why);
        }
    }
    walk.blind = !walk.findings.is_empty();
}

/// Conditions of the path that depend on something that could not be examined. Whether their rules
/// apply is unknown, and neither answer is safe to assume.
pub(super) fn of_conditions(walk: &mut Walk) {
    let case = walk.case;
    if case.path.hops.is_empty() {
        return;
    }
    let of_pack = case.pack.conditions().map(|when| (0, when));
    let of_hops = case.hops_on_path().flat_map(|(n, hop)| {
        let all = hop.conditions().chain(hop.conditions_of_inputs());
        all.map(move |when| (n, when))
    });
    for (hop, when) in of_pack.chain(of_hops) {
        if let Holds::Unseen { what, why } = holds(when, &walk.facts) {
            cannot_be_used(walk, hop, what, why);
        }
    }
}

/// A finding that blocks: the file or source, and why. One that many rules need is told once.
pub(super) fn cannot_be_used(walk: &mut Walk, hop: usize, what: &str, why: &str) {
    let is_that = |f: &Finding| f.kind == FindingKind::Unreadable && f.title == what;
    if walk.findings.iter().any(is_that) {
        return;
    }
    let site = &walk.site(hop, |stem| RuleId::new(format!("{stem}/unreadable/{what}")));
    let source = Source::of(site, About::default(), true);
    let mut finding = source.finding(FindingKind::Unreadable, what);
    finding.summary = "cannot be used".to_owned();
    finding.because = Some(why.to_owned());
    finding.safety = Safety::Blocks;
    finding.places = vec![Place::new(what, None)];
    walk.push(finding);
}
