//! `sqlite3 [options] FILE STATEMENT` over a database that is a file of JSON.

use super::{Call, Failed, store::Store};
use std::fs;

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    if matches!(call.args.as_slice(), ["--version" | "-version"]) {
        return Ok(writeln!(call.out, "3.40.1 (stand-in)")?);
    }
    let plain: Vec<&str> = call
        .args
        .iter()
        .copied()
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let [file, sql] = plain.as_slice() else {
        return Err(Failed::new("sqlite3: give a file and a statement"));
    };
    let path = call.home.root().join(file);
    let quoted = |from: &str| {
        sql.strip_prefix(from)
            .map(|rest| rest.trim().trim_matches('\''))
    };
    if let Some(to) = quoted(".backup ") {
        Store::load(&path)?;
        fs::copy(&path, call.home.root().join(to))?;
    } else if let Some(from) = quoted(".restore ") {
        let from = call.home.root().join(from);
        Store::load(&from)?;
        fs::copy(&from, &path)?;
    } else if sql.starts_with("PRAGMA integrity_check") {
        Store::load(&path)?;
        writeln!(call.out, "ok")?;
    } else if sql.starts_with("SELECT") {
        writeln!(call.out, "{}", count(&Store::load(&path)?, sql)?)?;
    } else {
        if call.home.fails_now() {
            return Err(Failed::with_code(
                "Error: in prepare, database is locked (5)",
                5,
            ));
        }
        let mut store = Store::load(&path)?;
        store
            .run(sql)
            .map_err(|error| Failed::new(format!("Error: {error}")))?;
        store.save(&path)?;
    }
    Ok(())
}

/// The few counts that the packs ask for.
fn count(store: &Store, sql: &str) -> Result<u64, Failed> {
    if let Some((_, names)) = sql.split_once("name IN (") {
        let found = names
            .split('\'')
            .filter(|name| store.has_column("actions", name));
        return Ok(found.count() as u64);
    }
    let rows = store.tables.get("actions").map(|table| table.rows);
    let rows = rows.ok_or_else(|| Failed::new("Error: in prepare, no such table: actions"))?;
    Ok(if sql.contains(">= 0") { 1 } else { rows })
}
