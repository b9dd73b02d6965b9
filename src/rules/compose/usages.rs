//! Places that people must change: those that the search found, and what the planned edits leave of
//! them. A file that a step changes has other lines afterwards, and often nothing left to do.

use crate::{
    model::{ids::RuleId, path::RelPath, rule::Usage, survey::UsageHit, text::sanitize},
    redact::Redactor,
    rules::{
        assess::{Assessment, Case, editors::Editors},
        ids,
        preview::{FilePreview, preview_of},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// What the search found by the rules of this road.
pub fn found(case: Case, redactor: &Redactor) -> Vec<UsageHit> {
    let rules = rules(case);
    let hits = case.survey.usages.iter();
    hits.filter(|hit| rules.contains_key(&hit.rule))
        .map(|hit| UsageHit {
            text: redactor.redact(&hit.text).into_owned(),
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
    if asked.is_empty() {
        return Vec::new();
    }
    let of_file = |preview: FilePreview| -> Vec<UsageHit> {
        let asked = asked
            .iter()
            .filter(|(file, _)| *file == preview.file.as_str());
        let hits = asked.flat_map(|(_, rule)| hits_in(&preview, rule, rules[*rule]));
        hits.collect()
    };
    let wanted = |file: &RelPath| asked.iter().any(|(asked, _)| *asked == file.as_str());
    preview_of(case, assessment, Editors::REAL, redactor, wanted, of_file)
        .into_iter()
        .flatten()
        .collect()
}

fn hits_in(preview: &FilePreview, rule: &RuleId, usage: &Usage) -> Vec<UsageHit> {
    let lines = preview.after.lines().zip(1..);
    lines
        .filter(|(line, _)| usage.search.is_match(line))
        .map(|(text, line)| UsageHit {
            rule: rule.clone(),
            file: preview.file.to_string(),
            line,
            text: sanitize(text.trim()),
        })
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
