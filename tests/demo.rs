//! The demo's products, walked by hand as their packs walk them: the stand-ins have the traps of
//! the real programs, and everything that was started ends.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own product")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};
use switchback::{
    model::address::Address,
    standin::demo::{DemoSetup, prepare},
    world::{Access, Cancel, Databases, Opening, RealDatabases},
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
    let folder = tempfile::tempdir().expect("a folder");
    let exe = Path::new(env!("CARGO_BIN_EXE_switchback"));
    let setup = prepare(product, folder.path(), exe, false).expect("a demo");
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

    fn param(&self, name: &str) -> &str {
        let params: BTreeMap<&str, &str> = self
            .setup
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        params[name]
    }

    fn ask(&self, port: &str, request: &str, body: &str) -> String {
        let mut stream =
            TcpStream::connect(("127.0.0.1", self.param(port).parse().expect("a port")))
                .expect("something listens");
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nX-API-Key: k\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("sent");
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

#[test]
fn the_engine_refuses_a_weak_secret_and_migrates_only_after_its_base() {
    let demo = demo("workflow-engine");
    assert!(demo.ask("app_port", "GET /health", "").contains("0.5.0"));
    assert_eq!(demo.run("diesel|migration|status", &[]).0, 2);

    let pg = [("PGDATABASE", "ai_workflow")];
    let dump = demo.setup.root.join("database.dump").display().to_string();
    assert_eq!(
        demo.run(&format!("pg_dump|--format=custom|--file={dump}"), &pg)
            .0,
        0
    );
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
    assert_eq!(
        demo.run("psql|--file=migrations/create_event_store.sql", &pg)
            .0,
        0
    );
    assert_eq!(
        demo.run("diesel|migration|pending", &[]),
        (0, "true\n".to_owned())
    );
    assert_eq!(demo.run("diesel|migration|run", &[]).0, 0);
    assert_eq!(
        demo.run("diesel|migration|pending", &[]),
        (0, "false\n".to_owned())
    );
    assert_eq!(demo.run("diesel|migration|revert", &[]).0, 1);

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

    let restore = format!("pg_restore|--clean|--if-exists|--create|--dbname=postgres|{dump}");
    assert_eq!(demo.run(&restore, &pg).0, 0);
    assert!(demo.ask("app_port", "GET /health", "").contains("degraded"));
    fs::write(&dump, &fs::read(&dump).expect("the dump")[..200]).expect("cut off");
    assert_eq!(demo.run(&format!("pg_restore|--list|{dump}"), &[]).0, 0);
    assert_eq!(
        demo.run(
            &format!("pg_restore|--verbose|--file=/dev/null|{dump}"),
            &[]
        )
        .0,
        1
    );
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
    assert!(evaluate().contains("no column named approval_channel"));
    let opening = Opening {
        address: Address::Sqlite(demo.setup.root.join("oversight_gateway.db")),
        access: Access::Change,
        limit: Duration::from_secs(20),
    };
    let mut session = RealDatabases
        .open(&opening, &Cancel::default())
        .expect("its database");
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
    assert_eq!(demo.run("git|checkout|df9d04a", &[]).0, 0);
    assert!(!demo.setup.root.join("pyproject.toml").exists());
    assert_eq!(demo.run("systemctl|start|u", &[]).0, 0);
    assert!(demo.ask("port", "GET /health", "").contains("0.1.0"));
}
