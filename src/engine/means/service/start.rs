//! Starts a service: never while somebody else is in its place, and not done until it answers as
//! the wanted release.

use super::{
    judge,
    look::{Main, Says, Sight},
    subject::Subject,
};
use crate::{
    engine::means::{
        context::Scope,
        failure::{ActionError, ServiceError},
        listener::OnLine,
        met::{Looked, Met},
    },
    model::{
        rule::{Manager, Start},
        units::Span,
    },
    world::Stream,
};

const START_WITHIN: Span = Span::from_secs(60);

pub fn start(scope: Scope<'_>, what: &Start, lines: OnLine<'_>) -> Result<String, ActionError> {
    let subject = Subject::find(scope, &what.service)?;
    let wanted = subject.wanted(what.release.as_ref())?;
    let wanted = wanted.as_deref();
    let sight = subject.sight(true)?;
    let Looked { met, told: seen } = subject.runs(&sight, wanted);
    match met {
        Met::Yes => return Ok(format!("runs already: {}", scope.context.clean(&seen))),
        Met::Unclear => return Err(subject.unexpected(seen, String::new())),
        Met::No => {}
    }
    let by = subject.service.manager();
    let by = by.ok_or_else(|| ServiceError::NoWay(what.service.clone()))?;
    if in_its_place(by, &sight) {
        return Err(subject.unexpected(format!("{seen}; stop it first"), String::new()));
    }
    // It was interrupted while starting: no second start is needed.
    let begun = matches!((by, &sight.main), (Manager::Command { .. }, Main::Lives(_)));
    let log_bytes = if begun { 0 } else { subject.log_bytes(by) };
    if !begun {
        match subject.start_by(by, &mut *lines) {
            Err(
                ActionError::Unexpected { why, output } | ActionError::Unjudged { why, output },
            ) if output.trim().is_empty() => {
                return Err(subject.failed(by, log_bytes, why, lines));
            }
            started => started?,
        }
    }
    subject.wait_for_it(by, log_bytes, wanted, lines)
}

/// Whether somebody else holds its port, or an old process of its own still answers. Compose
/// replaces an old container by itself.
fn in_its_place(by: &Manager, sight: &Sight) -> bool {
    let answers = matches!(sight.says, Some(Says::Release(_) | Says::Unready(_)));
    let runs = match &sight.main {
        Main::Lives(_) | Main::Runs(_) | Main::Hidden(_) => true,
        Main::Gone(_) | Main::Untold => false,
    };
    let replaces = matches!(by, Manager::Compose { .. });
    judge::stranger(sight).is_some() || (runs && answers && !replaces)
}

impl Subject<'_> {
    fn wait_for_it(
        &self,
        by: &Manager,
        log_bytes: usize,
        wanted: Option<&str>,
        lines: OnLine<'_>,
    ) -> Result<String, ActionError> {
        let clock = &self.context.world.clock;
        let limit = self.service.start_within.unwrap_or(START_WITHIN).duration();
        let begin = clock.monotonic();
        // These say at once what became of a start; a command may leave its pid file for later.
        let mut came_up = match by {
            Manager::Systemd { .. } | Manager::Compose { .. } => true,
            Manager::Command { .. } | Manager::Person { .. } => false,
        };
        loop {
            let sight = self.sight(true)?;
            let runs = self.runs(&sight, wanted);
            if runs.is_yes() {
                return Ok(self.context.clean(&runs.told));
            }
            let hopeless = match &sight.main {
                Main::Lives(_) | Main::Runs(_) | Main::Hidden(_) => {
                    came_up = true;
                    // A process does not turn into another release. But it may have come up between
                    // the look at its port and its answer, and a person may not have acted yet.
                    let up = sight.port.as_ref().is_none_or(|port| port.open);
                    let answers = up && matches!(sight.says, Some(Says::Release(_)));
                    let by_person = matches!(by, Manager::Person { .. });
                    (answers && !by_person).then_some("not the right one")
                }
                Main::Gone(_) => came_up.then_some("ended again"),
                Main::Untold => None,
            };
            let waited = clock.monotonic().saturating_sub(begin);
            if hopeless.is_some() || waited >= limit {
                let words = hopeless.unwrap_or("not up");
                let why = format!("{words} after {} s: {}", waited.as_secs(), runs.told);
                return Err(self.failed(by, log_bytes, why, lines));
            }
            self.pause()?;
        }
    }

    /// A failed start, with the service's own last words, in which hints look for known errors.
    fn failed(
        &self,
        by: &Manager,
        log_bytes: usize,
        why: String,
        lines: OnLine<'_>,
    ) -> ActionError {
        let words = self.context.clean(&self.last_words(by, log_bytes));
        for line in words.lines() {
            lines(Stream::Err, line);
        }
        let last = words.lines().rfind(|line| !line.trim().is_empty());
        let why = match last {
            Some(last) => format!("{why}; its last output: {}", last.trim()),
            // The output of a start command is not kept, because what it starts may print for ever.
            None if matches!(by, Manager::Command { .. }) => {
                format!("{why}; no log says why, its start command run by hand may show it")
            }
            None => why,
        };
        self.unexpected(why, words)
    }
}
