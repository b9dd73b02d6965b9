//! Gives the worker of a run an errand and follows it, or only watches. The worker carries the errand
//! out by itself, even if this program ends.

use super::{
    args::Hold,
    end::{Code, End, Failure},
    follow::Follower,
    interrupt,
    print::Printer,
};
use crate::{
    engine::{
        errand::{Errand, Stop},
        link::{
            front::{Attached, Front, Opened},
            handle::{Ask, Control, Event, RunHandle},
        },
        logout,
        pursuit::Pursuit,
        runs::RunError,
        worker::Worker,
    },
    model::{ids::RunId, record::Body},
};

/// How many workers may end before they have heard of an errand; after that, no further one is
/// tried.
const UNHEARD_MAX: u32 = 5;

/// The outcome of an errand.
enum Sent {
    /// It stopped, and why.
    Stopped(Stop, String),
    /// The worker ended before it heard of the errand: the next one gets it. Records before
    /// `from_seq` were printed.
    Unheard { from_seq: u64 },
}

/// Gives an errand to the run's worker, or to the one that `take_up` starts, until the run has
/// ended or cannot go on by itself. Records before `from_seq` were printed by an earlier command.
pub fn send(
    front: &Front,
    run: &RunId,
    take_up: impl Fn() -> Result<Worker, RunError>,
    errand: (Errand, Hold),
    from_seq: u64,
    printer: &mut Printer<'_>,
) -> End {
    let (attached, from_seq) = reach(front, run, &take_up, errand.1, from_seq, printer)?;
    drive(front, attached, take_up, errand, from_seq, printer)
}

/// The same with a worker that is attached already. If it was just told to end, it takes no errand,
/// and the next worker gets it.
pub fn drive(
    front: &Front,
    mut attached: Attached,
    take_up: impl Fn() -> Result<Worker, RunError>,
    (errand, hold): (Errand, Hold),
    mut from_seq: u64,
    printer: &mut Printer<'_>,
) -> End {
    let run = attached.state.run.clone();
    for _worker in 0..UNHEARD_MAX {
        match send_once(front, &attached, from_seq, (&errand, hold), printer)? {
            Sent::Stopped(stop, why) => return stopped(stop, why, printer),
            Sent::Unheard { from_seq: next } => {
                (attached, from_seq) = reach(front, &run, &take_up, hold, next, printer)?;
            }
        }
    }
    let (stop, why) = gone();
    stopped(stop, why, printer)
}

/// The end of a command whose errand has stopped.
fn stopped(stop: Stop, why: String, printer: &mut Printer<'_>) -> End {
    match Code::from(stop) {
        Code::Done => {
            printer.say(why);
            Ok(Code::Done)
        }
        code => Err(Failure::new(code, why)),
    }
}

/// The worker was killed.
fn gone() -> (Stop, String) {
    let why = "the worker is gone, and the run has stopped where its journal ends: `switchback \
               resume` goes on";
    (Stop::Failed, why.to_owned())
}

fn send_once(
    front: &Front,
    attached: &Attached,
    from_seq: u64,
    (errand, hold): (&Errand, Hold),
    printer: &mut Printer<'_>,
) -> Result<Sent, Failure> {
    let (handle, seen) = (attached.handle.clone(), attached.state.seq);
    let held = attached.control.is_yours();
    if hold.take_over && !held {
        handle.ask(Ask::TakeOver, seen);
    } else {
        held_by_us(&attached.control)?;
    }
    // If it fails, Ctrl-C ends this program as usual, and the run goes on.
    let _unwatched = interrupt::watch(handle.clone());
    handle.ask(Ask::Errand(Box::new(errand.clone())), seen);
    let mut follower = Follower::new(front, attached, from_seq, printer)?;
    if let Some(hint) = logout::hint(&front.world) {
        follower.printer.say(format!("! {hint}"));
    }
    let mut heard = Heard {
        held,
        ..Heard::default()
    };
    follower.until(&attached.events, |follower, event| {
        heard.is_enough(event, &handle, follower)
    })?;
    Ok(match heard.stopped {
        Some((stop, why)) => Sent::Stopped(stop, why),
        None if heard.too_late || !heard.began => Sent::Unheard {
            from_seq: follower.state.seq + 1,
        },
        // It ended before we had read so far: of much output a command may fall behind.
        None => {
            let (stop, why) = Pursuit::new(errand.clone())
                .stopped_with(&follower.state)
                .unwrap_or_else(gone);
            Sent::Stopped(stop, why)
        }
    })
}

/// What the sender of an errand has heard from the worker so far.
#[derive(Default)]
struct Heard {
    /// The run is held by this program.
    held: bool,
    stopped: Option<(Stop, String)>,
    too_late: bool,
    /// A guess: a worker that ends at once says nothing at all.
    began: bool,
}

impl Heard {
    /// Whether nothing more has to be waited for.
    fn is_enough(
        &mut self,
        event: &Event,
        handle: &RunHandle,
        follower: &mut Follower<'_, '_>,
    ) -> Result<bool, Failure> {
        match event {
            Event::Stopped { stop, why } => {
                self.stopped = Some((*stop, why.clone()));
                // Another holder decides when the worker ends. One whose run must be confirmed
                // stays to wait for that.
                if !self.held || follower.state.confirm_by_ms().is_some() {
                    return Ok(true);
                }
                handle.ask(Ask::Leave, follower.state.seq);
            }
            Event::Refused(_) if self.stopped.is_some() => return Ok(true),
            Event::Refused(why) => return Err(Failure::new(Code::Failed, why.as_str())),
            Event::TooLate(_) => {
                self.too_late = true;
                follower.printer.say(ENDING);
            }
            // `Nobodys` is normal while a worker that was told to leave ends.
            Event::Control(control @ Control::Theirs(_)) if self.held && self.stopped.is_none() => {
                held_by_us(control)?;
            }
            Event::Control(control) => self.held = control.is_yours(),
            Event::Record(record) => {
                self.began |= !matches!(record.body, Body::ControlTaken { .. });
            }
            Event::Output { .. }
            | Event::Printed { .. }
            | Event::Progress(_)
            | Event::Idle
            | Event::Busy
            | Event::Gone(_) => {}
        }
        Ok(false)
    }
}

const ENDING: &str = "waiting for the worker, which was told to end and is still busy";

/// Attaches to the worker of a run, or takes the run up, to give it an errand. A worker that was
/// told to end takes none; what it still does is shown to its end. Also returns the first record
/// that was not printed yet.
fn reach(
    front: &Front,
    run: &RunId,
    take_up: impl Fn() -> Result<Worker, RunError>,
    hold: Hold,
    mut from_seq: u64,
    printer: &mut Printer<'_>,
) -> Result<(Attached, u64), Failure> {
    loop {
        let attached = match front.open(run, &take_up)? {
            Opened::Serving(attached) => return Ok((attached, from_seq)),
            Opened::Ending(attached) => attached,
        };
        printer.say(ENDING);
        from_seq = to_its_end(front, &attached, hold, from_seq, printer)?;
    }
}

/// Follows a worker to its end; returns the number of the next record.
fn to_its_end(
    front: &Front,
    attached: &Attached,
    hold: Hold,
    from_seq: u64,
    printer: &mut Printer<'_>,
) -> Result<u64, Failure> {
    let handle = attached.handle.clone();
    match hold.take_over {
        // So that Ctrl-C ends the running command.
        true => handle.ask(Ask::TakeOver, attached.state.seq),
        false if attached.control == Control::Nobodys => {}
        false => held_by_us(&attached.control)?,
    }
    let _unwatched = hold.take_over.then(|| interrupt::watch(handle));
    let mut held = false;
    let mut follower = Follower::new(front, attached, from_seq, printer)?;
    follower.until(&attached.events, |_follower, event| {
        if let Event::Control(control) = event {
            if held {
                held_by_us(control)?;
            }
            held = control.is_yours();
        }
        Ok(false)
    })?;
    Ok(follower.state.seq + 1)
}

/// Watches until the run waits or its worker is gone.
pub fn look_on(front: &Front, attached: &Attached, printer: &mut Printer<'_>) -> End {
    let mut follower = Follower::new(front, attached, attached.state.seq + 1, printer)?;
    let waits = |_follower: &mut Follower<'_, '_>, event: &Event| Ok(*event == Event::Idle);
    follower.until(&attached.events, waits)?;
    Ok(Code::Done)
}

/// Fails if another front end holds the run, because only the holder decides.
fn held_by_us(control: &Control) -> Result<(), Failure> {
    let holder = match control {
        Control::Yours => return Ok(()),
        Control::Theirs(who) => format!("{} (process {})", who.user, who.pid),
        Control::Nobodys => "nobody".to_owned(),
    };
    let text =
        format!("{holder} holds this run: `switchback attach` shows it, --take-over takes it over");
    Err(Failure::new(Code::Locked, text))
}
