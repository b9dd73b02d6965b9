//! Places that people must change: those that the search found, and what the planned edits leave of
//! them. A file that a step changes has other lines afterwards, and often nothing left to do.

use crate::{
    model::{ids::RuleId, path::RelPath, rule::Usage, survey::UsageHit, text::sanitize},
    redact::Redactor,
    rules::{
        assess::{Assessment, Case},
        ids,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The limit for a displayed line.
const SHOWN_CHARS_MAX: usize = 200;

/// What the search found for the rules of this path.
pub fn found(case: Case, redactor: &Redactor) -> Vec<UsageHit> {
    let rules = rules(case);
    let hits = case.survey.usages.iter();
    hits.filter(|hit| rules.contains_key(&hit.rule))
        .map(|hit| UsageHit {
            text: shown(&hit.text, redactor),
            ..hit.clone()
        })
        .collect()
}

/// The same of the edited files alone, as the edits leave them.
pub fn after(case: Case, assessment: &Assessment, redactor: &Redactor) -> Vec<UsageHit> {
    let rules = rules(case);
    let hits = case.survey.usages.iter();
    let asked: BTreeSet<(&str, &RuleId)> = hits
        .filter(|hit| rules.contains_key(&hit.rule))
        .map(|hit| (hit.file.as_str(), &hit.rule))
        .collect();
    let mut left = Vec::new();
    for (file, edited) in &assessment.edited {
        for (_, rule) in asked.iter().filter(|(of, _)| *of == file.as_str()) {
            left.extend(hits_in(rule, rules[*rule], file, &edited.text, redactor));
        }
    }
    left
}

fn hits_in(
    rule: &RuleId,
    usage: &Usage,
    file: &RelPath,
    text: &str,
    redactor: &Redactor,
) -> Vec<UsageHit> {
    let lines = text.lines().zip(1..);
    lines
        .filter(|(line, _)| usage.search.is_match(line))
        .map(|(text, line)| UsageHit {
            rule: rule.clone(),
            file: file.to_string(),
            line,
            text: shown(&sanitize(text.trim()), redactor),
        })
        .collect()
}

/// A line cut to the limit, after its secrets are masked.
fn shown(line: &str, redactor: &Redactor) -> String {
    redactor
        .redact(line)
        .chars()
        .take(SHOWN_CHARS_MAX)
        .collect()
}

pub fn remedies(case: Case) -> BTreeMap<RuleId, String> {
    let rules = rules(case).into_iter();
    rules
        .map(|(id, usage)| (id, usage.remedy.clone()))
        .collect()
}

fn rules(case: Case<'_>) -> BTreeMap<RuleId, &Usage> {
    let mut rules = BTreeMap::new();
    for (n, hop) in case.hops_on_path() {
        let stem = ids::stem(&case.path.hops[n].file);
        let numbered = hop.usages.iter().enumerate();
        rules.extend(numbered.map(|(index, usage)| (ids::usage(stem, index), usage)));
    }
    rules
}
