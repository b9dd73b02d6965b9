//! The output of a step, kept in the run's folder for later reading. If a log cannot be kept only
//! its lines are lost: the command has run, and its outcome is what counts.

use crate::{
    engine::store::run_dir::RunDir,
    model::{ids::StepId, record::RemedyOf, text::with_causes},
    world::Files,
};
use std::path::PathBuf;

/// How much is buffered before it is written to disk.
const BYTES_BUFFERED: usize = 64 << 10;

pub(super) struct Log<'l> {
    files: &'l dyn Files,
    path: PathBuf,
    buffer: Vec<u8>,
    /// How many more bytes may be kept.
    left: usize,
    /// Nothing more is kept, and that was reported.
    closed: bool,
}

impl<'l> Log<'l> {
    pub fn of(files: &'l dyn Files, dir: &RunDir, step: &StepId) -> Self {
        let path = dir.output(step);
        Self {
            left: files.room_for_output(&path),
            files,
            path,
            buffer: Vec::new(),
            closed: false,
        }
    }

    /// Keeps a line; returns, once, a message why this line and all later ones are not kept.
    pub fn keep(&mut self, line: &str) -> Option<String> {
        if self.closed {
            return None;
        }
        let bytes = line.len() + 1;
        if bytes > self.left {
            let why = self
                .write()
                .unwrap_or_else(|| "it is too much for the room there".to_owned());
            return Some(self.close(&why));
        }
        self.left -= bytes;
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        match self.buffer.len() {
            BYTES_BUFFERED.. => self.write().map(|why| self.close(&why)),
            _ => None,
        }
    }

    /// Writes what is still buffered, or says why it could not.
    pub fn end(mut self) -> Option<String> {
        self.write().map(|why| self.close(&why))
    }

    fn write(&mut self) -> Option<String> {
        let buffer = std::mem::take(&mut self.buffer);
        if buffer.is_empty() {
            return None;
        }
        let end = self.files.append(&self.path, &buffer, None);
        end.err().map(|error| with_causes(&error))
    }

    fn close(&mut self, why: &str) -> String {
        self.closed = true;
        format!("(what it prints is not kept from here on: {why})")
    }
}

/// The name of the log that a remedy prints to, and of its papers.
pub(super) fn of_remedy(of: &RemedyOf) -> StepId {
    match of {
        RemedyOf::Check(id) => StepId::new(format!("fix/{id}")),
        RemedyOf::Step { step, .. } => step.clone(),
    }
}
