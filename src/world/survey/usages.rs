//! Places in code and dashboards that people must change.

use super::files::why;
use crate::{
    model::{
        survey::{BlindSpot, UsageHit},
        text::sanitize,
    },
    rules::{ids, pack::LoadedPack},
    world::{Hit, Search, World},
};
use globset::{GlobBuilder, GlobSet};
use std::path::Path;

const HITS_MAX: usize = 1000;
const LINE_CHARS_MAX: usize = 200;

/// What was found, or why nothing could be.
pub fn search(world: &World, pack: &LoadedPack, root: &Path) -> Result<Vec<UsageHit>, BlindSpot> {
    let mut rules = Vec::new();
    let mut wanted = Vec::new();
    for hop in &pack.hops {
        for (index, usage) in hop.hop.usages.iter().enumerate() {
            let (globs, out) = split(&usage.files);
            rules.push((ids::usage(ids::stem(&hop.file), index), out));
            wanted.push((globs, &usage.search));
        }
    }
    let searches: Vec<Search<'_>> = wanted
        .iter()
        .map(|(globs, pattern)| Search { globs, pattern })
        .collect();
    let found = world.files.search(root, &searches, HITS_MAX);
    let found = found.map_err(|error| BlindSpot {
        source: "the search for places that people must change".to_owned(),
        why: why(&error),
    })?;
    let mut usages = Vec::new();
    for ((rule, left_out), hits) in rules.into_iter().zip(found) {
        let below = |hit: &Hit| hit.path.strip_prefix(root).unwrap_or(&hit.path).to_owned();
        let hits = hits.into_iter();
        let hits = hits.filter(|hit| !left_out.is_match(below(hit)));
        usages.extend(hits.map(|hit| {
            let below = below(&hit);
            let text: String = hit.text.trim().chars().take(LINE_CHARS_MAX).collect();
            UsageHit {
                rule: rule.clone(),
                file: sanitize(&below.to_string_lossy()),
                line: hit.line,
                text: sanitize(&text),
            }
        }));
    }
    Ok(usages)
}

/// Which files are searched, and which of them are not: `!oversight_gateway/**`. A glob that is
/// none leaves nothing out; `rules check` says so.
fn split(files: &[String]) -> (Vec<String>, GlobSet) {
    let mut globs = Vec::new();
    let mut left_out = GlobSet::builder();
    for glob in files {
        match glob.strip_prefix('!') {
            None => globs.push(glob.clone()),
            Some(glob) => {
                if let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() {
                    left_out.add(glob);
                }
            }
        }
    }
    (globs, left_out.build().unwrap_or_default())
}
