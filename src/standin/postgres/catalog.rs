//! Queries that change nothing: the catalogue as this program queries it, counts, and single
//! columns.

use super::{
    Refusal, Rows, VERSION, VERSION_NUMBER,
    store::{Store, Table, missing},
};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Queries with a fixed answer, recognised by their beginning.
const FIXED: [(&str, &str); 9] = [
    ("SHOW server_version_num", VERSION_NUMBER),
    ("SHOW server_version", VERSION),
    ("SELECT pg_backend_pid()", "1"),
    ("SELECT pg_export_snapshot()", "00000003-00000001-1"),
    ("SELECT pg_try_advisory_lock(", "t"),
    ("SELECT pg_advisory_unlock(", "t"),
    ("SELECT pg_cancel_backend(", "t"),
    ("SELECT format('ENCODING", "ENCODING 'UTF8'"),
    ("SELECT pg_database_size(", "8192"),
];
/// Queries with an empty answer: nobody else is connected, there are no subscriptions, nothing
/// belongs to another role, and nothing was granted or set.
const NOBODY: [&str; 5] = [
    "FROM pg_stat_activity",
    "FROM pg_subscription",
    "pg_has_role(",
    "aclexplode(",
    "pg_db_role_setting",
];
const PAGE_BYTES: &str = "8192";

pattern!(
    IN_CLASS,
    r"FROM pg_class WHERE oid = to_regclass\('([^']+)'\)"
);
pattern!(
    IN_ATTRIBUTE,
    r"FROM pg_attribute WHERE attrelid = to_regclass\('([^']+)'\) AND attname = '([^']+)'"
);
pattern!(IN_INDEX, r"FROM pg_index .*c\.relname = '([^']+)'");
pattern!(
    IN_TRIGGER,
    r"FROM pg_trigger WHERE tgrelid = to_regclass\('([^']+)'\) AND tgname = '([^']+)'"
);
pattern!(IN_EXTENSION, r"FROM pg_extension WHERE extname = '([^']+)'");
pattern!(
    COLUMN,
    r#"(?is)^select\s+(count\(\*\)|1|\w+)(?:\s+from\s+(?:only\s+)?(?:"?public"?\.)?"?(\w+)"?(?:\s+where\s+(\w+)\s*=\s*'([^']*)')?(?:\s+order by.*)?)?$"#
);

/// The rows of a query, or `None` if it is not a known one.
pub(super) fn ask(store: &Store, sql: &str) -> Option<Result<Rows, Refusal>> {
    if let Some((_, answer)) = FIXED.iter().find(|(begin, _)| sql.starts_with(begin)) {
        return Some(Ok(vec![vec![Some((*answer).to_owned())]]));
    }
    if NOBODY.iter().any(|of| sql.contains(of)) {
        return Some(Ok(Vec::new()));
    }
    if let Some(there) = looked_for(store, sql) {
        let row = there.then(|| vec![Some("t".to_owned())]);
        return Some(Ok(row.into_iter().collect()));
    }
    if sql.contains("pg_table_size") {
        return Some(Ok(of_tables(store, |_| PAGE_BYTES.to_owned())));
    }
    if sql.contains("FROM pg_stat_user_tables") {
        return Some(Ok(of_tables(store, |table| table.written.to_string())));
    }
    let found = COLUMN.captures(sql)?;
    Some(column(store, &found))
}

/// Whether an object exists, if that is what the query asks.
fn looked_for(store: &Store, sql: &str) -> Option<bool> {
    let bare = |name: &str| name.trim_start_matches("public.").to_owned();
    if let Some(found) = IN_CLASS.captures(sql) {
        return Some(store.tables.contains_key(&bare(&found[1])));
    }
    if let Some(found) = IN_ATTRIBUTE.captures(sql) {
        let table = store.tables.get(&bare(&found[1]));
        return Some(table.is_some_and(|table| table.columns.iter().any(|one| *one == found[2])));
    }
    if let Some(found) = IN_INDEX.captures(sql) {
        return Some(store.indexes.contains(&bare(&found[1])));
    }
    if let Some(found) = IN_TRIGGER.captures(sql) {
        let (table, name) = (bare(&found[1]), &found[2]);
        let mut all = store.triggers.iter();
        return Some(all.any(|one| one.table == table && one.name == *name));
    }
    let found = IN_EXTENSION.captures(sql)?;
    Some(store.extensions.contains(&found[1]))
}

fn of_tables(store: &Store, number: impl Fn(&Table) -> String) -> Rows {
    let tables = store.tables.iter();
    let row = |(name, table)| vec!["public".to_owned(), String::clone(name), number(table)];
    tables
        .map(row)
        .map(|row| row.into_iter().map(Some).collect())
        .collect()
}

fn column(store: &Store, found: &Captures<'_>) -> Result<Rows, Refusal> {
    let what = &found[1];
    let one = |value: String| Ok(vec![vec![Some(value)]]);
    let Some(name) = found.get(2).map(|name| name.as_str()) else {
        return one(what.to_owned());
    };
    let table = store.tables.get(name).ok_or_else(|| missing(name))?;
    let wanted = match (found.get(3), found.get(4)) {
        (Some(column), Some(value)) => Some((table.place(column.as_str())?, value.as_str())),
        _ => None,
    };
    let rows = table
        .rows
        .iter()
        .filter(|row| wanted.is_none_or(|(at, value)| row[at].as_deref() == Some(value)));
    if what.to_lowercase().starts_with("count") {
        return one(rows.count().to_string());
    }
    let at = table.place(what)?;
    Ok(rows.map(|row| vec![row[at].clone()]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_and_the_tables_answer_as_the_program_asks() {
        let mut store = Store::default();
        store
            .run("CREATE TABLE a (id uuid, name text); INSERT INTO a VALUES (1, 'x'), (2, 'y')")
            .expect("a table");
        let value = |sql: &str| {
            let rows = ask(&store, sql).expect("a question").expect("an answer");
            rows.first().and_then(|row| row.last().cloned().flatten())
        };
        for (sql, wanted) in [
            (
                "SELECT true FROM pg_class WHERE oid = to_regclass('public.a') AND relkind IN ('r')",
                Some("t"),
            ),
            (
                "SELECT true FROM pg_class WHERE oid = to_regclass('b') AND relkind IN ('r')",
                None,
            ),
            ("SELECT count(*) FROM ONLY \"public\".\"a\"", Some("2")),
            ("SELECT count(*) FROM a WHERE name = 'x'", Some("1")),
            ("SELECT 1", Some("1")),
            (
                "SELECT schemaname, relname, n FROM pg_stat_user_tables",
                Some("2"),
            ),
        ] {
            assert_eq!(value(sql).as_deref(), wanted, "{sql}");
        }
        assert!(ask(&store, "SELECT id FROM b").expect("known").is_err());
        assert!(ask(&store, "DELETE FROM a").is_none());
    }
}
