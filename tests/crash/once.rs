//! What takes long is done once, and only when it was asked for: the checks of the new release may
//! watch it for many minutes.

use super::stand;
use std::sync::mpsc;
use switchback::{
    engine::{
        answers::AnswersFile,
        errand::{Aim, Errand, Stop},
        link::handle::{Ask, Event},
        pursuit::{Next, Pursuit},
        worker::Worker,
    },
    model::record::{Body, Phase},
    world::fake::ended,
};

const HOP: &str = "\
apply:
  - {id: one, title: One, do: {run: {command: [one]}}, harmless: true}
  - {id: two, title: Two, do: {run: {command: [two]}}, harmless: true}
verify:
  - {id: marker, title: The marker is there, probe: {file: {path: marker}}}
  - {id: gone, title: Nothing answers, probe: {not: {http: {url: 'http://127.0.0.1:8000/'}}}}
";

fn begun() -> (Worker, mpsc::Receiver<Event>) {
    let fake = stand::product();
    fake.commands.script(|_| Some(Ok(ended(0, "", ""))));
    stand::begun(&fake, "", HOP)
}

fn meet(worker: &mut Worker, ask: Ask) {
    let met = worker.meet(ask).expect("the worker goes on");
    met.expect("not refused");
}

fn checks_made(events: &mpsc::Receiver<Event>) -> usize {
    let made = |event: &Event| {
        let Event::Record(record) = event else {
            return false;
        };
        matches!(&record.body, Body::CheckDone { id, .. } if id.as_str().ends_with("marker"))
    };
    events.try_iter().filter(made).count()
}

#[test]
fn a_check_that_fails_behind_the_last_step_is_not_made_again_unasked() {
    let (mut worker, events) = begun();
    let answers = AnswersFile::default();
    let mut pursuit = Pursuit::new(Errand::new(Aim::Forward, &answers));
    let said = loop {
        match pursuit.next(worker.state()) {
            Next::Ask(ask) => meet(&mut worker, ask),
            Next::Stop(Stop::Blocked, said) => break said,
            other => panic!("{other:?}"),
        }
    };
    assert!(said.contains("The marker is there"), "{said}");
    assert_eq!(checks_made(&events), 1);
    // Somebody who resumes has fixed the cause.
    let mut pursuit = Pursuit::new(Errand::new(Aim::Forward, &answers));
    assert_eq!(pursuit.next(worker.state()), Next::Ask(Ask::Verify));
}

/// A question about a process that is meant to be down would send a person to look for a fault.
#[test]
fn of_what_must_not_answer_nobody_asks_whether_it_runs() {
    let (mut worker, events) = begun();
    for ask in [Ask::Check, Ask::Backup, Ask::Apply] {
        meet(&mut worker, ask);
    }
    let detail = |event: Event| match event {
        Event::Record(record) => match record.body {
            Body::CheckDone { id, detail, .. } => id.as_str().ends_with("gone").then_some(detail),
            _another => None,
        },
        _no_record => None,
    };
    let told: Vec<String> = events.try_iter().filter_map(detail).collect();
    let [told] = &told[..] else {
        panic!("{told:?}");
    };
    assert!(told.contains("no answer"), "{told}");
    assert!(!told.contains('?'), "{told}");
}

#[test]
fn after_one_step_the_run_waits_also_after_the_last() {
    let (mut worker, events) = begun();
    for ask in [Ask::Check, Ask::Backup, Ask::ApplyOne, Ask::ApplyOne] {
        meet(&mut worker, ask);
    }
    assert!(worker.state().next_step().is_none());
    assert_eq!(worker.state().phase, Phase::Apply);
    assert_eq!(checks_made(&events), 0);
    meet(&mut worker, Ask::Verify);
    assert_eq!(worker.state().phase, Phase::Verify);
    assert_eq!(checks_made(&events), 1);
}
