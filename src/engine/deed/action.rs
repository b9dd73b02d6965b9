//! Carries out one action, or waits. Success is judged by what the rule expects, never by an exit
//! code or a status alone.

use crate::{
    engine::{
        look::probe,
        means::{
            command, context::Scope, failure::ActionError, listener::Listener,
            performed::Performed, progress::Progress, request, service, sql,
        },
    },
    model::{
        rule::{Action, Wait},
        units::Span,
    },
};

const WAIT_EVERY: Span = Span::from_secs(1);

/// Carries out an action. For `Action::Ask` that means nothing: the worker waits for the person.
pub fn perform(
    scope: Scope<'_>,
    action: &Action,
    listener: &mut Listener<'_>,
) -> Result<Performed, ActionError> {
    // A service action has several parts, and its undo finds out itself what there is to undo.
    let of_service = |end: Result<String, ActionError>| end.map_err(ActionError::after_a_beginning);
    let detail = match action {
        Action::Run(run) => command::run(scope, run, listener),
        Action::Http(http) => request::send(scope, http),
        Action::Wait(wait) => wait_for(scope, wait, listener),
        Action::Ask(ask) => Ok(ask.text.clone()),
        Action::Start(what) => of_service(service::start(scope, what, listener.line)),
        Action::Stop(name) => of_service(service::stop(scope, name, listener.line)),
        Action::Restart(what) => of_service(service::restart(scope, what, listener.line)),
        Action::Sql(rule) => return sql::statements(scope, rule, listener.line),
        Action::SqlFile(rule) => return sql::file(scope, rule, listener.line),
        Action::Stage(_)
        | Action::Flag(_)
        | Action::Checkout(_)
        | Action::Migrate(_)
        | Action::Switch(_) => Err(ActionError::Composite),
    };
    detail.map(Performed::from)
}

fn wait_for(scope: Scope<'_>, wait: &Wait, listener: &Listener<'_>) -> Result<String, ActionError> {
    let context = scope.context;
    let clock = &context.world.clock;
    let every = wait.every.unwrap_or(WAIT_EVERY).duration();
    let wanted = wait.in_a_row.unwrap_or(1).max(1);
    let begin = clock.monotonic();
    let mut in_a_row = 0;
    loop {
        let looked = probe::look(scope, &wait.until);
        in_a_row = if looked.is_yes() { in_a_row + 1 } else { 0 };
        let detail = looked.told;
        if in_a_row >= wanted {
            return Ok(detail);
        }
        let waited = clock.monotonic().saturating_sub(begin);
        if waited >= wait.limit().duration() {
            let why = format!("not met after {} s: {detail}", waited.as_secs());
            return Err(ActionError::Unexpected {
                why,
                output: detail,
            });
        }
        let so_far = match in_a_row {
            0 => format!("not yet: {detail}"),
            met => format!("{met} of {wanted} times in a row: {detail}"),
        };
        (listener.progress)(Progress {
            doing: context.clean(&so_far),
            ..Progress::default()
        });
        if !clock.sleep(every, scope.cancel) {
            return Err(ActionError::Cancelled);
        }
    }
}
