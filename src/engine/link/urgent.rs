//! What cannot wait in the queue behind a running step: a pause, the end of a command, the end of
//! an errand; and, the other way, that the worker must not be left alone to end.

use crate::world::Cancel;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

#[derive(Default)]
pub struct Urgent {
    /// How many asks were given to the worker, and how many of them it has taken up.
    given: AtomicU64,
    taken: AtomicU64,
    pause: Wish,
    halt: Wish,
    stays: AtomicBool,
    /// Cancels what was begun last.
    running: Mutex<Cancel>,
}

/// A wish to stop. It concerns the asks given before it: an ask that comes later is meant to be
/// carried out.
#[derive(Default)]
struct Wish(AtomicU64);

impl Wish {
    fn make(&self, given: &AtomicU64) {
        let given = given.load(Ordering::SeqCst);
        self.0.store(given + 1, Ordering::SeqCst);
    }

    /// Whether a stop was wished for since the last call, for the current ask or an earlier one.
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

    /// Notes that the worker has something to do later for which nobody will ask.
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

    /// The cancel of what was begun last, which may run more than one command.
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
        // The road ends before the pause takes effect; then somebody asks for the way back.
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
