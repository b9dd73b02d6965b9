//! The journal shared by its two writers: the worker, which records what it does, and the desk,
//! which records who takes the run over while the worker is busy. The desk's records are set aside
//! until the worker folds them: records have a single order, and both writers follow it.

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

    /// For the worker: folds the records set aside, which are public already, then each new record.
    /// One that the fold refuses is not written: that journal could never be read again. What
    /// `tell` gets is durable, and nobody else writes before it has been told.
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

    /// For everybody else: writes the record that `body` returns, called while nobody else can
    /// write. It is durable when passed to `tell`; the worker folds it later.
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

    /// Reopens a journal that could not be written. Returns all its records, including those set
    /// aside, and how many of them had been told.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::store::journal::Store, world::FileError};
    use std::sync::Arc;

    /// A store whose disk accepts this many appends.
    #[derive(Clone)]
    struct Disk {
        bytes: Arc<Mutex<Vec<u8>>>,
        takes: usize,
    }

    impl Store for Disk {
        fn load(&self) -> Result<Vec<u8>, FileError> {
            Ok(self.bytes.lock().expect("lock").clone())
        }

        fn append(&mut self, line: &[u8]) -> Result<(), FileError> {
            let Some(left) = self.takes.checked_sub(1) else {
                return Err(FileError::would_be_too_large("/journal".as_ref(), 0));
            };
            self.takes = left;
            self.bytes.lock().expect("lock").extend_from_slice(line);
            Ok(())
        }

        fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError> {
            *self.bytes.lock().expect("lock") = all.to_vec();
            Ok(())
        }
    }

    fn ledger(takes: usize) -> Ledger {
        let bytes = Arc::default();
        Ledger::new(Journal::create(Box::new(Disk { bytes, takes })))
    }

    fn proved() -> Body {
        Body::BytesProved {
            files: 1,
            others: None,
        }
    }

    #[test]
    fn nobody_is_told_what_is_not_on_the_disk() {
        let mut told = Vec::new();
        let fold = |_: &Record| Ok::<_, JournalError>(());
        let ledger = ledger(1);
        let end = ledger.append(1, vec![proved()], fold, |record| told.push(record.seq));
        assert!(end.is_ok(), "{end:?}");
        let end = ledger.append(2, vec![proved()], fold, |record| told.push(record.seq));
        assert!(matches!(end, Err(JournalError::File(_))), "{end:?}");
        assert_eq!(told, [0]);
        let aside = ledger.append_aside(3, || Some(proved()), |record| panic!("{record:?}"));
        assert!(matches!(aside, Err(JournalError::Closed)), "{aside:?}");
    }

    #[test]
    fn what_lay_aside_is_read_with_the_rest_and_folded_once() {
        let ledger = ledger(2);
        ledger
            .append_aside(1, || Some(proved()), |_| {})
            .expect("on the disk");
        let (records, told) = ledger.reopen().expect("whole");
        assert_eq!((records.len(), told), (1, 1));
        let mut folded = Vec::new();
        let fold = |record: &Record| {
            folded.push(record.seq);
            Ok::<_, JournalError>(())
        };
        ledger
            .append(2, vec![proved()], fold, |_| {})
            .expect("on the disk");
        assert_eq!(folded, [1]);
    }
}
