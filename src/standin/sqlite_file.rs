//! A real SQLite file, for the stand-ins whose traps are those of a real schema. Queries return a
//! single text: SQLite itself produces the JSON of an answer.

use super::Failed;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use std::path::Path;

/// Runs statements and returns the first value; creates the file if necessary.
pub(super) fn run(file: &Path, sql: &str) -> Result<Option<String>, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .disable_statement_logging();
    let work = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let row = connection
            .fetch_optional(AssertSqlSafe(sql.to_owned()))
            .await?;
        connection.close().await?;
        row.map(|row| sqlx::Row::try_get_unchecked(&row, 0))
            .transpose()
    };
    let asked: Result<Option<Option<String>>, sqlx::Error> = runtime.block_on(work);
    match asked {
        Ok(value) => Ok(value.flatten()),
        Err(sqlx::Error::Database(error)) => Err(Failed::new(error.message())),
        Err(error) => Err(Failed::new(error.to_string())),
    }
}
