//! The values at secret places of the product's files. A value may be written differently from what
//! it means, with an escaped quote or `$`, and a diff shows it as written.

use super::Case;
use crate::{
    edit::{self, Document, Entry, Format},
    model::{
        path::RelPath,
        privacy::is_secret_by_name,
        route::{Route, Segment},
        rule::{ConfigRule, EnvSource, Hop, Pack, Verb, WriteTo},
        text::Secret,
    },
};
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The files to read: how, and which of their keys are secret.
struct Wanted<'a>(BTreeMap<&'a RelPath, (Format, Vec<Route>)>);

impl<'a> Wanted<'a> {
    /// The format that is said first is kept.
    fn add(&mut self, file: &'a RelPath, format: Format, routes: Vec<Route>) {
        let known = self.0.entry(file).or_insert_with(|| (format, Vec::new()));
        known.1.extend(routes);
    }
}

/// Values as they are meant and as they are written: at secret routes, and under the names of secret
/// variables.
pub fn in_files(case: Case, names: &BTreeSet<&str>) -> Vec<Secret> {
    let hops = || case.hops_on_path().map(|(_, hop)| hop);
    let seen = names.iter();
    let seen = seen.filter_map(|name| case.survey.variables.get(*name));
    let sightings = seen.flat_map(|variable| &variable.sightings);
    let sighted = sightings.filter_map(|sighting| sighting.file.as_ref());
    let replaced = hops().flat_map(|hop| &hop.config).flat_map(|rule| {
        let glob = match rule {
            ConfigRule::Replace(rule) => Some(&rule.files),
            ConfigRule::Edit(_) | ConfigRule::Merge(_) | ConfigRule::Create(_) => None,
        };
        let found = glob.into_iter().flat_map(|glob| case.survey.found_by(glob));
        found.map(|(file, _)| file)
    });
    let wanted = wanted(case.pack, hops(), sighted.chain(replaced));
    let text = |file: &RelPath| case.survey.files.get(file)?.text().map(Cow::Borrowed);
    values(wanted, names, text)
}

/// The same without a survey, in texts that are read now; `edited` are the files that a run edits.
pub fn in_texts<'p>(
    pack: &'p Pack,
    hops: impl IntoIterator<Item = &'p Hop>,
    edited: impl IntoIterator<Item = &'p RelPath>,
    names: &BTreeSet<&str>,
    text: impl Fn(&RelPath) -> Option<String>,
) -> Vec<Secret> {
    let wanted = wanted(pack, hops, edited);
    values(wanted, names, |file| text(file).map(Cow::Owned))
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

/// The files that hold the product's settings, those whose keys these hops change, and `more`.
fn wanted<'p>(
    pack: &'p Pack,
    hops: impl IntoIterator<Item = &'p Hop>,
    more: impl IntoIterator<Item = &'p RelPath>,
) -> Wanted<'p> {
    let WriteTo::Dotenv { file } = &pack.write_to;
    let mut wanted = Wanted(BTreeMap::from([(file, (Format::DOTENV, Vec::new()))]));
    let rules = hops.into_iter().flat_map(|hop| &hop.config);
    for (file, format, routes) in rules.filter_map(of_rule) {
        wanted.add(file, format, routes);
    }
    let sources = pack.environment.iter().filter_map(|source| match source {
        EnvSource::Dotenv { file } => Some((file, Format::DOTENV)),
        EnvSource::Compose { file, .. } => Some((file, Format::Yaml)),
        EnvSource::Process {} | EnvSource::Service { .. } | EnvSource::Systemd { .. } => None,
    });
    let by_name = |file: &'p RelPath| (file, Format::said_or_of(None, file.as_str()));
    for (file, format) in sources.chain(more.into_iter().map(by_name)) {
        wanted.add(file, format, Vec::new());
    }
    wanted
}

/// The file of a rule, and what the rule calls secret in it.
fn of_rule(rule: &ConfigRule) -> Option<(&RelPath, Format, Vec<Route>)> {
    let (file, said, routes) = match rule {
        ConfigRule::Edit(rule) => {
            let secret = rule.changes.iter().filter(|change| change.secret);
            let verbs = secret.filter_map(|change| change.verb().ok());
            (
                &rule.file,
                rule.format,
                verbs.flat_map(Verb::places).collect(),
            )
        }
        ConfigRule::Merge(rule) => (&rule.file, rule.format, rule.secret.clone()),
        ConfigRule::Create(_) | ConfigRule::Replace(_) => return None,
    };
    Some((file, Format::said_or_of(said, file.as_str()), routes))
}

/// Where these routes lead in a file.
fn places(document: &Document, routes: &[Route]) -> Vec<Route> {
    let found = routes.iter().filter_map(|route| document.get(route));
    let places = found.flat_map(|entry| [Some(entry.route.clone()), entry.target.clone()]);
    places.flatten().collect()
}

/// The value that stands under a secret name: `NAME: value`, or the item `NAME=value`. A name is
/// secret because a rule says so, or because it says so itself.
fn named<'e>(entry: &'e Entry, names: &BTreeSet<&str>) -> Option<(Value, &'e str)> {
    let (name, value, written) = match entry.route.last()? {
        Segment::Key(key) => (key.as_str(), entry.value.clone(), entry.text.as_str()),
        Segment::Index(_) => {
            let (name, value) = entry.value.as_str()?.split_once('=')?;
            let (_, written) = inside_quotes(&entry.text).split_once('=')?;
            (name, Value::from(value), written)
        }
        Segment::Find { .. } => return None,
    };
    let says_so = |text| is_secret_by_name(name, text);
    let is_secret = names.contains(name) || value.as_str().is_some_and(says_so);
    is_secret.then_some((value, written))
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
