//! The pack of the workflow engine on its sample, over a real PostgreSQL: the dump, its proof, the
//! restore, the SQL files and the rows are real. Containers and what runs in them are the demo's
//! stand-ins, which use that database as well; so is `diesel`, unless one is on the path.

use super::{
    servers::{Postgres, program, psql},
    worker::kill_both,
};
use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use switchback::standin::demo::{DemoSetup, prepare};
use tempfile::TempDir;

const WORK: &str = "\
    INSERT INTO agents (name, endpoint) VALUES ('tutor', 'http://tutor:3001'); \
    INSERT INTO events (event_type, event_data) \
    SELECT 'started', jsonb_build_object('n', n) FROM generate_series(1, 500) n";
/// Every table with a digest over its rows.
const ROWS: &str = "\
    SELECT relname, (xpath('//d/text()', query_to_xml(format( \
        'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) AS d FROM %I t', relname), \
        false, true, '')))[1]::text \
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
const STORED: &str = "\
    INSERT INTO event_store (aggregate_id, event_type, event_data) \
    SELECT gen_random_uuid(), 'started', '{}' FROM generate_series(1, 7)";

const MARKS: &str = "\
    mark: [0.x-to-1.0/check/notes-read, 0.x-to-1.0/check/staging, 0.x-to-1.0/check/window, \
    0.x-to-1.0/check/way-back]\n";

const LIMIT: Duration = Duration::from_secs(60);
const FORWARD: [&str; 4] = ["apply", "--yes", "--generate", "jwt_secret"];

struct Sample {
    setup: DemoSetup,
    folder: TempDir,
    url: String,
}

impl Drop for Sample {
    fn drop(&mut self) {
        self.setup.finish().expect("everything ends");
    }
}

impl Sample {
    /// The sample in 0.5.0, with the database as its container's first start left it, and with some
    /// data.
    fn new() -> Self {
        let server = Postgres::shared();
        let admin = server.database();
        psql(
            &admin,
            "DO $$ BEGIN CREATE ROLE aiworkflow LOGIN SUPERUSER PASSWORD 'kiln-otter-58'; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        );
        let folder = tempfile::tempdir().expect("a folder");
        let exe = Path::new(env!("CARGO_BIN_EXE_switchback"));
        let root = folder.path().join("product");
        let sample = Self {
            setup: prepare("workflow-engine", &root, exe, false).expect("a demo"),
            url: admin.replace(
                "postgres://postgres@",
                "postgres://aiworkflow:kiln-otter-58@",
            ),
            folder,
        };
        sample.leave_imitations();
        sample.answer(server.server.port);
        sample.sql(&sample.text("scripts/init-db.sql"));
        sample.sql(WORK);
        sample
    }

    /// Replaces the imitated database with the real one.
    fn leave_imitations(&self) {
        let old = self.text(".env");
        let line = |name: &str| old.lines().find(|line| line.starts_with(name));
        let env = old
            .replace(
                line("DB_URL=").expect("an address"),
                &format!("DB_URL={}", self.url),
            )
            .replace(
                line("DB_PASSWORD=").expect("a password"),
                "DB_PASSWORD=kiln-otter-58",
            );
        fs::write(self.setup.root.join(".env"), env).expect("written");
        let bin = self.setup.root.join(".switchback/bin");
        for tool in ["psql", "pg_dump", "pg_restore"] {
            fs::remove_file(bin.join(tool)).expect("a stand-in");
        }
        if let Some(diesel) = on_path("diesel") {
            fs::remove_file(bin.join("diesel")).expect("a stand-in");
            symlink(diesel, bin.join("diesel")).expect("the real one");
        }
    }

    fn answer(&self, port: u16) {
        let name = self.url.rsplit('/').next().expect("a name");
        let mut answers = format!("{MARKS}inputs:\n  database: {name}\n");
        for (input, value) in &self.setup.about.params {
            let real = match input.as_str() {
                "database_port" => &port.to_string(),
                _ => value,
            };
            answers.push_str(&format!("  {input}: '{real}'\n"));
        }
        let home = self.folder.path().join("home");
        fs::create_dir(&home).expect("a folder");
        fs::write(home.join("answers.yaml"), answers).expect("written");
    }

    fn sql(&self, statement: &str) -> String {
        psql(&self.url, statement)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.setup.root.join(file)).expect("a file")
    }

    fn command(&self, args: &[&str]) -> Command {
        let home = self.folder.path().join("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command
            .args(args)
            .args(["--answers", "../home/answers.yaml"])
            .current_dir(&self.setup.root)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", home)
            .env("SWITCHBACK_STATE_DIR", self.folder.path().join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Exit code, and both outputs.
    fn run(&self, args: &[&str]) -> (i32, String) {
        ended(self.command(args).spawn().expect("the program starts"))
    }

    /// To a release; the run's name and what was said.
    fn forward(&self, to: &str) -> (i32, String, String) {
        let (code, out) = self.run(&[FORWARD.as_slice(), &["--to", to]].concat());
        let run = out.lines().find_map(|line| line.strip_prefix("run "));
        (code, run.unwrap_or_default().to_owned(), out)
    }
}

fn ended(child: Child) -> (i32, String) {
    let done = child.wait_with_output().expect("its end");
    let said = [done.stdout, done.stderr].concat();
    let code = done.status.code().expect("no signal ended it");
    (code, String::from_utf8(said).expect("UTF-8"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|program| program.is_file())
}

#[test]
fn three_releases_go_forward_back_with_every_row_and_forward_again() {
    let sample = Sample::new();
    let (rows, env, compose) = (
        sample.sql(ROWS),
        sample.text(".env"),
        sample.text("docker-compose.yml"),
    );
    let (code, run, out) = sample.forward("1.2.0");
    assert_eq!(code, 0, "{out}");
    for said in [
        "saved           main as main.dump",
        "restored for a test",
        "apply init-db.sql: table agents is there",
        "answers as 1.0.0",
        "answers as 1.1.0",
        "answers as 1.2.0",
        // Since 0.6 the product asks for no token.
        "of 1.2.0, 5 of 6 checks passed, 1 only warns",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let version = sample.sql("SELECT version FROM __diesel_schema_migrations");
    assert_eq!(version, "20240115000001");
    // The event store takes events, which the product's own files leave it unable to do.
    sample.sql(STORED);
    let checked = sample.sql("SELECT count(*) FROM event_store WHERE length(checksum) = 64");
    assert_eq!(checked, "7");
    sample.sql("INSERT INTO events (event_type, event_data) VALUES ('since', '{}')");

    let (_, preview) = sample.run(&["rollback", &run]);
    for lost in [
        "public.events: 501 rows now, 500 in the backup",
        "public.event_store: 7 rows now, the backup has no such table",
        "applied goes back with it: public.__diesel_schema_migrations",
    ] {
        assert!(preview.contains(lost), "{lost}: {preview}");
    }
    let as_data = "public.__diesel_schema_migrations: 1 row now";
    assert!(!preview.contains(as_data), "{preview}");
    let (code, out) = sample.run(&["rollback", &run, "--yes"]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(sample.sql(ROWS), rows);
    assert_eq!(sample.text(".env"), env);
    assert_eq!(sample.text("docker-compose.yml"), compose);
    let extensions = sample.sql("SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'");
    assert_eq!(extensions, "0");

    let (code, _, out) = sample.forward("1.0.0");
    assert_eq!(code, 0, "{out}");
    assert_eq!(sample.sql("SELECT count(*) FROM events"), "500");
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_goes_on_when_it_is_mended_or_back() {
    let sample = Sample::new();
    // Somebody else's table has the name of one that the migration creates.
    sample.sql("CREATE TABLE tenants (label text); INSERT INTO tenants VALUES ('ours')");
    let rows = sample.sql(ROWS);
    let (code, run, out) = sample.forward("1.0.0");
    assert_eq!(code, 5, "{out}");
    assert!(out.contains("column \"name\" does not exist"), "{out}");
    let recorded = sample.sql("SELECT count(*) FROM __diesel_schema_migrations");
    assert_eq!(recorded, "0");
    let (code, out) = sample.run(&["rollback", "--yes"]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(sample.sql(ROWS), rows);

    let (code, again, out) = sample.forward("1.0.0");
    assert!(code == 5 && again != run, "{out}");
    sample.sql("DROP TABLE tenants");
    let (code, out) = sample.run(&["resume"]);
    assert_eq!(code, 0, "{out}");
    let tenants = sample.sql("SELECT count(*) FROM tenants WHERE name IS NULL");
    assert_eq!(tenants, "0");
}

/// A session that reads a table and stays open: whoever wants to alter the table must wait.
struct Reader(Child);

impl Reader {
    fn of(sample: &Sample, table: &str) -> Self {
        let mut session = Command::new(program("psql"))
            .args(["-X", "-q", "-A", "-t", "-d", &sample.url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql");
        let input = session.stdin.as_mut().expect("an input");
        writeln!(input, "BEGIN; SELECT 'reads' FROM {table} LIMIT 1;").expect("asked");
        let mut said = String::new();
        let output = session.stdout.take().expect("an output");
        BufReader::new(output)
            .read_line(&mut said)
            .expect("an answer");
        assert_eq!(said, "reads\n");
        Self(session)
    }

    fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("its end");
    }
}

#[test]
fn a_migration_that_outlives_the_killed_program_is_waited_for_and_not_begun_again() {
    let sample = Sample::new();
    let reader = Reader::of(&sample, "events");
    let forward = [FORWARD.as_slice(), &["--to", "1.0.0"]].concat();
    let front = sample.command(&forward).spawn().expect("it starts");
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                 AND query LIKE '%tenants%' AND datname = current_database()";
    let begin = Instant::now();
    while sample.sql(waits) == "0" {
        assert!(begin.elapsed() < LIMIT, "nothing waits");
        thread::sleep(Duration::from_millis(20));
    }
    kill_both(front);

    let resumed = sample.command(&["resume"]).spawn().expect("it starts");
    assert_eq!(sample.sql(waits), "1", "diesel is still at work");
    reader.end();
    let (code, out) = ended(resumed);
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("(try 2)"), "{out}");
}
