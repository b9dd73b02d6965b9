//! A backfill in stages on a real Redis, with a script of our own that has the traps of the real
//! one: it keeps its place under a key, goes on from there whatever it is asked, and ends with 0
//! when jobs fail. What the keys say is believed, not the exit code.

use super::{
    begun::begun,
    servers::{Redis, program},
};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command, sync::mpsc, thread};
use switchback::{
    engine::{
        link::handle::{Ask, Event},
        worker::Worker,
    },
    model::record::CheckVerdict,
    run_state::StepView,
};

const JOBS: usize = 120;
/// More jobs than two pieces hold: the script has noted its position.
const PIECES_SEEN: u64 = 45;
const PASSWORD: &str = "a-password-of-the-test";

const MORE: &str = "\
secrets: [REDIS_URL, REDISCLI_AUTH]
databases:
  queue: {redis: {url: '{{env.REDIS_URL}}'}}
";

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
checklist:
  - id: hashes
    title: Every key is a job
    probe: {keys: {database: queue, match: 'ai:jobs:*', type: set, is: 0}}
apply:
  - id: backfill
    title: Copy
    do:
      stage:
        run:
          command: ['{{root}}/backfill', '{{stage.mode}}', 'PROGRESS']
          env: {PORT: '{{env.REDIS_PORT}}', REDISCLI_AUTH: '{{env.REDISCLI_AUTH}}'}
          stop: {signal: INT, within: 20s}
          measures:
            scanned: {output: '^Scanned:\\s*(\\d+)'}
            migrated: {output: '^Migrated:\\s*(\\d+)'}
            exists: {output: '^Skipped \\(exist\\):\\s*(\\d+)'}
            errors: {output: '^Errors:\\s*(\\d+)'}
            old: {keys: {database: queue, match: 'ai:jobs:*', type: hash}}
            new: {keys: {database: queue, match: 'ai:job:*', type: hash}}
          require: ['errors == 0', 'old.after == old.before']
          progress: {measure: {name: new, total: 'old.before - new.before', every: 20ms}}
        stages:
          - name: dry-run
            title: dry run
            with: {mode: --dry-run}
            require: ['new.after == new.before', 'scanned == old.before']
            harmless: true
          - name: canary
            title: canary
            with: {mode: --slowly}
          - name: full
            title: all of it
            with: {mode: --execute}
            require:
              - 'migrated + exists == scanned'
              - 'scanned >= old.before'
              - 'new.after == old.after'
    idempotent: true
";

/// Processes the keys in pieces, noting its position after each. INT ends it with 130.
const SCRIPT: &str = r#"#!/bin/sh
mode=$1 progress=$2
redis() { redis-cli -p "$PORT" "$@"; }
trap 'echo interrupted >&2; exit 130' INT
cursor=$(redis get "$progress:cursor"); cursor=${cursor:-0}
scanned=0 migrated=0 exists=0 errors=0
while :; do
    answer=$(redis scan "$cursor" match 'ai:jobs:*' count 20)
    cursor=$(printf '%s\n' "$answer" | head -n 1)
    for key in $(printf '%s\n' "$answer" | tail -n +2); do
        scanned=$((scanned + 1))
        new="ai:job:acme:${key##*:}"
        case $mode in
            --dry-run) migrated=$((migrated + 1)); continue ;;
        esac
        case $(redis copy "$key" "$new") in
            1) migrated=$((migrated + 1)) ;;
            0) exists=$((exists + 1)) ;;
            *) errors=$((errors + 1)) ;;
        esac
    done
    [ "$mode" = --dry-run ] || redis set "$progress:cursor" "$cursor" >/dev/null
    [ "$mode" = --slowly ] && sleep 0.2
    [ "$cursor" = 0 ] && break
done
echo "=== Backfill Summary ==="
echo "Scanned:        $scanned"
echo "Migrated:       $migrated"
echo "Skipped (exist):$exists"
echo "Errors:         $errors"
"#;

struct Stand {
    redis: Redis,
    root: PathBuf,
    state: PathBuf,
}

impl Stand {
    fn new() -> Self {
        let redis = Redis::start(PASSWORD);
        let port = redis.server.port;
        let home = tempfile::tempdir().expect("a folder").keep();
        let (root, state) = (home.join("product"), home.join("state"));
        fs::create_dir(&root).expect("a folder");
        let env = format!(
            "REDIS_URL=redis://:{PASSWORD}@127.0.0.1:{port}/0\nREDIS_PORT={port}\nREDISCLI_AUTH={PASSWORD}\n"
        );
        fs::write(root.join(".env"), env).expect("written");
        fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
        let script = root.join("backfill");
        fs::write(&script, SCRIPT).expect("written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a mode");
        let stand = Self { redis, root, state };
        let jobs = (0..JOBS).map(|n| format!("hset ai:jobs:{n} job_id {n} text grüß-{n}\n"));
        stand.ask(&jobs.collect::<String>());
        stand
    }

    /// Sends lines of commands, and gives what Redis says.
    fn ask(&self, lines: &str) -> String {
        let mut command = Command::new(program("redis-cli"));
        command.args(["-p", &self.redis.server.port.to_string()]);
        command.env("REDISCLI_AUTH", PASSWORD);
        let file = self.root.join("lines");
        fs::write(&file, lines).expect("written");
        let input = fs::File::open(&file).expect("opened");
        let out = command.stdin(input).output().expect("redis-cli");
        String::from_utf8(out.stdout).expect("text")
    }

    /// A run that stands before its first step. All stages share one progress key, as the product's
    /// own guide has it, or each has its own.
    fn worker(&self, progress: &str) -> (Worker, mpsc::Receiver<Event>) {
        let (mut worker, events) = self.fresh(progress);
        for ask in [Ask::Check, Ask::Backup, Ask::Apply] {
            met(&mut worker, ask);
        }
        (worker, events)
    }

    fn fresh(&self, progress: &str) -> (Worker, mpsc::Receiver<Event>) {
        let hop = HOP.replace("PROGRESS", progress);
        begun(self.root.clone(), self.state.clone(), MORE, &hop)
    }

    fn equal_jobs(&self) -> usize {
        let both = (0..JOBS).map(|n| format!("hgetall ai:jobs:{n}\nhgetall ai:job:acme:{n}\n"));
        let said = self.ask(&both.collect::<String>());
        let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
        let jobs = lines.chunks(4).collect::<Vec<_>>();
        jobs.windows(2).filter(|pair| pair[0] == pair[1]).count()
    }
}

fn met(worker: &mut Worker, ask: Ask) {
    worker
        .meet(ask)
        .expect("the worker goes on")
        .expect("not refused");
}

fn view(worker: &Worker, stage: &str) -> StepView {
    let id = format!("hop/backfill/{stage}");
    let view = worker.state().step(&id.as_str().into());
    view.expect("the step is there").clone()
}

fn confirm(worker: &mut Worker, before: &str) {
    let id = format!("hop/backfill/before-{before}");
    met(worker, Ask::Confirm(id.as_str().into()));
}

fn error(view: &StepView) -> &str {
    match view.failed() {
        Some(failure) => failure.error(),
        None => panic!("{}: it counts as {}", view.step.title, view.word()),
    }
}

/// Interrupts the canary once it has copied something, and returns when that is recorded.
fn interrupted_canary(stand: &Stand, progress: &str) -> Worker {
    let (mut worker, events) = stand.worker(progress);
    let urgent = worker.urgent();
    let working = thread::spawn(move || {
        confirm(&mut worker, "canary");
        worker
    });
    let mut seen = false;
    for event in &events {
        match event {
            Event::Progress(progress) if progress.done > PIECES_SEEN && !seen => {
                seen = true;
                urgent.interrupt();
            }
            Event::Record(record) => {
                let text = serde_json::to_string(&record.body).expect("json");
                if text.contains("step_failed") {
                    break;
                }
            }
            _other_events => {}
        }
    }
    assert!(seen, "its progress was followed while it ran");
    working.join().expect("the worker")
}

#[test]
fn every_job_is_copied_and_every_number_is_held_against_the_keys() {
    let stand = Stand::new();
    let (mut worker, _events) = stand.worker("ai:backfill:{{stage.name}}");
    let dry = view(&worker, "dry-run");
    assert_eq!((dry.numbers["scanned"], dry.numbers["new.after"]), (120, 0));
    confirm(&mut worker, "canary");
    confirm(&mut worker, "full");
    let full = view(&worker, "full");
    assert!(full.is_done(), "{full:?}");
    assert_eq!(full.numbers["exists"], 120);
    assert_eq!(stand.equal_jobs(), JOBS);
}

#[test]
fn a_canary_that_was_interrupted_makes_no_full_run_begin_in_the_middle_unseen() {
    let stand = Stand::new();
    // One key for all, as the product's guide has it.
    let mut worker = interrupted_canary(&stand, "ai:backfill");
    let canary = view(&worker, "canary");
    assert_eq!(error(&canary), "stopped by the operator");
    assert!(canary.numbers["new.after"] > 0, "{:?}", canary.numbers);
    let skip = Ask::Skip {
        step: "hop/backfill/canary".into(),
        reason: "enough was seen".into(),
    };
    met(&mut worker, skip);
    met(&mut worker, Ask::Apply);
    // What was copied by the canary is lost to the count, and a job that it missed is not copied.
    stand.ask("del ai:job:acme:0 ai:job:acme:1 ai:job:acme:2\n");
    confirm(&mut worker, "full");
    let full = view(&worker, "full");
    assert!(error(&full).contains("`scanned >= old.before` does not hold"));
    assert_eq!(full.numbers["errors"], 0, "and the script ended with 0");
    met(&mut worker, Ask::Retry("hop/backfill/full".into()));
    assert!(view(&worker, "full").is_done());
    assert_eq!(stand.equal_jobs(), JOBS);
}

#[test]
fn a_key_of_another_kind_is_found_before_it_ends_the_run() {
    let stand = Stand::new();
    let checked = || {
        let (mut worker, _events) = stand.fresh("ai:backfill");
        met(&mut worker, Ask::Check);
        let verdict = worker.state().checks[&"hop/check/hashes".into()].verdict;
        met(&mut worker, Ask::Abandon);
        verdict
    };
    assert_eq!(checked(), CheckVerdict::Ok);
    stand.ask("sadd ai:jobs:index 1 2 3\n");
    assert_eq!(checked(), CheckVerdict::Blocked);
}

#[test]
fn no_password_stands_in_what_a_run_leaves() {
    let stand = Stand::new();
    let (worker, _events) = stand.worker("ai:backfill:{{stage.name}}");
    drop(worker);
    let mut folders = vec![stand.state.clone()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let saved = path.components().any(|part| part.as_os_str() == "backup");
            if path.is_dir() {
                folders.push(path);
            } else if !saved {
                let bytes = fs::read(&path).expect("a file");
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains(PASSWORD), "{}", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 3, "{files}");
}
