//! Throw-away servers: on a free port, in a folder of their own, as an ordinary user. A server ends
//! and its folder goes when its value is dropped or the test process ends, however that ends: a
//! shell beside the server waits for the end of its own input.

use std::{
    fs, mem,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use switchback::standin::ports::Port;

const START_LIMIT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts what it is given, waits for the end of its own input, and clears up.
const KEEPER: &str = r#"
signal=$1 folder=$2; shift 2
"$@" </dev/null >"$folder/log" 2>&1 &
pid=$!
read -r _
kill -s "$signal" "$pid"
wait "$pid"
rm -rf "$folder"
"#;

/// A running server and its folder.
pub struct Server {
    pub folder: PathBuf,
    pub port: u16,
    keeper: Child,
}

impl Server {
    /// `signal` is the one that ends it, by name: `INT`.
    pub fn start(folder: PathBuf, port: u16, signal: &str, argv: &[&str]) -> Self {
        Self::start_as(ordinary_user(), folder, port, signal, argv)
    }

    /// As this user and group, or as the user who runs the tests.
    pub fn start_as(
        user: Option<(u32, u32)>,
        folder: PathBuf,
        port: u16,
        signal: &str,
        argv: &[&str],
    ) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper", signal]).arg(&folder);
        let keeper = as_user(command.args(argv), user)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sh");
        Self {
            folder,
            port,
            keeper,
        }
    }

    /// Waits until it is there, or tells what it wrote.
    pub fn until(self, ready: impl Fn(&Self) -> bool) -> Self {
        let begin = Instant::now();
        while !ready(&self) {
            assert!(
                begin.elapsed() < START_LIMIT,
                "the server does not start: {}",
                self.log()
            );
            std::thread::sleep(LOOK_EVERY);
        }
        self
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _gone = self.keeper.wait();
    }
}

/// A free port, which is given to nobody else while the tests run.
pub fn free_port() -> u16 {
    let port = Port::any().expect("a port");
    let number = port.number;
    mem::forget(port);
    number
}

/// A new folder that the server's user may write to.
pub fn folder() -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix("switchback-test-")
        .tempdir()
        .expect("a folder")
        .keep();
    if let Some((uid, gid)) = ordinary_user() {
        chown(&folder, Some(uid), Some(gid)).expect("the folder's owner");
    }
    folder
}

/// Runs servers that refuse to run as root as `nobody` instead.
pub fn as_ordinary_user(command: &mut Command) -> &mut Command {
    as_user(command, ordinary_user())
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    match user {
        Some((uid, gid)) => command.uid(uid).gid(gid).current_dir("/"),
        None => command,
    }
}

pub fn ordinary_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").expect("proc").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let line = users
        .lines()
        .find(|line| line.starts_with("nobody:"))
        .expect("the user nobody");
    let mut ids = line.split(':').skip(2);
    let mut id = || ids.next().and_then(|id| id.parse().ok()).expect("an id");
    Some((id(), id()))
}

/// Schema, rows, owners and rights of a database, as text.
pub fn dumped(url: &str) -> String {
    let out = Command::new(program("pg_dump"))
        .args(["--inserts", "--no-password", "-d", url])
        .output()
        .expect("pg_dump");
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8(out.stdout).expect("text");
    // A random key in every dump.
    let lines = text.lines().filter(|line| !line.contains("restrict "));
    lines.collect::<Vec<_>>().join("\n")
}

/// A program on the path or where Debian puts it; a test that lacks one says how to get it.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    let mut releases: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").path().join("bin"))
        .collect();
    // Tools of one release belong together; newest first.
    releases.sort_by_key(|path| std::cmp::Reverse(path.clone()));
    releases.extend(folders);
    releases
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed: `tests/run` installs it"))
}

/// A PostgreSQL server. `postgres` needs no password; everybody else does.
pub struct Postgres {
    pub server: Server,
    made: AtomicUsize,
}

impl Postgres {
    /// One for all tests of this process; every test has databases of its own on it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub fn start() -> Self {
        let folder = folder();
        let data = folder.join("data");
        let initdb = as_ordinary_user(Command::new(program("initdb")).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
        ]))
        .arg(&data)
        .output()
        .expect("initdb");
        assert!(initdb.status.success(), "{initdb:?}");
        let rights = "local all all trust\n\
                      host all postgres 127.0.0.1/32 trust\n\
                      host all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), rights).expect("rights");
        let port = free_port();
        let program = program("postgres");
        let argv = [
            text(&program).to_owned(),
            "-D".to_owned(),
            text(&data).to_owned(),
            format!("-p{port}"),
            format!("-k{}", text(&folder)),
            "-clisten_addresses=127.0.0.1".to_owned(),
            "-cfsync=off".to_owned(),
        ];
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        let ready = super::servers::program("pg_isready");
        let server = Server::start(folder, port, "INT", &argv).until(|server| {
            let asked = Command::new(&ready)
                .args(["-h", "127.0.0.1", "-p", &server.port.to_string()])
                .output();
            asked.expect("pg_isready").status.success()
        });
        Self {
            server,
            made: AtomicUsize::new(0),
        }
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let n = self.made.fetch_add(1, Ordering::SeqCst);
        let name = format!("test_{n}");
        psql(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.server.port)
    }
}

/// What psql prints, without decoration; it must succeed.
pub fn psql(url: &str, statement: &str) -> String {
    let out = Command::new(program("psql"))
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            url,
            "-c",
        ])
        .arg(statement)
        .output()
        .expect("psql");
    assert!(out.status.success(), "{statement}: {out:?}");
    String::from_utf8(out.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in text")
}

/// A Redis server without persistence, with a password.
pub struct Redis {
    pub server: Server,
    pub password: &'static str,
}

impl Redis {
    pub fn start(password: &'static str) -> Self {
        let (folder, port) = (folder(), free_port());
        let (program, port_text) = (program("redis-server"), port.to_string());
        let argv = [
            text(&program),
            "--port",
            &port_text,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--requirepass",
            password,
            "--repl-diskless-sync-delay",
            "0",
            "--dir",
            text(&folder),
        ];
        let server = Server::start(folder.clone(), port, "TERM", &argv);
        let redis = Self { server, password };
        let begin = Instant::now();
        while redis.try_ask(&["PING"]).as_deref() != Some("PONG") {
            assert!(begin.elapsed() < START_LIMIT, "redis-server does not start");
            std::thread::sleep(LOOK_EVERY);
        }
        redis
    }

    fn try_ask(&self, words: &[&str]) -> Option<String> {
        let out = Command::new(program("redis-cli"))
            .args(["-p", &self.server.port.to_string()])
            .args(words)
            .env("REDISCLI_AUTH", self.password)
            .output()
            .expect("redis-cli");
        let text = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        out.status.success().then_some(text)
    }

    /// What redis-cli prints.
    pub fn ask(&self, words: &[&str]) -> String {
        self.try_ask(words).expect("an answer of redis-cli")
    }
}
