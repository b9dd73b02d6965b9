//! PostgreSQL: a server that speaks its protocol over a database that is a file of JSON, and the
//! three tools that a backup calls. Whoever speaks to it cannot tell it from a real one as long as
//! it sends simple queries and asks for no more than the packs and the program's own looks do.

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("a pattern of ours"));
    };
}

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

/// A refusal by the server: its SQLSTATE and its message.
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

/// The file of a database. The name comes from anybody who reaches the port, so it must be a plain
/// name: a path would lead to other people's files.
pub(super) fn file(home: &Home, name: &str) -> Option<PathBuf> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_one = !name.is_empty() && name.chars().all(is_name);
    is_one.then(|| home.path().join("databases").join(format!("{name}.json")))
}

/// The server's answer for a database that does not exist.
fn no_database(name: &str) -> Refusal {
    let said = format!("database \"{name}\" does not exist");
    Refusal::new("3D000", said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_never_lies_outside_of_the_demo() {
        let home = Home::at(std::path::Path::new("/demo"));
        for name in ["/tmp/victim", "../victim", "..", "a/b", "a\0b", "ä", ""] {
            assert_eq!(file(&home, name), None, "{name}");
        }
        let good = file(&home, "sb_proof-1");
        assert_eq!(good, Some("/demo/databases/sb_proof-1.json".into()));
    }
}
