//! The values at secret places of the product's files. A value may be written differently from what
//! it means, with an escaped quote or `$`, and a diff shows it as written.

use super::Case;
use crate::{
    edit::{self, Document, Entry, Format},
    model::{
        path::RelPath,
        route::{Route, Segment},
        rule::{ConfigRule, EnvSource, WriteTo},
        text::Secret,
    },
};
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The files to read: how, and which of their keys are secret.
#[derive(Default)]
struct Wanted<'a>(BTreeMap<&'a RelPath, (Format, Vec<&'a Route>)>);

impl<'a> Wanted<'a> {
    fn add(&mut self, file: &'a RelPath, format: Format, routes: Vec<&'a Route>) {
        let known = self.0.entry(file).or_insert_with(|| (format, Vec::new()));
        known.1.extend(routes);
    }
}

/// Values as they are meant and as they are written: at secret routes, and under the names of secret
/// variables.
pub fn in_files(case: Case, names: &BTreeSet<&str>) -> Vec<Secret> {
    let text = |file: &RelPath| case.survey.files.get(file)?.text().map(Cow::Borrowed);
    values(wanted(case, names), names, text)
}

/// The same at the secret routes of these rules alone, in the files as they are now.
pub fn at_routes<'r>(
    rules: impl IntoIterator<Item = &'r ConfigRule>,
    text: impl Fn(&RelPath) -> Option<String>,
) -> Vec<Secret> {
    let mut wanted = Wanted::default();
    for (file, format, routes) in rules.into_iter().filter_map(of_rule) {
        if !routes.is_empty() {
            wanted.add(file, format, routes);
        }
    }
    values(wanted, &BTreeSet::new(), |file| text(file).map(Cow::Owned))
}

fn values<'t>(
    wanted: Wanted,
    names: &BTreeSet<&str>,
    text: impl Fn(&RelPath) -> Option<Cow<'t, str>>,
) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for (file, (format, routes)) in wanted.0 {
        // What cannot be read is not changed either.
        let Some(Ok(document)) = text(file).map(|text| edit::read(&format, &text)) else {
            continue;
        };
        let below = places(&document, &routes);
        let assigned = routes.iter().filter_map(|route| edit::assigned_name(route));
        let names = &names.iter().copied().chain(assigned).collect();
        for entry in document.leaves() {
            if below.iter().any(|route| entry.route.starts_with(route)) {
                keep(&entry.value, &entry.text, &mut secrets);
            } else if let Some((value, written)) = named(entry, names) {
                keep(&value, written, &mut secrets);
            }
        }
    }
    secrets
}

fn wanted<'a>(case: Case<'a>, names: &BTreeSet<&str>) -> Wanted<'a> {
    let mut wanted = Wanted::default();
    let WriteTo::Dotenv { file } = &case.pack.write_to;
    wanted.add(file, Format::DOTENV, Vec::new());
    for source in &case.pack.environment {
        if let EnvSource::Dotenv { file } = source {
            wanted.add(file, Format::DOTENV, Vec::new());
        }
    }
    let rules = case.hops_on_path().flat_map(|(_, hop)| &hop.config);
    for (file, format, routes) in rules.filter_map(of_rule) {
        if !routes.is_empty() || matches!(format, Format::Dotenv(_)) {
            wanted.add(file, format, routes);
        }
    }
    let seen = names.iter();
    let seen = seen.filter_map(|name| case.survey.variables.get(*name));
    let sightings = seen.flat_map(|variable| &variable.sightings);
    for file in sightings.filter_map(|sighting| sighting.file.as_ref()) {
        let format = Format::said_or_of(None, file.as_str());
        wanted.add(file, format, Vec::new());
    }
    wanted
}

/// The file of a rule, and what the rule calls secret in it.
fn of_rule(rule: &ConfigRule) -> Option<(&RelPath, Format, Vec<&Route>)> {
    let (file, said, routes) = match rule {
        ConfigRule::Edit(rule) => {
            let secret = rule.changes.iter().filter(|change| change.secret);
            let routes = secret.flat_map(|change| change.route().into_iter().chain(&change.to));
            (&rule.file, rule.format, routes.collect())
        }
        ConfigRule::Merge(rule) => (&rule.file, rule.format, rule.secret.iter().collect()),
        ConfigRule::Create(_) | ConfigRule::Replace(_) => return None,
    };
    Some((file, Format::said_or_of(said, file.as_str()), routes))
}

/// Where these routes lead in a file.
fn places(document: &Document, routes: &[&Route]) -> Vec<Route> {
    let found = routes.iter().filter_map(|route| document.get(route));
    let places = found.flat_map(|entry| [Some(entry.route.clone()), entry.target.clone()]);
    places.flatten().collect()
}

/// The value that stands under a secret name: `NAME: value`, or the item `NAME=value`.
fn named<'e>(entry: &'e Entry, names: &BTreeSet<&str>) -> Option<(Value, &'e str)> {
    match entry.route.last()? {
        Segment::Key(key) if names.contains(key.as_str()) => {
            Some((entry.value.clone(), &entry.text))
        }
        Segment::Index(_) => {
            let (name, value) = entry.value.as_str()?.split_once('=')?;
            let (_, written) = inside_quotes(&entry.text).split_once('=')?;
            names.contains(name).then(|| (Value::from(value), written))
        }
        Segment::Key(_) | Segment::Find { .. } => None,
    }
}

/// Skips booleans, which are ordinary words, and `${NAME}`, which only says where the secret is.
fn keep(value: &Value, written: &str, secrets: &mut Vec<Secret>) {
    let is_switch = matches!(value, Value::Null | Value::Bool(_));
    let inside = written
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let is_name = |text: &str| text.chars().all(|c| c == '_' || c.is_alphanumeric());
    if is_switch || inside.is_some_and(is_name) {
        return;
    }
    if let Some(text) = value.as_str() {
        secrets.push(Secret::new(text));
    }
    secrets.push(Secret::new(inside_quotes(written)));
}

fn inside_quotes(written: &str) -> &str {
    let inside = |quote| written.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(written)
}
