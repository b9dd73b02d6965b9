//! Signals become messages, so that the terminal is given back before the program ends or stops,
//! and taken again when it goes on.

use crate::world::RealProcesses;
use rustix::process;
use std::{io, thread};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

/// What the kernel adds to a signal's number when it says how a program ended.
const SIGNAL_EXIT: i32 = 128;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// The program is to end, by the signal of this number.
    End(i32),
    /// The program is to stop until it is continued.
    Suspend,
    Continued,
}

/// Calls `tell` with each signal. When `tell` says that nobody listens any more, a signal that
/// asks the program to end does so as it would have without us.
pub fn watch(tell: impl Fn(Signal) -> bool + Send + 'static) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let watched = {
        let _inside = runtime.enter();
        let end = |kind: SignalKind| {
            signal(kind).map(|stream| (Signal::End(kind.as_raw_value()), stream))
        };
        let job = |number: process::Signal| signal(SignalKind::from_raw(number.as_raw()));
        [
            end(SignalKind::terminate())?,
            end(SignalKind::hangup())?,
            end(SignalKind::interrupt())?,
            (Signal::Suspend, job(process::Signal::TSTP)?),
            (Signal::Continued, job(process::Signal::CONT)?),
        ]
    };
    thread::spawn(move || {
        let [
            mut terminate,
            mut hangup,
            mut interrupt,
            mut suspend,
            mut continued,
        ] = watched;
        runtime.block_on(async {
            loop {
                // A terminal that goes tells us to end and to go on in one breath: the end comes first.
                let came = tokio::select! {
                    biased;
                    _ = terminate.1.recv() => terminate.0,
                    _ = hangup.1.recv() => hangup.0,
                    _ = interrupt.1.recv() => interrupt.0,
                    _ = suspend.1.recv() => suspend.0,
                    _ = continued.1.recv() => continued.0,
                };
                if let (false, Signal::End(number)) = (tell(came), came) {
                    std::process::exit(SIGNAL_EXIT + number);
                }
            }
        });
    });
    Ok(())
}

/// Stops the whole program, as a shell expects it of one that was suspended; comes back when it is
/// continued. SIGTSTP itself is caught here, so the signal that cannot be caught takes its place.
///
/// # Errors
///
/// Nobody is there who could continue it, as in `ssh HOST switchback`: the kernel would not let
/// SIGTSTP stop it either.
pub fn stop() -> io::Result<()> {
    if !RealProcesses::is_job() {
        return Err(io::Error::other("no shell is there to continue it from"));
    }
    process::kill_process(process::getpid(), process::Signal::STOP)?;
    Ok(())
}
