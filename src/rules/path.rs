//! The path from the running release to the target: which hops, in which order, and why.
//!
//! A hop with a release as its `to` is *exact*; one with `patch` or `minor` is a *process* that
//! serves any release of a line. How a path is chosen:
//!
//! - Every hop leads upwards and starts within its own `from`.
//! - The `to` of an exact hop is a required stop. Only a hop written for it leads into a stop; a
//!   process hop neither passes one nor ends at one.
//! - A process hop ends at the target, or at a release that another hop's `from` starts with.
//! - Of several paths the one with the fewest hops wins, then the one with the fewest process
//!   hops, then the one with the fewest `minor` hops. If paths still tie, it is an error that names
//!   both files: the program does not choose for the pack.
//!
//! This file knows nothing of files, plans or screens.

mod error;
mod road;
mod search;
mod targets;
mod why;

pub use error::PathError;
pub use targets::Targets;

use crate::model::{
    edit::filled_with,
    ids::InputName,
    release::{HopTo, Range, Release, Releases},
    template::{Known, Name, Template},
};
use road::Road;
use search::{Chain, chains_from};
use serde::Serialize;
use std::convert::Infallible;
use targets::default_target;

/// What planning a path needs to know of a hop's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopHead {
    pub file: String,
    pub from: Range,
    pub to: HopTo,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Path {
    pub from: Release,
    pub to: Release,
    pub hops: Vec<PathHop>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathHop {
    pub file: String,
    pub title: String,
    pub from: Release,
    pub to: Release,
    /// A sentence: why this hop is on the path.
    pub why: String,
}

impl PathHop {
    /// A text with the releases of this hop filled in. Other placeholders stay as they are written,
    /// and so do braces that are not ours.
    pub fn fill(&self, text: &str) -> String {
        match Template::parse(text) {
            Ok(template) => template.render_known(|name| self.release(name)),
            Err(_) => text.to_owned(),
        }
    }

    /// The same of the `with` of a pattern.
    pub fn fill_with(&self, with: &str) -> String {
        let filled = filled_with(with, |template, form| {
            Ok::<_, Infallible>(template.render_known(|name| self.release(name).map(form)))
        });
        let Ok(filled) = filled;
        filled
    }

    /// What stands in the place of `{{from}}` or `{{to}}`.
    fn release(&self, name: &Name) -> Option<String> {
        let known = Known {
            root: None,
            releases: Some((&self.from, &self.to)),
            input: |_: &InputName| None,
            env: |_: &str| None,
        };
        known.get(name)
    }
}

/// The path from the release that runs to a target; without one, to the highest release that an
/// exact hop leads to.
pub fn plan_path(
    scheme: &Releases,
    hops: &[HopHead],
    from: &Release,
    to: Option<&Release>,
) -> Result<Path, PathError> {
    let road = Road::new(scheme, hops, from, to)?;
    let target = match road.target {
        Some(target) => target,
        None => default_target(&road).ok_or_else(|| PathError::NoTarget {
            from: from.clone(),
            targets: Targets::of(&road),
        })?,
    };
    if target == road.start {
        return Err(PathError::AlreadyThere {
            release: from.clone(),
        });
    }
    if target < road.start {
        return Err(PathError::Downgrade {
            from: from.clone(),
            to: road.release(target).clone(),
        });
    }
    match chains_from(&road, road.start)[target].as_slice() {
        [] => Err(error::no_path(&road, target)),
        [chain] => Ok(path(&road, chain, target)),
        [one, other, ..] => Err(PathError::Ambiguous {
            one: picture(&road, one),
            other: picture(&road, other),
        }),
    }
}

/// Where the hops lead from a release, for an operator who has to choose.
pub fn targets(scheme: &Releases, hops: &[HopHead], from: &Release) -> Result<Targets, PathError> {
    Ok(Targets::of(&Road::new(scheme, hops, from, None)?))
}

fn path(road: &Road, chain: &Chain, target: usize) -> Path {
    let hops = chain.legs.iter().map(|leg| PathHop {
        file: road.heads[leg.hop].file.clone(),
        title: road.heads[leg.hop].title.clone(),
        from: road.release(leg.from).clone(),
        to: road.release(leg.to).clone(),
        why: why::sentence(road, leg, target),
    });
    Path {
        from: road.release(road.start).clone(),
        to: road.release(target).clone(),
        hops: hops.collect(),
    }
}

/// `0.5.0 → 1.0.0 (a.yaml) → 1.1.0 (b.yaml)`
fn picture(road: &Road, chain: &Chain) -> String {
    let mut picture = road.release(road.start).to_string();
    for leg in &chain.legs {
        let (to, file) = (road.release(leg.to), &road.heads[leg.hop].file);
        picture.push_str(&format!(" → {to} ({file})"));
    }
    picture
}

#[cfg(test)]
mod tests;
