//! SQL statements of steps, a SQLite file, and where the password of a database must not appear.

use super::{
    product::{Product, holds},
    servers::{Postgres, program, psql},
};
use std::process::Command;

#[test]
fn statements_of_a_step_are_one_transaction_and_are_taken_back_by_others() {
    let url = Postgres::shared().database();
    psql(
        &url,
        "CREATE TABLE flags (name text, set_to bool); INSERT INTO flags VALUES ('fast', false)",
    );
    let hop = "apply:\n  - id: flag\n    title: The flag\n    do: {sql: {database: main, statement: \"UPDATE flags SET set_to = true; CREATE TABLE log (n int)\"}}\n    \
        done_if: {sql: {database: main, query: SELECT set_to FROM flags, is: t}}\n    \
        undo: {sql: {database: main, statement: UPDATE flags SET set_to = false; DROP TABLE log}}\n  \
        - id: broken\n    title: Broken\n    harmless: true\n    do: {sql: {database: main, statement: \"CREATE TABLE half (n int); SELECT nothing\"}}\n";
    let product = Product::new(&url, hop, &[]);
    let (code, out) = product.apply();
    assert_eq!(code, 5, "{out}");
    assert!(
        out.contains("statement 2 of 2 (line 1)")
            && out.contains("column \"nothing\" does not exist"),
        "{out}"
    );
    assert_eq!(psql(&url, "SELECT set_to FROM flags"), "t");
    assert_eq!(psql(&url, "SELECT to_regclass('half')"), "");
    let lost = "drops table log in main, with whatever was written there";
    let (_, out) = product.run(&["rollback"]);
    assert!(out.contains(&format!("! {lost}")), "{out}");
    let (code, out) = product.roll_back();
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains(&format!("; lost: the undo of `The flag` {lost}")),
        "{out}"
    );
    assert_eq!(psql(&url, "SELECT set_to FROM flags"), "f");
    assert_eq!(psql(&url, "SELECT to_regclass('log')"), "");
    let (_, report) = product.run(&["report"]);
    let told = format!("**Lost:** the undo of `The flag` {lost}.");
    assert!(report.contains(&told), "{report}");
}

#[test]
fn a_statement_that_destroys_data_is_not_sent_before_somebody_agrees() {
    let url = Postgres::shared().database();
    psql(&url, "CREATE TABLE old (n int)");
    let hop = "apply:\n  - id: drop\n    title: Drop\n    harmless: true\n    do: {sql: {database: main, statement: DROP TABLE old}}\n";
    let product = Product::new(&url, hop, &[]);
    let (code, out) = product.apply();
    assert_eq!(code, 12, "{out}");
    assert_eq!(psql(&url, "SELECT to_regclass('old')"), "old");
    product.answers("consent: [1-to-2/drop]\n");
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
    assert_eq!(psql(&url, "SELECT to_regclass('old')"), "");
}

#[test]
fn a_transaction_of_its_own_keeps_its_level() {
    let url = Postgres::shared().database();
    let hop = "apply:\n  - id: level\n    title: Level\n    harmless: true\n    do: {sql: {database: main, statement: \"BEGIN ISOLATION LEVEL SERIALIZABLE; \
        CREATE TABLE seen AS SELECT current_setting('transaction_isolation') AS level; COMMIT\"}}\n";
    let product = Product::new(&url, hop, &[]);
    let (code, out) = product.apply();
    assert_eq!(code, 0, "{out}");
    assert_eq!(psql(&url, "SELECT level FROM seen"), "serializable");
}

#[test]
fn a_sqlite_folder_is_applied_with_its_triggers_and_its_own_transactions() {
    let files = [
        (
            "1_start.sql",
            "CREATE TABLE t (n INTEGER, x TEXT);\nCREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET x = CASE WHEN n THEN 'y' END; DELETE FROM t WHERE n IS NULL; END;\n",
        ),
        (
            "2_rebuild.sql",
            "PRAGMA foreign_keys = off;\nBEGIN;\nCREATE TABLE u (n INTEGER);\nINSERT INTO u SELECT n FROM t;\nCOMMIT;\n",
        ),
        (
            "3_more.sql",
            "INSERT INTO t (n) VALUES (1);\nCREATE INDEX i ON t (n);\n",
        ),
    ];
    let hop = "apply:\n  - id: migrate\n    title: The schema\n    stays: true\n    idempotent: true\n    do:\n      migrate:\n        database: local\n        folder: sql\n        known:\n          \
        - {file: 1_start.sql, made: [{table: t}, {table: t, trigger: g}]}\n          \
        - {file: 2_rebuild.sql, made: [{table: u}]}\n          \
        - {file: 3_more.sql, made: [{index: i}]}\n\
        verify:\n  - {id: column, title: The column, probe: {schema: {database: local, table: t, column: x}}}\n";
    let product = Product::new("postgres://unused", hop, &files);
    let (code, out) = product.apply();
    assert_ne!(code, 0, "there is no such file yet: {out}");
    assert!(
        !product.path("product/data/shop.db").exists(),
        "looking makes no file"
    );
    let made = Command::new(program("sqlite3"))
        .arg(product.path("product/data/shop.db"))
        .arg("VACUUM")
        .status();
    assert!(made.expect("sqlite3").success());
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
}

#[test]
fn the_password_of_a_database_stands_nowhere() {
    let server = Postgres::shared();
    let url = server.database();
    psql(
        &url,
        "DROP ROLE IF EXISTS bea; CREATE ROLE bea LOGIN PASSWORD 'tr0ub4dor&3' SUPERUSER",
    );
    let address = url.replace(
        "postgres://postgres@",
        "postgresql+asyncpg://bea:tr0ub4dor%263@",
    );
    let hop = "apply:\n  - id: tell\n    title: Tell\n    harmless: true\n    do: {sql: {database: main, statement: \"SELECT 'tr0ub4dor&3'::int\"}}\n";
    let product = Product::new(&address, hop, &[]);
    let (code, out) = product.apply();
    assert_eq!(code, 5, "{out}");
    assert!(
        !out.contains("tr0ub4dor&3") && !out.contains("tr0ub4dor%263"),
        "{out}"
    );
    assert!(!holds(&product.path("state/runs"), "tr0ub4dor%263"));
}

/// The tools of a backup get nothing of the shell.
#[test]
fn what_a_shell_says_to_programs_of_postgres_is_not_said_to_statements() {
    let url = Postgres::shared().database();
    psql(&url, "CREATE TABLE flags (n int)");
    let undo = "undo: {sql: {database: main, statement: DELETE FROM flags}}";
    let hop = format!(
        "apply:\n  - id: flag\n    title: Flag\n    do: {{sql: {{database: main, statement: INSERT INTO flags VALUES (1)}}}}\n    {undo}\n"
    );
    let mut product = Product::new(&url, &hop, &[]);
    product.exports("PGOPTIONS", "-c search_path=nowhere");
    product.exports("PGUSER", "nobody_at_all");
    let (code, out) = product.apply();
    assert_eq!(code, 0, "{out}");
    assert_eq!(psql(&url, "SELECT n FROM flags"), "1");

    // Nor to the looks of a check.
    let check = "checklist:\n  - {id: empty, title: Empty, level: block, probe: {sql: {database: main, query: SELECT count(*) FROM flags, is: '1'}}}\n";
    let mut product = Product::new(&url, &format!("{check}{hop}"), &[]);
    product.exports("PGOPTIONS", "-c search_path=nowhere");
    let (code, out) = product.apply();
    assert_eq!(code, 0, "{out}");
}
