//! Findings about text found by pattern: what is replaced, and code that people must change.

use super::{
    Walk,
    draft::{About, Source, option},
    files::Edited,
    passed_over::LEAVE_OUT,
    trouble,
};
use crate::{
    model::{
        edit::{Edit, Op},
        finding::{FileChange, Finding, FindingKind, Place, ProposedChange, Safety},
        format::Format,
        path::RelPath,
        pattern::Pattern,
        route::Route,
        rule::{Hop, ReplaceText, Severity},
        survey::FileState,
        units::count,
    },
    rules::ids,
};
use std::collections::{BTreeMap, BTreeSet};

/// The summary of a usage that the planned edits resolve completely; reports recognise it by this.
pub const CHANGED_BY_RUN: &str = "in use, and changed by this run";

pub(super) fn replace(walk: &mut Walk, hop: usize, index: usize, rule: &ReplaceText) {
    let Some(on_path) = walk.case.path.hops.get(hop) else {
        return;
    };
    let with = on_path.fill_with(&rule.with);
    let mut hits = Vec::new();
    let mut places = Vec::new();
    let found = walk.case.survey.found_by(&rule.files);
    for file in found.map(|(file, _)| file.clone()) {
        let text = match walk.state.files.text(&file) {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => {
                match walk.case.survey.files.get(&file) {
                    Some(FileState::Unusable { .. }) => left_out(walk, hop, index, &file, &why),
                    _ => trouble::cannot_be_used(walk, hop, file.as_str(), &why),
                }
                continue;
            }
        };
        let found = changing_lines(&rule.matches, &with, &text);
        if !found.is_empty() {
            places.extend(found.into_iter().map(|line| Place::new(&file, Some(line))));
            hits.push(file);
        }
    }
    let site = &walk.site(hop, |stem| ids::replace(stem, index));
    let source = Source::of(site, rule, !rule.optional);
    let kind = if hits.is_empty() {
        FindingKind::AlreadyDone
    } else {
        FindingKind::Text
    };
    let untold = || format!("text in {}", rule.files);
    let title = rule.title.clone().unwrap_or_else(untold);
    let mut finding = source.finding(kind, title);
    finding.summary = match (hits.len(), places.len()) {
        (0, _) => format!("nothing to replace in {}", rule.files),
        (1, 1) => "replaced at 1 place".to_owned(),
        (1, lines) => format!("replaced at {lines} places"),
        (files, lines) => format!("replaced at {lines} places in {files} files"),
    };
    if !hits.is_empty() {
        finding.safety = Safety::opt_in_if(rule.optional);
    }
    finding.changes = hits
        .into_iter()
        .map(|file| change(rule, &with, file))
        .collect();
    finding.input = finding
        .changes
        .iter()
        .find_map(|change| match &change.what {
            FileChange::Edit(edit) => edit.first_input(),
            FileChange::Write { .. } => None,
        });
    finding.places = places;
    walk.push(finding);
}

/// Reports a file that a pattern matches but that is not text, such as a picture among templates:
/// an operator who knows it confirms that nothing in it should be replaced. Once for all rules.
fn left_out(walk: &mut Walk, hop: usize, index: usize, file: &RelPath, why: &str) {
    let is_that = |f: &Finding| f.kind == FindingKind::LeftOut && f.title == file.as_str();
    if walk.findings.iter().any(is_that) {
        return;
    }
    let id = |stem: &str| ids::left_out(&ids::replace(stem, index), file.as_str());
    let site = &walk.site(hop, id);
    let source = Source::of(site, About::default(), true);
    let mut finding = source.finding(FindingKind::LeftOut, file.as_str());
    finding.summary = "cannot be read as text, not changed".to_owned();
    finding.because = Some(why.to_owned());
    finding.safety = Safety::Decide {
        question: format!(
            "{file}: {why}; nothing in it would be replaced; fix it, and plan again, or leave it as \
             it is"
        ),
        options: vec![option(
            LEAVE_OUT,
            "leave it as it is; nothing in it is meant",
        )],
        note: None,
    };
    finding.places = vec![Place::new(file, None)];
    walk.push(finding);
}

fn change(rule: &ReplaceText, with: &str, file: RelPath) -> ProposedChange {
    ProposedChange {
        file,
        format: Format::Text,
        what: FileChange::Edit(Edit::new(
            Route::default(),
            Op::Replace {
                pattern: rule.matches.clone(),
                with: with.to_owned(),
            },
        )),
        option: None,
    }
}

/// The lines, from 1, on which a match begins that would become something else.
fn changing_lines(pattern: &Pattern, with: &str, text: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for found in pattern.matches(text) {
        let Some(whole) = found.get_group(0) else {
            continue;
        };
        if found.interpolate_string(text, with) != text[whole] {
            line += text[counted..whole.start].matches('\n').count();
            counted = whole.start;
            lines.push(line);
        }
    }
    lines
}

/// Code and dashboards that people must change, but for what the planned edits change themselves.
pub(super) fn usages(walk: &mut Walk, hop: usize, rules: &Hop, edited: &BTreeMap<RelPath, Edited>) {
    for (index, rule) in rules.usages.iter().enumerate() {
        let site = &walk.site(hop, |stem| ids::usage(stem, index));
        let hits = walk.case.survey.usages.iter();
        let hits: Vec<_> = hits.filter(|hit| hit.rule == site.id).collect();
        if hits.is_empty() {
            continue;
        }
        let about = About {
            severity: rule.severity,
            cites: &rule.cites,
            doubt: rule.doubt.as_ref(),
            ..About::default()
        };
        let source = Source::of(site, about, true);
        let mut finding = source.finding(FindingKind::Usage, rule.remedy.as_str());
        // For an edited file, count what its edits leave.
        let files: BTreeSet<&str> = hits.iter().map(|hit| hit.file.as_str()).collect();
        let edited = edited
            .iter()
            .filter(|(file, _)| files.contains(file.as_str()));
        let edited: BTreeMap<&str, &str> = edited
            .map(|(file, edited)| (file.as_str(), edited.text.as_str()))
            .collect();
        let as_before = hits
            .iter()
            .filter(|hit| !edited.contains_key(hit.file.as_str()));
        let lines = edited.values().flat_map(|text| text.lines());
        let left = as_before.count() + lines.filter(|line| rule.search.is_match(line)).count();
        let must = match finding.severity {
            Severity::Breaking | Severity::Required => "must",
            Severity::Recommended => "should",
            Severity::Optional | Severity::Info => "may",
        };
        finding.summary = match left {
            0 => CHANGED_BY_RUN.to_owned(),
            left => format!("{} that people {must} change", count(left, "place")),
        };
        finding.places = hits
            .iter()
            .map(|hit| Place::new(&hit.file, Some(hit.line)))
            .collect();
        walk.push(finding);
    }
}
