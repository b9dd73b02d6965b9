//! Statements on real PostgreSQL and SQLite: values, errors with their cures, limits.

use super::servers::{Postgres, free_port, psql};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use switchback::{
    model::address::{self, Address},
    world::{
        Access, Cancel, DatabaseError, DatabaseSession, Databases, Opening, RealDatabases, Rows,
    },
};

fn open(address: Address, access: Access) -> Result<Box<dyn DatabaseSession>, DatabaseError> {
    let limit = Duration::from_secs(20);
    let opening = Opening {
        address,
        access,
        limit,
    };
    RealDatabases.open(&opening, &Cancel::default())
}

fn postgres(url: &str) -> Address {
    Address::Postgres(address::postgres(url).expect("an address"))
}

fn run(session: &mut dyn DatabaseSession, statement: &str) -> Result<Rows, DatabaseError> {
    session.run(statement, &Cancel::default())
}

fn value(session: &mut dyn DatabaseSession, statement: &str) -> String {
    let rows = run(session, statement).expect("an answer");
    rows.first().expect("a value").to_owned()
}

fn error<T>(result: Result<T, DatabaseError>) -> DatabaseError {
    match result {
        Ok(_) => panic!("it worked"),
        Err(error) => error,
    }
}

/// A SQLite file with one table.
fn sqlite_file(folder: &Path) -> PathBuf {
    let file = folder.join("app.db");
    let out = std::process::Command::new(super::servers::program("sqlite3"))
        .arg(&file)
        .arg("PRAGMA journal_mode=wal; CREATE TABLE t (n INTEGER, x TEXT); INSERT INTO t VALUES (1, 'a');")
        .output()
        .expect("sqlite3");
    assert!(out.status.success(), "{out:?}");
    file
}

#[test]
fn values_come_as_the_server_writes_them() {
    let url = Postgres::shared().database();
    let mut session = open(postgres(&url), Access::Look).expect("a session");
    let statement =
        "SELECT 1.10, true, NULL, 'é', ARRAY[1,2], '2026-01-02'::date, '\\x00ff'::bytea";
    let rows = run(session.as_mut(), statement).expect("a row");
    let texts: Vec<Option<&str>> = rows.rows[0].iter().map(Option::as_deref).collect();
    let expected = [
        Some("1.10"),
        Some("t"),
        None,
        Some("é"),
        Some("{1,2}"),
        Some("2026-01-02"),
        Some("\\x00ff"),
    ];
    assert_eq!(texts, expected);

    let folder = tempfile::tempdir().expect("a folder");
    let file = sqlite_file(folder.path());
    let mut session = open(Address::Sqlite(file), Access::Look).expect("a session");
    let rows = run(session.as_mut(), "SELECT 1, 1.5, NULL, 'é', x'00ff'").expect("a row");
    let texts: Vec<Option<&str>> = rows.rows[0].iter().map(Option::as_deref).collect();
    assert_eq!(
        texts,
        [Some("1"), Some("1.5"), None, Some("é"), Some("00ff")]
    );
}

#[test]
fn who_only_looks_changes_nothing() {
    let url = Postgres::shared().database();
    let mut looking = open(postgres(&url), Access::Look).expect("a session");
    let refused = error(run(looking.as_mut(), "CREATE TABLE t (n int)"));
    assert!(refused.to_string().contains("read-only"), "{refused}");
    let mut changing = open(postgres(&url), Access::Change).expect("a session");
    run(changing.as_mut(), "CREATE TABLE t (n int)").expect("a table");
    assert_eq!(
        run(changing.as_mut(), "INSERT INTO t VALUES (1), (2)")
            .expect("rows")
            .changed,
        2
    );

    let folder = tempfile::tempdir().expect("a folder");
    let file = sqlite_file(folder.path());
    let before = std::fs::read(&file).expect("bytes");
    let mut looking = open(Address::Sqlite(file.clone()), Access::Look).expect("a session");
    assert_eq!(value(looking.as_mut(), "SELECT count(*) FROM t"), "1");
    let refused = error(run(looking.as_mut(), "INSERT INTO t VALUES (2, 'b')"));
    assert!(refused.to_string().contains("readonly"), "{refused}");
    drop(looking);
    assert_eq!(std::fs::read(&file).expect("bytes"), before);
}

#[test]
fn an_error_says_what_is_wrong_and_where_to_look() {
    let postgres_server = Postgres::shared();
    let url = postgres_server.database();
    let at = |url: &str| error(open(postgres(url), Access::Look));
    let closed = format!("postgres://postgres@127.0.0.1:{}/x", free_port());
    assert!(matches!(at(&closed), DatabaseError::NoAnswer { .. }));
    let missing = postgres_server.url("nowhere");
    assert!(matches!(at(&missing), DatabaseError::NoDatabase { .. }));
    psql(&url, "CREATE ROLE ann LOGIN PASSWORD 'right'");
    let wrong = url.replace("postgres@", "ann:wrong@");
    let refused = at(&wrong);
    assert!(
        matches!(refused, DatabaseError::Refused { .. }),
        "{refused}"
    );
    assert!(!refused.to_string().contains("wrong"), "{refused}");
    let right = url.replace("postgres://postgres@", "postgresql+psycopg2://ann:right@");
    open(postgres(&right), Access::Look).expect("the right password");

    let mut session = open(postgres(&url), Access::Change).expect("a session");
    let wrong = error(run(session.as_mut(), "SELECT é FROM nothing"));
    let DatabaseError::Statement {
        message,
        code,
        position,
        ..
    } = &wrong
    else {
        panic!("{wrong}");
    };
    assert_eq!(
        (message.as_str(), code.as_str(), *position),
        ("relation \"nothing\" does not exist", "42P01", Some(14))
    );
    assert_eq!(value(session.as_mut(), "SELECT 1"), "1");

    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("none.db");
    let missing = error(open(Address::Sqlite(none.clone()), Access::Change));
    assert!(matches!(missing, DatabaseError::NoFile { .. }), "{missing}");
    assert!(!none.exists());
    std::fs::write(&none, "this is not a database, it is a text of some length").expect("a file");
    let text = error(open(Address::Sqlite(none), Access::Look));
    assert!(matches!(text, DatabaseError::NotADatabase { .. }), "{text}");
}

#[test]
fn a_statement_that_takes_too_long_is_ended_on_the_server_too() {
    let url = Postgres::shared().database();
    let limit = Duration::from_millis(300);
    let opening = Opening {
        address: postgres(&url),
        access: Access::Change,
        limit,
    };
    let mut session = RealDatabases
        .open(&opening, &Cancel::default())
        .expect("a session");
    let late = error(run(session.as_mut(), "SELECT pg_sleep(60)"));
    assert!(matches!(late, DatabaseError::TimedOut { .. }), "{late}");
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(6%' AND state = 'active' AND pid <> pg_backend_pid()";
    assert_eq!(psql(&url, running), "0");
    assert_eq!(value(session.as_mut(), "SELECT 1"), "1");

    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::Sqlite(sqlite_file(folder.path()));
    let opening = Opening { address, ..opening };
    let mut session = RealDatabases
        .open(&opening, &Cancel::default())
        .expect("a session");
    let endless =
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r";
    let late = error(run(session.as_mut(), endless));
    assert!(matches!(late, DatabaseError::TimedOut { .. }), "{late}");
    assert_eq!(value(session.as_mut(), "SELECT 1"), "1");
}

#[test]
fn a_cancelled_statement_ends_at_once_and_the_session_goes_on() {
    let url = Postgres::shared().database();
    let folder = tempfile::tempdir().expect("a folder");
    let file = Address::Sqlite(sqlite_file(folder.path()));
    let endless =
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r";
    for (address, statement) in [(postgres(&url), "SELECT pg_sleep(60)"), (file, endless)] {
        let mut session = open(address, Access::Change).expect("a session");
        let cancel = Cancel::default();
        let puller = cancel.clone();
        let begin = Instant::now();
        let pull = std::thread::spawn(move || puller.pull());
        let end = error(session.run(statement, &cancel));
        pull.join().expect("pulled");
        assert!(matches!(end, DatabaseError::Cancelled { .. }), "{end}");
        assert!(begin.elapsed() < Duration::from_secs(15));
        assert_eq!(value(session.as_mut(), "SELECT 1"), "1");
    }
}

#[test]
fn what_was_not_committed_goes_with_the_session() {
    let url = Postgres::shared().database();
    let mut session = open(postgres(&url), Access::Change).expect("a session");
    run(session.as_mut(), "BEGIN").expect("begun");
    run(session.as_mut(), "CREATE TABLE t (n int)").expect("made");
    drop(session);
    let mut session = open(postgres(&url), Access::Change).expect("a session");
    // It waits for the locks of a session that is still closing.
    run(session.as_mut(), "CREATE TABLE t (n int)").expect("free");
}

#[test]
fn a_connection_that_breaks_leaves_it_open_what_the_server_did() {
    let url = Postgres::shared().database();
    let mut session = open(postgres(&url), Access::Change).expect("a session");
    let pid = value(session.as_mut(), "SELECT pg_backend_pid()");
    psql(&url, &format!("SELECT pg_terminate_backend({pid})"));
    let lost = error(run(session.as_mut(), "SELECT 1"));
    assert!(matches!(lost, DatabaseError::Lost { .. }), "{lost}");
    let given_up = error(run(session.as_mut(), "SELECT 1"));
    assert!(matches!(given_up, DatabaseError::Lost { .. }), "{given_up}");
}
