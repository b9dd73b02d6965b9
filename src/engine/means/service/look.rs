//! What can be seen of a service at one moment: what its manager says, who holds its port, which
//! release answers. It judges nothing.

use super::subject::Subject;
use crate::{
    engine::means::{
        failure::{ActionError, ServiceError},
        request,
    },
    model::{
        limits,
        path::RelPath,
        pattern::Pattern,
        rule::{Http, Manager, SaysRelease},
        text::with_causes,
        units::Span,
    },
    world::{Process, ProcessError, Standing},
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The first status that says the server cannot answer.
const SERVER_ERROR: u16 = 500;
const RELEASE_TIMEOUT: Span = Span::from_secs(5);
/// A process writes its pid file after it has started; timestamps are no more exact than this.
const PID_FILE_SLACK_MS: u64 = 5_000;
/// How many ancestors of a process are examined.
const PARENTS_MAX: usize = 16;

pub(super) struct Sight {
    pub main: Main,
    pub port: Option<PortSight>,
    /// Processes that an earlier stop was meant to end and that are still alive.
    pub left: Vec<Process>,
    /// `None` where the release was not asked for, or the rule says no way to ask.
    pub says: Option<Says>,
}

/// What its manager says about it.
pub(super) enum Main {
    /// This is its process, and it lives.
    Lives(Process),
    /// It runs, but not as a process of this machine.
    Runs(String),
    /// It does not run, with the reason.
    Gone(String),
    /// A process of this user (by uid) holds its port, but which one may not be seen.
    Hidden(u32),
    /// There is neither a manager nor a port: only its answers can show it.
    Untold,
}

pub(super) struct PortSight {
    pub port: u16,
    /// Whether somebody accepts connections, even if no holder can be seen.
    pub open: bool,
    pub holders: Vec<Holder>,
    /// The user who holds the port, if it may not be seen by which process.
    pub hidden: Option<u32>,
}

pub(super) struct Holder {
    pub process: Process,
    /// Whether it is the service's own process or a descendant of it.
    pub own: bool,
}

pub(super) enum Says {
    Release(String),
    /// A status that says it cannot answer.
    Unready(u16),
    /// Nothing intelligible, with the reason.
    Nothing(String),
}

impl Sight {
    /// The service's own processes, without duplicates.
    pub fn own(&self) -> Vec<Process> {
        let mut own: Vec<Process> = Vec::new();
        if let Main::Lives(process) = &self.main {
            own.push(process.clone());
        }
        let holders = self.port.iter().flat_map(|port| &port.holders);
        for holder in holders.filter(|holder| holder.own) {
            if !own.iter().any(|known| known.is(&holder.process)) {
                own.push(holder.process.clone());
            }
        }
        own
    }
}

/// A process as remembered across sessions.
#[derive(Serialize, Deserialize)]
struct Remembered {
    pid: u32,
    started: u64,
    /// The boot it belongs to: no process outlives it, and after the next one a process may have
    /// the same pid and start time.
    #[serde(default)]
    boot: String,
}

impl Subject<'_> {
    pub(super) fn sight(&self, ask_release: bool) -> Result<Sight, ServiceError> {
        let mut port = self.port_sight()?;
        let main = self.main(port.as_ref())?;
        if let Some(port) = &mut port {
            for holder in &mut port.holders {
                holder.own = match &main {
                    Main::Lives(main) => self.is_of(&holder.process, main)?,
                    // A container's port is held on its behalf by the container runtime.
                    Main::Runs(_) => true,
                    Main::Gone(_) | Main::Hidden(_) | Main::Untold => false,
                };
            }
        }
        let asked = self.service.release.as_ref().filter(|_| ask_release);
        Ok(Sight {
            main,
            port,
            left: self.left()?,
            says: asked.map(|page| self.says(page)).transpose()?,
        })
    }

    /// The number of its port, if it has one.
    pub(super) fn port(&self) -> Result<Option<u16>, ServiceError> {
        let Some(template) = &self.service.port else {
            return Ok(None);
        };
        let text = self.context.fill(template, self.hop)?;
        let port = text.parse().map_err(|_| ServiceError::BadPort(text))?;
        Ok(Some(port))
    }

    fn port_sight(&self) -> Result<Option<PortSight>, ServiceError> {
        let Some(port) = self.port()? else {
            return Ok(None);
        };
        let processes = &self.context.world.processes;
        let mut sight = PortSight {
            port,
            open: processes.port_open(port),
            holders: Vec::new(),
            hidden: None,
        };
        for listener in processes.listeners(port)? {
            if listener.holders.is_empty() {
                sight.hidden = Some(listener.uid);
            }
            for process in listener.holders {
                if !sight.holders.iter().any(|known| known.process.is(&process)) {
                    let own = false;
                    sight.holders.push(Holder { process, own });
                }
            }
        }
        Ok(Some(sight))
    }

    fn main(&self, port: Option<&PortSight>) -> Result<Main, ServiceError> {
        match self.service.manager() {
            Some(Manager::Systemd { unit }) => self.unit(unit),
            Some(Manager::Compose { file, service }) => self.container(file, service),
            Some(Manager::Command {
                pid_file: Some(file),
                process,
                ..
            }) => self.of_pid_file(file, process.as_ref()),
            Some(Manager::Command { process, .. }) => Ok(first_holder(port, process.as_ref())),
            Some(Manager::Person { .. }) | None => Ok(first_holder(port, None)),
        }
    }

    fn of_pid_file(&self, file: &RelPath, own: Option<&Pattern>) -> Result<Main, ServiceError> {
        let files = &self.context.world.files;
        let path = files.below(&self.context.root, file)?;
        let Some(content) = files.read(&path, limits::PID_FILE.bytes())? else {
            return Ok(Main::Gone(format!("{file} is not there")));
        };
        let text = String::from_utf8_lossy(&content.bytes);
        // The process that creates the file writes its pid a moment later.
        if text.trim().is_empty() {
            return Ok(Main::Gone(format!("{file} is empty")));
        }
        let Ok(pid) = text.trim().parse::<u32>() else {
            return Err(ServiceError::Unreadable(
                "its pid file",
                format!("`{}`", text.trim()),
            ));
        };
        let Some(process) = self.context.world.processes.look(pid)? else {
            return Ok(Main::Gone(format!(
                "{file} names process {pid}, which is gone"
            )));
        };
        let written_ms = match files.look(&path)? {
            Standing::File { meta, .. } => u64::try_from(meta.mtime_ns / 1_000_000).unwrap_or(0),
            Standing::Nothing
            | Standing::Dir
            | Standing::Symlink { .. }
            | Standing::Other { .. } => u64::MAX,
        };
        let is_later = process.since_ms > written_ms.saturating_add(PID_FILE_SLACK_MS);
        match own.map(|own| fits(own, &process)) {
            // Since then the clock may have been set: then the service itself looks later.
            None if is_later => Err(ServiceError::OlderThanItsProcess(file.clone(), pid)),
            Some(false) if is_later => Ok(Main::Gone(format!(
                "{file} names process {pid}, a later one that got its number"
            ))),
            _ => Ok(Main::Lives(process)),
        }
    }

    /// Whether `process` is `main` or a descendant of it.
    fn is_of(&self, process: &Process, main: &Process) -> Result<bool, ServiceError> {
        let mut at = process.clone();
        for _ in 0..PARENTS_MAX {
            if at.is(main) {
                return Ok(true);
            }
            match self.context.world.processes.look(at.parent) {
                Ok(Some(parent)) if parent.pid > 1 => at = parent,
                // One that may not be seen is somebody else's.
                Ok(_) | Err(ProcessError::Denied { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    fn says(&self, page: &SaysRelease) -> Result<Says, ServiceError> {
        let request = Http {
            timeout: Some(page.timeout.unwrap_or(RELEASE_TIMEOUT)),
            ..Http::get(page.url.clone())
        };
        let answer = match request::send_raw(self.scope(), &request, limits::HTTP_ANSWER) {
            Ok(answer) => answer,
            Err(ActionError::Context(error)) => return Err(error.into()),
            Err(error) => return Ok(Says::Nothing(with_causes(&error))),
        };
        // A server that is still starting, or broken, may name its release even on its error page.
        if answer.status >= SERVER_ERROR {
            return Ok(Says::Unready(answer.status));
        }
        let found = match (&page.json, &page.pattern) {
            (Some(route), _) => request::json_text(&answer.body, route),
            (None, Some(pattern)) => pattern.capture(&answer.body).map(str::to_owned),
            (None, None) => None,
        };
        Ok(match found {
            Some(found) => Says::Release(page.names.get(&found).cloned().unwrap_or(found)),
            None if !answer.body_is_whole => Says::Nothing(format!(
                "no release in the first {} of its answer",
                limits::HTTP_ANSWER
            )),
            None => Says::Nothing(format!("status {}, and no release in it", answer.status)),
        })
    }

    fn record(&self) -> PathBuf {
        self.context.dir.service(self.name)
    }

    /// Notes which processes are to end, before they are asked to: once the port is closed and the
    /// pid file removed, nothing else shows a process that is still writing.
    pub(super) fn remember(&self, processes: &[Process]) -> Result<(), ServiceError> {
        let boot = self.context.world.system.boot();
        let all: Vec<Remembered> = processes
            .iter()
            .map(|process| Remembered {
                pid: process.pid,
                started: process.started,
                boot: boot.clone(),
            })
            .collect();
        let json = serde_json::to_vec(&all).expect("numbers are JSON");
        let (path, files) = (self.record(), &self.context.world.files);
        if let Some(folder) = path.parent() {
            files.make_dir(folder)?;
        }
        // Replaces atomically: the note of an earlier stop goes only when this one is in its place.
        Ok(files.replace_own(&path, &json)?)
    }

    fn left(&self) -> Result<Vec<Process>, ServiceError> {
        let world = &self.context.world;
        let Some(content) = world
            .files
            .read(&self.record(), limits::SERVICE_RECORD.bytes())?
        else {
            return Ok(Vec::new());
        };
        let all: Vec<Remembered> = serde_json::from_slice(&content.bytes)
            .map_err(|error| ServiceError::Unreadable("the note of its stop", error.to_string()))?;
        let boot = world.system.boot();
        let of_now =
            |remembered: &Remembered| remembered.boot.is_empty() || remembered.boot == boot;
        let mut left = Vec::new();
        for remembered in all.into_iter().filter(of_now) {
            match world.processes.look(remembered.pid) {
                Ok(now) => left.extend(now.filter(|now| now.started == remembered.started)),
                // It could be seen before it was remembered: this is a later one.
                Err(ProcessError::Denied { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(left)
    }
}

fn fits(pattern: &Pattern, process: &Process) -> bool {
    pattern.is_match(&process.command.join(" "))
}

/// Where no manager names the process: the one that holds the port, if its command line matches.
fn first_holder(port: Option<&PortSight>, pattern: Option<&Pattern>) -> Main {
    let Some(port) = port else {
        return Main::Untold;
    };
    let holders = port.holders.iter();
    let all: Vec<&Process> = holders.map(|holder| &holder.process).collect();
    let is_child = |process: &&&Process| all.iter().any(|other| other.pid == process.parent);
    let first = all
        .iter()
        .filter(|process| pattern.is_none_or(|pattern| fits(pattern, process)));
    match (first.min_by_key(is_child), port.hidden) {
        (Some(process), _) => Main::Lives((*process).clone()),
        (None, Some(uid)) => Main::Hidden(uid),
        (None, None) => Main::Gone("it has no process".to_owned()),
    }
}
