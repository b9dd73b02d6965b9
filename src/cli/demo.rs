//! `switchback demo --headless`: a sample product in a temporary folder, upgraded with everything
//! agreed to. The folder of a run stays, so that the result can be examined.

use super::{
    args::{DemoArgs, Global, Hold, Road, RollbackArgs},
    back,
    end::{Code, End, Failure},
    forward, opened,
    place::Place,
    print::Printer,
};
use crate::{
    engine::{answers::AnswersFile, runs, session::Session, store::run_dir::StateDir},
    model::{
        finding::{Decision, Safety},
        plan::{Plan, StepBody},
        rule::Action,
    },
    rules::assess::is_decided,
    standin::demo::{self, DemoSetup},
    world::World,
};
use std::cell::RefCell;

pub fn demo(place: &Place, args: &DemoArgs, printer: &mut Printer<'_>) -> End {
    if !args.headless {
        return Err(Failure::new(
            Code::Usage,
            "there is no terminal here to ask on, and nothing is agreed to unasked; `switchback \
             demo --headless` runs a sample without questions, `switchback --plain demo` asks in \
             lines",
        ));
    }
    let printer = RefCell::new(printer);
    let say = |words: String| printer.borrow_mut().say(words);
    with_sample(place, args, &say, |inner| {
        say(format!("the sample is in {}", inner.root.display()));
        let mut printer = printer.borrow_mut();
        let end = walk(inner, &mut printer).map_err(|failed| inner.of_here(failed));
        if !args.back {
            return end;
        }
        if let Err(failed) = &end {
            printer.say(&failed.text);
        }
        take_back(inner, &mut printer).map_err(|failed| inner.of_here(failed))
    })
}

/// Lays a sample out and walks it. Whatever was started for it ends afterwards, unless somebody may
/// come back to a run on it.
pub fn with_sample<T>(
    place: &Place,
    args: &DemoArgs,
    say: &dyn Fn(String),
    walk: impl FnOnce(&Place) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let setup = prepare(place, args, say)?;
    let inner = inside(place, &setup)?;
    on_sample(&inner, setup, say, walk)
}

/// The same for a sample that exists already; `None`: the folder is not a sample's. `walk` is told
/// whether the sample's services still run.
pub fn with_found_sample<T>(
    place: &Place,
    say: &dyn Fn(String),
    walk: impl FnOnce(&Place, bool) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let found = demo::rejoin(place.state()?.path()).map_err(failed)?;
    let Some(setup) = found else {
        return Ok(None);
    };
    let inner = inside(place, &setup)?;
    if setup.lives() {
        on_sample(&inner, setup, say, |inner| walk(inner, true)).map(Some)
    } else {
        walk(&inner, false).map(Some)
    }
}

fn on_sample<T>(
    inner: &Place,
    mut setup: DemoSetup,
    say: &dyn Fn(String),
    walk: impl FnOnce(&Place) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let end = walk(inner);
    let closed = close(inner, &mut setup);
    if let Ok(Some(words)) = &closed {
        say(words.clone());
    }
    // The failure of the walk says more than a failure to end the sample.
    end.and_then(|end| closed.map(|_said| end))
}

/// Serves a run, and keeps the sample that has its runs in this folder, if there is one. Afterwards
/// a sample with an unfinished run stays for whoever comes back. A sample that cannot be kept is
/// not a failure of the run.
pub fn kept<T>(world: &World, state: &StateDir, serve: impl FnOnce() -> T) -> T {
    let sample = demo::rejoin(state.path()).ok().flatten();
    let end = serve();
    if let Some(mut sample) = sample {
        if is_open(world, state, &sample) {
            let _as_far_as_it_can_be = sample.leave_to_itself();
        } else {
            // Otherwise nobody may be left to end what was kept.
            let _as_far_as_it_can_be = sample.leave_for_good();
        }
    }
    end
}

fn is_open(world: &World, state: &StateDir, sample: &DemoSetup) -> bool {
    let open = runs::unfinished(world, state, &sample.root);
    open.is_ok_and(|runs| !runs.is_empty())
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::told(Code::Failed, &error)
}

/// Ends what the demo started, unless somebody may come back to a run on it. A sample with a run
/// stays to be examined, and the returned sentence says where. One in which nothing happened is
/// removed.
fn close(place: &Place, setup: &mut DemoSetup) -> Result<Option<String>, Failure> {
    let state = place.state()?;
    let goes_on = is_open(&place.world, &state, setup);
    let ended = if goes_on {
        setup.leave()
    } else {
        setup.finish()
    };
    let ended = ended.map_err(failed)?;
    let what = match (ended, goes_on) {
        (false, true) => {
            "the sample and its services stay for an hour, so that you can come back, or until you \
             remove"
        }
        (false, false) => "somebody else is working with the sample, in",
        (true, _) => "the sample and its runs stay until you remove",
    };
    let runs = runs::list(&place.world, &state);
    if ended && runs.is_ok_and(|runs| runs.is_empty()) {
        setup.remove().map_err(failed)?;
        return Ok(None);
    }
    Ok(Some(format!("{what}\n  {}", setup.root.display())))
}

fn walk(place: &Place, printer: &mut Printer<'_>) -> End {
    let mut session = opened::open(place, &Road::default())?;
    answer(&mut session)?;
    let sealed = session.plan()?;
    let answers = agreed(&sealed);
    forward::carry_out(place, session, sealed, &answers, printer)
}

/// A run that is done can only be taken back by its name.
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
    back::roll_back(place, &args, printer)
}

/// Answers with the first choice of every question and a generated value for every secret.
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

/// Everything the operator of a sample would agree to: there is nobody to ask and nothing to lose.
fn agreed(sealed: &Plan) -> AnswersFile {
    let lists = [&sealed.checklist, &sealed.verify, &sealed.rollback.checks];
    let manual = lists.into_iter().flatten();
    let steps = &sealed.steps;
    AnswersFile {
        mark: manual
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

/// Lays the sample out and starts its old release; a slow start is announced first.
fn prepare(place: &Place, args: &DemoArgs, say: &dyn Fn(String)) -> Result<DemoSetup, Failure> {
    place.has_its_own_folder()?;
    if let Some(server) = demo::server_of(&args.system) {
        let words = "server is started for this sample alone; that takes a few seconds";
        say(format!("a {server} {words}"));
    }
    let who = place.world.system.who();
    let name = format!("{}{}-{}", demo::FOLDER, args.system, who.pid);
    let dir = place.folder_at(&place.temporary)?.join(name);
    demo::prepare(&args.system, &dir, &place.exe, args.fail)
        .map_err(|error| Failure::told(Code::Usage, &error))
}

/// The same program restricted to the sample: even its runs are kept there.
fn inside(place: &Place, setup: &DemoSetup) -> Result<Place, Failure> {
    let (root, about) = (&setup.root, &setup.about);
    let mut inner = place.elsewhere(Global {
        root: Some(root.clone()),
        pack: Some(about.product.clone()),
        // Options that apply to whatever is opened.
        mouse: place.takes_mouse(),
        confirm_within: place.confirm_within(),
        ..Global::default()
    })?;
    inner.sample = true;
    Ok(inner)
}
