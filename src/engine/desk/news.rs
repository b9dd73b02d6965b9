//! What a client that comes later is told besides records: how far the work is, and the last lines
//! of output.

use std::{collections::VecDeque, sync::Arc};

const OUTPUT_BYTES_MAX: usize = 256 << 10;

#[derive(Default)]
pub struct News {
    output: VecDeque<Arc<[u8]>>,
    bytes: usize,
    progress: Option<Arc<[u8]>>,
}

impl News {
    pub fn output(&mut self, frame: Arc<[u8]>) {
        self.bytes += frame.len();
        self.output.push_back(frame);
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

    pub fn frames(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.output.iter().chain(&self.progress)
    }
}
