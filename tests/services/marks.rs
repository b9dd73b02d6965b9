//! Marks that a person makes on the checklist and takes back.

use super::begun::begun;
use switchback::{
    engine::{link::handle::Ask, worker::Worker},
    model::ids::CheckId,
};

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
checklist:
  - {id: told, title: The users know, probe: {manual: {text: Tell them.}}}
  - {id: there, title: The settings are there, probe: {file: {path: .env, exists: true}}}
apply:
  - id: nothing
    title: Nothing
    do: {run: {command: ['true']}}
    harmless: true
";

fn told() -> CheckId {
    "hop/check/told".into()
}

/// Why it was refused, if it was.
fn ask(worker: &mut Worker, ask: Ask) -> Option<String> {
    worker.meet(ask).expect("the worker goes on").err()
}

#[test]
fn what_was_marked_or_waived_can_be_taken_back_until_its_list_is_behind() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path().join("product");
    std::fs::create_dir(&root).expect("a folder");
    std::fs::write(root.join(".env"), "A=1\n").expect("written");
    std::fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
    let (mut worker, _events) = begun(root, home.path().join("state"), "", HOP);
    assert_eq!(ask(&mut worker, Ask::Check), None);
    let waive = Ask::Waive {
        check: told(),
        reason: "nobody is there".to_owned(),
    };
    for said in [Ask::Mark(told()), waive, Ask::Mark(told())] {
        let refused = ask(&mut worker, Ask::Unmark(told()));
        assert_eq!(refused.as_deref(), Some("nobody has marked this check"));
        assert_eq!(ask(&mut worker, said), None);
        assert!(worker.state().passed(&told()));
        assert_eq!(ask(&mut worker, Ask::Unmark(told())), None);
        assert!(!worker.state().checks.contains_key(&told()));
        let refused = ask(&mut worker, Ask::Backup).expect("it is open again");
        assert!(refused.starts_with("open checks: 1;"), "{refused}");
    }
    let by_switchback = ask(&mut worker, Ask::Unmark("hop/check/there".into()));
    assert_eq!(
        by_switchback.as_deref(),
        Some("nobody has marked this check")
    );
    for said in [Ask::Mark(told()), Ask::Backup] {
        assert_eq!(ask(&mut worker, said), None);
    }
    let refused = ask(&mut worker, Ask::Unmark(told()));
    assert_eq!(refused.as_deref(), Some("the checklist is behind this run"));
    assert!(worker.state().passed(&told()));
}
