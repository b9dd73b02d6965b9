//! `apply`, `resume`, `confirm` and `attach`: start a run, take it up, or watch it.

use super::{
    args::{ApplyArgs, AttachArgs, ConfirmArgs, Hold, ResumeArgs},
    drive::{drive, look_on, send},
    end::{Code, End, Failure},
    opened::{self, AtTheGoal},
    place::Place,
    print::Printer,
    steps,
    which_run::{open_or_newest, open_run, refuse_ended_sample, said_of, whole_run},
};
use crate::{
    engine::{
        answers::{self, AnswersFile},
        errand::{Aim, Errand, Skip},
        runs::{self, Way},
        session::{Session, Surveyed},
        store::run_dir::StateDir,
    },
    model::{
        ids::RunId,
        limits,
        plan::{Answered, PLAN_FORMAT, Plan},
    },
    rules::drift::unlike,
    run_state::RunState,
};
use std::path::Path;

/// The most differences from the sealed plan that are listed.
const STALE_TOLD_MAX: usize = 20;

pub fn apply(place: &Place, args: &ApplyArgs, printer: &mut Printer<'_>) -> End {
    if !args.yes {
        let text = "there is nobody here to ask: add --yes to run without a prompt";
        return Err(Failure::new(Code::Waiting, text));
    }
    refuse_ended_sample(place)?;
    // Refuse before anything is read; the check is repeated when the product is locked.
    runs::refuse_a_second(&place.world, &place.state()?, &place.root)?;
    let planned = match &args.plan {
        None => match opened::open_unless_there(place, &args.road)? {
            Ok(session) => {
                let sealed = session.plan()?;
                Ok((session, sealed))
            }
            Err(there) => Err(there),
        },
        Some(file) => from_file(place, args, file)?,
    };
    let (session, sealed) = match planned {
        Ok(planned) => planned,
        Err(there) => {
            // The target may only be there because somebody else's run, kept elsewhere, is halfway.
            place.state()?.refuse_if_held(&place.world, &place.root)?;
            there.tell(printer);
            return Ok(Code::Done);
        }
    };
    let answers = session.options.answers.clone();
    carry_out(place, session, sealed, &answers, printer)
}

/// Starts the run of an agreed plan and drives it with the answers given beforehand.
pub fn carry_out(
    place: &Place,
    mut session: Session,
    sealed: Plan,
    answers: &AnswersFile,
    printer: &mut Printer<'_>,
) -> End {
    session.options.agreed = true;
    answers.must_be_known(&sealed, &session.pack)?;
    let front = place.front()?;
    let worker = session.start(sealed, Box::new(|_| {}))?;
    let attached = front.hand_over(worker)?;
    let mut errand = Errand::new(Aim::Forward, answers);
    errand.confirm_within = session.options.confirm_within;
    let (state, run) = (front.state.clone(), attached.state.run.clone());
    let again = || runs::take_up(&place.world, &state, &run, Box::new(|_| {}), Way::On);
    let errand = (errand, Hold::default());
    drive(&front, attached, again, errand, 0, printer)
}

/// Plans the product anew and requires the result to equal the sealed plan: a plan file records
/// what was agreed to, it is not a script to run.
fn from_file(
    place: &Place,
    args: &ApplyArgs,
    file: &Path,
) -> Result<Result<(Session, Plan), AtTheGoal>, Failure> {
    let sealed = read_plan(place, file)?;
    let mut options = place.options(&args.road.ends)?;
    options.to = Some(sealed.to.to_string());
    said_in_plan(&sealed, &mut options.answers);
    let mut found = Surveyed::look(place.world.clone(), options)?;
    // Whoever applies the same plan twice has not changed the product by hand.
    let away = found.running().and_then(|now| found.road(&now));
    if let Some(there) = away.err().and_then(|error| AtTheGoal::of(error).ok()) {
        return Ok(Err(there));
    }
    found.options.from = Some(sealed.from.to_string());
    let mut session = found.assess()?;
    for (name, input) in &sealed.inputs {
        if input.how == Answered::Generated && !session.answers.contains_key(name) {
            session.generate(name)?;
        }
    }
    let changed = session.drift(&sealed)?;
    if !changed.is_empty() {
        return Err(stale(
            "things have changed since the plan was made",
            changed,
        ));
    }
    // What is still open, such as a secret that no plan holds, is asked for as when planning.
    let made = session.plan()?;
    let unlike = unlike(&sealed, &made);
    if !unlike.is_empty() {
        let file = file.display();
        let why = format!(
            "nothing was started: {file} is not what the rules would plan for the product now; \
             somebody has edited it, other answers were given, or what the rules look at has changed"
        );
        return Err(stale(&why, unlike));
    }
    Ok(Ok((session, made)))
}

fn stale(why: &str, places: Vec<String>) -> Failure {
    let more = match places.len().saturating_sub(STALE_TOLD_MAX) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    let told = places.into_iter().take(STALE_TOLD_MAX);
    let told = told.collect::<Vec<_>>().join("\n  ");
    Failure::new(Code::Stale, format!("{why}; plan again:\n  {told}{more}"))
}

fn read_plan(place: &Place, file: &Path) -> Result<Plan, Failure> {
    let bytes = place.read(file, limits::PLAN)?;
    let bad = |why: String| {
        let text = format!(
            "{}: {why}; make it again with `switchback plan --out`",
            file.display()
        );
        Failure::new(Code::Usage, text)
    };
    let sealed: Plan =
        serde_json::from_slice(&bytes).map_err(|error| bad(format!("not a plan ({error})")))?;
    if sealed.format != PLAN_FORMAT {
        return Err(bad(format!(
            "a plan of form {}, this program reads form {PLAN_FORMAT}",
            sealed.format
        )));
    }
    Ok(sealed)
}

/// Takes over the answers and decisions of the plan; the answers file adds the secrets.
fn said_in_plan(sealed: &Plan, answers: &mut AnswersFile) {
    for (name, input) in &sealed.inputs {
        if let (Answered::Given | Answered::Generated, Some(value)) = (input.how, &input.value) {
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
    refuse_ended_sample(place)?;
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let run = whole_run(place, &state, &id)?;
    if !args.yes {
        must_be_agreed(&run)?;
    }
    let answers = said_of(place, &state, &run, args.answers.as_deref())?;
    let mut errand = Errand::new(Aim::Forward, &answers).knowing(&run);
    for (said, done) in [(&args.done, true), (&args.not_done, false)] {
        let said = steps::judged(&run, said)?.into_iter();
        errand.judged.extend(said.map(|step| (step, done)));
    }
    if let (Some(said), Some(reason)) = (&args.skip, &args.reason) {
        let (step, reason) = (steps::skipped(&run, said)?, reason.clone());
        errand.skip = Some(Skip { step, reason });
    }
    if let Some(said) = &args.fix {
        errand.fix = Some(steps::fixed(&run, said)?);
    }
    errand.confirm_within = place.confirm_within();
    go_on(place, &state, &id, (errand, args.hold), printer)
}

/// The first change needs somebody's word, and nobody is here to be asked. Whoever left the screens
/// before that point has not given theirs.
fn must_be_agreed(run: &RunState) -> Result<(), Failure> {
    let begun = run.end.is_some() || run.touched() || run.rollback.is_some();
    if begun || run.agreed {
        return Ok(());
    }
    let text = format!(
        "nothing was changed yet, and nobody has agreed to change the product: add --yes to run \
         without a prompt, `switchback resume {} --yes`, or let `switchback attach` ask you",
        run.run
    );
    Err(Failure::new(Code::Waiting, text))
}

/// Confirms that a run is good, as it stands: nothing is done and nothing checked again.
pub fn confirm(place: &Place, args: &ConfirmArgs, printer: &mut Printer<'_>) -> End {
    let state = place.state()?;
    let id = open_run(place, &state, args.run.as_deref())?;
    let errand = Errand::new(Aim::Confirm, &AnswersFile::default());
    go_on(place, &state, &id, (errand, args.hold), printer)
}

/// Attaches to an unfinished run, or takes it up, with an errand.
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
    send(&front, id, take_up, errand, before.seq + 1, printer)
}

/// Watches a run without a screen as long as it is at work, then prints its status.
pub fn attach(place: &Place, args: &AttachArgs, printer: &mut Printer<'_>) -> End {
    let state = place.state()?;
    let id = open_or_newest(place, &state, args.run.as_deref())?;
    let front = place.front()?;
    if let Some(attached) = front.attach(&id, true)? {
        look_on(&front, &attached, printer)?;
    }
    super::runs::status(place, Some(id.as_str()), printer)
}
