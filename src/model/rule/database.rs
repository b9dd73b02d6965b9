//! Databases of the product: named once in pack.yaml, and referred to by name everywhere else.

use crate::model::{path::RelPath, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Database {
    Postgres(Server),
    Sqlite(SqliteFile),
    Redis(Server),
}

/// The SQL that a database understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    Sqlite,
}

/// Where to find a server: its address, or the parts of it, as the product's own variables give
/// them. Exactly one of `url` and `host` is given; `rules check` makes sure of that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// In any spelling that libraries use: `postgres://`, `postgresql+asyncpg://`, `redis://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Template>,
    /// The name of the database; for Redis, its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Template>,
    /// Folders below the root that are searched for its tools (`pg_dump`, `redis-cli`) before those
    /// of its release and the fixed `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RelPath>,
    /// Tables of PostgreSQL in which a tool records which migrations it applied. A restore takes
    /// those entries back along with what was applied, so they are not counted as lost data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqliteFile {
    /// A path, relative to the root, or an address: `sqlite:///data/app.db`, `file:./dev.db`.
    pub file: Template,
    /// A service of the pack: the file that its process really has open wins over `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_by: Option<String>,
    /// Tables in which a tool records which migrations it applied, as for a server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
}

impl Database {
    /// What people call its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "PostgreSQL",
            Self::Sqlite(_) => "SQLite",
            Self::Redis(_) => "Redis",
        }
    }

    /// Tables in which a tool records what it applied.
    pub fn records(&self) -> &[String] {
        match self {
            Self::Postgres(server) | Self::Redis(server) => &server.records,
            Self::Sqlite(file) => &file.records,
        }
    }

    /// The SQL dialect, if the database takes statements.
    pub fn dialect(&self) -> Option<Dialect> {
        match self {
            Self::Postgres(_) => Some(Dialect::Postgres),
            Self::Sqlite(_) => Some(Dialect::Sqlite),
            Self::Redis(_) => None,
        }
    }

    /// The folders searched first for its tools.
    pub fn path(&self) -> &[RelPath] {
        match self {
            Self::Postgres(server) | Self::Redis(server) => &server.path,
            Self::Sqlite(_) => &[],
        }
    }
}
