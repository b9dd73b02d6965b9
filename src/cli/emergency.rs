//! `emergency`: lists the emergency steps of a run, pulls one, or takes it back.

use super::{
    args::EmergencyArgs,
    drive::send,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
    which_run::here,
};
use crate::{
    engine::{
        answers::AnswersFile,
        errand::{Aim, Errand, Lever},
        pursuit::to_be_judged,
        runs::{self, RunSummary, Way},
        store::run_dir::StateDir,
    },
    rules::deed,
    run_state::{Back, Road, RunState, StepStatus, StepView},
};
use serde_json::json;

pub fn emergency(place: &Place, args: &EmergencyArgs, printer: &mut Printer<'_>) -> End {
    let dir = place.state()?;
    let (run, name) = chosen(place, &dir, args)?;
    let lever = lever(args);
    let Some(name) = name else {
        list(&run, printer);
        if asks_for_something(args) {
            return Err(name_one(&run, lever));
        }
        return Ok(Code::Done);
    };
    let Some(view) = named(&run, &name) else {
        let text = format!(
            "run {} has no emergency step `{name}`; `switchback emergency {}` lists them",
            run.run, run.run
        );
        return Err(Failure::new(Code::Usage, text));
    };
    if let Some(end) = at_once(&run, view, lever, printer) {
        return end;
    }
    if !args.yes {
        line(&run, view, printer);
        let text = format!("nothing was done; to do it: {}", command(&run, view, lever));
        return Err(Failure::new(Code::Waiting, text));
    }
    let aim = Aim::Emergency {
        step: view.step.id.clone(),
        lever,
    };
    let front = place.front()?;
    let way = match lever {
        Lever::Pull => Way::Back,
        Lever::Release | Lever::Judge(_) => Way::Release,
    };
    let take_up = || runs::take_up(&place.world, &dir, &run.run, Box::new(|_| {}), way);
    let errand = (Errand::new(aim, &AnswersFile::default()), args.hold);
    send(&front, &run.run, take_up, errand, run.seq + 1, printer)
}

fn lever(args: &EmergencyArgs) -> Lever {
    match (args.done, args.not_done, args.undo) {
        (true, ..) => Lever::Judge(true),
        (_, true, _) => Lever::Judge(false),
        (_, _, true) => Lever::Release,
        (false, false, false) => Lever::Pull,
    }
}

/// Whether more than a list is asked for.
fn asks_for_something(args: &EmergencyArgs) -> bool {
    args.yes || args.undo || args.done || args.not_done
}

/// The failure that asks for the step's name. It is never guessed, even if only one fits: by now
/// another may have been pulled.
fn name_one(run: &RunState, lever: Lever) -> Failure {
    let fits = |view: &&StepView| match lever {
        Lever::Pull => run.may_pull(&view.step.id).is_ok(),
        Lever::Release => run.may_release(&view.step.id).is_ok(),
        Lever::Judge(_) => view.must_be_judged(),
    };
    let fitting = run.emergency.iter().filter(fits);
    let commands: Vec<String> = fitting.map(|view| command(run, view, lever)).collect();
    let how = match (commands.as_slice(), lever) {
        ([], Lever::Pull) => "no step can be pulled now".to_owned(),
        ([], Lever::Release) => "no step is pulled".to_owned(),
        ([], Lever::Judge(_)) => "no step has an unknown outcome".to_owned(),
        (some, _) => format!("name the step:\n  {}", some.join("\n  ")),
    };
    Failure::new(Code::Usage, format!("nothing was done: {how}"))
}

/// The command line that does it.
fn command(run: &RunState, view: &StepView, lever: Lever) -> String {
    let flag = match lever {
        Lever::Pull => "",
        Lever::Release => "--undo ",
        Lever::Judge(true) => "--done ",
        Lever::Judge(false) => "--not-done ",
    };
    format!(
        "`switchback emergency {} {} {flag}--yes`",
        run.run, view.step.id
    )
}

/// The run and the step that are meant. A single word means a step of the product's newest run, if
/// that has such a step.
fn chosen(
    place: &Place,
    dir: &StateDir,
    args: &EmergencyArgs,
) -> Result<(RunState, Option<String>), Failure> {
    let all = runs::list(&place.world, dir)?;
    let newest = newest_open(place, &all);
    let (prefix, step) = match (&args.run, &args.step, newest) {
        (Some(word), None, Some((_, run))) if named(run, word).is_some() => (None, Some(word)),
        (Some(word), None, Some((_, run))) if !all.iter().any(|one| begins(one, word)) => {
            let text = format!(
                "`{word}` is neither a run nor an emergency step of run {}; `switchback emergency {}` lists its steps",
                run.run, run.run
            );
            return Err(Failure::new(Code::Usage, text));
        }
        (prefix, step, _) => (prefix.as_deref(), step.as_ref()),
    };
    if prefix.is_some() {
        let id = runs::find(&place.world, dir, prefix)?;
        let (run, tail) = runs::look(&place.world, dir, &id)?;
        runs::must_be_whole(dir, &run, &tail)?;
        return Ok((run, step.cloned()));
    }
    runs::must_be_readable(&place.world, dir, &place.root, &all)?;
    let Some((summary, run)) = newest else {
        let text = format!(
            "no run of {} is open; `switchback runs` lists all",
            place.root.display()
        );
        return Err(Failure::new(Code::Usage, text));
    };
    summary.must_be_whole(dir)?;
    Ok((run.clone(), step.cloned()))
}

/// The newest run of the product on which an emergency step can be pulled or taken back.
fn newest_open<'r>(place: &Place, all: &'r [RunSummary]) -> Option<(&'r RunSummary, &'r RunState)> {
    let mut here = here(place, all);
    here.find(|(_, run)| !run.is_over() || run.is_pulled())
}

fn begins(run: &RunSummary, prefix: &str) -> bool {
    run.id.as_str().starts_with(prefix)
}

/// A step by its id, or by the part of its id from the rules file.
fn named<'r>(run: &'r RunState, name: &str) -> Option<&'r StepView> {
    run.emergency.iter().find(|view| {
        let id = view.step.id.as_str();
        id == name || id.split_once('/').is_some_and(|(_, rest)| rest == name)
    })
}

/// The result where no worker is needed: it is so already, or it cannot be done.
fn at_once(
    run: &RunState,
    view: &StepView,
    lever: Lever,
    printer: &mut Printer<'_>,
) -> Option<End> {
    let title = &view.step.title;
    let possible = match lever {
        Lever::Pull => run.may_pull(&view.step.id),
        Lever::Release => run.may_release(&view.step.id),
        Lever::Judge(_) => run.may_judge(&view.step.id),
    };
    match (lever, view.status(), possible) {
        // A step that was interrupted halfway is judged first, by the worker.
        (_, StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }), _)
        | (_, _, Ok(())) => None,
        (Lever::Pull, StepStatus::Road(Road::Done { .. }), _)
        | (Lever::Release, StepStatus::Back(Back::Undone { .. }), _) => {
            printer.say(format!("`{title}` is {} already", view.emergency_word()));
            Some(Ok(Code::Done))
        }
        (_, _, Err(_)) if view.must_be_judged() => {
            Some(Err(Failure::new(Code::Unknown, to_be_judged(run, view))))
        }
        (_, _, Err(why)) => Some(Err(Failure::new(Code::Usage, why))),
    }
}

fn list(run: &RunState, printer: &mut Printer<'_>) {
    if printer.json_wanted() {
        let steps = run.emergency.iter().map(|view| {
            json!({
                "id": view.step.id,
                "title": view.step.title,
                "state": view.emergency_word(),
                "does": deed::of_step(&run.plan, &view.step),
                "undo": deed::undo(&run.plan, &view.step),
            })
        });
        let steps: Vec<_> = steps.collect();
        return printer.json(&json!({ "version": 1, "run_id": run.run, "emergency": steps }));
    }
    printer.line(format!("run {}: {}", run.run, run.word()));
    if run.emergency.is_empty() {
        printer.line("  its pack has no emergency steps");
    }
    for view in &run.emergency {
        line(run, view, printer);
    }
}

fn line(run: &RunState, view: &StepView, printer: &mut Printer<'_>) {
    let step = &view.step;
    printer.say(format!(
        "  {:<13} {}: {}",
        view.emergency_word(),
        step.id,
        step.title
    ));
    printer.say(format!(
        "                {}",
        deed::of_step(&run.plan, step)
    ));
    printer.say(format!("                {}", deed::undo(&run.plan, step)));
}
