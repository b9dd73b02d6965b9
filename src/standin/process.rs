//! Services of a demo as processes: started so that they outlive who started them, known by a file
//! with their pid, ended by SIGTERM and waited for.

use super::{
    Failed,
    home::{self, Home},
};
use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::ErrorKind,
    net::{Ipv4Addr, TcpStream},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};

const START_LIMIT: Duration = Duration::from_secs(5);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The contents of a pid file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Service {
    pub pid: i32,
    pub port: u16,
    pub version: String,
}

fn pid_file(home: &Home, name: &str) -> PathBuf {
    home.pid_files().join(format!("{name}.json"))
}

/// The service of that name, if it runs.
pub(super) fn running(home: &Home, name: &str) -> Option<Service> {
    let text = fs::read(pid_file(home, name)).ok()?;
    let service: Service = serde_json::from_slice(&text).ok()?;
    is_ours(home, service.pid).then_some(service)
}

/// Registers a process as the service of that name.
pub(super) fn register(home: &Home, name: &str, service: &Service) -> Result<(), Failed> {
    let text = serde_json::to_vec(service).map_err(std::io::Error::from)?;
    home::write(&pid_file(home, name), text)
}

/// Whether a pid is that of a living stand-in of this demo, and not of a later process.
fn is_ours(home: &Home, pid: i32) -> bool {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let said = |wanted: &[u8]| command.split(|byte| *byte == 0).any(|word| word == wanted);
    said(b"stand-in") && said(home.path().as_os_str().as_bytes()) && !has_ended(pid)
}

/// Whether all its threads have ended: the first may end before others that hold its port.
fn has_ended(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(") ") else {
        return true;
    };
    // From the third field on; the twentieth is the number of threads.
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let alone = fields.get(17).is_none_or(|n| matches!(*n, "0" | "1"));
    alone && matches!(fields.first(), Some(&("Z" | "X")))
}

/// Starts a stand-in as the service of a name and waits until it listens. If it ends instead, the
/// error contains its output.
pub(super) fn start(
    home: &Home,
    name: &str,
    program: &str,
    service: &Service,
    variables: &BTreeMap<String, String>,
) -> Result<(), Failed> {
    fs::create_dir_all(home.logs())?;
    let log_path = home.logs().join(format!("{name}.log"));
    let log = File::create(&log_path)?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("stand-in")
        .arg(program)
        .arg(home.path())
        .args([&service.port.to_string(), &service.version])
        .env_clear()
        .envs(variables)
        .current_dir(home.root())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()?;
    let pid = i32::try_from(child.id()).map_err(|error| Failed::new(error.to_string()))?;
    let known = Service {
        pid,
        ..service.clone()
    };
    register(home, name, &known)?;
    let began = Instant::now();
    while began.elapsed() < START_LIMIT {
        if child.try_wait()?.is_some() {
            let said = fs::read_to_string(&log_path).unwrap_or_default();
            return Err(Failed::new(format!("{name} ended: {}", said.trim())));
        }
        if is_open(service.port) {
            return Ok(());
        }
        thread::sleep(LOOK_EVERY);
    }
    Err(Failed::new(format!(
        "{name} does not listen on port {}",
        service.port
    )))
}

fn is_open(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Waits until something listens; `false` if nothing does in time.
pub(super) fn listens(port: u16) -> bool {
    let began = Instant::now();
    while !is_open(port) {
        if began.elapsed() > START_LIMIT {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
    true
}

/// Waits for a signal in the background, then calls `then`.
pub(super) fn on_signal(kind: SignalKind, then: impl FnOnce() + Send + 'static) {
    let wait = move || -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            signal(kind)?.recv().await;
            Ok::<(), std::io::Error>(())
        })?;
        then();
        Ok(())
    };
    // If that fails, the signal has its default effect.
    thread::spawn(wait);
}

/// Asks a service to end and returns its pid; `None` if it is not running.
pub(super) fn ask_to_end(home: &Home, name: &str) -> Result<Option<i32>, Failed> {
    let Some(service) = running(home, name) else {
        return Ok(None);
    };
    let pid = Pid::from_raw(service.pid).ok_or_else(|| Failed::new("a pid file without a pid"))?;
    match kill_process(pid, Signal::TERM) {
        Ok(()) => Ok(Some(service.pid)),
        // It ended at that very moment.
        Err(Errno::SRCH) => Ok(None),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

/// Asks a service to end and waits until it has.
pub(super) fn stop(home: &Home, name: &str) -> Result<bool, Failed> {
    let Some(pid) = ask_to_end(home, name)? else {
        return Ok(false);
    };
    let began = Instant::now();
    while !has_ended(pid) {
        if began.elapsed() > STOP_LIMIT {
            return Err(Failed::new(format!("{name} (pid {pid}) does not end")));
        }
        thread::sleep(LOOK_EVERY);
    }
    match fs::remove_file(pid_file(home, name)) {
        // Somebody else has ended it too: a worker and its front end may end a sample at once.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(true),
    }
}

/// Ends every service of the demo, even if one of them fails to end; returns the first error.
pub(super) fn stop_all(home: &Home) -> Result<(), Failed> {
    let mut end = Ok(());
    for entry in fs::read_dir(home.pid_files()).into_iter().flatten() {
        // Not short-circuited: the others are ended whatever one of them returns.
        end = end.and(stop_entry(home, entry));
    }
    end
}

fn stop_entry(home: &Home, entry: std::io::Result<fs::DirEntry>) -> Result<(), Failed> {
    let path = entry?.path();
    match path.file_stem().and_then(|name| name.to_str()) {
        Some(name) => stop(home, name).map(drop),
        None => Ok(()),
    }
}
