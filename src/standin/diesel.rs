//! `diesel`: `migration list`, `pending`, `run` and `revert` over the folders in `migrations/`.
//! `migration status`, which the guide names, is as unknown to it as to the real one.

use super::{Call, Failed, home::Home, store::Store};
use std::{fs, io::Write, path::PathBuf};

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    match call.args.as_slice() {
        ["--version"] => Ok(writeln!(call.out, "diesel 2.3.14 (stand-in)")?),
        ["migration", "list"] => list(call.home, call.out),
        ["migration", "pending"] => {
            let (store, _) = database(call.home)?;
            let pending = folders(call.home)?
                .iter()
                .any(|name| !store.migrations.contains(name));
            Ok(writeln!(call.out, "{pending}")?)
        }
        ["migration", "run"] => migrate(call.home, call.out),
        ["migration", "revert"] => Err(Failed::new(
            "cannot drop function update_updated_at_column() because other objects depend on it",
        )),
        ["migration", other, ..] => {
            let said = format!("error: unrecognized subcommand '{other}'");
            Err(Failed::with_code(said, 2))
        }
        _ => Err(Failed::with_code("error: unrecognized subcommand", 2)),
    }
}

fn list(home: &Home, out: &mut dyn Write) -> Result<(), Failed> {
    let (store, _) = database(home)?;
    writeln!(out, "Migrations:")?;
    for name in folders(home)? {
        let mark = if store.migrations.contains(&name) {
            'X'
        } else {
            ' '
        };
        writeln!(out, "  [{mark}] {name}")?;
    }
    Ok(())
}

fn migrate(home: &Home, out: &mut dyn Write) -> Result<(), Failed> {
    if home.fails_now() {
        return Err(Failed::new(
            "Failed to run migrations: could not connect to server: Connection refused (postgres, 5432)",
        ));
    }
    let (mut store, path) = database(home)?;
    for name in folders(home)? {
        if store.migrations.contains(&name) {
            continue;
        }
        writeln!(out, "Running migration {name}")?;
        let sql = home.read(&format!("migrations/{name}/up.sql"));
        store
            .run(&sql)
            .map_err(|error| Failed::new(format!("Failed to run {name} with: {error}")))?;
        store.migrations.push(name);
        store.save(&path)?;
    }
    Ok(())
}

/// Like the real one: from the environment, else from `.env`.
fn database(home: &Home) -> Result<(Store, PathBuf), Failed> {
    let url = std::env::var("DATABASE_URL").ok();
    let url = url.or_else(|| home.dotenv().remove("DATABASE_URL")).ok_or_else(|| {
        Failed::new("The --database-url argument must be passed, or the DATABASE_URL environment variable must be set.")
    })?;
    let name = url.rsplit('/').next().unwrap_or_default();
    let path = home.database(name);
    let gone = |_| Failed::new(format!("FATAL: database \"{name}\" does not exist"));
    Ok((Store::load(&path).map_err(gone)?, path))
}

/// Folders with an `up.sql`; loose files are not migrations.
fn folders(home: &Home) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(home.root().join("migrations"))? {
        let entry = entry?;
        if entry.path().join("up.sql").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
