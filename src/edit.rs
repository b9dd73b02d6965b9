//! Changes keys of structured files and leaves every other byte.
//!
//! An edit names a route, never an offset: one parse finds where keys and values stand, each edit
//! becomes splices of the text, and the result is read back and compared with what was asked. YAML,
//! TOML and JSON are read back by an independent reader; line-based files (dotenv, INI) by the
//! reader that found their lines; plain text, in which a pattern is replaced, is not read back.
//! What cannot be done exactly is refused, with the reason and what to do instead.
//!
//! Knows no file system: text goes in, text comes out.

mod assigned;
mod batch;
mod chain;
mod comments;
mod document;
mod dotenv;
mod error;
mod expect;
mod flow;
mod grammar;
mod ini;
mod json;
mod line_end;
mod located;
pub mod merge;
mod opened;
mod places;
mod quoted;
mod shared;
mod splice;
mod syntax;
mod text;
mod toml;
mod tree;
mod typed;
mod yaml;

pub use assigned::asked_in as assigned_name;
pub use batch::{Changeset, See};
pub use document::{Document, Entry, Kind};
pub use error::EditError;
pub use opened::{Changed, Opened};
pub use typed::typed;

pub use crate::model::{
    edit::{Edit, Op, Wrap},
    format::{DotenvDialect, Format, IniDialect},
};
use crate::model::{limits, units::Size};

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

/// Nobody's configuration has more than this of what ends an entry, or begins one inside another.
/// Each costs 1 to 2 KiB while the file is read, so it is told before.
fn marks_max(format: &Format) -> usize {
    match format {
        Format::Yaml | Format::Toml => 85_000,
        Format::Json | Format::Jsonc | Format::Dotenv(_) | Format::Ini(_) | Format::Text => 200_000,
    }
}

/// What `Opened::apply` makes of a text, for who needs no more of the file than its text.
pub fn apply(format: &Format, text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
    let Changed { file, outcomes } = Opened::new(*format, text)?.apply(edits)?;
    let text = file.as_ref().map_or(text, Opened::text).to_owned();
    Ok(Edited { text, outcomes })
}

/// What the file says, and on which line.
pub fn read(format: &Format, text: &str) -> Result<Document, EditError> {
    Ok(Opened::new(*format, text)?.into_document())
}

fn within_limits(format: &Format, text: &str) -> Result<(), EditError> {
    let cure = "is this the right file? then change it by hand";
    let refused = |why: &str| Err(EditError::at("", 0, why, cure));
    let larger_than = |most: Size| text.len() as u64 > most.bytes();
    if larger_than(limits::TEXT_FILE) {
        return refused(&format!("the file is larger than {}", limits::TEXT_FILE));
    }
    if *format == Format::Toml && larger_than(limits::TOML_FILE) {
        let most = limits::TOML_FILE;
        return refused(&format!("the file is TOML and larger than {most}"));
    }
    let mark = |byte: &u8| matches!(byte, b'\n' | b',' | b'[' | b'{');
    let max = marks_max(format);
    if text.len() > max && text.bytes().filter(mark).count() > max {
        return refused(&format!(
            "the file has more than {max} lines, commas and brackets"
        ));
    }
    Ok(())
}
