//! `pg_dump`, `pg_restore` and `psql`, as a backup calls them. The first two read the stand-in's
//! files directly; `psql` connects to whatever server the environment names.

use super::{Client, Store, VERSION, file, no_database};
use crate::standin::{Call, Failed};
use std::{fs, io::BufRead};

const DUMP_START: &str = "PGDMP\n";
const DUMP_END: &str = "\n-- end of dump\n";
const SCHEMA_ONLY: &str = "--schema-only";
const RESTORE: &str = "SELECT stand_in_restore('";

pub(in crate::standin) fn dump(call: Call<'_>) -> Result<(), Failed> {
    if call.args == ["--version"] {
        return said(call, "pg_dump");
    }
    let name = std::env::var("PGDATABASE");
    let name = name.map_err(|_| Failed::new("pg_dump: error: PGDATABASE is not set"))?;
    let path = file(call.home, &name).ok_or_else(|| {
        let said = no_database(&name).said;
        Failed::new(format!("pg_dump: error: {said}"))
    })?;
    let store = Store::load(&path)?;
    if call.args.contains(&SCHEMA_ONLY) {
        return schema(call, store.tables.keys().map(String::as_str));
    }
    let to = after(&call.args, "--file");
    let to = to.ok_or_else(|| Failed::new("pg_dump: error: give --file"))?;
    for table in store.tables.keys() {
        let err = &mut *call.err;
        writeln!(err, "pg_dump: dumping contents of table \"public.{table}\"")?;
    }
    let contents: Vec<&str> = store.tables.keys().map(String::as_str).collect();
    let contents = contents.join(" ");
    let text = serde_json::to_string(&store).map_err(std::io::Error::from)?;
    Ok(fs::write(
        to,
        format!("{DUMP_START}{contents}\n{text}{DUMP_END}"),
    )?)
}

/// `--list FILE`, `--schema-only -f - FILE`, or a script of the whole dump: `--single-transaction
/// -f - FILE`.
pub(in crate::standin) fn restore(call: Call<'_>) -> Result<(), Failed> {
    if call.args == ["--version"] {
        return said(call, "pg_restore");
    }
    let file = call.args.last().filter(|arg| !arg.starts_with('-'));
    let file = file.ok_or_else(|| Failed::new("pg_restore: error: no input file"))?;
    let text = fs::read_to_string(file)?;
    let inside = text.strip_prefix(DUMP_START).ok_or_else(|| {
        Failed::new("pg_restore: error: input file does not appear to be a valid archive")
    })?;
    // The list of a truncated dump can be read, its data cannot.
    let (contents, data) = inside.split_once('\n').unwrap_or((inside, ""));
    if call.args.contains(&"--list") {
        for name in contents.split(' ') {
            let out = &mut *call.out;
            writeln!(out, "3120; 0 16385 TABLE DATA public {name} aiworkflow")?;
        }
        return Ok(());
    }
    if call.args.contains(&SCHEMA_ONLY) {
        return schema(call, contents.split(' '));
    }
    let cut = || Failed::new("pg_restore: error: could not read from input file: end of file");
    let json = data.strip_suffix(DUMP_END).ok_or_else(cut)?;
    let quoted = json.replace('\'', "''");
    Ok(writeln!(call.out, "BEGIN;\n{RESTORE}{quoted}');\nCOMMIT;")?)
}

/// What such a tool writes above the definition of each table.
fn schema<'n>(call: Call<'_>, tables: impl Iterator<Item = &'n str>) -> Result<(), Failed> {
    for name in tables {
        let out = &mut *call.out;
        writeln!(
            out,
            "-- Name: {name}; Type: TABLE; Schema: public; Owner: aiworkflow"
        )?;
    }
    Ok(())
}

/// The database that a statement of such a script brings.
pub(super) fn dumped(sql: &str) -> Option<Result<Store, Failed>> {
    let json = sql.strip_prefix(RESTORE)?.strip_suffix("')")?;
    let store = serde_json::from_str(&json.replace("''", "'"));
    Some(store.map_err(|error| Failed::new(format!("the dump is damaged: {error}"))))
}

/// `psql`: runs a script from standard input up to its first error.
pub(in crate::standin) fn psql(call: Call<'_>) -> Result<(), Failed> {
    if call.args == ["--version"] {
        return said(call, "psql");
    }
    let mut client = Client::of_environment()?;
    let mut script = String::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if let Some(word) = line.strip_prefix("\\echo ") {
            send(&mut client, &mut script)?;
            writeln!(call.out, "{word}")?;
        } else {
            script.push_str(&line);
            script.push('\n');
        }
    }
    send(&mut client, &mut script)
}

fn send(client: &mut Client, script: &mut String) -> Result<(), Failed> {
    let sent = client.run(&std::mem::take(script));
    sent.map(drop)
        .map_err(|error| Failed::with_code(format!("psql: ERROR:  {error}"), 3))
}

fn said(call: Call<'_>, tool: &str) -> Result<(), Failed> {
    Ok(writeln!(
        call.out,
        "{tool} (PostgreSQL) {VERSION} (stand-in)"
    )?)
}

fn after<'a>(args: &[&'a str], option: &str) -> Option<&'a str> {
    let at = args.iter().position(|arg| *arg == option)?;
    args.get(at + 1).copied()
}
