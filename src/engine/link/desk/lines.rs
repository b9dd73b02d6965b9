//! The lines to connected clients. Nothing waits for a client: one that is too slow is cut off and
//! reads again what it missed.

use super::{
    news::News,
    outbox::{Outbox, frame},
};
use crate::engine::link::{handle::Event, wire::FromWorker};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Default)]
pub struct Lines {
    /// By client number; a client that was cut off has none.
    outboxes: BTreeMap<u64, Arc<Outbox>>,
    pub news: News,
}

impl Lines {
    pub fn open(&mut self, id: u64, outbox: Arc<Outbox>) {
        self.outboxes.insert(id, outbox);
    }

    /// Cuts a client off; its reading thread notices, and leaves.
    pub fn cut(&mut self, id: u64) {
        if let Some(outbox) = self.outboxes.remove(&id) {
            outbox.cut();
        }
    }

    pub fn give(&mut self, id: u64, frame: &Arc<[u8]>) {
        let outbox = self.outboxes.get(&id);
        if outbox.is_some_and(|outbox| !outbox.push(frame)) {
            self.cut(id);
        }
    }

    pub fn tell(&mut self, id: u64, event: Event) {
        if let Some(frame) = frame(&FromWorker::Event(event)) {
            self.give(id, &frame);
        }
    }

    /// Sends an event to these clients, and adds it to the news for those who come later.
    pub fn tell_all(&mut self, ids: impl Iterator<Item = u64>, event: &Event) {
        let Some(frame) = frame(&FromWorker::Event(event.clone())) else {
            // Larger than a frame: everybody has to read it from the journal.
            let cut_off = std::mem::take(&mut self.outboxes);
            return cut_off.values().for_each(|outbox| outbox.cut());
        };
        for id in ids {
            self.give(id, &frame);
        }
        self.news.note(event, frame);
    }

    /// Sends a client of this process what it has missed besides records.
    pub fn tell_news(&mut self, id: u64, process: u32) {
        let missed: Vec<Arc<[u8]>> = self.news.frames(process).collect();
        for frame in &missed {
            self.give(id, frame);
        }
    }

    pub fn outboxes(&self) -> Vec<Arc<Outbox>> {
        self.outboxes.values().cloned().collect()
    }
}
