//! What could not be read: nothing can be planned over it.

use super::{
    Walk,
    draft::{About, Source},
};
use crate::model::{
    finding::{Finding, FindingKind, Place, Safety},
    ids::RuleId,
    path::RelPath,
};

/// Sources of variables that the survey could not look into.
pub(super) fn blind_spots(walk: &mut Walk) {
    if walk.case.path.hops.is_empty() {
        return;
    }
    for spot in &walk.case.survey.blind_spots {
        let finding = unreadable(walk, 0, &spot.source, &spot.why);
        walk.push(finding);
    }
}

/// A finding that blocks: the file or source, and why it cannot be read.
pub(super) fn unreadable(walk: &Walk, hop: usize, what: &str, why: &str) -> Finding {
    let site = &walk.site(hop, |stem| RuleId::new(format!("{stem}/unreadable/{what}")));
    let source = Source::of(site, About::default(), true);
    let mut finding = source.finding(FindingKind::Unreadable, what);
    finding.summary = "could not be read".to_owned();
    finding.because = Some(why.to_owned());
    finding.safety = Safety::Blocks;
    finding.places = vec![Place {
        file: what.to_owned(),
        line: None,
    }];
    finding
}

/// Files of variables that are there but cannot be read as text.
pub(super) fn dotenvs(walk: &mut Walk) {
    if walk.case.path.hops.is_empty() {
        return;
    }
    let told = |file: &RelPath| {
        let mut spots = walk.case.survey.blind_spots.iter();
        spots.any(|spot| spot.source == file.as_str())
    };
    let files: Vec<RelPath> = walk
        .state
        .dotenvs()
        .into_iter()
        .filter(|f| !told(f))
        .collect();
    for file in files {
        if let Err(why) = walk.state.text(&file) {
            let finding = unreadable(walk, 0, file.as_str(), &why);
            walk.push(finding);
        }
    }
}
