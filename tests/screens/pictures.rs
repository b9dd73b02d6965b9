//! Snapshots: what an operator sees. Reviewed by eye; a change here is a change for people.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
};
use crossterm::event::KeyCode;
use switchback::{
    engine::handle::{Event, Progress},
    tui::backend::{ReviewView, StartView},
};

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (120, 40)];

fn pictures(name: &str, make: impl Fn((u16, u16)) -> Driven) {
    insta::with_settings!({ snapshot_path => "pictures", prepend_module_to_snapshot => false, omit_expression => true }, {
        for (columns, rows) in SIZES {
            let driven = make((columns, rows));
            insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), driven.screen());
        }
    });
}

fn on(name: &str, write: impl Fn(&mut Recorder) -> &mut Recorder, then: impl Fn(&mut Driven)) {
    pictures(name, |size| {
        let mut recorder = Recorder::new(product::plan());
        let state = write(&mut recorder).state();
        let mut driven = Driven::on(state, size);
        then(&mut driven);
        driven
    });
}

/// On a run whose pack has emergency steps.
fn with_switches(
    name: &str,
    write: impl Fn(&mut Recorder) -> &mut Recorder,
    then: impl Fn(&mut Driven),
) {
    pictures(name, |size| {
        let mut recorder = Recorder::new(product::plan_with_switches());
        let mut driven = Driven::on(write(&mut recorder).state(), size);
        then(&mut driven);
        driven
    });
}

fn walk(name: &str, then: impl Fn(&mut Driven)) {
    pictures(name, |size| {
        let mut driven = Driven::new(FakeBackend::default(), size);
        then(&mut driven);
        driven
    });
}

fn nothing(_: &mut Driven) {}

#[test]
fn start() {
    walk("start", nothing);
    pictures("start-reading", |size| {
        let mut driven = Driven::new(FakeBackend::default(), size);
        driven.app.ui.start = None;
        driven.app.ui.busy = Some("reading what is here");
        driven
    });
    pictures("start-unfinished-run", |size| {
        let mut backend = FakeBackend::default();
        backend.start.runs.insert(0, product::unfinished_run());
        Driven::new(backend, size)
    });
    pictures("start-nothing-here", |size| {
        let start = StartView {
            host: product::HOST.into(),
            root: "/home/mara".into(),
            open: Some("no pack knows what is in this folder".into()),
            ..StartView::default()
        };
        Driven::new(
            FakeBackend {
                start,
                ..FakeBackend::default()
            },
            size,
        )
    });
    pictures("start-installed-how", |size| {
        let mut backend = FakeBackend::default();
        backend.start.variants[0].chosen = None;
        backend.start.variants[0].options[1].why = "the folder .git is there".into();
        backend.start.open =
            Some("it is not clear how the product is installed (install): choose it below".into());
        Driven::new(backend, size)
    });
    pictures("start-disagreement", |size| {
        let mut backend = FakeBackend::default();
        backend.start.from = None;
        backend.start.open = Some("the probes give two releases: which one runs?".into());
        backend.start.sightings[1].answer = Ok(product::release("0.4.2"));
        Driven::new(backend, size)
    });
}

#[test]
fn review() {
    walk("review", |driven| {
        driven.keys("\n");
    });
    walk("review-first-finding", |driven| {
        driven.keys("\njj");
    });
    walk("review-detail", |driven| {
        driven.keys("\njj").key(KeyCode::Right);
    });
    walk("review-filter", |driven| {
        driven.keys("\n/jwt");
    });
    walk("review-diff", |driven| {
        driven.keys("\nd");
    });
    walk("conflict", |driven| {
        driven.keys("\n\n");
    });
    pictures("review-empty", |size| {
        let review = ReviewView::default();
        let mut driven = Driven::new(
            FakeBackend {
                review,
                ..FakeBackend::default()
            },
            size,
        );
        driven.keys("\n");
        driven
    });
}

fn at_inputs(driven: &mut Driven) -> &mut Driven {
    // The conflict is decided first: keep mine.
    driven.keys("\n\n\n\n")
}

#[test]
fn inputs() {
    walk("inputs", |driven| {
        at_inputs(driven);
    });
    walk("inputs-typing", |driven| {
        at_inputs(driven).keys("ehunter2");
    });
    walk("inputs-generated", |driven| {
        at_inputs(driven).keys("g");
    });
}

#[test]
fn checklist() {
    on("checklist-blocked", |r| r.checklist_blocked(), nothing);
    on(
        "checklist-waive",
        |r| r.checklist_blocked(),
        |driven| {
            driven.keys("w");
        },
    );
    on("checklist-passed", |r| r.checklist_passed(), nothing);
}

#[test]
fn backup() {
    on(
        "backup-running",
        |r| r.backing_up(),
        |driven| {
            driven.app.ui.live.idle = false;
            driven.run(Event::Progress(Progress {
                doing: "database ai_workflow".into(),
                done: 50 << 20,
                total: 124 << 20,
                unit: "bytes".into(),
                per_second: None,
            }));
        },
    );
    on(
        "backup-verified",
        |r| r.backed_up(),
        |driven| {
            driven.keys("[");
        },
    );
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

#[test]
fn apply() {
    on("apply-ready", |r| r.backed_up(), nothing);
    on(
        "apply-running",
        |r| r.migrating(),
        |driven| {
            driven.app.ui.live.idle = false;
            print(
                driven,
                &["Running migration 2024-01-15-000001_add_tenant_tables"],
            );
            driven.app.ui.live.now_ms += 4_000;
        },
    );
    on(
        "apply-failed",
        |r| r.failed(),
        |driven| print(driven, &MIGRATION),
    );
    on(
        "apply-output",
        |r| r.failed(),
        |driven| {
            print(driven, &MIGRATION);
            driven.keys("o");
        },
    );
    on(
        "apply-skip",
        |r| r.failed(),
        |driven| {
            driven.keys("knot needed");
        },
    );
    on("apply-unknown", |r| r.unknown(), nothing);
    on(
        "apply-unknown-judged",
        |r| r.unknown(),
        |driven| {
            driven.keys("y");
        },
    );
    on("apply-no-return", |r| r.before_no_return(), nothing);
    on(
        "apply-no-return-typed",
        |r| r.before_no_return(),
        |driven| {
            driven.keys("\nno return web");
        },
    );
    on("apply-by-hand", |r| r.asking(), nothing);
    on(
        "apply-leave",
        |r| r.failed(),
        |driven| {
            driven.keys("q");
        },
    );
}

#[test]
fn attended() {
    on(
        "leave-at-work",
        |r| r.migrating(),
        |driven| {
            driven.app.ui.live.idle = false;
            driven.keys("q");
        },
    );
    on(
        "watching",
        |r| r.migrating(),
        |driven| {
            let mut control = super::fake::ours();
            control.yours = false;
            control.holder = Some(product::who());
            driven.run(Event::Control(control));
            driven.keys("j");
        },
    );
}

#[test]
fn verify_and_report() {
    on("verify-waiting", |r| r.verify_waits(), nothing);
    on(
        "report",
        |r| r.ended(),
        |driven| {
            driven.app.ui.report = Some(product::REPORT.into());
        },
    );
}

#[test]
fn rollback() {
    on(
        "rollback-preview",
        |r| r.failed(),
        |driven| {
            driven.keys("b");
        },
    );
    on(
        "rollback-typed",
        |r| r.failed(),
        |driven| {
            driven.keys("b\nroll back w");
        },
    );
    on(
        "rollback-of-what-is-done",
        |r| r.ended(),
        |driven| {
            driven.keys("b");
        },
    );
    on("rollback-running", |r| r.going_back(), nothing);
    on("rollback-stuck", |r| r.stuck(), nothing);
}

#[test]
fn emergency() {
    with_switches(
        "emergency-list",
        |r| r.failed(),
        |driven| {
            driven.keys("Ej");
        },
    );
    with_switches(
        "emergency-typed",
        |r| r.failed(),
        |driven| {
            driven.keys("E\npull web");
        },
    );
    with_switches(
        "emergency-queued",
        |r| r.migrating(),
        |driven| {
            driven.app.ui.live.idle = false;
            driven.keys("E\npull web-03\n");
        },
    );
    with_switches("emergency-pulled", |r| r.pulled(), nothing);
    with_switches(
        "emergency-pulled-list",
        |r| r.pulled(),
        |driven| {
            driven.keys("E");
        },
    );
}

#[test]
fn help_and_runs() {
    on(
        "help",
        |r| r.failed(),
        |driven| {
            driven.keys("?");
        },
    );
    walk("runs", |driven| {
        driven.keys("h");
    });
}
