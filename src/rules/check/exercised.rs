//! If a pack has cases, they show that its rules find what they are for: a misspelt route occurs in
//! no product, and reports nothing to do for each of them.

use super::{Sheet, SourceFile, ids};
use crate::{
    model::{
        ids::RuleId,
        route::{Route, Segment},
    },
    rules::{
        case::{self, PackCase},
        diagnostic::Diagnostic,
        ids::stem,
        index::Index,
        pack::{LoadedHop, LoadedPack},
        parse::parse,
    },
};
use std::collections::BTreeSet;

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    let cases = case::names(pack.files.keys());
    let cases = cases.filter_map(|(_, file)| parse::<PackCase>(file, &pack.files[file]).ok());
    let findings = cases.filter_map(|case| case.into_value().expect.findings);
    let expected: BTreeSet<RuleId> = findings.flat_map(|findings| findings.into_keys()).collect();
    if expected.is_empty() {
        return;
    }
    for (file, parsed) in &pack.sources.hops {
        let mut sheet = Sheet::of(SourceFile::of(file, parsed), found);
        // Included rules take the stem of each hop that includes them.
        let own = stem(file);
        let includes = |hop: &&LoadedHop| hop.hop.include.iter().any(|name| name.as_str() == file);
        let hosts = pack.hops.iter().filter(includes).map(|hop| stem(&hop.file));
        let names: Vec<&str> = std::iter::once(own).chain(hosts).collect();
        for (id, route) in ids::rule_ids(own, &parsed.value) {
            let rest = id.as_str().strip_prefix(own).unwrap_or_default();
            let is_shown = |name: &&str| expected.contains(&RuleId::new(format!("{name}{rest}")));
            if needs_something(&route, sheet.index) && !names.iter().any(is_shown) {
                sheet.warn(
                    &route,
                    format!("in no case `{id}` finds anything to change"),
                    "let a case have what it changes; if one has, look at the rule's spelling",
                );
            }
        }
    }
}

/// Whether a rule needs something to be there. One that sets a key creates it wherever its route
/// leads, so a mistake is visible.
fn needs_something(route: &Route, index: &Index) -> bool {
    let says = |route: Route| index.text(&route).is_some();
    match route.0.as_slice() {
        [.., Segment::Key(list), Segment::Index(_)] if list == "changes" => {
            let mut verbs = ["remove", "rename", "move", "rewrite", "wrap"].into_iter();
            verbs.any(|verb| says(route.at(verb)))
        }
        [Segment::Key(list), Segment::Index(_)] if list == "environment" => {
            says(route.at("rename").at("from")) || says(route.at("rewrite").at("name"))
        }
        _ => false,
    }
}
