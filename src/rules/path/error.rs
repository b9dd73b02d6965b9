//! Why there is no path, and what to do about it.

use super::road::Road;
use super::targets::{Targets, reached};
use crate::model::release::{Rank, Release};
use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    #[error("{because}")]
    UnknownRelease { because: String },
    #[error("the hop `{file}` does not fit the product's releases: {because}")]
    BadHop { file: String, because: String },
    #[error("{release} runs already")]
    AlreadyThere { release: Release },
    #[error("{to} is older than {from}, which runs")]
    Downgrade { from: Release, to: Release },
    #[error("{from} runs, and the pack names no later release")]
    NoTarget { from: Release, targets: Targets },
    #[error("no hop leads from {at} towards {to}; hops start from {starts}")]
    Gap {
        /// The furthest release that can be reached.
        at: Release,
        to: Release,
        /// Every range that a hop starts from, with its file.
        starts: String,
        /// Most ranges leave a pre-release out, which is not easily seen.
        at_pre_release: bool,
        targets: Box<Targets>,
    },
    #[error(
        "from {at}, `{process}` may not enter or pass the required stop {stop}; hops into it start \
         from {starts}"
    )]
    StopInTheWay {
        at: Release,
        process: String,
        stop: Release,
        /// Every range from which a hop leads into the stop, with its file.
        starts: String,
    },
    #[error("two paths are equally good: {one}, and {other}")]
    Ambiguous { one: String, other: String },
}

impl PathError {
    /// Whether the product is already at the release it should reach, as far as the pack leads.
    pub fn is_at_the_goal(&self) -> bool {
        match self {
            Self::AlreadyThere { .. } | Self::NoTarget { .. } => true,
            Self::UnknownRelease { .. }
            | Self::BadHop { .. }
            | Self::Downgrade { .. }
            | Self::Gap { .. }
            | Self::StopInTheWay { .. }
            | Self::Ambiguous { .. } => false,
        }
    }

    /// What the operator, or the author of the pack, can do about it.
    pub fn cure(&self) -> String {
        match self {
            Self::UnknownRelease { .. } => {
                "check the spelling of --from and --to, and what the pack's probes find".to_owned()
            }
            Self::BadHop { file, .. } => {
                format!("correct `from` and `to` in {file}, or `releases` in pack.yaml")
            }
            Self::AlreadyThere { .. } => {
                "nothing is to be done; for a later release, name it with --to".to_owned()
            }
            Self::Downgrade { .. } => {
                "hops only lead up: to go back, roll back a run instead".to_owned()
            }
            Self::NoTarget { targets, .. } if targets.is_empty() => {
                "nothing is to be done".to_owned()
            }
            Self::NoTarget { targets, .. } => {
                format!("nothing is to be done; for another, give it with --to: {targets}")
            }
            Self::Gap {
                at,
                at_pre_release,
                targets,
                ..
            } => gap_cure(at, *at_pre_release, targets),
            Self::StopInTheWay { starts, .. } => {
                format!("go to a release in {starts} first; the pack's author can widen that range")
            }
            Self::Ambiguous { .. } => {
                "the pack's author makes the `from` ranges of these hops exclude each other"
                    .to_owned()
            }
        }
    }
}

fn gap_cure(at: &Release, at_pre_release: bool, targets: &Targets) -> String {
    let mut cure = String::new();
    if at_pre_release {
        cure.push_str(&format!(
            "{at} is a pre-release, which only a range that names one contains (`>={at}`); "
        ));
    }
    if !targets.is_empty() {
        cure.push_str(&format!("choose another target with --to ({targets}), or "));
    }
    cure.push_str(&format!(
        "ask the pack's author for a hop that starts at {at}"
    ));
    cure
}

/// Why no path leads to a target above the start: the furthest place where one ends.
pub(super) fn no_path(road: &Road, target: usize) -> PathError {
    let mut reached = reached(road);
    reached.retain(|bend| *bend < target);
    let barred = reached.iter().rev().find_map(|at| {
        road.hops()
            .filter(|hop| road.leads(*hop, *at, target))
            .find_map(|hop| Some((at, hop, road.barrier(hop, *at, target)?)))
            .filter(|(_, _, stop)| !reached.contains(stop))
    });
    if let Some((at, process, stop)) = barred {
        return PathError::StopInTheWay {
            at: road.release(*at).clone(),
            process: road.heads[process].file.clone(),
            stop: road.release(stop).clone(),
            starts: starts(road, |hop| road.end(hop) == Some(stop)),
        };
    }
    let at = reached.last().copied().unwrap_or(road.start);
    PathError::Gap {
        at: road.release(at).clone(),
        to: road.release(target).clone(),
        starts: starts(road, |_| true),
        at_pre_release: match road.rank(at) {
            Rank::Number(version) => !version.pre.is_empty(),
            Rank::Name(_) => false,
        },
        targets: Box::new(Targets::of(road)),
    }
}

/// `>=1.0, <1.1 (1.0-to-1.1.yaml)` for each hop that counts.
fn starts(road: &Road, counts: impl Fn(usize) -> bool) -> String {
    let hops = road.hops().filter(|hop| counts(*hop));
    let starts: Vec<String> = hops
        .map(|hop| &road.heads[hop])
        .map(|head| format!("{} ({})", head.from, head.file))
        .collect();
    if starts.is_empty() {
        "nowhere, as the pack has none".to_owned()
    } else {
        starts.join("; ")
    }
}
