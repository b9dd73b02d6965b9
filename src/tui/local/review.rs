//! The findings of a session, with the piece of the difference that each of them makes.

use crate::{
    diff,
    engine::session::Session,
    model::finding::{FileChange, Finding, ProposedChange},
    tui::backend::{DiffKind, DiffRow, ReviewView, Snippet},
};
use std::collections::BTreeMap;

const CONTEXT_LINES: usize = 3;
/// Lines a finding's own piece may have.
const SNIPPET_ROWS_MAX: usize = 40;

pub fn view(session: &Session) -> ReviewView {
    let files: Vec<Snippet> = session
        .previews()
        .into_iter()
        .map(|preview| Snippet {
            file: preview.file.to_string(),
            option: None,
            rows: match preview.fault {
                None => rows(&preview.before, &preview.after, CONTEXT_LINES),
                Some(fault) => vec![DiffRow {
                    kind: DiffKind::Gap,
                    line: None,
                    text: fault,
                    marks: Vec::new(),
                }],
            },
        })
        .collect();
    let findings = session.assessment.findings.clone();
    let snippets = findings.iter().filter_map(|finding| {
        let own = own_snippets(finding, &files);
        (!own.is_empty()).then(|| (finding.id.clone(), own))
    });
    let guide = &session.pack.guide;
    let statements = guide
        .statements
        .iter()
        .map(|said| (said.id.clone(), said.says.clone()));
    let corrections = guide
        .corrections
        .iter()
        .map(|found| (found.id.clone(), found.found.clone()));
    ReviewView {
        snippets: snippets.collect(),
        decisions: session.decisions.clone(),
        notes: session.notes(),
        statements: statements.chain(corrections).collect(),
        files,
        findings,
    }
}

pub fn rows(before: &str, after: &str, context: usize) -> Vec<DiffRow> {
    let rows = diff::rows(before, after, context).rows.into_iter();
    rows.map(|row| DiffRow {
        kind: match row.kind {
            diff::Kind::Same => DiffKind::Same,
            diff::Kind::Gone => DiffKind::Gone,
            diff::Kind::New => DiffKind::New,
            diff::Kind::Gap => DiffKind::Gap,
        },
        line: row.new_line.or(row.old_line),
        text: row.text,
        marks: row.marks,
    })
    .collect()
}

/// The changed lines of the file's difference that speak of what the finding changes.
fn own_snippets(finding: &Finding, files: &[Snippet]) -> Vec<Snippet> {
    let mut words: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for change in &finding.changes {
        words
            .entry(change.file.as_str())
            .or_default()
            .extend(names(change));
    }
    let mut own = Vec::new();
    for (file, words) in words {
        let Some(whole) = files.iter().find(|snippet| snippet.file == file) else {
            continue;
        };
        let spoken = |row: &&DiffRow| {
            let changed = matches!(row.kind, DiffKind::Gone | DiffKind::New);
            changed && words.iter().any(|word| row.text.contains(word.as_str()))
        };
        let rows: Vec<DiffRow> = whole
            .rows
            .iter()
            .filter(spoken)
            .take(SNIPPET_ROWS_MAX)
            .cloned()
            .collect();
        if !rows.is_empty() {
            own.push(Snippet {
                file: file.to_owned(),
                option: None,
                rows,
            });
        }
    }
    own
}

/// The keys that a change takes away or makes.
fn names(change: &ProposedChange) -> Vec<String> {
    use crate::model::{edit::Op, route::Segment};
    let FileChange::Edit(edit) = &change.what else {
        return vec![String::new()];
    };
    let last = |route: &crate::model::route::Route| match route.last() {
        Some(Segment::Key(key)) => Some(key.clone()),
        Some(Segment::Index(_) | Segment::Find { .. }) | None => None,
    };
    let mut names: Vec<String> = last(&edit.route).into_iter().collect();
    match &edit.op {
        Op::Rename { to } => names.push(to.clone()),
        Op::Move { to, .. } => names.extend(last(to)),
        Op::Replace { .. } => names.push(String::new()),
        Op::Set { .. }
        | Op::Default { .. }
        | Op::Remove
        | Op::Append { .. }
        | Op::Rewrite { .. }
        | Op::Wrap(_) => {}
    }
    names
}
