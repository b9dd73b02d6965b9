//! What cannot wait in the queue behind a running step: a pause, the end of a command, the end of
//! an errand; and, the other way, that the worker must not be left alone to end.

use crate::world::Cancel;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

#[derive(Default)]
pub struct Urgent {
    /// Asks that were given to the worker, and those of them that it has taken up.
    given: AtomicU64,
    taken: AtomicU64,
    pause: Wish,
    halt: Wish,
    stays: AtomicBool,
    /// Of what was begun last.
    running: Mutex<Cancel>,
}

/// A wish to stop. It is for the asks that were given before it: whoever asks for something later
/// wants that.
#[derive(Default)]
struct Wish(AtomicU64);

impl Wish {
    fn make(&self, given: &AtomicU64) {
        let given = given.load(Ordering::SeqCst);
        self.0.store(given + 1, Ordering::SeqCst);
    }

    /// Whether it was made since the last call, for the ask that is carried out or one before it.
    fn take(&self, taken: &AtomicU64) -> bool {
        self.0.swap(0, Ordering::SeqCst) > taken.load(Ordering::SeqCst)
    }
}

impl Urgent {
    /// An ask is put into the queue.
    pub fn given(&self) {
        self.given.fetch_add(1, Ordering::SeqCst);
    }

    /// The next ask comes out of the queue.
    pub fn taken(&self) {
        self.taken.fetch_add(1, Ordering::SeqCst);
    }

    /// The road stops before its next step, and an errand before its next ask.
    pub fn pause(&self) {
        self.pause.make(&self.given);
        self.halt();
    }

    /// An errand stops before its next ask.
    pub fn halt(&self) {
        self.halt.make(&self.given);
    }

    /// The worker has something to do later that nobody will ask it for.
    pub fn stay(&self, stays: bool) {
        self.stays.store(stays, Ordering::SeqCst);
    }

    pub fn stays(&self) -> bool {
        self.stays.load(Ordering::SeqCst)
    }

    /// Ends what was begun last.
    pub fn interrupt(&self) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pull();
    }

    /// Of what was begun last, which may have more than one command.
    pub fn armed(&self) -> Cancel {
        let running = self.running.lock();
        running.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A fresh cancel for what begins now; `interrupt` pulls it.
    pub fn arm(&self) -> Cancel {
        let cancel = Cancel::default();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        cancel
    }

    /// Whether the road is to stop.
    pub fn take_pause(&self) -> bool {
        self.pause.take(&self.taken)
    }

    /// Whether an errand is to stop.
    pub fn take_halt(&self) -> bool {
        self.halt.take(&self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_for_what_was_asked_before_it() {
        let urgent = Urgent::default();
        urgent.given();
        urgent.taken();
        urgent.pause();
        assert!(urgent.take_pause());
        assert!(!urgent.take_pause(), "once");
        // The road ends before it gets there, and somebody asks for the way back.
        urgent.pause();
        urgent.given();
        urgent.taken();
        assert!(!urgent.take_pause());
        // Asked for before the worker comes to it.
        urgent.given();
        urgent.pause();
        urgent.taken();
        assert!(urgent.take_pause());
    }
}
