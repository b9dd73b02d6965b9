//! Looks at what a database contains, and whether an SQL file was applied to it. All answers come
//! from the server's own catalogue; nothing is changed.

use super::{Cancel, DatabaseError, DatabaseSession, Dialect};
use crate::{
    model::{
        rule::{Named, RecordRow, Thing},
        survey::AppliedSeen,
    },
    sql::quote::text,
};

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    There,
    Missing,
    /// It exists but is unusable, for this reason.
    Unusable(&'static str),
}

/// Looks for one thing.
pub fn look_for(
    session: &mut dyn DatabaseSession,
    named: Named<'_>,
    cancel: &Cancel,
) -> Result<Presence, DatabaseError> {
    match session.dialect() {
        Dialect::Postgres => in_postgres(session, named, cancel),
        Dialect::Sqlite => in_sqlite(session, named, cancel),
    }
}

/// Whether a thing is as it should be, and what was seen, in a few words.
pub fn as_wanted(
    session: &mut dyn DatabaseSession,
    thing: &Thing,
    cancel: &Cancel,
) -> Result<(bool, String), DatabaseError> {
    let named = thing.named().map_err(|why| DatabaseError::Unasked {
        why: why.to_owned(),
    })?;
    let seen = look_for(session, named, cancel)?;
    Ok(match (&seen, thing.wanted()) {
        (Presence::There, true) => (true, format!("{named} is there")),
        (Presence::There, false) => (false, format!("{named} is still there")),
        (Presence::Missing, true) => (false, format!("{named} is not there")),
        (Presence::Missing, false) => (true, format!("{named} is gone")),
        (Presence::Unusable(why), _) => (false, format!("{named} is there, but {why}")),
    })
}

/// Whether a file was applied: by its row in the record table, and by everything that it makes.
pub fn applied(
    session: &mut dyn DatabaseSession,
    made: &[Thing],
    again: bool,
    record: Option<&RecordRow>,
    cancel: &Cancel,
) -> Result<AppliedSeen, DatabaseError> {
    let recorded = match record {
        Some(row) => is_recorded(session, row, cancel)?,
        None => None,
    };
    // A thing that is gone may never have existed: no proof if the file also creates things.
    let only_gone = made.iter().all(|thing| !thing.wanted());
    let mut there = Vec::new();
    let mut lacking = Vec::new();
    for thing in made {
        let (met, told) = as_wanted(session, thing, cancel)?;
        if !met {
            lacking.push(told);
        } else if thing.wanted() || only_gone {
            there.push(told);
        }
    }
    let table = record.map_or("", |row| row.table.as_str());
    let half = |told: String| {
        if again {
            AppliedSeen::Not(format!("half applied ({told}), and may be applied again"))
        } else {
            AppliedSeen::Half(told)
        }
    };
    Ok(match (recorded, lacking.first(), there.first()) {
        (Some(true), None, _) => AppliedSeen::Applied(format!("recorded in {table}")),
        (Some(true), Some(lacks), _) => half(format!("recorded in {table}, but {lacks}")),
        (Some(false), None, Some(has)) => {
            AppliedSeen::Unrecorded(format!("{has}, not recorded in {table}"))
        }
        (None, None, Some(has)) => AppliedSeen::Applied(has.clone()),
        (_, Some(lacks), Some(has)) => half(format!("{has}, but {lacks}")),
        (_, Some(lacks), None) => AppliedSeen::Not(lacks.clone()),
        (Some(false), None, None) => AppliedSeen::Not(format!("not recorded in {table}")),
        (None, None, None) => AppliedSeen::Unclear("nothing shows whether it was applied".into()),
    })
}

/// `None` if there is no such table: then nothing is recorded there, and nothing will be.
fn is_recorded(
    session: &mut dyn DatabaseSession,
    row: &RecordRow,
    cancel: &Cancel,
) -> Result<Option<bool>, DatabaseError> {
    if look_for(session, Named::Table(&row.table), cancel)? != Presence::There {
        return Ok(None);
    }
    let rows = session.run(&format!("SELECT count(*) {}", from(row)), cancel)?;
    Ok(Some(rows.first() != Some("0")))
}

/// Writes down that a file was applied, if there is a table for it.
pub fn record(
    session: &mut dyn DatabaseSession,
    row: &RecordRow,
    cancel: &Cancel,
) -> Result<bool, DatabaseError> {
    if is_recorded(session, row, cancel)? != Some(false) {
        return Ok(false);
    }
    let (RecordRow { table, column, .. }, value) = (row, text(&row.value));
    let statement = format!("INSERT INTO {table} ({column}) VALUES ({value})");
    session.run(&statement, cancel)?;
    Ok(true)
}

/// Removes the record of a file that was undone.
pub fn forget(
    session: &mut dyn DatabaseSession,
    row: &RecordRow,
    cancel: &Cancel,
) -> Result<(), DatabaseError> {
    if is_recorded(session, row, cancel)? == Some(true) {
        session.run(&format!("DELETE {}", from(row)), cancel)?;
    }
    Ok(())
}

/// Where the record of one file stands.
fn from(row: &RecordRow) -> String {
    let (RecordRow { table, column, .. }, value) = (row, text(&row.value));
    format!("FROM {table} WHERE CAST({column} AS text) = {value}")
}

/// Judges by the first value: none means missing, `t` or `1` means there, anything else unusable.
fn judged(
    session: &mut dyn DatabaseSession,
    query: &str,
    unusable: &'static str,
    cancel: &Cancel,
) -> Result<Presence, DatabaseError> {
    Ok(match session.run(query, cancel)?.first() {
        None => Presence::Missing,
        Some("t" | "1") => Presence::There,
        Some(_) => Presence::Unusable(unusable),
    })
}

fn in_postgres(
    session: &mut dyn DatabaseSession,
    named: Named<'_>,
    cancel: &Cancel,
) -> Result<Presence, DatabaseError> {
    let class = |table: &str| format!("to_regclass({})", text(table));
    let (query, unusable) = match named {
        Named::Table(table) => (
            format!(
                "SELECT true FROM pg_class WHERE oid = {} AND relkind IN ('r','p','v','m','f')",
                class(table)
            ),
            "",
        ),
        Named::Column { table, column } => (
            format!(
                "SELECT true FROM pg_attribute WHERE attrelid = {} AND attname = {} \
                 AND attnum > 0 AND NOT attisdropped",
                class(table),
                text(column)
            ),
            "",
        ),
        Named::Index { table, index } => {
            let (schema, index) = match index.split_once('.') {
                Some((schema, index)) => (format!(" AND n.nspname = {}", text(schema)), index),
                None => (String::new(), index),
            };
            let of = table.map(|table| format!(" AND x.indrelid = {}", class(table)));
            (
                format!(
                    "SELECT x.indisvalid AND x.indisready FROM pg_index x \
                     JOIN pg_class c ON c.oid = x.indexrelid \
                     JOIN pg_namespace n ON n.oid = c.relnamespace \
                     WHERE c.relname = {}{schema}{} ORDER BY 1 DESC LIMIT 1",
                    text(index),
                    of.unwrap_or_default()
                ),
                "it is invalid: its making was interrupted",
            )
        }
        Named::Trigger { table, trigger } => (
            format!(
                "SELECT tgenabled <> 'D' FROM pg_trigger WHERE tgrelid = {} AND tgname = {} \
                 AND NOT tgisinternal",
                class(table),
                text(trigger)
            ),
            "it is switched off",
        ),
        Named::Constraint { table, constraint } => (
            format!(
                "SELECT convalidated FROM pg_constraint WHERE conrelid = {} AND conname = {}",
                class(table),
                text(constraint)
            ),
            "it was never proved for the rows that are there",
        ),
        Named::Extension(extension) => (
            format!(
                "SELECT true FROM pg_extension WHERE extname = {}",
                text(extension)
            ),
            "",
        ),
    };
    judged(session, &query, unusable, cancel)
}

fn in_sqlite(
    session: &mut dyn DatabaseSession,
    named: Named<'_>,
    cancel: &Cancel,
) -> Result<Presence, DatabaseError> {
    let of_kind = |kind: &str, name: &str, table: Option<&str>| {
        let of = table.map(|table| format!(" AND tbl_name = {} COLLATE NOCASE", text(table)));
        format!(
            "SELECT 1 FROM sqlite_master WHERE type IN ({kind}) AND name = {} COLLATE NOCASE{}",
            text(name),
            of.unwrap_or_default()
        )
    };
    let query = match named {
        Named::Table(table) => of_kind("'table', 'view'", table, None),
        Named::Index { table, index } => of_kind("'index'", index, table),
        Named::Trigger { table, trigger } => of_kind("'trigger'", trigger, Some(table)),
        Named::Column { table, column } => format!(
            "SELECT 1 FROM pragma_table_xinfo({}) WHERE name = {} COLLATE NOCASE",
            text(table),
            text(column)
        ),
        Named::Constraint { .. } | Named::Extension(_) => {
            return Err(DatabaseError::Unasked {
                why: format!("SQLite cannot be asked for a {named}"),
            });
        }
    };
    judged(session, &query, "", cancel)
}
