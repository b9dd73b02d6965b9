//! The journal: how records lie on disk, and nothing about what they mean.
//!
//! An append is one write and one sync; after an error the journal is not written again by this
//! process, because a second sync can lie. A torn tail was never acted on and is cut. Any other damage
//! is refused and named, never guessed at.
//!
//! What is read when a journal is opened need not be on disk: its writer may have been killed
//! before the sync, or been told that it failed, after which the system considers those pages
//! clean. So a process that continues a journal first rewrites it.

mod form;
#[cfg(test)]
mod tests;

pub use form::{Decoded, Tail, decode};

use crate::{
    model::{
        limits,
        record::{Body, JOURNAL_FORMAT, Record},
    },
    world::{FileError, Files},
};
use form::{ANCHOR, encode};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where the lines are kept.
pub trait Store: Send {
    fn load(&self) -> Result<Vec<u8>, FileError>;
    /// Durable when it returns.
    fn append(&mut self, line: &[u8]) -> Result<(), FileError>;
    /// Replaces the whole journal, atomically and durably.
    fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError>;
}

/// A journal as a file of the run's folder.
pub struct FileStore {
    files: Arc<dyn Files>,
    path: PathBuf,
    /// The length written so far: if somebody removes or changes the journal meanwhile nothing more
    /// is appended, nor a new one begun in its place, which could not be read.
    bytes: u64,
}

impl FileStore {
    pub fn new(files: Arc<dyn Files>, path: &Path) -> Self {
        Self {
            files,
            path: path.to_owned(),
            bytes: 0,
        }
    }
}

impl Store for FileStore {
    fn load(&self) -> Result<Vec<u8>, FileError> {
        let content = self.files.read(&self.path, limits::JOURNAL.bytes())?;
        Ok(content.map(|content| content.bytes).unwrap_or_default())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), FileError> {
        let bytes = self.bytes + line.len() as u64;
        if bytes > limits::JOURNAL.bytes() {
            let error = FileError::would_be_too_large(&self.path, limits::JOURNAL.bytes());
            return Err(error);
        }
        self.files.append(&self.path, line, Some(self.bytes))?;
        self.bytes = bytes;
        Ok(())
    }

    fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError> {
        self.files.replace_own(&self.path, all)?;
        self.bytes = all.len() as u64;
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error(
        "the journal is damaged from line {line} on: {why}; what was done after that is unknown. \
         `switchback status` shows what can be read, `switchback restore` puts the backup into a \
         folder, and the RESTORE.md in it says how to restore by hand"
    )]
    Damaged { line: usize, why: &'static str },
    #[error(
        "the journal is gone, and with it what was done since the backup; `switchback restore` puts \
         the backup into a folder, and the RESTORE.md in it says how to restore by hand"
    )]
    Gone,
    #[error("the journal was written by a newer switchback (form {found}); use that one")]
    Newer { found: u32 },
    #[error("the journal could not be written before; start switchback again to go on")]
    Closed,
    #[error("the journal could not be read or written")]
    File(#[from] FileError),
}

/// The journal of one run, open for writing. The caller holds the run's lock.
pub struct Journal {
    store: Box<dyn Store>,
    check: String,
    next_seq: u64,
    closed: bool,
}

impl Journal {
    /// An empty journal.
    pub fn create(store: Box<dyn Store>) -> Self {
        Self {
            store,
            check: ANCHOR.to_owned(),
            next_seq: 0,
            closed: false,
        }
    }

    /// Opens a journal to go on with it; cuts a torn tail and makes the rest durable.
    pub fn open(store: Box<dyn Store>) -> Result<(Self, Vec<Record>), JournalError> {
        let mut journal = Self::create(store);
        let records = journal.reopen()?;
        Ok((journal, records))
    }

    /// The same for a journal closed by an error: rewrites what can be read, as another process
    /// would, and never less than was durable before.
    pub fn reopen(&mut self) -> Result<Vec<Record>, JournalError> {
        let bytes = self.store.load()?;
        let decoded = decode(&bytes);
        refuse_newer(&decoded.records)?;
        let next_seq = decoded.records.len() as u64;
        match decoded.tail {
            Tail::Damaged { line, why } => return Err(JournalError::Damaged { line, why }),
            Tail::Clean | Tail::Torn if next_seq < self.next_seq => return Err(JournalError::Gone),
            Tail::Clean | Tail::Torn => self.store.rewrite(&bytes[..decoded.valid])?,
        }
        (self.check, self.next_seq, self.closed) = (decoded.check, next_seq, false);
        Ok(decoded.records)
    }

    /// Reads a journal without writing to it, as `status` does; allowed while a worker is running.
    pub fn peek(store: &dyn Store) -> Result<Decoded, JournalError> {
        let decoded = decode(&store.load()?);
        refuse_newer(&decoded.records)?;
        Ok(decoded)
    }

    /// One record, durable when it returns; only then may anybody act on it or show it.
    pub fn append(&mut self, at_ms: u64, body: Body) -> Result<Record, JournalError> {
        let mut records = self.number(at_ms, vec![body]);
        self.write(&records)?;
        Ok(records.remove(0))
    }

    /// How many records are durable.
    pub fn durable(&self) -> usize {
        usize::try_from(self.next_seq).unwrap_or(usize::MAX)
    }

    /// Numbers the next records without writing them: folding them first ensures that none is
    /// written that could not be read back.
    pub fn number(&self, at_ms: u64, bodies: Vec<Body>) -> Vec<Record> {
        let numbered = bodies.into_iter().zip(self.next_seq..);
        numbered
            .map(|(body, seq)| Record { seq, at_ms, body })
            .collect()
    }

    /// Writes several records with one sync, for what happened together with no effect in between.
    /// A crash may leave the first of them only.
    pub fn write(&mut self, records: &[Record]) -> Result<(), JournalError> {
        if self.closed {
            return Err(JournalError::Closed);
        }
        if records.is_empty() {
            return Ok(());
        }
        let (lines, check) = encode(records, &self.check);
        if let Err(error) = self.store.append(lines.as_bytes()) {
            self.closed = true;
            return Err(error.into());
        }
        self.check = check;
        self.next_seq += records.len() as u64;
        Ok(())
    }
}

fn refuse_newer(records: &[Record]) -> Result<(), JournalError> {
    match records.first().map(|record| &record.body) {
        Some(Body::RunStarted { format, .. }) if *format > JOURNAL_FORMAT => {
            Err(JournalError::Newer { found: *format })
        }
        _ => Ok(()),
    }
}
