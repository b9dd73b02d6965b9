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
    let session = Session::open(place.world.clone(), place.options(&road.ends)?)?;
    Ok(generated(session, road)?)
}

/// The same for callers that run repeatedly: a product that is already at its goal is not their
/// mistake.
pub fn open_unless_there(
    place: &Place,
    road: &Road,
) -> Result<Result<Session, AtTheGoal>, Failure> {
    let options = place.options(&road.ends)?;
    match Session::open(place.world.clone(), options) {
        Ok(session) => Ok(Ok(generated(session, road)?)),
        Err(error) => Ok(Err(AtTheGoal::of(error)?)),
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

fn generated(mut session: Session, road: &Road) -> Result<Session, SessionError> {
    for name in &road.generate {
        session.generate(&InputName::new(name.as_str()))?;
    }
    Ok(session)
}
