//! What cannot wait in the queue behind a running step: a pause, the end of a command, the end of
//! an errand; and, the other way, that the worker must not be left alone to end.

use crate::world::Cancel;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

#[derive(Default)]
pub struct Urgent {
    pause: AtomicBool,
    halt: AtomicBool,
    stays: AtomicBool,
    /// Of the command that runs now.
    running: Mutex<Cancel>,
}

impl Urgent {
    /// The road stops before its next step, and an errand before its next ask.
    pub fn pause(&self) {
        self.pause.store(true, Ordering::SeqCst);
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

    /// Whether a pause was asked for since the last call.
    pub fn take_pause(&self) -> bool {
        self.pause.swap(false, Ordering::SeqCst)
    }

    /// Whether an errand was to stop since the last call.
    pub fn take_halt(&self) -> bool {
        self.halt.swap(false, Ordering::SeqCst)
    }
}
