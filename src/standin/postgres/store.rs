//! A database in a JSON file: tables with their rows, and what depends on them. It understands as
//! much SQL as the samples use, and refuses what PostgreSQL refuses: a table that is missing, a
//! trigger that exists already, dropping a function that others need.

use super::Refusal;
use crate::standin::{Failed, home};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::LazyLock,
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::standin) struct Store {
    pub tables: BTreeMap<String, Table>,
    pub indexes: BTreeSet<String>,
    pub extensions: BTreeSet<String>,
    pub functions: BTreeSet<String>,
    pub triggers: BTreeSet<Trigger>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::standin) struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows have ever been written.
    pub written: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::standin) struct Trigger {
    pub table: String,
    pub name: String,
    pub function: String,
}

pattern!(
    TABLE,
    r"(?is)^create table\s+(if not exists\s+)?(\w+)\s*\((.*)\)$"
);
pattern!(
    ADD,
    r"(?is)^alter table\s+(\w+)\s+add column\s+(if not exists\s+)?(\w+)"
);
pattern!(
    DROP_COLUMN,
    r"(?is)^alter table\s+(\w+)\s+drop column\s+(?:if exists\s+)?(\w+)"
);
pattern!(
    INDEX,
    r"(?is)^create (?:unique )?index\s+(if not exists\s+)?(\w+)\s+on\s+(\w+)"
);
pattern!(
    EXTENSION,
    r#"(?is)^create extension\s+(?:if not exists\s+)?"?([\w-]+)"#
);
pattern!(FUNCTION, r"(?is)^create (?:or replace )?function\s+(\w+)");
pattern!(
    TRIGGER,
    r"(?is)^create trigger\s+(\w+)\s.*\son\s+(\w+)\s.*execute function\s+(\w+)"
);
pattern!(
    DROP,
    r"(?is)^drop (table|function|trigger|policy|index)\s+(?:if exists\s+)?(\w+)"
);
pattern!(
    INSERT,
    r"(?is)^insert into\s+(\w+)\s*(?:\(([^)]*)\))?\s*values\s*(.*?)(?:\s*on conflict.*)?$"
);
pattern!(
    DELETE,
    r"(?is)^delete from\s+(\w+)(?:\s+where\s+(\w+)\s*=\s*'([^']*)')?$"
);
// Its table must exist; beyond that, such statements have no effect here.
pattern!(
    OF_TABLE,
    r"(?is)^(?:alter table|create policy\s+\w+\s+on)\s+(\w+)"
);
pattern!(DOLLARS, r"^\$\w*\$");
pattern!(REFERS, r"(?is)\breferences\s+(\w+)");
pattern!(
    CONSTRAINT,
    r"(?i)^(primary|unique|foreign|check|constraint)\b"
);

impl Store {
    pub(in crate::standin) fn load(path: &Path) -> Result<Self, Failed> {
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text)
            .map_err(|_| Failed::new(format!("{}: file is not a database", path.display())))
    }

    pub(in crate::standin) fn save(&self, path: &Path) -> Result<(), Failed> {
        home::write(
            path,
            serde_json::to_vec_pretty(self).map_err(std::io::Error::from)?,
        )
    }

    /// Runs every statement, or none of them.
    pub(in crate::standin) fn run(&mut self, sql: &str) -> Result<(), Failed> {
        let mut after = self.clone();
        for statement in statements(sql) {
            let done = after.change(&statement);
            done.map_err(|refusal| Failed::new(refusal.said))?;
        }
        *self = after;
        Ok(())
    }

    /// One statement that changes something: how many rows it wrote.
    pub(super) fn change(&mut self, sql: &str) -> Result<u64, Refusal> {
        if let Some(found) = TABLE.captures(sql) {
            self.create(&found[2], &found[3], found.get(1).is_some())?;
        } else if let Some(found) = ADD.captures(sql) {
            self.add_column(&found[1], &found[3], found.get(2).is_some())?;
        } else if let Some(found) = DROP_COLUMN.captures(sql) {
            self.drop_column(&found[1], &found[2])?;
        } else if let Some(found) = INDEX.captures(sql) {
            self.table(&found[3])?;
            if !self.indexes.insert(found[2].to_owned()) && found.get(1).is_none() {
                return Err(exists("relation", &found[2]));
            }
        } else if let Some(found) = EXTENSION.captures(sql) {
            self.extensions.insert(found[1].to_owned());
        } else if let Some(found) = FUNCTION.captures(sql) {
            self.functions.insert(found[1].to_owned());
        } else if let Some(found) = TRIGGER.captures(sql) {
            let [name, table, function] = [1, 2, 3].map(|n| found[n].to_owned());
            self.create_trigger(Trigger {
                table,
                name,
                function,
            })?;
        } else if let Some(found) = DROP.captures(sql) {
            self.drop(&found[1].to_lowercase(), &found[2])?;
        } else if let Some(found) = INSERT.captures(sql) {
            let columns = found.get(2).map(|columns| columns.as_str());
            return self.insert(&found[1], columns, &found[3]);
        } else if let Some(found) = DELETE.captures(sql) {
            let wanted = found.get(2).zip(found.get(3));
            return self.delete(&found[1], wanted.map(|(c, v)| (c.as_str(), v.as_str())));
        } else if let Some(found) = OF_TABLE.captures(sql) {
            self.table(&found[1])?;
        } else if !sql.to_lowercase().starts_with("grant ") {
            let begin: String = sql.chars().take(40).collect();
            let said = format!("the stand-in does not know this statement: {begin}");
            return Err(Refusal::new("0A000", said));
        }
        Ok(0)
    }

    fn create(&mut self, name: &str, columns: &str, unless_there: bool) -> Result<(), Refusal> {
        for target in REFERS.captures_iter(columns) {
            self.table(&target[1])?;
        }
        if self.tables.contains_key(name) {
            let refused = Err(exists("relation", name));
            return if unless_there { Ok(()) } else { refused };
        }
        let columns = parts(columns)
            .into_iter()
            .filter(|part| !CONSTRAINT.is_match(part))
            .filter_map(|part| part.split_whitespace().next().map(str::to_owned))
            .collect();
        let table = Table {
            columns,
            ..Table::default()
        };
        self.tables.insert(name.to_owned(), table);
        Ok(())
    }

    fn add_column(&mut self, table: &str, name: &str, unless_there: bool) -> Result<(), Refusal> {
        let found = self.table(table)?;
        if found.columns.iter().any(|column| column == name) {
            let said = format!("column \"{name}\" of relation \"{table}\" already exists");
            let refused = Err(Refusal::new("42701", said));
            return if unless_there { Ok(()) } else { refused };
        }
        found.columns.push(name.to_owned());
        found.rows.iter_mut().for_each(|row| row.push(None));
        Ok(())
    }

    fn drop_column(&mut self, table: &str, name: &str) -> Result<(), Refusal> {
        let found = self.table(table)?;
        if let Some(at) = found.columns.iter().position(|column| column == name) {
            found.columns.remove(at);
            found.rows.iter_mut().for_each(|row| drop(row.remove(at)));
        }
        Ok(())
    }

    fn create_trigger(&mut self, trigger: Trigger) -> Result<(), Refusal> {
        let Trigger {
            table,
            name,
            function,
        } = &trigger;
        self.table(table)?;
        if !self.functions.contains(function) {
            let said = format!("function {function}() does not exist");
            return Err(Refusal::new("42883", said));
        }
        let mut there = self.triggers.iter();
        if there.any(|one| one.table == *table && one.name == *name) {
            let said = format!("trigger \"{name}\" for relation \"{table}\" already exists");
            return Err(Refusal::new("42710", said));
        }
        self.triggers.insert(trigger);
        Ok(())
    }

    fn drop(&mut self, kind: &str, name: &str) -> Result<(), Refusal> {
        match kind {
            "table" => {
                self.tables.remove(name);
                self.triggers.retain(|trigger| trigger.table != name);
            }
            "function" => {
                if self.triggers.iter().any(|one| one.function == name) {
                    let said =
                        format!("cannot drop function {name}() because other objects depend on it");
                    return Err(Refusal::new("2BP01", said));
                }
                self.functions.remove(name);
            }
            "trigger" => self.triggers.retain(|trigger| trigger.name != name),
            "index" => drop(self.indexes.remove(name)),
            // Row security is not imitated.
            _ => {}
        }
        Ok(())
    }

    fn insert(&mut self, table: &str, columns: Option<&str>, values: &str) -> Result<u64, Refusal> {
        let found = self.table(table)?;
        let named = match columns {
            Some(columns) => parts(columns),
            None => found.columns.clone(),
        };
        let rows = parts(values);
        for row in &rows {
            let inner = row.strip_prefix('(').unwrap_or(row);
            let inner = inner.strip_suffix(')').unwrap_or(inner);
            let values: BTreeMap<&String, String> = named.iter().zip(parts(inner)).collect();
            let row = found.columns.iter().map(|column| {
                let value = values.get(column).filter(|value| *value != "NULL");
                value.map(|value| value.trim_matches('\'').replace("''", "'"))
            });
            found.rows.push(row.collect());
        }
        found.written += rows.len() as u64;
        Ok(rows.len() as u64)
    }

    fn delete(&mut self, table: &str, wanted: Option<(&str, &str)>) -> Result<u64, Refusal> {
        let found = self.table(table)?;
        let before = found.rows.len();
        let wanted = match wanted {
            Some((column, value)) => Some((found.place(column)?, value)),
            None => None,
        };
        let is_kept = |row: &Vec<Option<String>>| {
            wanted.is_some_and(|(at, value)| row[at].as_deref() != Some(value))
        };
        found.rows.retain(is_kept);
        let gone = (before - found.rows.len()) as u64;
        found.written += gone;
        Ok(gone)
    }

    fn table(&mut self, name: &str) -> Result<&mut Table, Refusal> {
        let found = self.tables.get_mut(name);
        found.ok_or_else(|| missing(name))
    }
}

impl Table {
    /// The index of a column.
    pub(super) fn place(&self, column: &str) -> Result<usize, Refusal> {
        let said = format!("column \"{column}\" does not exist");
        let at = self.columns.iter().position(|one| one == column);
        at.ok_or_else(|| Refusal::new("42703", said))
    }
}

pub(super) fn missing(table: &str) -> Refusal {
    Refusal::new("42P01", format!("relation \"{table}\" does not exist"))
}

fn exists(kind: &str, name: &str) -> Refusal {
    Refusal::new("42P07", format!("{kind} \"{name}\" already exists"))
}

/// Splits a text into statements, without comments.
pub(super) fn statements(sql: &str) -> Vec<String> {
    cut(sql, ';')
        .into_iter()
        .filter(|statement| !statement.is_empty())
        .collect()
}

/// Splits at commas outside brackets and quotes.
fn parts(text: &str) -> Vec<String> {
    cut(text, ',')
}

/// Splits at a character outside of brackets, quotes, function bodies and comments.
fn cut(text: &str, at: char) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut depth, mut quoted) = (0_i32, false);
    // The delimiter that ends the current function body, same as at its start: `$$`, `$before$`.
    let mut body: Option<&str> = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let piece = pieces.last_mut().expect("there is always one");
        let mut length = c.len_utf8();
        if let Some(end) = body {
            if rest.starts_with(end) {
                (length, body) = (end.len(), None);
            }
            piece.push_str(&rest[..length]);
        } else if !quoted && rest.starts_with("--") {
            length = rest.find('\n').unwrap_or(rest.len());
        } else if !quoted && let Some(tag) = DOLLARS.find(rest) {
            (length, body) = (tag.end(), Some(tag.as_str()));
            piece.push_str(tag.as_str());
        } else if c == at && depth == 0 && !quoted {
            pieces.push(String::new());
        } else {
            match c {
                '\'' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            piece.push(c);
        }
        rest = &rest[length..];
    }
    pieces.iter().map(|piece| piece.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_change_all_or_nothing() {
        let mut store = Store::default();
        store
            .run("-- base; \nCREATE TABLE a (id uuid, name varchar(9), UNIQUE (id, name));\nINSERT INTO a VALUES (1, 'x, y;'), (2, 'it''s');")
            .expect("the base");
        let before = store.clone();
        let failed =
            store.run("ALTER TABLE a ADD COLUMN b text; ALTER TABLE event_store ADD COLUMN c text");
        let said = failed.expect_err("no such table").to_string();
        assert_eq!(said, "relation \"event_store\" does not exist");
        assert_eq!(store, before);
        let a = &store.tables["a"];
        assert_eq!(a.columns, ["id", "name"]);
        let names: Vec<_> = a.rows.iter().map(|row| row[1].as_deref()).collect();
        assert_eq!(names, [Some("x, y;"), Some("it's")]);
        store.run("DELETE FROM a WHERE id = '1'").expect("a row");
        assert_eq!(store.tables["a"].rows.len(), 1);
        assert_eq!(store.tables["a"].written, 3);
        let refused = store.change("DELETE FROM a WHERE nmae = '2'");
        assert_eq!(refused.expect_err("no such column").code, "42703");
        assert_eq!(store.tables["a"].rows.len(), 1);
    }

    #[test]
    fn a_trigger_is_made_once_and_holds_its_function() {
        let mut store = Store::default();
        let made = "CREATE TABLE a (id uuid);\n\
            CREATE OR REPLACE FUNCTION touch() RETURNS trigger AS $$\nBEGIN\n  RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql;\n\
            CREATE TRIGGER a_touch BEFORE UPDATE ON a\n    FOR EACH ROW EXECUTE FUNCTION touch();";
        store.run(made).expect("all of it");
        let again = store.run(made.split_once(";\n").expect("two").1);
        let said = again.expect_err("it is there").to_string();
        assert_eq!(
            said,
            "trigger \"a_touch\" for relation \"a\" already exists"
        );
        let dropped = store.run("DROP FUNCTION IF EXISTS touch()");
        let said = dropped.expect_err("it is needed").to_string();
        assert!(said.starts_with("cannot drop function touch()"), "{said}");
        store
            .run("DROP TRIGGER IF EXISTS a_touch ON a; DROP FUNCTION touch()")
            .expect("one after the other");
        assert!(store.functions.is_empty());
    }
}
