//! The road of a run, there and back.

use super::{State, nothing, on};
use crate::{driven::Driven, product};
use switchback::{
    engine::{link::handle::Event, means::progress::Progress},
    tui::live::Worker,
};

pub fn checklist() -> Vec<State> {
    vec![
        on("checklist-fresh", |r| r, nothing),
        on("checklist-blocked", |r| r.checklist_blocked(), nothing),
        on(
            "checklist-waive",
            |r| r.checklist_blocked(),
            |driven| {
                driven.keys("w");
            },
        ),
        on("checklist-passed", |r| r.checklist_passed(), nothing),
    ]
}

pub fn backup() -> Vec<State> {
    vec![
        on(
            "backup-running",
            |r| r.backing_up(),
            |driven| {
                driven.app.ui.live.worker = Worker::Works;
                driven.run(Event::Progress(Progress {
                    doing: "database ai_workflow".into(),
                    done: 50 << 20,
                    total: 124 << 20,
                    unit: "bytes".into(),
                    per_second: None,
                }));
            },
        ),
        on(
            "backup-verified",
            |r| r.backed_up(),
            |driven| {
                driven.keys("[");
            },
        ),
    ]
}

pub fn print(driven: &mut Driven, lines: &[&str]) {
    for line in lines {
        driven.run(Event::Output {
            step: "1.0.0/migrate".into(),
            line: (*line).to_owned(),
        });
    }
}

pub const MIGRATION: [&str; 2] = [
    "Failed to run 2024-01-15-000001_add_tenant_tables with:",
    "  relation \"event_store\" does not exist",
];

pub fn apply() -> Vec<State> {
    vec![
        on("apply-ready", |r| r.backed_up(), nothing),
        on(
            "apply-begin",
            |r| r.backed_up(),
            |driven| {
                driven.keys("\n");
            },
        ),
        on(
            "apply-begin-one-step",
            |r| r.backed_up(),
            |driven| {
                driven.keys("s");
            },
        ),
        on(
            "apply-running",
            |r| r.migrating(),
            |driven| {
                driven.app.ui.live.worker = Worker::Works;
                print(
                    driven,
                    &["Running migration 2024-01-15-000001_add_tenant_tables"],
                );
                driven.app.ui.live.now_ms += 4_000;
            },
        ),
        on(
            "apply-failed",
            |r| r.failed(),
            |driven| print(driven, &MIGRATION),
        ),
        on(
            "apply-output",
            |r| r.failed(),
            |driven| {
                print(driven, &MIGRATION);
                driven.keys("o");
            },
        ),
        on(
            "apply-skip",
            |r| r.failed(),
            |driven| {
                driven.keys("Knot needed");
            },
        ),
        on(
            "apply-output-filter",
            |r| r.failed(),
            |driven| {
                print(driven, &MIGRATION);
                driven.keys("o/relation");
            },
        ),
        on(
            "apply-interrupt",
            |r| r.migrating(),
            |driven| {
                driven.app.ui.live.worker = Worker::Works;
                driven.keys("i");
            },
        ),
        on(
            "apply-undo-to-here",
            |r| r.before_no_return(),
            |driven| {
                driven.keys("ku");
            },
        ),
        on("apply-unknown", |r| r.unknown(), nothing),
        on(
            "apply-unknown-judged",
            |r| r.unknown(),
            |driven| {
                driven.keys("Y");
            },
        ),
        on("apply-no-return", |r| r.before_no_return(), nothing),
        on(
            "apply-no-return-typed",
            |r| r.before_no_return(),
            |driven| {
                driven.keys("\nno return web");
            },
        ),
        on("apply-by-hand", |r| r.asking(), nothing),
        on(
            "apply-by-hand-done",
            |r| r.asking(),
            |driven| {
                driven.keys("\n");
            },
        ),
        on(
            "apply-leave",
            |r| r.failed(),
            |driven| {
                driven.keys("q");
            },
        ),
    ]
}

pub fn verify_and_report() -> Vec<State> {
    vec![
        on("verify-passed", |r| r.verified(), nothing),
        on("verify-waiting", |r| r.verify_waits(), nothing),
        on(
            "report",
            |r| r.ended(),
            |driven| {
                driven.app.ui.views.report = Some(product::REPORT.into());
            },
        ),
    ]
}

pub fn rollback() -> Vec<State> {
    vec![
        on(
            "rollback-before-anything",
            |r| r.backed_up(),
            |driven| {
                driven.keys("b");
            },
        ),
        on(
            "rollback-preview",
            |r| r.failed(),
            |driven| {
                driven.keys("b");
            },
        ),
        on(
            "rollback-typed",
            |r| r.failed(),
            |driven| {
                driven.keys("b\nroll back w");
            },
        ),
        on(
            "rollback-of-what-is-done",
            |r| r.ended(),
            |driven| {
                driven.keys("b");
            },
        ),
        on("rollback-running", |r| r.going_back(), nothing),
        on(
            "rollback-broken-off",
            |r| r.undoing(),
            |driven| driven.run(Event::Gone(None)),
        ),
        on("rollback-done", |r| r.rolled_back(), nothing),
        on("rollback-stuck", |r| r.stuck(), nothing),
        on("rollback-stuck-after-it", |r| r.stuck_after(), nothing),
    ]
}
