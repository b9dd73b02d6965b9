//! `loki version` and `loki dashboard …`, with the exit codes of the real one: they say little.

use super::{
    Call, Failed, dashboard,
    home::{self, Home},
    packages::{self, Package},
    process::{self, Service},
};
use std::{collections::BTreeMap, fs, io::Write, time::Duration};

pub(super) const SERVICE: &str = "loki-dashboard";
/// Creating a Python environment; the real one takes half a minute.
const VENV_TAKES: Duration = Duration::from_millis(500);

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    let package = packages::installed(call.home)?;
    match call.args.as_slice() {
        ["version" | "--version"] => Ok(writeln!(call.out, "Loki Mode v{}", package.version)?),
        ["status"] => Ok(writeln!(call.out, "No session is running.")?),
        // Like the real one: starts nothing, and exits with 0.
        ["dashboard"] => Ok(writeln!(
            call.out,
            "Loki Mode Dashboard Server\n\nUsage: loki dashboard <command> [options]\n\nCommands:\n  start    Start the dashboard server\n  stop     Stop the dashboard server\n  status   Show server status and URL"
        )?),
        ["dashboard", "status"] => {
            let word = match process::running(call.home, SERVICE) {
                Some(_) => "Running",
                None => "Not running",
            };
            Ok(writeln!(
                call.out,
                "Dashboard Server Status\n\nStatus: {word}"
            )?)
        }
        ["dashboard", "stop"] => stop(call),
        ["dashboard", "start", options @ ..] => {
            let port = option(options, "--port").unwrap_or("57374");
            let port = port
                .parse()
                .map_err(|_| Failed::new(format!("Invalid port: {port}")))?;
            start(call.home, &package, port, call.out)
        }
        ["dashboard", other, ..] => Err(Failed::new(format!("Unknown dashboard command: {other}"))),
        _ => Err(Failed::new(
            "the stand-in knows only version, status and dashboard",
        )),
    }
}

fn option<'a>(options: &[&'a str], name: &str) -> Option<&'a str> {
    let at = options.iter().position(|option| *option == name)?;
    options.get(at + 1).copied()
}

/// The real one ends with 1, and leaves its pid file, if the process is not gone at once.
fn stop(call: Call<'_>) -> Result<(), Failed> {
    let Some(pid) = process::ask_to_end(call.home, SERVICE)? else {
        return Ok(writeln!(call.out, "Dashboard server is not running")?);
    };
    writeln!(call.out, "Stopping dashboard server (PID: {pid})...")?;
    Err(Failed::new(""))
}

fn start(home: &Home, package: &Package, port: u16, out: &mut dyn Write) -> Result<(), Failed> {
    let is_new = package.version.starts_with("5.51.");
    let venv = if is_new {
        home.root().join("home/.loki/dashboard-venv")
    } else {
        package.folder.join("dashboard/.venv")
    };
    if !venv.is_dir() {
        writeln!(out, "Setting up dashboard virtualenv...")?;
        std::thread::sleep(VENV_TAKES);
        fs::create_dir_all(&venv)?;
    }
    if let Some(running) = process::running(home, SERVICE) {
        return Ok(writeln!(
            out,
            "Dashboard server already running (PID: {})",
            running.pid
        )?);
    }
    if is_new && home.fails_now() {
        let log = home.root().join(".loki/dashboard/logs/dashboard.log");
        let said = format!(
            "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', {port}): address already in use\n"
        );
        home::write(&log, said)?;
        return Err(Failed::new("Failed to start dashboard server"));
    }
    let service = Service {
        pid: 0,
        port,
        version: package.version.clone(),
    };
    let variables: BTreeMap<String, String> = std::env::vars()
        .filter(|(name, _)| name.starts_with("LOKI_"))
        .collect();
    fs::create_dir_all(dashboard::database(home).with_file_name("dashboard"))?;
    process::start(home, SERVICE, SERVICE, &service, &variables)?;
    let pid = process::running(home, SERVICE).map_or(0, |running| running.pid);
    let own = home.root().join(".loki/dashboard");
    home::write(&own.join("dashboard.pid"), format!("{pid}\n"))?;
    home::write(&own.join("port"), format!("{port}\n"))?;
    Ok(writeln!(out, "Dashboard server started\n\n  PID:  {pid}")?)
}
