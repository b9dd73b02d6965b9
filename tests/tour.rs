//! Every demo from its start to its report and back: without a screen, and on a terminal by the keys
//! that the screen itself suggests. Nothing that a demo started outlives it.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the machine beside the program"
)]

#[path = "pty/guided.rs"]
mod guided;
#[expect(dead_code, reason = "the terminal's own tests use the rest of it")]
#[path = "pty/session.rs"]
mod session;

use guided::{walk, walk_until};
use regex::Regex;
use rustix::process::{Signal, kill_process};
use session::{Session, on_a_terminal};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use switchback::standin::demo::products;
use tempfile::TempDir;

/// What a person has patience for, from the start to the report.
const LIMIT: Duration = Duration::from_secs(60);

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A folder for demos, and for nothing else.
struct Tour(TempDir);

impl Tour {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("tour-").tempdir();
        let folder = folder.expect("a folder");
        // Servers that refuse to run as root pass through it as another user.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        fs::set_permissions(folder.path(), mode).expect("a mode");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn demo(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command.arg("demo").args(words);
        command.env("TMPDIR", self.path()).stdin(Stdio::null());
        command
    }

    fn on_a_terminal(&self, words: &[&str]) -> Session {
        let mut command = on_a_terminal(Path::new(env!("CARGO_BIN_EXE_switchback")));
        command.args(words);
        command.env("TMPDIR", self.path());
        Session::start(command)
    }

    /// In a folder where nothing is and no run was begun.
    fn elsewhere(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command.args(words).current_dir(self.path());
        command.env("TMPDIR", self.path()).stdin(Stdio::null());
        command.env("SWITCHBACK_STATE_DIR", self.path().join("none"));
        told(&mut command)
    }

    fn walked(&self, words: &[&str]) -> (Option<i32>, String) {
        told(&mut self.demo(words))
    }

    /// Processes that name this folder or are in it: servers may change their command line.
    fn processes(&self) -> Vec<String> {
        let all = fs::read_dir("/proc").expect("processes");
        let ours = |entry: std::io::Result<fs::DirEntry>| {
            let process = entry.ok()?.path();
            let called = fs::read(process.join("cmdline")).ok()?;
            let called = String::from_utf8_lossy(&called).replace('\0', " ");
            let stands = fs::read_link(process.join("cwd")).unwrap_or_default();
            let folder = self.path();
            let named = called.contains(folder.to_str().expect("a path in text"));
            (named || stands.starts_with(folder)).then_some(called)
        };
        all.filter_map(ours).collect()
    }

    fn ends_soon(&self) {
        let began = Instant::now();
        while !self.processes().is_empty() {
            assert!(
                began.elapsed() < LIMIT,
                "still there: {:?}",
                self.processes()
            );
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// Its exit code, and all that it printed.
fn told(command: &mut Command) -> (Option<i32>, String) {
    let ended = command.output().expect("the program starts");
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8(said).expect("a text");
    (ended.status.code(), said)
}

/// The last words of its rollback.
fn back_words(product: &str) -> &'static str {
    match product {
        // The jobs that it has copied stay where they were copied to.
        "relay" => "did stays, as its pack says; every file it edited is as it was",
        _another => "rolled back; every file it edited is as it was",
    }
}

fn there_and_back(product: &str) {
    let tour = Tour::new();
    let (code, said) = tour.walked(&[product, "--headless", "--back"]);
    let done = ["\ndone, and verified", "\ndone; of "];
    assert!(done.iter().any(|words| said.contains(words)), "{said}");
    assert!(said.contains(back_words(product)), "{said}");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(tour.processes(), Vec::<String>::new());
}

/// Mostly they wait for something, so they run in parallel.
#[test]
fn every_demo_goes_there_and_back() {
    thread::scope(|scope| {
        for (product, _) in products() {
            scope.spawn(move || there_and_back(product));
        }
    });
}

#[test]
fn what_a_killed_demo_started_ends_by_itself() {
    for product in ["relay", "shannon"] {
        let tour = Tour::new();
        let mut command = tour.demo(&[product, "--headless"]);
        let mut demo = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(demo.stdout.take().expect("its output")).lines();
        let laid = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("the sample is in ").map(str::to_owned));
        let sample = laid.expect("it was laid out");
        // The keeper of its server, the server, and the old release.
        let before = tour.processes();
        demo.kill().expect("killed at once");
        demo.wait().expect("gone");
        // The cleanup must not depend on the pid files.
        fs::remove_dir_all(Path::new(&sample).join(".switchback/pids")).expect("pid files");
        tour.ends_soon();
        assert!(before.len() >= 3, "{before:?}");
    }
}

/// Its screen is killed in the middle of a run, as when a connection drops.
#[test]
fn whoever_comes_back_to_a_sample_carries_its_run_on() {
    let tour = Tour::new();
    let mut session = tour.on_a_terminal(&["demo", "shannon", "--fail"]);
    let failed = |screen: &str| screen.contains("r retry");
    walk_until(&mut session, "the step that fails", failed);
    // A shell opened there finds the sample's own programs.
    session.type_keys("!");
    session.wait_for("`exit` returns");
    session.type_keys("command -v docker; exit\r");
    // The shell ends at once and the screen is painted over its output.
    let told = |session: &Session| session.printed(0).contains(".switchback/bin/docker");
    session.wait("the program of the sample", told);
    session.wait_for("r retry");
    kill_process(session.pid(), Signal::KILL).expect("killed");
    drop(session);
    let mut samples = fs::read_dir(tour.path()).expect("the folder of the samples");
    let root = samples.next().expect("a sample").expect("a sample").path();
    let state = root.join(".switchback/state");
    let [root, state] = [&root, &state].map(|path| path.to_str().expect("a path in text"));
    // It is found from another folder as well, one with runs of its own.
    let back = format!("--root {root} attach");
    for words in [&["runs"][..], &["status"], &["report"], &["attach"]] {
        let (_, said) = tour.elsewhere(words);
        assert!(said.contains(&back), "{words:?}: {said}");
        assert!(!said.contains("no runs yet"), "{words:?}: {said}");
    }
    let mut session = tour.on_a_terminal(&["--root", root, "--state-dir", state, "attach"]);
    walk(&mut session, "Enter: leave — the upgrade is done");
    session.type_keys("\r");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("the sample and its runs stay");
    tour.ends_soon();
    assert!(!tour.elsewhere(&["runs"]).1.contains(root), "it has ended");
    for words in [&["rollback"][..], &["resume"], &["attach"]] {
        let (_, said) = tour.elsewhere(&[&["--root", root], words].concat());
        assert!(said.contains("services"), "{words:?}: {said}");
        assert!(!said.contains("takes it back"), "{words:?}: {said}");
    }
}

fn by_hand(words: &[&str], back: &str) {
    let tour = Tour::new();
    let mut session = tour.on_a_terminal(&[&["demo"], words].concat());
    walk(&mut session, "Enter: leave — the upgrade is done");
    session.type_keys("b");
    session.wait_for("Enter: asks for typed words");
    session.type_keys("\r");
    session.wait_for("to go on:");
    let screen = session.text();
    let words = Regex::new(r"Type\s+(roll back \S+)").expect("a pattern");
    let words = words.captures(&screen).expect("the words to type")[1].to_owned();
    session.type_keys(&words);
    session.wait_for("Enter: roll back now");
    session.type_keys("\r");
    walk(&mut session, back);
    session.type_keys("\r");
    session.wait_for("Leave switchback?");
    session.type_keys("y");
    session.ends_clean("the sample and its runs stay");
    assert_eq!(tour.processes(), Vec::<String>::new());
}

#[test]
fn the_suggested_keys_lead_through_gates_and_past_a_step_that_fails_once() {
    thread::scope(|scope| {
        scope.spawn(|| by_hand(&["relay"], "Enter: leave — the old release"));
        scope.spawn(|| by_hand(&["shannon", "--fail"], "Enter: leave — the old release"));
    });
}
