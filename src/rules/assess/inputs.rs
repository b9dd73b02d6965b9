//! Which inputs the path needs: those named by a taken change, a step, a check or a condition. An
//! input with a default is a parameter and need not be asked.

use super::{Case, Typed, taken_changes, typed_in};
use crate::{
    model::{
        finding::{FileChange, Finding, ProposedChange},
        ids::InputName,
        path::RelPath,
        rule::{BackupRule, Condition, Hop, Input},
        template::{Known, Name, Template},
        text::Secret,
    },
    rules::condition::{Answers, Facts, applies},
};
use serde_json::Value;
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
fn reasons(case: Case, facts: &Facts, findings: &[Finding]) -> BTreeMap<String, String> {
    let mut why = BTreeMap::new();
    let mut note = |names: BTreeSet<String>, reason: &str| {
        for name in names {
            why.entry(name).or_insert_with(|| reason.to_owned());
        }
    };
    for finding in findings {
        let changes = taken_changes(finding, case.decisions.get(&finding.id));
        for change in changes.filter(|change| !is_literal(change)) {
            note(mentioned(&change.what), &finding.title);
        }
    }
    for (_, hop) in case.hops_on_path() {
        for (title, names) in spoken_of(hop, facts) {
            note(names, title);
        }
    }
    why
}

/// Whether text that looks like a placeholder in this change is meant literally.
fn is_literal(change: &ProposedChange) -> bool {
    match &change.what {
        FileChange::Edit(edit) => edit.literal,
        FileChange::Write { .. } => false,
    }
}

/// The inputs that the steps and checks of a hop speak of, with their titles.
fn spoken_of<'a>(hop: &'a Hop, facts: &Facts) -> Vec<(&'a str, BTreeSet<String>)> {
    let mut spoken = Vec::new();
    for step in hop.steps() {
        if applies(step.when.as_ref(), facts) {
            spoken.push((step.title.as_str(), mentioned(step)));
        }
    }
    for check in hop.checks() {
        if applies(check.when.as_ref(), facts) {
            spoken.push((check.title.as_str(), mentioned(check)));
        }
    }
    for watch in &hop.watch {
        if applies(watch.when.as_ref(), facts) {
            spoken.push((watch.title.as_str(), mentioned(watch)));
        }
    }
    for rule in &hop.backup {
        match rule {
            BackupRule::Command(command) if applies(command.when.as_ref(), facts) => {
                spoken.push((command.title.as_str(), mentioned(command)));
            }
            BackupRule::Command(_) | BackupRule::Database(_) | BackupRule::Files { .. } => {}
        }
    }
    let asked = |leaf: &Condition| match leaf {
        Condition::Input { name, .. } => Some(name.clone()),
        _no_input => None,
    };
    // Inputs in conditions are always needed: without answers, what applies is unknown.
    let leaves = hop.conditions().flat_map(Condition::leaves);
    spoken.push(("what applies here", leaves.filter_map(asked).collect()));
    spoken
}

/// Whether the answer to an input is filled into texts: those of an edit or of a whole file.
pub fn is_filled_into(texts: &impl serde::Serialize, name: &InputName) -> bool {
    mentioned(texts).contains(name.as_str())
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

/// Every `{{input.NAME}}` in the texts of a rule or a change.
fn mentioned(rule: &impl serde::Serialize) -> BTreeSet<String> {
    let names = names_in(rule);
    let inputs = names.iter().filter_map(Name::input);
    inputs.map(str::to_owned).collect()
}

/// Every placeholder name in the texts of a rule or a change, at any depth.
pub(in crate::rules) fn names_in(rule: &impl serde::Serialize) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    if let Ok(value) = serde_json::to_value(rule) {
        collect(&value, &mut names);
    }
    names
}

fn collect(value: &Value, names: &mut BTreeSet<Name>) {
    match value {
        Value::String(text) if text.contains("{{") => {
            if let Ok(template) = Template::parse(text) {
                names.extend(template.names().cloned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(entries) => entries.values().for_each(|entry| collect(entry, names)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
