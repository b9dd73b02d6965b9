//! Beside the road: who holds the run, emergencies, help, past runs.

use super::{State, nothing, on, walk, with_switches};
use crate::{driven::Driven, product};
use switchback::{
    engine::link::handle::{Control, Event},
    tui::live::Worker,
};

fn held_by_another(driven: &mut Driven) {
    driven.run(Event::Control(Control::Theirs(product::who())));
    driven.run(Event::Busy);
}

pub fn attended() -> Vec<State> {
    vec![
        on(
            "leave-at-work",
            |r| r.migrating(),
            |driven| {
                driven.app.ui.live.worker = Worker::Works;
                driven.keys("q");
            },
        ),
        walk("leave-nothing-begun", |driven| {
            driven.keys("q");
        }),
        on(
            "worker-gone",
            |r| r.migrating(),
            |driven| {
                driven.app.ui.live.worker = Worker::Works;
                driven.run(Event::Gone(None));
            },
        ),
        on(
            "worker-gone-at-a-gate",
            |r| r.asking(),
            |driven| driven.run(Event::Gone(None)),
        ),
        on(
            "watching-and-taking-over",
            |r| r.migrating(),
            |driven| {
                held_by_another(driven);
                driven.keys("t");
            },
        ),
        on(
            "watching",
            |r| r.migrating(),
            |driven| {
                held_by_another(driven);
                driven.keys("j");
            },
        ),
    ]
}

pub fn emergency() -> Vec<State> {
    vec![
        with_switches(
            "emergency-list",
            |r| r.failed(),
            |driven| {
                driven.keys("Ej");
            },
        ),
        with_switches(
            "emergency-typed",
            |r| r.failed(),
            |driven| {
                driven.keys("E\npull web");
            },
        ),
        with_switches(
            "emergency-queued",
            |r| r.migrating(),
            |driven| {
                driven.app.ui.live.worker = Worker::Works;
                driven.keys("E\npull web-03\n");
            },
        ),
        with_switches("emergency-pulled", |r| r.pulled(), nothing),
        with_switches(
            "emergency-pulled-list",
            |r| r.pulled(),
            |driven| {
                driven.keys("E");
            },
        ),
    ]
}

pub fn help_and_runs() -> Vec<State> {
    vec![
        on(
            "help",
            |r| r.failed(),
            |driven| {
                driven.keys("?");
            },
        ),
        walk("help-before-a-run", |driven| {
            driven.keys("?");
        }),
        walk("runs", |driven| {
            driven.keys("h");
        }),
    ]
}
