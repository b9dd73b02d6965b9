//! A product of three configuration files, a counter of what ran, and data; its pack; and the
//! program on it.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Name, mode, old and new contents.
pub const FILES: [(&str, u32, Option<&str>, Option<&str>); 4] = [
    (
        ".env",
        0o600,
        Some("# the port\nPORT=8080 # web\nNAME=a\n"),
        Some("# the port\nAPP_PORT=8080 # web\nNAME=a\n"),
    ),
    (
        "app.toml",
        0o640,
        Some("[log]\nlevel = \"debug\" # loud\n"),
        Some("[log]\nlevel = \"info\" # loud\n"),
    ),
    (
        "app.json",
        0o644,
        Some("{\n  \"workers\": 2,\n  \"name\": \"a\"\n}\n"),
        Some("{\n  \"workers\": 4,\n  \"name\": \"a\"\n}\n"),
    ),
    ("conf/new.yaml", 0o644, None, Some("new: true\n")),
];
const ANSWERS: &str = "../home/answers.yaml";
pub const RESUME: [&str; 3] = ["resume", "--answers", ANSWERS];
pub const ROLLBACK: [&str; 2] = ["rollback", "--yes"];
const OLD_DATA: &str = "level 1\n";
const NEW_DATA: &str = "level 2\n";

const PACK: &str = r"schema: 1
product: small
title: Small product
releases: semver
recognise:
  file: {path: app.toml}
detect:
  - title: the data
    probe:
      file: {path: data, pattern: '^level ([0-9]+)'}
environment:
  - dotenv: {file: .env}
write_to:
  dotenv: {file: .env}
";

const GUIDE: &str = "schema: 1\ntitle: Guide\nstatements:\n  - {id: S-1, section: All, says: Everything changes.}\n";

/// `count` must run at most once in each direction: its command writes a line, and takes a moment
/// before and after it so that a kill can hit it. The effects of commands survive a power cut.
const HOP: &str = r#"schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
environment:
  - rename: {from: PORT, to: APP_PORT, required: true, because: prefix, cites: [S-1]}
config:
  - edit:
      file: app.toml
      changes:
        - {set: log.level, value: info, severity: required, because: quiet, cites: [S-1]}
  - edit:
      file: app.json
      changes:
        - {set: workers, value: 4, severity: required, because: more, cites: [S-1]}
  - create: {file: conf/new.yaml, from: files/new.yaml, severity: required, because: new, cites: [S-1]}
checklist:
  - {id: told, title: The users know, probe: {manual: {text: Tell them.}}}
backup:
  - files: {files: [.env, app.toml, app.json]}
  - command:
      id: data
      title: The data
      run: {command: [cp, data, '{{backup}}/data.copy']}
      produces: data.copy
      verify:
        command: {command: [cat, '{{backup}}/data.copy'], expect: {stdout: 'level'}}
      restore: {command: [sh, -c, 'cp "$0" data.new && sync data.new && mv data.new data && sync .', '{{backup}}/data.copy']}
apply:
  # Once it has counted it does not fail, whatever is refused to it: a failed step may be tried again.
  - id: count
    title: Count
    do:
      run: {command: [sh, -c, 'sleep 0.02; echo up >>counter || exit; sync counter; sleep 0.02; true']}
    done_if:
      command: {command: [tail, -n, '1', counter], expect: {exit: [0], stdout: '^up$'}}
    undo:
      run: {command: [sh, -c, 'sleep 0.02; echo down >>counter || exit; sync counter; sleep 0.02; true']}
    cites: [S-1]
  - id: migrate
    title: Migrate
    do:
      run: {command: [sh, -c, 'echo level 2 >data.new && sync data.new && mv data.new data && sync .']}
    idempotent: true
    undo_by_restore: data
    cites: [S-1]
verify:
  - {id: gate, title: Nobody holds the gate, probe: {file: {path: hold, exists: false}}}
"#;

pub struct Product {
    /// `None` in a folder that somebody else owns.
    _folder: Option<TempDir>,
    pub root: PathBuf,
    pub state: PathBuf,
    digest: String,
}

impl Product {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let base = folder.path().canonicalize().expect("a real path");
        let state = base.join("state");
        Self::laid_out(&base, state, Some(folder))
    }

    /// In an existing empty folder, with its runs elsewhere.
    pub fn at(base: &Path, state: PathBuf) -> Self {
        Self::laid_out(base, state, None)
    }

    fn laid_out(base: &Path, state: PathBuf, folder: Option<TempDir>) -> Self {
        let mut product = Self {
            _folder: folder,
            root: base.join("product"),
            state,
            digest: String::new(),
        };
        for folder in ["product", "home", "pack/files"] {
            fs::create_dir_all(base.join(folder)).expect("a folder");
        }
        fs::write(
            base.join("home/answers.yaml"),
            "mark: [1-to-2/check/told]\n",
        )
        .expect("written");
        for (name, text) in [
            ("pack.yaml", PACK),
            ("guide.yaml", GUIDE),
            ("1-to-2.yaml", HOP),
            ("files/new.yaml", "new: true\n"),
        ] {
            fs::write(base.join("pack").join(name), text).expect("written");
        }
        for (name, mode, old, _) in FILES {
            if let Some(old) = old {
                let path = product.root.join(name);
                fs::write(&path, old).expect("written");
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            }
        }
        fs::write(product.root.join("data"), OLD_DATA).expect("written");
        fs::write(product.root.join("counter"), "").expect("written");
        product.digest = product.pack_digest();
        product
    }

    pub fn base(&self) -> &Path {
        self.root.parent().expect("a folder above")
    }

    fn pack_digest(&self) -> String {
        let (code, out) = self.run(&["rules", "check", "../pack", "--format", "json"]);
        assert_eq!(code, 0, "{out}");
        let json: serde_json::Value =
            serde_json::from_str(out.lines().next().expect("a line")).expect("JSON");
        json["digest"].as_str().expect("a digest").to_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command
            .args(args)
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.base().join("home"))
            .env("SWITCHBACK_STATE_DIR", &self.state)
            .stdin(Stdio::null());
        command
    }

    /// The exit code and everything that was said.
    fn run(&self, args: &[&str]) -> (i32, String) {
        let output = self.command(args).output().expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        let code = output.status.code().expect("no signal ended it");
        (code, String::from_utf8(said).expect("UTF-8"))
    }

    pub fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Child {
            process: command.spawn().expect("the program starts"),
            began: Instant::now(),
        }
    }

    pub fn spawn_apply(&self) -> Child {
        self.spawn(&self.apply())
    }

    pub fn apply(&self) -> [&str; 10] {
        [
            "apply",
            "--yes",
            "--answers",
            ANSWERS,
            "--from",
            "1.0.0",
            "--pack",
            "../pack",
            "--trust",
            &self.digest,
        ]
    }

    pub fn plan(&self) -> [&str; 7] {
        let apply = self.apply();
        [
            "plan", apply[4], apply[5], apply[6], apply[7], apply[8], apply[9],
        ]
    }

    /// The journal of the only run that has begun. The folder of one that never did may lie beside it.
    pub fn journal(&self) -> Option<PathBuf> {
        let runs = fs::read_dir(self.state.join("runs")).ok()?;
        let journals = runs.flatten().map(|run| run.path().join("journal"));
        let mut begun = journals.filter(|it| fs::metadata(it).is_ok_and(|file| file.len() > 0));
        let only = begun.next();
        assert_eq!(begun.next(), None, "two runs of one product");
        only
    }

    /// Runs the program under strace with these calls, some of them disturbed.
    pub fn traced(
        &self,
        args: &[&str],
        calls: &str,
        inject: Option<&str>,
    ) -> (Option<i32>, String) {
        let trace = format!("trace={calls}");
        let inject = inject.map(|inject| format!("inject={calls}:{inject}"));
        let mut options = vec!["-e", &trace];
        options.extend(inject.iter().flat_map(|inject| ["-e", inject]));
        self.under_strace(args, &options)
    }

    /// Runs the program and everything that it starts under strace, until the last process has
    /// ended: returns the program's own exit code and strace's output.
    pub fn under_strace(&self, args: &[&str], options: &[&str]) -> (Option<i32>, String) {
        let plain = self.command(args);
        let log = self.base().join("strace.log");
        let mut command = Command::new("strace");
        command.args(["-f", "-o"]).arg(&log).args(options);
        command.arg(plain.get_program()).args(plain.get_args());
        command.env_clear().envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command.current_dir(&self.root).stdin(Stdio::null());
        let output = command.output().expect("strace starts");
        let seen = fs::read(&log).expect("strace writes its log");
        (
            output.status.code(),
            String::from_utf8_lossy(&seen).into_owned(),
        )
    }

    /// Leaves a run that has only its first record, and that nobody has taken up.
    pub fn only_begin(&self) {
        let (code, seen) = self.traced(&self.apply(), "execve", Some("error=ENOENT:when=1"));
        assert_eq!(code, Some(5), "{seen}");
        assert_eq!(self.records(), 1, "{seen}");
    }

    /// Every step is done but the run has not ended: a run that has ended cannot be rolled back.
    pub fn apply_but_not_verify(&self) {
        let hold = self.root.join("hold");
        fs::write(&hold, "").expect("written");
        self.spawn_apply().run_to_the_end(4);
        fs::remove_file(hold).expect("removed");
    }

    /// The number of whole lines in the journal; 0 if there is none.
    pub fn records(&self) -> usize {
        let bytes = self.journal().and_then(|journal| fs::read(journal).ok());
        bytes.map_or(0, |bytes| {
            bytes.iter().filter(|&&byte| byte == b'\n').count()
        })
    }

    /// The state of the run, or `None` if it never began.
    fn state(&self) -> Option<String> {
        let (code, out) = self.run(&["status", "--format", "json"]);
        if self.records() == 0 {
            assert_ne!(code, 0, "a run that has no record: {out}");
            return None;
        }
        assert_eq!(code, 0, "{out}");
        let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        Some(json["state"].as_str().expect("a state").to_owned())
    }

    /// Resumes to the end; returns whether a person had to judge the step that is not idempotent.
    pub fn resume(&self) -> bool {
        match self.state().as_deref() {
            None => return self.start_anew(),
            Some("done") => {
                self.assert_new();
                return false;
            }
            Some(_) => {}
        }
        let resume = RESUME;
        let (mut code, mut out) = self.run(&resume);
        let judged = code == 10;
        if judged {
            assert!(out.contains("Count"), "{out}");
            let (ups, _) = self.counted();
            let flag = if ups == 1 { "--done" } else { "--not-done" };
            (code, out) = self.run(&[&resume[..], &[flag, "1-to-2/count"]].concat());
        }
        assert_eq!(code, 0, "{out}");
        self.assert_new();
        judged
    }

    /// A run killed before its first record does not exist; a new one starts.
    fn start_anew(&self) -> bool {
        self.assert_old();
        assert_eq!(self.run(&["resume"]).0, 2);
        self.spawn_apply().run_to_the_end(0);
        false
    }

    pub fn roll_back(&self) {
        match self.state().as_deref() {
            None | Some("rolled back" | "abandoned") => return self.assert_old(),
            Some("done") => return self.assert_new(),
            Some(_) => {}
        }
        let (code, out) = self.run(&ROLLBACK);
        if code == 10 {
            // The undo may have been done in part: a person looks.
            assert!(out.contains("the undo of `Count`"), "{out}");
            let (_, downs) = self.counted();
            let flag = if downs == 1 { "--done" } else { "--not-done" };
            let (code, out) = self.run(&[&RESUME[..], &[flag, "1-to-2/count"]].concat());
            assert_eq!(code, 6, "{out}");
        } else {
            assert_eq!(code, 0, "{out}");
        }
        self.assert_old();
    }

    fn counted(&self) -> (usize, usize) {
        let text = fs::read_to_string(self.root.join("counter")).expect("a counter");
        let count = |word| text.lines().filter(|line| *line == word).count();
        (count("up"), count("down"))
    }

    fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.root.join(name)).ok()
    }

    /// Requires every file to be wholly old or wholly new, with its mode, and nothing to be done
    /// twice.
    pub fn assert_between(&self) {
        for (name, mode, old, new) in FILES {
            let now = self.file(name);
            assert!([old, new].contains(&now.as_deref()), "{name}: {now:?}");
            self.assert_mode(name, mode);
        }
        self.assert_mode("conf", self.mode("").expect("the root is there"));
        let (ups, downs) = self.counted();
        assert!(ups <= 1 && downs <= 1, "up {ups} times, down {downs} times");
    }

    pub fn is_new(&self) -> bool {
        FILES
            .iter()
            .all(|(name, _, _, new)| self.file(name).as_deref() == *new)
    }

    pub fn assert_new(&self) {
        self.assert_between();
        for (name, _, _, new) in FILES {
            assert_eq!(self.file(name).as_deref(), new, "{name}");
        }
        assert_eq!(self.file("data").as_deref(), Some(NEW_DATA));
        assert_eq!(self.counted(), (1, 0));
        self.assert_nothing_left_over();
    }

    pub fn assert_old(&self) {
        self.assert_between();
        for (name, _, old, _) in FILES {
            assert_eq!(self.file(name).as_deref(), old, "{name}");
        }
        assert_eq!(self.file("data").as_deref(), Some(OLD_DATA));
        let (ups, downs) = self.counted();
        assert!(ups <= downs, "counted up and not down again");
        self.assert_nothing_left_over();
    }

    fn assert_mode(&self, name: &str, mode: u32) {
        if let Some(now) = self.mode(name) {
            assert_eq!(now, mode, "{name}: {now:o}");
        }
    }

    fn mode(&self, name: &str) -> Option<u32> {
        let meta = fs::metadata(self.root.join(name)).ok()?;
        Some(meta.permissions().mode() & 0o7777)
    }

    /// No temporary stays beside a file.
    fn assert_nothing_left_over(&self) {
        for folder in ["", "conf"] {
            let Ok(entries) = fs::read_dir(self.root.join(folder)) else {
                continue;
            };
            for entry in entries {
                let name = entry.expect("an entry").file_name();
                let name = name.to_string_lossy();
                assert!(!name.contains(".sb-"), "{name} was left over");
            }
        }
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // Print the state before the folder is removed.
        if thread::panicking() {
            let (_, out) = self.run(&["status"]);
            eprintln!(
                "{}: counted {:?}\n{out}",
                self.base().display(),
                self.file("counter")
            );
        }
    }
}

/// The program at work.
pub struct Child {
    process: process::Child,
    began: Instant,
}

impl Child {
    /// How long it took.
    #[track_caller]
    pub fn run_to_the_end(mut self, code: i32) -> Duration {
        let status = self.process.wait().expect("it ends");
        assert_eq!(status.code(), Some(code));
        self.began.elapsed()
    }

    pub fn wait_for(&mut self, come: impl Fn() -> bool) {
        while !come() && self.process.try_wait().expect("a child").is_none() {
            thread::yield_now();
        }
    }

    pub fn wait_until(&mut self, instant: Duration) {
        thread::sleep(instant.saturating_sub(self.began.elapsed()));
    }

    /// SIGKILL for some of the processes. Whether the front end was still running.
    pub fn kill(mut self, whom: Whom) -> bool {
        if self.process.try_wait().expect("a child").is_some() {
            return false;
        }
        let front = self.process.id();
        // Stopped first, so that no process is started between the look and the kill.
        stop(front);
        let below = |above: &[u32]| -> Vec<u32> {
            let found: Vec<u32> = above.iter().flat_map(|&id| children(id)).collect();
            found.iter().copied().for_each(stop);
            found
        };
        let workers = below(&[front]);
        let shims = below(&workers);
        let commands = below(&shims);
        let dead: Vec<u32> = match whom {
            Whom::Front => vec![front],
            Whom::FrontAndWorker => [&[front], &workers[..]].concat(),
            Whom::Shim => shims.clone(),
            Whom::AllButTheCommand => [&[front], &workers[..], &shims[..]].concat(),
            Whom::All => [&[front], &workers[..], &shims[..], &commands[..]].concat(),
        };
        for &id in &dead {
            // It may have ended in the meantime.
            let _gone = kill_process(pid(id), Signal::KILL);
        }
        for &id in [front]
            .iter()
            .chain(&workers)
            .chain(&shims)
            .chain(&commands)
        {
            let _gone = kill_process(pid(id), Signal::CONT);
        }
        self.process.wait().expect("it ends");
        // Survivors end by themselves, except for a shim: a later worker waits for it.
        workers
            .iter()
            .chain(&dead)
            .copied()
            .for_each(wait_for_the_end);
        if whom != Whom::FrontAndWorker {
            commands.iter().copied().for_each(wait_for_the_end);
        }
        true
    }
}

/// The processes to kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The run goes on as far as the answers allow.
    Front,
    /// The command goes on under its shim.
    FrontAndWorker,
    /// The worker notices that the outcome is unknown.
    Shim,
    /// The command goes on, but its end goes unnoticed.
    AllButTheCommand,
    All,
}

fn stop(id: u32) {
    // A process that has ended starts nothing more.
    let _gone = kill_process(pid(id), Signal::STOP);
}

fn wait_for_the_end(id: u32) {
    while runs(id) {
        thread::sleep(Duration::from_millis(1));
    }
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.cast_signed()).expect("a process")
}

/// Processes, with their state and parent.
fn stat(id: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name is in parentheses and may contain anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|&id| stat(id).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// A zombie counts as ended, even if nobody reaps it.
fn runs(id: u32) -> bool {
    stat(id).is_some_and(|(state, _)| state != "Z" && state != "X")
}
