//! `rollback`: shows what a way back would do; with `--yes` it begins.

use super::{
    args::RollbackArgs,
    drive::send,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
    steps,
    which_run::{open_run, refuse_ended_sample, said_of, whole_run},
};
use crate::{
    engine::{
        errand::{Aim, Errand},
        runs::{self, RunError, Way},
        undo_preview::{Fate, LaterEdit, UndoPreview, WayBack},
    },
    model::{
        ids::StepId,
        text::{shell_word, with_causes},
    },
    run_state::RunState,
};
use std::path::Path;

pub fn roll_back(place: &Place, args: &RollbackArgs, printer: &mut Printer<'_>) -> End {
    refuse_ended_sample(place)?;
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let run = whole_run(place, &state, &id)?;
    let answers = said_of(place, &state, &run, args.answers.as_deref())?;
    runs::may_go_back(&runs::list(&place.world, &state)?, &run)?;
    let (back, to) = how_far(&run, args.down_to.as_deref())?;
    if !args.yes {
        return preview(place, (&run, back), args, printer);
    }
    // Once it goes back, it stops at later edits by itself.
    if !args.over_later_edits && run.rollback.is_none() {
        let edits = runs::later_edits(&place.world, &state, &run, back);
        let edits = edits.map_err(|error| in_the_way(&run, error))?;
        if !edits.is_empty() {
            return Err(would_stop_at(&run, &edits, back));
        }
    }
    let front = place.front()?;
    let take_up = || runs::take_up(&place.world, &state, &id, Box::new(|_| {}), Way::Back);
    let reason = args.reason.clone();
    let aim = match to {
        Some(to) => Aim::StepBack { to, reason },
        None => Aim::Back {
            reason,
            over_later_edits: args.over_later_edits,
        },
    };
    let errand = (Errand::new(aim, &answers).knowing(&run), args.hold);
    send(&front, &id, take_up, errand, run.seq + 1, printer)
}

/// The failure for a file that cannot be examined, perhaps because a link or a folder took its
/// place.
fn in_the_way(run: &RunState, error: RunError) -> Failure {
    let RunError::File(error) = error else {
        return error.into();
    };
    let text = format!(
        "nothing was changed: the rollback would stop half-way\n  {}\nfix that, then run this \
         again; `switchback rollback {}` shows the whole rollback",
        with_causes(&error),
        run.run
    );
    Failure::new(Code::Stuck, text)
}

/// The failure that lists later edits and the ways to go on.
fn would_stop_at(run: &RunState, edits: &[LaterEdit], back: WayBack) -> Failure {
    let told: Vec<String> = edits.iter().map(|edit| edit.told(back)).collect();
    let over = match back {
        WayBack::Whole => "add --over-later-edits to put these edits aside".to_owned(),
        WayBack::DownTo(_) => format!(
            "`switchback rollback {} --yes --over-later-edits` rolls the whole run back, and puts \
             aside what was edited",
            run.run
        ),
    };
    let copies: Vec<String> = edits.iter().filter_map(|edit| copy(run, edit)).collect();
    let or = match copies.as_slice() {
        [] => String::new(),
        copies => format!(
            ", or put back what the run wrote:\n  {}",
            copies.join("\n  ")
        ),
    };
    let text = format!(
        "nothing was changed: the rollback would stop half-way\n  {}\n{over}{or}",
        told.join("\n  ")
    );
    Failure::new(Code::Waiting, text)
}

fn copy(run: &RunState, edit: &LaterEdit) -> Option<String> {
    let word = |path: &Path| shell_word(&path.to_string_lossy());
    let target = edit.file.under(Path::new(&run.plan.root));
    let written = word(edit.written.as_ref()?);
    Some(format!("cp -- {written} {}", word(&target)))
}

fn how_far(run: &RunState, down_to: Option<&str>) -> Result<(WayBack, Option<StepId>), Failure> {
    let Some(said) = down_to else {
        return Ok((WayBack::Whole, None));
    };
    let refused = |text: String| Failure::new(Code::Usage, text);
    let found = steps::named(run, said).and_then(|view| {
        let step = view.step.id.clone();
        Some((run.place_of(&step)?, step))
    });
    let Some((place, step)) = found else {
        let done = run.steps.iter().filter(|view| view.touched());
        let done: Vec<String> = done.map(steps::line).collect();
        return Err(refused(format!(
            "the run has no step `{said}`; it has done\n  {}",
            done.join("\n  ")
        )));
    };
    run.may_step_back(&step).map_err(refused)?;
    Ok((WayBack::DownTo(place), Some(step)))
}

/// Prints what a way back would do, and the command that begins it.
fn preview(
    place: &Place,
    (run, back): (&RunState, WayBack),
    args: &RollbackArgs,
    printer: &mut Printer<'_>,
) -> End {
    let state = place.state()?;
    let preview = runs::undo_preview(&place.world, &state, run, back)?;
    let worker = place.front()?.worker_of(&run.run);
    print_preview(run, &preview, worker, printer);
    let edits: Vec<LaterEdit> = preview.later_edits().cloned().collect();
    if matches!(back, WayBack::DownTo(_)) && !edits.is_empty() {
        return Err(would_stop_at(run, &edits, back));
    }
    let text = match (run.rollback.is_some(), worker) {
        (true, Some(pid)) => format!(
            "a rollback is under way in process {pid}; `switchback attach {}` shows it",
            run.run
        ),
        (true, None) => format!(
            "a rollback was started and is not over; to go on with it add --yes: {}",
            command(run, &preview, args)
        ),
        (false, _) => format!(
            "nothing was changed; to roll back add --yes: {}",
            command(run, &preview, args)
        ),
    };
    Err(Failure::new(Code::Waiting, text))
}

/// The command line that begins it.
fn command(run: &RunState, preview: &UndoPreview, args: &RollbackArgs) -> String {
    let mut words = vec!["switchback rollback".to_owned(), run.run.to_string()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), shell_word(value)]);
    if let Some(step) = &args.down_to {
        option("--down-to", step);
    }
    if let Some(file) = &args.answers {
        option("--answers", &file.to_string_lossy());
    }
    words.push("--yes".to_owned());
    if preview.later_edits().next().is_some() || args.over_later_edits {
        words.push("--over-later-edits".to_owned());
    }
    format!("`{}`", words.join(" "))
}

fn print_preview(
    run: &RunState,
    preview: &UndoPreview,
    worker: Option<u32>,
    printer: &mut Printer<'_>,
) {
    if printer.json_wanted() {
        let mut json = serde_json::to_value(preview).expect("a preview has only text keys");
        json["version"] = 1.into();
        json["run_id"] = run.run.as_str().into();
        json["under_way"] = run.rollback.is_some().into();
        json["worker_pid"] = worker.into();
        printer.json(&json);
        return;
    }
    let would = match run.rollback {
        Some(_) => "is being rolled back, which still has to",
        None => "a rollback would",
    };
    printer.line(format!(
        "run {}: {} → {}, {would}",
        run.run, run.plan.from, run.plan.to
    ));
    if let Some(ended) = &preview.ended {
        printer.line(format!("  note   {ended}"));
    }
    for line in &preview.steps {
        let fate = match line.fate {
            Fate::Undone => "undo",
            Fate::Stays | Fate::PastReturn => "leave",
            Fate::Nothing => "none",
        };
        printer.line(format!("  {fate:<6} {}: {}", line.title, line.becomes));
        if let Some(told) = &line.nothing_lost {
            printer.line(format!("         {told}"));
        }
        for warning in &line.warnings {
            printer.line(format!("         ! {warning}"));
        }
    }
    match (preview.steps.is_empty(), &run.rollback) {
        (true, Some(_)) => printer.line("  every step is undone; what is left:"),
        (true, None) => printer.line("  give the run up: none of its steps was done"),
        (false, _) => {}
    }
    for after in &preview.after {
        printer.line(format!("  then   {after}"));
    }
    if run.rollback.is_some() {
        printer.line("  then   compare every file that it edited with the backup");
    }
    for note in &preview.notes {
        printer.line(format!("  note   {note}"));
    }
}
