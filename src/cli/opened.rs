//! Opens a session on the product, as the arguments of a command ask for it; a product that is
//! already at its goal is an answer of its own.

use super::{args::Road, end::Failure, place::Place, print::Printer};
use crate::{
    engine::session::{Session, SessionError},
    model::ids::InputName,
    rules::path::PathError,
};
use serde_json::json;

/// Opens a session on the product with all answers applied.
pub fn open(place: &Place, road: &Road) -> Result<Session, Failure> {
    Ok(generated(session(place, road)?, road)?)
}

/// The same for callers that run repeatedly: a product that is already at its goal is not their
/// mistake.
pub fn open_unless_there(
    place: &Place,
    road: &Road,
) -> Result<Result<Session, AtTheGoal>, Failure> {
    match session(place, road) {
        Ok(session) => Ok(Ok(generated(session, road)?)),
        Err(Unopened::Session(error)) => Ok(Err(AtTheGoal::of(error)?)),
        Err(Unopened::Said(failure)) => Err(failure),
    }
}

/// There is no road because the product is at its end already.
pub struct AtTheGoal(pub(super) Box<PathError>);

impl AtTheGoal {
    /// The error as `AtTheGoal`, or else unchanged.
    pub fn of(error: SessionError) -> Result<Self, SessionError> {
        match error {
            SessionError::Path { error } if error.is_at_the_goal() => Ok(Self(error)),
            error => Err(error),
        }
    }

    pub fn tell(&self, printer: &mut Printer<'_>) {
        let text = format!("{}; {}", self.0, self.0.cure());
        if printer.json_wanted() {
            printer.json(&json!({ "version": 1, "nothing_to_do": text }))
        } else {
            printer.line(text)
        }
    }
}

enum Unopened {
    Said(Failure),
    Session(SessionError),
}

impl From<Unopened> for Failure {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::Said(failure) => failure,
            Unopened::Session(error) => error.into(),
        }
    }
}

fn session(place: &Place, road: &Road) -> Result<Session, Unopened> {
    let options = place.options(road).map_err(Unopened::Said)?;
    Session::open(place.world.clone(), options).map_err(Unopened::Session)
}

fn generated(mut session: Session, road: &Road) -> Result<Session, SessionError> {
    for name in &road.generate {
        session.generate(&InputName::new(name.as_str()))?;
    }
    Ok(session)
}
