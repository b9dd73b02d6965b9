//! A case of a pack: a product before the upgrade, what its machine reports, what the operator
//! answers, and the expected result. Packs carry their cases in `cases/<name>/`: `case.yaml`, the
//! files in `before/`, and in `after/` those that differ afterwards.
//!
//! A case can prove what is wrong with the guide (`proves`): something that it expects must cite
//! that id, so the case fails for a pack that believes the guide.
//!
//! Only the types and the comparison: the caller lays out the files and assesses them.

mod machine;

pub use machine::{KeyCount, Machine, Page, Row, Running, Said};

use super::{assess::Assessment, valid};
use crate::model::{
    finding::{Decision, FindingKind},
    ids::{CheckId, GuideId, InputName, RuleId, StepId},
    record::CheckVerdict,
    release::Release,
    rule::Severity,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackCase {
    /// What the case shows, in a sentence.
    pub title: String,
    /// What is wrong with the guide, by id: fails for a pack that believes the guide there.
    #[serde(default)]
    pub proves: Vec<GuideId>,
    pub from: Release,
    pub to: Release,
    #[serde(default)]
    pub machine: Machine,
    #[serde(default)]
    pub inputs: BTreeMap<InputName, String>,
    /// `take`, `leave` or the id of an option, by finding.
    #[serde(default)]
    pub decisions: BTreeMap<RuleId, String>,
    #[serde(default)]
    pub variants: BTreeMap<String, String>,
    pub expect: Expected,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Every finding except those that report nothing to do. If this is absent, the case is not
    /// about findings, questions and files.
    #[serde(default)]
    pub findings: Option<BTreeMap<RuleId, ExpectedFinding>>,
    /// Findings that say that nothing is to do, as far as the case is about them.
    #[serde(default)]
    pub nothing_to_do: Vec<RuleId>,
    /// The inputs that the operator is asked, except those with a default.
    #[serde(default)]
    pub asked: Vec<InputName>,
    /// Answers that are refused.
    #[serde(default)]
    pub refused: Vec<InputName>,
    /// What becomes of checks on this machine.
    #[serde(default)]
    pub checks: BTreeMap<CheckId, ExpectedCheck>,
    /// Steps of the upgrade, then of the way back, then of emergencies, in this order.
    #[serde(default)]
    pub steps: Vec<ExpectedStep>,
    /// Ids of the guide that a note to the operator must cite; where the guide is wrong about one,
    /// the note must be one with a doubt.
    #[serde(default)]
    pub told: Vec<GuideId>,
    /// Findings, checks and steps of the pack that must not appear here, by the ids they would
    /// have.
    #[serde(default)]
    pub absent: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedCheck {
    pub is: CheckVerdict,
    /// Must occur in the message of the check.
    #[serde(default)]
    pub because: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedStep {
    pub step: StepId,
    /// Must occur in what the plan says the step does.
    #[serde(default)]
    pub does: Option<String>,
    /// Must occur in what the plan says about undoing it.
    #[serde(default)]
    pub undo: Option<String>,
    /// How the step ends on this machine.
    #[serde(default)]
    pub ends: Option<StepEnds>,
    /// Must occur in the message with which the step ends.
    #[serde(default)]
    pub because: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepEnds {
    Done,
    /// It need not run.
    AlreadyDone,
    Failed,
}

impl Expected {
    /// Whether the case expects anything that only a plan can show.
    pub fn needs_plan(&self) -> bool {
        let about_it = self.checks.len() + self.steps.len() + self.told.len() + self.absent.len();
        about_it > 0
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
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

/// The files of a pack that are cases, by the name of the case.
pub fn names<'f>(
    files: impl Iterator<Item = &'f String>,
) -> impl Iterator<Item = (&'f str, &'f str)> {
    files.filter_map(|file| {
        let name = file.strip_prefix("cases/")?.strip_suffix("/case.yaml")?;
        Some((name, file.as_str()))
    })
}

/// Folders of a pack that look like a case and have no `case.yaml`: nobody runs them.
pub fn without_file<'f>(files: impl Iterator<Item = &'f String> + Clone) -> BTreeSet<&'f str> {
    let named: BTreeSet<&str> = names(files.clone()).map(|(name, _)| name).collect();
    let folder = |file: &'f String| Some(file.strip_prefix("cases/")?.split_once('/')?.0);
    let folders: BTreeSet<&str> = files.filter_map(folder).collect();
    folders.difference(&named).copied().collect()
}

/// Where an assessment differs from what the case expects, one sentence each; empty if it agrees.
pub fn compare(case: &PackCase, found: &Assessment) -> Vec<String> {
    let expected = &case.expect;
    let mut wrong = Vec::new();
    let stands = |id: &RuleId| found.findings.iter().find(|finding| finding.id == *id);
    for id in &expected.nothing_to_do {
        if !stands(id).is_some_and(|finding| finding.kind.is_met()) {
            wrong.push(format!("{id} does not say that nothing is to do"));
        }
    }
    for name in &expected.refused {
        if !is_refused(case, name, found) {
            wrong.push(format!("the answer to {name} is not refused"));
        }
    }
    if let Some(findings) = &expected.findings {
        wrong.extend(compare_findings(findings, found));
        wrong.extend(asked(expected, found));
    }
    wrong
}

fn compare_findings(
    expected: &BTreeMap<RuleId, ExpectedFinding>,
    found: &Assessment,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for finding in &found.findings {
        let quiet = finding.kind.is_met();
        match expected.get(&finding.id) {
            Some(wanted) if wanted.kind != finding.kind => wrong.push(format!(
                "{} is of the kind {} and not {}",
                finding.id,
                written(&finding.kind),
                written(&wanted.kind)
            )),
            Some(wanted)
                if wanted
                    .severity
                    .is_some_and(|severity| severity != finding.severity) =>
            {
                wrong.push(format!(
                    "{} has the severity {}",
                    finding.id,
                    written(&finding.severity)
                ));
            }
            None if !quiet => wrong.push(format!(
                "{0} is not expected; if it is right: `{0}: {{kind: {1}, severity: {2}}}`",
                finding.id,
                written(&finding.kind),
                written(&finding.severity)
            )),
            Some(_) | None => {}
        }
    }
    let stands = |id: &RuleId| found.findings.iter().any(|finding| finding.id == *id);
    let missing = expected.keys().filter(|id| !stands(id));
    wrong.extend(missing.map(|id| format!("{id} is not found")));
    wrong
}

/// The word that a case uses for a value.
fn written(word: &impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

fn is_refused(case: &PackCase, name: &InputName, found: &Assessment) -> bool {
    let asked = found.inputs.iter().find(|asked| asked.name == *name);
    let rule = asked.and_then(|asked| asked.input.valid.as_ref());
    let said = rule.zip(case.inputs.get(name));
    said.is_some_and(|(rule, answer)| !valid::faults(rule, answer).is_empty())
}

/// What is cited by the findings and questions that a case is about.
pub fn cited<'a>(expected: &'a Expected, found: &'a Assessment) -> Vec<&'a GuideId> {
    let listed = expected.findings.iter().flat_map(BTreeMap::keys);
    let ids: Vec<&RuleId> = listed.chain(&expected.nothing_to_do).collect();
    let findings = found.findings.iter();
    let findings = findings.filter(|finding| ids.contains(&&finding.id));
    let asked = found.inputs.iter();
    let refused = asked.filter(|asked| expected.refused.contains(&asked.name));
    findings
        .flat_map(|finding| &finding.cites)
        .chain(refused.flat_map(|asked| &asked.input.cites))
        .collect()
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

/// Where files differ from those of the case; both maps are keyed by the path below the root.
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
                visible(other),
                visible(one)
            )
        }
        None => format!(
            "{file}: {} bytes where the case has {}",
            text.len(),
            wanted.len()
        ),
    }
}

/// The line with invisible characters escaped: tabs, the `\r` of a CRLF line end.
fn visible(line: &str) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    line.chars().map(shown).collect()
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
        let wrong = compare_files(&files("a: \"\""), &files("a: 'ü\\'\t"));
        assert_eq!(wrong, [r#"a:1: `a: 'ü\'\t` where the case has `a: ""`"#]);
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
