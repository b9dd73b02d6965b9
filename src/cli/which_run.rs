//! The run that a command means, and whether it can be asked for anything.

use super::{
    elsewhere,
    end::{Code, Failure},
    place::Place,
    status,
};
use crate::{
    engine::{
        answers::AnswersFile,
        runs::{self, RunSummary},
        store::run_dir::StateDir,
    },
    model::ids::RunId,
    run_state::RunState,
};
use std::path::Path;

/// The run that was named, or the newest of this product that has not ended.
pub fn open_run(place: &Place, state: &StateDir, prefix: Option<&str>) -> Result<RunId, Failure> {
    named_or(place, state, prefix, open_here)
}

/// The same for whoever only watches: a run that has ended in the meantime counts too.
pub fn open_or_newest(
    place: &Place,
    state: &StateDir,
    prefix: Option<&str>,
) -> Result<RunId, Failure> {
    named_or(place, state, prefix, |place, all| {
        open_here(place, all).or_else(|| newest_here(place, all))
    })
}

fn named_or(
    place: &Place,
    state: &StateDir,
    prefix: Option<&str>,
    pick: for<'r> fn(&Place, &'r [RunSummary]) -> Option<&'r RunState>,
) -> Result<RunId, Failure> {
    if prefix.is_some() {
        return Ok(runs::find(&place.world, state, prefix)?);
    }
    let all = readable_runs(place, state)?;
    match pick(place, &all) {
        Some(run) => Ok(run.run.clone()),
        None => Err(none_open(place, &all)),
    }
}

/// All runs, where a run of this product is looked for without a name: each that may belong to it
/// must be readable.
pub fn readable_runs(place: &Place, state: &StateDir) -> Result<Vec<RunSummary>, Failure> {
    let all = runs::list(&place.world, state)?;
    runs::must_be_readable(&place.world, state, &place.root, &all)?;
    Ok(all)
}

pub fn newest_here<'r>(place: &Place, all: &'r [RunSummary]) -> Option<&'r RunState> {
    here(place, all).next().map(|(_, run)| run)
}

/// The unfinished run of this product. A damaged journal may hide whether the run has ended, so
/// that counts too and is reported.
fn open_here<'r>(place: &Place, all: &'r [RunSummary]) -> Option<&'r RunState> {
    let mut here = here(place, all);
    let open = here.find(|(summary, run)| run.end.is_none() || summary.is_unclear());
    open.map(|(_, run)| run)
}

/// The runs of this product that can be read, the newest first.
pub fn here<'r>(
    place: &Place,
    all: &'r [RunSummary],
) -> impl Iterator<Item = (&'r RunSummary, &'r RunState)> {
    let begun = all
        .iter()
        .filter_map(|run| Some((run, run.state.as_ref().ok()?)));
    begun.filter(|(_, run)| Path::new(&run.plan.root) == place.root)
}

fn none_open(place: &Place, all: &[RunSummary]) -> Failure {
    let newest = newest_here(place, all);
    // Taking back a finished upgrade is never a default: the run must be named.
    let cure = match newest {
        Some(run) if place.is_ended_sample() => format!(
            "its services have ended. The newest: {}; `switchback report` shows it",
            status::stands(run)
        ),
        Some(run) if runs::may_go_back(all, run).is_ok() => format!(
            "the newest, {0}, is done: `switchback rollback {0}` rolls it back",
            run.run
        ),
        Some(run) => format!(
            "the newest, {}: {}; `switchback report` shows it",
            run.run,
            status::stands(run)
        ),
        None => "none was started there; --root names another folder, `switchback runs` lists all"
            .to_owned(),
    };
    let root = place.root.display();
    let mut lines = vec![format!("no run of {root} is unfinished; {cure}")];
    // Whoever has runs here knows where they are.
    if newest.is_none() {
        lines.extend(elsewhere::unfinished(place, all));
    }
    Failure::new(Code::Usage, lines.join("\n"))
}

/// A run that can be gone on with or taken back: its journal is whole, and its product is where it was.
pub fn whole_run(place: &Place, state: &StateDir, id: &RunId) -> Result<RunState, Failure> {
    let (run, tail) = runs::look(&place.world, state, id)?;
    runs::must_be_whole(state, &run, &tail)?;
    if elsewhere::is_there(place, Path::new(&run.plan.root)) {
        return Ok(run);
    }
    let text = format!(
        "nothing was done: run {id} belongs to {}, and there is no such folder now; move the \
         product back to that path, then run this again with --root if it is needed",
        run.plan.root
    );
    Err(Failure::new(Code::Usage, text))
}

/// The answers for a run that has begun, checked against the pack that it was begun with.
pub fn said_of(
    place: &Place,
    state: &StateDir,
    run: &RunState,
    file: Option<&Path>,
) -> Result<AnswersFile, Failure> {
    let answers = place.answers(file)?;
    if file.is_some() {
        let pack = runs::pack_of(&place.world, state, run)?;
        answers.must_be_known(&run.plan, &pack)?;
    }
    Ok(answers)
}

/// Refuses a sample without its services, which its steps need in either direction.
pub fn refuse_ended_sample(place: &Place) -> Result<(), Failure> {
    if !place.is_ended_sample() {
        return Ok(());
    }
    let text = "the services of this sample have ended: its runs can be looked at, with `switchback \
                report`, but neither resumed nor rolled back";
    Err(Failure::new(Code::Usage, text))
}
