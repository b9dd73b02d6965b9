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
mod subject;

pub(in crate::engine) use judge::process as named;
pub use start::start;
pub use stop::stop;

use super::{
    context::Scope,
    failure::{ActionError, ServiceError},
    listener::OnLine,
    met::Looked,
};
use crate::{
    model::{
        release::Range,
        rule::{ServiceProbe, ServiceState, Start},
        text::with_causes,
    },
    world::Process,
};
use look::Sight;
use subject::Subject;

impl Subject<'_> {
    fn runs(&self, sight: &Sight, wanted: Option<&str>) -> Looked {
        let releases = &self.context.pack.pack.releases;
        let same = |says: &str, wanted: &str| match (releases.parse(says), releases.parse(wanted)) {
            (Ok(says), Ok(wanted)) => releases
                .cmp(&says, &wanted)
                .is_ok_and(|order| order.is_eq()),
            // A page that several releases have in common names their range.
            (Err(_), Ok(wanted)) => Range::try_from(says.to_owned())
                .is_ok_and(|range| range.contains(releases, &wanted) == Ok(true)),
            // The service may have a versioning of its own, different from the product's.
            (Ok(_) | Err(_), Err(_)) => says == wanted,
        };
        judge::running(sight, wanted, same)
    }
}

/// Whether a service is as it should be, and what was seen.
pub fn probe(scope: Scope<'_>, probe: &ServiceProbe) -> Looked {
    let looked = match judged(scope, probe) {
        Ok(looked) => looked,
        Err(error) => Looked::unclear(with_causes(&error)),
    };
    looked.met.told(scope.context.clean(&looked.told))
}

fn judged(scope: Scope<'_>, probe: &ServiceProbe) -> Result<Looked, ServiceError> {
    let subject = Subject::find(scope, &probe.name)?;
    Ok(match probe.is {
        ServiceState::Running => {
            let wanted = subject.wanted(probe.release.as_ref())?;
            subject.runs(&subject.sight(true)?, wanted.as_deref())
        }
        ServiceState::Stopped => judge::stopped(&subject.sight(false)?),
    })
}

/// The service's current processes: its main one, and those that hold its port for it.
pub fn processes(scope: Scope<'_>, name: &str) -> Result<Vec<Process>, ServiceError> {
    Ok(Subject::find(scope, name)?.sight(false)?.own())
}

/// Stops, then starts; the start checks again that the service is stopped.
pub fn restart(scope: Scope<'_>, what: &Start, lines: OnLine<'_>) -> Result<String, ActionError> {
    stop(scope, &what.service, lines)?;
    start(scope, what, lines)
}
