//! PostgreSQL: a server that speaks its protocol over a database that is a file of JSON, and the
//! three tools that a backup calls. Whoever speaks to it cannot tell it from a real one as long as
//! it sends simple queries and asks for no more than the packs and the program's own looks do.

mod catalog;
mod client;
mod server;
mod store;
mod tools;
mod wire;

use super::home::Home;
pub(super) use client::Client;
pub(super) use server::serve;
use std::path::PathBuf;
pub(super) use store::Store;
pub(super) use tools::{dump, psql, restore};

const VERSION: &str = "15.20";
const VERSION_NUMBER: &str = "150020";

/// What the server says instead of doing it: its SQLSTATE and its words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    code: &'static str,
    said: String,
}

impl Refusal {
    fn new(code: &'static str, said: impl Into<String>) -> Self {
        let said = said.into();
        Self { code, said }
    }
}

/// Values as texts, `None` for NULL.
type Rows = Vec<Vec<Option<String>>>;

/// The file that holds a database.
pub(super) fn file(home: &Home, name: &str) -> PathBuf {
    home.path().join("databases").join(format!("{name}.json"))
}
