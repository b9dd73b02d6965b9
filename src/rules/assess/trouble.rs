//! What could not be read: nothing can be planned over it.

use super::{
    Walk,
    draft::{About, Source},
};
use crate::model::finding::{Finding, FindingKind, Place, Safety};

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
    let source = Source {
        hop,
        group: "unreadable",
        name: what,
        about: About::default(),
        required: true,
    };
    let mut finding = source.finding(walk, FindingKind::Unreadable, what);
    finding.summary = "could not be read".to_owned();
    finding.because = Some(why.to_owned());
    finding.safety = Safety::Blocks;
    finding.places = vec![Place {
        file: what.to_owned(),
        line: None,
    }];
    finding
}
