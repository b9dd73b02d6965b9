//! What each format is read and changed with: as a tree of values, by operations that are written
//! once, or line by line, by an editor of its own.

use super::{
    Document, DotenvDialect, Edit, EditError, Edited, Format, IniDialect, dotenv, ini, json,
    syntax::Syntax, text, toml, yaml,
};

pub enum Grammar {
    Tree(&'static dyn Syntax),
    Lines(LineFormat),
}

#[derive(Clone, Copy, Debug)]
pub enum LineFormat {
    Dotenv(DotenvDialect),
    Ini(IniDialect),
    Text,
}

impl Grammar {
    pub fn of(format: Format) -> Self {
        match format {
            Format::Yaml => Self::Tree(&yaml::Yaml),
            Format::Json => Self::Tree(&json::Json { comments: false }),
            Format::Jsonc => Self::Tree(&json::Json { comments: true }),
            Format::Toml => Self::Tree(&toml::Toml),
            Format::Dotenv(dialect) => Self::Lines(LineFormat::Dotenv(dialect)),
            Format::Ini(dialect) => Self::Lines(LineFormat::Ini(dialect)),
            Format::Text => Self::Lines(LineFormat::Text),
        }
    }
}

impl LineFormat {
    pub fn read(self, text: &str) -> Document {
        match self {
            Self::Dotenv(dialect) => dotenv::read(dialect, text),
            Self::Ini(dialect) => ini::read(dialect, text),
            // Plain text has no routes, so it has no entries.
            Self::Text => Document::default(),
        }
    }

    pub fn apply(self, text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
        match self {
            Self::Dotenv(dialect) => dotenv::apply(dialect, text, edits),
            Self::Ini(dialect) => ini::apply(dialect, text, edits),
            Self::Text => text::apply(text, edits),
        }
    }
}
