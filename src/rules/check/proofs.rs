//! Every error of the guide is proved by a case of the pack (`proves`). Whether the case would
//! really fail is up to `rules test`, which runs it.

use super::{Sheet, SourceFile, cites, warning_of_file};
use crate::{
    model::{
        ids::GuideId,
        route::Route,
        rule::{Correction, Verdict},
    },
    rules::{
        case::{self, PackCase},
        diagnostic::Diagnostic,
        pack::LoadedPack,
        parse::parse,
        source::PackFiles,
    },
};
use std::collections::BTreeSet;

const HOW_MADE: &str = "write it, with `title`, `from`, `to` and `expect`, or remove the folder";
const HOW: &str = "let a case prove it: name it below `proves` in its case.yaml";

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    for name in case::without_file(pack.files.keys()) {
        let file = format!("cases/{name}/case.yaml");
        let message = "the file is missing: nobody runs this case";
        found.push(warning_of_file(&file, message, HOW_MADE));
    }
    let Some(guide) = SourceFile::guide(pack) else {
        return;
    };
    let known: BTreeSet<&GuideId> = pack.guide().citable().map(|one| one.id).collect();
    let mut proved = BTreeSet::new();
    for (_, file) in case::names(pack.files.keys()) {
        match parse::<PackCase>(file, &pack.files[file]) {
            Err(fault) => found.push(*fault),
            Ok(parsed) => {
                let sheet = &mut Sheet::of(SourceFile::of(file, &parsed), found);
                for (n, id) in parsed.value.proves.iter().enumerate() {
                    if !known.contains(id) {
                        let route = Route::key("proves").item(n);
                        cites::unknown(id, &known, &route, sheet);
                    }
                }
                proved.extend(parsed.into_value().proves);
            }
        }
    }
    let mut sheet = Sheet::of(guide, found);
    for (list, n, id) in wrong(pack).filter(|(_, _, id)| !proved.contains(*id)) {
        let route = Route::key(list).item(n).at("id");
        sheet.warn(&route, format!("no case proves `{id}`"), HOW);
    }
}

/// Diagnostics for cases that cannot be parsed; used when the rules themselves cannot be either.
pub fn unread(files: &PackFiles) -> Vec<Diagnostic> {
    let cases = case::names(files.keys()).map(|(_, file)| parse::<PackCase>(file, &files[file]));
    cases.filter_map(|read| Some(*read.err()?)).collect()
}

/// What needs a proof: every correction, and every wrong statement that no correction is about.
fn wrong(pack: &LoadedPack) -> impl Iterator<Item = (&'static str, usize, &GuideId)> {
    let statements = pack.guide().statements.iter().enumerate();
    let statements = statements.filter(|(_, one)| one.verdict != Verdict::True);
    let silent = statements.filter(|(_, one)| {
        let corrects = |correction: &Correction| correction.about.contains(&one.id);
        !pack.guide().corrections.iter().any(corrects)
    });
    let corrections = pack.guide().corrections.iter().enumerate();
    silent
        .map(|(n, one)| ("statements", n, &one.id))
        .chain(corrections.map(|(n, one)| ("corrections", n, &one.id)))
}
