//! Carrying out one action: a command, a request, a wait. Whether it did what it should is judged
//! by what the rule expects, never by an exit code or a status alone.

use super::{
    context::{Context, ContextError},
    handle::Progress,
    measure::{self, LineTrack, Poll},
    probe,
    service::{self, ServiceError},
    sql,
};
use crate::{
    model::{
        record::numbers_in_words,
        route::Route,
        rule::{Action, Expect, Http, HttpExpect, JsonExpect, Retry, Run, Wait},
        text::{Secret, with_causes},
        units::Span,
    },
    rules::expression::Numbers,
    world::{Answer, Cancel, CommandError, DatabaseError, Ended, How, HttpError, Request, Stream},
};
use serde_json::Value;
use std::{collections::BTreeMap, thread};

const HTTP_TIMEOUT: Span = Span::from_secs(10);
const WAIT_EVERY: Span = Span::from_secs(1);
const WAIT_LIMIT: Span = Span::from_secs(60);
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
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Context(#[from] ContextError),
}

impl ActionError {
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
}

impl<'l> Listener<'l> {
    /// Only the lines are heard.
    pub fn of_lines(line: Lines<'l>) -> Self {
        Self {
            line,
            progress: &|_| {},
            numbers: Numbers::new(),
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
        Action::Wait(wait) => wait_for(context, wait, hop, cancel),
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

pub fn run_once(
    context: &Context,
    run: &Run,
    hop: usize,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
) -> Result<String, ActionError> {
    let before = measure::look_up(context, run, hop, "before", cancel)?;
    listener.numbers.clone_from(&before);
    let ended = run_raw(context, run, hop, cancel, listener, &before)?;
    let (printed, missing) = measure::of_output(run, &ended);
    listener.numbers.extend(printed);
    // Not with `cancel`: what a stopped command has left behind is worth knowing too.
    let after = measure::look_up(context, run, hop, "after", &Cancel::default());
    if ended.how == How::Cancelled {
        listener.numbers.extend(after.unwrap_or_default());
        return Err(ActionError::Cancelled);
    }
    let told = judge_command(&ended, run.expect.as_ref())?;
    listener.numbers.extend(after?);
    let judged = match missing.first() {
        Some(missing) => Err(missing.clone()),
        None => measure::judge(run, &listener.numbers),
    };
    match judged {
        Ok(()) if listener.numbers.is_empty() => Ok(told),
        Ok(()) => Ok(numbers_in_words(&listener.numbers)),
        Err(why) => Err(ActionError::Unexpected {
            why: format!("{told}, but {why}"),
            output: format!("{}\n{}", ended.stdout, ended.stderr),
        }),
    }
}

/// Runs it to its end, whatever that end is.
fn run_raw(
    context: &Context,
    run: &Run,
    hop: usize,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
    before: &Numbers,
) -> Result<Ended, ActionError> {
    let command = context.command(run, hop)?;
    let mut track = LineTrack::of(run);
    let (hear, tell) = (&mut *listener.line, listener.progress);
    let mut clean = |stream: Stream, line: &str| {
        let line = context.clean(line);
        if let Some(progress) = track.as_mut().and_then(|track| track.hear(context, &line)) {
            tell(progress);
        }
        hear(stream, &line);
    };
    let mut ended = followed(Poll::of(run, before), context, hop, tell, || {
        context.world.commands.run(&command, cancel, &mut clean)
    })
    .map_err(ActionError::Command)?;
    ended.stdout = context.clean(&ended.stdout);
    ended.stderr = context.clean(&ended.stderr);
    Ok(ended)
}

/// Runs it while another thread looks how far it is, if there is something to look at.
fn followed<T>(
    poll: Option<Poll<'_>>,
    context: &Context,
    hop: usize,
    tell: &(dyn Fn(Progress) + Sync),
    run: impl FnOnce() -> T,
) -> T {
    let Some(poll) = poll else { return run() };
    let ended = Cancel::default();
    thread::scope(|scope| {
        scope.spawn(|| poll.follow(context, hop, &ended, tell));
        let end = run();
        ended.pull();
        end
    })
}

fn judge_command(ended: &Ended, expect: Option<&Expect>) -> Result<String, ActionError> {
    let output = format!("{}\n{}", ended.stdout, ended.stderr);
    let unexpected = |why: String| ActionError::Unexpected {
        why,
        output: output.clone(),
    };
    let none = Expect::default();
    let expect = expect.unwrap_or(&none);
    let exit = match ended.how {
        How::Exit(code) => code,
        How::Signal(signal) => return Err(unexpected(format!("ended by signal {signal}"))),
        How::TimedOut => {
            return Err(unexpected(format!(
                "not done after {} s",
                ended.took.as_secs()
            )));
        }
        How::Cancelled => return Err(ActionError::Cancelled),
    };
    let fine = if expect.exit.is_empty() {
        exit == 0
    } else {
        expect.exit.contains(&exit)
    };
    if !fine {
        return Err(unexpected(format!("exit {exit}{}", quoted(&output))));
    }
    if let Some(pattern) = expect
        .stdout
        .as_ref()
        .filter(|p| !p.is_match(&ended.stdout))
    {
        return Err(unexpected(format!(
            "exit {exit}, but its output lacks `{pattern}`{}",
            quoted(&output)
        )));
    }
    if let Some(pattern) = expect
        .stderr
        .as_ref()
        .filter(|p| !p.is_match(&ended.stderr))
    {
        return Err(unexpected(format!(
            "exit {exit}, but its error output lacks `{pattern}`"
        )));
    }
    if let Some(found) = expect.never.as_ref().and_then(|p| p.capture(&output)) {
        return Err(unexpected(format!("exit {exit}, but it says `{found}`")));
    }
    Ok(format!("exit {exit}"))
}

fn quoted(output: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(QUOTED_LINES_MAX)..];
    if last.is_empty() {
        return String::new();
    }
    let last: Vec<String> = last.iter().map(|line| begin_of(line)).collect();
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
    let fine = if expect.status.is_empty() {
        (200..300).contains(status)
    } else {
        expect.status.contains(status)
    };
    if !fine {
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
) -> Result<String, ActionError> {
    let clock = &context.world.clock;
    let limit = wait.limit.unwrap_or(WAIT_LIMIT).duration();
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
        if waited >= limit {
            let why = format!("not met after {} s: {detail}", waited.as_secs());
            return Err(ActionError::Unexpected {
                why,
                output: detail,
            });
        }
        if !clock.sleep(every, cancel) {
            return Err(ActionError::Cancelled);
        }
    }
}
