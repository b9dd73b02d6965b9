//! Walks a run without a screen: folds what comes from the worker, prints it, asks the next thing.

use super::{
    end::{Code, End, Failure},
    interrupt,
    next::{Driver, Next},
    print::Printer,
    pulse::Pulse,
    told,
};
use crate::{
    engine::{
        handle::{Ask, Event},
        worker::Worker,
    },
    run_state::RunState,
};
use std::sync::mpsc::Receiver;

/// Until the run has ended or cannot go on by itself. Records before `from_seq` were printed by an
/// earlier command.
pub fn drive(
    worker: Worker,
    events: &Receiver<Event>,
    from_seq: u64,
    driver: &mut Driver<'_>,
    printer: &mut Printer<'_>,
) -> End {
    let handle = worker.spawn();
    // Without it Ctrl-C ends this program, as it always may; the run can be taken up then too.
    let _unwatched = interrupt::watch(handle.clone());
    let mut state: Option<RunState> = None;
    let mut stopped = None;
    let mut pulse = Pulse::default();
    for event in events {
        match event {
            Event::Record(record) => {
                match &mut state {
                    Some(state) => state.apply(&record),
                    None => RunState::start(&record).map(|begun| state = Some(begun)),
                }
                .map_err(|illegal| Failure::told(Code::Fault, &illegal))?;
                if record.seq < from_seq {
                    continue;
                }
                if printer.json_wanted() {
                    printer.json(&record);
                } else if let Some(line) = state
                    .as_ref()
                    .and_then(|state| told::record(&record, state))
                {
                    printer.line(line);
                }
            }
            Event::Output { line, .. } if !printer.json_wanted() => {
                printer.line(format!("    | {line}"))
            }
            Event::Progress(progress) if !printer.json_wanted() => {
                if let Some(line) = pulse.line(&progress) {
                    printer.line(line);
                }
            }
            Event::Output { .. } | Event::Progress(_) => {}
            Event::Refused(why) => driver.refused(why),
            Event::Idle => {
                let Some(state) = &state else { continue };
                match driver.next(state) {
                    Next::Ask(ask) => handle.ask(ask),
                    Next::Stop(code, why) => {
                        stopped = Some((code, why));
                        handle.ask(Ask::Leave);
                    }
                }
            }
            Event::Gone(Some(why)) => return Err(Failure::new(Code::Failed, why)),
            Event::Gone(None) => break,
        }
    }
    match stopped {
        Some((Code::Done, why)) => {
            if !printer.json_wanted() {
                printer.line(why);
            }
            Ok(Code::Done)
        }
        Some((code, why)) => Err(Failure::new(code, why)),
        None => Err(Failure::new(Code::Fault, "the worker ended without a word")),
    }
}
