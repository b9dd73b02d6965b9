//! A request: sent, and judged by what its rule expects of the status and the body.

use super::{
    context::{ContextError, Scope},
    failure::{ActionError, quoted},
    retry::retried,
};
use crate::{
    model::{
        limits,
        pattern::Pattern,
        route::Route,
        rule::{Http, HttpExpect, JsonExpect},
        text::Secret,
        units::{Size, Span},
    },
    world::{Answer, HttpError, Request},
};
use serde_json::Value;
use std::collections::BTreeMap;

const HTTP_TIMEOUT: Span = Span::from_secs(10);

pub fn send(scope: Scope<'_>, http: &Http) -> Result<String, ActionError> {
    retried(scope, http.retry, || {
        let answer = send_raw(scope, http, limits::HTTP_ANSWER)?;
        judge_answer(scope, &answer, http.expect.as_ref())
    })
}

pub fn send_raw(scope: Scope<'_>, http: &Http, answer_max: Size) -> Result<Answer, ActionError> {
    let request = filled(scope, http, answer_max).map_err(ActionError::without_effect)?;
    match scope.context.world.http.send(&request, scope.cancel) {
        Ok(mut answer) => {
            answer.body = scope.context.clean(&answer.body);
            Ok(answer)
        }
        Err(error) if !error.may_have_been_sent() => Err(ActionError::without_effect(told(error))),
        Err(error) if !http.method.only_reads() => Err(ActionError::Unanswered(error)),
        Err(error) => Err(told(error)),
    }
}

fn told(error: HttpError) -> ActionError {
    match error {
        HttpError::Cancelled { .. } => ActionError::Cancelled,
        error => ActionError::Http(error),
    }
}

fn filled(scope: Scope<'_>, http: &Http, answer_max: Size) -> Result<Request, ContextError> {
    let mut headers = BTreeMap::new();
    for (name, value) in &http.headers {
        headers.insert(name.clone(), Secret::new(scope.fill(value)?));
    }
    Ok(Request {
        method: http.method.word(),
        url: scope.fill(&http.url)?,
        headers,
        body: match &http.body {
            Some(body) => Some(Secret::new(scope.fill(body)?)),
            None => None,
        },
        answer_max,
        timeout: http.timeout.unwrap_or(HTTP_TIMEOUT).duration(),
    })
}

fn judge_answer(
    scope: Scope<'_>,
    answer: &Answer,
    expect: Option<&HttpExpect>,
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
    // Nobody knows the rest of an answer that exceeds the limit.
    let cut = |why: &str| ActionError::Unjudged {
        why: format!(
            "status {status}, and the answer is larger than {}: {why}",
            limits::HTTP_ANSWER
        ),
        output: body.clone(),
    };
    if let Some(pattern) = expect.body.as_ref().filter(|p| !says(answer, p)) {
        if !answer.body_is_whole {
            return Err(cut(&format!("so far it lacks `{pattern}`")));
        }
        return Err(unexpected(format!(
            "status {status}, but the body lacks `{pattern}`{}",
            quoted(body)
        )));
    }
    let never = expect.never.as_ref().filter(|p| says(answer, p));
    if let Some(found) = never.and_then(|never| never.capture(body)) {
        return Err(unexpected(format!(
            "status {status}, but the body says `{found}`"
        )));
    }
    if !answer.body_is_whole && expect.never.is_some() {
        return Err(cut("what it must not say may be in the rest"));
    }
    if !answer.body_is_whole && !expect.json.is_empty() {
        return Err(cut("it cannot be read as JSON"));
    }
    let mut told = format!("status {status}");
    for json in &expect.json {
        let found = judge_json(scope, body, json)?.map_err(unexpected)?;
        told.push_str(&format!(", {} is {found}", json.at));
    }
    Ok(told)
}

/// Whether the body certainly matches: where an answer was cut neither a line nor a word ends.
fn says(answer: &Answer, pattern: &Pattern) -> bool {
    let body = &answer.body;
    if answer.body_is_whole {
        return pattern.is_match(body);
    }
    let found = pattern.matches(body).next();
    let found = found.and_then(|found| found.get_match());
    pattern.is_of_lines() && found.is_some_and(|found| found.end() < body.len())
}

fn judge_json(
    scope: Scope<'_>,
    body: &str,
    expect: &JsonExpect,
) -> Result<Result<String, String>, ContextError> {
    let at = &expect.at;
    let Some(found) = json_text(body, at) else {
        return Ok(Err(format!("the answer has no `{at}`{}", quoted(body))));
    };
    if let Some(is) = &expect.is {
        let wanted = scope.fill(is)?;
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
