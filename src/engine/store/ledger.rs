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

    /// For the worker: first it folds what lay aside, which everybody knows; then each record is
    /// folded, and what the fold refuses is not written: nobody could read that journal again. What
    /// `tell` is given is durable; nobody else writes before it is told.
    pub fn append<E: From<JournalError>>(
        &self,
        at_ms: u64,
        bodies: Vec<Body>,
        mut fold: impl FnMut(&Record) -> Result<(), E>,
        tell: impl FnMut(Record),
    ) -> Result<(), E> {
        let mut open = self.open();
        open.aside.drain(..).try_for_each(|record| fold(&record))?;
        let records = open.journal.number(at_ms, bodies);
        records.iter().try_for_each(fold)?;
        open.journal.write(&records)?;
        records.into_iter().for_each(tell);
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

    /// Takes a journal up again that could not be written: all its records, and behind which of them
    /// nobody was told any. What lay aside is among them.
    pub fn reopen(&self) -> Result<(Vec<Record>, usize), JournalError> {
        let mut open = self.open();
        let told = open.journal.durable();
        let records = open.journal.reopen()?;
        open.aside.clear();
        Ok((records, told))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
