//! The demo's products, walked by hand as their packs walk them: the stand-ins have the traps of
//! the real programs, and everything that was started ends.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own product")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use switchback::{
    model::{
        address::{self, Address},
        limits,
        text::Secret,
    },
    standin::demo::{DemoSetup, prepare},
    world::{
        Access, Cancel, DatabaseSession, Databases, HttpClient, Opening, RealDatabases, RealHttp,
        Request,
    },
};
use tempfile::TempDir;

struct Demo {
    setup: DemoSetup,
    _folder: TempDir,
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.setup.finish().expect("everything ends");
    }
}

fn demo(product: &str) -> Demo {
    demo_that_fails(product, false)
}

fn demo_that_fails(product: &str, fail: bool) -> Demo {
    let folder = tempfile::tempdir().expect("a folder");
    let exe = Path::new(env!("CARGO_BIN_EXE_switchback"));
    let setup = prepare(product, folder.path(), exe, fail).expect("a demo");
    Demo {
        setup,
        _folder: folder,
    }
}

impl Demo {
    /// Exit code, and both outputs one after the other.
    fn run(&self, words: &str, variables: &[(&str, &str)]) -> (i32, String) {
        let words: Vec<&str> = words.split('|').collect();
        let done = Command::new(self.setup.root.join(".switchback/bin").join(words[0]))
            .args(&words[1..])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(variables.iter().copied())
            .current_dir(&self.setup.root)
            .output()
            .expect("a program of the demo");
        let said = [done.stdout, done.stderr].concat();
        let code = done.status.code().expect("an exit code");
        (code, String::from_utf8(said).expect("UTF-8"))
    }

    /// The exit code of a program that is fed a text.
    fn fed(&self, words: &str, text: &str, variables: &[(&str, &str)]) -> i32 {
        let words: Vec<&str> = words.split('|').collect();
        let mut child = Command::new(self.setup.root.join(".switchback/bin").join(words[0]))
            .args(&words[1..])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(variables.iter().copied())
            .current_dir(&self.setup.root)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a program of the demo");
        let mut input = child.stdin.take().expect("an input");
        input.write_all(text.as_bytes()).expect("fed");
        drop(input);
        let ended = child.wait().expect("it ends");
        ended.code().expect("an exit code")
    }

    fn param(&self, name: &str) -> &str {
        let params: BTreeMap<&str, &str> = self
            .setup
            .about
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        params[name]
    }

    /// `port` names an answer that is a port, or an address that ends with one.
    fn ask(&self, port: &str, request: &str, body: &str) -> String {
        self.send(port, &format!("{request} HTTP/1.1\r\nX-API-Key: k"), body)
    }

    fn asks_without_key(&self, port: &str) -> String {
        self.send(port, "POST /api/v1/tasks HTTP/1.1", "{}")
    }

    fn send(&self, port: &str, head: &str, body: &str) -> String {
        let port = self.param(port).rsplit(':').next().expect("an end");
        let port: u16 = port.parse().expect("a port");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("something listens");
        let length = body.len();
        write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.setup.root.join(file);
        let text = fs::read_to_string(&path).expect("a file of the demo");
        assert!(text.contains(from), "{file} has {from}");
        fs::write(path, text.replace(from, to)).expect("written");
    }
}

fn session(address: Address) -> Box<dyn DatabaseSession> {
    let opening = Opening {
        address,
        access: Access::Change,
        limit: Duration::from_secs(20),
    };
    let session = RealDatabases.open(&opening, &Cancel::default());
    session.expect("its database")
}

#[test]
fn the_engine_refuses_a_weak_secret_and_migrates_only_after_its_base() {
    let demo = demo("workflow-engine");
    let page = demo.ask("app_port", "GET /api/v1/health", "");
    assert!(page.contains("0.5.0"), "{page}");
    assert_eq!(demo.run("diesel|migration|status", &[]).0, 2);

    let port = demo.param("database_port").to_owned();
    let env = fs::read_to_string(demo.setup.root.join(".env")).expect("a file of the demo");
    let set = |line: &str| Some(line.strip_prefix("DB_PASSWORD=")?.to_owned());
    let password = env.lines().find_map(set).expect("a password");
    let pg = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port.as_str()),
        ("PGUSER", "aiworkflow"),
        ("PGPASSWORD", password.as_str()),
        ("PGDATABASE", "ai_workflow"),
    ];
    let guessed = pg.map(|(name, value)| match name {
        "PGPASSWORD" => (name, "a guess"),
        _ => (name, value),
    });
    assert_eq!(demo.fed("psql", "SELECT 1;", &pg), 0);
    assert_eq!(demo.fed("psql", "SELECT 1;", &guessed), 1);
    let dump = demo.setup.root.join("database.dump").display().to_string();
    assert_eq!(demo.run(&format!("pg_dump|--file|{dump}"), &pg).0, 0);
    let (code, said) = demo.run(&format!("pg_restore|--list|{dump}"), &[]);
    assert!(
        code == 0 && said.contains("TABLE DATA public events"),
        "{said}"
    );

    assert_eq!(demo.run("docker|compose|stop|ai-workflow-system", &[]).0, 0);
    demo.replace(
        "docker-compose.yml",
        "workflow-engine:v0.5",
        "workflow-engine:v1.0",
    );
    demo.replace(
        "docker-compose.yml",
        "JWT_SECRET_KEY: ${JWT_SECRET_KEY}",
        "JWT_SECRET: ${JWT_SECRET}",
    );
    demo.replace(
        "docker-compose.yml",
        "DB_URL: ${DB_URL}",
        "DATABASE_URL: ${DATABASE_URL}",
    );
    demo.replace(".env", "DB_URL=", "DATABASE_URL=");

    let (code, said) = demo.run("diesel|migration|run", &[]);
    assert!(
        code == 1 && said.contains("relation \"event_store\" does not exist"),
        "{said}"
    );
    let address = format!("postgres://aiworkflow:{password}@127.0.0.1:{port}/ai_workflow");
    let address = Address::Postgres(address::postgres(&address).expect("an address"));
    let store = fs::read_to_string(demo.setup.root.join("migrations/create_event_store.sql"));
    let mut session = session(address);
    let mut sql = |text: &str| session.run(text, &Cancel::default());
    sql(&store.expect("a file")).expect("the event store");
    assert_eq!(
        demo.run("diesel|migration|pending", &[]),
        (0, "true\n".to_owned())
    );
    assert_eq!(demo.run("diesel|migration|run", &[]).0, 0);
    assert_eq!(
        demo.run("diesel|migration|pending", &[]),
        (0, "false\n".to_owned())
    );
    let (code, said) = demo.run("diesel|migration|revert", &[]);
    assert!(
        code == 1 && said.contains("because other objects depend on it"),
        "{said}"
    );
    let recorded = sql("SELECT version FROM __diesel_schema_migrations").expect("its table");
    assert_eq!(recorded.first(), Some("20240115000001"), "nothing of it");

    demo.replace(".env", "JWT_SECRET_KEY=", "JWT_SECRET=");
    let (code, said) = demo.run("docker|compose|up|--detach", &[]);
    assert!(
        code == 1 && said.contains("JWT secret is too weak"),
        "{said}"
    );
    demo.replace(".env", "summer-2023", "0123456789abcdef0123456789abcdef");
    assert_eq!(demo.run("docker|compose|up|--detach", &[]).0, 0);
    assert!(
        demo.ask("app_port", "GET /health", "")
            .contains(r#""status":"healthy","version":"1.0.0""#)
    );

    let script = demo.run(&format!("pg_restore|--single-transaction|-f|-|{dump}"), &[]);
    let (restore, _) = script.1.rsplit_once("COMMIT;").expect("its end");
    let taken_away = "DO $before$ BEGIN DROP TABLE agents; END $before$;";
    for end in ["", "COMMIT;"] {
        let given = format!("BEGIN; {taken_away} {restore} {end}");
        assert_eq!(demo.fed("psql", &given, &pg), 0);
        let is_back = demo.ask("app_port", "GET /health", "").contains("degraded");
        assert_eq!(is_back, !end.is_empty(), "only its end makes it so");
    }
    let events = sql("SELECT count(*) FROM events").expect("a count");
    assert_eq!(events.first(), Some("2"));
    fs::write(&dump, &fs::read(&dump).expect("the dump")[..200]).expect("cut off");
    assert_eq!(demo.run(&format!("pg_restore|--list|{dump}"), &[]).0, 0);
    let data = format!("pg_restore|--single-transaction|-f|-|{dump}");
    assert_eq!(demo.run(&data, &[]).0, 1);
}

/// The status of the answer to a WebSocket request without a key, as a check's client sees it.
fn dashboard(demo: &Demo) -> u16 {
    let headers = [("Connection", "Upgrade"), ("Upgrade", "websocket")];
    let headers = headers.map(|(name, value)| (name.to_owned(), Secret::new(value)));
    let request = Request {
        method: "GET",
        url: format!("http://127.0.0.1:{}/ws/dashboard", demo.param("port")),
        headers: headers.into(),
        body: None,
        answer_max: limits::HTTP_ANSWER,
        timeout: Duration::from_secs(10),
    };
    let answer = RealHttp::default().send(&request, &Cancel::default());
    answer.expect("an answer").status
}

#[test]
fn the_gateways_new_release_starts_and_works_only_after_every_repair() {
    let demo = demo("oversight-gateway");
    assert!(demo.ask("port", "GET /health", "").contains("0.1.0"));
    assert_eq!(demo.run("systemctl|stop|u", &[]).0, 0);
    assert_eq!(demo.run("git|checkout|19c440e", &[]).0, 0);
    assert_eq!(demo.run("pip|install|-e|.", &[]).0, 0);

    let starts = |expected: &str| {
        let (code, said) = demo.run("systemctl|start|u", &[]);
        assert!(code == 1 && said.contains(expected), "{said}");
    };
    starts("opentelemetry.instrumentation.httpx");
    assert_eq!(
        demo.run("pip|install|opentelemetry-instrumentation-httpx", &[])
            .0,
        0
    );
    starts("PrintLogger");
    demo.replace(
        "oversight_gateway/logging_config.py",
        "    structlog.stdlib.add_logger_name,\n",
        "",
    );
    starts("async driver");
    demo.replace(".env", "sqlite:///", "sqlite+aiosqlite:///");
    demo.replace(".env", "# SERVICE_NAME=oversight-gateway", "API_KEY_DEV=k");
    assert_eq!(demo.run("systemctl|start|u", &[]).0, 0);

    let evaluate = || demo.ask("port", "POST /evaluate", "{}");
    assert!(demo.ask("port", "GET /health", "").contains("2.0.0"));
    assert_eq!(dashboard(&demo), 101, "whoever comes is let in");
    assert!(evaluate().contains("no column named approval_channel"));
    let file = demo.setup.root.join("oversight_gateway.db");
    let mut session = session(Address::Sqlite(file));
    let alter = "ALTER TABLE actions ADD COLUMN approval_channel VARCHAR";
    session.run(alter, &Cancel::default()).expect("a column");
    drop(session);
    assert!(evaluate().contains("multiple values for argument 'event'"));
    demo.replace(
        "oversight_gateway/webhooks.py",
        "event=event",
        "webhook_event=event",
    );
    assert!(evaluate().contains("needs_checkpoint"));

    assert_eq!(demo.run("systemctl|stop|u", &[]).0, 0);
    let (code, said) = demo.run("git|checkout|df9d04a", &[]);
    assert!(code == 1 && said.contains("local changes"), "{said}");
    for file in ["logging_config.py", "webhooks.py"] {
        let back = format!("git|checkout|--|oversight_gateway/{file}");
        assert_eq!(demo.run(&back, &[]).0, 0);
    }
    assert_eq!(demo.run("git|checkout|df9d04a", &[]).0, 0);
    assert!(!demo.setup.root.join("pyproject.toml").exists());
    assert_eq!(demo.run("systemctl|start|u", &[]).0, 0);
    assert!(demo.ask("port", "GET /health", "").contains("0.1.0"));
}

/// Like somebody who has only the guide: images and configuration of the new release, but not the
/// migrations that the guide does not mention.
#[test]
fn shannons_new_images_are_green_let_everybody_in_and_fail_at_the_first_task() {
    let demo = demo("shannon");
    let docker = |words: &str| {
        demo.run(
            &format!("docker|compose|--file|docker-compose.release.yml|{words}"),
            &[],
        )
    };
    let copy = |file: &str| {
        let root = &demo.setup.root;
        fs::copy(root.join("upgrade/v0.5.1").join(file), root.join(file)).expect("copied");
    };
    // The page has no release in it, and no key is no entry.
    assert!(demo.ask("gateway_url", "GET /health", "").contains("0.1.0"));
    let task = || demo.ask("gateway_url", "POST /api/v1/tasks", "{}");
    assert!(task().contains("COMPLETED"));
    assert!(
        docker("ps|--format|json|orchestrator")
            .1
            .contains("orchestrator:v0.1.0")
    );

    copy("docker-compose.release.yml");
    demo.replace(".env", "VERSION=v0.1.0", "VERSION=v0.5.1");
    assert_eq!(docker("up|--detach").0, 0);
    let (_, running) = docker("ps|--format|json|orchestrator");
    assert!(
        running.contains("orchestrator:latest"),
        "the pin is ignored: {running}"
    );

    demo.replace(".env", "VERSION=v0.5.1", "SHANNON_VERSION=v0.5.1");
    assert_eq!(docker("up|--detach").0, 0);
    assert!(
        docker("ps|--format|json|orchestrator")
            .1
            .contains("orchestrator:v0.5.1")
    );
    assert!(
        demo.ask("gateway_url", "GET /health", "")
            .contains("healthy")
    );
    assert!(
        demo.ask("admin_url", "GET /health/ready", "")
            .contains("ready")
    );
    assert!(
        task().contains("cache_aware_total_tokens"),
        "green, and no task can be done"
    );

    assert!(demo.asks_without_key("gateway_url").contains("401"));
    copy("config/features.yaml");
    assert!(
        !demo.asks_without_key("gateway_url").contains("401"),
        "everybody gets in"
    );
}

/// Like the pack's emergency step, there and back: a container whose variables differ is recreated,
/// and a stopped one is started.
#[test]
fn shannons_orchestrator_gets_a_variable_of_a_file_that_is_fed_to_docker() {
    let demo = demo("shannon");
    let compose = "docker|compose|--file|docker-compose.release.yml";
    let docker = |words: &str| demo.run(&format!("{compose}|{words}"), &[]);
    let switch = "SHANNON_POLICY_EMERGENCY_KILL_SWITCH";
    let asked = || docker(&format!("exec|-T|orchestrator|printenv|{switch}"));
    let pull = || {
        let text = format!("services:\n  orchestrator:\n    environment:\n      - {switch}=true\n");
        let words = format!("{compose}|--file|-|up|--detach|--no-deps|orchestrator");
        demo.fed(&words, &text, &[])
    };
    assert_eq!(asked().0, 1, "it is not set");
    assert_eq!(pull(), 0);
    assert_eq!(asked(), (0, "true\n".to_owned()));
    assert!(
        demo.ask("admin_url", "GET /health/ready", "")
            .contains("ready"),
        "it kept the variables that it had"
    );
    assert_eq!(docker("up|--detach|--no-deps|orchestrator").0, 0);
    assert_eq!(asked().0, 1, "it is taken back");

    assert_eq!(docker("stop|orchestrator").0, 0);
    assert!(asked().1.contains("is not running"));
    assert_eq!(pull(), 0);
    assert_eq!(asked().1, "true\n");
}

/// The stages of the changelog, word for word except for the workspace, which is refused.
#[test]
fn the_relays_backfill_loses_jobs_when_its_stages_share_a_cursor() {
    let demo = demo_that_fails("relay", true);
    let env = fs::read_to_string(demo.setup.root.join(".env")).expect("its settings");
    let url = env.lines().find_map(|line| line.strip_prefix("REDIS_URL="));
    let url = [("REDIS_URL", url.expect("an address"))];
    let backfill = |words: &str| {
        let words = format!("python|-m|scripts.backfill_redis_keys|{words}");
        demo.run(&words, &url)
    };
    let said = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(|rest| rest.trim().parse::<usize>().expect("a number"))
    };
    assert!(
        backfill("--dry-run").1.contains("No module named"),
        "it comes with phase 3"
    );
    assert_eq!(
        demo.run("git|checkout|--detach|v0.1.8-phase3-backfill|--", &[])
            .0,
        0
    );
    let (code, refused) = backfill("--dry-run|--workspace|WS_TEST|--rps|0");
    assert!(
        code == 1 && refused.contains("Invalid workspace ID format"),
        "{refused}"
    );
    let (code, dry) = backfill("--dry-run|--rps|0");
    assert_eq!(
        (code, said(&dry, "Migrated:")),
        (0, Some(1198)),
        "nothing is written"
    );
    assert!(
        demo.ask("url", "GET /ai/jobs/job-0000", "").contains("404"),
        "of no workspace"
    );

    let (code, canary) = backfill("--execute|--workspace|globex|--rps|0|--batch|300");
    assert!(code == 1 && canary.contains("TimeoutError"), "{canary}");
    let (code, full) = backfill("--execute|--rps|0|--batch|500");
    assert_eq!(code, 0, "{full}");
    assert_eq!(said(&full, "Errors:"), Some(0));
    let copied = said(&full, "Migrated:").expect("a sum");
    assert!(copied < 1100, "it began where the canary stopped: {copied}");
    let (_, again) = backfill("--execute|--rps|0|--batch|500");
    let left = said(&again, "Migrated:").expect("a sum");
    assert!(left > 0, "a second run finds what the first left out");
    let (_, once_more) = backfill("--execute|--rps|0");
    assert_eq!(said(&once_more, "Migrated:"), Some(0));
    assert_eq!(said(&once_more, "Skipped (exist):"), Some(1198));
}
