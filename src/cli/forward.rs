//! `apply`, `resume` and `rollback`: a run is started or taken up, then driven.

use super::{
    args::{ApplyArgs, AttachArgs, ConfirmArgs, Hold, ResumeArgs, RollbackArgs},
    drive::{drive, look_on, reach},
    elsewhere,
    end::{Code, End, Failure},
    place::Place,
    plan,
    print::Printer,
    status,
};
use crate::{
    engine::{
        answers::{self, AnswersFile},
        errand::{Aim, Errand},
        run_dir::StateDir,
        runs,
        session::Session,
        undo_preview::{Back, Fate, UndoPreview},
    },
    model::{
        ids::RunId,
        plan::{Answered, PLAN_FORMAT, Plan},
    },
    run_state::RunState,
};
use std::path::Path;

const PLAN_BYTES_MAX: u64 = 64 << 20;

pub fn apply(place: &Place, args: &ApplyArgs, printer: &mut Printer<'_>) -> End {
    if !args.yes {
        let text = "nobody is here to be asked: say --yes to run without a prompt";
        return Err(Failure::new(Code::Waiting, text));
    }
    refuse_ended_sample(place)?;
    // Said before anything is read, and once more when the product is locked.
    runs::refuse_a_second(&place.world, &place.state()?, &place.root)?;
    let (session, sealed) = match &args.plan {
        None => {
            let session = plan::open(place, &args.road)?;
            let sealed = session.plan()?;
            (session, sealed)
        }
        Some(file) => from_file(place, args, file)?,
    };
    let answers = session.options.answers.clone();
    carry_out(place, &session, sealed, &answers, printer)
}

/// Starts the run of a plan and drives it with what was said beforehand.
pub fn carry_out(
    place: &Place,
    session: &Session,
    sealed: Plan,
    answers: &AnswersFile,
    printer: &mut Printer<'_>,
) -> End {
    answers.must_be_known(&sealed, &session.pack)?;
    let front = place.front()?;
    let worker = session.start(sealed, Box::new(|_| {}))?;
    let attached = front.hand_over(worker)?;
    let mut errand = Errand::new(Aim::Forward, answers);
    errand.confirm_within = session.options.confirm_within;
    drive(&front, attached, 0, (errand, Hold::default()), printer)
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
    let changed = session.drift(&sealed)?;
    if !changed.is_empty() {
        let text = format!(
            "the world changed since the plan was made; plan again:\n  {}",
            changed.join("\n  ")
        );
        return Err(Failure::new(Code::Stale, text));
    }
    // What is open now, a secret that no plan holds, is asked for as when planning.
    session.plan()?;
    // Not what the file says of it, but what was seen just now.
    let signed = session.signed().cloned();
    Ok((session, Plan { signed, ..sealed }))
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

/// The steps of a sample need its services, in either direction.
fn refuse_ended_sample(place: &Place) -> Result<(), Failure> {
    if !place.is_ended_sample() {
        return Ok(());
    }
    let text = "the services of this sample have ended: its runs can be looked at, with `switchback \
                report`, but not carried on or taken back";
    Err(Failure::new(Code::Usage, text))
}

pub fn resume(place: &Place, args: &ResumeArgs, printer: &mut Printer<'_>) -> End {
    refuse_ended_sample(place)?;
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let answers = said_of(place, &state, &id, args.answers.as_deref())?;
    let mut errand = Errand::new(Aim::Forward, &answers);
    let said = |steps: &[String], done| {
        steps
            .iter()
            .map(|step| (step.clone(), done))
            .collect::<Vec<_>>()
    };
    errand.judged = [said(&args.done, true), said(&args.not_done, false)].concat();
    errand.confirm_within = place.confirm_within();
    go_on(place, &state, &id, (errand, args.hold), printer)
}

/// What is said beforehand of a run that was begun, by the pack that it was begun with.
fn said_of(
    place: &Place,
    state: &StateDir,
    id: &RunId,
    file: Option<&Path>,
) -> Result<AnswersFile, Failure> {
    let answers = place.answers(file)?;
    if file.is_some() {
        let (run, _) = runs::look(&place.world, state, id)?;
        let pack = runs::pack_of(&place.world, state, &run)?;
        answers.must_be_known(&run.plan, &pack)?;
    }
    Ok(answers)
}

/// Says that a run is good. It is confirmed as it stands: nothing is done and nothing checked anew.
pub fn confirm(place: &Place, args: &ConfirmArgs, printer: &mut Printer<'_>) -> End {
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let errand = Errand::new(Aim::Confirm, &AnswersFile::default());
    go_on(place, &state, &id, (errand, args.hold), printer)
}

/// Attaches to a run that has not ended, or takes it up, with an errand.
fn go_on(
    place: &Place,
    state: &StateDir,
    id: &RunId,
    errand: (Errand, Hold),
    printer: &mut Printer<'_>,
) -> End {
    let (before, _) = runs::look(&place.world, state, id)?;
    let front = place.front()?;
    let take_up = || runs::resume(&place.world, state, id, Box::new(|_| {}));
    let (attached, from_seq) = reach(&front, id, take_up, errand.1, before.seq + 1, printer)?;
    drive(&front, attached, from_seq, errand, printer)
}

/// Without a screen: looks on at a run that is at work; of one that is not, how it stands.
pub fn attach(place: &Place, args: &AttachArgs, printer: &mut Printer<'_>) -> End {
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let front = place.front()?;
    if let Some(attached) = front.attach(&id, true)? {
        look_on(&front, &attached, printer)?;
    }
    super::runs::status(place, Some(id.as_str()), printer)
}

pub fn roll_back(place: &Place, args: &RollbackArgs, printer: &mut Printer<'_>) -> End {
    refuse_ended_sample(place)?;
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let answers = said_of(place, &state, &id, args.answers.as_deref())?;
    let (run, _) = runs::look(&place.world, &state, &id)?;
    runs::may_go_back(&runs::list(&place.world, &state)?, &run)?;
    let back = how_far(&run, args.down_to.as_deref())?;
    let preview = runs::undo_preview(&place.world, &state, &run, back)?;
    if !args.yes {
        print_preview(&run, &preview, printer);
        let text = "nothing was changed: say --yes to go back";
        return Err(Failure::new(Code::Waiting, text));
    }
    // Once it goes back it stops there by itself.
    if preview.has_later_edits() && !args.over_later_edits && run.rollback.is_none() {
        return Err(would_stop_at(&preview));
    }
    let front = place.front()?;
    let take_up = || runs::reopen(&place.world, &state, &id, Box::new(|_| {}));
    let (attached, from_seq) = reach(&front, &id, take_up, args.hold, run.seq + 1, printer)?;
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
    let errand = Errand::new(aim, &answers);
    drive(&front, attached, from_seq, (errand, args.hold), printer)
}

fn would_stop_at(preview: &UndoPreview) -> Failure {
    let edited = preview.steps.iter().filter(|line| line.edited_since);
    let edited: Vec<String> = edited.flat_map(|line| line.warnings.clone()).collect();
    let text = format!(
        "nothing was changed: the way back would stop half-way\n  {}\nsay --over-later-edits as well, \
         or bring back what the run wrote",
        edited.join("\n  ")
    );
    Failure::new(Code::Waiting, text)
}

fn how_far(run: &RunState, down_to: Option<&str>) -> Result<Back, Failure> {
    let Some(said) = down_to else {
        return Ok(Back::Whole);
    };
    let refused = |text: String| Failure::new(Code::Usage, text);
    let step = said.into();
    let Some(place) = run.place_of(&step) else {
        let done = run.steps.iter().filter(|view| view.touched());
        let done: Vec<String> = done
            .map(|view| format!("{}  {}", view.step.id, view.step.title))
            .collect();
        return Err(refused(format!(
            "the run has no step `{said}`; it has done\n  {}",
            done.join("\n  ")
        )));
    };
    run.may_step_back(&step).map_err(refused)?;
    Ok(Back::DownTo(place))
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
    if let Some(ended) = &preview.ended {
        printer.line(format!("  note   {ended}"));
    }
    for line in &preview.steps {
        let fate = match line.fate {
            Fate::Undone => "undo",
            Fate::Stays => "leave",
            Fate::Nothing => "pass",
        };
        printer.line(format!("  {fate:<6} {}: {}", line.title, line.becomes));
        if let Some(told) = &line.nothing_lost {
            printer.line(format!("         {told}"));
        }
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
pub fn open_run(place: &Place, state: &StateDir, prefix: Option<&str>) -> Result<RunId, Failure> {
    if prefix.is_some() {
        return Ok(runs::find(&place.world, state, prefix)?);
    }
    let all = runs::list(&place.world, state)?;
    let here = all.iter().filter_map(|run| run.state.as_ref().ok());
    let mut here = here.filter(|run| Path::new(&run.plan.root) == place.root);
    let newest = here.clone().next();
    if let Some(run) = here.find(|run| run.end.is_none()) {
        return Ok(run.run.clone());
    }
    // Taking back what is done is no default: it is said with the run's name.
    let cure = match newest {
        Some(run) if place.is_ended_sample() => format!(
            "its services have ended. The newest: {}; `switchback report` tells of it",
            status::stands(run)
        ),
        Some(run) if runs::may_go_back(&all, run).is_ok() => format!(
            "the newest, {0}, is done: `switchback rollback {0}` takes it back",
            run.run
        ),
        Some(run) => format!(
            "the newest, {}: {}; `switchback report` tells of it",
            run.run,
            status::stands(run)
        ),
        None => "none was begun there; --root names another folder, `switchback runs` lists all"
            .to_owned(),
    };
    let root = place.root.display();
    let mut lines = vec![format!("no run of {root} is unfinished; {cure}")];
    lines.extend(elsewhere::unfinished(place, &all));
    Err(Failure::new(Code::Usage, lines.join("\n")))
}
