//! Every screen in its states: pictures are taken of them, and laws are checked on them.

#[path = "states/before.rs"]
mod before;
#[path = "states/beside.rs"]
mod beside;
#[path = "states/road.rs"]
mod road;

pub use before::{inputs, review, start};
pub use beside::{attended, emergency, help_and_runs};
pub use road::{MIGRATION, apply, backup, checklist, print, rollback, verify_and_report};

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
};

/// A screen that an operator may come to, on a terminal of any size.
pub struct State {
    pub name: &'static str,
    make: Box<dyn Fn((u16, u16)) -> Driven>,
}

impl State {
    pub fn at(&self, size: (u16, u16)) -> Driven {
        (self.make)(size)
    }
}

pub fn all() -> Vec<State> {
    let parts = [
        start(),
        review(),
        inputs(),
        checklist(),
        backup(),
        apply(),
        attended(),
        verify_and_report(),
        rollback(),
        emergency(),
        help_and_runs(),
    ];
    parts.into_iter().flatten().collect()
}

fn shown(name: &'static str, make: impl Fn((u16, u16)) -> Driven + 'static) -> State {
    let make = Box::new(make);
    State { name, make }
}

/// On a run with these records.
fn on(
    name: &'static str,
    write: fn(&mut Recorder) -> &mut Recorder,
    then: fn(&mut Driven),
) -> State {
    shown(name, move |size| {
        let mut recorder = Recorder::new(product::plan());
        let mut driven = Driven::on(write(&mut recorder).state(), size);
        then(&mut driven);
        driven
    })
}

/// On a run whose pack has emergency steps.
fn with_switches(
    name: &'static str,
    write: fn(&mut Recorder) -> &mut Recorder,
    then: fn(&mut Driven),
) -> State {
    shown(name, move |size| {
        let mut recorder = Recorder::new(product::plan_with_switches());
        let mut driven = Driven::on(write(&mut recorder).state(), size);
        then(&mut driven);
        driven
    })
}

/// From the start on.
fn walk(name: &'static str, then: fn(&mut Driven)) -> State {
    shown(name, move |size| {
        let mut driven = Driven::new(FakeBackend::default(), size);
        then(&mut driven);
        driven
    })
}

fn nothing(_: &mut Driven) {}
