//! `psql`, `pg_dump` and `pg_restore` over a database that is a file. The database is the one that
//! `PGDATABASE` names, as the packs set it.

use super::{Call, Failed, store::Store};
use std::{fs, path::PathBuf};

const VERSION: &str = "(PostgreSQL) 15.20 (stand-in)";
const DUMP_START: &str = "PGDMP\n";
const DUMP_END: &str = "\n-- end of dump\n";

pub(super) fn psql(call: Call<'_>) -> Result<(), Failed> {
    if call.args == ["--version"] {
        return Ok(writeln!(call.out, "psql {VERSION}")?);
    }
    let path = database(&call)?;
    let mut store = Store::load(&path)?;
    if let Some(file) = call.args.iter().find_map(|arg| arg.strip_prefix("--file=")) {
        let sql = fs::read_to_string(call.home.root().join(file))
            .map_err(|error| Failed::new(format!("{file}: {error}")))?;
        store
            .run(&sql)
            .map_err(|error| Failed::with_code(format!("ERROR:  {error}"), 3))?;
        return store.save(&path);
    }
    let query = after(&call.args, "--command").unwrap_or_default();
    if query == "\\dt" {
        for name in store.tables.keys() {
            writeln!(call.out, " public | {name} | table | aiworkflow")?;
        }
    } else if let Some((_, rest)) = query.split_once("to_regclass('public.") {
        let name = rest.split('\'').next().unwrap_or_default();
        let there = if store.tables.contains_key(name) {
            "t"
        } else {
            "f"
        };
        writeln!(call.out, "{there}")?;
    } else {
        writeln!(call.out, "1")?;
    }
    Ok(())
}

pub(super) fn dump(call: Call<'_>) -> Result<(), Failed> {
    if call.args == ["--version"] {
        return Ok(writeln!(call.out, "pg_dump {VERSION}")?);
    }
    let file = call.args.iter().find_map(|arg| arg.strip_prefix("--file="));
    let file = file.ok_or_else(|| Failed::new("pg_dump: error: give --file"))?;
    let text = fs::read_to_string(database(&call)?)?;
    Ok(fs::write(file, format!("{DUMP_START}{text}{DUMP_END}"))?)
}

pub(super) fn restore(call: Call<'_>) -> Result<(), Failed> {
    if call.args == ["--version"] {
        return Ok(writeln!(call.out, "pg_restore {VERSION}")?);
    }
    let file = call.args.last().filter(|arg| !arg.starts_with('-'));
    let file = file.ok_or_else(|| Failed::new("pg_restore: error: no input file"))?;
    let text = fs::read_to_string(file)?;
    let inside = text.strip_prefix(DUMP_START).ok_or_else(|| {
        Failed::new("pg_restore: error: input file does not appear to be a valid archive")
    })?;
    // A table of contents can be read from a dump that is cut off; its data cannot.
    if call.args.contains(&"--list") {
        for line in inside
            .lines()
            .filter_map(|line| line.strip_prefix("    \""))
        {
            let name = line.split('"').next().unwrap_or_default();
            writeln!(
                call.out,
                "3120; 0 16385 TABLE DATA public {name} aiworkflow"
            )?;
        }
        return Ok(());
    }
    let cut = || Failed::new("pg_restore: error: could not read from input file: end of file");
    let json = inside.strip_suffix(DUMP_END).ok_or_else(cut)?;
    let store: Store = serde_json::from_str(json).map_err(|_| cut())?;
    for name in store.tables.keys() {
        writeln!(
            call.err,
            "pg_restore: processing data for table \"public.{name}\""
        )?;
    }
    if call.args.contains(&"--file=/dev/null") {
        return Ok(());
    }
    store.save(&path_of(&call)?)
}

fn after<'a>(args: &[&'a str], option: &str) -> Option<&'a str> {
    let at = args.iter().position(|arg| *arg == option)?;
    args.get(at + 1).copied()
}

fn path_of(call: &Call<'_>) -> Result<PathBuf, Failed> {
    let name = std::env::var("PGDATABASE");
    let name = name.map_err(|_| Failed::with_code("error: PGDATABASE is not set", 2))?;
    Ok(call.home.database(&name))
}

fn database(call: &Call<'_>) -> Result<PathBuf, Failed> {
    let path = path_of(call)?;
    if path.is_file() {
        return Ok(path);
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let said = format!("error: connection failed: FATAL:  database \"{name}\" does not exist");
    Err(Failed::with_code(said, 2))
}
