//! `diesel`: `migration list`, `pending`, `run` and `revert` over the folders in `migrations/`, on
//! whatever PostgreSQL its address names. As the real one it makes its table of what was applied
//! at any of them, applies each migration in a transaction, and knows no `migration status`, which
//! the guide names.

use super::{Call, Failed, home::Home, postgres::Client};
use std::{fs, io::Write};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (\
    version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    match call.args.as_slice() {
        ["--version"] => Ok(writeln!(
            call.out,
            "diesel \n Version: 2.3.14 (stand-in)\n Supported Backends: postgres"
        )?),
        ["migration", verb @ ("list" | "pending" | "run" | "revert")] => {
            let all = migrations(call.home)?;
            let database = Database::connect(call.home)?;
            match *verb {
                "list" => list(database, &all, call.out),
                "pending" => pending(database, &all, call.out),
                "run" => forward(database, &all, call.home, call.out),
                _ => back(database, &all, call.home, call.out),
            }
        }
        ["migration", other, ..] => {
            let said = format!("error: unrecognized subcommand '{other}'");
            Err(Failed::with_code(said, 2))
        }
        _ => Err(Failed::with_code("error: unrecognized subcommand", 2)),
    }
}

struct Migration {
    folder: String,
    /// The name up to the first `_`, without hyphens.
    version: String,
}

/// Folders with an `up.sql`; loose files are not migrations.
fn migrations(home: &Home) -> Result<Vec<Migration>, Failed> {
    let mut all = Vec::new();
    for entry in fs::read_dir(home.root().join("migrations"))? {
        let entry = entry?;
        if entry.path().join("up.sql").is_file() {
            let folder = entry.file_name().to_string_lossy().into_owned();
            let version = folder.split('_').next().unwrap_or_default();
            let version = version.replace('-', "");
            all.push(Migration { folder, version });
        }
    }
    all.sort_by(|one, other| one.version.cmp(&other.version));
    Ok(all)
}

struct Database {
    client: Client,
    applied: Vec<String>,
}

impl Database {
    /// Connects to the address from the environment, else from `.env`.
    fn connect(home: &Home) -> Result<Self, Failed> {
        let url = std::env::var("DATABASE_URL").ok();
        let url = url.or_else(|| home.dotenv().remove("DATABASE_URL")).ok_or_else(|| {
            Failed::new("The --database-url argument must be passed, or the DATABASE_URL environment variable must be set.")
        })?;
        let mut client = Client::of_url(&url)?;
        client.run(TABLE)?;
        let rows = client.run("SELECT version FROM __diesel_schema_migrations ORDER BY version")?;
        let applied = rows.into_iter().flatten().flatten().collect();
        Ok(Self { client, applied })
    }

    fn has(&self, migration: &Migration) -> bool {
        self.applied.contains(&migration.version)
    }

    /// Applies a migration and its row together, or neither.
    fn apply(&mut self, sql: &str, row: &str) -> Result<(), Failed> {
        self.client.run("BEGIN")?;
        self.client.run(sql)?;
        self.client.run(row)?;
        self.client.run("COMMIT").map(drop)
    }
}

fn list(database: Database, all: &[Migration], out: &mut dyn Write) -> Result<(), Failed> {
    writeln!(out, "Migrations:")?;
    for migration in all {
        let mark = if database.has(migration) { 'X' } else { ' ' };
        writeln!(out, "  [{mark}] {}", migration.folder)?;
    }
    Ok(())
}

fn pending(database: Database, all: &[Migration], out: &mut dyn Write) -> Result<(), Failed> {
    let pending = all.iter().any(|migration| !database.has(migration));
    Ok(writeln!(out, "{pending}")?)
}

fn forward(
    mut database: Database,
    all: &[Migration],
    home: &Home,
    out: &mut dyn Write,
) -> Result<(), Failed> {
    if home.fails_now() {
        return Err(Failed::new(
            "Failed to run migrations: could not connect to server: Connection refused; is it running?",
        ));
    }
    for Migration { folder, version } in all {
        if database.applied.contains(version) {
            continue;
        }
        writeln!(out, "Running migration {folder}")?;
        let up = home.read(&format!("migrations/{folder}/up.sql"));
        let row = format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')");
        database
            .apply(&up, &row)
            .map_err(|error| failed(folder, &error))?;
    }
    Ok(())
}

fn back(
    mut database: Database,
    all: &[Migration],
    home: &Home,
    out: &mut dyn Write,
) -> Result<(), Failed> {
    let last = all.iter().rev().find(|migration| database.has(migration));
    let Some(Migration { folder, version }) = last else {
        return Ok(());
    };
    writeln!(out, "Rolling back migration {folder}")?;
    let down = home.read(&format!("migrations/{folder}/down.sql"));
    let row = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
    database
        .apply(&down, &row)
        .map_err(|error| failed(folder, &error))
}

fn failed(folder: &str, error: &Failed) -> Failed {
    let said = format!("Failed to run migrations: Failed to run {folder} with: {error}");
    Failed::new(said)
}
