//! The database of the sample gateway: a real SQLite file, since the upgrade opens it by itself.

use super::Failed;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, Row,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use std::path::Path;

/// Runs statements; the file is made if it is not there.
pub(super) fn run(file: &Path, statements: &str) -> Result<(), Failed> {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    with(file, async |connection: &mut SqliteConnection| {
        connection.execute(statements).await.map(drop)
    })
}

/// The first value of a query, a number.
pub(super) fn number(file: &Path, query: &str) -> Result<i64, Failed> {
    let query = sqlx::raw_sql(AssertSqlSafe(query.to_owned()));
    with(file, async |connection: &mut SqliteConnection| {
        connection.fetch_one(query).await?.try_get(0)
    })
}

fn with<T>(
    file: &Path,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .disable_statement_logging();
    let all = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let value = work(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(value)
    };
    runtime
        .block_on(all)
        .map_err(|error| Failed::new(format!("Error: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("app.db");
        run(&file, "CREATE TABLE t (n); INSERT INTO t VALUES (1)").expect("a table");
        assert_eq!(number(&file, "SELECT count(*) FROM t").expect("rows"), 1);
        assert!(number(&file, "SELECT count(*) FROM missing").is_err());
    }
}
