//! Changes keys of structured files and leaves every other byte.
//!
//! An edit names a route, never an offset: one parse finds where keys and values stand, each edit
//! becomes splices of the text, and the result is read back by an independent reader and compared
//! with what was asked. What cannot be done exactly is refused with the reason and the cure.
//!
//! Knows no file system: text goes in, text comes out.

mod document;
mod error;
mod format;

pub use document::{Document, Entry, Kind};
pub use error::EditError;
pub use format::{DotenvDialect, Format, IniDialect};

pub use crate::model::edit::{Edit, Op, Wrap};

/// What became of one edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Changed,
    /// The file already says what was asked.
    AlreadyDone,
    /// Nothing stands at the route; the caller decides whether that is fine.
    Absent,
}

/// The file after the edits, and one outcome for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub text: String,
    pub outcomes: Vec<Outcome>,
}
pub fn apply(_: &Format, _: &str, _: &[Edit]) -> Result<Edited, EditError> {
    loop {}
}
pub fn read(_: &Format, _: &str) -> Result<Document, EditError> {
    loop {}
}
