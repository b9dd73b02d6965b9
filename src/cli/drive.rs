//! Follows a run without a screen: sends its worker on an errand and prints what comes of it, or
//! only looks on. The worker does the errand by itself: if this program ends, that goes on.

use super::{
    args::Hold,
    end::{Code, End, Failure},
    interrupt,
    print::Printer,
    pulse::Pulse,
    told,
};
use crate::{
    engine::{
        errand::Errand,
        front::{Attached, Front, Opened},
        handle::{Ask, Control, Event},
        logout,
        runs::RunError,
        worker::Worker,
    },
    model::{
        ids::RunId,
        record::{self, Record},
    },
    run_state::RunState,
};

/// Until the run has ended or cannot go on by itself. Records before `from_seq` were printed by an
/// earlier command.
pub fn drive(
    front: &Front,
    attached: Attached,
    from_seq: u64,
    (errand, hold): (Errand, Hold),
    printer: &mut Printer<'_>,
) -> End {
    let (handle, seen) = (attached.handle.clone(), attached.state.seq);
    let mut held = attached.control.is_yours();
    if hold.take_over && !held {
        handle.ask(Ask::TakeOver, seen);
    } else {
        held_by_us(&attached.control)?;
    }
    // Without it Ctrl-C ends this program, as it always may; the run goes on.
    let _unwatched = interrupt::watch(handle.clone());
    handle.ask(Ask::Errand(Box::new(errand)), seen);
    let mut follower = Follower::new(front, &attached, from_seq, printer)?;
    if let Some(hint) = logout::hint(&front.world)
        && !follower.printer.json_wanted()
    {
        follower.printer.line(format!("! {hint}"));
    }
    let mut stopped = None;
    for event in &attached.events {
        match event {
            Event::Stopped { stop, why } => {
                stopped = Some((Code::from(stop), why));
                // Whoever took it decides when it ends; one that is to be confirmed waits for that.
                if !held || follower.state.confirm_by_ms().is_some() {
                    break;
                }
                handle.ask(Ask::Leave, follower.state.seq);
            }
            Event::Refused(_) if stopped.is_some() => break,
            Event::Refused(why) => return Err(Failure::new(Code::Failed, why)),
            // That nobody holds it is so while a worker ends that was told to.
            Event::Control(control @ Control::Theirs(_)) if held && stopped.is_none() => {
                held_by_us(&control)?;
            }
            Event::Control(control) => held = control.is_yours(),
            Event::Gone(Some(why)) => return Err(Failure::new(Code::Failed, why)),
            Event::Gone(None) => break,
            event => follower.hear(event)?,
        }
    }
    match stopped {
        Some((Code::Done, why)) => {
            if !follower.printer.json_wanted() {
                follower.printer.line(why);
            }
            Ok(Code::Done)
        }
        Some((code, why)) => Err(Failure::new(code, why)),
        None => without_a_word(&follower.state),
    }
}

/// Attaches to the worker of a run, or takes the run up, to send it on an errand. A worker that was
/// told to end takes none: what it still does is shown to its end. Also says from which record on
/// nothing was printed yet.
pub fn reach(
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
        if !printer.json_wanted() {
            printer.line("waits for the worker, which was told to end and is still at work");
        }
        from_seq = to_its_end(front, &attached, hold, from_seq, printer)?;
    }
}

/// The number of the record that comes next.
fn to_its_end(
    front: &Front,
    attached: &Attached,
    hold: Hold,
    from_seq: u64,
    printer: &mut Printer<'_>,
) -> Result<u64, Failure> {
    let handle = attached.handle.clone();
    match hold.take_over {
        // Then Ctrl-C ends what runs.
        true => handle.ask(Ask::TakeOver, attached.state.seq),
        false if attached.control == Control::Nobodys => {}
        false => held_by_us(&attached.control)?,
    }
    let _unwatched = hold.take_over.then(|| interrupt::watch(handle));
    let mut held = false;
    let mut follower = Follower::new(front, attached, from_seq, printer)?;
    for event in &attached.events {
        match event {
            Event::Gone(Some(why)) => return Err(Failure::new(Code::Failed, why)),
            Event::Gone(None) => break,
            Event::Control(control) if held => held_by_us(&control)?,
            Event::Control(control) => held = control.is_yours(),
            event => follower.hear(event)?,
        }
    }
    Ok(follower.state.seq + 1)
}

/// Looks on until the run waits, or its worker has gone.
pub fn look_on(front: &Front, attached: &Attached, printer: &mut Printer<'_>) -> End {
    let mut follower = Follower::new(front, attached, attached.state.seq + 1, printer)?;
    for event in &attached.events {
        match event {
            Event::Gone(Some(why)) => return Err(Failure::new(Code::Failed, why)),
            Event::Gone(None) | Event::Idle => break,
            event => follower.hear(event)?,
        }
    }
    Ok(Code::Done)
}

/// Another front end decides: this one must not.
fn held_by_us(control: &Control) -> Result<(), Failure> {
    let holder = match control {
        Control::Yours => return Ok(()),
        Control::Theirs(who) => format!("{} (process {})", who.user, who.pid),
        Control::Nobodys => "nobody".to_owned(),
    };
    let text = format!(
        "{holder} holds this run: `switchback attach` shows it, --take-over takes it from them"
    );
    Err(Failure::new(Code::Locked, text))
}

/// The worker ended while nobody heard it: it did what it could, or was killed.
fn without_a_word(state: &RunState) -> End {
    match state.ended() {
        Some(record::End::Done | record::End::Abandoned) => Ok(Code::Done),
        Some(record::End::RolledBack) => Ok(Code::RolledBack),
        None => Err(Failure::new(
            Code::Failed,
            "the worker has gone, and the run stands where its journal ends: `switchback resume` goes on",
        )),
    }
}

/// Prints what comes.
struct Follower<'f, 'w> {
    state: RunState,
    printer: &'f mut Printer<'w>,
    pulse: Pulse,
    /// What was told last of all was printed before.
    before: bool,
}

impl<'f, 'w> Follower<'f, 'w> {
    /// Prints the records that the run has already, from `from_seq` on.
    fn new(
        front: &Front,
        attached: &Attached,
        from_seq: u64,
        printer: &'f mut Printer<'w>,
    ) -> Result<Self, Failure> {
        let seq = attached.state.seq;
        let mut records = front.records_from(&attached.state.run, 0)?.into_iter();
        let illegal = |illegal| Failure::told(Code::Damaged, &illegal);
        let first = records
            .next()
            .ok_or_else(|| Failure::new(Code::Damaged, "the journal of the run is empty"))?;
        let mut follower = Self {
            state: RunState::start(&first).map_err(illegal)?,
            printer,
            pulse: Pulse::default(),
            before: false,
        };
        if from_seq == 0 {
            follower.print(&first);
        }
        for record in records.take_while(|record| record.seq <= seq) {
            follower.state.apply(&record).map_err(illegal)?;
            if record.seq >= from_seq {
                follower.print(&record);
            }
        }
        Ok(follower)
    }

    fn hear(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Record(record) => {
                let applied = self.state.apply(&record);
                applied.map_err(|illegal| Failure::told(Code::Fault, &illegal))?;
                self.print(&record);
            }
            Event::Output { line, .. } if !self.printer.json_wanted() => {
                self.output(&line, false);
            }
            Event::Printed { line, .. } if !self.printer.json_wanted() => {
                self.output(&line, true);
            }
            Event::Progress(progress) if !self.printer.json_wanted() => {
                if let Some(line) = self.pulse.line(&progress) {
                    self.printer.line(line);
                }
            }
            Event::Output { .. }
            | Event::Printed { .. }
            | Event::Progress(_)
            | Event::Idle
            | Event::Busy
            | Event::Control(_)
            | Event::Stopped { .. }
            | Event::Refused(_)
            | Event::Gone(_) => {}
        }
        Ok(())
    }

    /// What was printed before is not taken for what is printed now.
    fn output(&mut self, line: &str, before: bool) {
        if before != self.before {
            let when = if before { "before" } else { "now" };
            self.printer.line(format!("    printed {when}:"));
            self.before = before;
        }
        self.printer.line(format!("    | {line}"));
    }

    fn print(&mut self, record: &Record) {
        if self.printer.json_wanted() {
            self.printer.json(record);
        } else if let Some(line) = told::record(record, &self.state) {
            self.printer.line(line);
        }
    }
}
