//! A product with one database, a plan with one step that is undone by restoring it, and a person
//! who goes forward and back. The world is the real one; a test may stand between it and commands.

use super::begun::exe;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command as Process,
    sync::{Arc, OnceLock, mpsc},
    time::Duration,
};
use switchback::{
    engine::{
        link::{
            handle::{Ask, Event},
            urgent::Urgent,
        },
        report,
        runs::{self, Way},
        store::run_dir::{RunDir, StateDir},
        undo_preview::{UndoPreview, WayBack},
        worker::Worker,
    },
    model::{
        plan::Plan,
        record::{RunEnd, Saved, SavedDatabase},
        text::with_causes,
    },
    rules::{
        pack,
        source::{Origin, PackSource},
    },
    world::{
        Cancel, Clock, Command, CommandError, Commands, Ended, FileError, Keep, Kept, RealClock,
        RealCommands, Stream, World,
    },
};
use tempfile::TempDir;

pub struct Upgrade {
    pub folder: TempDir,
    pub world: World,
    plan: Plan,
    pack: PackSource,
}

/// A clock that never sleeps: what a test waits for is there already, or never comes.
pub struct Hasty(pub RealClock);

impl Clock for Hasty {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, time: Duration, cancel: &Cancel) -> bool {
        self.0.sleep(time.min(Duration::from_millis(20)), cancel)
    }
}

/// Intercepts the engine's commands.
pub struct Between<F>(pub F);

impl<F> Commands for Between<F>
where
    F: Fn(
            &Command,
            &dyn Fn(&Command) -> Result<Ended, CommandError>,
        ) -> Result<Ended, CommandError>
        + Send
        + Sync,
{
    fn run(
        &self,
        command: &Command,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError> {
        let line = std::sync::Mutex::new(line);
        (self.0)(command, &|command| {
            let mut line = line.lock().expect("lock");
            real().run(command, cancel, &mut **line)
        })
    }

    fn run_kept(
        &self,
        command: &Command,
        keep: &Keep<'_>,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError> {
        let line = std::sync::Mutex::new(line);
        (self.0)(command, &|command| {
            let mut line = line.lock().expect("lock");
            real().run_kept(command, keep, cancel, &mut **line)
        })
    }

    fn kept(&self, stem: &Path, cancel: &Cancel, line: &mut dyn FnMut(Stream, &str)) -> Kept {
        real().kept(stem, cancel, line)
    }

    fn stems(&self, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
        real().stems(folder)
    }

    fn forget(&self, stem: &Path) -> Result<(), FileError> {
        real().forget(stem)
    }
}

fn real() -> RealCommands {
    RealCommands::new(exe())
}

impl Upgrade {
    /// `database` as pack.yaml has it, with its variables in `.env`.
    pub fn new(database: Value, env: &str) -> Self {
        Self::doing(database, env, json!({"run": {"command": ["true"]}}))
    }

    /// With the step's action as the rules have it.
    pub fn doing(database: Value, env: &str, action: Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("product");
        fs::create_dir_all(root.join("data")).expect("a folder");
        fs::write(root.join(".env"), env).expect("written");
        let world = World {
            clock: Arc::new(Hasty(RealClock::default())),
            ..World::real(exe())
        };
        Self {
            plan: plan(&root, &database, &action),
            pack: pack(&database),
            world,
            folder,
        }
    }

    /// Adds a check of the new release.
    pub fn checking(mut self, id: &str, probe: Value) -> Self {
        let check = json!({"id": id, "hop": 0, "check": {"id": id, "title": id, "probe": probe}});
        let check = serde_json::from_value(check).expect("a check");
        self.plan.verify.push(check);
        self
    }

    /// Adds a service whose process is named in `run/app.pid`.
    pub fn with_service(mut self) -> Self {
        let by = json!({"command": {
            "start": {"command": ["true"]}, "pid_file": "run/app.pid",
        }});
        let service = json!({"title": "the app", "ways": [{"by": by}]});
        let service = serde_json::from_value(service).expect("a service");
        self.plan.services.insert("app".to_owned(), service);
        fs::create_dir_all(self.root().join("run")).expect("a folder");
        self
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("product")
    }

    fn state(&self) -> StateDir {
        StateDir::new(self.folder.path().join("state"))
    }

    /// Goes forward to the end of the step that the rollback will undo.
    pub fn forward(&self) -> Result<Worker, String> {
        let mut worker = self.begin()?;
        for ask in [Ask::Backup, Ask::Apply] {
            worker.meet(ask).map_err(|error| with_causes(&error))??;
        }
        Ok(worker)
    }

    /// A backup that a person interrupts when this command is run: its worker, and the reason for
    /// the failure.
    pub fn stopped_at(&mut self, program: &'static str) -> (Worker, String) {
        let urgent: Arc<OnceLock<Arc<Urgent>>> = Arc::default();
        let stops = urgent.clone();
        self.world.commands = Arc::new(Between(
            move |command: &Command, run: &dyn Fn(&Command) -> _| {
                let ended = run(command);
                if command.argv[0] == program {
                    stops.get().expect("a worker").interrupt();
                }
                ended
            },
        ));
        let mut worker = self.begin().expect("a run");
        urgent.get_or_init(|| worker.urgent());
        let answer = worker.meet(Ask::Backup).expect("the worker goes on");
        (worker, answer.expect_err("it was stopped"))
    }

    fn begin(&self) -> Result<Worker, String> {
        let (sink, _events) = mpsc::channel::<Event>();
        let (state, answers) = (self.state(), BTreeMap::new());
        let plan = self.plan.clone();
        let worker = runs::start(
            &self.world,
            &state,
            plan,
            false,
            &self.pack,
            &answers,
            Box::new(sink),
        );
        worker.map_err(|error| with_causes(&error))
    }

    /// The run in the hands of another worker, in the world as it is now.
    pub fn taken_up(&self, worker: Worker) -> Worker {
        let run = worker.state().run.clone();
        drop(worker);
        let (sink, _events) = mpsc::channel::<Event>();
        let mut worker = runs::take_up(&self.world, &self.state(), &run, Box::new(sink), Way::On)
            .expect("taken up");
        worker.settle().expect("settled");
        worker
    }

    pub fn back(&self, worker: &mut Worker) -> Result<(), String> {
        let ask = if worker.state().rollback.is_some() {
            Ask::RetryUndo
        } else {
            Ask::Rollback {
                reason: "test".to_owned(),
                over_later_edits: false,
            }
        };
        worker.meet(ask).map_err(|error| with_causes(&error))??;
        assert_eq!(worker.state().ended(), Some(RunEnd::RolledBack));
        Ok(())
    }

    pub fn preview(&self, worker: &Worker) -> UndoPreview {
        runs::undo_preview(&self.world, &self.state(), worker.state(), WayBack::Whole)
            .expect("a preview")
    }

    /// What the preview says about the database.
    pub fn lost(&self, worker: &Worker) -> Vec<String> {
        let preview = self.preview(worker);
        let first = &preview.steps[0];
        let told = first.nothing_lost.iter().chain(&first.warnings);
        told.cloned().collect()
    }

    pub fn dir(&self, worker: &Worker) -> RunDir {
        self.state().run(&worker.state().run)
    }

    pub fn backup(&self, worker: &Worker) -> PathBuf {
        self.dir(worker).path().join("backup")
    }

    pub fn report(&self, worker: &Worker) -> String {
        report::markdown(worker.state(), self.dir(worker).path(), None)
    }

    /// All text in the run's folder.
    pub fn written(&self, worker: &Worker) -> String {
        let mut all = String::new();
        collect(self.dir(worker).path(), &mut all);
        all
    }
}

fn collect(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, all);
        } else {
            all.push_str(&String::from_utf8_lossy(
                &fs::read(&path).unwrap_or_default(),
            ));
        }
    }
}

pub fn saved(worker: &Worker) -> SavedDatabase {
    let database = |saved: &Saved| match saved {
        Saved::Database(database) => Some(database.clone()),
        Saved::File { .. }
        | Saved::Absent { .. }
        | Saved::Archive { .. }
        | Saved::Command { .. } => None,
    };
    let found = worker.state().saved.iter().find_map(database);
    found.expect("the database is in the backup")
}

/// Why the undo did not work.
pub fn undo_error(worker: &Worker) -> String {
    let view = &worker.state().steps[0];
    assert!(view.undo_failed(), "the undo did not fail: {view:?}");
    view.because().expect("it says why").to_owned()
}

/// Runs the `n`-th block of commands that RESTORE.md gives, as a person would.
pub fn by_hand(folder: &Path, n: usize, env: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(folder.join("RESTORE.md")).expect("RESTORE.md");
    let script = text
        .split("```")
        .nth(2 * n + 1)
        .expect("a block of commands");
    let script = script.strip_prefix("sh\n").expect("commands for a shell");
    let out = Process::new("sh")
        .args(["-euc", script])
        .current_dir(folder)
        .envs(env.iter().copied())
        .output()
        .expect("sh");
    assert!(out.status.success(), "{script}\n{out:?}");
    String::from_utf8(out.stdout).expect("text")
}

fn plan(root: &Path, database: &Value, action: &Value) -> Plan {
    let plan = json!({
        "format": 1, "program": "test", "product": "product", "title": "Product",
        "pack": pack::digest(&pack(database).files), "host": "host", "root": root, "from": "1.0.0", "to": "2.0.0",
        "hops": [{"file": "1-to-2.yaml", "from": "1.0.0", "to": "2.0.0", "title": "Two", "why": ""}],
        "targets": {}, "variables": {}, "findings": [], "decisions": {}, "inputs": {},
        "variants": {}, "databases": {"main": database}, "checklist": [],
        "backup": {
            "files": [], "commands": [],
            "databases": [{"name": "main", "only_read_back": false}],
        },
        "steps": [{
            "id": "migrate", "hop": 0, "title": "migrate",
            "body": {"do": action},
            "undo": {"restore": "main"}, "done_if": null, "idempotent": false,
            "because": null, "cites": [], "doubt": null,
        }],
        "verify": [], "rollback": {"steps": [], "checks": [], "notes": []},
        "hints": [], "notes": [], "usages": [], "remedies": {},
    });
    serde_json::from_value(plan).expect("a plan")
}

fn pack(database: &Value) -> PackSource {
    let pack = format!(
        "schema: 1\nproduct: product\ntitle: Product\nreleases: semver\n\
         recognise: {{file: {{path: .env}}}}\ndetect: []\nenvironment:\n  - dotenv: {{file: .env}}\n\
         write_to: {{dotenv: {{file: .env}}}}\nsecrets: [DATABASE_URL, PASSWORD]\n\
         databases: {{main: {database}}}\n"
    );
    let files = [
        ("pack.yaml", pack.as_str()),
        (
            "1-to-2.yaml",
            "schema: 1\nfrom: 1.0.0\nto: 2.0.0\ntitle: Two\n",
        ),
        ("guide.yaml", "schema: 1\ntitle: Guide\nstatements: []\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec().into()));
    PackSource {
        origin: Origin::Bundled("product".to_owned()),
        files: files.into(),
    }
}
