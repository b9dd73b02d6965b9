//! `apply`, `resume` and `rollback`: a run is started or taken up, then driven.

use super::{
    args::{ApplyArgs, ResumeArgs, RollbackArgs},
    drive::drive,
    end::{Code, End, Failure},
    next::{Aim, Driver},
    place::Place,
    plan,
    print::Printer,
};
use crate::{
    engine::{
        answers::{self, AnswersFile},
        run_dir::StateDir,
        runs,
        session::Session,
        undo_preview::{Fate, UndoPreview},
    },
    model::{
        ids::RunId,
        plan::{Answered, PLAN_FORMAT, Plan},
    },
    rules::drift::drift,
    run_state::RunState,
};
use std::{path::Path, sync::mpsc};

const PLAN_BYTES_MAX: u64 = 64 << 20;

pub fn apply(place: &Place, args: &ApplyArgs, printer: &mut Printer<'_>) -> End {
    if !args.yes {
        let text = "nobody is here to be asked: say --yes to run without a prompt";
        return Err(Failure::new(Code::Waiting, text));
    }
    refuse_a_second_run(place)?;
    let (session, sealed) = match &args.plan {
        None => {
            let session = plan::open(place, &args.road)?;
            let sealed = session.plan()?;
            (session, sealed)
        }
        Some(file) => from_file(place, args, file)?,
    };
    let answers = session.options.answers.clone();
    carry_out(&session, sealed, &answers, printer)
}

/// Starts the run of a plan and drives it with what was said beforehand.
pub fn carry_out(
    session: &Session,
    sealed: Plan,
    answers: &AnswersFile,
    printer: &mut Printer<'_>,
) -> End {
    let (sender, events) = mpsc::channel();
    let worker = session.start(sealed, Box::new(sender))?;
    drive(
        worker,
        &events,
        0,
        &mut Driver::new(Aim::Forward, answers),
        printer,
    )
}

/// Two runs on one product would undo each other's files.
fn refuse_a_second_run(place: &Place) -> Result<(), Failure> {
    let open = runs::unfinished(&place.world, &place.state()?, &place.root)?;
    let Some(run) = open.first() else {
        return Ok(());
    };
    let text = format!(
        "run {} of this product is {}: `switchback resume` goes on with it, `switchback rollback` goes back",
        run.run,
        run.word()
    );
    Err(Failure::new(Code::Locked, text))
}

/// A sealed plan, with the product surveyed anew: it must still be the one that was sealed.
fn from_file(place: &Place, args: &ApplyArgs, file: &Path) -> Result<(Session, Plan), Failure> {
    let bytes = place.read(file, PLAN_BYTES_MAX)?;
    let bad = |why: String| {
        Failure::new(
            Code::Usage,
            format!(
                "{}: {why}; make it again with `switchback plan --out`",
                file.display()
            ),
        )
    };
    let sealed: Plan =
        serde_json::from_slice(&bytes).map_err(|error| bad(format!("not a plan ({error})")))?;
    if sealed.format != PLAN_FORMAT {
        return Err(bad(format!(
            "a plan of form {}, this program reads form {PLAN_FORMAT}",
            sealed.format
        )));
    }
    let mut options = place.options(&args.road)?;
    options.from = Some(sealed.from.to_string());
    options.to = Some(sealed.to.to_string());
    said_in_plan(&sealed, &mut options.answers);
    let mut session = Session::open(place.world.clone(), options)?;
    for (name, input) in &sealed.inputs {
        if input.how == Answered::Generated && !session.answers.contains_key(name) {
            session.generate(name)?;
        }
    }
    let key = session.options.state.key(&place.world)?;
    let host = place.world.system.who().host;
    let changed = drift(
        &sealed,
        &session.survey,
        &key,
        &session.pack.digest,
        crate::VERSION,
        &host,
    );
    if !changed.is_empty() {
        let text = format!(
            "{} since the plan was made; plan again:\n  {}",
            "the world changed",
            changed.join("\n  ")
        );
        return Err(Failure::new(Code::Stale, text));
    }
    // What is open now, a secret that no plan holds, is asked for as when planning.
    session.plan()?;
    Ok((session, sealed))
}

/// What was answered and decided stands in the plan; the answers file adds the secrets.
fn said_in_plan(sealed: &Plan, answers: &mut AnswersFile) {
    for (name, input) in &sealed.inputs {
        if let (Answered::Given, Some(value)) = (input.how, &input.value) {
            answers.inputs.insert(name.clone(), value.clone());
        }
    }
    for (id, decision) in &sealed.decisions {
        answers
            .decisions
            .insert(id.clone(), answers::word(decision).to_owned());
    }
    answers.variants.extend(sealed.variants.clone());
}

pub fn resume(place: &Place, args: &ResumeArgs, printer: &mut Printer<'_>) -> End {
    let answers = place.answers(args.answers.as_deref())?;
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let mut driver = Driver::new(Aim::Forward, &answers);
    let said = |steps: &[String], done| {
        steps
            .iter()
            .map(|step| (step.clone(), done))
            .collect::<Vec<_>>()
    };
    driver.judged = [said(&args.done, true), said(&args.not_done, false)].concat();
    let (before, _) = runs::look(&place.world, &state, &id)?;
    let (sender, events) = mpsc::channel();
    let worker = runs::resume(&place.world, &state, &id, Box::new(sender))?;
    drive(worker, &events, before.seq + 1, &mut driver, printer)
}

pub fn roll_back(place: &Place, args: &RollbackArgs, printer: &mut Printer<'_>) -> End {
    let answers = place.answers(args.answers.as_deref())?;
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let (run, _) = runs::look(&place.world, &state, &id)?;
    if !args.yes {
        let mut preview = runs::undo_preview(&place.world, &state, &run)?;
        if let Some(first) = args
            .down_to
            .as_deref()
            .and_then(|step| run.place_of(&step.into()))
        {
            preview.keep_down_to(&run, first);
        }
        print_preview(&run, &preview, printer);
        let text = "nothing was changed: say --yes to go back";
        return Err(Failure::new(Code::Waiting, text));
    }
    let (sender, events) = mpsc::channel();
    let worker = runs::resume(&place.world, &state, &id, Box::new(sender))?;
    let reason = args.reason.clone();
    let aim = match &args.down_to {
        Some(step) => Aim::StepBack {
            to: step.as_str().into(),
            reason,
        },
        None => Aim::Back {
            reason,
            over_later_edits: args.over_later_edits,
        },
    };
    drive(
        worker,
        &events,
        run.seq + 1,
        &mut Driver::new(aim, &answers),
        printer,
    )
}

fn print_preview(run: &RunState, preview: &UndoPreview, printer: &mut Printer<'_>) {
    if printer.json_wanted() {
        printer.json(preview);
        return;
    }
    printer.line(format!(
        "run {}: {} → {}, going back would",
        run.run, run.plan.from, run.plan.to
    ));
    for line in &preview.steps {
        let fate = match line.fate {
            Fate::Undone => "undo",
            Fate::Stays => "leave",
            Fate::Nothing => "pass",
        };
        printer.line(format!("  {fate:<6} {}: {}", line.title, line.becomes));
        for warning in &line.warnings {
            printer.line(format!("         ! {warning}"));
        }
    }
    if preview.steps.is_empty() {
        printer.line("  give the run up: nothing was changed");
    }
    for after in &preview.after {
        printer.line(format!("  then   {after}"));
    }
    for note in &preview.notes {
        printer.line(format!("  note   {note}"));
    }
}

/// The run that was named, or the newest of this product that has not ended.
fn open_run(place: &Place, state: &StateDir, prefix: Option<&str>) -> Result<RunId, Failure> {
    if prefix.is_some() {
        return Ok(runs::find(&place.world, state, prefix)?);
    }
    let open = runs::unfinished(&place.world, state, &place.root)?;
    match open.first() {
        Some(run) => Ok(run.run.clone()),
        None => {
            let text = format!(
                "no run of {} is unfinished; `switchback runs` lists all",
                place.root.display()
            );
            Err(Failure::new(Code::Usage, text))
        }
    }
}
