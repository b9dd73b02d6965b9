//! What a client that comes later is told besides records: how far the work is, the last lines of
//! output, and how an errand ended if it was its own.

use super::frame;
use crate::engine::{handle::Event, wire::FromWorker};
use std::{collections::VecDeque, sync::Arc};

/// As it is sent: all of it goes into the outbox of whoever comes before any of it is taken out, with
/// room for what happens meanwhile.
const OUTPUT_BYTES_MAX: usize = 256 << 10;

#[derive(Default)]
pub struct News {
    /// The last lines that were printed.
    output: VecDeque<Arc<[u8]>>,
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
        let others = self.progress.iter().chain(ended);
        self.output.iter().chain(others).cloned()
    }
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
