//! A run on the real machine.

use super::sample;
use std::{
    path::{Path, PathBuf},
    sync::mpsc,
};
use switchback::{
    engine::{link::handle::Event, worker::Worker},
    world::World,
};

/// The program, which keeps commands alive when their worker ends.
pub fn exe() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_switchback"))
}

/// A run of the sample with this addition to its pack and this hop, which was asked for nothing
/// yet.
pub fn begun(
    root: PathBuf,
    state: PathBuf,
    more: &str,
    hop: &str,
) -> (Worker, mpsc::Receiver<Event>) {
    let pack = sample::source(more, hop);
    sample::begun(sample::session(World::real(exe()), root, state, pack))
}
