//! Reports of folded records: what they say must be true of the run, whatever came after it.

mod back;
mod findings;
mod usages;

use super::*;
use crate::engine::{
    answers::AnswersFile,
    errand::{Aim, Errand, Stop},
    pursuit::{Next, Pursuit},
};
use crate::model::{
    digest::Digest,
    finding::Decision,
    ids::{CheckId, RuleId, RunId, StepId},
    plan::{Plan, PlannedStep, StepBody, Undo},
    record::{
        Body, Done, JOURNAL_FORMAT, OtherFiles, Phase, Record, RemedyEnd, RemedyOf, Saved, Staged,
        Undone, Verified, Who,
    },
    survey::FileMeta,
};
use serde_json::json;

fn who() -> Who {
    named("ada")
}

fn named(user: &str) -> Who {
    Who {
        user: user.into(),
        host: "web-03".into(),
        pid: 7,
    }
}

/// Two hops that stop the service alike, and a way back whose last step edits `.env` again.
fn plan() -> Plan {
    let step =
        |id: &str, hop: usize, title: &str, body: serde_json::Value, undo: serde_json::Value| {
            json!({
                "id": id, "hop": hop, "title": title, "body": body, "undo": undo, "done_if": null,
                "idempotent": false, "because": null, "cites": [], "doubt": null,
            })
        };
    let edit = || json!({"edit": {"file": ".env", "format": "dotenv", "edits": []}});
    let run = || json!({"do": {"run": {"command": ["true"]}}});
    let hop =
        |from: &str, to: &str| json!({"file": to, "from": from, "to": to, "title": "T", "why": ""});
    let plan = json!({
        "format": 1, "program": "test", "product": "product", "title": "Product",
        "pack": Digest::of(b"pack"), "host": "host", "root": "/srv", "from": "1.0.0", "to": "3.0.0",
        "hops": [hop("1.0.0", "2.0.0"), hop("2.0.0", "3.0.0")],
        "targets": {}, "variables": {}, "findings": [], "decisions": {}, "inputs": {},
        "variants": {}, "databases": {}, "checklist": [],
        "backup": {"files": [".env"], "commands": [], "databases": []},
        "steps": [
            step("stop", 0, "Stop the service", run(), json!("harmless")),
            step("edit", 0, "Edit .env", edit(), json!("file")),
            step("again", 1, "Stop the service", run(), json!("harmless")),
            step("ask", 1, "Look at it", json!({"do": {"ask": {"text": "Look."}}}), json!("harmless")),
        ],
        "verify": [{"id": "runs", "hop": 1, "check": {
            "id": "runs", "title": "The new release is what runs", "probe": {"clock": {}}
        }}],
        "rollback": {
            "steps": [step("back", 1, "Read old keys again", edit(), json!("stays"))], "checks": [],
            "notes": [{"kind": "info", "text": "Stop, restore the database from the dump."}],
        },
        "hints": [], "notes": [], "usages": [], "remedies": {},
    });
    serde_json::from_value(plan).expect("a plan")
}

/// The state after these records, each at its moment.
fn fold(bodies: &[(u64, Body)]) -> RunState {
    fold_of(plan(), bodies)
}

fn fold_of(plan: Plan, bodies: &[(u64, Body)]) -> RunState {
    let start = Body::RunStarted {
        format: JOURNAL_FORMAT,
        run: RunId::new("run"),
        number: 1,
        by: who(),
        plan: plan.into(),
        agreed: false,
    };
    let all = [(0, start)].into_iter().chain(bodies.iter().cloned());
    let records: Vec<Record> = all
        .enumerate()
        .map(|(seq, (at_ms, body))| Record {
            seq: seq as u64,
            at_ms,
            body,
        })
        .collect();
    RunState::fold(&records).expect("these records can follow one another")
}

fn report(bodies: &[(u64, Body)]) -> String {
    markdown(&fold(bodies), Path::new("/runs/run"), None)
}

/// What whoever sent the run back without a screen is told at its end.
fn last_words(state: &RunState) -> String {
    let aim = Aim::Back {
        reason: "too slow".into(),
        over_later_edits: false,
    };
    let errand = Errand::new(aim, &AnswersFile::default());
    match Pursuit::new(errand).next(state) {
        Next::Stop(Stop::Done, words) => words,
        other => panic!("it has ended: {other:?}"),
    }
}

fn has(text: &str, wanted: &str) {
    assert!(text.contains(wanted), "no `{wanted}` in:\n{text}");
}

fn lacks(text: &str, unwanted: &str) {
    assert!(!text.contains(unwanted), "`{unwanted}` in:\n{text}");
}

fn id(step: &str) -> StepId {
    StepId::new(step)
}

fn started(step: &str) -> Body {
    let step = id(step);
    Body::StepStarted { step, attempt: 1 }
}

fn ended(step: &str, how: Done, took_ms: u64) -> Body {
    Body::StepDone {
        step: id(step),
        how,
        detail: "fine".into(),
        rows: 0,
        took_ms,
    }
}

fn failed(step: &str) -> Body {
    Body::StepFailed {
        step: id(step),
        error: "no room".into(),
        hint: None,
        took_ms: 5,
        no_effect: false,
    }
}

fn skipped(step: &str) -> Body {
    Body::StepSkipped {
        step: id(step),
        reason: "not here".into(),
        by: who(),
    }
}

fn undone(step: &str) -> [Body; 2] {
    let step = id(step);
    let begun = Body::UndoStarted { step: step.clone() };
    let (how, detail) = (Undone::Ran, "back".to_owned());
    [begun, Body::UndoDone { step, how, detail }]
}

fn meta() -> FileMeta {
    serde_json::from_value(json!({"mode": 420, "uid": 0, "gid": 0, "mtime_ns": 0, "xattrs": {}}))
        .expect("meta")
}

fn staged(step: &str, new: &[u8]) -> Body {
    Body::Staged(Staged {
        step: id(step),
        old: None,
        new: Digest::of(new),
        meta: meta(),
    })
}

fn saved() -> Vec<(u64, Body)> {
    let file = |path: &str, bytes: u64, at: Option<u64>| Saved::File {
        path: path.try_into().expect("a path below the root"),
        digest: Digest::of(b"old"),
        bytes,
        meta: meta(),
        at,
    };
    let archive = Saved::Archive {
        file: "files.tar".into(),
        digest: Digest::of(b"tar"),
        bytes: 2048,
    };
    let absent = Saved::Absent {
        path: "new.conf".try_into().expect("a path below the root"),
    };
    let all = [
        file("a", 100, Some(0)),
        archive,
        file(".env", 1024, None),
        absent,
    ];
    let mut bodies: Vec<Body> = all.map(|what| Body::Saved { what }).into();
    bodies.push(Body::BackupVerified(Verified {
        manifest: Digest::of(b"manifest"),
        files: 4,
        bytes: 3072,
    }));
    bodies.push(staged("edit", b"new"));
    bodies.push(staged("back", b"kept off"));
    bodies.push(Body::PhaseEntered {
        phase: Phase::Apply,
    });
    bodies.into_iter().map(|body| (1, body)).collect()
}

/// Everything is done; the third of the steps failed first, and the last one is for a person.
fn done() -> Vec<(u64, Body)> {
    let mut all = saved();
    all.extend([
        (1_000, started("stop")),
        (1_990, ended("stop", Done::Ran, 900)),
        (2_000, started("edit")),
        (2_100, ended("edit", Done::Ran, 3)),
        (3_000, started("again")),
        (3_100, failed("again")),
        (3_200, skipped("again")),
        (4_000, started("ask")),
        (64_000, ended("ask", Done::ByHand, 0)),
        (
            65_990,
            Body::PhaseEntered {
                phase: Phase::Verify,
            },
        ),
        (102_000, Body::Finished { end: RunEnd::Done }),
    ]);
    all
}

fn back(by: &[(u64, Body)]) -> Vec<(u64, Body)> {
    let begun = Body::RollbackStarted {
        by: who(),
        reason: "too slow".into(),
        over_later_edits: false,
    };
    let mut all = done();
    all.push((200_000, begun));
    let mut at_ms = 200_000;
    for step in ["ask", "again", "edit", "stop"] {
        for body in undone(step) {
            at_ms += 2_000;
            all.push((at_ms, body));
        }
    }
    all.extend_from_slice(by);
    all
}

#[test]
fn a_run_lasts_until_it_ends_and_not_until_somebody_looks_at_it() {
    let mut run = done();
    has(
        &report(&run),
        "- ended 1970-01-01 00:01:42 UTC, after 1 min 42 s",
    );
    run.push((9_000_000, Body::Resumed { by: who() }));
    has(
        &report(&run),
        "- ended 1970-01-01 00:01:42 UTC, after 1 min 42 s",
    );
}

#[test]
fn whoever_held_the_run_is_told_with_the_time() {
    let (bob, eve) = (named("bob"), named("eve"));
    let taken = |by: &Who, uid, from| Body::ControlTaken {
        by: by.clone(),
        uid,
        from,
    };
    let run = [
        (1_000, taken(&bob, 1001, Some(who()))),
        (2_000, Body::Resumed { by: who() }),
        (3_000, taken(&eve, 1002, None)),
    ];
    has(
        &report(&run),
        "- started 1970-01-01 00:00:00 UTC by ada\n- taken over 1970-01-01 00:00:01 UTC by bob (uid \
         1001), from ada\n- taken over 1970-01-01 00:00:02 UTC by ada; nobody held it\n- taken over \
         1970-01-01 00:00:03 UTC by eve (uid 1002); nobody held it\n- last record",
    );
}

#[test]
fn a_step_takes_as_long_as_it_took_a_person_and_nothing_is_said_of_no_time() {
    let mut run = saved();
    run.push((2_000, started("stop")));
    run.push((2_000, ended("stop", Done::Ran, 0)));
    lacks(&report(&run), "0 ms");
    has(&report(&done()), "- done: Look at it: fine, 1 min 0 s\n");
}

#[test]
fn what_failed_and_what_was_skipped_is_told_also_after_it_was_undone() {
    let told = report(&back(&[]));
    has(&told, "it had failed at 1970-01-01 00:00:03 UTC: no room");
    has(&told, "it had been skipped by ada: not here");
    let told = report(&done());
    has(
        &told,
        "- skipped: Stop the service (hop to 3.0.0) by ada: not here",
    );
    has(&told, "it had failed at 1970-01-01 00:00:03 UTC: no room");
    lacks(&told, "it had been skipped");
}

#[test]
fn a_remedy_is_told_of_its_step_also_if_it_failed_or_nobody_saw_its_end() {
    let of = || RemedyOf::Step {
        step: id("again"),
        hint: 0,
    };
    let begins = Body::RemedyStarted {
        of: of(),
        by: who(),
    };
    let ends = |end| Body::RemedyEnded { of: of(), end };
    let failed_so = RemedyEnd::Failed {
        error: "no such file".into(),
    };
    let well = RemedyEnd::Done {
        detail: "made room".into(),
    };
    let mut run = saved();
    run.extend([
        (3_000, started("again")),
        (3_100, failed("again")),
        (4_000, begins.clone()),
        (4_100, ends(failed_so)),
        (5_000, begins.clone()),
        (6_000, begins),
        (6_100, ends(well)),
    ]);
    let told = report(&run);
    let asked = "  - its remedy, asked for by ada at 1970-01-01 00:00:0";
    has(&told, &format!("{asked}4 UTC: it failed: no such file\n"));
    has(&told, &format!("{asked}5 UTC: nobody saw it end\n"));
    has(&told, &format!("{asked}6 UTC: made room\n"));
}

#[test]
fn every_step_that_was_undone_before_the_run_went_on_is_named() {
    let to = || id("edit");
    let begun = Body::StepBackStarted {
        to: to(),
        by: who(),
        reason: "wrong key".into(),
    };
    let mut run = done();
    run.pop();
    run.push((
        70_000,
        Body::PhaseEntered {
            phase: Phase::Apply,
        },
    ));
    run.push((70_000, begun));
    let kept = Body::UndoSkipped {
        step: id("again"),
        reason: "it is gone".into(),
        by: who(),
    };
    let [ask, edit] = ["ask", "edit"].map(undone);
    let undos = ask.into_iter().chain([kept]).chain(edit);
    run.extend(undos.map(|body| (71_000, body)));
    has(
        &report(&run),
        "- undoing down to `Edit .env` was started by ada: wrong key\n",
    );
    run.push((72_000, Body::SteppedBack { to: to() }));
    lacks(&report(&run), "restore of");
    has(
        &report(&run),
        "- undone by ada, before the run went on: `Look at it`, `Edit .env`; why: wrong key\n",
    );
}

#[test]
fn an_undo_is_told_with_its_own_time_and_a_repeated_title_with_its_hop() {
    let told = report(&back(&[]));
    has(
        &told,
        "- undone: Stop the service (hop to 2.0.0): back, 2 s\n",
    );
    has(&told, "- undone: Edit .env: back, 2 s\n");
    let nothing = Body::UndoDone {
        step: id("ask"),
        how: Undone::NothingToDo,
        detail: "changed nothing".into(),
    };
    let mut run = back(&[]);
    let place = run.iter().position(|(_, body)| *body == undone("ask")[1]);
    run[place.expect("it was undone")].1 = nothing;
    has(&report(&run), "- undone: Look at it: changed nothing\n");
}

#[test]
fn how_often_a_step_was_begun_is_not_told_of_its_undo() {
    let twice = |mut run: Vec<(u64, Body)>| {
        let at = run.iter().position(|(_, body)| *body == skipped("again"));
        let (step, attempt) = (id("again"), 2);
        run[at.expect("it was skipped")].1 = Body::StepStarted { step, attempt };
        let place = at.expect("it was skipped") + 1;
        run.insert(place, (3_900, ended("again", Done::Ran, 600)));
        report(&run)
    };
    has(&twice(done()), ", 2 tries\n");
    let told = twice(back(&[]));
    has(&told, ": back, 2 s, the step itself had 2 tries\n");
}

#[test]
fn what_the_way_back_itself_changed_is_not_called_equal_to_the_backup() {
    let proved = [
        (
            300_000,
            Body::BytesProved {
                files: 1,
                others: None,
            },
        ),
        (
            300_000,
            Body::Finished {
                end: RunEnd::RolledBack,
            },
        ),
    ];
    has(
        &report(&back(&proved)),
        "Rolled back. The one file that the run edits was compared with the backup, and is equal.",
    );
    let again = [
        (300_000, started("back")),
        (300_000, ended("back", Done::Ran, 3)),
    ];
    let told = report(&back(&[&again[..], &proved[..]].concat()));
    has(
        &told,
        "Rolled back: 1 file that the run edits put back. The last steps of the rollback then \
         changed `.env` (Read old keys again)",
    );
    lacks(&told, "is equal");
    has(&told, "## Verify, before the rollback");
    lacks(&told, "To know after");
    has(&told, "this run has rolled back. What it undid");
    has(
        &told,
        "- done, during the rollback: Read old keys again: fine, 3 ms",
    );
    has(&told, "- Stop, restore the database from the dump.");
    let last = |run: &[(u64, Body)]| last_words(&fold(run));
    assert_eq!(
        last(&back(&proved)),
        "rolled back; every file it edited is as it was"
    );
    let changed = last(&back(&[&again[..], &proved[..]].concat()));
    has(
        &changed,
        "every file it edited is as it was but .env, which the last steps",
    );
}

#[test]
fn the_copies_of_a_backup_add_up_to_what_is_told_of_them() {
    let told = report(&done());
    has(
        &told,
        "4 items, 3.0 KiB on disk, read back and compared (1 file in the archive and 1 file that was \
         not there among them); manifest",
    );
    has(&told, "- `files.tar`: 1 file, 2.0 KiB");
    has(&told, "- `.env`, 1.0 KiB");
    has(&told, "- `new.conf` was not there");
}

#[test]
fn what_is_doubtful_about_a_saved_database_is_told() {
    let database = serde_json::from_value(json!({"database": {
        "name": "main", "of": "PostgreSQL 15.8, h:5432/app", "file": "main.dump", "bytes": 7,
        "digest": Digest::of(b""), "counts": {}, "written": {}, "proof": "restored",
        "doubt": "its subscriptions are not backed up",
    }}));
    let what: Saved = database.expect("a saved database");
    let mut run = saved();
    run.insert(0, (1, Body::Saved { what }));
    has(
        &report(&run),
        "restored into a scratch database and counted; **its subscriptions are not backed up**",
    );
}

#[test]
fn what_was_skipped_or_pulled_stands_at_the_head() {
    let mut run = done();
    let emergency = plan().steps.remove(0);
    let step = id("stop-all");
    let end = run.len() - 1;
    let pulled = Body::EmergencyPulled {
        step: step.clone(),
        by: who(),
    };
    run.insert(end, (70_000, pulled));
    run.insert(end + 1, (71_000, failed("stop-all")));
    let mut plan = plan();
    plan.emergency = vec![PlannedStep {
        id: step,
        title: "Stop all".into(),
        undo: Undo::Stays,
        ..emergency
    }];
    let told = markdown(&fold_of(plan.clone(), &run), Path::new("/runs/run"), None);
    let head = told.split("## ").next().expect("a head");
    has(
        head,
        "**1 step was skipped:** `Stop the service` (not here).",
    );
    has(
        head,
        "**An emergency step was pulled:** `Stop all`: **failed**: no room.",
    );
    has(&told, "## Emergency steps");
    // Now it is done instead, and then a remedy is carried out.
    run[end + 1] = (71_000, ended("stop-all", Done::Ran, 3));
    let told =
        |run: &[(u64, Body)]| markdown(&fold_of(plan.clone(), run), Path::new("/runs/run"), None);
    has(&told(&run), "`Stop all`: **still pulled** (fine).");
    let other = Body::RemedyStarted {
        of: RemedyOf::Check(CheckId::new("runs")),
        by: who(),
    };
    run.insert(end + 2, (72_000, other));
    let later = told(&run);
    has(
        &later,
        "**not taken back** (fine); steps have run since, so check whether it is still in effect",
    );
    lacks(&later, "still pulled");
    // What leaves nothing is over.
    plan.emergency[0].undo = Undo::Harmless;
    let over = markdown(&fold_of(plan, &run), Path::new("/runs/run"), None);
    has(&over, "nothing of it has to be taken back");
    lacks(&over, "not taken back** (fine)");
}

#[test]
fn what_was_done_before_the_run_is_not_told_as_its_work() {
    let mut run = done();
    let at = run
        .iter()
        .position(|(_, body)| *body == ended("stop", Done::Ran, 900));
    run[at.expect("it was done")].1 = ended("stop", Done::AlreadyDone, 0);
    has(
        &report(&run),
        "- was already done: Stop the service (hop to 2.0.0): fine\n",
    );
}
