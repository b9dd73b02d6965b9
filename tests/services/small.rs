//! A product in a temporary folder with one small service, a pack for it, and the program that is
//! run on both. The service ends by itself when the folder is gone, however its test ends.

use super::servers::free_port;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// `app.py PORT MODE`, started in the product's folder. It answers with what VERSION held when it
/// was started.
const APP: &str = r#"
import http.server, json, os, signal, sys, threading, time

port, mode = int(sys.argv[1]), sys.argv[2]
version = open("VERSION").read().strip()
terms = 0


def term(*_):
    global terms
    terms += 1
    open("terms", "a").write(f"{terms}\n")
    if mode == "deaf" or (mode == "stubborn" and terms == 1):
        return
    os._exit(0)


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"version": version, "pid": os.getpid()}).encode()
        unready = mode == "unready" and version.startswith("2")
        self.send_response(503 if unready else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def guard():
    while os.path.exists("VERSION"):
        time.sleep(0.2)
    os._exit(0)


signal.signal(signal.SIGTERM, term)
if mode == "broken" and version.startswith("2"):
    open("app.log", "a").write("Missing required environment variable: SECRET\n")
    sys.exit(1)
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
if mode == "parent" and os.fork():
    threading.Thread(target=guard, daemon=True).start()
    os.makedirs("run", exist_ok=True)
    open("run/app.pid", "w").write(f"{os.getpid()}\n")
    signal.pause()
threading.Thread(target=guard, daemon=True).start()
if mode != "parent":
    os.makedirs("run", exist_ok=True)
    open("run/app.pid", "w").write(f"{os.getpid()}\n")
server.serve_forever()
"#;

const PACK: &str = "schema: 1
product: small
title: Small
releases: semver
recognise: {file: {path: VERSION}}
detect:
  - title: VERSION
    probe: {file: {path: VERSION, pattern: '([0-9.]+)'}}
environment:
  - dotenv: {file: .env}
write_to:
  dotenv: {file: .env}
";

const HOP: &str = "schema: 1
from: 1.0.0
to: 2.0.0
title: Two
config:
  - replace: {files: VERSION, match: '1\\.0\\.0', with: 2.0.0}
";

pub struct Product {
    folder: TempDir,
    pub root: PathBuf,
    pub port: u16,
    pack: PathBuf,
}

pub struct Said {
    pub code: i32,
    pub text: String,
}

impl Said {
    #[track_caller]
    pub fn ends(&self, code: i32, words: &str) -> &Self {
        assert_eq!(self.code, code, "{}", self.text);
        assert!(self.text.contains(words), "no `{words}` in:\n{}", self.text);
        self
    }
}

impl Product {
    /// `services` is the value of that key in the pack, `hop` adds keys to its only hop. `PORT`
    /// stands for a free port in both.
    pub fn new(services: &str, hop: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let base = folder.path().canonicalize().expect("a real path");
        // Servers running as another user read it.
        fs::set_permissions(&base, fs::Permissions::from_mode(0o755)).expect("a mode");
        let (root, pack) = (base.join("root"), base.join("small"));
        let port = free_port();
        fs::create_dir(&root).expect("a root");
        fs::create_dir(&pack).expect("a pack");
        let filled = |text: &str| text.replace("PORT", &port.to_string());
        let write = |path: PathBuf, text: &str| fs::write(path, filled(text)).expect("written");
        write(
            pack.join("pack.yaml"),
            &format!("{PACK}services:\n{services}"),
        );
        write(pack.join("1-to-2.yaml"), &format!("{HOP}{hop}"));
        let guide = "schema: 1\ntitle: Guide\nstatements: []\n";
        write(pack.join("guide.yaml"), guide);
        write(root.join("app.py"), APP);
        write(root.join("VERSION"), "1.0.0\n");
        write(root.join(".env"), "");
        Self {
            folder,
            root,
            port,
            pack,
        }
    }

    /// A file of the product that can be run.
    pub fn script(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text.replace("PORT", &self.port.to_string())).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let home = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command
            .args(args)
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", home)
            .env("SWITCHBACK_STATE_DIR", home.join("state"))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        let out = self.command(args).output().expect("the program starts");
        let text = [out.stdout, out.stderr].concat();
        Said {
            code: out.status.code().expect("no signal ended it"),
            text: String::from_utf8(text).expect("what is printed is UTF-8"),
        }
    }

    /// The arguments of a command that trusts the pack as it is now.
    pub fn trusting(&self, args: &[&str]) -> Vec<String> {
        let pack = self.pack.to_string_lossy().into_owned();
        let checked = self.run(&["rules", "check", &pack, "--format", "json"]);
        let line = checked.text.lines().next().expect("a line");
        let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let digest = json["digest"].as_str().expect("a digest").to_owned();
        let mut all: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        all.extend(["--pack".to_owned(), pack, "--trust".to_owned(), digest]);
        all
    }

    pub fn trusted(&self, args: &[&str]) -> Said {
        let args = self.trusting(args);
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn apply(&self) -> Said {
        self.trusted(&["apply", "--yes"])
    }

    /// Applies up to the last check, so that the run can still go back.
    #[track_caller]
    pub fn apply_to_the_gate(&self) {
        fs::write(self.root.join("refuse"), "").expect("written");
        self.apply().ends(4, "nobody refuses");
    }

    /// Rolls the last run back, whether it has ended or not.
    pub fn rollback(&self) -> Said {
        let status = self.run(&["status", "--format", "json"]);
        let line = status.text.lines().next().expect("a line");
        let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let run = json["run_id"].as_str().expect("an id").to_owned();
        self.run(&["rollback", &run, "--yes"])
    }

    /// Starts the service as its owner would have.
    pub fn start(&self, mode: &str) {
        self.spawn("app.py", mode);
        self.until(|product| {
            product.answer().is_some() && product.text("run/app.pid").ends_with('\n')
        });
    }

    /// Starts a program of the product in the background.
    fn spawn(&self, program: &str, mode: &str) {
        let started = Command::new("setsid")
            .args(["--fork", "python3", program, &self.port.to_string(), mode])
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(started.expect("setsid").success());
    }

    #[track_caller]
    pub fn until(&self, so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !so(self) {
            assert!(begin.elapsed() < PATIENCE, "it does not become so");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The release and the process that answer.
    pub fn answer(&self) -> Option<(String, u64)> {
        answer(self.port)
    }

    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_default()
    }

    /// What the steps wrote, one after the other.
    pub fn output(&self) -> String {
        let runs = self.folder.path().join("state/runs");
        let mut all = String::new();
        for run in fs::read_dir(runs).into_iter().flatten().flatten() {
            let logs = fs::read_dir(run.path().join("output"));
            for log in logs.into_iter().flatten().flatten() {
                all.push_str(&fs::read_to_string(log.path()).unwrap_or_default());
            }
        }
        all
    }
}

/// One request to a small service.
pub fn answer(port: u16) -> Option<(String, u64)> {
    let body = get(port, "/")?;
    let json: serde_json::Value = serde_json::from_str(&body).ok()?;
    Some((json["version"].as_str()?.to_owned(), json["pid"].as_u64()?))
}

/// The body of a whole answer with status 200.
pub fn get(port: u16, path: &str) -> Option<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}
