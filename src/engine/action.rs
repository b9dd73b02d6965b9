//! Carrying out one action: a command, a request, a wait. Whether it did what it should is judged
//! by what the rule expects, never by an exit code or a status alone.

mod run;

pub use run::{found_ended, run_once};

use super::{
    context::{Context, ContextError},
    handle::Progress,
    probe,
    service::{self, ServiceError},
    shelf::Shelf,
    sql,
};
use crate::{
    model::{
        route::Route,
        rule::{Action, Http, HttpExpect, JsonExpect, Retry, Wait},
        text::{Secret, last_lines, with_causes},
        units::Span,
    },
    rules::expression::Numbers,
    world::{Answer, Cancel, CommandError, DatabaseError, FileError, HttpError, Request, Stream},
};
use serde_json::Value;
use std::collections::BTreeMap;

const HTTP_TIMEOUT: Span = Span::from_secs(10);
const WAIT_EVERY: Span = Span::from_secs(1);
/// How many of the last lines of a failed command an error quotes.
const QUOTED_LINES_MAX: usize = 4;
/// Of one such line: a program that prints a whole query must not hide the line behind it.
const QUOTED_CHARS_MAX: usize = 160;

#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// It was carried out and is not what the rule expects; `output` is what hints look at.
    #[error("{why}")]
    Unexpected { why: String, output: String },
    #[error("stopped by the operator")]
    Cancelled,
    #[error(transparent)]
    Command(CommandError),
    #[error(transparent)]
    Http(HttpError),
    #[error("several steps in one, which only `do` of a step can hold; plan again")]
    Composite,
    #[error(transparent)]
    Database(DatabaseError),
    #[error("the run's folder cannot be used")]
    File(#[from] FileError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Context(#[from] ContextError),
}

impl ActionError {
    /// Nobody knows what became of it: whoever watched it was ended, or the line to it broke.
    pub fn is_lost(&self) -> bool {
        matches!(
            self,
            Self::Command(CommandError::Lost(..)) | Self::Database(DatabaseError::Lost { .. })
        )
    }

    /// The error with its causes, on one line, and what a hint may match.
    pub fn told(&self) -> (String, &str) {
        let text = with_causes(self);
        match self {
            Self::Unexpected { output, .. } => (text, output),
            Self::Cancelled
            | Self::Composite
            | Self::Command(_)
            | Self::Http(_)
            | Self::Database(_)
            | Self::File(_)
            | Self::Service(_)
            | Self::Context(_) => (text, ""),
        }
    }

    pub(super) fn of_database(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Cancelled { .. } => Self::Cancelled,
            error => Self::Database(error),
        }
    }
}

/// Where the lines of a command go.
pub type Lines<'l> = &'l mut dyn FnMut(Stream, &str);

/// Who hears what a command does while it runs: the run's output log and the screen.
pub struct Listener<'l> {
    pub line: Lines<'l>,
    /// May be called from another thread while the command runs.
    pub progress: &'l (dyn Fn(Progress) + Sync),
    /// What was counted, whether it ended well or not.
    pub numbers: Numbers,
    /// Where its commands are kept, if they are to outlive the worker.
    pub shelf: Option<Shelf>,
}

impl<'l> Listener<'l> {
    /// Only the lines are heard.
    pub fn of_lines(line: Lines<'l>) -> Self {
        Self {
            line,
            progress: &|_| {},
            numbers: Numbers::new(),
            shelf: None,
        }
    }
}

/// For looks at the world, which nobody follows.
pub fn unheard<T>(doing: impl FnOnce(&mut Listener<'_>) -> T) -> T {
    doing(&mut Listener::of_lines(&mut |_, _| {}))
}

/// What became of it, in a few words. `Action::Ask` is not carried out here: the worker waits for
/// the person.
pub fn perform(
    context: &Context,
    action: &Action,
    hop: usize,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
) -> Result<String, ActionError> {
    match action {
        Action::Run(run) => retried(context, run.retry, cancel, || {
            run_once(context, run, hop, cancel, listener)
        }),
        Action::Http(http) => retried(context, http.retry, cancel, || {
            send_once(context, http, hop, cancel)
        }),
        Action::Wait(wait) => wait_for(context, wait, hop, cancel, listener),
        Action::Ask(ask) => Ok(ask.text.clone()),
        Action::Start(what) => service::start(context, what, hop, cancel, listener.line),
        Action::Stop(name) => service::stop(context, name, hop, cancel, listener.line),
        Action::Restart(what) => service::restart(context, what, hop, cancel, listener.line),
        Action::Sql(rule) => sql::statements(context, rule, hop, cancel, listener.line),
        Action::SqlFile(rule) => sql::file(context, rule, hop, cancel, listener.line),
        Action::Stage(_) | Action::Flag(_) | Action::Migrate(_) | Action::Switch(_) => {
            Err(ActionError::Composite)
        }
    }
}

fn retried(
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

fn quoted(output: &str) -> String {
    let last = last_lines(output, QUOTED_LINES_MAX);
    if last.is_empty() {
        return String::new();
    }
    let last: Vec<String> = last.into_iter().map(begin_of).collect();
    format!(": {}", last.join(" / "))
}

fn begin_of(line: &str) -> String {
    match line.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn send_once(
    context: &Context,
    http: &Http,
    hop: usize,
    cancel: &Cancel,
) -> Result<String, ActionError> {
    let answer = send_raw(context, http, hop, cancel)?;
    judge_answer(context, &answer, http.expect.as_ref(), hop)
}

pub fn send_raw(
    context: &Context,
    http: &Http,
    hop: usize,
    cancel: &Cancel,
) -> Result<Answer, ActionError> {
    let mut headers = BTreeMap::new();
    for (name, value) in &http.headers {
        headers.insert(name.clone(), Secret::new(context.fill(value, hop)?));
    }
    let request = Request {
        method: http.method.word(),
        url: context.fill(&http.url, hop)?,
        headers,
        body: match &http.body {
            Some(body) => Some(Secret::new(context.fill(body, hop)?)),
            None => None,
        },
        timeout: http.timeout.unwrap_or(HTTP_TIMEOUT).duration(),
    };
    match context.world.http.send(&request, cancel) {
        Ok(mut answer) => {
            answer.body = context.clean(&answer.body);
            Ok(answer)
        }
        Err(HttpError::Cancelled { .. }) => Err(ActionError::Cancelled),
        Err(error) => Err(ActionError::Http(error)),
    }
}

fn judge_answer(
    context: &Context,
    answer: &Answer,
    expect: Option<&HttpExpect>,
    hop: usize,
) -> Result<String, ActionError> {
    let Answer { status, body, .. } = answer;
    let unexpected = |why: String| ActionError::Unexpected {
        why,
        output: body.clone(),
    };
    let none = HttpExpect::default();
    let expect = expect.unwrap_or(&none);
    if !expect.is_status(*status) {
        return Err(unexpected(format!("status {status}{}", quoted(body))));
    }
    if let Some(pattern) = expect.body.as_ref().filter(|p| !p.is_match(body)) {
        return Err(unexpected(format!(
            "status {status}, but the body lacks `{pattern}`{}",
            quoted(body)
        )));
    }
    if let Some(found) = expect.never.as_ref().and_then(|p| p.capture(body)) {
        return Err(unexpected(format!(
            "status {status}, but the body says `{found}`"
        )));
    }
    let mut told = format!("status {status}");
    for json in &expect.json {
        let found = judge_json(context, body, json, hop)?.map_err(unexpected)?;
        told.push_str(&format!(", {} is {found}", json.at));
    }
    Ok(told)
}

fn judge_json(
    context: &Context,
    body: &str,
    expect: &JsonExpect,
    hop: usize,
) -> Result<Result<String, String>, ContextError> {
    let at = &expect.at;
    let Some(found) = json_text(body, at) else {
        return Ok(Err(format!("the answer has no `{at}`{}", quoted(body))));
    };
    if let Some(is) = &expect.is {
        let wanted = context.fill(is, hop)?;
        if found != wanted {
            return Ok(Err(format!("`{at}` is `{found}`, not `{wanted}`")));
        }
    }
    if let Some(pattern) = expect.matches.as_ref().filter(|p| !p.is_match(&found)) {
        return Ok(Err(format!(
            "`{at}` is `{found}`, which does not match `{pattern}`"
        )));
    }
    Ok(Ok(found))
}

/// The text of a value in a JSON body.
pub fn json_text(body: &str, at: &Route) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    Some(match at.find_in(&body)? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn wait_for(
    context: &Context,
    wait: &Wait,
    hop: usize,
    cancel: &Cancel,
    listener: &Listener<'_>,
) -> Result<String, ActionError> {
    let clock = &context.world.clock;
    let every = wait.every.unwrap_or(WAIT_EVERY).duration();
    let wanted = wait.in_a_row.unwrap_or(1).max(1);
    let begin = clock.monotonic();
    let mut in_a_row = 0;
    loop {
        let (met, detail) = probe::look(context, &wait.until, hop, cancel);
        in_a_row = if met == probe::Met::Yes {
            in_a_row + 1
        } else {
            0
        };
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
        if !clock.sleep(every, cancel) {
            return Err(ActionError::Cancelled);
        }
    }
}
