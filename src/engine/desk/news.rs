//! What a client that comes later is told besides records: how far the work is, the last lines of
//! output, and how an errand ended if it was its own.

use super::frame;
use crate::engine::{handle::Event, wire::FromWorker};
use std::{collections::VecDeque, sync::Arc};

const OUTPUT_BYTES_MAX: usize = 256 << 10;

#[derive(Default)]
pub struct News {
    /// The step, and what it printed.
    output: VecDeque<(String, String)>,
    bytes: usize,
    progress: Option<Arc<[u8]>>,
    errand: Option<Errand>,
}

/// Who asked for it may be cut off for a while, and would wait for its end for ever.
struct Errand {
    /// The process.
    by: u32,
    ended: Option<Arc<[u8]>>,
}

impl News {
    pub fn output(&mut self, step: &str, line: &str) {
        self.bytes += step.len() + line.len();
        self.output.push_back((step.to_owned(), line.to_owned()));
        while self.bytes > OUTPUT_BYTES_MAX {
            let Some((step, line)) = self.output.pop_front() else {
                return;
            };
            self.bytes -= step.len() + line.len();
        }
    }

    pub fn progress(&mut self, frame: Arc<[u8]>) {
        self.progress = Some(frame);
    }

    pub fn forget_progress(&mut self) {
        self.progress = None;
    }

    pub fn errand(&mut self, by: u32) {
        self.errand = Some(Errand { by, ended: None });
    }

    pub fn errand_ended(&mut self, frame: Arc<[u8]>) {
        if let Some(errand) = &mut self.errand {
            errand.ended = Some(frame);
        }
    }

    /// For a client of this process.
    pub fn frames(&self, process: u32) -> impl Iterator<Item = Arc<[u8]>> {
        let own = self.errand.as_ref().filter(|errand| errand.by == process);
        let ended = own.and_then(|errand| errand.ended.as_ref());
        let printed = self.output.iter().filter_map(|(step, line)| {
            let (step, line) = (step.clone(), line.clone());
            frame(&FromWorker::Event(Event::Printed { step, line }))
        });
        printed.chain(self.progress.iter().chain(ended).cloned())
    }
}
