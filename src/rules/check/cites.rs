//! Every cite leads to a statement or correction, and every statement and correction is cited.
//!
//! `cites` are read from the index rather than from the types: they occur on every kind of entry,
//! and kinds that are added later are covered as well.

use super::{Found, Place, at, item};
use crate::{
    model::{
        ids::GuideId,
        route::{Route, Segment},
    },
    rules::{
        diagnostic::nearest,
        pack::{LoadedPack, PACK_FILE},
    },
};
use std::collections::BTreeSet;

pub(super) fn check(pack: &LoadedPack, found: &mut Found) {
    let statements = pack.guide().statements.iter().map(|one| &one.id);
    let corrections = pack.guide().corrections.iter().map(|one| &one.id);
    let known: BTreeSet<&GuideId> = statements.chain(corrections).collect();
    let mut used = BTreeSet::new();
    let pack_place = Place::of(PACK_FILE, &pack.sources.pack);
    let hop_places = pack
        .sources
        .hops
        .iter()
        .map(|(file, parsed)| Place::of(file, parsed));
    for place in std::iter::once(pack_place).chain(hop_places) {
        for (route, text) in place.index.texts().filter(|(route, _)| is_cite(route)) {
            let id = GuideId::new(text);
            if pack.guide_file().is_none() {
                let help =
                    "write guide.yaml with the statements that the rules cite, or cite nothing";
                let message = "the pack has no guide.yaml, where this would stand".to_owned();
                return found.value(place, route, message, help);
            }
            if !known.contains(&id) {
                unknown(&id, &known, place, route, found);
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

pub(super) fn unknown(
    id: &GuideId,
    known: &BTreeSet<&GuideId>,
    place: Place<'_>,
    route: &Route,
    found: &mut Found,
) {
    let near = nearest(id.as_str(), known.iter().map(|id| id.as_str()));
    let help = match near {
        Some(near) => {
            format!("did you mean `{near}`? statements and corrections stand in guide.yaml")
        }
        None => "statements and corrections stand in guide.yaml".to_owned(),
    };
    found.value(place, route, format!("`{id}` is not in the guide"), &help);
}

fn guide(
    pack: &LoadedPack,
    known: &BTreeSet<&GuideId>,
    used: &BTreeSet<GuideId>,
    found: &mut Found,
) {
    let Some(place) = Place::guide(pack) else {
        return;
    };
    let uncited = "let the rule that carries it out cite it, or a note that says why none does";
    let ids = |list: &str, ids: Vec<&GuideId>, found: &mut Found| {
        for (n, id) in ids.into_iter().enumerate() {
            if !used.contains(id) {
                let route = at(&item(&Route::key(list), n), "id");
                found.value(place, &route, format!("nothing cites `{id}`"), uncited);
            }
        }
    };
    ids(
        "statements",
        pack.guide().statements.iter().map(|one| &one.id).collect(),
        found,
    );
    ids(
        "corrections",
        pack.guide().corrections.iter().map(|one| &one.id).collect(),
        found,
    );
    for (n, correction) in pack.guide().corrections.iter().enumerate() {
        for (m, id) in correction.about.iter().enumerate() {
            if !known.contains(id) {
                let route = item(&at(&item(&Route::key("corrections"), n), "about"), m);
                unknown(id, known, place, &route, found);
            }
        }
    }
}
