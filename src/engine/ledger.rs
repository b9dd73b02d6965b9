//! The journal between its two writers: the worker, which records what it does, and the desk, which
//! records who takes the run while the worker is busy. What the desk wrote lies aside until the
//! worker folds it: records have one order, and both keep it.

use super::journal::{Journal, JournalError};
use crate::model::record::{Body, Record};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub struct Ledger(Mutex<Open>);

struct Open {
    journal: Journal,
    aside: Vec<Record>,
}

impl Ledger {
    pub fn new(journal: Journal) -> Self {
        let aside = Vec::new();
        Self(Mutex::new(Open { journal, aside }))
    }

    /// For the worker: durable when `each` is given them, in their order; first those that lay
    /// aside, which everybody else knows.
    pub fn append<E: From<JournalError>>(
        &self,
        at_ms: u64,
        bodies: Vec<Body>,
        mut each: impl FnMut(Record, Known) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut open = self.open();
        for record in open.aside.drain(..) {
            each(record, Known::Yes)?;
        }
        for record in open.journal.append_all(at_ms, bodies)? {
            each(record, Known::No)?;
        }
        Ok(())
    }

    /// For everybody else: what `body` says while nobody else writes, durable when `tell` is given
    /// it; the worker folds it later.
    pub fn append_aside(
        &self,
        at_ms: u64,
        body: impl FnOnce() -> Option<Body>,
        tell: impl FnOnce(Record),
    ) -> Result<(), JournalError> {
        let mut open = self.open();
        let Some(body) = body() else {
            return Ok(());
        };
        let record = open.journal.append(at_ms, body)?;
        open.aside.push(record.clone());
        tell(record);
        Ok(())
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a record was shown when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Yes,
    No,
}
