//! Every cite leads to a statement or correction, and every statement and correction is cited.
//!
//! `cites` are read from the index rather than from the types: they occur on every kind of entry,
//! and kinds that are added later are covered as well.

use super::{Sheet, SourceFile, meant, vocabulary::Text};
use crate::{
    model::{
        ids::GuideId,
        route::{Route, Segment},
    },
    rules::{diagnostic::Diagnostic, pack::LoadedPack},
};
use std::collections::BTreeSet;

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    let known: BTreeSet<&GuideId> = pack.guide().citable().map(|one| one.id).collect();
    let mut used = BTreeSet::new();
    for file in SourceFile::rules(pack) {
        let sheet = &mut Sheet::of(file, found);
        for Text { route, text, .. } in sheet.texts().filter(|text| is_cite(&text.words)) {
            let id = GuideId::new(text);
            if pack.guide_file().is_none() {
                let help =
                    "write guide.yaml with the statements that the rules cite, or cite nothing";
                let message = "the pack has no guide.yaml, where this would stand".to_owned();
                return sheet.value(route, message, help);
            }
            if !known.contains(&id) {
                unknown(&id, &known, route, sheet);
            }
            used.insert(id);
        }
    }
    // A pack without hops has a bigger problem, reported elsewhere.
    if !pack.hops.is_empty() {
        guide(pack, &known, &used, found);
    }
}

/// An item of a list below the key `cites`.
pub(in crate::rules) fn is_cite(route: &Route) -> bool {
    matches!(route.0.as_slice(), [.., Segment::Key(key), Segment::Index(_)] if key == "cites")
}

pub(super) fn unknown(id: &GuideId, known: &BTreeSet<&GuideId>, route: &Route, sheet: &mut Sheet) {
    let known = known.iter().map(|id| id.as_str());
    let stand = "statements and corrections stand in guide.yaml";
    let help = meant(id.as_str(), known, stand, stand);
    sheet.value(route, format!("`{id}` is not in the guide"), &help);
}

fn guide(
    pack: &LoadedPack,
    known: &BTreeSet<&GuideId>,
    used: &BTreeSet<GuideId>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(file) = SourceFile::guide(pack) else {
        return;
    };
    let sheet = &mut Sheet::of(file, found);
    let uncited = "let the rule that carries it out cite it, or a note that says why none does";
    for one in pack.guide().citable().filter(|one| !used.contains(one.id)) {
        let message = format!("nothing cites `{}`", one.id);
        sheet.value(&one.route().at("id"), message, uncited);
    }
    for (n, correction) in pack.guide().corrections.iter().enumerate() {
        for (m, id) in correction.about.iter().enumerate() {
            if !known.contains(id) {
                let route = Route::key("corrections").item(n).at("about").item(m);
                unknown(id, known, &route, sheet);
            }
        }
    }
}
