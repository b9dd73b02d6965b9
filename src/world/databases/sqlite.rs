//! A connection to an existing SQLite file. The settings are those of a plain connection rather
//! than of a library, because that is what a product's own statements run with.

use super::{
    Access, Cancel, DatabaseError, DatabaseSession, Dialect, Opening, Rows, late, runtime,
};
use crate::world::limited::{Limited, limited};
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Decode, Either, Executor, Row, TypeInfo, ValueRef,
    sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection, SqliteRow, SqliteValueRef},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Runtime;

/// How long another writer may hold the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// Instructions of SQLite's virtual machine between two checks whether to stop.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;
const INTERRUPTED: &str = "9";
const NOT_A_DATABASE: &str = "26";
/// Extended result code: a hot journal would have to be rolled back, which a reader cannot do.
const HOT_JOURNAL: &str = "776";

pub(super) struct Session {
    // Declared first, so that it is dropped before the runtime that drives it.
    connection: SqliteConnection,
    runtime: Runtime,
    /// Makes the running statement stop.
    stop: Arc<AtomicBool>,
    path: PathBuf,
    limit: Duration,
}

pub(super) fn open(
    file: &Path,
    opening: &Opening,
    cancel: &Cancel,
) -> Result<Session, DatabaseError> {
    if !file.is_file() {
        let path = file.to_owned();
        return Err(DatabaseError::NoFile { path });
    }
    let at = file.display().to_string();
    let runtime = runtime(&at)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .read_only(opening.access == Access::Look)
        .foreign_keys(false)
        .busy_timeout(BUSY_LIMIT.min(opening.limit))
        .disable_statement_logging();
    let stop = Arc::new(AtomicBool::new(false));
    let connecting = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let stop = stop.clone();
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(STEPS_BETWEEN_LOOKS, move || !stop.load(Ordering::SeqCst));
        drop(handle);
        Ok::<_, sqlx::Error>(connection)
    };
    let connection = match runtime.block_on(limited(Box::pin(connecting), opening.limit, cancel)) {
        Limited::Done(Ok(connection)) => connection,
        Limited::Done(Err(error)) => return Err(statement_error(file, error)),
        Limited::Late => return Err(late(&at, opening.limit)),
        Limited::Cancelled => return Err(DatabaseError::Cancelled { at }),
    };
    let mut session = Session {
        connection,
        runtime,
        stop,
        path: file.to_owned(),
        limit: opening.limit,
    };
    // The file itself is read with the first statement only.
    session.run("SELECT count(*) FROM sqlite_master", cancel)?;
    Ok(session)
}

impl DatabaseSession for Session {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run(&mut self, statement: &str, cancel: &Cancel) -> Result<Rows, DatabaseError> {
        let at = self.path.display().to_string();
        self.stop.store(false, Ordering::SeqCst);
        let mut work = Box::pin(send(&mut self.connection, statement));
        let (end, why) = match self
            .runtime
            .block_on(limited(&mut work, self.limit, cancel))
        {
            Limited::Done(end) => (end, None),
            stopped @ (Limited::Late | Limited::Cancelled) => {
                self.stop.store(true, Ordering::SeqCst);
                let why = match stopped {
                    Limited::Cancelled => DatabaseError::Cancelled { at },
                    Limited::Late | Limited::Done(_) => late(&at, self.limit),
                };
                // It runs in this process and stops within milliseconds.
                (self.runtime.block_on(work), Some(why))
            }
        };
        match (end, why) {
            (Ok(rows), _) => Ok(rows),
            (Err(error), Some(why)) if code(&error) == INTERRUPTED => Err(why),
            (Err(error), _) => Err(statement_error(&self.path, error)),
        }
    }
}

async fn send(connection: &mut SqliteConnection, statement: &str) -> Result<Rows, sqlx::Error> {
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

fn texts(row: &SqliteRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    let text = |n| {
        let value: SqliteValueRef<'_> = row.try_get_raw(n)?;
        if value.is_null() {
            return Ok(None);
        }
        let binary = value.type_info().name() == "BLOB";
        // SQLite itself writes a number as text when its bytes are asked for.
        let bytes = <&[u8] as Decode<Sqlite>>::decode(value).map_err(sqlx::Error::Decode)?;
        Ok(Some(if binary {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        } else {
            String::from_utf8_lossy(bytes).into_owned()
        }))
    };
    (0..row.len()).map(text).collect()
}

fn code(error: &sqlx::Error) -> String {
    let told = error.as_database_error().and_then(|told| told.code());
    told.map(|code| code.into_owned()).unwrap_or_default()
}

fn statement_error(path: &Path, error: sqlx::Error) -> DatabaseError {
    let code = code(&error);
    let Some(told) = error.as_database_error() else {
        return DatabaseError::Lost {
            at: path.display().to_string(),
            why: error.to_string(),
        };
    };
    let message = told.message().to_owned();
    if code == NOT_A_DATABASE {
        return DatabaseError::NotADatabase {
            path: path.to_owned(),
            why: message,
        };
    }
    if code == HOT_JOURNAL {
        let path = path.to_owned();
        return DatabaseError::HalfWritten { path };
    }
    DatabaseError::Statement {
        at: path.display().to_string(),
        message,
        code,
        more: String::new(),
        position: None,
    }
}
