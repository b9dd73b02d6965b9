//! Databases: statements sent one at a time on one connection, rows as texts.
//!
//! A session lives as long as its value: dropping it closes the connection, and the server rolls
//! back what was not committed. There is no pool, so no lock outlives its session.

mod look;
mod postgres;
mod sqlite;

pub use look::{Presence, applied, as_wanted, forget, look_for, record};
pub use postgres::OF_A_SHELL;

use super::{Cancel, limited};
use crate::model::{address::Address, rule::Dialect};
use std::{path::PathBuf, time::Duration};

pub trait Databases: Send + Sync {
    /// Connects. A missing SQLite file is an error and is not created.
    fn open(
        &self,
        opening: &Opening,
        cancel: &Cancel,
    ) -> Result<Box<dyn DatabaseSession>, DatabaseError>;
}

#[derive(Clone, Debug)]
pub struct Opening {
    pub address: Address,
    pub access: Access,
    /// For every statement; connecting has a shorter one of its own.
    pub limit: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The server refuses every change.
    Look,
    Change,
}

pub trait DatabaseSession: Send {
    fn dialect(&self) -> Dialect;
    /// Sends one statement and waits for its end. Transactions are statements: `BEGIN`, `COMMIT`.
    /// After `Lost` the session is unusable, and it is unknown what the server did.
    fn run(&mut self, statement: &str, cancel: &Cancel) -> Result<Rows, DatabaseError>;
}

/// What a statement gave: texts as the server writes them, `None` for NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows it changed, as far as the server tells.
    pub changed: u64,
}

impl Rows {
    /// The first value of the first row.
    pub fn first(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }

    /// The same as a number.
    pub fn number(&self) -> Option<u64> {
        self.first()?.parse().ok()
    }

    /// All values, row after row, without those that are NULL.
    pub fn texts(self) -> impl Iterator<Item = String> {
        self.rows.into_iter().flatten().flatten()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("{at}: nothing answers ({why}); is the database running, and is this its address?")]
    NoAnswer { at: String, why: String },
    #[error(
        "{at}: the server refuses this user or password ({why}); compare them with the product's own"
    )]
    Refused { at: String, why: String },
    #[error(
        "{at}: {variable} of this shell would decide about what the address does not say, and the \
         backup would not go by it; `unset {variable}`"
    )]
    OfAShell { at: String, variable: &'static str },
    #[error("{at}: there is no such database; compare its name with the product's own")]
    NoDatabase { at: String },
    #[error("{path}: there is no such file; has the product been started once?", path = path.display())]
    NoFile { path: PathBuf },
    #[error("{path}: not a SQLite database ({why}); is this the right file?", path = path.display())]
    NotADatabase { path: PathBuf, why: String },
    /// A hot journal: only a session that may write can roll the half-done write back.
    #[error(
        "{path}: the product ended in the middle of a write, whose journal is beside the file; \
         start the product and stop it once",
        path = path.display()
    )]
    HalfWritten { path: PathBuf },
    #[error("{at}: not reached by statements; use a command")]
    NoStatements { at: String },
    #[error("{why}; ask for something else")]
    Unasked { why: String },
    #[error("{at}: {message}{more}")]
    Statement {
        at: String,
        message: String,
        /// The server's own: SQLSTATE of PostgreSQL, the extended result code of SQLite.
        code: String,
        /// The server's details and hints, each after a semicolon.
        more: String,
        /// Where in the statement, in characters from 0, if the server says so.
        position: Option<usize>,
    },
    #[error("{at}: not done within {ms} ms; what holds it up?")]
    TimedOut { at: String, ms: u64 },
    #[error("{at}: cancelled")]
    Cancelled { at: String },
    #[error("{at}: the connection broke ({why}); what the server did is not known")]
    Lost { at: String, why: String },
}

/// PostgreSQL and SQLite.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDatabases;

impl Databases for RealDatabases {
    fn open(
        &self,
        opening: &Opening,
        cancel: &Cancel,
    ) -> Result<Box<dyn DatabaseSession>, DatabaseError> {
        match &opening.address {
            Address::Postgres(server) => Ok(Box::new(postgres::open(server, opening, cancel)?)),
            Address::Sqlite(file) => Ok(Box::new(sqlite::open(file, opening, cancel)?)),
            Address::Redis(server) => Err(DatabaseError::NoStatements {
                at: server.to_string(),
            }),
        }
    }
}

fn runtime(at: &str) -> Result<tokio::runtime::Runtime, DatabaseError> {
    limited::runtime().map_err(|error| DatabaseError::NoAnswer {
        at: at.to_owned(),
        why: error.to_string(),
    })
}

fn late(at: &str, limit: Duration) -> DatabaseError {
    DatabaseError::TimedOut {
        at: at.to_owned(),
        ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
    }
}
