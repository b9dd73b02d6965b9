//! Migration folders on real databases, with every trap that such folders have.

use super::{
    product::Product,
    servers::{Postgres, program, psql},
};
use std::{
    process::Command,
    time::{Duration, Instant},
};

/// A folder like those of real products: numbers that are used twice, have gaps, or are out of
/// order; a file with its own transaction that drops a column; and one that cannot run in a
/// transaction.
const FILES: [(&str, &str); 6] = [
    (
        "001_start.sql",
        "CREATE TABLE users (id serial PRIMARY KEY, name text, legacy text);\n\
         CREATE FUNCTION touch() RETURNS trigger AS $$\nBEGIN\n  NEW.name := trim(NEW.name); RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql;\n\
         CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();\n",
    ),
    (
        "005_memory.sql",
        "-- its own transaction\nBEGIN;\nALTER TABLE users ADD COLUMN IF NOT EXISTS memory text;\n\
         ALTER TABLE users\n  DROP COLUMN IF EXISTS legacy;\nCOMMIT;\n",
    ),
    ("010_link.sql", "ALTER TABLE users ADD COLUMN link uuid;\n"),
    (
        "010_tags.sql",
        "ALTER TABLE users ADD COLUMN tags jsonb DEFAULT '{\"a\": \";\"}';\n",
    ),
    ("012_late.sql", "ALTER TABLE users ADD COLUMN late int;\n"),
    (
        "118_indexes.sql",
        "-- must be outside a transaction\n\
         CREATE INDEX CONCURRENTLY IF NOT EXISTS users_name ON users (name);\n\
         CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_late ON users (late);\n",
    ),
];

const KNOWN: &str = "          known:
            - {file: 001_start.sql, made: [{table: users}, {table: users, trigger: users_touch}]}
            - {file: 005_memory.sql, made: [{table: users, column: memory}, {table: users, column: legacy, exists: false}]}
            - {file: 010_link.sql, made: [{table: users, column: link}]}
            - {file: 010_tags.sql, made: [{table: users, column: tags}]}
            - {file: 012_late.sql, made: [{table: users, column: late}]}
            - {file: 118_indexes.sql, again: true, made: [{index: users_name}, {index: users_late}]}
";

fn hop(more: &str) -> String {
    format!(
        "apply:\n  - id: migrate\n    title: The schema\n    stays: true\n    idempotent: true\n    do:\n      migrate:\n          \
         database: main\n          folder: sql\n{KNOWN}{more}"
    )
}

fn applied_by_hand(url: &str, names: &[&str]) {
    for (name, text) in FILES {
        if names.contains(&name) {
            // Like `psql -f`: each statement by itself.
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            let out = Command::new(program("psql"))
                .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f"])
                .arg(&path)
                .output()
                .expect("psql");
            assert!(out.status.success(), "{out:?}");
        }
    }
}

fn columns(url: &str) -> String {
    psql(
        url,
        "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute \
         WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped",
    )
}

const ALL_COLUMNS: &str = "id late link memory name tags";
const CONSENT: &str = "consent: [1-to-2/migrate/005_memory.sql]\n";

#[test]
fn a_folder_is_applied_by_name_and_asks_before_it_destroys_data() {
    let url = Postgres::shared().database();
    let product = Product::new(&url, &hop(""), &FILES);
    let (code, out) = product.plan();
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("destroys data: drops column users.legacy (line 5)"),
        "{out}"
    );
    assert!(
        out.contains("each statement alone: line 2 cannot be in a transaction"),
        "{out}"
    );

    let (code, out) = product.apply();
    assert_eq!(code, 12, "{out}");
    let tables = psql(
        &url,
        "SELECT count(*) FROM pg_class WHERE relname = 'users'",
    );
    assert_eq!(tables, "0", "nothing runs without the consent");
    product.answers(CONSENT);
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
    assert_eq!(columns(&url), ALL_COLUMNS);
    assert_eq!(psql(&url, "SELECT bool_and(indisvalid) FROM pg_index"), "t");
}

#[test]
fn what_was_applied_by_hand_is_seen_and_not_done_again() {
    let url = Postgres::shared().database();
    // The second 010 was forgotten, and 118 came before 012: the highest number does not tell what
    // was applied.
    applied_by_hand(
        &url,
        &[
            "001_start.sql",
            "005_memory.sql",
            "010_link.sql",
            "012_late.sql",
            "118_indexes.sql",
        ],
    );
    psql(&url, "INSERT INTO users (name, link) VALUES ('ann', NULL)");
    let product = Product::new(&url, &hop(""), &FILES);
    let (_, out) = product.plan();
    assert!(
        out.contains("012_late.sql → main: applied: column users.late is there"),
        "{out}"
    );
    assert!(
        out.contains("010_tags.sql → main: will run: column users.tags is not there"),
        "{out}"
    );
    let (code, out) = product.apply();
    assert_eq!(code, 0, "what is done already needs no consent: {out}");
    assert_eq!(columns(&url), ALL_COLUMNS);
    assert_eq!(psql(&url, "SELECT name FROM users"), "ann");
}

/// Another schema would show none of what was applied.
#[test]
fn where_a_shell_would_choose_the_schema_no_database_is_looked_into() {
    let url = Postgres::shared().database();
    applied_by_hand(&url, &["001_start.sql"]);
    let mut product = Product::new(&url, &hop(""), &FILES);
    product.exports("PGOPTIONS", "-c search_path=nowhere");
    let (_, out) = product.plan();
    assert!(out.contains("`unset PGOPTIONS`"), "{out}");
    assert!(!out.contains("column users.link is not there"), "{out}");
}

#[test]
fn a_record_table_is_read_and_kept() {
    let url = Postgres::shared().database();
    applied_by_hand(&url, &["001_start.sql", "010_link.sql"]);
    psql(
        &url,
        "CREATE TABLE applied (file text PRIMARY KEY, at timestamptz DEFAULT now()); INSERT INTO applied VALUES ('001_start.sql')",
    );
    let record = "          record: {table: applied, column: file}\n";
    let product = Product::new(&url, &hop(record), &FILES);
    product.answers(CONSENT);
    let (_, out) = product.plan();
    assert!(out.contains("010_link.sql → main: applied: column users.link is there, not recorded in applied; will be recorded"), "{out}");
    let (code, out) = product.apply();
    assert_eq!(code, 0, "{out}");
    let recorded = psql(
        &url,
        "SELECT string_agg(file, ' ' ORDER BY file) FROM applied",
    );
    let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(recorded, names.join(" "));
    assert_eq!(columns(&url), ALL_COLUMNS);
}

#[test]
fn two_files_that_would_be_recorded_alike_are_refused() {
    let url = Postgres::shared().database();
    psql(&url, "CREATE TABLE applied (number int PRIMARY KEY)");
    let record = "          record: {table: applied, column: number, from: '^0*([0-9]+)'}\n";
    let product = Product::new(&url, &hop(record), &FILES);
    let (code, out) = product.plan();
    assert_ne!(code, 0, "{out}");
    assert!(
        out.contains("010_link.sql would be recorded as `10` too"),
        "{out}"
    );
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_of_the_file_and_says_where_it_was() {
    let url = Postgres::shared().database();
    psql(
        &url,
        "CREATE TABLE orders (n int); INSERT INTO orders VALUES (1), (NULL)",
    );
    let file = (
        "001_orders.sql",
        "CREATE TABLE notes (n int);\n\n-- every order has a number\nALTER TABLE orders\n  ALTER n SET NOT NULL;\n",
    );
    let hop = "hints:\n  - {error: contains null values, remedy: Give every order a number.}\n\
        apply:\n  - id: migrate\n    title: The schema\n    irreversible: true\n    do: {migrate: {database: main, folder: sql, known: [{file: 001_orders.sql, made: [{table: notes}]}]}}\n";
    let product = Product::new(&url, hop, &[file]);
    product.answers("consent: [1-to-2/migrate/001_orders.sql]\n");
    let (code, out) = product.apply();
    assert_eq!(code, 5, "{out}");
    for part in [
        "statement 2 of 2 (line 4)",
        "contains null values",
        "nothing of it was done",
        "known remedy: Give every order a number; fix it",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert_eq!(psql(&url, "SELECT to_regclass('notes')"), "");

    psql(&url, "UPDATE orders SET n = 2 WHERE n IS NULL");
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
    assert_eq!(psql(&url, "SELECT to_regclass('notes')"), "notes");
}

#[test]
fn an_index_left_half_made_is_found_and_made_again() {
    let url = Postgres::shared().database();
    applied_by_hand(
        &url,
        &[
            "001_start.sql",
            "005_memory.sql",
            "010_link.sql",
            "010_tags.sql",
            "012_late.sql",
        ],
    );
    psql(&url, "INSERT INTO users (late) VALUES (1), (1)");
    let product = Product::new(&url, &hop(""), &FILES);
    let (code, out) = product.apply();
    assert_eq!(code, 5, "{out}");
    assert!(out.contains("could not create unique index"), "{out}");
    assert!(out.contains("the statements before it are done"), "{out}");
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(psql(&url, invalid), "1");
    let (_, out) = product.plan();
    assert!(
        out.contains("index users_late is there, but it is invalid"),
        "{out}"
    );

    psql(&url, "DELETE FROM users WHERE id = 1");
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
    assert_eq!(psql(&url, invalid), "0");
    assert_eq!(
        psql(
            &url,
            "SELECT count(*) FROM pg_index x JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'users_%' AND indisvalid"
        ),
        "3"
    );
}

#[test]
fn a_file_that_is_half_there_is_told_and_never_guessed() {
    let url = Postgres::shared().database();
    applied_by_hand(&url, &["001_start.sql"]);
    psql(&url, "ALTER TABLE users ADD COLUMN memory text");
    let product = Product::new(&url, &hop(""), &FILES);
    product.answers(CONSENT);
    let (code, out) = product.plan();
    assert_ne!(code, 0, "{out}");
    let told = "column users.memory is there, but column users.legacy is still there";
    assert!(out.contains(told), "{out}");
    assert_ne!(product.apply().0, 0);
    assert_eq!(columns(&url), "id legacy memory name");
}

#[test]
fn a_file_that_changes_after_the_plan_is_not_applied() {
    let url = Postgres::shared().database();
    let product = Product::new(&url, &hop(""), &FILES);
    let (code, out) = product.apply();
    assert_eq!(code, 12, "it waits for the consent: {out}");
    product.file("010_link.sql", "DROP TABLE users;\n");
    product.answers(CONSENT);
    let (code, out) = product.resume();
    assert_eq!(code, 5, "{out}");
    assert!(
        out.contains("is not the file that the plan was made from"),
        "{out}"
    );
    assert_eq!(columns(&url), "id memory name");
}

#[test]
fn a_kill_in_the_middle_is_taken_up_again() {
    let url = Postgres::shared().database();
    let slow = (
        "001_slow.sql",
        "CREATE TABLE a (n int);\nSELECT pg_sleep(3);\nCREATE TABLE b (n int);\n",
    );
    let hop = "apply:\n  - id: migrate\n    title: The schema\n    undo: {sql: {database: main, statement: DROP TABLE a; DROP TABLE b}}\n    \
        do: {migrate: {database: main, folder: sql, known: [{file: 001_slow.sql, made: [{table: a}, {table: b}]}]}}\n";
    let product = Product::new(&url, hop, &[slow]);
    let mut running = product.spawn_apply();
    let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active' AND datname = current_database()";
    let begin = Instant::now();
    while psql(&url, sleeps) == "0" {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "it does not begin"
        );
    }
    running.kill().expect("killed");
    running.wait().expect("gone");
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
    assert_eq!(
        psql(&url, "SELECT to_regclass('a') || ' ' || to_regclass('b')"),
        "a b"
    );
    let (code, out) = product.apply();
    assert_eq!(code, 0, "a second run finds everything done: {out}");
}

#[test]
fn one_migration_at_a_time_and_no_waiting_for_ever() {
    let url = Postgres::shared().database();
    applied_by_hand(&url, &["001_start.sql"]);
    let short = "          lock_wait: 300ms\n";
    let product = Product::new(&url, &hop(short), &FILES);
    product.answers(CONSENT);
    let mut holder = Holder::new(
        &url,
        "SELECT pg_advisory_lock(8320234785195188833)",
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted",
    );
    let (code, out) = product.apply();
    assert_eq!(code, 5, "{out}");
    assert!(
        out.contains("another migration of this database is under way: pid"),
        "{out}"
    );
    holder.end();

    let lock = "BEGIN; LOCK TABLE users; SELECT 1";
    let mut holder = Holder::new(
        &url,
        lock,
        "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'users'::regclass",
    );
    let (code, out) = product.resume();
    assert_eq!(code, 5, "{out}");
    assert!(
        out.contains("lock timeout") && out.contains("in a transaction: pid"),
        "{out}"
    );
    holder.end();
    let (code, out) = product.resume();
    assert_eq!(code, 0, "{out}");
    assert_eq!(columns(&url), ALL_COLUMNS);
}

/// A session that holds a lock until it is ended.
struct Holder(std::process::Child);

impl Holder {
    fn new(url: &str, statements: &str, held: &str) -> Self {
        use std::io::Write;
        let mut child = Command::new(program("psql"))
            .args(["-X", "-q", "-d", url])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("psql");
        let input = child.stdin.as_mut().expect("a pipe");
        writeln!(input, "{statements};").expect("sent");
        let begin = Instant::now();
        while psql(url, held) == "0" {
            assert!(begin.elapsed() < Duration::from_secs(60), "{statements}");
        }
        Self(child)
    }

    fn end(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("gone");
    }
}
