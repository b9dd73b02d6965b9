//! A database that is a file of JSON: tables with their columns and a count of rows. It reads as
//! much SQL as the packs and their samples write, and refuses what refers to a missing table.

use super::{Failed, home};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Store {
    pub tables: BTreeMap<String, Table>,
    #[serde(default)]
    pub indexes: Vec<String>,
    /// Names of the migrations that ran.
    #[serde(default)]
    pub migrations: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Table {
    pub columns: Vec<String>,
    pub rows: u64,
}

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("a pattern of ours"));
    };
}
pattern!(
    CREATE,
    r"(?is)^create table\s+(if not exists\s+)?(\w+)\s*\((.*)\)$"
);
pattern!(
    ADD,
    r"(?is)^alter table\s+(\w+)\s+add column\s+(if not exists\s+)?(\w+)"
);
pattern!(
    INDEX,
    r"(?is)^create index\s+(if not exists\s+)?(\w+)\s+on\s+(\w+)"
);
pattern!(REFERS, r"(?is)\breferences\s+(\w+)");
pattern!(INSERT, r"(?is)^insert into\s+(\w+)");

impl Store {
    pub(super) fn load(path: &Path) -> Result<Self, Failed> {
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text)
            .map_err(|_| Failed::new(format!("{}: file is not a database", path.display())))
    }

    pub(super) fn save(&self, path: &Path) -> Result<(), Failed> {
        home::write(
            path,
            serde_json::to_vec_pretty(self).map_err(std::io::Error::from)?,
        )
    }

    /// Runs every statement, or none of them.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), Failed> {
        let mut after = self.clone();
        let plain: Vec<&str> = sql
            .lines()
            .filter(|line| !line.trim().starts_with("--"))
            .collect();
        for statement in plain.join("\n").split(';') {
            after.statement(statement.trim())?;
        }
        *self = after;
        Ok(())
    }

    fn statement(&mut self, sql: &str) -> Result<(), Failed> {
        if let Some(found) = CREATE.captures(sql) {
            for target in REFERS.captures_iter(&found[3]) {
                self.table(&target[1])?;
            }
            let named = found[3]
                .split(',')
                .filter_map(|part| part.split_whitespace().next());
            let columns = named.map(str::to_owned).collect();
            let new = !self.tables.contains_key(&found[2]);
            if new {
                self.tables
                    .insert(found[2].to_owned(), Table { columns, rows: 0 });
            } else if found.get(1).is_none() {
                return Err(Failed::new(format!(
                    "relation \"{}\" already exists",
                    &found[2]
                )));
            }
        } else if let Some(found) = ADD.captures(sql) {
            let column = found[3].to_owned();
            let table = self.table(&found[1])?;
            if !table.columns.contains(&column) {
                table.columns.push(column);
            } else if found.get(2).is_none() {
                return Err(Failed::new(format!("duplicate column name: {column}")));
            }
        } else if let Some(found) = INDEX.captures(sql) {
            self.table(&found[3])?;
            let index = found[2].to_owned();
            if !self.indexes.contains(&index) {
                self.indexes.push(index);
            }
        } else if let Some(found) = INSERT.captures(sql) {
            self.table(&found[1])?.rows += 1;
        }
        Ok(())
    }

    fn table(&mut self, name: &str) -> Result<&mut Table, Failed> {
        let missing = || Failed::new(format!("relation \"{name}\" does not exist"));
        self.tables.get_mut(name).ok_or_else(missing)
    }

    pub(super) fn has_column(&self, table: &str, column: &str) -> bool {
        let columns = self.tables.get(table).map(|table| &table.columns);
        columns.is_some_and(|columns| columns.iter().any(|name| name == column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_change_all_or_nothing() {
        let mut store = Store::default();
        store
            .run("-- base\nCREATE TABLE a (id uuid, name text);\nINSERT INTO a VALUES (1, 'x');")
            .expect("the base");
        let before = store.clone();
        let failed =
            store.run("ALTER TABLE a ADD COLUMN b text; ALTER TABLE event_store ADD COLUMN c text");
        let said = failed.expect_err("no such table").to_string();
        assert_eq!(said, "relation \"event_store\" does not exist");
        assert_eq!(store, before);
        store
            .run("CREATE TABLE b (a_id uuid REFERENCES a(id)); CREATE INDEX i ON b(a_id)")
            .expect("b");
        assert!(store.has_column("b", "a_id"));
        assert_eq!(store.tables["a"].rows, 1);
    }
}
