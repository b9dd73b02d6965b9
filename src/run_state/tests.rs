//! The laws of the fold: which records can follow which, and what is known after them.

mod back;
mod checks;
mod effect;
mod emergency;
mod ends;
mod may;
mod road;
mod services;
mod waits;

use super::*;
use crate::model::{
    digest::Digest,
    plan::{
        PLAN_FORMAT, PlannedBackup, PlannedCheck, PlannedRollback, PlannedStep, StepBody, Undo,
    },
    record::{Done, JOURNAL_FORMAT, RemedyEnd, RemedyOf, Undone, Verified},
    release::Release,
    rule::Action,
};

fn who() -> Who {
    Who {
        user: "ada".into(),
        host: "web-03".into(),
        pid: 7,
    }
}

fn step(id: &str, undo: Undo) -> PlannedStep {
    PlannedStep {
        id: StepId::new(id),
        hop: 0,
        title: id.into(),
        body: StepBody::Write {
            over: false,
            file: "a.conf".try_into().expect("a path below the root"),
            text: String::new(),
        },
        undo,
        done_if: None,
        then: Vec::new(),
        idempotent: false,
        because: None,
        cites: Vec::new(),
        doubt: None,
    }
}

fn plan() -> Plan {
    Plan {
        format: PLAN_FORMAT,
        program: "0".into(),
        product: "app".into(),
        title: "App".into(),
        pack: Digest::of(b"pack"),
        signed: None,
        host: "web-03".into(),
        root: "/srv/app".into(),
        from: Release::try_from("1.0.0").expect("a release"),
        to: Release::try_from("2.0.0").expect("a release"),
        hops: Vec::new(),
        targets: BTreeMap::new(),
        variables: BTreeMap::new(),
        findings: Vec::new(),
        decisions: BTreeMap::new(),
        inputs: BTreeMap::new(),
        variants: BTreeMap::new(),
        services: BTreeMap::new(),
        databases: BTreeMap::new(),
        checklist: Vec::new(),
        backup: PlannedBackup::default(),
        steps: vec![step("a", Undo::File), step("gone", Undo::Irreversible)],
        verify: Vec::new(),
        rollback: PlannedRollback::default(),
        emergency: vec![step(
            "switch",
            Undo::Action(Action::Stop("policies".into())),
        )],
        hints: Vec::new(),
        notes: Vec::new(),
        usages: Vec::new(),
        usages_after: Vec::new(),
        remedies: BTreeMap::new(),
    }
}

/// The state after these records, in one run.
fn after(bodies: &[Body]) -> RunState {
    after_on(plan(), bodies)
}

fn after_on(plan: Plan, bodies: &[Body]) -> RunState {
    let start = Body::RunStarted {
        format: JOURNAL_FORMAT,
        run: RunId::new("run"),
        number: 1,
        by: who(),
        plan: plan.into(),
        agreed: false,
    };
    let bodies = [start].into_iter().chain(bodies.iter().cloned());
    let records: Vec<Record> = bodies
        .enumerate()
        .map(|(seq, body)| Record {
            seq: seq as u64,
            at_ms: seq as u64,
            body,
        })
        .collect();
    RunState::fold(&records).expect("these records can follow one another")
}

fn refused(state: &RunState, body: Body) -> bool {
    let mut tried = state.clone();
    let seq = state.seq + 1;
    let end = tried.apply(&Record {
        seq,
        at_ms: 99,
        body,
    });
    if end.is_err() {
        assert_eq!(tried, *state, "a refused record changes nothing");
    }
    end.is_err()
}

fn verified() -> Body {
    Body::BackupVerified(Verified {
        manifest: Digest::of(b"manifest"),
        files: 1,
        bytes: 1,
    })
}

fn started(step: &str) -> Body {
    Body::StepStarted {
        step: StepId::new(step),
        attempt: 1,
    }
}

fn done(step: &str) -> Body {
    Body::StepDone {
        step: StepId::new(step),
        how: Done::Ran,
        detail: String::new(),
        rows: 0,
        took_ms: 1,
    }
}

fn failed(step: &str, no_effect: bool) -> Body {
    Body::StepFailed {
        step: StepId::new(step),
        error: "exit 1".into(),
        hint: None,
        took_ms: 1,
        no_effect,
    }
}

fn reset(step: &str, no_effect: bool) -> Body {
    let step = StepId::new(step);
    Body::StepReset { step, no_effect }
}

fn rollback() -> Body {
    Body::RollbackStarted {
        by: who(),
        reason: "it fails".into(),
        over_later_edits: false,
    }
}

fn paused() -> Body {
    Body::Paused {
        why: "a gate".into(),
    }
}

fn pulled() -> Body {
    Body::EmergencyPulled {
        step: StepId::new("switch"),
        by: who(),
    }
}

fn undone(step: &str) -> [Body; 2] {
    let step = StepId::new(step);
    let begun = Body::UndoStarted { step: step.clone() };
    let detail = String::new();
    let how = Undone::Ran;
    [begun, Body::UndoDone { step, how, detail }]
}

fn stepped_back(steps: &[&str], to: &str) -> Vec<Body> {
    let to = StepId::new(to);
    let begun = Body::StepBackStarted {
        to: to.clone(),
        by: who(),
        reason: "not kept".into(),
    };
    let undone = steps.iter().flat_map(|step| undone(step));
    let stands = Body::SteppedBack { to };
    [begun].into_iter().chain(undone).chain([stands]).collect()
}

/// A stop that is taken back only at the end of a rollback, a start, and a step between.
fn stops_and_starts() -> Plan {
    let act = |name: &str, action: serde_json::Value, undo: Undo| PlannedStep {
        body: StepBody::Do(serde_json::from_value(action).expect("an action")),
        ..step(name, undo)
    };
    let stop = || Undo::Action(Action::Stop("app".into()));
    let start = serde_json::json!({ "start": { "service": "app", "release": "1" } });
    let mut plan = plan();
    plan.steps = vec![
        act("stop", serde_json::json!({ "stop": "app" }), stop()),
        step("a", Undo::File),
        act("start", start.clone(), stop()),
    ];
    plan.rollback.steps = vec![act("start old", start, Undo::Stays)];
    plan
}
