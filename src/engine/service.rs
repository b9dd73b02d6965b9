//! Services of the product: whether one runs, as which release and by which process; starting it
//! and stopping it, so that done means done.
//!
//! A service runs when its own process lives, is the one that listens on its port, and answers as
//! the release that is wanted. Something that answers is no proof: an old process may.

mod judge;
mod look;
mod manager;
mod start;
mod stop;

pub(super) use judge::process as named;
pub use start::start;
pub use stop::stop;

use super::{
    action::{ActionError, Lines},
    context::{Context, ContextError},
    probe::Met,
};
use crate::{
    model::{
        release::Range,
        rule::{Service, ServiceProbe, ServiceState, Start},
        template::Template,
        text::with_causes,
        units::Span,
    },
    world::{Cancel, CommandError, FileError, Process, ProcessError},
};
use look::{Main, Sight};

const START_WITHIN: Span = Span::from_secs(60);
const STOP_WITHIN: Span = Span::from_secs(30);

/// It could not be looked at, or nobody could be asked to start or stop it.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("the plan knows no service `{0}`; plan again")]
    Unknown(String),
    #[error("nothing says who starts and stops `{0}`; plan again, with the way it was installed")]
    NoWay(String),
    #[error("`{0}` is not a port; give the input it is filled from another value")]
    BadPort(String),
    #[error("what {0} said cannot be read: {1}")]
    Unreadable(&'static str, String),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// One service of the plan, and who looks at it.
#[derive(Clone, Copy)]
struct Subject<'a> {
    context: &'a Context,
    name: &'a str,
    service: &'a Service,
    hop: usize,
    cancel: &'a Cancel,
}

impl<'a> Subject<'a> {
    fn find(
        context: &'a Context,
        name: &'a str,
        hop: usize,
        cancel: &'a Cancel,
    ) -> Result<Self, ServiceError> {
        let service = context.plan.services.get(name);
        let service = service.ok_or_else(|| ServiceError::Unknown(name.to_owned()))?;
        Ok(Self {
            context,
            name,
            service,
            hop,
            cancel,
        })
    }

    /// The release it is held to, in the product's own spelling.
    fn wanted(&self, release: Option<&Template>) -> Result<Option<String>, ContextError> {
        release
            .map(|release| self.context.fill(release, self.hop))
            .transpose()
    }

    fn runs(&self, sight: &Sight, wanted: Option<&str>) -> (Met, String) {
        let releases = &self.context.pack.pack.releases;
        let same = |says: &str, wanted: &str| match (releases.parse(says), releases.parse(wanted)) {
            (Ok(says), Ok(wanted)) => releases
                .cmp(&says, &wanted)
                .is_ok_and(|order| order.is_eq()),
            // A page that several releases have in common names their range.
            (Err(_), Ok(wanted)) => Range::try_from(says.to_owned())
                .is_ok_and(|range| range.contains(releases, &wanted) == Ok(true)),
            // A service can count by itself, beside the product.
            (Ok(_) | Err(_), Err(_)) => says == wanted,
        };
        judge::running(sight, wanted, same)
    }

    fn unexpected(&self, why: impl AsRef<str>, output: String) -> ActionError {
        let why = self.context.clean(why.as_ref());
        ActionError::Unexpected { why, output }
    }
}

/// Whether a service is as it should be, and what was seen.
pub fn probe(
    context: &Context,
    probe: &ServiceProbe,
    hop: usize,
    cancel: &Cancel,
) -> (Met, String) {
    let (met, seen) = match judged(context, probe, hop, cancel) {
        Ok(judged) => judged,
        Err(error) => (Met::Unclear, with_causes(&error)),
    };
    (met, context.clean(&seen))
}

fn judged(
    context: &Context,
    probe: &ServiceProbe,
    hop: usize,
    cancel: &Cancel,
) -> Result<(Met, String), ServiceError> {
    let subject = Subject::find(context, &probe.name, hop, cancel)?;
    Ok(match probe.is {
        ServiceState::Running => {
            let wanted = subject.wanted(probe.release.as_ref())?;
            subject.runs(&subject.sight(true)?, wanted.as_deref())
        }
        ServiceState::Stopped => judge::stopped(&subject.sight(false)?),
    })
}

/// The processes that are a service now: its own one, and those that hold its port for it.
pub fn processes(
    context: &Context,
    name: &str,
    hop: usize,
    cancel: &Cancel,
) -> Result<Vec<Process>, ServiceError> {
    Ok(Subject::find(context, name, hop, cancel)?
        .sight(false)?
        .own())
}

/// One after the other; the stop is looked at again when it is the start's turn.
pub fn restart(
    context: &Context,
    what: &Start,
    hop: usize,
    cancel: &Cancel,
    lines: Lines<'_>,
) -> Result<String, ActionError> {
    stop(context, &what.service, hop, cancel, lines)?;
    start(context, what, hop, cancel, lines)
}
