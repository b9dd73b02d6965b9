//! Runs a long command with something to look at meanwhile, such as the file that it writes. The
//! caller gets the command's lines and its turns to look one at a time, so neither needs a lock.

use crate::world::{Cancel, Command, CommandError, Ended, Stream, World};
use std::{sync::mpsc, thread, time::Duration};

/// The interval between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What the caller is told while the command runs.
pub enum Meanwhile<'l> {
    Line(Stream, &'l str),
    /// Time to look.
    Look,
}

pub fn run(
    world: &World,
    command: &Command,
    cancel: &Cancel,
    seen: &mut dyn FnMut(Meanwhile<'_>),
) -> Result<Ended, CommandError> {
    // Bounded: a command that prints faster than its lines are taken waits for them.
    let (sender, lines) = mpsc::sync_channel::<(Stream, String)>(1024);
    thread::scope(|scope| {
        let running = thread::Builder::new().spawn_scoped(scope, move || {
            world.commands.run(command, cancel, &mut |stream, line| {
                // Fails only if the caller has panicked and nobody listens any more.
                let _ = sender.send((stream, line.to_owned()));
            })
        });
        let running = running.map_err(|error| {
            let program = command.argv.first().cloned().unwrap_or_default();
            CommandError::Start(program, error)
        })?;
        loop {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok((stream, line)) => seen(Meanwhile::Line(stream, &line)),
                Err(mpsc::RecvTimeoutError::Timeout) => seen(Meanwhile::Look),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        running
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
