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
    /// It is for the first so many asks: whoever asks for something later wants that.
    pause: AtomicU64,
    halt: AtomicBool,
    stays: AtomicBool,
    /// Of the command that runs now.
    running: Mutex<Cancel>,
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
        let given = self.given.load(Ordering::SeqCst);
        self.pause.store(given + 1, Ordering::SeqCst);
        self.halt();
    }

    /// An errand stops before its next ask.
    pub fn halt(&self) {
        self.halt.store(true, Ordering::SeqCst);
    }

    /// The worker has something to do later that nobody will ask it for.
    pub fn stay(&self, stays: bool) {
        self.stays.store(stays, Ordering::SeqCst);
    }

    pub fn stays(&self) -> bool {
        self.stays.load(Ordering::SeqCst)
    }

    /// Ends the command that runs now.
    pub fn interrupt(&self) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pull();
    }

    /// A fresh cancel for the next command; `interrupt` pulls it.
    pub fn arm(&self) -> Cancel {
        let cancel = Cancel::default();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        cancel
    }

    /// Whether a pause was asked for since the last call, and not before the ask that is carried out
    /// was given.
    pub fn take_pause(&self) -> bool {
        self.pause.swap(0, Ordering::SeqCst) > self.taken.load(Ordering::SeqCst)
    }

    /// Whether an errand was to stop since the last call.
    pub fn take_halt(&self) -> bool {
        self.halt.swap(false, Ordering::SeqCst)
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
