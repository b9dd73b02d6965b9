//! Services of a demo as processes: started so that they outlive who started them, known by a file
//! with their pid, ended by SIGTERM and waited for.

use super::{
    Failed,
    home::{self, Home},
};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::{Ipv4Addr, TcpStream},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const START_LIMIT: Duration = Duration::from_secs(5);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What stands in a pid file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Service {
    pub pid: i32,
    pub port: u16,
    pub version: String,
}

fn pid_file(home: &Home, name: &str) -> PathBuf {
    home.pid_files().join(format!("{name}.json"))
}

/// The service, if it runs.
pub(super) fn running(home: &Home, name: &str) -> Option<Service> {
    let text = fs::read(pid_file(home, name)).ok()?;
    let service: Service = serde_json::from_slice(&text).ok()?;
    is_ours(service.pid).then_some(service)
}

/// A pid may have gone to another process since: only a living stand-in is ours.
fn is_ours(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let is_standin = command
        .split(|byte| *byte == 0)
        .any(|word| word == b"stand-in");
    is_standin && !matches!(state, None | Some('Z' | 'X'))
}

/// Starts a stand-in as the service of a name and waits until it listens; an error says what it
/// said when it ended.
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
    let text = serde_json::to_vec(&known).map_err(std::io::Error::from)?;
    home::write(&pid_file(home, name), text)?;
    let began = Instant::now();
    while began.elapsed() < START_LIMIT {
        if child.try_wait()?.is_some() {
            let said = fs::read_to_string(&log_path).unwrap_or_default();
            return Err(Failed::new(format!("{name} ended: {}", said.trim())));
        }
        if TcpStream::connect((Ipv4Addr::LOCALHOST, service.port)).is_ok() {
            return Ok(());
        }
        thread::sleep(LOOK_EVERY);
    }
    Err(Failed::new(format!(
        "{name} does not listen on port {}",
        service.port
    )))
}

/// Asks a service to end and gives its pid; one that does not run is fine.
pub(super) fn ask_to_end(home: &Home, name: &str) -> Result<Option<i32>, Failed> {
    let Some(service) = running(home, name) else {
        return Ok(None);
    };
    let pid = Pid::from_raw(service.pid).ok_or_else(|| Failed::new("a pid file without a pid"))?;
    kill_process(pid, Signal::TERM).map_err(std::io::Error::from)?;
    Ok(Some(service.pid))
}

/// Asks a service to end and waits until it has.
pub(super) fn stop(home: &Home, name: &str) -> Result<bool, Failed> {
    let Some(pid) = ask_to_end(home, name)? else {
        return Ok(false);
    };
    let began = Instant::now();
    while is_ours(pid) {
        if began.elapsed() > STOP_LIMIT {
            return Err(Failed::new(format!("{name} (pid {pid}) does not end")));
        }
        thread::sleep(LOOK_EVERY);
    }
    fs::remove_file(pid_file(home, name))?;
    Ok(true)
}
