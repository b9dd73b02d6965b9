//! Statements, files of statements, folders of such files; and probes of what a database holds.

use super::action::{Action, is_false};
use crate::model::{
    glob::Glob, ids::GuideId, path::RelPath, pattern::Pattern, template::Template, units::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One or more statements, in one transaction unless one of them cannot be in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sql {
    pub database: String,
    pub statement: Template,
    /// Sends each statement alone: what was done before a failure stays.
    #[serde(default, skip_serializing_if = "is_false")]
    pub alone: bool,
    /// The time limit for each statement. Default: 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Span>,
    /// The row to remove from a record table along with it: what is undone is no longer recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget: Option<RecordRow>,
    /// Data that it destroys, found in the statement when the plan is made. It takes a typed
    /// consent. If the step is `harmless`, rows that a `WHERE` picks do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loses: Vec<String>,
}

/// A folder of files that change a schema, each a step of its own, in the order of their names. A
/// file that comes with the product and is not in `known` runs where its name puts it, and nothing
/// shows whether it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Migrate {
    pub database: String,
    /// Below the root.
    pub folder: RelPath,
    /// Which of its files, as a glob. Default: `*.sql`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Glob>,
    /// What is known of single files. A file that is named here must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<KnownFile>,
    /// Only the files that `known` names, in its order.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_known: bool,
    /// Where the product records which files were applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// The time limit for each statement. Default: 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Span>,
    /// How long to wait for another migration to end, and for a table that is in use. Default: 30
    /// seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_wait: Option<Span>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFile {
    pub file: String,
    /// What it brings. If all of it is there, the file was applied; if none, it was not; if some,
    /// it is half applied and a person has to look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Thing>,
    /// Every statement in it may run more than once: a half-applied file is simply run again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// Statements that undo this file, in place of the way back that the step gives for all files.
    /// If every file has them and `only_known` admits no others, the step need not give one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// A table with a row for every applied file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub table: String,
    pub column: String,
    /// The part of a file's name that is recorded: the pattern's first group. Default: the whole
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Pattern>,
}

/// One row of a record table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRow {
    pub table: String,
    pub column: String,
    pub value: String,
}

/// One file of a folder, as a plan has it. Made from `migrate`, or written directly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlFile {
    pub database: String,
    /// Below the root. The plan fixes its contents.
    pub file: RelPath,
    /// What it brings. If all of it is there, the file was applied; if none, it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Thing>,
    /// Every statement in it may run more than once: a half-applied file is simply run again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// The row in which the product records that the file was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRow>,
    /// Data that it destroys, found in the text when the plan is made. It takes a typed consent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loses: Vec<String>,
    /// The time limit for each statement. Default: 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Span>,
    /// How long to wait for another migration to end, and for a table that is in use. Default: 30
    /// seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_wait: Option<Span>,
}

/// What an action sends to a database.
#[derive(Clone, Copy, Debug)]
pub enum Statements<'a> {
    Own(&'a Sql),
    OfFile(&'a SqlFile),
}

impl Action {
    /// A migration is one such step for each of its files by the time it is planned.
    pub fn statements(&self) -> Option<Statements<'_>> {
        match self {
            Self::Sql(sql) => Some(Statements::Own(sql)),
            Self::SqlFile(file) => Some(Statements::OfFile(file)),
            Self::Run(_)
            | Self::Http(_)
            | Self::Wait(_)
            | Self::Ask(_)
            | Self::Stage(_)
            | Self::Flag(_)
            | Self::Start(_)
            | Self::Stop(_)
            | Self::Restart(_)
            | Self::Switch(_)
            | Self::Checkout(_)
            | Self::Migrate(_) => None,
        }
    }

    /// The database that it sends statements to.
    pub fn database(&self) -> Option<&str> {
        Some(match self.statements()? {
            Statements::Own(sql) => &sql.database,
            Statements::OfFile(file) => &file.database,
        })
    }

    /// Data that it is known to destroy.
    pub fn loses(&self) -> &[String] {
        match self.statements() {
            Some(Statements::Own(sql)) => &sql.loses,
            Some(Statements::OfFile(file)) => &file.loses,
            None => &[],
        }
    }

    /// The same in words, with the name of the database.
    pub fn loses_in_words(&self) -> Option<String> {
        let database = self.database()?;
        let lost = self.loses().join(", ");
        let words = || format!("{lost} in {database}, with whatever was written there");
        (!lost.is_empty()).then(words)
    }
}

impl SqlFile {
    /// Whether anything shows that it was applied.
    pub fn shows(&self) -> bool {
        !self.made.is_empty() || self.record.is_some()
    }
}

/// Whether a file of statements was applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    pub database: String,
    /// What it brings. If all of it is there, the file was applied; if none, it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Thing>,
    /// Every statement in it may run more than once: a half-applied file is simply run again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// The row in which the product records that the file was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRow>,
}

/// A query and what it must return. It cannot change anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlProbe {
    pub database: String,
    pub query: Template,
    /// The first value of the first row must be this, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Pattern>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i64>,
    /// Default: 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Span>,
}

/// Something that a database has: the innermost of the things named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    pub database: String,
    /// With its schema if it is not found without: `auth.tenants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// A column of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// It must be usable: an index that `CREATE INDEX CONCURRENTLY` left half-built does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// A trigger of the table that is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// A constraint of the table that holds for every row in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// `false`: it must not be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// `schema` without its database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

impl Schema {
    pub fn thing(&self) -> Thing {
        Thing {
            table: self.table.clone(),
            column: self.column.clone(),
            index: self.index.clone(),
            trigger: self.trigger.clone(),
            constraint: self.constraint.clone(),
            extension: self.extension.clone(),
            exists: self.exists,
        }
    }
}

/// What a [`Thing`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'t> {
    Table(&'t str),
    Column {
        table: &'t str,
        column: &'t str,
    },
    Index {
        table: Option<&'t str>,
        index: &'t str,
    },
    Trigger {
        table: &'t str,
        trigger: &'t str,
    },
    Constraint {
        table: &'t str,
        constraint: &'t str,
    },
    Extension(&'t str),
}

impl Thing {
    /// What it names; the error says what is missing or too much.
    pub fn named(&self) -> Result<Named<'_>, &'static str> {
        let table = self.table.as_deref();
        let parts = [
            &self.column,
            &self.index,
            &self.trigger,
            &self.constraint,
            &self.extension,
        ];
        if parts.iter().filter(|part| part.is_some()).count() > 1 {
            return Err("it names several things: give each an entry of its own");
        }
        let of_table = table.ok_or("it needs `table` too");
        if let Some(column) = &self.column {
            let table = of_table?;
            Ok(Named::Column { table, column })
        } else if let Some(trigger) = &self.trigger {
            let table = of_table?;
            Ok(Named::Trigger { table, trigger })
        } else if let Some(constraint) = &self.constraint {
            let table = of_table?;
            Ok(Named::Constraint { table, constraint })
        } else if let Some(index) = &self.index {
            Ok(Named::Index { table, index })
        } else if let Some(extension) = &self.extension {
            Ok(Named::Extension(extension))
        } else {
            table
                .map(Named::Table)
                .ok_or("it names nothing: give `table`, `column`, `index`, `trigger`, `constraint` or `extension`")
        }
    }

    /// Whether it should be there.
    pub fn wanted(&self) -> bool {
        self.exists != Some(false)
    }
}

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Table(table) => write!(f, "table {table}"),
            Self::Column { table, column } => write!(f, "column {table}.{column}"),
            Self::Index { index, .. } => write!(f, "index {index}"),
            Self::Trigger { table, trigger } => write!(f, "trigger {trigger} of {table}"),
            Self::Constraint { table, constraint } => {
                write!(f, "constraint {constraint} of {table}")
            }
            Self::Extension(extension) => write!(f, "extension {extension}"),
        }
    }
}
