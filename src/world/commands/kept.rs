//! Commands that outlive the worker: started under a shim and observed only through their papers.
//! So a later worker sees exactly what the one that started them would have seen.

use super::{
    papers::{Begun, Papers, Seen, Tail},
    shim::{self, Order},
};
use crate::world::{
    Cancel, Command, CommandError, Ended, Keep, Kept, ProcessError, Processes as _, RealProcesses,
    Signal, Stream, detached,
};
use std::{
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// The hidden command of a shim's process.
pub const SHIM: &str = "shim";
/// Pauses between two looks: short at first, so that a short command is not delayed, then longer.
const LOOK_FIRST: Duration = Duration::from_millis(1);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How many looks may fail in a row, about five seconds, before the command counts as lost.
const UNSEEN_MAX: u32 = 250;
const NOWHERE: &str = "/dev/null";

pub fn run(
    exe: &Path,
    command: &Command,
    keep: &Keep<'_>,
    cancel: &Cancel,
    line: &mut dyn FnMut(Stream, &str),
) -> Result<Ended, CommandError> {
    let name = command.argv.first().cloned().unwrap_or_default();
    let papers = Papers::at(keep.stem);
    let not_started = |error: io::Error| CommandError::Start(name.clone(), error);
    let no_paper = |error| not_started(io::Error::other(error));
    let marker = papers.hold().map_err(no_paper)?;
    papers.reserve().map_err(no_paper)?;
    let (order, pipe) = io::pipe().map_err(not_started)?;
    let args = vec![SHIM.into()];
    let shim = detached::start(exe, args, order.into(), marker.into(), Path::new(NOWHERE));
    detached::reap(shim.map_err(not_started)?);
    shim::tell(pipe, &Order::new(command, keep));
    match follow(&papers, cancel, line) {
        Kept::Ended { end, .. } => end,
        Kept::NeverBegun => Err(not_started(io::Error::other("its shim ended before it"))),
        Kept::Lost => Err(CommandError::Lost(
            name,
            io::Error::other("its shim was ended from outside, or its papers cannot be read"),
        )),
    }
}

/// What became of a command; waits for it while its shim lives. A shim that is stopped from outside
/// keeps no time limit and hears no wish to end, so it is let go on when it is late or asked to end:
/// it alone, by number and start, and never its command.
pub fn follow(papers: &Papers, cancel: &Cancel, line: &mut dyn FnMut(Stream, &str)) -> Kept {
    let mut tail: Tail = papers.tail();
    let mut pause = LOOK_FIRST;
    let mut told = false;
    let mut unseen = 0;
    let since = Instant::now();
    loop {
        let seen = papers.look();
        tail.read(line);
        match seen {
            Ok(Seen {
                exit: Some(exit),
                begun,
                ..
            }) => {
                return Kept::Ended {
                    end: exit.into(),
                    note: begun.map(|begun| begun.note).unwrap_or_default(),
                };
            }
            Ok(Seen {
                alive: false,
                begun,
                ..
            }) => {
                return match begun {
                    None => Kept::NeverBegun,
                    Some(_) => Kept::Lost,
                };
            }
            Ok(Seen {
                begun: Some(begun), ..
            }) if cancel.pulled() && !told => {
                // The shim ends the command the way the rule says, and records the end.
                told = signal(papers, &begun, Signal::Term).is_ok();
            }
            Ok(Seen {
                begun: Some(begun), ..
            }) if begun.is_late(since.elapsed()) => {
                unseen = 0;
                // One that is not stopped has its reasons, and hears nothing.
                let _gone = signal(papers, &begun, Signal::Continue);
            }
            Ok(_) => unseen = 0,
            Err(_it_may_pass) if unseen < UNSEEN_MAX => unseen += 1,
            Err(_) => return Kept::Lost,
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOK_EVERY);
    }
}

/// Signals the shim. Nobody may look into it, so `/proc` may not show it to its own user either
/// (`hidepid`): then its lock says whether it is still there.
fn signal(papers: &Papers, begun: &Begun, signal: Signal) -> Result<bool, ProcessError> {
    let shim = begun.process();
    RealProcesses::signal_if(shim.pid, signal, || match RealProcesses.look(shim.pid) {
        Err(ProcessError::Denied { .. }) => Ok(papers.alive().unwrap_or(false)),
        seen => Ok(seen?.is_some_and(|now| now.is(&shim))),
    })
}
