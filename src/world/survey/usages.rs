//! Places in code and dashboards that people must change.

use super::files::why;
use crate::{
    model::{
        survey::{BlindSpot, Survey, UsageHit},
        text::sanitize,
    },
    rules::{ids, pack::LoadedPack},
    world::{Search, World},
};
use std::path::Path;

const HITS_MAX: usize = 1000;
const LINE_CHARS_MAX: usize = 200;

pub fn search(world: &World, pack: &LoadedPack, root: &Path, survey: &mut Survey) {
    let mut rules = Vec::new();
    let mut searches = Vec::new();
    for hop in &pack.hops {
        for (index, usage) in hop.hop.usages.iter().enumerate() {
            rules.push(ids::usage(ids::stem(&hop.file), index));
            searches.push(Search {
                globs: &usage.files,
                pattern: &usage.search,
            });
        }
    }
    let found = match world.files.search(root, &searches, HITS_MAX) {
        Ok(found) => found,
        Err(error) => {
            survey.blind_spots.push(BlindSpot {
                source: "the search for places that people must change".to_owned(),
                why: why(&error),
            });
            return;
        }
    };
    for (rule, hits) in rules.into_iter().zip(found) {
        survey.usages.extend(hits.into_iter().map(|hit| {
            let below = hit.path.strip_prefix(root).unwrap_or(&hit.path);
            let text: String = hit.text.trim().chars().take(LINE_CHARS_MAX).collect();
            UsageHit {
                rule: rule.clone(),
                file: sanitize(&below.to_string_lossy()),
                line: hit.line,
                text: sanitize(&text),
            }
        }));
    }
}
