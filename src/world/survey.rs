//! Takes a survey: the product's present state, as far as the pack's rules look at it.
//!
//! It only looks: it starts the pack's detection commands and requests, which must change nothing,
//! and writes nothing. What could not be examined is recorded as such (a blind spot, an unusable
//! file, a probe without an answer), never as if it were absent.

mod applied;
mod detect;
mod files;
mod fill;
mod room;
mod stock;
mod usages;
mod variables;
mod wanted;

use super::{FileError, Standing, World};
use crate::{
    model::{
        rule::{Detect, Hop, Pack},
        survey::{BlindSpot, ReleaseSighting, Survey, Variable},
    },
    rules::{
        condition::{Answers, Facts},
        pack::LoadedPack,
        variants,
    },
    side_by_side,
};
use fill::Fill;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
pub use stock::read as stock;
use wanted::Wanted;

#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{root}: not a folder; give the product's folder with --root", root = .root.display())]
    NoRoot { root: PathBuf },
}

/// Everything that the pack and all its hops look at. `state` is where runs are kept: it may lie below
/// the root, and is no part of the product.
pub fn take(
    world: &World,
    pack: &LoadedPack,
    root: &Path,
    state: &Path,
    answers: &Answers,
) -> Result<Survey, SurveyError> {
    let mut survey = bare(world, root)?;
    let root = PathBuf::from(&survey.root);
    let mut wanted = Wanted::of_pack(&pack.pack);
    hops(pack).for_each(|hop| wanted.add_hop(hop));
    // The search walks the whole tree, and the probes wait for answers: neither needs the other.
    let probes = || {
        let answers = &see(world, pack, &wanted, answers, &mut survey)?;
        (survey.releases, survey.applied) = side_by_side::both(
            || detect::all(world, pack, &survey, answers),
            || applied::look(world, &pack.pack, hops(pack), &survey, answers),
        );
        Ok::<_, SurveyError>(())
    };
    let (looked, usages) = side_by_side::both(probes, || usages::search(world, pack, &root, state));
    looked?;
    match usages {
        Ok(usages) => survey.usages = usages,
        Err(blind) => survey.blind_spots.push(blind),
    }
    Ok(survey)
}

/// Only what the pack's `recognise` speaks of.
pub fn recognise(world: &World, pack: &Pack, root: &Path) -> Result<Survey, SurveyError> {
    let mut survey = bare(world, root)?;
    let mut wanted = Wanted::default();
    wanted.add_condition(&pack.recognise);
    let root = PathBuf::from(&survey.root);
    files::read(world, &root, &wanted, &mut survey)?;
    if !wanted.variables.is_empty() {
        let mut pack = pack.clone();
        pack.known.extend(wanted.variables);
        (survey.variables, survey.blind_spots) = variables::read(world, &pack, &[], &root);
    }
    Ok(survey)
}

/// The product's variables with every source, and the sources that could not be read.
pub fn variables(
    world: &World,
    pack: &LoadedPack,
    root: &Path,
) -> Result<(BTreeMap<String, Variable>, Vec<BlindSpot>), SurveyError> {
    let root = canonical(world, root)?;
    Ok(variables::read(world, &pack.pack, &pack.hops, &root))
}

/// What each detection probe says now, in the pack's order.
pub fn releases(
    world: &World,
    pack: &LoadedPack,
    root: &Path,
    answers: &Answers,
) -> Vec<ReleaseSighting> {
    let seen = bare(world, root).and_then(|mut survey| {
        let wanted = Wanted::of_pack(&pack.pack);
        let answers = see(world, pack, &wanted, answers, &mut survey)?;
        Ok(detect::all(world, pack, &survey, &answers))
    });
    seen.unwrap_or_else(|error| {
        let unseen = |detect: &Detect| ReleaseSighting {
            title: detect.title.clone(),
            answer: Err(error.to_string()),
        };
        pack.pack.detect.iter().map(unseen).collect()
    })
}

/// Adds the files that are wanted, the variables and the variants; gives the answers with their
/// defaults.
fn see(
    world: &World,
    pack: &LoadedPack,
    wanted: &Wanted,
    given: &Answers,
    survey: &mut Survey,
) -> Result<Answers, SurveyError> {
    let root = PathBuf::from(&survey.root);
    files::read(world, &root, wanted, survey)?;
    (survey.variables, survey.blind_spots) = variables::read(world, &pack.pack, &pack.hops, &root);
    let answers = fill::with_defaults(pack, survey, given);
    find_variants(pack, &answers, survey);
    Ok(answers)
}

fn bare(world: &World, root: &Path) -> Result<Survey, SurveyError> {
    let root = canonical(world, root)?;
    let who = world.system.who();
    Ok(Survey {
        root: root.to_string_lossy().into_owned(),
        host: who.host,
        user: who.user,
        ..Survey::default()
    })
}

/// Resolves the root. One that is not UTF-8 cannot be written into a plan, so it is refused too.
fn canonical(world: &World, root: &Path) -> Result<PathBuf, SurveyError> {
    let found = world.files.canonical(root)?;
    let found = found.filter(|root| root.to_str().is_some());
    let no_root = || SurveyError::NoRoot {
        root: root.to_owned(),
    };
    let found = found.ok_or_else(no_root)?;
    match world.files.look(&found)? {
        Standing::File { .. } | Standing::Other { .. } => Err(no_root()),
        Standing::Nothing | Standing::Dir | Standing::Symlink { .. } => Ok(found),
    }
}

fn hops(pack: &LoadedPack) -> impl Iterator<Item = &Hop> {
    pack.hops.iter().map(|hop| &*hop.hop)
}

/// Records the variants that can be detected; the operator has to choose the others.
fn find_variants(pack: &LoadedPack, answers: &Answers, survey: &mut Survey) {
    for (name, choices) in &pack.pack.variants {
        let none = BTreeMap::new();
        let facts = Facts {
            survey,
            answers,
            variants: &none,
        };
        if let Some(choice) = variants::detected(choices, &facts) {
            survey.variants.insert(name.clone(), choice);
        }
    }
}
