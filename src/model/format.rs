//! Which grammar a file is written in, according to its name or the rules.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Written as one word, with the dialect after a dash: `ini-python`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Format {
    Dotenv(DotenvDialect),
    Yaml,
    Toml,
    Json,
    Jsonc,
    Ini(IniDialect),
    Text,
}

/// Who reads the `.env` file: readers differ in quotes, comments and `$`. `edit::dotenv` describes
/// each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DotenvDialect {
    #[default]
    Compose,
    Python,
    Node,
    /// `docker run --env-file`: no quotes, no comments after a value.
    Raw,
    /// systemd's `EnvironmentFile=`: the shell's quotes, but nothing is expanded.
    Systemd,
    /// A file that a shell sources.
    Shell,
}

/// Who reads the `.ini` file: readers differ in continuation lines, comments and quotes.
/// `edit::ini` describes each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IniDialect {
    /// systemd's units, and daemons that take the rest of a line as the value. Covers what git's
    /// and Go's ini read the same way as well; the rest is refused.
    #[default]
    Plain,
    /// Python's configparser: an indented line continues the value above.
    Python,
    Php,
}

impl Format {
    /// The format of the files that hold a product's variables.
    pub const DOTENV: Self = Self::Dotenv(DotenvDialect::Compose);

    const ALL: [Self; 14] = [
        Self::DOTENV,
        Self::Dotenv(DotenvDialect::Python),
        Self::Dotenv(DotenvDialect::Node),
        Self::Dotenv(DotenvDialect::Raw),
        Self::Dotenv(DotenvDialect::Systemd),
        Self::Dotenv(DotenvDialect::Shell),
        Self::Yaml,
        Self::Toml,
        Self::Json,
        Self::Jsonc,
        Self::Ini(IniDialect::Plain),
        Self::Ini(IniDialect::Python),
        Self::Ini(IniDialect::Php),
        Self::Text,
    ];

    /// The format that a rule gives, otherwise the one of the file's name; a file whose name says
    /// nothing is text.
    pub fn said_or_of(said: Option<Self>, path: &str) -> Self {
        said.or_else(|| Self::of(path)).unwrap_or(Self::Text)
    }

    /// By the file's name; `None` when the name says nothing.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        if name == ".env" || name.starts_with(".env.") {
            return Some(Self::DOTENV);
        }
        match name.rsplit_once('.')?.1 {
            "env" => Some(Self::DOTENV),
            "yml" | "yaml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            "jsonc" => Some(Self::Jsonc),
            "ini" | "cfg" | "conf" => Some(Self::Ini(IniDialect::default())),
            _ => None,
        }
    }

    /// The word that rules files use for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dotenv(DotenvDialect::Compose) => "dotenv",
            Self::Dotenv(DotenvDialect::Python) => "dotenv-python",
            Self::Dotenv(DotenvDialect::Node) => "dotenv-node",
            Self::Dotenv(DotenvDialect::Raw) => "dotenv-raw",
            Self::Dotenv(DotenvDialect::Systemd) => "dotenv-systemd",
            Self::Dotenv(DotenvDialect::Shell) => "dotenv-shell",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Json => "json",
            Self::Jsonc => "jsonc",
            Self::Ini(IniDialect::Plain) => "ini",
            Self::Ini(IniDialect::Python) => "ini-python",
            Self::Ini(IniDialect::Php) => "ini-php",
            Self::Text => "text",
        }
    }

    /// The format with that word. The default dialect may be spelled out too: `dotenv-compose`.
    fn named(word: &str) -> Option<Self> {
        let word = match word {
            "dotenv-compose" => "dotenv",
            "ini-plain" => "ini",
            word => word,
        };
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}

impl TryFrom<String> for Format {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::named(&word).ok_or_else(|| {
            format!(
                "`{word}` is no format: write dotenv, yaml, toml, json, jsonc, ini or text, with a \
                 dialect behind a dash: dotenv-raw, ini-python"
            )
        })
    }
}

impl From<Format> for String {
    fn from(format: Format) -> Self {
        format.word().to_owned()
    }
}

impl JsonSchema for Format {
    fn schema_name() -> Cow<'static, str> {
        "Format".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut words: Vec<&str> = Self::ALL.into_iter().map(Self::word).collect();
        words.extend(["dotenv-compose", "ini-plain"]);
        json_schema!({
            "description": "Who reads the file. `ini` is for systemd's units and for daemons that take \
                the rest of a line for the value: where git or Go's ini (Grafana, Gitea) would read \
                something else, nothing is changed.",
            "type": "string",
            "enum": words
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_format() {
        for (path, format) in [
            ("a/.env", Some(Format::Dotenv(DotenvDialect::Compose))),
            (".env.local", Some(Format::Dotenv(DotenvDialect::Compose))),
            ("x/prod.env", Some(Format::Dotenv(DotenvDialect::Compose))),
            ("docker-compose.YML", Some(Format::Yaml)),
            ("a.toml", Some(Format::Toml)),
            ("a.json", Some(Format::Json)),
            ("airflow.cfg", Some(Format::Ini(IniDialect::Plain))),
            ("Dockerfile", None),
            ("run.sh", None),
        ] {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }

    #[test]
    fn a_word_names_the_format_whose_word_it_is() {
        for format in Format::ALL {
            assert_eq!(Format::named(format.word()), Some(format));
            let written = serde_json::to_string(&format).expect("a word");
            assert_eq!(written, format!("\"{}\"", format.word()));
            assert_eq!(serde_json::from_str::<Format>(&written).ok(), Some(format));
        }
        assert_eq!(Format::named("dotenv-compose"), Some(Format::DOTENV));
        assert_eq!(Format::named("yml"), None);
    }
}
