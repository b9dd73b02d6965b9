//! Ctrl-C without a screen: the running command is stopped the way its rule says, the step is
//! recorded as failed, and the run waits to be resumed. A second Ctrl-C ends this program at once.
//! A dropped connection is nobody's decision: the run goes on without this program.

use crate::engine::link::handle::{Ask, RunHandle};
use std::{io, thread};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

/// A program that a signal ends exits, as the shell sees it, with this plus the signal's number.
const SIGNAL_EXIT: i32 = 128;

/// Nobody has looked at the run's state: it is meant for whatever command runs.
const WHATEVER_RUNS: u64 = u64::MAX;

pub fn watch(handle: RunHandle) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    thread::Builder::new().spawn(move || {
        runtime.block_on(async {
            let mut asked = false;
            loop {
                let kind = tokio::select! {
                    _ = interrupt.recv() => SignalKind::interrupt(),
                    _ = terminate.recv() => SignalKind::terminate(),
                };
                if asked {
                    std::process::exit(SIGNAL_EXIT + kind.as_raw_value());
                }
                asked = true;
                handle.ask(Ask::Pause, WHATEVER_RUNS);
                handle.ask(Ask::Interrupt, WHATEVER_RUNS);
            }
        });
    })?;
    Ok(())
}
