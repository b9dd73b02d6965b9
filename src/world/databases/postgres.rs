//! A connection to PostgreSQL, by the simple protocol: every value comes as the server writes it.
//!
//! The server enforces the time limit too (`statement_timeout`) and notices a client that is gone
//! (`client_connection_check_interval`): a statement does not run on for hours after our own end.

use super::{
    Access, Cancel, DatabaseError, DatabaseSession, Dialect, Opening, Rows, late, runtime,
};
use crate::{
    model::address::ServerAddress,
    world::limited::{Limited, limited, provide_encryption},
};
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Either, Executor, Row, ValueRef,
    postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition, PgRow},
};
use std::time::Duration;
use tokio::runtime::Runtime;

/// For connecting, however long a statement may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// How long a server that was asked to stop a statement may take to say that it did.
const CANCEL_LIMIT: Duration = Duration::from_secs(5);
/// What the driver takes from its environment where an address is silent. The tools that make the
/// backup get none of it, nor does a worker that is started from another shell: a statement could
/// mean another user, database or schema than the backup does.
pub const OF_A_SHELL: [&str; 9] = [
    "PGUSER",
    "PGPASSWORD",
    "PGPASSFILE",
    "PGDATABASE",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGOPTIONS",
];
/// SQLSTATE: the statement was cancelled, by its time limit or by somebody.
const CANCELLED: &str = "57014";

pub(super) struct Session {
    // Declared first, so that it is dropped before the runtime that drives it.
    connection: Option<PgConnection>,
    runtime: Runtime,
    options: PgConnectOptions,
    /// The server's process for this session.
    pid: String,
    at: String,
    limit: Duration,
}

pub(super) fn open(
    server: &ServerAddress,
    opening: &Opening,
    cancel: &Cancel,
) -> Result<Session, DatabaseError> {
    provide_encryption();
    let at = server.to_string();
    if let Some(variable) = decided_by_a_shell(server, |name| std::env::var_os(name).is_some()) {
        return Err(DatabaseError::OfAShell { at, variable });
    }
    let runtime = runtime(&at)?;
    let options = options(server, &at)?;
    let connecting = Box::pin(PgConnection::connect_with(&options));
    let limit = opening.limit.min(CONNECT_LIMIT);
    let connection = match runtime.block_on(limited(connecting, limit, cancel)) {
        Limited::Done(Ok(connection)) => connection,
        Limited::Done(Err(error)) => return Err(connect_error(&at, &error)),
        Limited::Late => return Err(late(&at, limit)),
        Limited::Cancelled => return Err(DatabaseError::Cancelled { at }),
    };
    let mut session = Session {
        connection: Some(connection),
        runtime,
        options,
        pid: String::new(),
        at,
        limit: opening.limit,
    };
    session.prepare(opening, cancel)?;
    Ok(session)
}

/// The first variable that would count because the address does not say the same.
fn decided_by_a_shell(
    server: &ServerAddress,
    is_set: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let option = |name: &str| server.options.iter().any(|(key, _)| key == name);
    let is_said = |variable: &str| match variable {
        "PGUSER" => server.user.is_some(),
        "PGPASSWORD" | "PGPASSFILE" => server.password.is_some(),
        "PGDATABASE" => server.name.is_some(),
        "PGSSLMODE" => option("sslmode"),
        "PGSSLROOTCERT" => option("sslrootcert"),
        "PGSSLCERT" => option("sslcert"),
        "PGSSLKEY" => option("sslkey"),
        // Options of the address are only added to those of the shell.
        _ => false,
    };
    let mut all = OF_A_SHELL.into_iter();
    all.find(|variable| is_set(variable) && !is_said(variable))
}

fn options(server: &ServerAddress, at: &str) -> Result<PgConnectOptions, DatabaseError> {
    let url = server.url("postgres");
    let options: PgConnectOptions = url.expose().parse().map_err(|error| {
        let why = format!("its address cannot be used: {error}");
        DatabaseError::NoAnswer {
            at: at.to_owned(),
            why,
        }
    })?;
    // The driver would look up the name `[::1]`.
    let options = match server.host.starts_with('[') {
        true => options.host(server.bare_host()),
        false => options,
    };
    // Start-up parameters that connection poolers refuse are left out.
    Ok(options
        .application_name("switchback")
        .extra_float_digits(None)
        .statement_cache_capacity(0)
        .disable_statement_logging())
}

impl Session {
    fn prepare(&mut self, opening: &Opening, cancel: &Cancel) -> Result<(), DatabaseError> {
        let pid = self.run("SELECT pg_backend_pid()", cancel)?;
        self.pid = pid.first().unwrap_or_default().to_owned();
        let ms = opening.limit.as_millis();
        self.run(&format!("SET statement_timeout = {ms}"), cancel)?;
        // Servers before 14, and those on other systems, do not have it.
        match self.run("SET client_connection_check_interval = 2000", cancel) {
            Ok(_) | Err(DatabaseError::Statement { .. }) => {}
            Err(error) => return Err(error),
        }
        if opening.access == Access::Look {
            self.run("SET default_transaction_read_only = on", cancel)?;
        }
        Ok(())
    }

    /// Ends what the session is doing, from a second connection. Best effort: if it fails, closing
    /// the connection and the server's own limits end it later.
    fn stop_statement(&self) {
        let stop = async {
            let mut second = PgConnection::connect_with(&self.options).await?;
            let statement = format!("SELECT pg_cancel_backend({})", self.pid);
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut second)
                .await?;
            second.close().await
        };
        let never = Cancel::default();
        let _best_effort = self
            .runtime
            .block_on(limited(Box::pin(stop), CANCEL_LIMIT, &never));
    }
}

impl DatabaseSession for Session {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn run(&mut self, statement: &str, cancel: &Cancel) -> Result<Rows, DatabaseError> {
        let at = self.at.clone();
        let lost = |why: &str| DatabaseError::Lost {
            at: at.clone(),
            why: why.to_owned(),
        };
        let mut connection = self
            .connection
            .take()
            .ok_or_else(|| lost("it was given up before"))?;
        // The server's own limit is shorter, so that the server can report it.
        let limit = self.limit + CANCEL_LIMIT;
        let mut work = Box::pin(send(&mut connection, statement));
        let (end, why) = match self.runtime.block_on(limited(&mut work, limit, cancel)) {
            Limited::Done(end) => (Some(end), None),
            stopped @ (Limited::Late | Limited::Cancelled) => {
                self.stop_statement();
                let never = Cancel::default();
                let end = self
                    .runtime
                    .block_on(limited(&mut work, CANCEL_LIMIT, &never));
                let why = match stopped {
                    Limited::Cancelled => DatabaseError::Cancelled { at: at.clone() },
                    Limited::Late | Limited::Done(_) => late(&at, self.limit),
                };
                match end {
                    Limited::Done(end) => (Some(end), Some(why)),
                    Limited::Late | Limited::Cancelled => (None, None),
                }
            }
        };
        drop(work);
        let Some(end) = end else {
            return Err(lost("it was asked to stop and does not answer"));
        };
        let result = end.map_err(|error| statement_error(&at, self.limit, error));
        if !matches!(result, Err(DatabaseError::Lost { .. })) {
            self.connection = Some(connection);
        }
        match (result, why) {
            // It stopped because it was asked to, for this reason.
            (Err(DatabaseError::TimedOut { .. }), Some(why)) => Err(why),
            (result, _) => result,
        }
    }
}

async fn send(connection: &mut PgConnection, statement: &str) -> Result<Rows, sqlx::Error> {
    let mut rows = Rows::default();
    let mut stream = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(statement.to_owned())));
    while let Some(item) = stream.try_next().await? {
        match item {
            Either::Left(end) => rows.changed += end.rows_affected(),
            Either::Right(row) => rows.rows.push(texts(&row)?),
        }
    }
    Ok(rows)
}

fn texts(row: &PgRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    let text = |n| {
        let value = row.try_get_raw(n)?;
        if value.is_null() {
            return Ok(None);
        }
        let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
        Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
    };
    (0..row.len()).map(text).collect()
}

fn connect_error(at: &str, error: &sqlx::Error) -> DatabaseError {
    let at = at.to_owned();
    let Some(told) = error.as_database_error() else {
        let why = error.to_string();
        return DatabaseError::NoAnswer { at, why };
    };
    let why = told.message().to_owned();
    match told.code().as_deref() {
        Some("3D000") => DatabaseError::NoDatabase { at },
        // Wrong password, no such user, or no line for them in pg_hba.conf.
        Some("28P01" | "28000") => DatabaseError::Refused { at, why },
        Some(_) | None => DatabaseError::NoAnswer { at, why },
    }
}

fn statement_error(at: &str, limit: Duration, error: sqlx::Error) -> DatabaseError {
    let at = at.to_owned();
    let sqlx::Error::Database(told) = &error else {
        let why = error.to_string();
        return DatabaseError::Lost { at, why };
    };
    let told: &PgDatabaseError = told.downcast_ref();
    match told.code() {
        CANCELLED => return late(&at, limit),
        // The server shuts down, or somebody ended this session; either way the session is over.
        "57P01" | "57P02" | "57P03" => {
            let why = told.message().to_owned();
            return DatabaseError::Lost { at, why };
        }
        _ => {}
    }
    let position = match told.position() {
        Some(PgErrorPosition::Original(position)) => Some(position.saturating_sub(1)),
        Some(PgErrorPosition::Internal { .. }) | None => None,
    };
    DatabaseError::Statement {
        at,
        message: told.message().to_owned(),
        code: told.code().to_owned(),
        more: [told.detail(), told.hint()]
            .into_iter()
            .flatten()
            .map(|part| format!("; {part}"))
            .collect(),
        position,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address;

    #[test]
    fn an_address_of_ipv6_is_no_name_to_be_looked_up() {
        let server = address::postgres("postgres://ann@[::1]:5433/shop").expect("an address");
        let options = options(&server, "there").expect("options");
        assert_eq!((options.get_host(), options.get_port()), ("::1", 5433));
    }

    #[test]
    fn what_a_shell_sets_counts_only_where_the_address_is_silent() {
        let whole = "postgres://ann:s3cret@db/shop?sslmode=require&options=-csearch_path%3Dshop";
        for (url, set, counts) in [
            (whole, "PGUSER", false),
            (whole, "PGPASSWORD", false),
            (whole, "PGPASSFILE", false),
            (whole, "PGDATABASE", false),
            (whole, "PGSSLMODE", false),
            (whole, "PGSSLKEY", true),
            (whole, "PGOPTIONS", true),
            (whole, "PGHOST", false),
            ("postgres://db", "PGUSER", true),
            ("postgres://db", "PGPASSFILE", true),
            ("postgres://db", "PGDATABASE", true),
            ("postgres://db", "PGPORT", false),
        ] {
            let server = address::postgres(url).expect("an address");
            let found = decided_by_a_shell(&server, |name| name == set);
            assert_eq!(found.is_some(), counts, "{set} for {url}");
        }
    }
}
