//! Which release is running: asks every probe of the pack. Draws no conclusion; if two probes
//! disagree, the operator sees that.

use super::Fill;
use crate::{
    model::{
        limits,
        release::Release,
        rule::{Detect, DetectProbe, Http, Run},
        survey::{FileState, ReleaseSighting, Survey},
        text::Secret,
        units::Span,
    },
    rules::{
        condition::{Answers, Facts, Holds, holds, told},
        pack::LoadedPack,
    },
    side_by_side,
    world::{Cancel, Command, Ended, How, Request, World},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// A product that does not answer must not hold up the first screen.
const TIMEOUT: Span = Span::from_secs(10);

pub fn all(
    world: &World,
    pack: &LoadedPack,
    survey: &Survey,
    answers: &Answers,
) -> Vec<ReleaseSighting> {
    let fill = Fill {
        survey,
        answers,
        hop: None,
    };
    let sighting = |detect: &Detect| ReleaseSighting {
        title: detect.title.clone(),
        answer: ask(world, detect, fill)
            .and_then(|said| named(pack, detect, said.trim()))
            .map_err(|why| fill.told(&why, &pack.pack)),
    };
    side_by_side::each(&pack.pack.detect, sighting)
}

fn named(pack: &LoadedPack, detect: &Detect, said: &str) -> Result<Release, String> {
    let release = detect.names.get(said).map_or(said, String::as_str);
    pack.pack.releases.parse(release)
}

fn ask(world: &World, detect: &Detect, fill: Fill) -> Result<String, String> {
    match &detect.probe {
        DetectProbe::Command { run, pattern } => {
            let ended = ended(world, run, fill)?;
            // Some programs print their version to standard error.
            let output = format!("{}\n{}", ended.stdout, ended.stderr);
            let found = pattern.capture(&output).map(str::to_owned);
            found.ok_or_else(|| "its output names no release".to_owned())
        }
        DetectProbe::Http { request, json } => {
            let body = request_body(world, request, fill)?;
            let value: Value =
                serde_json::from_str(&body).map_err(|_| "its answer is not JSON".to_owned())?;
            json.find_in(&value)
                .and_then(scalar)
                .ok_or_else(|| format!("its answer has no text at `{json}`"))
        }
        DetectProbe::File { path, pattern } => match fill.survey.files.get(path) {
            Some(FileState::Text { text, .. }) => {
                let found = pattern.capture(text).map(str::to_owned);
                found.ok_or_else(|| format!("{path} names no release"))
            }
            Some(FileState::Unusable { why }) => Err(format!("{path}: {why}")),
            Some(FileState::Absent) | None => Err(format!("{path} is not there")),
        },
        DetectProbe::If { condition, release } => {
            let facts = Facts {
                survey: fill.survey,
                answers: fill.answers,
                variants: &BTreeMap::new(),
            };
            match holds(condition, &facts) {
                Holds::Yes => Ok(release.clone()),
                Holds::No => Err(format!(
                    "not {release}, because {}",
                    told(condition, &facts)
                )),
                Holds::Unseen { .. } => Err(told(condition, &facts)),
            }
        }
    }
}

/// Runs a command that only looks; an error unless it ends as its rule expects.
pub(super) fn ended(world: &World, run: &Run, fill: Fill) -> Result<Ended, String> {
    let root = Path::new(&fill.survey.root);
    let below = |path: &crate::model::path::RelPath| -> PathBuf { path.under(root) };
    let argv: Result<Vec<String>, String> =
        run.command.iter().map(|part| fill.text(part)).collect();
    let mut env = passed(run, fill.survey);
    for (name, value) in &run.env {
        env.insert(name.clone(), Secret::new(fill.text(value)?));
    }
    let stdin = run.stdin.as_ref().map(|text| fill.text(text)).transpose()?;
    let dir = run.dir.as_ref().map_or_else(|| root.to_owned(), below);
    let timeout = run.timeout.unwrap_or(TIMEOUT).duration();
    let command = Command {
        env,
        path: run.path.iter().map(below).collect(),
        stdin: stdin.map(Secret::new),
        ..Command::new(argv?, &dir, timeout)
    };
    let ended = world
        .commands
        .run(&command, &Cancel::default(), &mut |_, _| {})
        .map_err(|error| error.to_string())?;
    let expected = run.expect.clone().unwrap_or_default();
    match ended.how {
        How::Exit(code) if expected.is_exit(code) => {}
        How::Exit(code) => return Err(format!("it ended with exit code {code}")),
        How::Signal(signal) => return Err(format!("it was ended by signal {signal}")),
        How::TimedOut => return Err("it did not end in time".to_owned()),
        How::Cancelled => return Err("it was cancelled".to_owned()),
    }
    Ok(ended)
}

/// The product's own variables that the rule lets the command see.
fn passed(run: &Run, survey: &Survey) -> BTreeMap<String, Secret> {
    let variables = survey.variables.iter().filter(|(name, _)| run.passes(name));
    variables
        .filter_map(|(name, variable)| Some((name.clone(), variable.effective()?.value.clone())))
        .collect()
}

fn request_body(world: &World, http: &Http, fill: Fill) -> Result<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in &http.headers {
        headers.insert(name.clone(), Secret::new(fill.text(value)?));
    }
    let body = http.body.as_ref().map(|body| fill.text(body)).transpose()?;
    let request = Request {
        method: http.method.word(),
        url: fill.text(&http.url)?,
        headers,
        body: body.map(Secret::new),
        answer_max: limits::HTTP_ANSWER,
        timeout: http.timeout.unwrap_or(TIMEOUT).duration(),
    };
    let answer = world
        .http
        .send(&request, &Cancel::default())
        .map_err(|error| error.to_string())?;
    let expected = http.expect.clone().unwrap_or_default();
    if !expected.is_status(answer.status) {
        return Err(format!("it answers with status {}", answer.status));
    }
    if !answer.body_is_whole {
        return Err(format!("its answer is larger than {}", limits::HTTP_ANSWER));
    }
    Ok(answer.body)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
