//! What is known about runs: status, report, the list, a journal by itself. Nothing is locked or
//! mended here; a damaged journal is still read as far as it is whole.

use super::{
    args::Format,
    elsewhere,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
    status::{self, AtWork, Beside},
    which_run::{newest_here, readable_runs},
};
use crate::{
    engine::{
        report,
        runs::{self, RunError},
        store::{
            journal::{self, Decoded, Tail},
            run_dir::StateDir,
        },
    },
    model::{ids::RunId, limits, units},
    run_state::RunState,
};
use serde_json::json;
use std::path::Path;

/// What stands above the runs of samples where there is no other run.
const SAMPLES_ALONE: &str = "no runs in this state folder; unfinished runs of samples:";

pub fn status(place: &Place, run: Option<&str>, printer: &mut Printer<'_>) -> End {
    place.named_folders()?;
    let dir = place.state()?;
    let id = meant(place, &dir, run, printer)?;
    let (state, tail) = runs::look(&place.world, &dir, &id)?;
    stands(place, (&state, &tail), Some(&dir), printer)
}

/// The named run, or the newest of this product. If there is none, it is the newest of another
/// product, and a line says so first.
fn meant(
    place: &Place,
    dir: &StateDir,
    run: Option<&str>,
    printer: &mut Printer<'_>,
) -> Result<RunId, Failure> {
    if run.is_some() {
        return Ok(runs::find(&place.world, dir, run)?);
    }
    let all = readable_runs(place, dir)?;
    if let Some(run) = newest_here(place, &all) {
        return Ok(run.run.clone());
    }
    let of_others = all.iter().filter_map(|run| run.state.as_ref().ok());
    let mut of_others = of_others.filter(|run| elsewhere::is_there(place, run.plan.root.as_ref()));
    let Some(found) = of_others.next().map(|run| run.run.clone()) else {
        let error = RunError::NoRuns;
        let told = match elsewhere::in_samples(place) {
            none if none.is_empty() => error.to_string(),
            samples => format!("{SAMPLES_ALONE}\n{}", samples.join("\n")),
        };
        return Err(Failure::new(Failure::from(error).code, told));
    };
    if printer.format() == Format::Text {
        let root = place.root.display();
        printer.line(format!(
            "no run was started in {root}; this is the newest run of another folder"
        ));
    }
    Ok(found)
}

/// Prints the status. `dir` is where the run is kept; `None` for a journal by itself.
fn stands(
    place: &Place,
    (state, tail): (&RunState, &Tail),
    dir: Option<&StateDir>,
    printer: &mut Printer<'_>,
) -> End {
    let folder = dir.map(|dir| dir.run(&state.run).path().to_owned());
    let worker = match folder {
        Some(_) => place.front()?.worker_of(&state.run),
        None => None,
    };
    // A worker that has gone since its records were read may have written more.
    let again = match dir {
        Some(dir) if worker.is_none() && state.is_in_flight() => {
            Some(runs::look(&place.world, dir, &state.run)?)
        }
        Some(_) | None => None,
    };
    let (state, tail) = again
        .as_ref()
        .map_or((state, tail), |(state, tail)| (state, tail));
    let (code, damaged) = damage(tail);
    let left = dir.map(|dir| runs::left_over(&place.world, dir, state));
    let at_work = match (worker, &left) {
        (Some(pid), _) => AtWork::Worker(pid),
        (None, Some(left)) => AtWork::Nobody(left.as_deref()),
        (None, None) => AtWork::Unseen,
    };
    let beside = Beside {
        damaged: damaged.as_deref(),
        at_work,
        folder: folder.as_deref(),
    };
    status::print(state, beside, printer);
    Ok(code)
}

/// The exit code for the end of a journal, and what is wrong with it.
fn damage(tail: &Tail) -> (Code, Option<String>) {
    let damage = tail.damage();
    let code = match damage {
        None => Code::Done,
        Some(_) => Code::Damaged,
    };
    (code, damage)
}

pub fn report(place: &Place, run: Option<&str>, printer: &mut Printer<'_>) -> End {
    place.named_folders()?;
    let dir = place.state()?;
    let id = meant(place, &dir, run, printer)?;
    let (state, tail) = runs::look(&place.world, &dir, &id)?;
    if printer.format() == Format::Json {
        return stands(place, (&state, &tail), Some(&dir), printer);
    }
    let (code, damaged) = damage(&tail);
    printer.line(report::markdown(
        &state,
        dir.run(&id).path(),
        damaged.as_deref(),
    ));
    Ok(code)
}

pub fn list(place: &Place, printer: &mut Printer<'_>) -> End {
    place.named_folders()?;
    let all = runs::list(&place.world, &place.state()?)?;
    let samples = match printer.format() {
        Format::Json => Vec::new(),
        Format::Text | Format::Markdown => elsewhere::in_samples(place),
    };
    if all.is_empty() && !printer.json_wanted() {
        printer.line(match samples.as_slice() {
            [] => "no runs yet",
            _of_samples => SAMPLES_ALONE,
        });
    }
    for run in &all {
        match &run.state {
            Ok(state) if printer.json_wanted() => printer.json(&json!({
                "version": 1,
                "run_id": run.id,
                "state": run.word(),
                "back_in_part": status::is_back_in_part(state),
                "product": state.plan.product,
                "root": state.plan.root,
                "from": state.plan.from,
                "to": state.plan.to,
                "started_at_ms": state.started_at_ms,
                "by": state.started_by.user,
            })),
            Ok(state) => printer.line(format!(
                "{}  {}  {:<11} {} {} → {}  {}{}  by {}",
                run.id.short(),
                units::time(state.started_at_ms),
                if status::is_back_in_part(state) {
                    "rolled back in part"
                } else {
                    run.word()
                },
                state.plan.product,
                state.plan.from,
                state.plan.to,
                state.plan.root,
                if elsewhere::is_there(place, state.plan.root.as_ref()) {
                    ""
                } else {
                    " (which is gone)"
                },
                state.started_by.user,
            )),
            Err(why) if printer.json_wanted() => {
                printer.json(
                    &json!({ "version": 1, "run_id": run.id, "state": run.word(), "because": why }),
                );
            }
            Err(why) => printer.line(format!("{}  {}: {why}", run.id, run.word())),
        }
    }
    for line in samples {
        printer.line(line);
    }
    Ok(Code::Done)
}

/// Reads a journal by itself, wherever it is.
pub fn read_journal(place: &Place, file: &Path) -> Result<Decoded, Failure> {
    let decoded = journal::decode(&place.read(file, limits::JOURNAL)?);
    if decoded.records.is_empty() {
        let text = format!("{}: no journal of a run", file.display());
        return Err(Failure::new(Code::Usage, text));
    }
    Ok(decoded)
}

pub fn replay(place: &Place, file: &Path, printer: &mut Printer<'_>) -> End {
    let decoded = read_journal(place, file)?;
    let state =
        RunState::fold(&decoded.records).map_err(|error| Failure::told(Code::Damaged, &error))?;
    stands(place, (&state, &decoded.tail), None, printer)
}
