//! Turns signals into messages, so that the terminal is given back before the program ends or
//! stops, and taken again when it continues.

use crate::world::RealProcesses;
use rustix::{
    process,
    termios::{OptionalActions, Termios, tcgetattr, tcsetattr},
};
use std::{
    convert::Infallible,
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

/// A program that a signal ends exits, as the shell sees it, with this plus the signal's number.
const SIGNAL_EXIT: i32 = 128;

/// How long a terminal that accepts no output may delay an end that was asked for.
const STALLED: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// The program is to end; the number of the signal.
    End(i32),
    /// The program is to stop until it is continued.
    Suspend,
    Continued,
}

/// While this is held, its holder is responsible for giving the terminal back.
pub type Holds = Sender<Infallible>;

/// Ends the program when the terminal accepts no output, and whoever should give it back is blocked
/// in a write.
struct LastResort {
    before: Option<Termios>,
    held: Receiver<Infallible>,
}

impl LastResort {
    /// To be made before the terminal is changed.
    fn new() -> (Holds, Self) {
        let (holds, held) = mpsc::channel();
        let before = tcgetattr(io::stdin()).ok();
        (holds, Self { before, held })
    }

    /// Ends the program unless the terminal is given back in time; what was drawn stays on it.
    fn ends_by(self, number: i32) {
        if let Err(RecvTimeoutError::Timeout) = self.held.recv_timeout(STALLED) {
            if let Some(before) = self.before {
                let _gone = tcsetattr(io::stdin(), OptionalActions::Now, &before);
            }
            std::process::exit(SIGNAL_EXIT + number);
        }
    }
}

/// Calls `tell` with each signal. If `tell` returns false, nobody listens any more, and a signal
/// that asks the program to end does so as it would have without us. It also does so if the
/// returned [`Holds`] is not dropped in time. Call this before the terminal is changed.
pub fn watch(tell: impl Fn(Signal) -> bool + Send + 'static) -> io::Result<Holds> {
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
    let (holds, last_resort) = LastResort::new();
    let mut last_resort = Some(last_resort);
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
                // A terminal that goes away sends a hangup and a continue at once: the hangup comes
                // first.
                let came = tokio::select! {
                    biased;
                    _ = terminate.1.recv() => terminate.0,
                    _ = hangup.1.recv() => hangup.0,
                    _ = interrupt.1.recv() => interrupt.0,
                    _ = suspend.1.recv() => suspend.0,
                    _ = continued.1.recv() => continued.0,
                };
                // Not for SIGINT, which may be a key here. A driver that is blocked in a write does
                // not hear `tell`.
                if let Signal::End(number) = came
                    && number != SignalKind::interrupt().as_raw_value()
                    && let Some(last_resort) = last_resort.take()
                {
                    thread::spawn(move || last_resort.ends_by(number));
                }
                if let (false, Signal::End(number)) = (tell(came), came) {
                    std::process::exit(SIGNAL_EXIT + number);
                }
            }
        });
    });
    Ok(holds)
}

/// Stops the whole program, as a shell expects when it is suspended; returns when it is continued.
/// SIGTSTP is caught here, so SIGSTOP, which cannot be, takes its place.
///
/// # Errors
///
/// No shell is there to continue it, as in `ssh HOST switchback`: the kernel would not let SIGTSTP
/// stop it either.
pub fn stop() -> io::Result<()> {
    if !RealProcesses::is_job() {
        return Err(io::Error::other("no shell is there to continue it from"));
    }
    process::kill_process(process::getpid(), process::Signal::STOP)?;
    Ok(())
}
