//! Loki Mode, upgraded and rolled back by its own pack, over a real SQLite file: for each way of
//! installing it, and from a failure at each step. The dashboard's database is compared row by row,
//! the product's folder byte by byte.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own product")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use switchback::{
    model::address::Address,
    standin::demo::{DemoSetup, prepare},
    world::{Access, Cancel, DatabaseSession, Databases, Opening, RealDatabases},
};
use tempfile::TempDir;

const ANSWERS: &str = "\
mark: [5.50.0-to-5.51.0/check/sessions, 5.50.0-to-5.51.0/check/docker-data]
";

struct Demo {
    setup: DemoSetup,
    port: u16,
    _folder: TempDir,
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.setup.finish().expect("everything ends");
    }
}

fn demo(fail: bool) -> Demo {
    let folder = tempfile::tempdir().expect("a folder");
    let exe = Path::new(env!("CARGO_BIN_EXE_switchback"));
    let setup = prepare("loki-mode", folder.path(), exe, fail).expect("a demo");
    let port = setup.about.params.iter().find(|(name, _)| name == "port");
    let port = port.expect("a port").1.parse().expect("a number");
    Demo {
        setup,
        port,
        _folder: folder,
    }
}

impl Demo {
    fn at(&self, below: &str) -> PathBuf {
        self.setup.root.join(below)
    }

    fn put(&self, below: &str, text: &str) {
        let path = self.at(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn switchback(&self, args: &[&str]) -> (i32, String) {
        let answers = self.at(".switchback/answers.yaml");
        fs::write(&answers, ANSWERS).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command.args(args).arg("--root").arg(&self.setup.root);
        command.arg("--state-dir").arg(self.at(".switchback/state"));
        if args.contains(&"apply") {
            command
                .args(["--pack", "loki-mode", "--answers"])
                .arg(answers);
            for (name, value) in &self.setup.about.params {
                command.arg("--set").arg(format!("{name}={value}"));
            }
        }
        ended(&mut command)
    }

    /// Takes the whole road; returns its output.
    fn upgraded(&self) -> String {
        let (code, said) = self.switchback(&["apply", "--yes"]);
        assert_eq!(code, 0, "{said}");
        said
    }

    /// Upgrades up to a check of the new release that fails: a table of that name existed already,
    /// and existing tables are not altered.
    fn held_up(&self) -> String {
        self.sql("CREATE TABLE tenants (id INTEGER PRIMARY KEY, name TEXT)");
        let (code, said) = self.switchback(&["apply", "--yes"]);
        assert!(
            code == 4 && said.contains("tenants.settings"),
            "{code}: {said}"
        );
        said
    }

    fn goes_back(&self) {
        let (code, said) = self.switchback(&["rollback", "--yes"]);
        assert_eq!(code, 0, "{said}");
    }

    /// A program of the demo.
    fn run(&self, words: &[&str]) -> (i32, String) {
        let mut command = Command::new(self.at(".switchback/bin").join(words[0]));
        ended(command.args(&words[1..]).current_dir(&self.setup.root))
    }

    fn ask(&self, request: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("something listens");
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn says(&self, release: &str) {
        assert_eq!(
            self.run(&["loki", "version"]).1,
            format!("Loki Mode v{release}\n")
        );
        let status = self.ask("GET /api/status", "");
        assert!(
            status.contains(&format!("\"version\":\"{release}\"")),
            "{status}"
        );
        assert!(
            self.ask("GET /api/projects", "")
                .starts_with("HTTP/1.1 200")
        );
    }

    /// Every file of the product except what the dashboard writes itself.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.setup.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let below = path
                    .strip_prefix(&self.setup.root)
                    .expect("below")
                    .to_owned();
                let own = [".switchback", "home", ".loki/dashboard"];
                if own.iter().any(|own| below.starts_with(own)) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(below, fs::read(path).expect("a file"));
                }
            }
        }
        found
    }

    fn open(&self, access: Access) -> Box<dyn DatabaseSession> {
        let opening = Opening {
            address: Address::Sqlite(self.at("home/.loki/dashboard.db")),
            access,
            limit: Duration::from_secs(10),
        };
        let opened = RealDatabases.open(&opening, &Cancel::default());
        opened.expect("the dashboard's database")
    }

    fn sql(&self, statement: &str) {
        let mut session = self.open(Access::Change);
        session.run(statement, &Cancel::default()).expect(statement);
    }

    /// The tables of 5.50.0: how they were made, and their rows.
    fn rows(&self) -> Vec<Vec<Option<String>>> {
        let mut session = self.open(Access::Look);
        let queries = [
            "SELECT name, sql FROM sqlite_master WHERE tbl_name IN ('projects', 'tasks') ORDER BY 1",
            "SELECT * FROM projects ORDER BY id",
            "SELECT * FROM tasks ORDER BY id",
        ];
        let rows = queries.map(|sql| session.run(sql, &Cancel::default()).expect(sql).rows);
        rows.concat()
    }
}

fn ended(command: &mut Command) -> (i32, String) {
    let done = command.output().expect("started");
    let said = String::from_utf8([done.stdout, done.stderr].concat()).expect("UTF-8");
    (done.status.code().expect("an exit code"), said)
}

#[test]
fn forward_back_and_forward_again_keeps_every_row_and_every_byte() {
    let demo = demo(false);
    let (files, rows) = (demo.files(), demo.rows());
    demo.says("5.50.0");
    demo.held_up();
    demo.says("5.51.0");
    let workflow = fs::read_to_string(demo.at(".github/workflows/loki-review.yml")).expect("text");
    assert!(
        workflow.contains("uses: asklokesh/loki-mode@v5.51.0   # pinned"),
        "{workflow}"
    );
    let made = demo.ask("POST /api/projects", r#"{"name": "since"}"#);
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");

    demo.goes_back();
    demo.says("5.50.0");
    assert_eq!(demo.files(), files);
    let (since, before): (Vec<_>, Vec<_>) = demo
        .rows()
        .into_iter()
        .partition(|row| row.contains(&Some("since".to_owned())));
    assert_eq!(before, rows);
    assert_eq!(since.len(), 1, "what was written since stays");

    demo.sql("DROP TABLE tenants");
    demo.upgraded();
    demo.says("5.51.0");
}

/// The real path of a program of the demo, for which an installation puts a link.
fn program(demo: &Demo, name: &str) -> PathBuf {
    fs::canonicalize(demo.at(".switchback/bin").join(name)).expect("a program of the demo")
}

/// Makes a program fail when called with these words. If an installation writes it anew, it is the
/// broken one.
fn broken(demo: &Demo, name: &str, words: &str) {
    let (path, kept) = (program(demo, name), demo.at(".switchback/kept").join(name));
    fs::create_dir_all(demo.at(".switchback/kept")).expect("a folder");
    fs::copy(&path, &kept).expect("kept, with its mode");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *'{words}'*) echo broken >&2; exit 9;; esac\nexec '{}' \"$@\"\n",
        kept.display()
    );
    fs::write(&path, script).expect("written");
}

fn mended(demo: &Demo, name: &str) {
    let kept = demo.at(".switchback/kept").join(name);
    fs::copy(kept, program(demo, name)).expect("as it was");
}

/// A run that fails because of a cause is rolled back completely once the cause is gone.
fn goes_back_after(cause: impl Fn(&Demo), cured: impl Fn(&Demo)) {
    let demo = demo(false);
    cause(&demo);
    let (files, rows) = (demo.files(), demo.rows());
    let (code, said) = demo.switchback(&["apply", "--yes"]);
    assert_eq!(code, 5, "{said}");
    cured(&demo);
    demo.goes_back();
    demo.says("5.50.0");
    assert_eq!(demo.files(), files, "{said}");
    assert_eq!(demo.rows(), rows, "{said}");
}

#[test]
fn from_a_failure_at_each_step_the_way_back_is_whole() {
    goes_back_after(
        |demo| broken(demo, "npm", "install"),
        |demo| mended(demo, "npm"),
    );
    goes_back_after(
        |demo| broken(demo, "loki", "dashboard start"),
        |demo| mended(demo, "loki"),
    );
    // A view cannot take a new column.
    goes_back_after(
        |demo| {
            demo.sql("ALTER TABLE projects RENAME TO all_projects");
            demo.sql("CREATE VIEW projects AS SELECT * FROM all_projects");
        },
        |_| {},
    );
}

#[test]
fn what_is_still_broken_on_the_way_back_holds_it_up_until_it_is_mended() {
    let demo = demo(false);
    broken(&demo, "loki", "dashboard start");
    let (files, rows) = (demo.files(), demo.rows());
    assert_eq!(demo.switchback(&["apply", "--yes"]).0, 5);
    let (code, said) = demo.switchback(&["rollback", "--yes"]);
    let why = "`Start the dashboard of 5.50.0` failed: exit 9";
    assert!(code == 7 && said.contains(why), "{code}: {said}");
    assert_eq!(demo.rows(), rows, "its data is back all the same");
    mended(&demo, "loki");
    demo.goes_back();
    demo.says("5.50.0");
    assert_eq!(demo.files(), files);
}

#[test]
fn a_step_that_failed_once_is_done_by_a_second_try() {
    let demo = demo(true);
    let (code, said) = demo.switchback(&["apply", "--yes"]);
    assert_eq!(code, 5, "{said}");
    let (code, said) = demo.switchback(&["resume"]);
    assert_eq!(code, 0, "{said}");
    demo.says("5.51.0");
}

#[test]
fn homebrew_is_found_by_where_the_program_stands() {
    let demo = demo(false);
    assert_eq!(demo.run(&["brew", "install", "loki-mode@5.50.0"]).0, 0);
    let said = demo.held_up();
    assert!(said.contains("Install 5.51.0"), "{said}");
    demo.says("5.51.0");
    demo.goes_back();
    demo.says("5.50.0");
}

#[test]
fn a_checkout_goes_to_the_tag_and_back_to_the_tag() {
    let demo = demo(false);
    let script = fs::read_to_string(demo.at(".switchback/bin/loki")).expect("a script");
    for release in ["5.50.0", "5.51.0"] {
        let commit = format!(".switchback/commits/v{release}");
        demo.put(&format!("{commit}/VERSION"), &format!("{release}\n"));
        let program = format!("{commit}/autonomy/loki");
        demo.put(&program, &format!("{script}# Loki Mode\n"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(demo.at(&program), mode).expect("executable");
    }
    demo.put(".switchback/head", "v5.51.0");
    fs::create_dir(demo.at(".git")).expect("made");
    assert_eq!(demo.run(&["git", "checkout", "v5.50.0"]).0, 0);
    fs::remove_file(demo.at(".switchback/bin/loki")).expect("gone");
    symlink(demo.at("autonomy/loki"), demo.at(".switchback/bin/loki")).expect("linked");
    let files = demo.files();

    let said = demo.held_up();
    assert!(said.contains("Check out exactly 5.51.0"), "{said}");
    demo.says("5.51.0");
    demo.goes_back();
    demo.says("5.50.0");
    assert_eq!(demo.files(), files);
}

#[test]
fn an_image_is_fetched_and_named_in_the_compose_file() {
    let demo = demo(false);
    fs::remove_file(demo.at(".switchback/bin/loki")).expect("gone");
    let compose = "services:\n  loki:\n    image: asklokesh/loki-mode:5.50.0   # pinned\n";
    demo.put("docker-compose.yml", compose);
    broken(&demo, "docker", "run --rm asklokesh");
    let (code, said) = demo.switchback(&["apply", "--yes"]);
    assert!(
        code == 4 && said.contains("The image says 5.51.0: exit 9"),
        "{said}"
    );
    mended(&demo, "docker");
    let after = fs::read_to_string(demo.at("docker-compose.yml")).expect("text");
    assert_eq!(after, compose.replace("5.50.0", "5.51.0"));
    demo.goes_back();
    let back = fs::read_to_string(demo.at("docker-compose.yml")).expect("text");
    assert_eq!(back, compose);
}

/// The container itself is asked, because the pulled image is not necessarily what runs.
#[test]
fn a_container_is_made_again_with_its_data_and_on_the_way_back_as_it_was() {
    let demo = demo(false);
    fs::remove_file(demo.at(".switchback/bin/loki")).expect("gone");
    demo.put(
        "docker-compose.yml",
        "services:\n  loki:\n    image: asklokesh/loki-mode:5.50.0\n    volumes:\n      \
         - ./home/.loki:/home/loki/.loki\n",
    );
    demo.run(&["docker", "compose", "up", "--detach", "loki"]);
    let says = |release: &str| {
        let asked = ["docker", "compose", "exec", "-T", "loki", "loki", "version"];
        assert_eq!(demo.run(&asked), (0, format!("Loki Mode v{release}\n")));
    };
    says("5.50.0");
    let rows = demo.rows();

    let said = demo.upgraded();
    says("5.51.0");
    assert!(
        said.contains("container-database as dashboard-of-the-container.db"),
        "{said}"
    );
    let made = demo.rows()[0][1].clone().unwrap_or_default();
    assert!(made.contains("tenant_id"), "{made}");

    let run = said.lines().find_map(|line| line.strip_prefix("run "));
    let run = run.expect("the run's name");
    let (code, said) = demo.switchback(&["rollback", run, "--yes"]);
    assert_eq!(code, 0, "{said}");
    says("5.50.0");
    assert_eq!(demo.rows(), rows);
}

#[test]
fn a_guide_that_is_believed_ends_in_each_of_its_traps() {
    let demo = demo(false);
    assert!(
        demo.run(&["loki", "dashboard"]).1.contains("Usage"),
        "and exit code 0"
    );
    assert_eq!(demo.run(&["loki", "dashboard"]).0, 0);

    let port = demo.port.to_string();
    assert_eq!(
        demo.run(&["loki", "dashboard", "stop"]).0,
        1,
        "it ends all the same"
    );
    let start = ["loki", "dashboard", "start", "--port", &port];
    let (code, said) = demo.run(&start);
    assert!(code == 0 && said.contains("already running"), "{said}");
    let status = ["loki", "dashboard", "status"];
    while !demo.run(&status).1.contains("Not running") {}
    assert_eq!(demo.run(&status).0, 0, "although it is stopped");

    assert_eq!(demo.run(&["npm", "update", "-g", "loki-mode"]).0, 0);
    assert!(
        demo.run(&["loki", "version"]).1.contains("5.52.4"),
        "the newest"
    );
    let package = demo.at(".switchback/npm/lib/node_modules/loki-mode");
    assert!(
        !package.join("dashboard/.venv").exists(),
        "its Python is gone"
    );
    assert_eq!(demo.run(&["npm", "install", "-g", "loki-mode@5.51.0"]).0, 0);
    assert_eq!(demo.run(&start).0, 0);
    assert!(demo.ask("GET /health", "").contains("healthy"));
    assert!(
        demo.ask("GET /api/projects", "")
            .starts_with("HTTP/1.1 500")
    );
    for unknown in [
        "/api/audit?limit=5",
        "/api/audit/verify",
        "/api/v2/keys",
        "/api/v2/status",
    ] {
        let answer = demo.ask(&format!("GET {unknown}"), "");
        assert!(answer.starts_with("HTTP/1.1 404"), "{unknown}: {answer}");
    }
    for known in [
        "/api/v2/tenants",
        "/api/v2/api-keys",
        "/api/v2/audit/verify",
    ] {
        let answer = demo.ask(&format!("GET {known}"), "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{known}: {answer}");
    }
}
