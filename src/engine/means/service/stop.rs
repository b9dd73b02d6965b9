//! Stops a service and waits for it: its manager ends it, or its process is asked to end, asked
//! again and finally killed; then its port must be closed. Each is noted in the step's output.

use super::{judge, subject::Subject};
use crate::{
    engine::means::{
        context::Scope,
        failure::{ActionError, ServiceError},
        listener::OnLine,
    },
    model::{rule::Manager, units::Span},
    world::{Process, Signal, Stream},
};
use std::time::Duration;

const STOP_WITHIN: Span = Span::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long the system may take to clean up a killed process and its port.
const AFTERMATH: Duration = Duration::from_secs(5);

pub fn stop(scope: Scope<'_>, name: &str, lines: OnLine<'_>) -> Result<String, ActionError> {
    let (subject, context) = (Subject::find(scope, name)?, scope.context);
    let sight = subject.sight(false)?;
    let already = judge::stopped(&sight);
    if already.is_yes() {
        return Ok(format!("stopped already: {}", context.clean(&already.told)));
    }
    let by = subject.service.manager();
    let by = by.ok_or_else(|| ServiceError::NoWay(name.to_owned()))?;
    let mut ending = sight.own();
    let unknown = |left: &Process| !ending.iter().any(|known| known.is(left));
    let left: Vec<Process> = sight
        .left
        .iter()
        .filter(|left| unknown(left))
        .cloned()
        .collect();
    ending.extend(left);
    subject.drain(lines)?;
    if !ending.is_empty() {
        subject.remember(&ending)?;
    }
    let within = subject.service.stop_within.unwrap_or(STOP_WITHIN);
    let begin = context.world.clock.monotonic();
    let asked = subject.stop_by(by, within, lines)?;
    if ending.is_empty() && !asked {
        // Whatever is there is not the service, and strangers are not ended.
        let seen = already.told;
        let why = format!("{seen}, and is not the service; end it yourself, then retry");
        return Err(subject.unexpected(why, String::new()));
    }
    let may_signal = !matches!(by, Manager::Person { .. });
    let ladder = Ladder {
        subject,
        begin,
        limit: within.duration(),
        may_signal,
    };
    ladder.wait(ending, asked, lines)?;
    ladder.port_closed()
}

impl Subject<'_> {
    /// Waits until no client is connected, as long as the service's rule allows.
    fn drain(&self, lines: OnLine<'_>) -> Result<(), ActionError> {
        let (Some(within), Some(port)) = (self.service.drain_within, self.port()?) else {
            return Ok(());
        };
        let world = &self.context.world;
        let begin = world.clock.monotonic();
        loop {
            let open = world
                .processes
                .connections(port)
                .map_err(ServiceError::from)?;
            let waited = world.clock.monotonic().saturating_sub(begin);
            if open == 0 {
                lines(Stream::Out, &format!("nobody is connected to port {port}"));
                return Ok(());
            }
            if waited >= within.duration() {
                let secs = waited.as_secs();
                let told = format!("{open} connections to port {port} are left after {secs} s");
                lines(Stream::Out, &told);
                return Ok(());
            }
            self.pause()?;
        }
    }

    pub(super) fn pause(&self) -> Result<(), ActionError> {
        if self.context.world.clock.sleep(LOOK_EVERY, self.cancel) {
            Ok(())
        } else {
            Err(ActionError::Cancelled)
        }
    }
}

/// A stop in progress.
struct Ladder<'a> {
    subject: Subject<'a>,
    begin: Duration,
    limit: Duration,
    /// False if a person was asked to stop it: then that is left to them.
    may_signal: bool,
}

/// How far the escalation against living processes has got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rung {
    Asked,
    AskedAgain,
    Forced,
}

impl Ladder<'_> {
    fn waited(&self) -> Duration {
        let clock = &self.subject.context.world.clock;
        clock.monotonic().saturating_sub(self.begin)
    }

    /// Until every process is gone: asked at first, again after half of the time, forced after it.
    fn wait(
        &self,
        mut ending: Vec<Process>,
        asked: bool,
        lines: OnLine<'_>,
    ) -> Result<(), ActionError> {
        if !asked {
            // Only the main process: as long as it lives, its children are its own business.
            self.signal(
                &ending[..ending.len().min(1)],
                Signal::Term,
                "asked to end",
                lines,
            )?;
        }
        let mut rung = Rung::Asked;
        loop {
            ending = self.living(ending)?;
            if ending.is_empty() {
                return Ok(());
            }
            let waited = self.waited();
            let secs = waited.as_secs();
            match rung {
                Rung::Asked if self.may_signal && waited >= self.limit / 2 => {
                    let words = format!("still there after {secs} s, asked again");
                    self.signal(&ending, Signal::Term, &words, lines)?;
                    rung = Rung::AskedAgain;
                }
                Rung::AskedAgain if waited >= self.limit => {
                    let words = format!("still there after {secs} s, ended by force");
                    self.signal(&ending, Signal::Kill, &words, lines)?;
                    rung = Rung::Forced;
                }
                _ if waited >= self.limit + AFTERMATH => {
                    let who = judge::process(&ending[0]);
                    let why = format!("{who} still runs after {secs} s");
                    return Err(self.subject.unexpected(why, String::new()));
                }
                Rung::Asked | Rung::AskedAgain | Rung::Forced => {}
            }
            self.subject.pause()?;
        }
    }

    fn living(&self, processes: Vec<Process>) -> Result<Vec<Process>, ActionError> {
        let mut living = Vec::new();
        for process in processes {
            let now = self.subject.context.world.processes.look(process.pid);
            if now
                .map_err(ServiceError::from)?
                .is_some_and(|now| now.is(&process))
            {
                living.push(process);
            }
        }
        Ok(living)
    }

    fn signal(
        &self,
        processes: &[Process],
        signal: Signal,
        words: &str,
        lines: OnLine<'_>,
    ) -> Result<(), ActionError> {
        let context = self.subject.context;
        for process in processes {
            let sent = context.world.processes.signal(process, signal);
            if sent.map_err(ServiceError::from)? {
                let told = format!("{} {words}", judge::process(process));
                lines(Stream::Out, &context.clean(&told));
            }
        }
        Ok(())
    }

    fn port_closed(&self) -> Result<String, ActionError> {
        loop {
            let stopped = judge::stopped(&self.subject.sight(false)?);
            let secs = self.waited().as_secs();
            if stopped.is_yes() {
                return Ok(format!(
                    "stopped in {secs} s: {}",
                    self.subject.context.clean(&stopped.told)
                ));
            }
            if self.waited() >= self.limit + AFTERMATH {
                let why = format!("not stopped after {secs} s: {}", stopped.told);
                return Err(self.subject.unexpected(why, String::new()));
            }
            self.subject.pause()?;
        }
    }
}
