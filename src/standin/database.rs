//! The PostgreSQL of a demo, asked by what is imitated around it.

use super::{Failed, servers::Server};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgConnection, PgSslMode},
};

/// Who owns everything in it.
pub(super) const USER: &str = "shannon";

pub(super) fn at(server: &Server, name: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(server.port)
        .username(USER)
        .password(&server.password)
        .database(name)
        .ssl_mode(PgSslMode::Disable)
        .disable_statement_logging()
}

/// Sends a text of statements as one, as `psql --file` does not: they all hold or none does.
pub(super) fn run(at: &PgConnectOptions, sql: &str) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let work = async {
        let mut connection = PgConnection::connect_with(at).await?;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    runtime.block_on(work).map_err(|error| match error {
        sqlx::Error::Database(error) => Failed::new(error.message()),
        error => Failed::new(error.to_string()),
    })
}
