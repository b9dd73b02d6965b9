//! Follows a run without a screen: prints its records, and what its steps print, as they come.

use super::{
    end::{Code, Failure},
    print::Printer,
    pulse::Pulse,
    told,
};
use crate::{
    engine::link::{
        front::{Attached, Front},
        handle::Event,
    },
    model::record::Record,
    run_state::RunState,
};
use std::sync::mpsc::Receiver;

/// Prints events as they come.
pub struct Follower<'f, 'w> {
    pub state: RunState,
    pub printer: &'f mut Printer<'w>,
    pulse: Pulse,
    /// The last output line was from before this front end attached.
    before: bool,
}

impl<'f, 'w> Follower<'f, 'w> {
    /// Prints the records that the run already has, from `from_seq` on.
    pub fn new(
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

    /// Prints events until `enough` returns true, or the worker is gone.
    pub fn until(
        &mut self,
        events: &Receiver<Event>,
        mut enough: impl FnMut(&mut Self, &Event) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        for event in events {
            if enough(self, &event)? {
                break;
            }
            match event {
                Event::Gone(Some(why)) => {
                    let text = format!("{why}; once that is fixed, `switchback resume` goes on");
                    return Err(Failure::new(Code::Failed, text));
                }
                Event::Gone(None) => break,
                event => self.hear(event)?,
            }
        }
        Ok(())
    }

    fn hear(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Record(record) => {
                let applied = self.state.apply(&record);
                applied.map_err(|illegal| Failure::told(Code::Fault, &illegal))?;
                self.print(&record);
            }
            Event::Output { line, .. } => self.output(&line, false),
            Event::Printed { line, .. } => self.output(&line, true),
            Event::Progress(progress) => {
                if let Some(line) = self.pulse.line(&progress) {
                    self.printer.say(line);
                }
            }
            Event::Idle
            | Event::Busy
            | Event::Control(_)
            | Event::Stopped { .. }
            | Event::Refused(_)
            | Event::TooLate(_)
            | Event::Gone(_) => {}
        }
        Ok(())
    }

    /// Prints a line of output, marking where earlier output ends and current output begins.
    fn output(&mut self, line: &str, before: bool) {
        if before != self.before {
            let when = if before { "before" } else { "now" };
            self.printer.say(format!("    printed {when}:"));
            self.before = before;
        }
        self.printer.say(format!("    | {line}"));
    }

    fn print(&mut self, record: &Record) {
        if self.printer.json_wanted() {
            self.printer.json(record);
        } else if let Some(line) = told::record(record, &self.state) {
            self.printer.line(line);
        }
    }
}
