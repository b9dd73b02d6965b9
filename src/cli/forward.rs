//! `apply`, `resume`, `confirm` and `attach`: a run is started, taken up or looked at.

use super::{
    args::{ApplyArgs, AttachArgs, ConfirmArgs, Hold, ResumeArgs},
    drive::{drive, look_on, send},
    end::{Code, End, Failure},
    place::Place,
    plan,
    print::Printer,
    steps,
    which_run::{open_run, refuse_ended_sample, said_of, whole_run},
};
use crate::{
    engine::{
        answers::{self, AnswersFile},
        errand::{Aim, Errand, Skip},
        runs::{self, Way},
        session::Session,
        store::run_dir::StateDir,
    },
    model::{
        ids::RunId,
        plan::{Answered, PLAN_FORMAT, Plan},
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
    carry_out(place, session, sealed, &answers, printer)
}

/// Starts the run of a plan that was agreed to and drives it with what was said beforehand.
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
    errand.confirm_within = place.confirm_within();
    go_on(place, &state, &id, (errand, args.hold), printer)
}

/// The first change is made on somebody's word, and nobody is here to be asked. Whoever walked to it
/// on the screens, and left before it, has not given theirs.
fn must_be_agreed(run: &RunState) -> Result<(), Failure> {
    let begun = run.end.is_some() || run.touched() || run.rollback.is_some();
    if begun || run.agreed {
        return Ok(());
    }
    let text = format!(
        "nothing was changed yet, and nobody has agreed that the product is: say --yes to run without \
         a prompt, `switchback resume {} --yes`, or be asked with `switchback attach`",
        run.run
    );
    Err(Failure::new(Code::Waiting, text))
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
    send(&front, id, take_up, errand, before.seq + 1, printer)
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
