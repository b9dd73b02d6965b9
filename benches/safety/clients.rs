//! A step with output, and front ends that read none of it. What they cost is shown by the step's
//! own time: the worker tells everybody and waits for nobody.

use super::{Rules, median, ms, records, times};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::Duration,
};
use switchback::{
    engine::link::{
        handle::Ask,
        wire::{self, FromWorker, PROTOCOL, ToWorker},
    },
    model::record::{Body, Who},
};

const ROUNDS: usize = if cfg!(debug_assertions) { 1 } else { 9 };
const LINES: usize = 300_000;
const WATCHERS: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Beside {
    Nobody,
    /// The front end that began the run is suspended.
    Stopped,
    /// Front ends that attach and read nothing.
    Deaf,
    /// The same, but they also send asks until they are cut off.
    Asking,
}

pub fn table() {
    let all = [
        Beside::Nobody,
        Beside::Stopped,
        Beside::Deaf,
        Beside::Asking,
    ];
    let mut took = all.map(|_| Vec::new());
    // In turns, so that other activity on the machine affects all of them alike.
    for _ in 0..ROUNDS {
        for (beside, took) in all.iter().zip(&mut took) {
            took.push(printed(*beside));
        }
    }
    let [alone, stopped, deaf, asking] = took.map(median);
    println!("a step that prints {LINES} lines, median of {ROUNDS}");
    println!("  {:<44} {:>10}", "one front end that reads", ms(alone));
    for (what, took) in [
        ("the front end is stopped", stopped),
        ("8 more that read nothing", deaf),
        ("8 more that ask and read nothing", asking),
    ] {
        println!("  {what:<44} {:>10}  {}", ms(took), times(took, alone));
    }
}

fn rules() -> String {
    let step = |id: &str, script: &str| {
        format!(
            "  - id: {id}\n    title: {id}\n    do: {{run: {{command: [sh, -c, '{script}']}}}}\n    \
             harmless: true\n    cites: [S-1]\n"
        )
    };
    let wait = step("wait", "touch begun; until test -e go; do sleep 0.01; done");
    let print = step("print", &format!("seq 1000000 {}", 1_000_000 + LINES));
    format!("apply:\n{wait}{print}")
}

/// The duration of the step according to its own record.
fn printed(beside: Beside) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (root, state) = (folder.path().join("product"), folder.path().join("state"));
    fs::create_dir_all(&root).expect("made");
    fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
    let out = folder.path().join("out");
    let mut apply = Rules::new(folder.path(), &rules()).apply(&root, &state);
    apply.stdout(fs::File::create(&out).expect("made"));
    let mut front = apply.stderr(Stdio::inherit()).spawn().expect("it starts");
    until(|| root.join("begun").exists());
    let line = || attached(&run_folder(&state));
    let _held: Vec<UnixStream> = match beside {
        Beside::Nobody => Vec::new(),
        Beside::Stopped => {
            tell(&front, Signal::STOP);
            Vec::new()
        }
        Beside::Deaf => (0..WATCHERS).map(|_| line()).collect(),
        Beside::Asking => {
            let lines: Vec<UnixStream> = (0..WATCHERS).map(|_| line()).collect();
            for line in &lines {
                let mut line = line.try_clone().expect("a line");
                thread::spawn(move || {
                    let ask = ToWorker::Ask {
                        ask: Ask::Interrupt,
                        expect_seq: 1,
                    };
                    while wire::send(&mut line, &ask).is_ok() {}
                });
            }
            lines
        }
    };
    fs::write(root.join("go"), "").expect("written");
    let journal = run_folder(&state).join("journal");
    until(|| fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"finished\"")));
    if let Beside::Stopped = beside {
        tell(&front, Signal::CONT);
    }
    assert!(front.wait().expect("it ends").success());
    let records = records(&fs::read(&out).expect("what it printed"));
    let took = records.iter().find_map(|record| match &record.body {
        Body::StepDone { step, took_ms, .. } if step.as_str().ends_with("print") => Some(*took_ms),
        _ => None,
    });
    Duration::from_millis(took.expect("the step"))
}

fn run_folder(state: &Path) -> PathBuf {
    let mut runs = fs::read_dir(state.join("runs")).expect("runs");
    runs.next().expect("a run").expect("a folder").path()
}

fn attached(run: &Path) -> UnixStream {
    let mut line = UnixStream::connect(run.join("worker.sock")).expect("a worker");
    let attach = ToWorker::Attach {
        protocol: PROTOCOL,
        from_seq: 1,
        who: Who {
            user: "ben".into(),
            host: "here".into(),
            pid: 1,
        },
        watch: true,
    };
    wire::send(&mut line, &attach).expect("sent");
    let welcome = wire::receive::<FromWorker>(&mut line).expect("an answer");
    assert!(matches!(welcome, Some(FromWorker::Welcome { .. })));
    line
}

fn tell(front: &Child, signal: Signal) {
    let pid = Pid::from_raw(front.id().cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it can be told");
}

fn until(met: impl Fn() -> bool) {
    while !met() {
        thread::sleep(Duration::from_millis(2));
    }
}
