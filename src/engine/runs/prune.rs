//! Old runs and their backups, removed to make room.
//!
//! What may still be needed is kept: every run that is not finished or cannot be read, and the newest of
//! each product, even if they are named. A run that holds the only way back is removed only if it is
//! named. A run is first moved out of the runs as a whole and then deleted, so an interrupted removal
//! leaves either the run or a remnant that no list shows and the next removal finishes.

use super::{RunError, RunSummary, list, must_be_readable};
use crate::{
    engine::store::run_dir::StateDir,
    model::{
        ids::RunId,
        record::{RunEnd, Who},
    },
    run_state::{RunState, StepView},
    world::{FileError, Lock, Standing, World, local_socket},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// A run, and why it is kept; `None` if it can be removed.
#[derive(Debug)]
pub struct Judged {
    pub run: RunSummary,
    pub stays: Option<Stays>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stays {
    /// Even if it is named.
    Always(String),
    /// While somebody holds its product.
    Held(String),
    /// Unless it is named: it holds something that exists nowhere else.
    Unnamed(&'static str),
}

impl Stays {
    pub fn why(&self) -> &str {
        match self {
            Self::Always(why) | Self::Held(why) => why,
            Self::Unnamed(why) => why,
        }
    }
}

/// Judges each run, newest first. If runs are named, only those.
pub fn judge(
    world: &World,
    state_dir: &StateDir,
    named: &[RunId],
) -> Result<Vec<Judged>, RunError> {
    judge_all(world, state_dir, named, None)
}

/// Removes the runs that can be removed, oldest first, so that no later run is ever left without one
/// that it stands on. The caller has judged them already, but somebody may have taken one up since:
/// those of a product are judged again once nobody else can touch it.
pub fn prune(
    world: &World,
    state_dir: &StateDir,
    judged: &[Judged],
    named: &[RunId],
    tell: &mut dyn FnMut(&RunState),
) -> Result<(), RunError> {
    state_dir.clear_removed(world)?;
    let roots: BTreeSet<&str> = going(judged).map(|run| run.plan.root.as_str()).collect();
    for root in roots.into_iter().map(Path::new) {
        // From here on nobody can resume or start a run of this product.
        let _held = hold(world, state_dir, root)?;
        let all = judge_all(world, state_dir, named, Some(root))?;
        let here = going(&all).filter(|run| Path::new(&run.plan.root) == root);
        for run in here.collect::<Vec<_>>().into_iter().rev() {
            state_dir.take_out(world, &run.run)?;
            state_dir.clear_removed(world)?;
            tell(run);
        }
    }
    Ok(())
}

fn going(all: &[Judged]) -> impl Iterator<Item = &RunState> {
    let going = all.iter().filter(|one| one.stays.is_none());
    going.filter_map(|one| one.run.state.as_ref().ok())
}

/// Locks the product; `None` if its folder is gone, because then nobody can hold it.
fn hold(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
) -> Result<Option<Box<dyn Lock>>, FileError> {
    if world.files.look(root)? == Standing::Nothing {
        return Ok(None);
    }
    let Who { user, host, pid } = world.system.who();
    let note = format!("{user} on {host} (process {pid}), who removes old runs");
    state_dir.lock(world, root, &note).map(Some)
}

/// `held` is the product whose lock we hold.
fn judge_all(
    world: &World,
    state_dir: &StateDir,
    named: &[RunId],
    held: Option<&Path>,
) -> Result<Vec<Judged>, RunError> {
    let all = list(world, state_dir)?;
    let mut of_roots = BTreeMap::new();
    let mut judged = Vec::new();
    for run in &all {
        let stays = match &run.state {
            Err(why) => Some(Stays::Always(why.clone())),
            Ok(state) => {
                let root = Path::new(&state.plan.root);
                let is_newest = !of_roots.contains_key(root);
                let of_root = of_roots.entry(root.to_owned()).or_insert_with(|| {
                    of_product(world, state_dir, root, &all, held == Some(root))
                });
                by_itself(state_dir, run, state)
                    .or_else(|| of_root.clone())
                    .or_else(|| is_newest.then(newest))
                    .or_else(|| unless_named(state).filter(|_| !named.contains(&run.id)))
            }
        };
        judged.push(Judged {
            run: run.clone(),
            stays,
        });
    }
    if !named.is_empty() {
        judged.retain(|one| named.contains(&one.run.id));
    }
    keep_the_last_one_clear(&all, &mut judged);
    Ok(judged)
}

fn newest() -> Stays {
    Stays::Always("it is the newest run of its product".to_owned())
}

/// The reason to keep every run of a product, if there is one.
fn of_product(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
    all: &[RunSummary],
    is_ours: bool,
) -> Option<Stays> {
    if let Err(why) = must_be_readable(world, state_dir, root, all) {
        let why = format!("which run of its product is the newest cannot be told: {why}");
        return Some(Stays::Always(why));
    }
    if is_ours {
        return None;
    }
    let free = match world.files.look(root) {
        Ok(Standing::Nothing) => Ok(()),
        Ok(_) => state_dir.refuse_if_held(world, root),
        Err(error) => Err(error),
    };
    match free {
        Ok(()) => None,
        Err(error @ FileError::Locked { .. }) => Some(Stays::Held(error.to_string())),
        Err(error) => Some(Stays::Always(error.to_string())),
    }
}

/// The reason to keep a run regardless of other runs.
fn by_itself(state_dir: &StateDir, run: &RunSummary, state: &RunState) -> Option<Stays> {
    let always = |why: &str| Some(Stays::Always(why.to_owned()));
    if let Some(damage) = &run.damage {
        return Some(Stays::Always(format!("its journal is damaged: {damage}")));
    }
    if state.ended().is_none() {
        return Some(Stays::Always(format!(
            "it is not finished: {}",
            state.word()
        )));
    }
    if state.in_force().next().is_some() {
        return always("one of its emergency steps is still pulled");
    }
    match local_socket::connect(state_dir.run(&run.id).path()) {
        Ok(None) => None,
        Ok(Some(_)) => always("a process is working on it"),
        Err(error) => Some(Stays::Always(error.to_string())),
    }
}

/// The reason to keep a run unless it is named: what would be lost with it.
fn unless_named(state: &RunState) -> Option<Stays> {
    let put_aside = |view: &StepView| !view.later_edits.is_empty();
    let why = if stands(state) {
        "its backup is the only way to roll it back"
    } else if state.ended() == Some(RunEnd::RolledBack) && state.is_back_in_part() {
        "not everything that it changed was restored"
    } else if state.steps.iter().any(put_aside) {
        "its folder holds edits of somebody that were put aside"
    } else {
        return None;
    };
    Some(Stays::Unnamed(why))
}

/// Whether the run is done and its changes are in place, so it may still be rolled back.
fn stands(state: &RunState) -> bool {
    state.ended() == Some(RunEnd::Done) && !state.is_over()
}

/// If a run that is done were removed and an earlier one kept, the earlier one would be offered for a
/// rollback underneath later changes: both are removed, or both are kept.
fn keep_the_last_one_clear(all: &[RunSummary], judged: &mut [Judged]) {
    let mut before: BTreeMap<&str, &RunId> = BTreeMap::new();
    for run in all.iter().rev() {
        let Some(state) = run.state.as_ref().ok().filter(|state| stands(state)) else {
            continue;
        };
        let one = judged.iter_mut().find(|one| one.run.id == run.id);
        let going = one.filter(|one| one.stays.is_none());
        match (going, before.get(state.plan.root.as_str())) {
            (Some(one), Some(before)) => {
                one.stays = Some(Stays::Always(format!(
                    "the earlier run {before} would then be offered for a rollback: name that too"
                )));
            }
            (Some(_), None) => {}
            (None, _) => {
                before.insert(&state.plan.root, &run.id);
            }
        }
    }
}
