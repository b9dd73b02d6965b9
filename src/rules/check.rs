//! Checks that the types cannot express: a pack can parse and still be wrong. Each duty has its own
//! file; this one sets their order and points at places.

mod cites;
mod commands;
mod config;
mod databases;
mod exercised;
mod groups;
mod hops;
mod ids;
mod inputs;
mod measures;
mod probes;
mod proofs;
mod routes;
mod services;
mod sources;
mod spliced;
mod sql;
mod steps;
mod unused_inputs;

pub(super) use cites::is_cite;
pub(super) use ids::rule_ids;
pub use proofs::unread as unread_cases;

use super::{
    diagnostic::{Diagnostic, Fault, Gravity},
    index::Index,
    pack::{GUIDE_FILE, LoadedPack, PACK_FILE},
    parse::Parsed,
};
use crate::model::{
    route::{Route, Segment},
    rule::{Hop, Input, Places},
};
use std::collections::BTreeMap;

/// Everything that is wrong with a pack or doubtful about it; files in order, places in order.
/// A pack with an error must not be planned with.
pub fn check(pack: &LoadedPack) -> Vec<Diagnostic> {
    let mut found = Found::default();
    cites::check(pack, &mut found);
    proofs::check(pack, &mut found);
    ids::check(pack, &mut found);
    hops::check(pack, &mut found);
    let variables = commands::variables(pack);
    for (file, parsed) in &pack.sources.hops {
        let place = Place::of(file, parsed);
        let hop = &parsed.value;
        let known = known_inputs(pack, file);
        let secrets = commands::secrets(&pack.pack, &hosts(pack, file));
        let names = commands::Names {
            inputs: &known,
            secrets: &secrets,
            variables: &variables,
            pack: &pack.pack,
        };
        config::check(pack, hop, place, &mut found);
        inputs::check(&hop.inputs, &known, place, &mut found);
        inputs::variables(hop, &known, place, &mut found);
        steps::check(hop, &backup_names(pack, file), place, &mut found);
        steps::emergency(hop, place, &mut found);
        let places = Places::of_hop(hop);
        steps::one_action(&places.actions, place, &mut found);
        probes::check(hop, &places.probes, place, &mut found);
        measures::check(hop, place, &mut found);
        sql::check(&places, &pack.pack.databases, place, &mut found);
        commands::check(&names, place, &mut found);
        routes::check(place, &mut found);
        spliced::check(&known, &pack.pack.databases, place, &mut found);
        services::names(&pack.pack, &places, place, &mut found);
        services::switches(&pack.pack, hop, place, &mut found);
    }
    let place = Place::of(PACK_FILE, &pack.sources.pack);
    let secrets = commands::secrets(&pack.pack, &[]);
    let names = commands::Names {
        inputs: &pack.pack.inputs,
        secrets: &secrets,
        variables: &variables,
        pack: &pack.pack,
    };
    commands::check(&names, place, &mut found);
    routes::check(place, &mut found);
    spliced::check(&pack.pack.inputs, &pack.pack.databases, place, &mut found);
    inputs::check(&pack.pack.inputs, &pack.pack.inputs, place, &mut found);
    services::check(&pack.pack, place, &mut found);
    databases::check(&pack.pack, place, &mut found);
    sources::check(&pack.pack, place, &mut found);
    unused_inputs::check(pack, &mut found);
    if found.0.iter().all(|one| one.severity != Gravity::Error) {
        hops::unverified(pack, &mut found);
        hops::broken_off(pack, &mut found);
        exercised::check(pack, &mut found);
    }
    found
        .0
        .sort_by(|one, other| (&one.file, one.span.start).cmp(&(&other.file, other.span.start)));
    found.0.dedup();
    found.0
}

/// A file with its text and index, for pointing at places in it.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub file: &'p str,
    pub text: &'p str,
    pub index: &'p Index,
}

impl<'p> Place<'p> {
    pub fn of<T>(file: &'p str, parsed: &'p Parsed<T>) -> Self {
        Self {
            file,
            text: &parsed.text,
            index: parsed.index(),
        }
    }

    pub fn guide(pack: &'p LoadedPack) -> Option<Self> {
        let parsed = pack.guide_file()?;
        Some(Self::of(GUIDE_FILE, parsed))
    }
}

/// Collects what the duties find.
#[derive(Default)]
struct Found(Vec<Diagnostic>);

impl Found {
    /// An error about a key.
    fn key(&mut self, place: Place<'_>, route: &Route, message: String, help: &str) {
        let span = place.index.span(route);
        self.add(Gravity::Error, place, span, message, help);
    }

    /// An error about a value.
    fn value(&mut self, place: Place<'_>, route: &Route, message: String, help: &str) {
        let span = place.index.value(route);
        self.add(Gravity::Error, place, span, message, help);
    }

    fn warn(&mut self, place: Place<'_>, route: &Route, message: String, help: &str) {
        let span = place.index.span(route);
        self.add(Gravity::Warning, place, span, message, help);
    }

    fn add(
        &mut self,
        gravity: Gravity,
        place: Place<'_>,
        span: std::ops::Range<usize>,
        message: String,
        help: &str,
    ) {
        let fault = Fault {
            span,
            message,
            label: "here".to_owned(),
            help: Some(help.to_owned()),
        };
        self.0
            .push(Diagnostic::new(gravity, place.file, place.text, fault));
    }
}

/// A route from its parts: `checklist[2].probe`.
fn at(route: &Route, key: &str) -> Route {
    route.child(Segment::Key(key.to_owned()))
}

fn item(route: &Route, index: usize) -> Route {
    route.child(Segment::Index(index))
}

/// Hops in which a file's entries act: the file itself, and those that include it.
fn hosts<'p>(pack: &'p LoadedPack, file: &str) -> Vec<&'p Hop> {
    let includes = |hop: &Hop| hop.include.iter().any(|name| name.as_str() == file);
    let hosts: Vec<&Hop> = pack
        .hops
        .iter()
        .filter(|hop| hop.file == file || includes(&hop.hop))
        .map(|hop| &*hop.hop)
        .collect();
    if hosts.is_empty() {
        // Only included by an included file: judge it against all hops.
        return pack.hops.iter().map(|hop| &*hop.hop).collect();
    }
    hosts
}

fn known_inputs(pack: &LoadedPack, file: &str) -> BTreeMap<String, Input> {
    let mut inputs = pack.pack.inputs.clone();
    for hop in hosts(pack, file) {
        inputs.extend(hop.inputs.clone());
    }
    inputs
}

fn backup_names(pack: &LoadedPack, file: &str) -> Vec<String> {
    use crate::model::rule::BackupRule;
    let name = |rule: &BackupRule| match rule {
        BackupRule::Command(command) => Some(command.id.clone()),
        BackupRule::Database(database) => Some(database.name.clone()),
        BackupRule::Files { .. } => None,
    };
    let rules = hosts(pack, file).into_iter().flat_map(|hop| &hop.backup);
    rules.filter_map(name).collect()
}
