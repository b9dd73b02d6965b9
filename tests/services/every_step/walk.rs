//! A run on a stand, walked by asks like those of a person who agrees to everything.

use super::{
    super::{begun::exe, upgrade::Hasty},
    stand::Stand,
};
use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, mpsc},
};
use switchback::{
    engine::{
        answers::AnswersFile,
        link::handle::{Ask, Event},
        runs::{self, Way},
        session::{Options, Session},
        store::run_dir::StateDir,
        undo_preview::{UndoLine, WayBack},
        worker::Worker,
    },
    model::{
        finding::{Decision, Safety},
        ids::StepId,
        plan::{Plan, PlannedCheck},
        record::{RunEnd, Who},
        rule::Probe,
        text::with_causes,
    },
    rules::{assess::is_decided, bundled},
    run_state::{Road, RunState, StepStatus, StepView},
    world::{RealClock, RealSystem, System, World},
};

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A shell that exports next to nothing, on the real machine.
struct Shell(BTreeMap<String, String>);

impl System for Shell {
    fn who(&self) -> Who {
        RealSystem.who()
    }

    fn is_root(&self) -> bool {
        RealSystem.is_root()
    }

    fn environment(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }

    fn state_dir(&self) -> Option<std::path::PathBuf> {
        None
    }

    fn config_dir(&self) -> Option<std::path::PathBuf> {
        None
    }

    fn random(&self, bytes: usize) -> Vec<u8> {
        RealSystem.random(bytes)
    }

    fn boot(&self) -> String {
        RealSystem.boot()
    }
}

pub struct Walk<'s> {
    stand: &'s Stand,
    to: Option<&'static str>,
    world: World,
}

impl<'s> Walk<'s> {
    pub fn new(stand: &'s Stand) -> Self {
        Self::to(stand, stand.product.to)
    }

    /// To another release than the product's usual target in these tests.
    pub fn to(stand: &'s Stand, to: Option<&'static str>) -> Self {
        let home = stand.aside().join("home");
        fs::create_dir_all(&home).expect("a folder");
        let home = home.to_string_lossy().into_owned();
        let exported = [("HOME", home.as_str()), ("PATH", PATH)];
        let exported = exported.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let world = World {
            clock: Arc::new(Hasty(RealClock::default())),
            system: Arc::new(Shell(exported.into())),
            ..World::real(exe())
        };
        Self { stand, to, world }
    }

    fn state(&self) -> StateDir {
        StateDir::new(self.stand.aside().join("state"))
    }

    fn answers(&self) -> AnswersFile {
        let text = self.stand.answers();
        AnswersFile::read("answers.yaml", text.as_bytes()).expect("answers")
    }

    fn session(&self) -> Session {
        let options = Options {
            root: self.stand.root().to_owned(),
            state: self.state(),
            packs: bundled::packs(),
            product: Some(self.stand.product.name.to_owned()),
            from: self.stand.product.from.map(str::to_owned),
            to: self.to.map(str::to_owned),
            answers: self.answers(),
            confirm_within: None,
            agreed: false,
            sample: false,
        };
        let session = Session::open(self.world.clone(), options);
        let mut session = session.unwrap_or_else(|error| panic!("{}", with_causes(&error)));
        decide(&mut session);
        session
    }

    /// A run of the product's plan, changed by `change`, that stands before its checklist.
    pub fn begin(&self, change: impl FnOnce(&mut Plan)) -> Worker {
        let session = self.session();
        let mut plan = session
            .plan()
            .unwrap_or_else(|error| panic!("{}", with_causes(&error)));
        change(&mut plan);
        let (sink, _events) = mpsc::channel::<Event>();
        session.start(plan, Box::new(sink)).expect("a run")
    }

    /// The whole road, as the pack has it.
    pub fn undisturbed(&self) -> Worker {
        let mut worker = self.begin(|_plan| {});
        let stopped = self.forward(&mut worker);
        assert_eq!(stopped, None, "{}", whole(worker.state()));
        worker
    }

    /// Goes on until the run is done, or until a step that does not finish, which is returned.
    pub fn forward(&self, worker: &mut Worker) -> Option<StepId> {
        met(worker, Ask::Check);
        self.pass(worker, |plan| &plan.checklist);
        met(worker, Ask::Backup);
        met(worker, Ask::Apply);
        while let Some(next) = worker.state().next_step() {
            let id = next.step.id.clone();
            match next.status() {
                StepStatus::Road(Road::Waiting(_))
                    if next.step.asks_consent() && !next.consented =>
                {
                    met(worker, Ask::Consent(id));
                }
                StepStatus::Road(Road::Running { .. }) => {
                    match worker.meet(Ask::Confirm(id.clone())) {
                        Ok(Ok(())) => {}
                        Ok(Err(_not_done)) => return Some(id),
                        Err(error) => panic!("{id}: {}", with_causes(&error)),
                    }
                }
                StepStatus::Road(Road::Failed(_)) => return Some(id),
                _other => panic!("{id} is {}: {:?}", next.word(), worker.state().paused),
            }
        }
        self.pass(worker, |plan| &plan.verify);
        met(worker, Ask::Finish);
        None
    }

    /// Marks what is for a person, fixes what can be fixed, and waives what the stand names.
    fn pass(&self, worker: &mut Worker, of: fn(&Plan) -> &Vec<PlannedCheck>) {
        let answers = self.answers();
        let state = worker.state();
        let open: Vec<PlannedCheck> = state
            .open_checks(of(&state.plan))
            .into_iter()
            .cloned()
            .collect();
        for PlannedCheck { id, check, .. } in open {
            let waived = answers.waive.get(&id).cloned().map(String::from);
            met(
                worker,
                match (&check.probe, waived) {
                    (Probe::Manual { .. }, _) => Ask::Mark(id),
                    (_, Some(reason)) => Ask::Waive { check: id, reason },
                    (_, None) if check.fix.is_some() => Ask::Fix(id),
                    (_, None) => panic!("{id}: {:?}", worker.state().checks.get(&id)),
                },
            );
        }
    }

    /// The same run with another worker, as after the end of the program.
    pub fn taken_up(&self, worker: Worker) -> Worker {
        let run = worker.state().run.clone();
        drop(worker);
        let (sink, _events) = mpsc::channel::<Event>();
        let taken = runs::take_up(&self.world, &self.state(), &run, Box::new(sink), Way::Back);
        taken.expect("it can be taken back")
    }

    /// Goes all the way back; returns the state by its records.
    pub fn back(&self, mut worker: Worker) -> RunState {
        let told = runs::undo_preview(&self.world, &self.state(), worker.state(), WayBack::Whole);
        let told = told.expect("a preview").steps;
        let back = Ask::Rollback {
            reason: "test".to_owned(),
            over_later_edits: false,
        };
        let mut refused = worker.meet(back).expect("the worker goes on").err();
        while let Some(why) = refused.take() {
            let waits = worker.state().steps.iter().find(|view| view.is_running());
            let ask = match waits {
                Some(view) => Ask::Confirm(view.step.id.clone()),
                None => panic!("the way back is blocked: {why}\n{}", whole(worker.state())),
            };
            refused = worker.meet(ask).expect("the worker goes on").err();
        }
        let state = worker.state().clone();
        let ended = matches!(state.ended(), Some(RunEnd::RolledBack | RunEnd::Abandoned));
        assert!(ended, "not back: {:?}\n{}", state.paused, whole(&state));
        as_told(&told, &state);
        state
    }
}

/// Chooses the first answer to every question, and generates every secret.
fn decide(session: &mut Session) {
    let findings = session.assessment().findings.clone();
    for finding in findings {
        if is_decided(&finding, session.decisions.get(&finding.id)) {
            continue;
        }
        if let Safety::Decide { options, .. } = &finding.safety {
            let choice = Decision::Choose(options[0].id.clone());
            session.decide(&finding.id, choice).expect("a choice");
        }
    }
    let asked = session.assessment().inputs.clone();
    for asked in asked
        .iter()
        .filter(|asked| asked.needed && asked.input.generate.is_some())
    {
        if !session.answers.contains_key(&asked.name) {
            session.generate(&asked.name).expect("a value");
        }
    }
}

#[track_caller]
fn met(worker: &mut Worker, ask: Ask) {
    let words = format!("{ask:?}");
    if let Err(why) = worker.meet(ask).expect("the worker goes on") {
        panic!("{words}: {why}\n{}", whole(worker.state()));
    }
}

/// Requires that the steps named in the preview are those that were undone, and that a backup
/// shared by several of them was restored at the step that the preview named.
fn as_told(told: &[UndoLine], state: &RunState) {
    let road = state.steps.iter().take(state.plan.steps.len()).rev();
    let undone = road.filter_map(|view| {
        view.undone()?;
        let below = view.because()?.contains("the restore of an earlier step");
        Some((&view.step.id, below))
    });
    let told = told
        .iter()
        .map(|line| (&line.step, line.becomes.contains("is restored below")));
    assert!(
        told.eq(undone),
        "told otherwise than done: {}",
        whole(state)
    );
}

/// What became of each step, to explain why a test failed.
fn whole(state: &RunState) -> String {
    let line = |view: &StepView| format!("  {} {:?}", view.step.id, view.status());
    state.steps.iter().map(line).collect::<Vec<_>>().join("\n")
}
