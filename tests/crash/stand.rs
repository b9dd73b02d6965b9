//! A product with one hop in a world in memory, whose commands each test simulates, and a run on
//! it.

use super::sample;
use std::sync::mpsc;
use switchback::{
    engine::{
        link::handle::{Ask, Event},
        worker::Worker,
    },
    world::fake::FakeWorld,
};

pub const ROOT: &str = "/srv/product";
pub const STATE: &str = "/state";

const HEAD: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
";

/// The old release, with nothing set.
pub fn product() -> FakeWorld {
    let fake = FakeWorld::new();
    fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
    fake.files.put(format!("{ROOT}/.env"), "");
    fake
}

/// A run that was asked for nothing yet. `more` is part of the pack, `hop` its only hop.
pub fn begun(fake: &FakeWorld, more: &str, hop: &str) -> (Worker, mpsc::Receiver<Event>) {
    let pack = sample::source(more, &format!("{HEAD}{hop}"));
    let session = sample::session(fake.world(), ROOT.into(), STATE.into(), pack);
    sample::begun(session)
}

/// Sends asks one after the other; none is refused.
pub fn meet(worker: &mut Worker, asks: impl IntoIterator<Item = Ask>) {
    for ask in asks {
        let met = worker.meet(ask).expect("the worker goes on");
        met.expect("not refused");
    }
}
