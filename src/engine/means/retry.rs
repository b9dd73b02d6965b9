//! Trying again, where a rule says how often.

use super::{context::Scope, failure::ActionError};
use crate::model::rule::Retry;

fn may_pass(error: &ActionError) -> bool {
    matches!(
        error.cause(),
        ActionError::Unexpected { .. } | ActionError::Unjudged { .. } | ActionError::Http(_)
    )
}

/// Retries what is not as expected, or gets no answer: that may change in a moment. If an earlier
/// try was begun, the whole counts as begun even when the last one was not.
pub fn retried(
    scope: Scope<'_>,
    retry: Option<Retry>,
    mut once: impl FnMut() -> Result<String, ActionError>,
) -> Result<String, ActionError> {
    let Some(retry) = retry else { return once() };
    let mut begun = false;
    let of_all = |error: ActionError, begun: bool| match begun {
        true => error.after_a_beginning(),
        false => error,
    };
    for _ in 1..retry.times {
        let error = match once() {
            Err(error) if may_pass(&error) => error,
            end => return end.map_err(|error| of_all(error, begun)),
        };
        begun |= !error.is_without_effect();
        let clock = &scope.context.world.clock;
        if !clock.sleep(retry.wait.duration(), scope.cancel) {
            let cancelled = ActionError::without_effect(ActionError::Cancelled);
            return Err(of_all(cancelled, begun));
        }
    }
    once().map_err(|error| of_all(error, begun))
}
