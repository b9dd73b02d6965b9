//! Small worlds for the tests of this floor.

use crate::model::{
    digest::Digest,
    path::RelPath,
    privacy::Privacy,
    survey::{FileMeta, FileState, Sighting, Stands, Survey, Variable},
    text::Secret,
};
use crate::{
    edit::{Changed, Document, EditError, Entry, Format, Kind, Opened, Outcome, one_by_one},
    model::{
        edit::{Edit, Op},
        route::{Route, Segment},
    },
    rules::assess::editors::Editors,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub fn rel(path: &str) -> RelPath {
    RelPath::try_from(path).expect("a path below the root")
}

pub fn survey() -> Survey {
    Survey {
        root: "/srv/app".into(),
        host: "host".into(),
        user: "operator".into(),
        ..Survey::default()
    }
}

/// Adds a sighting, stronger than those before. A source without a dot in its name is not a file.
pub fn variable(survey: &mut Survey, name: &str, source: &str, line: usize, value: &str) {
    let known = survey.variables.entry(name.to_owned());
    let variable = known.or_insert_with(|| Variable {
        name: name.to_owned(),
        privacy: Privacy::Open,
        sightings: Vec::new(),
    });
    let is_file = source.contains('.');
    variable.sightings.push(Sighting {
        source: source.to_owned(),
        file: is_file.then(|| rel(source)),
        line: is_file.then_some(line),
        value: Secret::new(value),
        stands: Stands::Itself,
    });
}

pub fn text_file(survey: &mut Survey, path: &str, text: &str) {
    let state = FileState::Text {
        text: text.to_owned(),
        digest: Digest::of(text.as_bytes()),
        meta: FileMeta {
            mode: 0o640,
            uid: 1000,
            gid: 1000,
            mtime_ns: 0,
            xattrs: BTreeMap::new(),
        },
    };
    survey.files.insert(rel(path), state);
}

/// Editors of the simplest grammar there is: lines of `KEY=VALUE`. The laws of findings and plans
/// hold for every grammar, so they are tested without one.
pub const LINES: Editors = Editors {
    open,
    apply,
    stages: |opened, stages, see| one_by_one(opened, apply, stages, see),
};

fn open(format: Format, text: &str) -> Result<Opened, EditError> {
    let entry = |(n, line): (usize, &str)| {
        let (key, value) = line.split_once('=')?;
        Some(Entry {
            route: Route::key(key),
            kind: Kind::Scalar,
            line: n + 1,
            span: 0..0,
            text: value.to_owned(),
            value: Value::String(value.to_owned()),
            target: None,
        })
    };
    let entries = text.lines().enumerate().filter_map(entry);
    let document = Document::new(entries.collect());
    Ok(Opened::read(format, text, document))
}

fn apply(file: &Opened, edits: &[Edit]) -> Result<Changed, EditError> {
    let mut lines: Vec<(String, String)> = file
        .text()
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let outcomes = edits.iter().map(|edit| one(&mut lines, edit)).collect();
    let lines = lines.iter().map(|(key, value)| format!("{key}={value}\n"));
    let text: String = lines.collect();
    Ok(Changed {
        file: Some(open(file.format(), &text)?),
        outcomes,
    })
}

fn one(lines: &mut Vec<(String, String)>, edit: &Edit) -> Outcome {
    let key = match edit.route.0.as_slice() {
        [Segment::Key(key)] => key.clone(),
        other => panic!("the tests' editor knows single keys, not {other:?}"),
    };
    let at = lines.iter().position(|(other, _)| *other == key);
    match (&edit.op, at) {
        (Op::Set { value }, Some(at)) => lines[at].1 = plain(value),
        (Op::Set { value } | Op::Default { value }, None) => lines.push((key, plain(value))),
        (Op::Default { .. }, Some(_)) => return Outcome::AlreadyDone,
        (Op::Remove, Some(at)) => drop(lines.remove(at)),
        (Op::Rename { to }, Some(at)) => lines[at].0.clone_from(to),
        (Op::Rewrite { pattern, with }, Some(at)) => {
            let new = pattern.replace_all(&lines[at].1, with);
            lines[at].1 = new.into_owned();
        }
        (Op::Remove, None) => return Outcome::AlreadyDone,
        (_, None) => return Outcome::Absent,
        (other, Some(_)) => panic!("the tests' editor does not know {other:?}"),
    }
    Outcome::Changed
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
