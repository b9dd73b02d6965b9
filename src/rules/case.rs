//! A case of a pack: a product as it was, what the operator says, and what must come of it. Packs
//! carry their cases in `cases/<name>/`: `case.yaml`, the files in `before/`, and those that differ
//! afterwards in `after/`.
//!
//! Only the types and the comparison; whoever calls lays the files out and holds the rules against
//! them.

use super::assess::Assessment;
use crate::model::{
    finding::{Decision, FindingKind},
    ids::{InputName, RuleId},
    release::Release,
    rule::Severity,
};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackCase {
    /// What the case shows, in a sentence.
    pub title: String,
    pub from: Release,
    pub to: Release,
    /// What the operator's shell exports.
    #[serde(default)]
    pub process: BTreeMap<String, String>,
    /// Programs that the operator's shell finds: the file that each of them really is.
    #[serde(default)]
    pub programs: Vec<PathBuf>,
    #[serde(default)]
    pub inputs: BTreeMap<InputName, String>,
    /// `take`, `leave` or the id of an option, by finding.
    #[serde(default)]
    pub decisions: BTreeMap<RuleId, String>,
    #[serde(default)]
    pub variants: BTreeMap<String, String>,
    pub expect: Expected,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Every finding but those that say that nothing is to do.
    #[serde(default)]
    pub findings: BTreeMap<RuleId, ExpectedFinding>,
    /// Findings that say that nothing is to do, as far as the case is about them.
    #[serde(default)]
    pub nothing_to_do: Vec<RuleId>,
    /// What the operator is asked, parameters with a default apart.
    #[serde(default)]
    pub asked: Vec<InputName>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    pub kind: FindingKind,
    #[serde(default)]
    pub severity: Option<Severity>,
}

impl PackCase {
    pub fn decided(&self) -> BTreeMap<RuleId, Decision> {
        let decision = |word: &String| match word.as_str() {
            "take" => Decision::Take,
            "leave" => Decision::Leave,
            option => Decision::Choose(option.to_owned()),
        };
        let all = self.decisions.iter();
        all.map(|(id, word)| (id.clone(), decision(word))).collect()
    }
}

/// Where an assessment is not what the case expects; a sentence each, none when all is well.
pub fn compare(expected: &Expected, found: &Assessment) -> Vec<String> {
    let mut wrong = Vec::new();
    for finding in &found.findings {
        let quiet = finding.kind.is_met();
        match expected.findings.get(&finding.id) {
            Some(wanted) if wanted.kind != finding.kind => wrong.push(format!(
                "{} is {:?} and not {:?}",
                finding.id, finding.kind, wanted.kind
            )),
            Some(wanted)
                if wanted
                    .severity
                    .is_some_and(|severity| severity != finding.severity) =>
            {
                wrong.push(format!(
                    "{} has the severity {:?}",
                    finding.id, finding.severity
                ));
            }
            None if !quiet => wrong.push(format!(
                "{} is not expected: {:?}, {:?}",
                finding.id, finding.kind, finding.severity
            )),
            Some(_) | None => {}
        }
    }
    let stands = |id: &RuleId| found.findings.iter().find(|finding| finding.id == *id);
    for id in expected.findings.keys().filter(|id| stands(id).is_none()) {
        wrong.push(format!("{id} is not found"));
    }
    for id in &expected.nothing_to_do {
        if !stands(id).is_some_and(|finding| finding.kind.is_met()) {
            wrong.push(format!("{id} does not say that nothing is to do"));
        }
    }
    wrong.extend(asked(expected, found));
    wrong
}

fn asked(expected: &Expected, found: &Assessment) -> Vec<String> {
    let mut wrong = Vec::new();
    let open = found
        .inputs
        .iter()
        .filter(|asked| asked.input.default.is_none());
    let open: Vec<&InputName> = open.map(|asked| &asked.name).collect();
    for name in open.iter().filter(|name| !expected.asked.contains(name)) {
        wrong.push(format!("the input {name} is asked"));
    }
    for name in expected.asked.iter().filter(|name| !open.contains(name)) {
        wrong.push(format!("the input {name} is not asked"));
    }
    wrong
}

/// Where files are not as the case has them, by their path below the root.
pub fn compare_files(
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, wanted) in expected {
        match found.get(file) {
            None => wrong.push(format!("{file} is not there")),
            Some(text) if text != wanted => wrong.push(first_difference(file, wanted, text)),
            Some(_) => {}
        }
    }
    let unexpected = found.keys().filter(|file| !expected.contains_key(*file));
    wrong.extend(unexpected.map(|file| format!("{file} is not expected")));
    wrong
}

fn first_difference(file: &str, wanted: &str, text: &str) -> String {
    let mut pairs = wanted.split('\n').zip(text.split('\n')).enumerate();
    match pairs.find(|(_, (one, other))| one != other) {
        Some((n, (one, other))) => {
            format!(
                "{file}:{}: `{}` where the case has `{}`",
                n + 1,
                other.escape_debug(),
                one.escape_debug()
            )
        }
        None => format!(
            "{file}: {} bytes where the case has {}",
            text.len(),
            wanted.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_file_and_line() {
        let files = |text: &str| BTreeMap::from([("a".to_owned(), text.to_owned())]);
        assert_eq!(
            compare_files(&files("x\ny\n"), &files("x\ny\n")),
            Vec::<String>::new()
        );
        let wrong = compare_files(&files("x\ny\n"), &files("x\r\ny\n"));
        assert_eq!(wrong, ["a:1: `x\\r` where the case has `x`"]);
        assert_eq!(
            compare_files(&BTreeMap::new(), &files("")),
            ["a is not expected"]
        );
        assert_eq!(
            compare_files(&files("x"), &BTreeMap::new()),
            ["a is not there"]
        );
    }
}
