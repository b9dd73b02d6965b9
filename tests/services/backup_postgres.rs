//! PostgreSQL: dumped, proved, restored in one transaction.

use super::{
    servers::{Postgres, dumped, program, psql},
    upgrade::{Between, Upgrade, by_hand, saved, undo_error},
};
use serde_json::json;
use std::{
    fs,
    path::Path,
    process::Command as Process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use switchback::{
    engine::worker::Worker,
    model::record::Proof,
    world::{Command, Commands},
};

/// Characters that shells, URLs and configuration files interpret in different ways.
const PASSWORD: &str = "p@s:s/w%o?r#d '\"$(x)\\ é";

/// Most kinds of objects that a database can hold; a large object makes a dump commit halfway.
const SCHEMA: &str = r#"
CREATE EXTENSION pgcrypto;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigserial PRIMARY KEY, mood mood, text text);
CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL, n positive DEFAULT 1);
CREATE TABLE "we (ird" ("a,b" text);
CREATE INDEX ON orders (item);
CREATE STATISTICS orders_both ON item, n FROM orders;
CREATE FUNCTION next(i int) RETURNS int LANGUAGE sql AS 'SELECT i + 1';
CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int);
CREATE VIEW items AS SELECT item FROM orders;
CREATE MATERIALIZED VIEW many AS SELECT count(*) FROM orders;
COMMENT ON TABLE orders IS 'what was ordered';
INSERT INTO orders (item) SELECT 'item ' || g FROM generate_series(1, 500) g;
INSERT INTO audit.log (mood, text) VALUES ('good', E'a tab\t, a line\nend and a \\ in it');
INSERT INTO "we (ird" VALUES (repeat('long ', 30000));
REFRESH MATERIALIZED VIEW many;
SELECT lo_from_bytea(4711, 'large object');
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO public;
"#;

/// What an upgrade might do to it, and its users afterwards.
const UPGRADE: &str = r#"
CREATE SCHEMA newer; CREATE TABLE newer.things (id int);
CREATE EXTENSION pg_trgm;
ALTER TABLE orders ADD COLUMN extra text;
CREATE VIEW extras AS SELECT extra FROM orders;
CREATE INDEX orders_trgm ON orders USING gin (item gin_trgm_ops);
DROP FUNCTION next(int);
ALTER TYPE mood ADD VALUE 'worse';
CREATE TYPE pair AS (a int, b int);
INSERT INTO orders (item) VALUES ('late 1'), ('late 2');
UPDATE audit.log SET text = 'changed';
DROP TABLE "we (ird";
SELECT lo_unlink(4711);
"#;

/// Objects outside of schemas, which are not dropped with one; and a veto on every drop.
const IN_NO_SCHEMA: &str = r#"
CREATE EXTENSION postgres_fdw;
CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'then');
CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (user 'them');
CREATE FOREIGN DATA WRAPPER bare;
CREATE SERVER "a bare (one" FOREIGN DATA WRAPPER bare;
CREATE TABLE users (id int);
INSERT INTO users VALUES (1), (2);
CREATE FOREIGN TABLE far (id int) SERVER other;
CREATE PUBLICATION all_of_it FOR ALL TABLES;
CREATE FUNCTION to_int(text) RETURNS int LANGUAGE sql AS 'SELECT length($1)';
CREATE CAST (text AS integer) WITH FUNCTION to_int(text) AS ASSIGNMENT;
CREATE CAST (integer AS text) WITH INOUT AS ASSIGNMENT;
CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE kept (id int) USING other_heap;
CREATE FUNCTION handler() RETURNS language_handler LANGUAGE c
  AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE LANGUAGE spoken HANDLER handler;
CREATE TRANSFORM FOR int LANGUAGE spoken (TO SQL WITH FUNCTION int4recv(internal));
CREATE FUNCTION veto() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not this''; END';
CREATE EVENT TRIGGER no_drops ON sql_drop EXECUTE FUNCTION veto();
"#;

struct Database {
    admin: String,
    url: String,
    env: String,
}

/// A database owned by a role that is not a superuser.
fn database(may_create: bool) -> Database {
    static MADE: Mutex<u32> = Mutex::new(0);
    let server = Postgres::shared();
    let name = {
        let mut made = MADE.lock().expect("lock");
        *made += 1;
        format!("backup_{made}")
    };
    let admin = server.url("postgres");
    let may = if may_create { "CREATEDB" } else { "NOCREATEDB" };
    let password = PASSWORD.replace('\'', "''");
    psql(
        &admin,
        &format!("CREATE ROLE {name} LOGIN {may} PASSWORD '{password}'"),
    );
    psql(&admin, &format!("CREATE DATABASE {name} OWNER {name}"));
    let encoded: String = PASSWORD
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let port = server.server.port;
    let url = format!("postgres://{name}:{encoded}@127.0.0.1:{port}/{name}");
    psql(&url, SCHEMA);
    Database {
        admin: server.url(&name),
        env: format!(
            "DATABASE_URL={}\n",
            url.replacen("postgres:", "postgresql+asyncpg:", 1)
        ),
        url,
    }
}

/// A database of a superuser.
fn of_superuser(schema: &str) -> Database {
    let url = Postgres::shared().database();
    psql(&url, schema);
    Database {
        admin: url.clone(),
        env: format!("DATABASE_URL={url}\n"),
        url,
    }
}

fn upgrade(database: &Database) -> Upgrade {
    let url = json!({"postgres": {"url": "{{env.DATABASE_URL}}"}});
    Upgrade::new(url, &database.env)
}

/// The scratch database into which a run restores its backup as a test, while it exists.
fn scratch_of(database: &Database, worker: &Worker) -> String {
    let run = &worker.state().run.as_str()[..12];
    let named = format!("SELECT datname FROM pg_database WHERE datname = 'switchback_test_{run}'");
    psql(&database.admin, &named)
}

#[test]
fn a_backup_that_is_stopped_leaves_no_scratch_database_behind() {
    let database = database(true);
    let mut upgrade = upgrade(&database);
    let (worker, why) = upgrade.stopped_at("sh");
    assert!(
        why.contains("cancelled") || why.contains("stopped"),
        "{why}"
    );
    assert_eq!(scratch_of(&database, &worker), "");
}

#[test]
fn schema_and_rows_come_back_to_the_last_one() {
    let database = database(true);
    let upgrade = upgrade(&database);
    let before = dumped(&database.url);
    let mut worker = upgrade.forward().expect("forward");
    let backup = saved(&worker);
    assert_eq!(backup.proof, Proof::Restored);
    assert_eq!(backup.counts["public.orders"], 500);
    assert_eq!(backup.counts["public.we (ird"], 1);
    assert_eq!(scratch_of(&database, &worker), "");

    psql(&database.url, UPGRADE);
    let lost = upgrade.lost(&worker).join("\n");
    assert!(
        lost.contains("public.orders: 502 rows now, 500 in the backup"),
        "{lost}"
    );
    assert!(
        lost.contains("public.we (ird: gone, 1 row in the backup"),
        "{lost}"
    );
    assert!(!lost.contains("newer.things"), "nothing is in it: {lost}");

    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
    let report = upgrade.report(&worker);
    assert!(
        report.contains("restored into a scratch database"),
        "{report}"
    );
    assert!(
        report.contains("public.orders: had 502 rows, 500 in the backup"),
        "{report}"
    );
    assert!(!report.contains("rows now"), "it has 500 now: {report}");
    let written = upgrade.written(&worker);
    assert!(!written.contains(PASSWORD), "the password was written down");
}

#[test]
fn what_stands_in_no_schema_comes_back_as_well() {
    let database = of_superuser(IN_NO_SCHEMA);
    let upgrade = upgrade(&database);
    let before = dumped(&database.url);
    let mut worker = upgrade.forward().expect("forward");
    assert_eq!(saved(&worker).proof, Proof::Restored);
    psql(
        &database.url,
        "ALTER SERVER other OPTIONS (SET host 'now'); CREATE SERVER later FOREIGN DATA WRAPPER bare; \
         INSERT INTO users VALUES (3)",
    );
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
}

#[test]
fn a_backup_that_cannot_be_restored_over_what_it_holds_is_none() {
    let database = database(true);
    let mut upgrade = upgrade(&database);
    upgrade.world.commands = Arc::new(Between(|command: &Command, run: &dyn Fn(&Command) -> _| {
        let mut command = command.clone();
        if command.argv[0] == "sh" {
            // Nothing is taken away before.
            command.argv[2] = command.argv[2].replace("cat \"$1\"", ":");
        }
        run(&command)
    }));
    let why = upgrade
        .forward()
        .map(|_| ())
        .expect_err("no rollback restores it");
    assert!(why.contains("over what it holds"), "{why}");
    assert!(why.contains("already exists"), "{why}");
}

#[test]
fn a_subscription_is_left_where_it_is_and_told() {
    let database = of_superuser(
        "CREATE TABLE users (id int); CREATE SUBSCRIPTION from_afar \
         CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION all_of_it WITH (connect = false)",
    );
    let upgrade = upgrade(&database);
    let before = dumped(&database.url);
    let mut worker = upgrade.forward().expect("forward");
    assert_eq!(scratch_of(&database, &worker), "");
    let told = "its subscriptions (from_afar) are not backed up";
    assert!(upgrade.report(&worker).contains(told));
    let by_hand = fs::read_to_string(upgrade.backup(&worker).join("RESTORE.md"));
    assert!(by_hand.expect("RESTORE.md").contains(told));
    psql(&database.url, "DROP TABLE users");
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
}

#[test]
fn what_could_not_be_counted_before_it_was_gone_is_no_nothing() {
    let database = database(true);
    let upgrade = upgrade(&database);
    let before = dumped(&database.url);
    let mut worker = upgrade.forward().expect("forward");
    psql(
        &database.admin,
        "CREATE TABLE audit.of_somebody_else (id int)",
    );
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
    let report = upgrade.report(&worker);
    assert!(
        report.contains("what was written since the backup and is lost could not be told")
            && report.contains("permission denied for table of_somebody_else"),
        "{report}"
    );
}

#[test]
fn writes_that_leave_the_counts_alone_are_told_too() {
    let database = database(false);
    let upgrade = upgrade(&database);
    let worker = upgrade.forward().expect("forward");
    let lost = upgrade.lost(&worker).join("\n");
    assert!(lost.contains("no data was written"), "{lost}");
    psql(
        &database.url,
        "UPDATE orders SET n = 2 WHERE id <= 7; SELECT pg_stat_force_next_flush()",
    );
    let lost = upgrade.lost(&worker).join("\n");
    assert!(
        lost.contains("public.orders: 500 rows as then, 7 writes since"),
        "{lost}"
    );
}

#[test]
fn without_the_right_to_make_a_database_it_is_read_to_its_end_and_said_so() {
    let database = database(false);
    let upgrade = upgrade(&database);
    let mut worker = upgrade.forward().expect("forward");
    match saved(&worker).proof {
        Proof::ReadBack { why } => assert!(why.contains("permission denied"), "{why}"),
        Proof::Restored => panic!("where?"),
    }
    assert!(upgrade.report(&worker).contains("not restored anywhere"));
    let before = dumped(&database.url);
    psql(&database.url, UPGRADE);
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
}

/// Spoils the backup right after the tool has written it.
fn spoiling(spoil: impl Fn(&Path) + Send + Sync + 'static) -> Arc<dyn Commands> {
    Arc::new(Between(
        move |command: &Command, run: &dyn Fn(&Command) -> _| {
            let ended = run(command);
            if command.argv[0] == "pg_dump" && command.argv.contains(&"--file".to_owned()) {
                spoil(Path::new(command.argv.last().expect("a file")));
            }
            ended
        },
    ))
}

#[test]
fn a_dump_that_is_cut_or_changed_is_no_backup() {
    let cut = |file: &Path| {
        let bytes = fs::read(file).expect("a dump");
        fs::write(file, &bytes[..bytes.len() - 300]).expect("written");
    };
    let flip = |file: &Path| {
        let mut bytes = fs::read(file).expect("a dump");
        let at = bytes.len() - 200;
        bytes[at] ^= 0x10;
        fs::write(file, bytes).expect("written");
    };
    for may_create in [true, false] {
        let database = database(may_create);
        for commands in [spoiling(cut), spoiling(flip)] {
            let mut upgrade = upgrade(&database);
            upgrade.world.commands = commands;
            let end = upgrade.forward().map(|_| ());
            let why = end.expect_err("a spoiled dump was taken for a backup");
            assert!(
                why.contains("the backup failed, nothing was changed"),
                "{why}"
            );
        }
    }
}

#[test]
fn a_backup_that_was_changed_later_is_not_put_over_live_data() {
    let database = database(true);
    let upgrade = upgrade(&database);
    let mut worker = upgrade.forward().expect("forward");
    let dump = upgrade.backup(&worker).join("main.dump");
    let mut bytes = fs::read(&dump).expect("a dump");
    bytes[1000] ^= 1;
    fs::write(&dump, bytes).expect("written");
    let before = dumped(&database.url);
    assert!(upgrade.back(&mut worker).is_err());
    assert!(undo_error(&worker).contains("damaged"));
    assert_eq!(dumped(&database.url), before);
}

#[test]
fn a_restore_that_is_killed_in_its_middle_changed_nothing_and_is_done_again() {
    let database = database(true);
    let mut upgrade = upgrade(&database);
    let killing = Arc::new(AtomicBool::new(false));
    let kill = killing.clone();
    upgrade.world.commands = Arc::new(Between(
        move |command: &Command, run: &dyn Fn(&Command) -> _| {
            let mut command = command.clone();
            if command.argv[0] == "sh" && kill.load(Ordering::SeqCst) {
                // It dies in the middle of a table's rows.
                let dies =
                    "pg_restore() { command pg_restore \"$@\" | head -c 9000; kill -9 $$; }\n";
                command.argv[2] = format!("{dies}{}", command.argv[2]);
            }
            run(&command)
        },
    ));
    let before = dumped(&database.url);
    let mut worker = upgrade.forward().expect("forward");
    psql(&database.url, UPGRADE);
    let upgraded = dumped(&database.url);
    killing.store(true, Ordering::SeqCst);
    assert!(upgrade.back(&mut worker).is_err());
    assert!(
        undo_error(&worker).contains("signal 9"),
        "{}",
        undo_error(&worker)
    );
    assert_eq!(dumped(&database.url), upgraded);
    killing.store(false, Ordering::SeqCst);
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
}

#[test]
fn who_holds_up_a_restore_is_named() {
    let database = database(true);
    let upgrade = upgrade(&database);
    let before = dumped(&database.url);
    let mut worker = upgrade.forward().expect("forward");
    let mut holder = Process::new(program("psql"))
        .args(["-X", "-q", "-A", "-t", "-d", &database.url])
        .env("PGAPPNAME", "the old worker")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("psql");
    let mut input = holder.stdin.take().expect("an input");
    std::io::Write::write_all(&mut input, b"BEGIN; SELECT count(*) FROM orders;\n").expect("sent");
    let mut line = [0; 1];
    let mut output = holder.stdout.take().expect("an output");
    std::io::Read::read_exact(&mut output, &mut line).expect("an answer");

    assert!(upgrade.back(&mut worker).is_err());
    let why = undo_error(&worker);
    assert!(
        why.contains("the old worker from 127.0.0.1 (idle in transaction"),
        "{why}"
    );

    drop(input);
    holder.wait().expect("psql ends");
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&database.url), before);
}

#[test]
fn a_person_restores_it_with_a_shell_alone() {
    let database = database(true);
    let upgrade = upgrade(&database);
    let before = dumped(&database.url);
    let worker = upgrade.forward().expect("forward");
    psql(&database.url, UPGRADE);
    let folder = upgrade.backup(&worker);
    let said = by_hand(&folder, 1, &[("PGPASSWORD", PASSWORD)]);
    assert_eq!(said.lines().last(), Some("restored"));
    assert_eq!(dumped(&database.url), before);
}

#[test]
fn tools_that_are_too_old_are_told_with_their_cure() {
    let database = database(true);
    let mut upgrade = upgrade(&database);
    upgrade.world.commands = Arc::new(Between(|command: &Command, run: &dyn Fn(&Command) -> _| {
        let mut command = command.clone();
        if command.argv == ["pg_dump", "--version"] {
            command.argv = ["echo", "pg_dump (PostgreSQL) 9.6.24"]
                .map(str::to_owned)
                .into();
        }
        run(&command)
    }));
    let why = upgrade.forward().map(|_| ()).expect_err("too old");
    assert!(why.contains("install postgresql-client-"), "{why}");
}
