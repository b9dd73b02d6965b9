//! The cost of backing up a database of 200 MB compared with `pg_dump`, on a throw-away server:
//! dumped and synced, proved by a restore into a scratch database, restored.

use super::median;
use begun::begun;
use servers::{Postgres, program, psql};
use std::{
    fs,
    path::Path,
    process::Command,
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};
use switchback::engine::{
    link::handle::{Ask, Event},
    worker::Worker,
};

#[path = "../../tests/services/begun.rs"]
mod begun;
#[path = "../../tests/services/sample.rs"]
mod sample;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/services/servers.rs"]
mod servers;

const ROUNDS: usize = 3;

/// About 200 MB on disk, half of it hard to compress.
const FILL: &str = "\
CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL, noise text NOT NULL, at timestamptz);
INSERT INTO orders SELECT n, 'item ' || n || repeat(' setting', 8),
    md5(n::text) || md5((n + 1)::text), '2026-01-01'::timestamptz + n * interval '1 second'
    FROM generate_series(1, 900000) n;
CREATE INDEX ON orders (at);
VACUUM ANALYZE orders;";

const MORE: &str = "\
databases:
  main: {postgres: {url: '{{env.DATABASE_URL}}'}}
";

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
backup:
  - database: {name: main}
apply:
  - id: nothing
    title: Nothing
    do: {run: {command: ['true']}}
    undo_by_restore: main
";

type Steps = [Duration; 3];

pub fn table() {
    let server = Postgres::start();
    let url = server.database();
    for statement in FILL.split_inclusive(";\n") {
        psql(&url, statement);
    }
    let size = psql(&url, "SELECT pg_database_size(current_database()) >> 20");
    println!("{size} MiB in the database, median of {ROUNDS}, in ms, the backup synced\n");
    println!(
        "{:<16}{:>9}{:>9}{:>9}{:>9}",
        "", "save", "prove", "restore", "in all"
    );
    let peers: [(&str, &dyn Fn() -> Steps); 3] = [
        ("switchback", &|| ours(&url)),
        ("pg_dump -Fc -Z1", &|| theirs(&server, &url, &["-Z1"])),
        ("pg_dump -Fc", &|| theirs(&server, &url, &[])),
    ];
    let mut taken = vec![[const { Vec::new() }; 3]; peers.len()];
    // In turns, so that a busy moment of the machine affects all of them.
    for _ in 0..ROUNDS {
        for (peer, (_, steps)) in peers.iter().enumerate() {
            for (step, time) in steps().into_iter().enumerate() {
                taken[peer][step].push(time);
            }
        }
    }
    for ((name, _), steps) in peers.iter().zip(&mut taken) {
        let [save, prove, restore] = steps.each_mut().map(|times| median(times));
        let all = save + prove + restore;
        println!("{name:<16}{save:>9}{prove:>9}{restore:>9}{all:>9}");
    }
}

/// The save ends when the dump is on disk; counting its rows belongs to the proof.
fn ours(url: &str) -> Steps {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path().join("product");
    fs::create_dir(&root).expect("a folder");
    fs::write(root.join(".env"), format!("DATABASE_URL={url}\n")).expect("written");
    fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
    let (mut worker, events) = begun(root, home.path().join("state"), MORE, HOP);
    let saved = thread::spawn(move || first_counted(&events));
    timed(&mut worker, Ask::Check);
    let begin = Instant::now();
    timed(&mut worker, Ask::Backup);
    let end = Instant::now();
    timed(&mut worker, Ask::Apply);
    let back = Ask::Rollback {
        reason: "measured".to_owned(),
        over_later_edits: false,
    };
    let restore = timed(&mut worker, back);
    drop(worker);
    let saved = saved.join().expect("no panic");
    [saved - begin, end - saved, restore]
}

fn first_counted(events: &Receiver<Event>) -> Instant {
    let mut at = None;
    // Receives all events to the end: the worker must not find its receiver gone.
    for event in events {
        if matches!(event, Event::Progress(told) if told.doing.ends_with("counting rows")) {
            at.get_or_insert_with(Instant::now);
        }
    }
    at.expect("rows are counted")
}

fn timed(worker: &mut Worker, ask: Ask) -> Duration {
    let begin = Instant::now();
    let met = worker.meet(ask).expect("the worker goes on");
    met.expect("not refused");
    begin.elapsed()
}

fn theirs(server: &Postgres, url: &str, more: &[&str]) -> Steps {
    let home = tempfile::tempdir().expect("a folder");
    let dump = home.path().join("dump");
    let begin = Instant::now();
    let file = [
        Path::new("-Fc"),
        "-f".as_ref(),
        &dump,
        "-d".as_ref(),
        url.as_ref(),
    ];
    run(Command::new(program("pg_dump")).args(more).args(file));
    fs::File::open(&dump)
        .and_then(|file| file.sync_all())
        .expect("synced");
    let save = begin.elapsed();

    let begin = Instant::now();
    let scratch = server.database();
    put_back(&dump, &scratch, &[]);
    let name = scratch.rsplit('/').next().expect("a name");
    psql(&scratch, "SELECT count(*) FROM orders");
    psql(url, &format!("DROP DATABASE {name}"));
    let prove = begin.elapsed();

    let begin = Instant::now();
    put_back(&dump, url, &["--clean", "--if-exists"]);
    [save, prove, begin.elapsed()]
}

fn put_back(dump: &Path, url: &str, more: &[&str]) {
    let mut command = Command::new(program("pg_restore"));
    command.args(more).args(["--single-transaction", "-d", url]);
    run(command.arg(dump));
}

fn run(command: &mut Command) {
    let done = command.output().expect("it is installed");
    assert!(done.status.success(), "{command:?}: {done:?}");
}
