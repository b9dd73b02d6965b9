//! A product in memory with two files, a service and a "database" that must be migrated exactly
//! once, and a person who drives runs on it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::Duration,
};
use switchback::{
    engine::{
        link::handle::{Ask, Event, Sink},
        runs,
        store::run_dir::StateDir,
        undo_preview::{UndoPreview, WayBack},
        worker::Worker,
    },
    model::{
        edit::{Edit, Op},
        format::Format,
        ids::{RunId, StepId},
        path::RelPath,
        plan::{
            PLAN_FORMAT, Plan, PlanHop, PlannedBackup, PlannedRollback, PlannedStep, StepBody, Undo,
        },
        record::{Body, Phase, Record, RunEnd},
        release::Release,
        route::Route,
        rule::{Action, BackupCommand, Probe, Run, Service},
        text::with_causes,
    },
    rules::{
        pack,
        source::{Origin, PackSource},
    },
    run_state::{BackupState, RunState, StepView},
    world::{
        Answer, Cancel, Commands, Kept, Processes,
        fake::{FakeProcess, FakeWorld, ended},
    },
};

const ROOT: &str = "/srv/product";
const OLD_ENV: &str = "A=1 # one\nB=2\n";
const NEW_ENV: &str = "A=10 # one\nB=2\n";
const CREATED: &str = "[new]\n";
const OLD_DB: &str = "level 1";
const PORT: u16 = 8080;

/// It ends only at the second SIGTERM.
fn app() -> FakeProcess {
    FakeProcess {
        command: vec!["app".to_owned()],
        ports: vec![PORT],
        terms_ignored: 1,
        ..FakeProcess::default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Forward,
    /// Only the last steps, down to the one that creates a file.
    StepBack,
    Back,
    /// Even from a run that is done.
    BackFromDone,
}

pub struct Product {
    pub fake: FakeWorld,
    state: StateDir,
    runs_as: Arc<Mutex<&'static str>>,
}

fn rel(path: &str) -> RelPath {
    RelPath::try_from(path).expect("a path below the root")
}

pub fn command(words: &[&str]) -> Run {
    let words: Vec<serde_json::Value> = words.iter().map(|word| (*word).into()).collect();
    serde_json::from_value(serde_json::json!({ "command": words })).expect("a command")
}

pub fn says(words: &[&str], pattern: &str) -> Probe {
    let mut run = command(words);
    run.expect = serde_json::from_value(serde_json::json!({ "stdout": pattern })).expect("expect");
    Probe::Command(Box::new(run))
}

fn step(id: &str, body: StepBody, undo: Undo) -> PlannedStep {
    PlannedStep {
        id: id.into(),
        hop: 0,
        title: id.to_owned(),
        body,
        undo,
        done_if: None,
        then: Vec::new(),
        idempotent: false,
        because: None,
        cites: Vec::new(),
        doubt: None,
    }
}

/// The only service, which owns the port and reports the release that it was started as.
fn service() -> Service {
    let service = serde_json::json!({
        "title": "the app",
        "port": PORT.to_string(),
        "stop_within": "1s",
        "start_within": "2s",
        "release": { "url": format!("http://127.0.0.1:{PORT}/"), "pattern": "(.+)" },
        "ways": [{ "by": { "command": { "start": { "command": ["start"] }, "process": "^app" } } }],
    });
    serde_json::from_value(service).expect("a service")
}

fn as_release(release: &str) -> Action {
    let start = serde_json::json!({ "start": { "service": "app", "release": release } });
    serde_json::from_value(start).expect("an action")
}

fn looks(is: &str) -> Option<Probe> {
    let probe = match is {
        "stopped" => serde_json::json!({ "service": { "name": "app", "is": "stopped" } }),
        release => serde_json::json!({
            "service": { "name": "app", "is": "running", "release": release }
        }),
    };
    Some(serde_json::from_value(probe).expect("a probe"))
}

pub fn plan() -> Plan {
    let stopping = Action::Stop("app".to_owned());
    let stop = PlannedStep {
        done_if: looks("stopped"),
        ..step(
            "stop",
            StepBody::Do(stopping.clone()),
            Undo::Action(as_release("1.0.0")),
        )
    };
    let start = PlannedStep {
        done_if: looks("2.0.0"),
        ..step(
            "start",
            StepBody::Do(as_release("2.0.0")),
            Undo::Action(stopping),
        )
    };
    let set = Edit::new(Route::key("A"), Op::Set { value: "10".into() });
    let env = StepBody::Edit {
        file: rel(".env"),
        format: Format::DOTENV,
        edits: vec![set],
    };
    let new = StepBody::Write {
        file: rel("conf/new.toml"),
        text: CREATED.to_owned(),
        over: false,
    };
    let migrate = PlannedStep {
        done_if: Some(says(&["level"], "2")),
        ..step(
            "migrate",
            StepBody::Do(Action::Run(command(&["migrate"]))),
            Undo::Restore("db".to_owned()),
        )
    };
    let release = |text: &str| Release::try_from(text.to_owned()).expect("a release");
    let produces = rel("db.dump");
    Plan {
        format: PLAN_FORMAT,
        program: "test".to_owned(),
        product: "product".to_owned(),
        title: "Product".to_owned(),
        pack: pack::digest(&pack().files),
        signed: None,
        host: "host".to_owned(),
        root: ROOT.to_owned(),
        from: release("1.0.0"),
        to: release("2.0.0"),
        hops: vec![PlanHop {
            file: "1-to-2.yaml".to_owned(),
            from: release("1.0.0"),
            to: release("2.0.0"),
            title: "Two".to_owned(),
            why: String::new(),
        }],
        targets: BTreeMap::new(),
        variables: BTreeMap::new(),
        findings: Vec::new(),
        decisions: BTreeMap::new(),
        inputs: BTreeMap::new(),
        variants: BTreeMap::new(),
        services: BTreeMap::from([("app".to_owned(), service())]),
        databases: BTreeMap::new(),
        checklist: Vec::new(),
        backup: PlannedBackup {
            // No step replaces the last one: it goes into the archive.
            files: vec![rel(".env"), rel("conf/new.toml"), rel("notes")],
            databases: Vec::new(),
            commands: vec![BackupCommand {
                id: "db".to_owned(),
                title: "database".to_owned(),
                run: command(&["dump", "{{backup}}/db.dump"]),
                produces,
                verify: says(&["dumped", "{{backup}}/db.dump"], "whole"),
                restore: command(&["restore", "{{backup}}/db.dump"]),
                when: None,
                cites: Vec::new(),
                doubt: None,
            }],
        },
        steps: vec![
            stop,
            step("edit .env", env, Undo::File),
            step("create", new, Undo::File),
            migrate,
            start,
        ],
        verify: Vec::new(),
        rollback: PlannedRollback::default(),
        emergency: vec![step(
            "kill",
            StepBody::Do(Action::Run(command(&["kill switch"]))),
            Undo::Action(Action::Run(command(&["unkill"]))),
        )],
        hints: Vec::new(),
        notes: Vec::new(),
        usages: Vec::new(),
        usages_after: Vec::new(),
        remedies: BTreeMap::new(),
    }
}

fn pack() -> PackSource {
    let text = |text: &'static str| text.as_bytes().into();
    let files = [
        (
            "pack.yaml",
            "schema: 1\nproduct: product\ntitle: Product\nreleases: semver\nrecognise: {file: {path: .env}}\n\
             detect: []\nenvironment:\n  - dotenv: {file: .env}\nwrite_to: {dotenv: {file: .env}}\n",
        ),
        (
            "1-to-2.yaml",
            "schema: 1\nfrom: 1.0.0\nto: 2.0.0\ntitle: Two\n",
        ),
        ("guide.yaml", "schema: 1\ntitle: Guide\nstatements: []\n"),
    ];
    PackSource {
        origin: Origin::Bundled("product".to_owned()),
        files: files
            .into_iter()
            .map(|(name, body)| (name.to_owned(), text(body)))
            .collect(),
    }
}

impl Product {
    /// A product in the state from which a walk begins.
    pub fn before(way: Way) -> Self {
        let product = Self::new();
        match way {
            Way::Forward => {}
            Way::StepBack | Way::Back => product.forward_without_finish(),
            Way::BackFromDone => {
                product.walk(Way::Forward).expect("forward");
            }
        }
        product.fake.revive();
        product
    }

    pub fn new() -> Self {
        let fake = FakeWorld::new();
        fake.files.put(format!("{ROOT}/.env"), OLD_ENV);
        fake.files.put(format!("{ROOT}/db"), OLD_DB);
        let runs_as = Arc::new(Mutex::new("1.0.0"));
        let (processes, started) = (fake.processes.clone(), runs_as.clone());
        processes.start(100, app());
        let pids = AtomicU32::new(101);
        let answering = (fake.processes.clone(), runs_as.clone());
        fake.http.script(move |_| {
            let (processes, runs_as) = &answering;
            let release = *runs_as.lock().expect("a release");
            processes.port_open(PORT).then(|| {
                Ok(Answer {
                    status: 200,
                    body: release.to_owned(),
                    body_is_whole: true,
                    took: Duration::ZERO,
                })
            })
        });
        fake.files.put(format!("{ROOT}/notes"), "kept");
        let files = fake.files.clone();
        fake.commands.script(move |command| {
            let read = |path: &str| {
                let bytes = files.contents().get(Path::new(path)).cloned();
                bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            };
            let db = format!("{ROOT}/db");
            let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
            let said = match words.as_slice() {
                ["kill switch"] => {
                    // One more mark for each pull, so that a second one shows.
                    let before = read("/outside/killed").unwrap_or_default();
                    files.put("/outside/killed", format!("{before}!"));
                    "held: 7\n".to_owned()
                }
                ["unkill"] => {
                    files.put("/outside/killed", "");
                    String::new()
                }
                ["start"] => {
                    assert!(!processes.port_open(PORT), "it was started a second time");
                    let new = read(&format!("{ROOT}/.env"))?.contains("A=10");
                    *started.lock().expect("a release") = if new { "2.0.0" } else { "1.0.0" };
                    processes.start(pids.fetch_add(1, Ordering::SeqCst), app());
                    String::new()
                }
                ["level"] => read(&db)?,
                ["migrate"] => {
                    // Each migration adds a mark, so that a second one shows.
                    files.put(&db, format!("{}, then level 2", read(&db)?));
                    String::new()
                }
                ["dump", path] => {
                    // Like most tools, it does not sync what it wrote.
                    files.put_unsynced(path, read(&db)?);
                    String::new()
                }
                ["dumped", path] => read(path).map_or("missing".to_owned(), |_| "whole".to_owned()),
                ["restore", path] => {
                    files.put(&db, read(path)?);
                    String::new()
                }
                _ => return None,
            };
            Some(Ok(ended(0, &said, "")))
        });
        Self {
            fake,
            state: StateDir::new("/state".into()),
            runs_as,
        }
    }

    /// The release that answers.
    fn running(&self) -> Option<&'static str> {
        let up = self.fake.processes.port_open(PORT);
        up.then(|| *self.runs_as.lock().expect("a release"))
    }

    /// Takes up the open run, or starts one, and goes one way like a person who follows what the
    /// run says. Returns whether there was anything to do.
    pub fn walk(&self, way: Way) -> Result<bool, String> {
        let (sink, _events) = mpsc::channel::<Event>();
        self.walk_heard(way, Box::new(sink))
    }

    /// The same, with a sink for its events.
    pub fn walk_heard(&self, way: Way, sink: Box<dyn Sink>) -> Result<bool, String> {
        let Some(mut worker) = self.open(way, sink)? else {
            return Ok(false);
        };
        worker.settle().map_err(told)?;
        match way {
            Way::Forward if worker.state().rollback.is_none() => self.forward(&mut worker),
            Way::StepBack => self.step_back(&mut worker),
            Way::Forward | Way::Back | Way::BackFromDone => self.back(&mut worker),
        }?;
        Ok(true)
    }

    /// A worker of the open run, or of a new one; `None`: there is nothing to do.
    pub fn open(&self, way: Way, sink: Box<dyn Sink>) -> Result<Option<Worker>, String> {
        let world = self.fake.world();
        let open = runs::unfinished(&world, &self.state, Path::new(ROOT)).map_err(told)?;
        let done = self.done()?;
        let worker = match (open.first(), &done) {
            (Some(run), _) => runs::take_up(&world, &self.state, &run.run, sink, runs::Way::On),
            (None, Some(done)) if way == Way::BackFromDone => {
                runs::take_up(&world, &self.state, &done.run, sink, runs::Way::Back)
            }
            (None, _) if way != Way::Forward || done.is_some() => return Ok(None),
            (None, _) => {
                let answers = BTreeMap::new();
                runs::start(&world, &self.state, plan(), false, &pack(), &answers, sink)
            }
        };
        worker.map(Some).map_err(told)
    }

    fn forward(&self, worker: &mut Worker) -> Result<(), String> {
        if worker.state().stepping_back().is_some() {
            self.ask(worker, Ask::RetryUndo)?;
        }
        self.ask(worker, Ask::Check)?;
        self.ask(worker, Ask::Backup)?;
        self.judge(worker)?;
        let failed = worker
            .state()
            .steps
            .iter()
            .find(|view| view.failed().is_some());
        let ask = failed.map_or(Ask::Apply, |view| Ask::Retry(view.step.id.clone()));
        self.ask(worker, ask)?;
        self.ask(worker, Ask::Finish)
    }

    /// Judges an unknown outcome by looking at the database.
    fn judge(&self, worker: &mut Worker) -> Result<(), String> {
        let unknown = worker
            .state()
            .steps
            .iter()
            .find(|view| view.unknown().is_some());
        let Some(step) = unknown.map(|view| view.step.id.clone()) else {
            return Ok(());
        };
        let done = self.file("db").is_some_and(|db| db.contains("level 2"));
        self.ask(worker, Ask::Judge { step, done })
    }

    fn step_back(&self, worker: &mut Worker) -> Result<(), String> {
        let to = StepId::from("create");
        let state = worker.state();
        if state.step(&to).is_some_and(StepView::waits_again) {
            return Ok(());
        }
        let ask = match state.stepping_back() {
            Some(_) => Ask::RetryUndo,
            None => Ask::StepBack {
                to,
                reason: "test".to_owned(),
            },
        };
        self.ask(worker, ask)
    }

    fn back(&self, worker: &mut Worker) -> Result<(), String> {
        let reason = "test".to_owned();
        self.ask(
            worker,
            Ask::Rollback {
                reason,
                over_later_edits: false,
            },
        )
    }

    fn ask(&self, worker: &mut Worker, ask: Ask) -> Result<(), String> {
        if worker.state().is_over() {
            return Ok(());
        }
        worker.meet(ask).map_err(told)?
    }

    /// The run whose migration is under way and has not finished.
    pub fn migrating(&self) -> Option<RunId> {
        let state = self.open_run()?;
        let running = state.step(&StepId::from("migrate"))?.is_running();
        let done = self.file("db").is_some_and(|db| db.contains("level 2"));
        (running && !done).then_some(state.run.clone())
    }

    /// Whether the outcome of a command of the run is lost.
    pub fn lost(&self, run: &RunId) -> bool {
        let commands = &self.fake.commands;
        let stems = commands.stems(&self.state.run(run).steps()).expect("stems");
        let lost = |stem: &PathBuf| {
            let kept = commands.kept(stem, &Cancel::default(), &mut |_, _| {});
            matches!(kept, Kept::Lost)
        };
        stems.iter().any(lost)
    }

    /// The run whose service was being started, and looks so.
    pub fn starting(&self) -> Option<RunId> {
        let state = self.open_run()?;
        let running = state.step(&StepId::from("start"))?.is_running();
        (running && self.running() == Some("2.0.0")).then(|| state.run.clone())
    }

    /// The run whose backup was being made.
    pub fn saving(&self) -> Option<RunId> {
        let state = self.open_run()?;
        let verified = matches!(state.backup, BackupState::Verified(_));
        (state.phase == Phase::Backup && !verified).then(|| state.run.clone())
    }

    fn open_run(&self) -> Option<RunState> {
        let open = runs::unfinished(&self.fake.world(), &self.state, Path::new(ROOT));
        open.expect("the runs").into_iter().next()
    }

    /// What a step is when somebody has taken the run up and done nothing yet.
    pub fn taken_up(&self, run: &RunId, step: &str) -> StepView {
        let (sink, _events) = mpsc::channel::<Event>();
        let worker = runs::take_up(
            &self.fake.world(),
            &self.state,
            run,
            Box::new(sink),
            runs::Way::On,
        );
        let mut worker = worker.expect("a worker");
        worker.settle().expect("settled");
        let view = worker.state().step(&StepId::from(step));
        view.expect("the step").clone()
    }

    /// Takes the run up, open or done, and pulls or releases its emergency step. An unknown outcome
    /// is judged first.
    pub fn lever(&self, ask: fn(StepId) -> Ask) -> Result<RunState, String> {
        let world = self.fake.world();
        let (sink, _events) = mpsc::channel::<Event>();
        let runs = runs::list(&world, &self.state).map_err(told)?;
        let run = runs.first().ok_or("no run")?;
        let worker = runs::take_up(
            &world,
            &self.state,
            &run.id,
            Box::new(sink),
            runs::Way::Back,
        );
        let mut worker = worker.map_err(told)?;
        worker.settle().map_err(told)?;
        let step = StepId::new("kill");
        if worker.state().emergency[0].unknown().is_some() {
            let refused = worker.meet(Ask::Pull(step.clone())).map_err(told)?;
            assert!(refused.is_err(), "what is unknown was pulled again");
            let done = self.killed() == "!";
            let judge = Ask::Judge {
                step: step.clone(),
                done,
            };
            worker.meet(judge).map_err(told)??;
        }
        let _already_so = worker.meet(ask(step)).map_err(told)?;
        Ok(worker.state().clone())
    }

    /// One mark for each time that the switch was pulled.
    pub fn killed(&self) -> String {
        let contents = self.fake.files.contents();
        let bytes = contents.get(Path::new("/outside/killed")).cloned();
        String::from_utf8(bytes.unwrap_or_default()).expect("text")
    }

    pub fn forward_without_finish(&self) {
        let mut worker = self.begin();
        for ask in [Ask::Check, Ask::Backup, Ask::Apply] {
            self.ask(&mut worker, ask).expect("goes forward");
        }
    }

    /// A new run with only its first record.
    pub fn begin(&self) -> Worker {
        let (sink, _events) = mpsc::channel::<Event>();
        self.begin_with(plan(), Box::new(sink))
    }

    /// The same with another plan, and with a sink for its events.
    pub fn begin_with(&self, plan: Plan, sink: Box<dyn Sink>) -> Worker {
        let (world, answers) = (self.fake.world(), BTreeMap::new());
        let worker = runs::start(&world, &self.state, plan, false, &pack(), &answers, sink);
        worker.expect("starts")
    }

    /// Brings files and database to the new release by hand.
    pub fn made_new_by_hand(&self) {
        for (name, text) in [
            (".env", NEW_ENV),
            ("conf/new.toml", CREATED),
            ("db", "level 1, then level 2"),
        ] {
            self.fake.files.put(format!("{ROOT}/{name}"), text);
        }
    }

    /// The preview of a way back, read only from the journal.
    pub fn preview(&self, run: &RunState, back: WayBack) -> UndoPreview {
        runs::undo_preview(&self.fake.world(), &self.state, run, back).expect("a preview")
    }

    /// All runs, newest first.
    pub fn runs(&self) -> Vec<RunState> {
        let runs = runs::list(&self.fake.world(), &self.state).expect("the runs can be listed");
        let states = runs.into_iter().map(|run| run.state);
        states.map(|state| state.expect("readable")).collect()
    }

    /// The records of the newest run.
    pub fn records(&self) -> Vec<Record> {
        let newest = &self.runs()[0].run;
        let records = self.state.run(newest).records(&self.fake.world());
        records.expect("records")
    }

    /// The folder of the newest run's backup.
    pub fn backup(&self) -> PathBuf {
        self.state.run(&self.runs()[0].run).backup()
    }

    /// Whether a run may be taken back.
    pub fn may_go_back(&self, run: &RunState) -> Result<(), String> {
        let runs = runs::list(&self.fake.world(), &self.state).expect("the runs can be listed");
        runs::may_go_back(&runs, run).map_err(told)
    }

    fn file(&self, name: &str) -> Option<String> {
        let bytes = self
            .fake
            .files
            .contents()
            .remove(&Path::new(ROOT).join(name))?;
        Some(String::from_utf8(bytes).expect("text"))
    }

    pub fn assert_new(&self) {
        assert_eq!(self.file(".env").as_deref(), Some(NEW_ENV));
        assert_eq!(self.file("conf/new.toml").as_deref(), Some(CREATED));
        assert_eq!(self.file("db").as_deref(), Some("level 1, then level 2"));
        assert_eq!(self.running(), Some("2.0.0"));
        self.assert_nothing_left_over(4);
    }

    /// The earlier edit is in place; the created file and the migration are not.
    pub fn assert_between(&self) {
        assert_eq!(self.file(".env").as_deref(), Some(NEW_ENV));
        assert_eq!(self.file("conf/new.toml"), None);
        assert_eq!(self.file("db").as_deref(), Some(OLD_DB));
        self.assert_nothing_left_over(3);
    }

    pub fn assert_old(&self) {
        assert_eq!(self.file(".env").as_deref(), Some(OLD_ENV));
        assert_eq!(self.file("conf/new.toml"), None);
        assert_eq!(self.file("db").as_deref(), Some(OLD_DB));
        assert_eq!(self.running(), Some("1.0.0"));
        self.assert_nothing_left_over(3);
    }

    /// After a crash on the way forward the run may have finished: then there is no way back but
    /// a new run.
    pub fn assert_old_unless_finished(&self) {
        if self.finished().is_some() {
            self.assert_new();
        } else {
            self.assert_old();
        }
    }

    pub fn finished(&self) -> Option<RunState> {
        self.done().expect("the runs can be listed")
    }

    fn done(&self) -> Result<Option<RunState>, String> {
        let runs = runs::list(&self.fake.world(), &self.state).map_err(told)?;
        let states = runs.into_iter().map(|run| run.state);
        let states = states.collect::<Result<Vec<_>, _>>()?;
        let mut states = states.into_iter();
        Ok(states.find(|state| state.ended() == Some(RunEnd::Done)))
    }

    pub fn assert_old_or_new(&self) {
        let env = self.file(".env");
        assert!(
            [Some(OLD_ENV), Some(NEW_ENV)].contains(&env.as_deref()),
            "{env:?}"
        );
        let created = self.file("conf/new.toml");
        assert!(
            [None, Some(CREATED)].contains(&created.as_deref()),
            "{created:?}"
        );
        let db = self.file("db");
        let once = [Some(OLD_DB), Some("level 1, then level 2")];
        assert!(once.contains(&db.as_deref()), "{db:?}");
    }

    /// Everything new was announced in the journal before it was done, and the backup was whole
    /// before that.
    pub fn assert_told(&self) {
        let runs = runs::list(&self.fake.world(), &self.state).expect("the runs can be listed");
        let world = self.fake.world();
        let records: Vec<Vec<Record>> = runs
            .iter()
            .map(|run| self.state.run(&run.id).records(&world).expect("records"))
            .collect();
        let begun = |step: &str| {
            records.iter().any(|records| {
                let at = |is: &dyn Fn(&Body) -> bool| records.iter().position(|it| is(&it.body));
                let begun = at(&|body| matches!(body, Body::StepStarted { step: it, .. } if it.as_str() == step));
                let verified = at(&|body| matches!(body, Body::BackupVerified(_)));
                matches!((verified, begun), (Some(verified), Some(begun)) if verified < begun)
            })
        };
        for (step, is_new) in [
            ("edit .env", self.file(".env").as_deref() == Some(NEW_ENV)),
            ("create", self.file("conf/new.toml").is_some()),
            ("migrate", self.file("db").as_deref() != Some(OLD_DB)),
        ] {
            assert!(
                !is_new || begun(step),
                "{step}: it is new, and no record says so"
            );
        }
        let verified = |records: &&Vec<Record>| {
            let mut bodies = records.iter().map(|record| &record.body);
            bodies.any(|body| matches!(body, Body::BackupVerified(_)))
        };
        let contents = self.fake.files.contents();
        for (run, _) in runs.iter().zip(&records).filter(|(_, it)| verified(it)) {
            let dir = self.state.run(&run.id);
            for (copy, old) in [
                (dir.backup_of(".env"), OLD_ENV),
                (dir.backup().join("db.dump"), OLD_DB),
            ] {
                let copy = contents
                    .get(&copy)
                    .map(|bytes| String::from_utf8_lossy(bytes));
                assert_eq!(copy.as_deref(), Some(old), "the verified backup");
            }
        }
    }

    fn assert_nothing_left_over(&self, files: usize) {
        let contents = self.fake.files.contents();
        let below: Vec<_> = contents
            .keys()
            .filter(|path| path.starts_with(ROOT))
            .collect();
        assert_eq!(below.len(), files, "{below:?}");
    }
}

fn told(error: impl std::error::Error) -> String {
    with_causes(&error)
}
