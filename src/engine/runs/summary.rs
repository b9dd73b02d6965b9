//! The runs of a state folder: listed, and found by their ids.

use super::{RunError, look};
use crate::{
    engine::store::{
        journal::Tail,
        run_dir::{RunDir, StateDir},
    },
    model::{ids::RunId, limits, record::RunEnd, text::sanitize},
    run_state::RunState,
    world::World,
};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A line of the list of runs.
#[derive(Clone, Debug)]
pub struct RunSummary {
    pub id: RunId,
    /// The state, or why it cannot be told.
    pub state: Result<RunState, String>,
    /// Where and how its journal is damaged: the state contains nothing that came after that.
    pub damage: Option<String>,
}

impl RunSummary {
    pub(super) fn is_of(&self, root: &Path) -> bool {
        let state = self.state.as_ref();
        state.is_ok_and(|state| Path::new(&state.plan.root) == root)
    }

    /// Whether the state of the run is unclear. One that went back or was given up is over,
    /// whatever was written after that.
    pub fn is_unclear(&self) -> bool {
        let over = |state: &RunState| {
            matches!(state.ended(), Some(RunEnd::RolledBack | RunEnd::Abandoned))
        };
        self.damage.is_some() && !self.state.as_ref().is_ok_and(over)
    }

    /// Refuses an unclear run: nothing may be begun beside it, and it cannot go on or back.
    pub fn must_be_whole(&self, state_dir: &StateDir) -> Result<(), RunError> {
        match &self.damage {
            Some(why) if self.is_unclear() => Err(RunError::Damaged {
                run: self.id.clone(),
                why: why.clone(),
                folder: state_dir.run(&self.id).path().to_owned(),
                is_told: self.state.is_ok(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// One word for lists.
    pub fn word(&self) -> &'static str {
        match (&self.state, &self.damage) {
            (Err(_), None) => "unreadable",
            (_, Some(_)) => "damaged",
            (Ok(state), None) => state.word(),
        }
    }
}

/// The same for a single run.
pub fn must_be_whole(state_dir: &StateDir, state: &RunState, tail: &Tail) -> Result<(), RunError> {
    let summary = RunSummary {
        id: state.run.clone(),
        state: Ok(state.clone()),
        damage: tail.damage(),
    };
    summary.must_be_whole(state_dir)
}

/// Every run, newest first; those that cannot be read last.
pub fn list(world: &World, state_dir: &StateDir) -> Result<Vec<RunSummary>, RunError> {
    let mut runs = Vec::new();
    for id in state_dir.runs(world)? {
        let (state, damage) = match look(world, state_dir, &id) {
            Ok((state, tail)) => (Ok(state), tail.damage()),
            // A crash before the first record: nothing was written outside its folder.
            Err(RunError::Empty(_)) => continue,
            Err(error @ RunError::Damaged { .. }) => (Err(error.to_string()), error.damage()),
            Err(RunError::Unreadable { why, .. }) => (Err(why), None),
            Err(error) => (Err(error.to_string()), None),
        };
        runs.push(RunSummary { id, state, damage });
    }
    runs.sort_by_key(|run| {
        let order = run.state.as_ref().ok().map(RunState::order);
        (std::cmp::Reverse(order), run.id.clone())
    });
    Ok(runs)
}

/// The number for a new run. The caller holds the lock on its product, so no two runs of one
/// product get the same number.
pub(super) fn next_number(runs: &[RunSummary]) -> u64 {
    let begun = runs.iter().filter_map(|run| run.state.as_ref().ok());
    let newest = begun.map(|run| run.number).max();
    newest.unwrap_or(0).saturating_add(1)
}

/// The runs on this root that have not ended, newest first.
pub fn unfinished(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
) -> Result<Vec<RunState>, RunError> {
    unfinished_of(world, state_dir, root, list(world, state_dir)?)
}

pub(super) fn unfinished_of(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
    runs: Vec<RunSummary>,
) -> Result<Vec<RunState>, RunError> {
    must_be_readable(world, state_dir, root, &runs)?;
    let states = runs.into_iter().filter_map(|run| run.state.ok());
    let open = |run: &RunState| run.end.is_none() && Path::new(&run.plan.root) == root;
    Ok(states.filter(open).collect())
}

/// Refuses if a run that may be of this root cannot be read: it might be the newest, or not be
/// over. To be called before anything is said about the newest run of a root, or that it has none.
pub fn must_be_readable(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
    runs: &[RunSummary],
) -> Result<(), RunError> {
    for run in runs {
        if let Err(why) = &run.state
            && may_be_of(world, &state_dir.run(&run.id), root)
        {
            run.must_be_whole(state_dir)?;
            let (run, why) = (run.id.clone(), why.clone());
            return Err(RunError::Unreadable { run, why });
        }
    }
    Ok(())
}

/// Whether a run with an unreadable journal may be of this root.
fn may_be_of(world: &World, dir: &RunDir, root: &Path) -> bool {
    #[derive(Deserialize)]
    struct OnlyRoot {
        root: PathBuf,
    }
    match world.files.read(&dir.plan(), limits::PLAN.bytes()) {
        // The plan is written before the journal, so that run had not begun.
        Ok(None) => false,
        Ok(Some(content)) => serde_json::from_slice::<OnlyRoot>(&content.bytes)
            .map_or(true, |plan| plan.root == root),
        Err(_) => true,
    }
}

/// A run by its id, by the beginning of it, or the newest one.
pub fn find(world: &World, state_dir: &StateDir, prefix: Option<&str>) -> Result<RunId, RunError> {
    let Some(prefix) = prefix else {
        let newest = list(world, state_dir)?.into_iter().next().map(|run| run.id);
        return newest.ok_or(RunError::NoRuns);
    };
    let mut fits: Vec<RunId> = state_dir.runs(world)?;
    fits.retain(|id| id.as_str().starts_with(prefix));
    match fits.as_slice() {
        [] => Err(RunError::NoRun(sanitize(prefix))),
        [id] => Ok(id.clone()),
        many => Err(RunError::ManyRuns {
            prefix: sanitize(prefix),
            runs: many.iter().map(|id| id.short().to_owned()).collect(),
        }),
    }
}
