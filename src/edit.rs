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

use crate::model::{pattern::Pattern, route::Route};
use serde_json::Value;

/// One change of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    pub route: Route,
    pub op: Op,
}

/// What is done at the route.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Gives the entry this value, whatever it had; missing parents are made.
    Set { value: Value },
    /// Gives the entry this value only if it is missing.
    Default { value: Value },
    /// Takes the entry away with what is below it and the comment that stands on it.
    Remove,
    /// Gives the entry another key in the same place.
    Rename { to: String },
    /// Takes the entry elsewhere, with its comment; `value`, if given, replaces its value.
    Move { to: Route, value: Option<Value> },
    /// Adds an item to a list unless an equal one is there.
    Append { value: Value },
    /// Changes part of a scalar's text.
    Rewrite { pattern: Pattern, with: String },
    /// Puts the value into a list of one, or under a key.
    Wrap(Wrap),
    /// Changes the whole file by pattern: plain text only.
    Replace { pattern: Pattern, with: String },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wrap {
    List,
    Map(String),
}

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
