//! Signals that end the program become messages, so that the terminal is given back first.

use std::{io, thread};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

/// What the kernel adds to a signal's number when it says how a program ended.
const SIGNAL_EXIT: i32 = 128;

/// Calls `tell` with the number of each signal that asks the program to end. When `tell` says
/// that nobody listens any more, the signal ends the program as it would have without us.
pub fn watch(tell: impl Fn(i32) -> bool + Send + 'static) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let watched = {
        let _inside = runtime.enter();
        let on = |kind: SignalKind| signal(kind).map(|stream| (kind.as_raw_value(), stream));
        [
            on(SignalKind::terminate())?,
            on(SignalKind::hangup())?,
            on(SignalKind::interrupt())?,
        ]
    };
    thread::spawn(move || {
        let [mut terminate, mut hangup, mut interrupt] = watched;
        runtime.block_on(async {
            loop {
                let number = tokio::select! {
                    _ = terminate.1.recv() => terminate.0,
                    _ = hangup.1.recv() => hangup.0,
                    _ = interrupt.1.recv() => interrupt.0,
                };
                if !tell(number) {
                    std::process::exit(SIGNAL_EXIT + number);
                }
            }
        });
    });
    Ok(())
}
