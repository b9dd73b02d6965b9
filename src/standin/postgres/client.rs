//! A connection to PostgreSQL, the stand-in or a real one: for the programs of a demo that use the
//! database.

use super::Rows;
use crate::standin::Failed;
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, Row, ValueRef,
    postgres::{PgConnectOptions, PgConnection, PgRow},
};
use std::time::Duration;
use tokio::runtime::Runtime;

const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::standin) struct Client {
    // Dropped before the runtime that drives it.
    connection: PgConnection,
    runtime: Runtime,
}

impl Client {
    /// Connects to where `PGHOST` and the like say.
    pub(in crate::standin) fn of_environment() -> Result<Self, Failed> {
        Self::connect(PgConnectOptions::new())
    }

    /// Connects to an address; what it leaves out comes from the environment, as with libpq.
    pub(in crate::standin) fn of_url(url: &str) -> Result<Self, Failed> {
        let options = match url.strip_prefix("postgresql:///") {
            Some(name) => PgConnectOptions::new().database(name),
            None => url.parse().map_err(failed)?,
        };
        Self::connect(options)
    }

    fn connect(options: PgConnectOptions) -> Result<Self, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let options = options.disable_statement_logging();
        let connecting =
            async { tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await };
        let connection = match runtime.block_on(connecting) {
            Ok(connected) => connected.map_err(failed)?,
            Err(_) => return Err(Failed::new("could not connect to server: timeout")),
        };
        Ok(Self {
            connection,
            runtime,
        })
    }

    /// Runs statements one after the other; returns the rows of all of them.
    pub(in crate::standin) fn run(&mut self, sql: &str) -> Result<Rows, Failed> {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let connection = &mut self.connection;
        let rows: Vec<PgRow> = self
            .runtime
            .block_on(connection.fetch(statements).try_collect())
            .map_err(failed)?;
        rows.iter().map(|row| texts(row).map_err(failed)).collect()
    }
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

/// In the server's own words, if it is the server that refuses.
fn failed(error: sqlx::Error) -> Failed {
    match error {
        sqlx::Error::Database(told) => Failed::new(told.message()),
        sqlx::Error::Io(error) => Failed::new(format!("could not connect to server: {error}")),
        other => Failed::new(other.to_string()),
    }
}
