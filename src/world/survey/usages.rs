//! Places in code and dashboards that people must change.

use super::files::why;
use crate::{
    model::{
        glob::{Glob, Globs, InOrOut},
        survey::{BlindSpot, UsageHit},
        text::sanitize,
    },
    rules::{ids, pack::LoadedPack},
    world::{Hit, Search, World},
};
use std::path::Path;

const HITS_MAX: usize = 1000;
/// Far more than is displayed: a secret that starts there must still be recognised as a whole.
const LINE_CHARS_MAX: usize = 16 << 10;

/// The usages, or why the search failed. Skips this program's state of earlier runs, which people
/// need not change.
pub fn search(
    world: &World,
    pack: &LoadedPack,
    root: &Path,
    state: &Path,
) -> Result<Vec<UsageHit>, BlindSpot> {
    let mut rules = Vec::new();
    let mut wanted = Vec::new();
    for hop in &pack.hops {
        for (index, usage) in hop.hop.usages.iter().enumerate() {
            let (globs, out) = split(&usage.files);
            rules.push((ids::usage(ids::stem(&hop.file), index), Globs::new(&out)));
            wanted.push((globs, &usage.search));
        }
    }
    let searches: Vec<Search<'_>> = wanted
        .iter()
        .map(|(globs, pattern)| Search { globs, pattern })
        .collect();
    let found = world.files.search(root, state, &searches, HITS_MAX);
    let found = found.map_err(|error| blind(why(&error)))?;
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

fn blind(why: String) -> BlindSpot {
    BlindSpot {
        source: "the search for places that people must change".to_owned(),
        why,
    }
}

/// Which files are searched, and which of them are not: `!oversight_gateway/**`.
fn split(files: &[InOrOut]) -> (Vec<Glob>, Vec<Glob>) {
    let (mut searched, mut left_out) = (Vec::new(), Vec::new());
    for glob in files {
        match glob {
            InOrOut::In(glob) => searched.push(glob.clone()),
            InOrOut::Out(glob) => left_out.push(glob.clone()),
        }
    }
    (searched, left_out)
}
