//! What still has to be sent to one client. It takes as much as one message may: a client that lets
//! more lie does not read, and is cut off.

use crate::{
    engine::link::wire::{self, FromWorker},
    model::limits,
};
use std::{
    collections::VecDeque,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

const BYTES_MAX: usize = limits::FRAME.bytes() as usize;

/// Encodes a message; `None` if it is larger than a frame may be.
pub fn frame(message: &FromWorker) -> Option<Arc<[u8]>> {
    wire::encode(message).ok().map(Arc::from)
}

pub struct Outbox {
    queue: Mutex<Queue>,
    changed: Condvar,
    stream: UnixStream,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Arc<[u8]>>,
    bytes: usize,
    /// No more frames will be added.
    closed: bool,
    /// Everything was sent, or cannot be.
    over: bool,
}

impl Outbox {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            queue: Mutex::default(),
            changed: Condvar::new(),
            stream,
        }
    }

    /// Adds a frame; `false` if there is no room because the client does not read.
    pub fn push(&self, frame: &Arc<[u8]>) -> bool {
        let mut queue = self.queue();
        if queue.bytes + frame.len() > BYTES_MAX {
            return false;
        }
        queue.bytes += frame.len();
        queue.frames.push_back(frame.clone());
        self.changed.notify_all();
        true
    }

    /// Waits for the next frame to send; `None` after the last.
    pub fn next(&self) -> Option<Arc<[u8]>> {
        let waits = |queue: &mut Queue| queue.frames.is_empty() && !queue.closed;
        let mut queue = self
            .changed
            .wait_while(self.queue(), waits)
            .unwrap_or_else(PoisonError::into_inner);
        let frame = queue.frames.pop_front()?;
        queue.bytes -= frame.len();
        Some(frame)
    }

    /// Accepts no more frames; those already in it are still sent.
    pub fn close(&self) {
        self.queue().closed = true;
        self.changed.notify_all();
    }

    /// Ends the connection at once, even in the middle of a frame that the client does not take.
    pub fn cut(&self) {
        let _gone = self.stream.shutdown(Shutdown::Both);
        let mut queue = self.queue();
        queue.frames.clear();
        queue.closed = true;
        self.changed.notify_all();
    }

    /// Called by the sending thread when it has stopped sending.
    pub fn over(&self) {
        self.queue().over = true;
        self.changed.notify_all();
    }

    pub fn wait_until_sent(&self, limit: Duration) {
        let sending = |queue: &mut Queue| !queue.over;
        let _late = self
            .changed
            .wait_timeout_while(self.queue(), limit, sending)
            .unwrap_or_else(PoisonError::into_inner);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn it_takes_a_mebibyte_and_no_more_and_a_cut_ends_the_line() {
        let (here, mut there) = UnixStream::pair().expect("a line");
        let outbox = Outbox::new(here);
        let frame: Arc<[u8]> = vec![0; 1 << 16].into();
        let taken = (0..100).filter(|_| outbox.push(&frame)).count();
        assert_eq!(taken, 16);
        assert_eq!(outbox.next().map(|frame| frame.len()), Some(1 << 16));
        assert!(outbox.push(&frame), "what was sent makes room");
        outbox.cut();
        assert!(outbox.next().is_none());
        assert_eq!(there.read(&mut [0; 8]).expect("the end"), 0);
    }
}
