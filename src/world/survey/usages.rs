//! Places in code and dashboards that people must change.

use super::files::why;
use crate::{
    model::{
        survey::{BlindSpot, Survey, UsageHit},
        text::sanitize,
    },
    rules::{ids, pack::LoadedPack},
    world::World,
};
use std::path::Path;

const HITS_MAX: usize = 1000;
const LINE_CHARS_MAX: usize = 200;

pub fn search(world: &World, pack: &LoadedPack, root: &Path, survey: &mut Survey) {
    for hop in &pack.hops {
        for (index, usage) in hop.hop.usages.iter().enumerate() {
            let found = world
                .files
                .search(root, &usage.files, &usage.search, HITS_MAX);
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    survey.blind_spots.push(BlindSpot {
                        source: format!("the search for `{}`", usage.search),
                        why: why(&error),
                    });
                    continue;
                }
            };
            let rule = ids::usage(ids::stem(&hop.file), index);
            survey.usages.extend(found.into_iter().map(|hit| {
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
}
