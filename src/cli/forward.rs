//! `apply`, `resume` and `rollback`: a run is started or taken up, then driven.

use super::{
    args::{ApplyArgs, AttachArgs, ConfirmArgs, Hold, ResumeArgs, RollbackArgs},
    drive::{drive, look_on, reach},
    elsewhere,
    end::{Code, End, Failure},
    place::Place,
    plan,
    print::Printer,
    status, steps,
};
use crate::{
    engine::{
        answers::{self, AnswersFile},
        errand::{Aim, Errand},
        run_dir::StateDir,
        runs::{self, Way},
        session::Session,
        undo_preview::{Back, Fate, LaterEdit, UndoPreview},
    },
    model::{
        ids::{RunId, StepId},
        plan::{Answered, PLAN_FORMAT, Plan},
        text::shell_word,
    },
    run_state::RunState,
};
use std::path::Path;

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
            let Some(session) = plan::open_unless_there(place, &args.road, printer)? else {
                return Ok(Code::Done);
            };
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
    let bytes = place.read(file, plan::PLAN_BYTES_MAX)?;
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
    let run = whole_run(place, &state, &id)?;
    let answers = said_of(place, &state, &run, args.answers.as_deref())?;
    let mut errand = Errand::new(Aim::Forward, &answers);
    for (said, done) in [(&args.done, true), (&args.not_done, false)] {
        let said = steps::judged(&run, said)?.into_iter();
        errand.judged.extend(said.map(|step| (step, done)));
    }
    errand.confirm_within = place.confirm_within();
    go_on(place, &state, &id, (errand, args.hold), printer)
}

/// What is said beforehand of a run that was begun, by the pack that it was begun with.
fn said_of(
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
    let before = whole_run(place, state, id)?;
    let front = place.front()?;
    let take_up = || runs::take_up(&place.world, state, id, Box::new(|_| {}), Way::On);
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
    let run = whole_run(place, &state, &id)?;
    let answers = said_of(place, &state, &run, args.answers.as_deref())?;
    runs::may_go_back(&runs::list(&place.world, &state)?, &run)?;
    let (back, to) = how_far(&run, args.down_to.as_deref())?;
    if !args.yes {
        return preview(place, (&run, back), args, printer);
    }
    // Once it goes back it stops there by itself.
    if !args.over_later_edits && run.rollback.is_none() {
        let edits = runs::later_edits(&place.world, &state, &run, back)?;
        if !edits.is_empty() {
            return Err(would_stop_at(&run, &edits, back));
        }
    }
    let front = place.front()?;
    let take_up = || runs::take_up(&place.world, &state, &id, Box::new(|_| {}), Way::Back);
    let (attached, from_seq) = reach(&front, &id, take_up, args.hold, run.seq + 1, printer)?;
    let reason = args.reason.clone();
    let aim = match to {
        Some(to) => Aim::StepBack { to, reason },
        None => Aim::Back {
            reason,
            over_later_edits: args.over_later_edits,
        },
    };
    let errand = Errand::new(aim, &answers);
    drive(&front, attached, from_seq, (errand, args.hold), printer)
}

/// A run that can be gone on with or taken back: its journal is whole, and its product is where it was.
fn whole_run(place: &Place, state: &StateDir, id: &RunId) -> Result<RunState, Failure> {
    let (run, tail) = runs::look(&place.world, state, id)?;
    runs::must_be_whole(state, &run, &tail)?;
    if elsewhere::is_there(place, Path::new(&run.plan.root)) {
        return Ok(run);
    }
    let text = format!(
        "nothing was done: run {id} belongs to {}, and there is no such folder now; move the product \
         back to that path, wherever --root leads, then say this again",
        run.plan.root
    );
    Err(Failure::new(Code::Usage, text))
}

/// What somebody changed since, and the ways on that there are.
fn would_stop_at(run: &RunState, edits: &[LaterEdit], back: Back) -> Failure {
    let told: Vec<String> = edits.iter().map(|edit| edit.told(back)).collect();
    let over = match back {
        Back::Whole => "say --over-later-edits as well".to_owned(),
        Back::DownTo(_) => format!(
            "`switchback rollback {} --yes --over-later-edits` takes back the whole run, and puts \
             aside what was edited",
            run.run
        ),
    };
    let copies: Vec<String> = edits.iter().filter_map(|edit| copy(run, edit)).collect();
    let or = match copies.as_slice() {
        [] => String::new(),
        copies => format!(
            ", or bring back what the run wrote:\n  {}",
            copies.join("\n  ")
        ),
    };
    let text = format!(
        "nothing was changed: the way back would stop half-way\n  {}\n{over}{or}",
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

fn how_far(run: &RunState, down_to: Option<&str>) -> Result<(Back, Option<StepId>), Failure> {
    let Some(said) = down_to else {
        return Ok((Back::Whole, None));
    };
    let refused = |text: String| Failure::new(Code::Usage, text);
    let step = steps::named(run, said).map(|view| view.step.id.clone());
    let Some((step, place)) = step.and_then(|step| Some((step.clone(), run.place_of(&step)?)))
    else {
        let done = run.steps.iter().filter(|view| view.touched());
        let done: Vec<String> = done.map(steps::line).collect();
        return Err(refused(format!(
            "the run has no step `{said}`; it has done\n  {}",
            done.join("\n  ")
        )));
    };
    run.may_step_back(&step).map_err(refused)?;
    Ok((Back::DownTo(place), Some(step)))
}

/// What a way back would do, and with which words it is begun.
fn preview(
    place: &Place,
    (run, back): (&RunState, Back),
    args: &RollbackArgs,
    printer: &mut Printer<'_>,
) -> End {
    let state = place.state()?;
    let preview = runs::undo_preview(&place.world, &state, run, back)?;
    let worker = place.front()?.worker_of(&run.run);
    print_preview(run, &preview, worker, printer);
    if matches!(back, Back::DownTo(_)) && preview.has_later_edits() {
        let edits = runs::later_edits(&place.world, &state, run, back)?;
        return Err(would_stop_at(run, &edits, back));
    }
    let begun = run.rollback.is_some();
    let mut command = format!("`switchback rollback {}", run.run);
    if let Some(step) = &args.down_to {
        command.push_str(&format!(" --down-to {}", shell_word(step)));
    }
    if let Some(file) = &args.answers {
        command.push_str(&format!(
            " --answers {}",
            shell_word(&file.to_string_lossy())
        ));
    }
    command.push_str(" --yes");
    let text = match (begun, worker) {
        (true, Some(pid)) => format!(
            "a rollback is under way: process {pid} is at it, and `switchback attach {}` shows it",
            run.run
        ),
        (_, _) => {
            let over = preview.has_later_edits() || args.over_later_edits;
            let over = if over { " --over-later-edits" } else { "" };
            let what = if begun {
                "a rollback was begun and is not over; to go on with it"
            } else {
                "nothing was changed; to go back"
            };
            format!("{what} say --yes: {command}{over}`")
        }
    };
    Err(Failure::new(Code::Waiting, text))
}

fn print_preview(
    run: &RunState,
    preview: &UndoPreview,
    worker: Option<u32>,
    printer: &mut Printer<'_>,
) {
    if printer.json_wanted() {
        let mut json = serde_json::to_value(preview).expect("a preview has only text keys");
        json["under_way"] = run.rollback.is_some().into();
        json["worker_pid"] = worker.into();
        printer.json(&json);
        return;
    }
    let would = match run.rollback {
        Some(_) => "is going back, and still is to",
        None => "going back would",
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

/// The run that was named, or the newest of this product that has not ended.
pub fn open_run(place: &Place, state: &StateDir, prefix: Option<&str>) -> Result<RunId, Failure> {
    if prefix.is_some() {
        return Ok(runs::find(&place.world, state, prefix)?);
    }
    let all = runs::list(&place.world, state)?;
    let here = all
        .iter()
        .filter_map(|run| Some((run, run.state.as_ref().ok()?)));
    let mut here = here.filter(|(_, run)| Path::new(&run.plan.root) == place.root);
    let newest = here.clone().next().map(|(_, run)| run);
    // Of one whose journal is damaged nobody knows whether it has ended: that is told of it.
    let open = here.find(|(summary, run)| run.end.is_none() || summary.is_unclear());
    if let Some((_, run)) = open {
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
    // Whoever has runs here knows where they are.
    if newest.is_none() {
        lines.extend(elsewhere::unfinished(place, &all));
    }
    Err(Failure::new(Code::Usage, lines.join("\n")))
}
