//! What the screens cost over a slow line, beside the smallest honest program that draws with the
//! same library; prints a table. `cargo bench --bench terminal`, on Linux.
//!
//! Both are measured in turns, because the times of a machine that others share say nothing by
//! themselves. What is drawn does not depend on the machine: bytes are bytes.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark lays out its own products, runs the program and has a stopwatch"
)]

#[path = "terminal/floor.rs"]
mod floor;
#[path = "products/many.rs"]
mod many;
#[path = "products/sample.rs"]
mod sample;
#[path = "terminal/session.rs"]
mod session;
#[path = "terminal/table.rs"]
mod table;

use portable_pty::CommandBuilder;
use session::{Redraw, Session};
use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use switchback::rules::pack;
use table::{Many, Table};

/// Makes this program run as the floor.
const FLOOR: &str = "--floor";
const SWITCHBACK: &str = env!("CARGO_BIN_EXE_switchback");

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (200, 50);
const STARTS: usize = 9;
const KEYS: usize = 40;
const BURST: usize = 50;
const IDLE: Duration = Duration::from_secs(5);
/// How long the step that prints endlessly is watched.
const WATCHED: Duration = Duration::from_secs(3);

const DOWN: &str = "\x1b[B";
const HOME: &str = "\x1b[H";
const ENTER: &str = "\r";
const LEAVE: [&str; 2] = ["q", "y"];

fn main() -> io::Result<()> {
    if env::args().any(|arg| arg == FLOOR) {
        return floor::run();
    }
    let folder = tempfile::tempdir()?;
    let mut table = Table::begin(io::stdout())?;
    starting_and_reading(folder.path(), &mut table);
    files_and_steps(folder.path(), &mut table);
    Ok(())
}

fn floor(size: (u16, u16)) -> (Session, Redraw) {
    let mut command = CommandBuilder::new(env::current_exe().expect("this program"));
    command.arg(FLOOR);
    Session::start(command, size, "q quit")
}

/// The arguments common to all commands on one product.
fn on(root: &Path, state: &Path) -> Vec<PathBuf> {
    let args: [&Path; 4] = ["--root".as_ref(), root, "--state-dir".as_ref(), state];
    args.map(Path::to_owned).to_vec()
}

fn switchback(args: &[PathBuf], size: (u16, u16), words: &str) -> (Session, Redraw) {
    let mut command = CommandBuilder::new(SWITCHBACK);
    command.args(args);
    Session::start(command, size, words)
}

/// The sample product: what an operator sees before anything is done.
fn starting_and_reading(folder: &Path, table: &mut Table) {
    let root = folder.join("sample");
    sample::lay_out("workflow-engine", &root);
    let args = on(&root, &folder.join("state-of-sample"));
    for size in [SMALL, LARGE] {
        let (mut floors, mut ours) = (Many::default(), Many::default());
        for _ in 0..STARTS {
            let (session, redraw) = floor(size);
            session.leave(&["q"]);
            floors.add(redraw);
            let (session, redraw) = switchback(&args, size, "go on to Review");
            session.leave(&LEAVE);
            ours.add(redraw);
        }
        table.start(size, &floors, &ours);
    }
    let (mut session, _) = switchback(&args, SMALL, "go on to Review");
    table.idle("start", &mut session, IDLE);
    session.go(ENTER, "nothing is written yet");
    session.press(HOME);
    let review = keys(&mut session);
    table.bytes("review: list and detail", &review, (480, 700));
    session.press(HOME);
    let burst = session.press(&DOWN.repeat(BURST));
    table.burst(&review, &burst);
    table.idle("review", &mut session, IDLE);
    session.go("d", "Enter: back");
    table.bytes(
        "the whole difference: a list",
        &keys(&mut session),
        (150, 700),
    );
    session.leave(&["\x1b", "q", "y"]);
}

fn keys(session: &mut Session) -> Many {
    let mut many = Many::default();
    for _ in 0..KEYS {
        many.add(session.press(DOWN));
    }
    many
}

/// Large files, and a run that has printed much and prints more.
fn files_and_steps(folder: &Path, table: &mut Table) {
    let many::Product { root, pack } = many::lay_out(folder);
    let mut args = on(&root, &folder.join("state-of-many"));
    args.extend([
        "--pack".into(),
        pack.clone(),
        "--trust".into(),
        trust(&pack).into(),
    ]);

    let (mut session, _) = switchback(&args, SMALL, "go on to Review");
    session.go(ENTER, "nothing is written yet");
    session.go("d", "Enter: back");
    table.memory("five files of 5,000 lines, read and compared", &session);
    session.leave(&["\x1b", "q", "y"]);

    // Runs without a screen up to the first gate.
    let mut apply = Command::new(SWITCHBACK);
    let walked = apply.args(&args).args(["apply", "--yes"]).output();
    walked.expect("the run begins");
    args.push("attach".into());
    let (mut session, _) = switchback(&args, SMALL, "waits for you");
    table.idle("a run that waits", &mut session, IDLE);
    let (mut other, _) = floor(SMALL);
    let (mut floors, mut ours) = (Many::default(), Many::default());
    for _ in 0..KEYS {
        floors.add(other.press(DOWN));
        ours.add(session.press(DOWN));
    }
    other.leave(&["q"]);
    table.latency(&floors, &ours);
    table.bytes("a run of 500 steps", &ours, (480, 700));
    session.leave(&LEAVE);
    // The list follows the running step, with its last lines of output below.
    let (mut session, _) = switchback(&args, SMALL, "waits for you");
    session.go(ENTER, "y: yes");
    session.press("y");
    table.flood(&session.during(WATCHED), WATCHED);
    table.memory("the same in a run, ten megabytes printed", &session);
    session.go("", "Look at it again");
    session.leave(&LEAVE);
}

/// The digest with which an operator who has read the pack trusts it.
fn trust(folder: &Path) -> String {
    let mut files = BTreeMap::new();
    for file in fs::read_dir(folder).expect("the pack") {
        let file = file.expect("a file");
        let bytes = fs::read(file.path()).expect("a text");
        files.insert(
            file.file_name().to_string_lossy().into_owned(),
            bytes.into(),
        );
    }
    pack::digest(&files).as_str().to_owned()
}
