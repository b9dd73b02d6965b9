//! Trying again, where a rule says how often.

use super::{context::Context, failure::ActionError};
use crate::{model::rule::Retry, world::Cancel};

/// What is not as expected, or finds nobody who answers, may be otherwise in a moment.
pub fn retried(
    context: &Context,
    retry: Option<Retry>,
    cancel: &Cancel,
    mut once: impl FnMut() -> Result<String, ActionError>,
) -> Result<String, ActionError> {
    let Some(retry) = retry else { return once() };
    let mut tries = 1;
    loop {
        match once() {
            Err(ActionError::Unexpected { .. } | ActionError::Http(_)) if tries < retry.times => {
                tries += 1;
                if !context.world.clock.sleep(retry.wait.duration(), cancel) {
                    return Err(ActionError::Cancelled);
                }
            }
            end => return end,
        }
    }
}
