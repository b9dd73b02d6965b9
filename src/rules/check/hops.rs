//! A hop's range and target are releases of the product, and a hop leads somewhere.

use super::{Sheet, SourceFile, warning_of_file};
use crate::{
    model::{
        release::{HopTo, Releases, Spans},
        route::Route,
        rule::{DetectProbe, Hop},
    },
    rules::{
        diagnostic::Diagnostic,
        pack::{LoadedHop, LoadedPack, PACK_FILE},
        source::is_rules,
    },
};

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    if pack.hops.is_empty() {
        let message = "the pack has no hop: it leads from no release to another";
        let cure =
            "write one beside it, such as 1.x-to-2.0.yaml; `rules schema` says what stands in it";
        found.push(Diagnostic::of_file(PACK_FILE, message, cure));
    }
    let scheme = &pack.pack.releases;
    for (file, parsed) in &pack.sources.hops {
        let mut sheet = Sheet::of(SourceFile::of(file, parsed), found);
        leads_up(&parsed.value, scheme, &mut sheet);
    }
    for (n, loaded) in pack.hops.iter().enumerate() {
        if let Some(parsed) = pack.sources.hops.get(&loaded.file) {
            let mut sheet = Sheet::of(SourceFile::of(&loaded.file, parsed), found);
            twice(&pack.hops[..n], loaded, &mut sheet);
        }
    }
    unread(pack, found);
    let sheet = &mut Sheet::of(SourceFile::of(PACK_FILE, &pack.sources.pack), found);
    for (n, detect) in pack.pack.detect.iter().enumerate() {
        let here = Route::key("detect").item(n);
        ungrouped(&detect.probe, &here.at("probe"), sheet);
        for (said, release) in &detect.names {
            if let Err(error) = scheme.parse(release) {
                let route = here.at("names").at(said);
                sheet.value(&route, error, "write a release of this product");
            }
        }
    }
}

/// A hop's range and target are releases, and the target is above the range.
fn leads_up(hop: &Hop, scheme: &Releases, sheet: &mut Sheet) {
    let spans = match hop.from.spans(scheme) {
        Ok(spans) => spans,
        Err(error) => {
            let help = "write a range of this product's releases";
            return sheet.value(&Route::key("from"), error, help);
        }
    };
    let HopTo::Release(to) = &hop.to else {
        return;
    };
    let (message, help) = match scheme.rank(to) {
        Err(error) => (error, "write a release of this product"),
        Ok(rank) if spans.contains(&rank) => (
            format!("`from` contains `{to}`: the hop would lead to where it starts"),
            "end the range below the target: `<` and the target",
        ),
        Ok(rank) if !spans.begins_before(&rank) => (
            format!("`{to}` is older than every release of `from`"),
            "a hop leads up: name a release after those of `from`",
        ),
        Ok(_) => return,
    };
    sheet.value(&Route::key("to"), message, help);
}

/// Two hops with the same range and target: planning cannot choose between them.
fn twice(before: &[LoadedHop], loaded: &LoadedHop, sheet: &mut Sheet) {
    let (from, to) = (&loaded.hop.from, &loaded.hop.to);
    let mut before = before.iter();
    if let Some(other) = before.find(|other| other.hop.from == *from && other.hop.to == *to) {
        let message = format!(
            "{} leads from the same releases to the same release: no path is chosen between them",
            other.file
        );
        let help = "make the ranges of `from` exclude each other, or leave one of the two out";
        sheet.value(&Route::key("from"), message, help);
    }
}

/// Each hop's target must be the start of another hop, unless it is the highest. A hop that starts
/// a little later would never be reached, and operators would be told that this is the last
/// release.
pub(super) fn broken_off(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    let scheme = &pack.pack.releases;
    let spans = |loaded: &LoadedHop| loaded.hop.from.spans(scheme).ok();
    let starts: Vec<Spans> = pack.hops.iter().filter_map(spans).collect();
    let ends = pack.hops.iter().filter_map(|loaded| match &loaded.hop.to {
        HopTo::Release(to) => Some((loaded, to, scheme.rank(to).ok()?)),
        HopTo::Patch | HopTo::Minor => None,
    });
    let mut ends: Vec<_> = ends.collect();
    ends.sort_by(|(.., one), (.., other)| one.cmp(other));
    let Some((_, last, highest)) = ends.last() else {
        return;
    };
    for (loaded, to, end) in ends.iter().filter(|(.., end)| end < highest) {
        let goes_on = starts.iter().any(|start| start.contains(end));
        if let (false, Some(parsed)) = (goes_on, pack.sources.hops.get(&loaded.file)) {
            let mut sheet = Sheet::of(SourceFile::of(&loaded.file, parsed), found);
            let message =
                format!("no hop leads on from `{to}`, and the pack goes as far as {last}");
            let help = "let `from` of the next hop contain it";
            sheet.warn(&Route::key("to"), message, help);
        }
    }
}

/// A hop without a check counts as done when its steps are, whatever runs then. Called only for a
/// pack that can be used; before that other faults matter more.
pub(super) fn unverified(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    for loaded in &pack.hops {
        let has_some = !loaded.hop.verify.is_empty() || !loaded.hop.watch.is_empty();
        if let (false, Some(parsed)) = (has_some, pack.sources.hops.get(&loaded.file)) {
            let mut sheet = Sheet::of(SourceFile::of(&loaded.file, parsed), found);
            sheet.warn(
                &Route::key("to"),
                "the hop has no `verify`: nothing shows that the new release runs".to_owned(),
                "add a check that only the new release passes: its version, a page that it serves",
            );
        }
    }
}

/// Rules files whose name or folder means that they are never read.
fn unread(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    for (name, bytes) in pack.files.iter().filter(|(name, _)| is_rules(name)) {
        let is_below = name.contains('/') && !name.starts_with("include/");
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let has = |key: &str| text.lines().any(|line| line.starts_with(key));
        if is_below && name.ends_with(".yaml") && ["schema:", "from:", "to:"].into_iter().all(has) {
            let message = "these rules are not read: they stand in a folder";
            let cure = "put a hop beside pack.yaml, and what a hop includes there or into include/";
            found.push(warning_of_file(name, message, cure));
        }
    }
    for (name, bytes) in &pack.files {
        let Some(stem) = name.strip_suffix(".yml") else {
            continue;
        };
        let is_beside = !name.contains('/') || name.starts_with("include/");
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let mut lines = text.lines();
        if is_beside && lines.any(|line| line.starts_with("schema:")) {
            let message = "these rules are not read: the name of a rules file ends in `.yaml`";
            let cure = format!("call it {stem}.yaml");
            found.push(warning_of_file(name, message, &cure));
        }
    }
}

/// Without a group the whole match is the release, which is easily too much or too little.
fn ungrouped(probe: &DetectProbe, here: &Route, sheet: &mut Sheet) {
    let (kind, pattern) = match probe {
        DetectProbe::Command { pattern, .. } => ("command", pattern),
        DetectProbe::File { pattern, .. } => ("file", pattern),
        DetectProbe::Http { .. } | DetectProbe::If { .. } => return,
    };
    if !pattern.has_group() {
        sheet.warn(
            &here.at(kind).at("pattern"),
            "the pattern has no group: the whole match would be the release".to_owned(),
            "put the part that is the release in parentheses: `version (.+)`",
        );
    }
}
