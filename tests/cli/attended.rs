//! Front ends come and go: killed, frozen, hostile, two at once. The run is not affected.

use super::support::{Case, Ended, MARKED, ended};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use switchback::{
    engine::{
        link::{
            handle::{Ask, Control, Event},
            wire::{self, FromWorker, PROTOCOL, ToWorker},
        },
        store::journal,
    },
    model::record::{Body, Record, Who},
    run_state::RunState,
};

const LIMIT: Duration = Duration::from_secs(60);
const SWITCH: &str = "echo 2.0.0 >VERSION";
/// A step that works until somebody lets it end, and counts how often it was begun.
pub const WAITS: &str = "echo begun >>begun; while test -e begun && ! test -e go; do sleep 0.01; done; echo 2.0.0 >VERSION";

/// A run whose step is `command`.
pub fn case(command: &str) -> Case {
    let case = Case::new();
    case.pack_edit("1.x-to-2.0.yaml", SWITCH, command);
    case.answers(MARKED);
    case
}

pub fn until(what: &str, mut met: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !met() {
        assert!(begin.elapsed() < LIMIT, "{what} never came");
        thread::sleep(Duration::from_millis(5));
    }
}

fn apply(case: &Case, format: &str, more: &[&str]) -> Child {
    let mut command = case.applying();
    command.args(["--format", format]).args(more);
    spawn(command)
}

pub fn start(case: &Case, args: &[&str]) -> Child {
    spawn(case.command(args))
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

pub fn end(child: Child) -> Ended {
    ended(child.wait_with_output().expect("it ends"))
}

pub fn tell(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it can be told");
}

pub fn state(case: &Case) -> String {
    let status = case.run(&["status", "--format", "json"]);
    let status = &status.json()[0];
    status["state"].as_str().expect("a state").to_owned()
}

pub fn run_folder(case: &Case) -> PathBuf {
    let mut runs = fs::read_dir(case.state.join("runs")).expect("runs");
    runs.next().expect("a run").expect("a folder").path()
}

pub fn records(case: &Case) -> Vec<Record> {
    let bytes = fs::read(run_folder(case).join("journal")).expect("a journal");
    journal::decode(&bytes).records
}

pub fn at_work(case: &Case) -> Child {
    at_work_with(case, &[])
}

pub fn at_work_with(case: &Case, more: &[&str]) -> Child {
    let child = apply(case, "json", more);
    until("the step", || case.root.join("begun").exists());
    child
}

pub fn let_it_end(case: &Case) {
    fs::write(case.root.join("go"), "").expect("written");
}

pub fn begun(case: &Case) -> usize {
    let text = fs::read_to_string(case.root.join("begun")).expect("begun");
    text.lines().count()
}

pub fn says(records: &[Record], word: &str) -> usize {
    let texts = records
        .iter()
        .map(|record| serde_json::to_string(&record.body).expect("json"));
    texts.filter(|text| text.contains(word)).count()
}

#[test]
fn a_front_end_that_is_killed_or_loses_its_line_leaves_its_run_at_work() {
    for signal in [Signal::KILL, Signal::HUP] {
        let case = case(WAITS);
        let mut front = at_work(&case);
        tell(&front, signal);
        front.wait().expect("it ends");
        assert_eq!(state(&case), "unfinished");
        // Others see it at work, and nobody can begin another run.
        case.trusted(&["apply", "--yes"])
            .ends(8, "switchback resume");
        let watching = start(&case, &["attach"]);
        let_it_end(&case);
        // On a busy machine it attaches after the end of the run, and says so.
        let watched = end(watching);
        let late = watched.code == 2;
        watched.ends(
            if late { 2 } else { 0 },
            if late { "is done" } else { "done" },
        );
        until("the end", || state(&case) == "done");
        assert_eq!((begun(&case), says(&records(&case), "resumed")), (1, 0));
    }
}

#[test]
fn one_front_end_holds_a_run_until_another_takes_it_over_by_word() {
    let case = case(WAITS);
    let first = at_work(&case);
    let run = case.newest_run();
    case.run(&["resume"]).ends(8, "holds this run");
    case.run(&["rollback", &run, "--yes"])
        .ends(8, "--take-over");
    let second = start(&case, &["resume", "--take-over"]);
    end(first).ends(8, "holds this run");
    let_it_end(&case);
    end(second)
        .ends(0, "done, and verified")
        .ends(0, "takes over from");
    let records = records(&case);
    assert_eq!((begun(&case), says(&records, "control_taken")), (1, 1));
    let uid = rustix::process::getuid().as_raw();
    let taken = records.iter().find_map(|record| match &record.body {
        Body::ControlTaken { uid, from, .. } => Some((*uid, from.is_some())),
        _another_record => None,
    });
    assert_eq!(taken, Some((uid, true)));
}

#[test]
fn a_front_end_that_is_frozen_holds_up_nothing_and_misses_no_record() {
    let case = case("touch begun; seq 1 60000; echo 2.0.0 >VERSION");
    let front = at_work(&case);
    tell(&front, Signal::STOP);
    until("the end", || state(&case) == "done");
    tell(&front, Signal::CONT);
    let front = end(front);
    let printed = front.ends(0, "finished").json();
    let kept: Vec<serde_json::Value> = records(&case)
        .iter()
        .map(|record| serde_json::to_value(record).expect("json"))
        .collect();
    assert_eq!(printed, kept);
}

/// Somebody else watches, so the worker is still there when the front end comes back.
#[test]
fn a_front_end_that_was_cut_off_is_told_how_its_errand_ended() {
    let case = case("touch begun; until test -e go; do sleep 0.01; done; seq 1 60000; false");
    let mut front = at_work(&case);
    tell(&front, Signal::STOP);
    let mut looking = Raw::attached(&case, 1);
    let looks =
        thread::spawn(
            move || {
                while let Ok(Some(_)) = wire::receive::<FromWorker>(&mut looking.0) {}
            },
        );
    let_it_end(&case);
    until("the failure", || state(&case) == "failed");
    tell(&front, Signal::CONT);
    until("the end of the front end", || {
        front.try_wait().expect("a child").is_some()
    });
    end(front).ends(5, "step_failed");
    looks.join().expect("the worker has gone");
}

/// The run ends while all of them still keep their connections open: nobody waited for them. What
/// they cost in time is measured by `cargo bench --bench safety`.
#[test]
fn front_ends_that_take_nothing_are_cut_off_and_hold_up_nothing() {
    let case = case(
        "touch begun; until test -e go; do sleep 0.01; done; seq 1 60000; echo 2.0.0 >VERSION",
    );
    let front = at_work(&case);
    tell(&front, Signal::STOP);
    let deaf: Vec<Raw> = (0..8).map(|_| Raw::attached(&case, 1)).collect();
    let mut asking: Vec<Raw> = (0..4).map(|_| Raw::attached(&case, 1)).collect();
    for raw in &mut asking {
        // Each ask is answered, and the answers fill the sender's buffer.
        let ask = ToWorker::Ask {
            ask: Ask::Interrupt,
            expect_seq: u64::MAX,
        };
        while wire::send(&mut raw.0, &ask).is_ok() {}
    }
    let_it_end(&case);
    until("the end", || state(&case) == "done");
    for mut raw in deaf.into_iter().chain(asking) {
        let mut given = Vec::new();
        let _cut = raw.0.read_to_end(&mut given);
        assert!(given.len() < 2 << 20, "{} bytes lay there", given.len());
        let last = String::from_utf8_lossy(&given).contains("finished");
        assert!(!last, "it was not cut off");
    }
    tell(&front, Signal::CONT);
    end(front).ends(0, "finished");
}

#[test]
fn a_worker_that_is_asked_to_end_does_so_after_its_step() {
    let case = case(WAITS);
    let mut front = at_work(&case);
    let worker = worker_of(&front);
    tell(&front, Signal::KILL);
    front.wait().expect("it ends");
    kill_process(worker, Signal::TERM).expect("it can be told");
    let_it_end(&case);
    until("the end of the worker", || {
        !run_folder(&case).join("worker.sock").exists()
    });
    let version = fs::read_to_string(case.root.join("VERSION"));
    assert_eq!(version.expect("a release"), "2.0.0\n");
    // If the worker ended between two asks of its errand, nothing is lost.
    if state(&case) != "done" {
        case.run(&["resume"]).ends(0, "done, and verified");
    }
    assert_eq!(begun(&case), 1);
}

pub fn worker_of(front: &Child) -> Pid {
    let tasks = format!("/proc/{0}/task/{0}/children", front.id());
    let children = fs::read_to_string(tasks).expect("children");
    let first = children.split_whitespace().next().expect("a worker");
    Pid::from_raw(first.parse().expect("a number")).expect("a process")
}

#[test]
fn a_command_goes_on_without_its_worker_and_is_waited_for_and_not_begun_again() {
    let case = case(WAITS);
    let mut front = at_work(&case);
    let worker = worker_of(&front);
    for id in [worker, Pid::from_child(&front)] {
        kill_process(id, Signal::KILL).expect("killed");
    }
    front.wait().expect("it ends");
    // The next worker waits for the command, and shows what it prints.
    let resumed = start(&case, &["resume"]);
    let socket = run_folder(&case).join("worker.sock");
    until("the worker", || UnixStream::connect(&socket).is_ok());
    let_it_end(&case);
    end(resumed).ends(0, "done, and verified");
    assert_eq!(begun(&case), 1);
    let left = fs::read_dir(run_folder(&case).join("steps")).expect("a folder");
    assert_eq!(left.count(), 0, "what is known is taken away");
}

/// A raw connection to the worker of a run.
pub struct Raw(pub UnixStream);

impl Raw {
    pub fn new(case: &Case) -> Self {
        let socket = run_folder(case).join("worker.sock");
        let stream = UnixStream::connect(socket).expect("a worker");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        Self(stream)
    }

    pub fn attached(case: &Case, from_seq: u64) -> Self {
        let mut raw = Self::new(case);
        raw.attach(from_seq, true);
        assert!(matches!(raw.hears(), FromWorker::Welcome { .. }));
        raw
    }

    pub fn attach(&mut self, from_seq: u64, watch: bool) {
        let who = Who {
            user: "ben\u{1b}[31m".into(),
            host: "elsewhere".into(),
            pid: 1,
        };
        let attach = ToWorker::Attach {
            protocol: PROTOCOL,
            from_seq,
            who,
            watch,
        };
        wire::send(&mut self.0, &attach).expect("sent");
    }

    pub fn ask(&mut self, ask: Ask, expect_seq: u64) {
        wire::send(&mut self.0, &ToWorker::Ask { ask, expect_seq }).expect("sent");
    }

    pub fn hears(&mut self) -> FromWorker {
        let message = wire::receive(&mut self.0).expect("a message");
        message.expect("no end")
    }

    pub fn refused(&mut self) -> String {
        loop {
            if let FromWorker::Event(Event::Refused(why)) = self.hears() {
                return why;
            }
        }
    }
}

#[test]
fn whoever_does_not_hold_a_run_or_has_not_seen_what_was_decided_is_refused() {
    let case = case(WAITS);
    let first = at_work(&case);
    let mut raw = Raw::attached(&case, 1);
    raw.ask(Ask::Interrupt, u64::MAX);
    assert!(raw.refused().contains("take it over first"));
    raw.ask(Ask::TakeOver, 0);
    loop {
        match raw.hears() {
            FromWorker::Event(Event::Record(record)) => {
                if let Body::ControlTaken { by, .. } = record.body {
                    assert!(!by.user.contains('\u{1b}'), "{}", by.user);
                    assert_eq!(by.pid, std::process::id(), "the kernel says who it is");
                }
            }
            FromWorker::Event(Event::Control(Control::Yours)) => break,
            FromWorker::Event(_) | FromWorker::Welcome { .. } => {}
        }
    }
    end(first).ends(8, "holds this run");
    raw.ask(Ask::Interrupt, 1);
    assert!(raw.refused().contains("has ended"));
    raw.ask(Ask::Retry("1.x-to-2.0/switch".into()), 1);
    let_it_end(&case);
    assert!(raw.refused().contains("gone on since"));
    drop(raw);
    until("the worker's end", || {
        !run_folder(&case).join("worker.sock").exists()
    });
    case.run(&["resume"]).ends(0, "done, and verified");
    assert_eq!(begun(&case), 1);
}

#[test]
fn what_is_no_message_ends_its_line_and_nothing_else() {
    let case = case(WAITS);
    let front = at_work(&case);
    let frames: [&[u8]; 5] = [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x05\"ask\"",
        b"\x00\x00\x00\x40{\"attach\":{\"protocol\":1,\"from_seq\":1,\"watch\":true,\"who\":{},\"x\":1}}",
        b"",
    ];
    for frame in frames {
        let mut raw = Raw::new(&case);
        // The other side may have hung up already.
        let _cut = raw.0.write_all(frame);
        raw.0.shutdown(std::net::Shutdown::Write).expect("ended");
        let mut said = Vec::new();
        let _cut = raw.0.read_to_end(&mut said);
        assert!(!String::from_utf8_lossy(&said).contains("welcome"));
    }
    let_it_end(&case);
    end(front).ends(0, "finished");
    assert_eq!(begun(&case), 1);
}

#[test]
fn from_every_record_on_a_front_end_comes_to_the_same_state() {
    let case = case(WAITS);
    let front = at_work(&case);
    let kept = records(&case);
    let whole = RunState::fold(&kept).expect("a state");
    let points = 200;
    for n in 0..points {
        let from = 1 + n % kept.len();
        let mut raw = Raw::attached(&case, from as u64);
        let mut state = RunState::fold(&kept[..from]).expect("a state");
        while state.seq < whole.seq {
            if let FromWorker::Event(Event::Record(record)) = raw.hears() {
                state.apply(&record).expect("the next record");
            }
        }
        assert_eq!(state, whole, "from {from}");
    }
    let_it_end(&case);
    end(front).ends(0, "finished");
}
