//! Talks to whatever manages a service: systemd, docker compose, or the pack's own commands. Only
//! argument lists, no shell; what they print goes to the step's output.

use super::{look::Main, subject::Subject};
use crate::{
    engine::means::{
        command,
        failure::{ActionError, ServiceError},
        listener::{Listener, OnLine},
    },
    model::{
        compose, limits,
        path::RelPath,
        rule::{Manager, Run},
        template::Template,
        text::with_causes,
        units::Span,
    },
    world::{Command, Ended, How, ProcessError, Standing, Stream},
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

const ASK_TIMEOUT: Duration = Duration::from_secs(20);
/// A manager starts what its service needs too: it builds, pulls, waits for others.
const START_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// How much longer than the service itself a manager may take to end it.
const STOP_GRACE: Duration = Duration::from_secs(10);
const LOG_LINES: &str = "20";
/// What leads docker to another daemon or project. Commands of a run get nothing of the shell, so they
/// may not see what was started from it.
const DOCKER_ELSEWHERE: [&str; 3] = ["DOCKER_HOST", "DOCKER_CONTEXT", "COMPOSE_PROJECT_NAME"];

impl Subject<'_> {
    /// The unit's main process, according to systemd.
    pub(super) fn unit(&self, unit: &Template) -> Result<Main, ServiceError> {
        let unit = self.context.fill(unit, self.hop)?;
        let wanted = "--property=LoadState,ActiveState,SubState,MainPID";
        let ended = self.ask(&["systemctl", "show", wanted, &unit])?;
        let state: BTreeMap<&str, &str> = ended
            .stdout
            .lines()
            .filter_map(|line| line.split_once('='))
            .collect();
        let of = |name: &str| state.get(name).copied().unwrap_or_default();
        let (Some(active), true) = (state.get("ActiveState"), ended.how == How::Exit(0)) else {
            return Err(ServiceError::Unreadable("systemctl show", said(&ended)));
        };
        if of("LoadState") == "not-found" {
            return Ok(Main::Gone(format!("systemd knows no unit {unit}")));
        }
        let pid: u32 = of("MainPID").parse().unwrap_or(0);
        let process = match pid {
            0 => None,
            pid => match self.context.world.processes.look(pid) {
                // What may not be seen runs as systemd says.
                Err(ProcessError::Denied { .. }) => None,
                seen => seen?,
            },
        };
        let word = format!("{active} ({})", of("SubState"));
        Ok(match (process, *active) {
            (Some(process), _) => Main::Lives(process),
            (None, "inactive" | "failed") => Main::Gone(format!("{unit} is {word}")),
            (None, _) => Main::Runs(format!("{unit}, {word}")),
        })
    }

    /// The container, according to compose, which prints a JSON array or one object per line.
    pub(super) fn container(&self, file: &RelPath, service: &str) -> Result<Main, ServiceError> {
        let argv = self.compose(file, &["ps", "--all", "--format", "json", service]);
        let ended = self.ask(&argv)?;
        if ended.how != How::Exit(0) {
            // Compose fails where it has never made this service.
            let why = said(&ended);
            return if why.contains("no such service") {
                Ok(Main::Gone(format!("{file} has no service {service}")))
            } else {
                Err(ServiceError::Unreadable("docker compose ps", why))
            };
        }
        let lines = ended.stdout.lines().filter(|line| !line.trim().is_empty());
        let mut containers = Vec::new();
        for line in lines {
            match serde_json::from_str(line) {
                Ok(Value::Array(several)) => containers.extend(several),
                Ok(one) => containers.push(one),
                Err(error) => {
                    let why = error.to_string();
                    return Err(ServiceError::Unreadable("docker compose ps", why));
                }
            }
        }
        let text = |container: &Value, key: &str| {
            let found = container.get(key).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let down = |state: &str| matches!(state, "exited" | "created" | "dead" | "removing");
        let lives = containers
            .iter()
            .find(|container| !down(&text(container, "State")));
        Ok(match (lives, containers.first()) {
            (Some(container), _) => {
                let (name, status) = (text(container, "Name"), text(container, "Status"));
                Main::Runs(format!("container {name} ({status})"))
            }
            (None, Some(container)) => {
                let (name, status) = (text(container, "Name"), text(container, "Status"));
                Main::Gone(format!("container {name} is down ({status})"))
            }
            (None, None) => {
                let environment = self.context.world.system.environment();
                let mut elsewhere = DOCKER_ELSEWHERE.into_iter();
                match elsewhere.find(|name| environment.contains_key(*name)) {
                    Some(name) => return Err(ServiceError::Elsewhere(service.to_owned(), name)),
                    None => Main::Gone(format!("{service} has no container")),
                }
            }
        })
    }

    pub(super) fn start_by(&self, by: &Manager, lines: OnLine<'_>) -> Result<(), ActionError> {
        match by {
            Manager::Systemd { unit } => {
                let unit = self.context.fill(unit, self.hop)?;
                self.order(&["systemctl", "start", &unit], START_TIMEOUT, lines)
            }
            Manager::Compose { file, service } => {
                let argv = self.compose(file, &["up", "--detach", service]);
                self.order(&argv, START_TIMEOUT, lines)
            }
            Manager::Command { start, .. } => {
                // What it starts outlives it, whether or not the pack says so.
                let start = Run {
                    leaves_running: true,
                    ..start.clone()
                };
                self.run(&start, lines)
            }
            Manager::Person { start, .. } => {
                lines(Stream::Out, &format!("a person has to do this: {start}"));
                Ok(())
            }
        }
    }

    /// Asks the manager to end the service; returns whether it was asked. A stop command that finds
    /// nothing to stop may fail; remaining processes are then sent a signal.
    pub(super) fn stop_by(
        &self,
        by: &Manager,
        within: Span,
        lines: OnLine<'_>,
    ) -> Result<bool, ActionError> {
        match by {
            Manager::Systemd { unit } => {
                let unit = self.context.fill(unit, self.hop)?;
                let limit = within.duration();
                match self.order(&["systemctl", "stop", &unit], limit, &mut *lines) {
                    Err(
                        ActionError::Unexpected { why, .. } | ActionError::Unjudged { why, .. },
                    ) => {
                        lines(Stream::Err, &format!("{why}; ending it by force"));
                        let kill = ["systemctl", "kill", "--signal=SIGKILL", &unit];
                        self.order(&kill, ASK_TIMEOUT, lines)?;
                    }
                    end => end?,
                }
                Ok(true)
            }
            Manager::Compose { file, service } => {
                let seconds = within.duration().as_secs().to_string();
                let argv = self.compose(file, &["stop", "--timeout", &seconds, service]);
                self.order(&argv, within.duration() + STOP_GRACE, lines)?;
                Ok(true)
            }
            Manager::Command {
                stop: Some(stop), ..
            } => match self.run(stop, &mut *lines) {
                Ok(()) => Ok(true),
                Err(error) if matches!(error.cause(), ActionError::Cancelled) => Err(error),
                Err(error) => {
                    lines(Stream::Err, &with_causes(&error));
                    Ok(false)
                }
            },
            Manager::Command { stop: None, .. } => Ok(false),
            Manager::Person { stop, .. } => {
                lines(Stream::Out, &format!("a person has to do this: {stop}"));
                Ok(true)
            }
        }
    }

    /// The size of its log; 0 if none is named or there is none yet.
    pub(super) fn log_bytes(&self, by: &Manager) -> usize {
        let Manager::Command { log: Some(log), .. } = by else {
            return 0;
        };
        let files = &self.context.world.files;
        let path = files.below(&self.context.root, log);
        let standing = path.and_then(|path| files.look(&path));
        let bytes = standing.ok().and_then(|standing| standing.bytes());
        bytes
            .and_then(|bytes| usize::try_from(bytes).ok())
            .unwrap_or(0)
    }

    /// The last lines that the service wrote, which say why it did not start. The first `log_bytes`
    /// of a log are from earlier starts.
    pub(super) fn last_words(&self, by: &Manager, log_bytes: usize) -> String {
        let ended = match by {
            Manager::Systemd { unit } => {
                let Ok(unit) = self.context.fill(unit, self.hop) else {
                    return String::new();
                };
                let argv = [
                    "journalctl",
                    "--no-pager",
                    "--output=cat",
                    "--lines",
                    LOG_LINES,
                    "--unit",
                    &unit,
                ];
                self.ask(&argv)
            }
            Manager::Compose { file, service } => {
                let argv =
                    self.compose(file, &["logs", "--no-color", "--tail", LOG_LINES, service]);
                self.ask(&argv)
            }
            Manager::Command { log: Some(log), .. } => {
                let files = &self.context.world.files;
                let path = files.below(&self.context.root, log);
                let content = path.and_then(|path| files.read(&path, limits::SERVICE_LOG.bytes()));
                let bytes = content.ok().flatten().map(|content| content.bytes);
                let bytes = bytes.unwrap_or_default();
                // A log that is shorter now was started anew.
                let text = String::from_utf8_lossy(bytes.get(log_bytes..).unwrap_or(&bytes));
                let lines: Vec<&str> = text.lines().collect();
                let most = LOG_LINES.parse().unwrap_or(0);
                return lines[lines.len().saturating_sub(most)..].join("\n");
            }
            Manager::Command { log: None, .. } | Manager::Person { .. } => return String::new(),
        };
        // If the manager cannot tell, that must not hide the failure itself.
        ended.map_or_else(
            |_| String::new(),
            |ended| format!("{}{}", ended.stdout, ended.stderr),
        )
    }

    fn ask(&self, argv: &[&str]) -> Result<Ended, ServiceError> {
        let command = self.command(argv, ASK_TIMEOUT);
        let commands = &self.context.world.commands;
        Ok(commands.run(&command, self.cancel, &mut |_, _| {})?)
    }

    /// Without a shim: what became of it is asked of the service itself, and one that outlives its worker
    /// is waited for by its mark (`left_over`).
    fn order(&self, argv: &[&str], limit: Duration, lines: OnLine<'_>) -> Result<(), ActionError> {
        let command = self.command(argv, limit);
        let mut clean = |stream: Stream, line: &str| lines(stream, &self.context.clean(line));
        let commands = &self.context.world.commands;
        let ended = commands
            .run(&command, self.cancel, &mut clean)
            .map_err(ActionError::Command)?;
        let output = format!("{}\n{}", ended.stdout, ended.stderr);
        let what = argv.join(" ");
        match ended.how {
            How::Exit(0) => Ok(()),
            How::Cancelled => Err(ActionError::Cancelled),
            How::Exit(code) => {
                let why = format!("{what}: exit {code}: {}", said(&ended));
                Err(self.unexpected(why, self.context.clean(&output)))
            }
            How::Signal(signal) => {
                Err(self.unexpected(format!("{what}: ended by signal {signal}"), output))
            }
            How::TimedOut => {
                let why = format!("{what}: not done after {} s", limit.as_secs());
                Err(self.unexpected(why, output))
            }
        }
    }

    fn run(&self, run: &Run, lines: OnLine<'_>) -> Result<(), ActionError> {
        let mut listener = Listener::of_lines(lines);
        command::run_once(self.scope(), run, &mut listener).map(drop)
    }

    /// A file that compose would find by default is not named: compose then also reads the site's
    /// override file, as it does when called by hand.
    fn compose<'a>(&self, file: &'a RelPath, words: &[&'a str]) -> Vec<&'a str> {
        let mut argv = vec!["docker", "compose"];
        match (file.as_str().rsplit_once('/'), self.finds_by_itself(file)) {
            (_, false) => argv.extend(["--file", file.as_str()]),
            (None, true) => {}
            (Some((folder, _)), true) => argv.extend(["--project-directory", folder]),
        }
        argv.extend(words);
        argv
    }

    /// Whether it is the file that compose would pick by default in its folder.
    fn finds_by_itself(&self, file: &RelPath) -> bool {
        let path = file.under(&self.context.root);
        let is_there = |name: &&str| {
            let look = self.context.world.files.look(&path.with_file_name(name));
            matches!(look, Ok(standing) if standing != Standing::Nothing)
        };
        compose::FILES.iter().copied().find(is_there) == Some(file.name())
    }

    fn command(&self, argv: &[&str], timeout: Duration) -> Command {
        let root = &self.context.root;
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        Command {
            // Lets the next worker find a process that outlives this one.
            env: BTreeMap::from([self.context.mark()]),
            path: self
                .service
                .path
                .iter()
                .map(|path| path.under(root))
                .collect(),
            ..Command::new(argv, root, timeout)
        }
    }
}

/// The last line of a command's output.
fn said(ended: &Ended) -> String {
    let mut all = ended.stdout.lines().chain(ended.stderr.lines());
    let last = all.rfind(|line| !line.trim().is_empty());
    last.unwrap_or("it said nothing").trim().to_owned()
}
