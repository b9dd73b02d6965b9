//! What a client that connects later is sent besides records: the latest progress, the last lines
//! of output, and how its own errand ended.

use super::outbox::frame;
use crate::{
    engine::link::{handle::Event, wire::FromWorker},
    model::{limits, record::Body},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// As encoded: all of it is put into a new client's outbox before any is sent, which must leave
/// room for what happens meanwhile.
const OUTPUT_BYTES_MAX: usize = limits::OUTPUT_END.bytes() as usize;

#[derive(Default)]
pub struct News {
    /// The last lines of output.
    output: VecDeque<Arc<[u8]>>,
    bytes: usize,
    progress: Option<Arc<[u8]>>,
    /// How errands ended, by the process that sent them: it may be disconnected for a while, and
    /// would otherwise wait for the end for ever.
    errands: BTreeMap<u32, Arc<[u8]>>,
}

impl News {
    /// Notes an event that was sent to the clients, with its frame.
    pub fn note(&mut self, event: &Event, frame: Arc<[u8]>) {
        match event {
            Event::Output { step, line } => self.output(step, line),
            Event::Progress(_) => self.progress = Some(frame),
            Event::Idle => self.progress = None,
            // The progress of the previous item says nothing about this one.
            Event::Record(record) if begins(&record.body) => self.progress = None,
            Event::Stopped { .. }
            | Event::Record(_)
            | Event::Printed { .. }
            | Event::Busy
            | Event::Refused(_)
            | Event::TooLate(_)
            | Event::Control(_)
            | Event::Gone(_) => {}
        }
    }

    fn output(&mut self, step: &str, line: &str) {
        let (step, line) = (step.to_owned(), line.to_owned());
        let Some(printed) = frame(&FromWorker::Event(Event::Printed { step, line })) else {
            // Larger than a frame: it stands in the log of its step.
            return;
        };
        self.bytes += printed.len();
        self.output.push_back(printed);
        while self.bytes > OUTPUT_BYTES_MAX {
            let Some(oldest) = self.output.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
        }
    }

    /// The outcome of an earlier errand of this process no longer matters.
    pub fn errand_begins(&mut self, process: u32) {
        self.errands.remove(&process);
    }

    pub fn errand_ended(&mut self, process: u32, frame: Arc<[u8]>) {
        self.errands.insert(process, frame);
    }

    /// The frames to send to a client of this process.
    pub fn frames(&self, process: u32) -> impl Iterator<Item = Arc<[u8]>> {
        let last = self.progress.iter().chain(self.errands.get(&process));
        self.output.iter().chain(last).cloned()
    }
}

fn begins(body: &Body) -> bool {
    matches!(body, Body::StepStarted { .. } | Body::UndoStarted { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_by_what_it_takes_to_send_them() {
        let mut news = News::default();
        for n in 0..100_000 {
            news.output("phase-2/sql", &format!("{n}"));
        }
        let frames: Vec<Arc<[u8]>> = news.frames(1).collect();
        let bytes: usize = frames.iter().map(|frame| frame.len()).sum();
        assert!(
            (OUTPUT_BYTES_MAX - 100..=OUTPUT_BYTES_MAX).contains(&bytes),
            "{bytes}"
        );
        let last = String::from_utf8_lossy(frames.last().expect("a line"));
        assert!(last.ends_with(r#""line":"99999"}}}"#), "{last}");
    }
}
