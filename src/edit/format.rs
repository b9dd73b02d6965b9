//! Which grammar a file is written in, told by its name or by the rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Dotenv(DotenvDialect),
    Yaml,
    Toml,
    Json,
    Jsonc,
    Ini(IniDialect),
    Text,
}

/// Who reads the `.env` file: they differ in quotes, comments and `$`. What each does stands in
/// `edit::dotenv`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
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

/// Who reads the `.ini` file: they differ in continuation lines and comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IniDialect {
    #[default]
    Plain,
    /// Python's configparser: an indented line continues the value above.
    Python,
    Php,
}

impl Format {
    /// By the file's name; `None` when the name says nothing.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        if name == ".env" || name.starts_with(".env.") {
            return Some(Self::Dotenv(DotenvDialect::default()));
        }
        match name.rsplit_once('.')?.1 {
            "env" => Some(Self::Dotenv(DotenvDialect::default())),
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

    /// By the word that rules files use, with the dialect after a dash: `ini-python`.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "dotenv" | "dotenv-compose" => Self::Dotenv(DotenvDialect::Compose),
            "dotenv-python" => Self::Dotenv(DotenvDialect::Python),
            "dotenv-node" => Self::Dotenv(DotenvDialect::Node),
            "dotenv-raw" => Self::Dotenv(DotenvDialect::Raw),
            "dotenv-systemd" => Self::Dotenv(DotenvDialect::Systemd),
            "dotenv-shell" => Self::Dotenv(DotenvDialect::Shell),
            "yaml" => Self::Yaml,
            "toml" => Self::Toml,
            "json" => Self::Json,
            "jsonc" => Self::Jsonc,
            "ini" | "ini-plain" => Self::Ini(IniDialect::Plain),
            "ini-python" => Self::Ini(IniDialect::Python),
            "ini-php" => Self::Ini(IniDialect::Php),
            "text" => Self::Text,
            _ => return None,
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
        for word in [
            "dotenv",
            "dotenv-python",
            "dotenv-node",
            "dotenv-raw",
            "dotenv-systemd",
            "dotenv-shell",
            "yaml",
            "toml",
            "json",
            "jsonc",
            "ini",
            "ini-python",
            "ini-php",
            "text",
        ] {
            assert_eq!(Format::named(word).map(Format::word), Some(word));
        }
    }
}
