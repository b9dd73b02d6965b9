//! Where the hops of a pack lead from a release.

use super::road::Road;
use super::search::chains_from;
use crate::model::release::{HopTo, Rank, Release};
use serde::Serialize;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Targets {
    /// The releases that exact hops lead to, in rising order.
    pub releases: Vec<Release>,
    /// The lines in which process hops lead to later releases, for example `1.2.x`.
    pub lines: Vec<String>,
}

impl Targets {
    pub(super) fn of(road: &Road) -> Self {
        let reached = reached(road);
        let mut lines: Vec<String> = Vec::new();
        for bend in &reached {
            let hops = road.hops().filter(|hop| road.starts_at(*hop, *bend));
            for line in hops.filter_map(|hop| line(&road.heads[hop].to, road.rank(*bend))) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        let ends = ends(road).filter(|end| reached.contains(end));
        let mut ends: Vec<usize> = ends.collect();
        ends.sort_unstable();
        ends.dedup();
        Self {
            releases: ends.iter().map(|end| road.release(*end).clone()).collect(),
            lines,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.releases.is_empty() && self.lines.is_empty()
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let releases = self.releases.iter().map(Release::to_string);
        let lines = self.lines.iter().map(|line| format!("a later {line}"));
        f.write_str(&releases.chain(lines).collect::<Vec<_>>().join(", "))
    }
}

/// The target if none is given: the highest release that an exact hop leads to and a path reaches.
/// If none can be reached, the highest one: planning to it then says what is missing.
pub(super) fn default_target(road: &Road) -> Option<usize> {
    let reached = reached(road);
    let reachable = ends(road).filter(|end| reached.contains(end)).max();
    reachable.or_else(|| ends(road).max())
}

/// The ends of the exact hops above the start.
fn ends(road: &Road) -> impl Iterator<Item = usize> {
    road.hops()
        .filter_map(|hop| road.end(hop))
        .filter(|end| *end > road.start)
}

/// The releases to which a path leads, the start among them, in rising order.
pub(super) fn reached(road: &Road) -> Vec<usize> {
    let chains = chains_from(road, road.start);
    road.bends()
        .filter(|bend| !chains[*bend].is_empty())
        .collect()
}

/// The line that a process hop serves from a release.
fn line(to: &HopTo, from: &Rank) -> Option<String> {
    match (to, from) {
        (HopTo::Patch, Rank::Number(from)) => Some(format!("{}.{}.x", from.major, from.minor)),
        (HopTo::Minor, Rank::Number(from)) => Some(format!("{}.x", from.major)),
        (HopTo::Release(_), _) | (HopTo::Patch | HopTo::Minor, Rank::Name(_)) => None,
    }
}
