//! Which inputs the path needs: those named by a taken change, by what a hop carries out, by the
//! databases and services that it speaks of, or by a condition. An input with a default is a
//! parameter and need not be asked.

use super::{Case, Typed, taken_changes, typed_in};
use crate::{
    model::{
        finding::{FileChange, Finding, ProposedChange},
        ids::InputName,
        path::RelPath,
        rule::{Database, Input},
        template::{Known, Name, Template},
        text::Secret,
    },
    rules::{
        condition::{Answers, Facts, applies},
        filled::{Part, inputs_in, inputs_of, parts, settled},
    },
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq)]
pub struct AskedInput {
    pub name: InputName,
    /// The first hop of the path that asks for it.
    pub hop: usize,
    pub input: Input,
    /// No plan can be made without an answer.
    pub needed: bool,
    /// What needs it, in words.
    pub why: String,
    /// Of a value that is typed in answer to a question: where it goes.
    pub typed: Option<Typed>,
}

/// Every input of the pack and of the path's hops, in that order; the first of a name counts.
fn inputs(case: Case<'_>) -> impl Iterator<Item = (usize, &String, &Input)> {
    let of_pack = case
        .pack
        .inputs
        .iter()
        .map(|(name, input)| (0, name, input));
    let of_hops = case.hops_on_path().flat_map(|(n, hop)| {
        let inputs = hop.inputs.iter();
        inputs.map(move |(name, input)| (n, name, input))
    });
    of_pack.chain(of_hops)
}

pub fn find_input<'a>(case: Case<'a>, name: &InputName) -> Option<&'a Input> {
    let found = inputs(case).find(|(_, other, _)| *other == name.as_str());
    found.map(|(_, _, input)| input)
}

pub fn input_names(case: Case<'_>) -> impl Iterator<Item = &str> {
    inputs(case).map(|(_, name, _)| name.as_str())
}

/// The answers, plus the defaults of inputs without one. A default may refer to other inputs and to
/// variables; one that cannot be filled in yet is left out.
pub fn answers_with_defaults(case: Case) -> Answers {
    let mut answers = case.answers.clone();
    // A default may refer to one that comes later, so repeat until nothing is added.
    loop {
        let known = answers.len();
        for (_, name, input) in inputs(case) {
            let name = InputName::new(name.as_str());
            if answers.contains_key(&name) {
                continue;
            }
            let Some(default) = &input.default else {
                continue;
            };
            if let Some(value) = fill(case, &answers, default) {
                answers.insert(name, Secret::new(value));
            }
        }
        if answers.len() == known {
            return answers;
        }
    }
}

fn fill(case: Case, answers: &Answers, template: &Template) -> Option<String> {
    template.render(|name| known(case, answers, name)).ok()
}

/// The value of a placeholder before any change; the releases are those of the whole path.
pub(in crate::rules) fn known(case: Case, answers: &Answers, name: &Name) -> Option<String> {
    let known = Known {
        root: Some(&case.survey.root),
        releases: Some((&case.path.from, &case.path.to)),
        input: |name: &InputName| Some(answers.get(name)?.expose().to_owned()),
        env: |name: &str| {
            let sighting = case.survey.variables.get(name)?.effective()?;
            Some(sighting.value.expose().to_owned())
        },
    };
    known.get(name)
}

pub(super) fn asked(case: Case, answers: &Answers, findings: &[Finding]) -> Vec<AskedInput> {
    let facts = case.facts(answers);
    let why = reasons(case, &facts, findings);
    let mut seen = BTreeSet::new();
    let mut asked = Vec::new();
    for (hop, name, input) in inputs(case) {
        let reason = why.get(name);
        let counts = applies(input.when.as_ref(), &facts) && seen.insert(name);
        if !counts || (reason.is_none() && input.default.is_none()) {
            continue;
        }
        asked.push(AskedInput {
            name: InputName::new(name.as_str()),
            hop,
            input: input.clone(),
            needed: input.default.is_none(),
            why: reason.cloned().unwrap_or_default(),
            typed: None,
        });
    }
    asked
}

/// The typed values whose option the operator chose.
pub(super) fn chosen<'a>(
    case: Case<'a>,
    typed: &'a [AskedInput],
    findings: &'a [Finding],
) -> impl Iterator<Item = AskedInput> {
    let chosen = findings.iter().filter_map(move |finding| {
        let name = typed_in(finding, case.decisions.get(&finding.id))?;
        typed.iter().find(|asked| asked.name == *name)
    });
    chosen.cloned()
}

/// Why each input is needed: the first thing that speaks of it.
#[derive(Default)]
struct Reasons(BTreeMap<String, String>);

impl Reasons {
    fn note(&mut self, names: BTreeSet<String>, reason: &str) {
        for name in names {
            self.0.entry(name).or_insert_with(|| reason.to_owned());
        }
    }
}

fn reasons(case: Case, facts: &Facts, findings: &[Finding]) -> BTreeMap<String, String> {
    let mut why = Reasons::default();
    let mut changed = BTreeSet::new();
    for finding in findings {
        for change in taken_changes(finding, case.decisions.get(&finding.id)) {
            changed.insert((finding.hop, &change.file));
            if !is_literal(change) {
                why.note(inputs_in(&change.what), &finding.title);
            }
        }
    }
    let mut carried_out = Vec::new();
    for (n, hop) in case.hops_on_path() {
        for part in parts(hop) {
            let comes = part.after.is_none_or(|file| changed.contains(&(n, file)));
            if comes && applies(part.when, facts) {
                why.note(part.inputs(), part.title);
                carried_out.push(part);
            }
        }
        // Inputs in conditions are always needed: without answers, what applies is unknown.
        let conditions = hop.conditions().chain(hop.conditions_of_inputs());
        why.note(inputs_of(conditions), "what applies here");
    }
    of_pack(case, facts, &carried_out, &mut why);
    of_defaults(case, &mut why);
    why.0
}

/// What the path needs of the pack itself: its conditions, and the databases and services that
/// these parts speak of.
fn of_pack(case: Case, facts: &Facts, carried_out: &[Part], why: &mut Reasons) {
    let Case { pack, .. } = case;
    let is_meant = |name: &String| carried_out.iter().any(|part| part.speaks_of(name));
    let mut served_by = Vec::new();
    for (name, database) in pack.databases.iter().filter(|(name, _)| is_meant(name)) {
        why.note(inputs_in(database), &format!("the database `{name}`"));
        if let Database::Sqlite(file) = database {
            served_by.extend(&file.open_by);
        }
    }
    for (name, service) in &pack.services {
        if is_meant(name) || served_by.contains(&name) {
            let ways = service.ways.iter().filter_map(|way| way.when.as_ref());
            why.note(inputs_of(ways), &service.title);
            why.note(inputs_in(&settled(service, facts)), &service.title);
        }
    }
    if !case.path.hops.is_empty() {
        let variants = pack.variants.values().flatten();
        let inputs = pack.inputs.values();
        let inputs = inputs.filter_map(|input| input.when.as_ref());
        let conditions = inputs.chain(variants.map(|variant| &variant.when));
        why.note(inputs_of(conditions), "what applies here");
    }
}

/// What the default of a needed input is filled from is needed too, unless the input was answered.
fn of_defaults(case: Case, why: &mut Reasons) {
    let mut needed: Vec<(String, String)> = why.0.clone().into_iter().collect();
    while let Some((name, reason)) = needed.pop() {
        let name = InputName::new(name);
        let input = find_input(case, &name).filter(|_| !case.answers.contains_key(&name));
        let default = input.and_then(|input| input.default.as_ref());
        let names = default.map(Template::inputs).into_iter().flatten();
        let new: BTreeSet<String> = names
            .filter(|name| !why.0.contains_key(*name))
            .map(str::to_owned)
            .collect();
        needed.extend(new.iter().map(|name| (name.clone(), reason.clone())));
        why.note(new, &reason);
    }
}

/// Whether text that looks like a placeholder in this change is meant literally.
fn is_literal(change: &ProposedChange) -> bool {
    match &change.what {
        FileChange::Edit(edit) => edit.literal,
        FileChange::Write { .. } => false,
    }
}

/// Whether the answer to an input is filled into texts: those of an edit or of a whole file.
pub fn is_filled_into(texts: &impl serde::Serialize, name: &InputName) -> bool {
    inputs_in(texts).contains(name.as_str())
}

/// The files into which the taken changes write the answer to an input.
pub fn files_with<'f>(
    changes: impl Iterator<Item = &'f ProposedChange>,
    name: &InputName,
) -> BTreeSet<&'f RelPath> {
    let filled =
        |change: &&ProposedChange| !is_literal(change) && is_filled_into(&change.what, name);
    changes.filter(filled).map(|change| &change.file).collect()
}
