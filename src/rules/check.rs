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
mod vocabulary;

pub(super) use cites::is_cite;
pub(super) use ids::rule_ids;
pub use proofs::unread as unread_cases;

use super::{
    diagnostic::{Diagnostic, Fault, Gravity, nearest},
    index::Index,
    pack::{GUIDE_FILE, LoadedPack, PACK_FILE},
    parse::Parsed,
};
use crate::model::{
    route::Route,
    rule::{BackupRule, Hop, Input, Pack, Places},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Everything that is wrong with a pack or doubtful about it; files in order, places in order.
/// A pack with an error must not be planned with.
pub fn check(pack: &LoadedPack) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    cites::check(pack, &mut found);
    proofs::check(pack, &mut found);
    ids::check(pack, &mut found);
    hops::check(pack, &mut found);
    let variables = commands::variables(pack);
    for (file, parsed) in &pack.sources.hops {
        let sheet = Sheet::of(SourceFile::of(file, parsed), &mut found);
        of_hop(pack, &variables, &parsed.value, sheet);
    }
    let pack_file = SourceFile::of(PACK_FILE, &pack.sources.pack);
    of_pack(&pack.pack, &variables, Sheet::of(pack_file, &mut found));
    unused_inputs::check(pack, &mut found);
    if found.iter().all(|one| one.severity != Gravity::Error) {
        hops::unverified(pack, &mut found);
        hops::broken_off(pack, &mut found);
        exercised::check(pack, &mut found);
    }
    found.sort_by(|one, other| (&one.file, one.span.start).cmp(&(&other.file, other.span.start)));
    found.dedup();
    found
}

/// What stands in one rules file, a hop or what hops include.
fn of_hop(pack: &LoadedPack, variables: &BTreeSet<&str>, hop: &Hop, mut sheet: Sheet) {
    let sheet = &mut sheet;
    let known = known_inputs(pack, sheet.file);
    let names = commands::Names {
        inputs: &known,
        secrets: &commands::secrets(&pack.pack, &hosts(pack, sheet.file)),
        variables,
        pack: &pack.pack,
    };
    config::check(pack, hop, sheet);
    inputs::check(&hop.inputs, &known, sheet);
    inputs::variables(hop, &known, sheet);
    steps::check(hop, &backup_names(pack, sheet.file), sheet);
    steps::emergency(hop, sheet);
    let places = Places::of_hop(hop);
    steps::one_action(&places.actions, sheet);
    probes::check(hop, &places.probes, sheet);
    measures::check(hop, sheet);
    sql::check(&places, &pack.pack.databases, sheet);
    commands::check(&names, sheet);
    routes::check(sheet);
    spliced::check(&known, &pack.pack.databases, sheet);
    services::names(&pack.pack, &places, sheet);
    services::switches(&pack.pack, hop, sheet);
}

/// What stands in pack.yaml.
fn of_pack(pack: &Pack, variables: &BTreeSet<&str>, mut sheet: Sheet) {
    let sheet = &mut sheet;
    let names = commands::Names {
        inputs: &pack.inputs,
        secrets: &commands::secrets(pack, &[]),
        variables,
        pack,
    };
    commands::check(&names, sheet);
    routes::check(sheet);
    spliced::check(&pack.inputs, &pack.databases, sheet);
    inputs::check(&pack.inputs, &pack.inputs, sheet);
    inputs::before_questions(pack, sheet);
    services::check(pack, sheet);
    databases::check(pack, sheet);
    sources::check(pack, sheet);
}

/// A file of the pack with its text and index, for pointing at places in it.
#[derive(Clone, Copy)]
pub(super) struct SourceFile<'p> {
    pub name: &'p str,
    pub text: &'p str,
    pub index: &'p Index,
}

impl<'p> SourceFile<'p> {
    pub fn of<T>(name: &'p str, parsed: &'p Parsed<T>) -> Self {
        Self {
            name,
            text: &parsed.text,
            index: parsed.index(),
        }
    }

    pub fn guide(pack: &'p LoadedPack) -> Option<Self> {
        let parsed = pack.guide_file()?;
        Some(Self::of(GUIDE_FILE, parsed))
    }

    /// Of pack.yaml, and of every hop and what hops include.
    pub fn rules(pack: &'p LoadedPack) -> impl Iterator<Item = Self> {
        let hops = pack.sources.hops.iter();
        let hops = hops.map(|(file, parsed)| Self::of(file, parsed));
        std::iter::once(Self::of(PACK_FILE, &pack.sources.pack)).chain(hops)
    }
}

/// A file that is being checked, and where to put what is wrong in it.
struct Sheet<'p, 'f> {
    file: &'p str,
    text: &'p str,
    index: &'p Index,
    found: &'f mut Vec<Diagnostic>,
}

impl<'p, 'f> Sheet<'p, 'f> {
    fn of(file: SourceFile<'p>, found: &'f mut Vec<Diagnostic>) -> Self {
        Self {
            file: file.name,
            text: file.text,
            index: file.index,
            found,
        }
    }

    /// An error about a key.
    fn key(&mut self, route: &Route, message: String, help: &str) {
        self.error(self.index.span(route), message, help);
    }

    /// An error about a value.
    fn value(&mut self, route: &Route, message: String, help: &str) {
        self.error(self.index.value(route), message, help);
    }

    fn error(&mut self, span: Range<usize>, message: String, help: &str) {
        self.add(Gravity::Error, span, message, help);
    }

    fn warn(&mut self, route: &Route, message: String, help: &str) {
        self.add(Gravity::Warning, self.index.span(route), message, help);
    }

    fn add(&mut self, gravity: Gravity, span: Range<usize>, message: String, help: &str) {
        let fault = Fault {
            span,
            message,
            label: "here".to_owned(),
            help: Some(help.to_owned()),
        };
        let diagnostic = Diagnostic::new(gravity, self.file, self.text, fault);
        self.found.push(diagnostic);
    }
}

/// A warning about a file as a whole.
fn warning_of_file(file: &str, message: &str, help: &str) -> Diagnostic {
    let mut warning = Diagnostic::of_file(file, message, help);
    warning.severity = Gravity::Warning;
    warning
}

/// What to do about an unknown name: the nearest known one and where such names stand, or what else.
fn meant<'k>(
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
    where_known: &str,
    otherwise: &str,
) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`? {where_known}")
            .trim_end()
            .to_owned(),
        None => otherwise.to_owned(),
    }
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
    let name = |rule: &BackupRule| match rule {
        BackupRule::Command(command) => Some(command.id.clone()),
        BackupRule::Database(database) => Some(database.name.clone()),
        BackupRule::Files { .. } => None,
    };
    let rules = hosts(pack, file).into_iter().flat_map(|hop| &hop.backup);
    rules.filter_map(name).collect()
}
