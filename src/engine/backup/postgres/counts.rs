//! How many rows there are: in the database, in one snapshot, and in a backup that is read to its
//! end. Tables of extensions are not counted: a backup does not hold their rows.

use super::{rows::Rows, tools::Tools};
use crate::{
    engine::means::{
        database::job::{Job, JobError, Tool},
        watched::Meanwhile,
    },
    sql::quote,
    world::{Cancel, DatabaseError, DatabaseSession, Stream},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

const TABLES: &str = "\
SELECT n.nspname, c.relname, pg_table_size(c.oid) \
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
WHERE c.relkind = 'r' AND c.relpersistence <> 't' \
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
                    AND d.objid = c.oid AND d.deptype = 'e') \
ORDER BY 1, 2";
/// All writes to each table as counted by the server, whose statistics lag a moment behind.
const WRITTEN: &str = "\
SELECT schemaname, relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables";

pub struct Table {
    schema: String,
    table: String,
    pub bytes: u64,
}

impl Table {
    pub fn name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    fn count(&self) -> String {
        // `ONLY` counts the table's own rows: tables that inherit from it are counted separately.
        format!(
            "SELECT count(*) FROM ONLY {}.{}",
            quote::name(&self.schema),
            quote::name(&self.table)
        )
    }
}

pub fn tables(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<Vec<Table>, DatabaseError> {
    let rows = session.run(TABLES, cancel)?.rows;
    let tables = rows.into_iter().map(|row| {
        let mut parts = row.into_iter().map(Option::unwrap_or_default);
        let mut part = || parts.next().unwrap_or_default();
        Table {
            schema: part(),
            table: part(),
            bytes: part().parse().unwrap_or(0),
        }
    });
    Ok(tables.collect())
}

pub fn count(
    session: &mut dyn DatabaseSession,
    tables: &[Table],
    cancel: &Cancel,
) -> Result<BTreeMap<String, u64>, DatabaseError> {
    let mut counts = BTreeMap::new();
    for table in tables {
        let count = session.run(&table.count(), cancel)?.number();
        counts.insert(table.name(), count.unwrap_or(0));
    }
    Ok(counts)
}

/// The rows of all tables that a backup holds.
pub fn of_all(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<BTreeMap<String, u64>, DatabaseError> {
    let tables = tables(session, cancel)?;
    count(session, &tables, cancel)
}

/// Row counts as of now; `None` for a table that could not be counted within the session's limit.
pub fn now(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<BTreeMap<String, Option<u64>>, DatabaseError> {
    let mut counts = BTreeMap::new();
    for table in tables(session, cancel)? {
        let count = match session.run(&table.count(), cancel) {
            Ok(rows) => rows.number(),
            Err(DatabaseError::TimedOut { .. }) => None,
            Err(error) => return Err(error),
        };
        counts.insert(table.name(), count);
    }
    Ok(counts)
}

/// The number of writes the server has counted, by table.
pub fn written(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<BTreeMap<String, u64>, DatabaseError> {
    let rows = session.run(WRITTEN, cancel)?.rows;
    let line = |row: Vec<Option<String>>| match row.as_slice() {
        [Some(schema), Some(table), Some(count)] => {
            Some((format!("{schema}.{table}"), count.parse().ok()?))
        }
        _ => None,
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

/// Checks that the row counts of backup and database agree; the error names the first that differs.
pub fn compare(
    backup: &BTreeMap<String, u64>,
    database: &BTreeMap<String, u64>,
) -> Result<(), String> {
    let tables: BTreeSet<&String> = backup.keys().chain(database.keys()).collect();
    let unlike = tables
        .into_iter()
        .find(|table| backup.get(*table) != database.get(*table));
    match unlike {
        None => Ok(()),
        Some(table) => Err(match (backup.get(table), database.get(table)) {
            (Some(saved), Some(there)) => {
                format!("{table} has {saved} in the backup and {there} in the database")
            }
            (None, _) => format!("{table} is in the database and not in the backup"),
            (Some(_), None) => format!("{table} is in the backup and not in the database"),
        }),
    }
}

/// Reads a backup to its last byte, and counts the rows that it holds.
pub fn read_back(
    job: &mut Job<'_>,
    tools: &Tools,
    dump: &Path,
    expected: &BTreeMap<String, u64>,
) -> Result<(), JobError> {
    let mut rows = Rows::default();
    let dump = dump.to_string_lossy();
    // Data only: the body of a function may look like anything, even like rows.
    let argv = ["pg_restore", "--data-only", "-f", "-", &dump];
    let tool = Tool {
        pieces: true,
        ..tools.tool(&argv)
    };
    job.run(tool, &mut |job, seen| match seen {
        Meanwhile::Line(Stream::Out, line) => rows.line(line),
        Meanwhile::Line(Stream::Err, _) | Meanwhile::Look => job.log(seen),
    })?;
    compare(&rows.finish(expected), expected).map_err(back_up_again)
}

pub fn back_up_again(why: String) -> JobError {
    JobError::Unfit(format!("{why}; back up again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_too_many_too_few_or_with_other_rows_is_told() {
        let counts = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
            pairs.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect()
        };
        let one = counts(&[("a", 1)]);
        assert_eq!(compare(&one, &counts(&[("a", 1)])), Ok(()));
        for (other, told) in [
            (
                counts(&[("a", 2)]),
                "a has 1 in the backup and 2 in the database",
            ),
            (counts(&[]), "a is in the backup and not in the database"),
            (
                counts(&[("a", 1), ("b", 0)]),
                "b is in the database and not in the backup",
            ),
        ] {
            assert_eq!(compare(&one, &other), Err(told.to_owned()));
        }
    }
}
