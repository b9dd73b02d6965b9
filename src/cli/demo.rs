//! `switchback demo --headless`: a sample product in a temporary folder, upgraded with everything
//! agreed to. The folder of a run stays, so that what happened can be looked at.

use super::{
    args::{DemoArgs, Global, Hold, Road, RollbackArgs},
    end::{Code, End, Failure},
    forward,
    place::Place,
    plan,
    print::Printer,
};
use crate::{
    engine::{answers::AnswersFile, run_dir::StateDir, runs, session::Session},
    model::{
        finding::{Decision, Safety},
        plan::{Plan, StepBody},
        rule::Action,
    },
    rules::assess::is_decided,
    standin::demo::{self, DemoSetup},
};
use std::cell::RefCell;

/// Where the runs of a sample are kept, below it.
const STATE: &str = ".switchback/state";

pub fn demo(place: &Place, args: &DemoArgs, printer: &mut Printer<'_>) -> End {
    let printer = RefCell::new(printer);
    let say = |words: String| {
        let mut printer = printer.borrow_mut();
        if !printer.json_wanted() {
            printer.line(words);
        }
    };
    with_sample(place, args, &say, |inner| {
        say(format!("the sample is in {}", inner.root.display()));
        let mut printer = printer.borrow_mut();
        let code = walk(inner, &mut printer)?;
        match args.back {
            true => take_back(inner, &mut printer),
            false => Ok(code),
        }
    })
}

/// Lays a sample out, has it walked, and ends what was started for it, however the walk went.
pub fn with_sample<T>(
    place: &Place,
    args: &DemoArgs,
    say: &dyn Fn(String),
    walk: impl FnOnce(&Place) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut setup = prepare(place, args, say)?;
    let end = inside(place, &setup, &args.system).and_then(|inner| walk(&inner));
    let closed = close(place, &mut setup);
    if let Ok(Some(words)) = &closed {
        say(words.clone());
    }
    // Why the walk failed says more than what could not be ended.
    end.and_then(|end| closed.map(|_said| end))
}

/// Ends what the demo started. A sample in which a run was begun stays, to be looked at; the
/// sentence says where. One in which nothing happened is removed.
fn close(place: &Place, setup: &mut DemoSetup) -> Result<Option<String>, Failure> {
    let failed = |error| Failure::told(Code::Failed, &error);
    setup.finish().map_err(failed)?;
    let runs = runs::list(&place.world, &StateDir::new(setup.root.join(STATE)));
    if runs.is_ok_and(|runs| runs.is_empty()) {
        setup.remove().map_err(failed)?;
        return Ok(None);
    }
    Ok(Some(format!(
        "the sample and its runs stay, until you remove them, in\n  {}",
        setup.root.display()
    )))
}

fn walk(place: &Place, printer: &mut Printer<'_>) -> End {
    let mut session = plan::open(place, &Road::default())?;
    answer(&mut session)?;
    let sealed = session.plan()?;
    let answers = agreed(&sealed);
    forward::carry_out(place, &session, sealed, &answers, printer)
}

/// A run that is done is taken back by its name alone.
fn take_back(place: &Place, printer: &mut Printer<'_>) -> End {
    let run = runs::find(&place.world, &place.state()?, None)?;
    let args = RollbackArgs {
        run: Some(run.to_string()),
        answers: None,
        yes: true,
        down_to: None,
        reason: "shown by the demo".to_owned(),
        over_later_edits: false,
        hold: Hold::default(),
    };
    forward::roll_back(place, &args, printer)
}

/// The first choice of every question, a made value for every secret.
fn answer(session: &mut Session) -> Result<(), Failure> {
    let undecided: Vec<_> = session
        .assessment()
        .findings
        .iter()
        .filter(|finding| !is_decided(finding, session.decisions.get(&finding.id)))
        .filter_map(|finding| match &finding.safety {
            Safety::Decide { options, .. } => {
                Some((finding.id.clone(), options.first()?.id.clone()))
            }
            Safety::Safe { .. } | Safety::OptIn | Safety::Nothing | Safety::Blocks => None,
        })
        .collect();
    for (id, option) in undecided {
        session.decide(&id, Decision::Choose(option))?;
    }
    let open: Vec<_> = session
        .assessment()
        .inputs
        .iter()
        .filter(|asked| asked.needed && asked.input.generate.is_some())
        .filter(|asked| !session.answers.contains_key(&asked.name))
        .map(|asked| asked.name.clone())
        .collect();
    for name in open {
        session.generate(&name)?;
    }
    Ok(())
}

/// What the operator of a sample says: there is nobody to tell and nothing to lose.
fn agreed(sealed: &Plan) -> AnswersFile {
    let lists = [&sealed.checklist, &sealed.verify, &sealed.rollback.checks];
    let manual = lists.into_iter().flatten();
    let steps = &sealed.steps;
    AnswersFile {
        tick: manual
            .filter(|check| check.check.is_manual())
            .map(|check| check.id.clone())
            .collect(),
        consent: steps
            .iter()
            .filter(|step| step.asks_consent())
            .map(|step| step.id.clone())
            .collect(),
        confirm: steps
            .iter()
            .filter(|step| matches!(step.body, StepBody::Do(Action::Ask(_))))
            .map(|step| step.id.clone())
            .collect(),
        ..AnswersFile::default()
    }
}

/// Lays the sample out and starts its old release; what takes long is told before it begins.
fn prepare(place: &Place, args: &DemoArgs, say: &dyn Fn(String)) -> Result<DemoSetup, Failure> {
    place.has_its_own_folder()?;
    if let Some(server) = demo::server_of(&args.system) {
        let words = "of its own is started for the sample; that takes a few seconds";
        say(format!("a {server} {words}"));
    }
    let who = place.world.system.who();
    let name = format!("switchback-demo-{}-{}", args.system, who.pid);
    let dir = place.folder_at(&place.temporary)?.join(name);
    demo::prepare(&args.system, &dir, &place.exe, args.fail)
        .map_err(|error| Failure::told(Code::Usage, &error))
}

/// The same program, looking at the sample alone: even its runs are kept there.
fn inside(place: &Place, setup: &DemoSetup, system: &str) -> Result<Place, Failure> {
    let mut inner = place.elsewhere(Global {
        root: Some(setup.root.clone()),
        state_dir: Some(setup.root.join(STATE)),
        pack: Some(system.to_owned()),
        set: setup
            .params
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        ..Global::default()
    })?;
    inner.sample = true;
    Ok(inner)
}
