//! Limits the text in a survey, per file and in total, because everything that rules read is in
//! memory at once: many files, each small enough, must not add up to too much.

use crate::{
    model::{
        limits,
        survey::{FileState, Survey},
    },
    world::{Content, FileError, Files},
};
use std::path::Path;

/// What is left for files that are still to be read.
#[derive(Debug)]
pub struct Room(u64);

impl Room {
    pub fn whole() -> Self {
        Self(limits::SURVEY_TEXTS.bytes())
    }

    /// The room that the files of a survey leave.
    pub fn beside(survey: &Survey) -> Self {
        let texts = survey.files.values().filter_map(FileState::text);
        let held: usize = texts.map(str::len).sum();
        Self(limits::SURVEY_TEXTS.bytes().saturating_sub(held as u64))
    }

    /// Charges a text that is kept; a file that turns out not to be text is not charged.
    pub fn keep(&mut self, text: &str) {
        self.0 = self.0.saturating_sub(text.len() as u64);
    }

    /// Charges a text that does not come from a file.
    pub fn take(&mut self, text: &str) -> Result<(), String> {
        if text.len() as u64 > self.0 {
            return Err(too_large("the texts"));
        }
        self.keep(text);
        Ok(())
    }

    #[cfg(test)]
    pub fn of(bytes: u64) -> Self {
        Self(bytes)
    }

    pub fn read(&self, files: &dyn Files, path: &Path) -> Result<Option<Content>, FileError> {
        match files.read(path, limits::TEXT_FILE.bytes().min(self.0)) {
            Err(FileError::TooLarge { path, .. }) if self.0 < limits::TEXT_FILE.bytes() => {
                Err(FileError::Unusable {
                    path,
                    why: too_large("the files"),
                    cure: "check which of them grew",
                })
            }
            read => read,
        }
    }
}

fn too_large(before: &str) -> String {
    let limit = limits::SURVEY_TEXTS;
    format!("together with {before} before it larger than {limit}, too large to be read")
}
