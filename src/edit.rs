//! Changes keys of structured files and leaves every other byte.
//!
//! An edit names a route, never an offset: one parse finds where keys and values stand, each edit
//! becomes splices of the text, and the result is read back by an independent reader and compared
//! with what was asked. What cannot be done exactly is refused with the reason and the cure.
//!
//! Knows no file system: text goes in, text comes out.

mod batch;
mod document;
mod dotenv;
mod error;
mod expect;
mod flow;
mod format;
mod ini;
mod json;
mod line_end;
pub mod merge;
mod opened;
mod splice;
mod syntax;
mod text;
mod toml;
mod tree;
mod yaml;

pub use document::{Document, Entry, Kind};
pub use error::EditError;
pub use format::{DotenvDialect, Format, IniDialect};
pub use opened::{Changed, Opened};

pub use crate::model::edit::{Edit, Op, Wrap};
use syntax::Syntax;

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

/// A larger file is nobody's configuration.
const FILE_BYTES_MAX: usize = 16 << 20;

/// Nor is one with more than this of what ends an entry, or begins one inside another. Each costs
/// some hundreds of bytes when the file is read, so it is told before.
const MARKS_MAX: usize = 200_000;

/// Makes the edits in their order; all or, with an error, none.
pub fn apply(format: &Format, text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
    within_limits(text)?;
    match format {
        Format::Dotenv(dialect) => dotenv::apply(*dialect, text, edits),
        Format::Ini(dialect) => ini::apply(*dialect, text, edits),
        Format::Text => text::apply(text, edits),
        Format::Yaml | Format::Json | Format::Jsonc | Format::Toml => {
            let changed = Opened::new(*format, text)?.apply(edits)?;
            Ok(Edited {
                text: changed
                    .file
                    .map_or_else(|| text.to_owned(), |file| file.text),
                outcomes: changed.outcomes,
            })
        }
    }
}

/// What the file says, and on which line.
pub fn read(format: &Format, text: &str) -> Result<Document, EditError> {
    within_limits(text)?;
    match format {
        Format::Dotenv(dialect) => Ok(dotenv::read(*dialect, text)),
        Format::Ini(dialect) => Ok(ini::read(*dialect, text)),
        Format::Text => Ok(text::read(text)),
        Format::Yaml | Format::Json | Format::Jsonc | Format::Toml => {
            Ok(Opened::new(*format, text)?.into_document())
        }
    }
}

/// The grammar of a format whose files are all of one shape.
fn grammar(format: &Format) -> Option<&'static dyn Syntax> {
    match format {
        Format::Yaml => Some(&yaml::Yaml),
        Format::Json => Some(&json::Json { comments: false }),
        Format::Jsonc => Some(&json::Json { comments: true }),
        Format::Toml => Some(&toml::Toml),
        Format::Dotenv(_) | Format::Ini(_) | Format::Text => None,
    }
}

fn within_limits(text: &str) -> Result<(), EditError> {
    if text.len() > FILE_BYTES_MAX {
        let cure = "is this the right file? then change it by hand";
        return Err(EditError::at("", 0, "the file is larger than 16 MiB", cure));
    }
    let mark = |byte: &u8| matches!(byte, b'\n' | b',' | b'[' | b'{');
    if text.len() > MARKS_MAX && text.bytes().filter(|byte| mark(byte)).count() > MARKS_MAX {
        let why = "the file has more than 200,000 lines, commas and brackets";
        return Err(EditError::at("", 0, why, "make this change by hand"));
    }
    Ok(())
}
