//! A sample product in a folder of its own: laid out, started in its old release, ended again.

use super::{
    Failed, PROGRAMS, dashboard, git,
    home::{self, Home},
    oversight, packages,
    postgres::{self, Store},
    process, sqlite_file,
};
use include_dir::{Dir, include_dir};
use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/packs");

/// Products that have a sample.
pub const PRODUCTS: [&str; 3] = ["workflow-engine", "oversight-gateway", "loki-mode"];

/// What the engine's users did before the upgrade.
const WORK: &str = "\
    INSERT INTO agents (name, endpoint) VALUES ('tutor', 'http://tutor:3001');\
    INSERT INTO events (event_type, event_data) VALUES \
        ('workflow_started', '{\"workflow\": 17}'), ('workflow_completed', '{\"workflow\": 17}');";

/// A demo that runs. `finish` ends it; dropping it leaves it running, so that a screen can come
/// back to it.
#[derive(Debug)]
pub struct DemoSetup {
    /// The product's folder, for `--root`.
    pub root: PathBuf,
    /// Answers of the pack's parameters, for `--set`.
    pub params: Vec<(String, String)>,
    /// What the shell of the demo would export.
    pub env: BTreeMap<String, String>,
}

/// Lays a product out in `dir`, which must be new or empty, and starts its old release. `exe` is
/// this program: the stand-ins call it. With `fail`, one step of the upgrade fails the first time.
pub fn prepare(product: &str, dir: &Path, exe: &Path, fail: bool) -> Result<DemoSetup, Failed> {
    let sample = PACKS.get_dir(format!("{product}/demo"));
    let sample = sample.ok_or_else(|| {
        Failed::new(format!(
            "there is no demo of `{product}`; there are {}",
            PRODUCTS.join(", ")
        ))
    })?;
    fs::create_dir_all(dir)?;
    let root = dir.canonicalize()?;
    if fs::read_dir(&root)?.next().is_some() {
        let said = format!("{} is not empty; give a new folder", root.display());
        return Err(Failed::new(said));
    }
    let ports = free_ports()?;
    lay(sample, sample, &root, &ports)?;
    let home = Home::at(&root.join(".switchback"));
    programs(&home, exe)?;
    if fail {
        home::write(&home.fail_marker(), "")?;
    }
    let params = match product {
        "workflow-engine" => engine(&home, &ports)?,
        "loki-mode" => loki(&home, &ports)?,
        _ => oversight(&home, &ports)?,
    };
    let env = BTreeMap::new();
    Ok(DemoSetup { root, params, env })
}

impl DemoSetup {
    /// Ends everything that the demo started, by pid.
    pub fn finish(&self) -> Result<(), Failed> {
        let home = Home::at(&self.root.join(".switchback"));
        for entry in fs::read_dir(home.pid_files())? {
            let path = entry?.path();
            if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
                process::stop(&home, name)?;
            }
        }
        Ok(())
    }

    /// Takes the whole sample away.
    pub fn remove(&self) -> Result<(), Failed> {
        Ok(fs::remove_dir_all(&self.root)?)
    }
}

struct Ports {
    first: u16,
    second: u16,
    database: u16,
}

/// Ports that nobody had a moment ago.
fn free_ports() -> Result<Ports, Failed> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let second = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let database = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    Ok(Ports {
        first: port(&first)?,
        second: port(&second)?,
        database: port(&database)?,
    })
}

fn lay(top: &Dir<'_>, folder: &Dir<'_>, root: &Path, ports: &Ports) -> Result<(), Failed> {
    for file in folder.files() {
        let below = file.path().strip_prefix(top.path()).unwrap_or(file.path());
        let text = file.contents_utf8().unwrap_or_default();
        let text = text
            .replace("@PORT@", &ports.first.to_string())
            .replace("@DATABASE_PORT@", &ports.database.to_string());
        home::write(&root.join(below), text)?;
    }
    for inner in folder.dirs() {
        lay(top, inner, root, ports)?;
    }
    Ok(())
}

/// One script for each stand-in. A command sees a clean environment, so the script holds all that
/// it needs.
fn programs(home: &Home, exe: &Path) -> Result<(), Failed> {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
    for (name, _) in PROGRAMS {
        let path = home.bin().join(name);
        let (exe, home) = (quoted(exe), quoted(home.path()));
        home::write(
            &path,
            format!("#!/bin/sh\nexec {exe} stand-in {name} {home} \"$@\"\n"),
        )?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn engine(home: &Home, ports: &Ports) -> Result<Vec<(String, String)>, Failed> {
    // What the compose file's initdb made, and some work that was done since.
    let mut store = Store::default();
    store.run(&home.read("scripts/init-db.sql"))?;
    store.run(WORK)?;
    store.save(&postgres::file(home, "ai_workflow"))?;
    start(home, "docker", &["compose", "up", "--detach"])?;
    let (app, gateway) = (ports.first, ports.second);
    Ok(params([
        ("app_url", format!("http://127.0.0.1:{app}")),
        ("app_port", app.to_string()),
        ("gateway_url", format!("http://127.0.0.1:{gateway}")),
        ("gateway_port", gateway.to_string()),
        ("database_host", Ipv4Addr::LOCALHOST.to_string()),
        ("database_port", ports.database.to_string()),
    ]))
}

fn oversight(home: &Home, ports: &Ports) -> Result<Vec<(String, String)>, Failed> {
    let root = home.root();
    // Its two commits lie in the sample as folders; the old one is checked out.
    fs::rename(root.join("commits"), home.path().join("commits"))?;
    git::lay(&home.path().join("commits/df9d04a"), root)?;
    home::write(&home.path().join("head"), "df9d04a")?;
    fs::create_dir_all(root.join(".git"))?;
    fs::create_dir_all(root.join(".venv"))?;
    sqlite_file::run(&root.join(oversight::DATABASE), oversight::V1)?;
    home::write(&home.path().join("port"), ports.first.to_string())?;
    start(home, "systemctl", &["start", "oversight-gateway.service"])?;
    Ok(params([
        ("url", format!("http://127.0.0.1:{}", ports.first)),
        ("port", ports.first.to_string()),
    ]))
}

fn loki(home: &Home, ports: &Ports) -> Result<Vec<(String, String)>, Failed> {
    let root = home.root();
    packages::install(home, &packages::npm_folder(home), "5.50.0")?;
    let database = dashboard::database(home);
    fs::create_dir_all(database.with_file_name("dashboard"))?;
    dashboard::make_tables(&database, false)?;
    sqlite_file::run(
        &database,
        "INSERT INTO projects (name) VALUES ('alpha'), ('beta'); INSERT INTO tasks (project_id, title) VALUES (1, 'first')",
    )?;
    let port = ports.first.to_string();
    start(home, "loki", &["dashboard", "start", "--port", &port])?;
    let data = root.join("home/.loki").display().to_string();
    Ok(params([("port", port), ("data_dir", data)]))
}

fn params<const N: usize>(all: [(&str, String); N]) -> Vec<(String, String)> {
    all.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Through the script, as the upgrade will call it: the service belongs to nobody afterwards.
fn start(home: &Home, program: &str, args: &[&str]) -> Result<(), Failed> {
    let done = Command::new(home.bin().join(program))
        .args(args)
        .current_dir(home.root())
        .stdin(Stdio::null())
        .output()?;
    if done.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        Err(Failed::new(format!(
            "the old release does not start: {said}"
        )))
    }
}
