//! Feature flags, one at a time: what each expands to, that one alone is undone and the ones
//! before it stay, and that a rollback's own flags end where they should.

#[path = "services/sample.rs"]
mod sample;

use std::sync::Arc;
use switchback::{
    engine::{link::handle::Ask, worker::Worker},
    model::{ids::StepId, plan::Plan, record::RunEnd},
    run_state::StepView,
    world::fake::{FakeProcess, FakeWorld, ended},
};

const ROOT: &str = "/srv/product";
const ENV: &str = "URL=redis # ours\nNEW=off\n";

const MORE: &str = "\
services:
  app:
    title: the API
    port: '8000'
    ways:
      - by:
          command:
            start: {command: [api, start], leaves_running: true}
            stop: {command: [api, stop]}
";

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
apply:
  - id: first
    title: Write both
    do: {flag: {name: WRITE, value: 'on', service: app, check: {variable: {name: WRITE, matches: '^on$'}}}}
  - id: second
    title: Read new
    do: {flag: {name: NEW, value: 'on', service: app, check: {variable: {name: NEW, matches: '^on$'}}}}
rollback:
  steps:
    - id: back
      title: Read old
      do: {flag: {name: OLD, value: 'on', service: app, check: {variable: {name: OLD, matches: '^on$'}}}}
";

struct Stand(FakeWorld);

impl Stand {
    fn new() -> Self {
        let stand = Self::without_settings();
        stand.0.files.put(format!("{ROOT}/.env"), ENV);
        stand
    }

    fn without_settings() -> Self {
        let fake = FakeWorld::new();
        fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
        let processes = fake.processes.clone();
        let api = || FakeProcess {
            ports: vec![8000],
            ..FakeProcess::default()
        };
        processes.start(7, api());
        fake.commands.script(move |command| {
            match command.argv.last().map(String::as_str) {
                Some("start") => processes.start(7, api()),
                Some("stop") => processes.end(7),
                Some(_) | None => return None,
            }
            Some(Ok(ended(0, "", "")))
        });
        Self(fake)
    }

    fn worker(&self) -> (Worker, Arc<Plan>) {
        let pack = sample::source(MORE, HOP);
        let session = sample::session(self.0.world(), ROOT.into(), "/state".into(), pack);
        let (mut worker, _events) = sample::begun(session);
        let plan = worker.state().plan.clone();
        for ask in [Ask::Check, Ask::Backup, Ask::Apply] {
            met(&mut worker, ask);
        }
        (worker, plan)
    }

    fn env(&self) -> String {
        let path = format!("{ROOT}/.env");
        let bytes = self.0.files.contents();
        String::from_utf8(bytes[std::path::Path::new(&path)].clone()).expect("text")
    }
}

fn met(worker: &mut Worker, ask: Ask) {
    worker
        .meet(ask)
        .expect("the worker goes on")
        .expect("not refused");
}

fn view<'w>(worker: &'w Worker, id: &str) -> &'w StepView {
    worker.state().step(&id.into()).expect("the step is there")
}

/// Keeps the first flag; the second waits for its answer.
fn keep_the_first(worker: &mut Worker) {
    met(worker, Ask::Confirm("hop/first/keep".into()));
    assert!(view(worker, "hop/second/keep").is_running());
}

#[test]
fn a_flag_is_stop_set_start_check_and_a_question() {
    let (_worker, plan) = Stand::new().worker();
    let notes: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
    let said = [
        "The step `Write both` sets WRITE=on.",
        "The step `Read new` sets NEW=on.",
    ];
    assert_eq!(notes, said, "nothing is written that was not told before");
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids[..5],
        ["stop", "set", "start", "check", "keep"].map(|name| format!("hop/first/{name}"))
    );
    assert_eq!(plan.steps[1].title, "Write both: set WRITE=on in .env");
    let after: Vec<&str> = plan
        .rollback
        .steps
        .iter()
        .map(|step| step.id.as_str())
        .collect();
    assert_eq!(
        after,
        ["stop", "set", "start", "check"].map(|name| format!("hop/back/{name}"))
    );
}

#[test]
fn one_flag_is_undone_alone_and_the_one_before_it_stays() {
    let stand = Stand::new();
    let (mut worker, _plan) = stand.worker();
    keep_the_first(&mut worker);
    assert_eq!(stand.env(), "URL=redis # ours\nNEW=on\nWRITE=on\n");
    let together = worker.state().kept_together(&"hop/second/keep".into());
    let first = worker.state().steps[together.start].step.id.clone();
    assert_eq!(first.as_str(), "hop/second/stop");
    let reason = "clients miss jobs".to_owned();
    met(
        &mut worker,
        Ask::StepBack {
            to: first.clone(),
            reason,
        },
    );
    assert_eq!(stand.env(), "URL=redis # ours\nNEW=off\nWRITE=on\n");
    assert!(view(&worker, "hop/second/set").waits_again());
    assert!(view(&worker, "hop/first/keep").is_done());
    assert_eq!(worker.state().stepping_back(), None);

    // Left out for good: the road goes on without it.
    let reason = "later".to_owned();
    met(
        &mut worker,
        Ask::Skip {
            step: first,
            reason,
        },
    );
    for name in ["stop", "set", "start", "check", "keep"] {
        let word = view(&worker, &format!("hop/second/{name}")).word();
        assert_eq!(word, "skipped", "{name}");
    }
    met(&mut worker, Ask::Apply);
    met(&mut worker, Ask::Finish);
    assert_eq!(worker.state().ended(), Some(RunEnd::Done));
    assert_eq!(stand.env(), "URL=redis # ours\nNEW=off\nWRITE=on\n");
}

#[test]
fn a_flag_that_was_undone_can_be_set_again() {
    let stand = Stand::new();
    let (mut worker, _plan) = stand.worker();
    keep_the_first(&mut worker);
    let (to, reason) = ("hop/second/stop".into(), "look again".to_owned());
    met(&mut worker, Ask::StepBack { to, reason });
    met(&mut worker, Ask::Apply);
    met(&mut worker, Ask::Confirm("hop/second/keep".into()));
    assert_eq!(stand.env(), "URL=redis # ours\nNEW=on\nWRITE=on\n");
    met(&mut worker, Ask::Finish);
}

#[test]
fn a_flag_that_was_left_out_is_not_in_what_the_next_one_finds() {
    for (stand, set, back) in [
        (
            Stand::new(),
            "URL=redis # ours\nNEW=on\n",
            "URL=redis # ours\nNEW=off\nOLD=on\n",
        ),
        (Stand::without_settings(), "NEW=on\n", "OLD=on\n"),
    ] {
        let (mut worker, _plan) = stand.worker();
        let (first, reason) = (StepId::from("hop/first/stop"), "later".to_owned());
        let (to, step) = (first.clone(), first);
        met(
            &mut worker,
            Ask::StepBack {
                to,
                reason: reason.clone(),
            },
        );
        met(
            &mut worker,
            Ask::Skip {
                step,
                reason: reason.clone(),
            },
        );
        met(&mut worker, Ask::Apply);
        assert!(view(&worker, "hop/second/keep").is_running());
        assert_eq!(stand.env(), set);
        met(
            &mut worker,
            Ask::Rollback {
                reason,
                over_later_edits: false,
            },
        );
        assert_eq!(worker.state().ended(), Some(RunEnd::RolledBack));
        assert_eq!(stand.env(), back);
    }
}

#[test]
fn a_rollback_takes_every_flag_back_and_then_sets_its_own() {
    let stand = Stand::new();
    let (mut worker, _plan) = stand.worker();
    keep_the_first(&mut worker);
    let ask = Ask::Rollback {
        reason: "enough".to_owned(),
        over_later_edits: false,
    };
    met(&mut worker, ask);
    assert_eq!(
        worker.state().ended(),
        Some(RunEnd::RolledBack),
        "{:?}",
        worker.state().paused
    );
    assert_eq!(stand.env(), "URL=redis # ours\nNEW=off\nOLD=on\n");
}
