//! Review: every finding with its reason, the source of its value, and the difference that it
//! makes. Nothing is written here.

mod finding;

pub use finding::{about, about_with, label_of};

use super::{
    enter::to_the_open,
    parts::{doubted, reading},
};
use crate::{
    model::{
        finding::{Decision, Finding, FindingKind, Safety},
        ids::RuleId,
        rule::{Note, NoteKind, Severity},
        units::count,
    },
    rules::assess::{count_changing, is_decided, taken_changes},
    tui::{
        app::{App, Focus, Screen},
        backend::ReviewView,
        glyph::Sign,
        line::{Line, lines, one_line},
        page::{Act, Detail, Enter, Item, Made, Page, Row, RowKey, Rows},
        theme::Tone,
        view::areas,
    },
};
use finding::glance;
use std::collections::BTreeMap;

/// Groups, in the order they are shown.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Decide,
    Breaking,
    Required,
    Recommended,
    Optional,
    Info,
    AlreadyDone,
    Unchanged,
}

const KINDS: [(Kind, &str, bool); 8] = [
    (Kind::Decide, "Needs your decision", false),
    (
        Kind::Breaking,
        "Must change, or the new release fails",
        false,
    ),
    (
        Kind::Required,
        "Required by a part of the new release",
        false,
    ),
    (Kind::Recommended, "Recommended", false),
    (Kind::Optional, "Optional", false),
    (Kind::Info, "Good to know", true),
    (Kind::AlreadyDone, "Nothing to do", true),
    (Kind::Unchanged, "Unchanged", true),
];

fn kind(view: &ReviewView, finding: &Finding) -> Kind {
    if is_open(view, finding) || finding.safety == Safety::Blocks {
        return Kind::Decide;
    }
    match (finding.kind, finding.severity) {
        (FindingKind::AlreadyDone, _) => Kind::AlreadyDone,
        (FindingKind::Unchanged, _) => Kind::Unchanged,
        (_, Severity::Breaking) => Kind::Breaking,
        (_, Severity::Required) => Kind::Required,
        (_, Severity::Recommended) => Kind::Recommended,
        (_, Severity::Optional) => Kind::Optional,
        (_, Severity::Info) => Kind::Info,
    }
}

/// Whether it must be decided and is not.
pub fn is_open(view: &ReviewView, finding: &Finding) -> bool {
    let decides = matches!(finding.safety, Safety::Decide { .. });
    decides && !is_decided(finding, view.decisions.get(&finding.id))
}

/// Whether the plan as it stands changes nothing for this finding.
fn changes_nothing(view: &ReviewView, finding: &Finding) -> bool {
    let mut taken = taken_changes(finding, view.decisions.get(&finding.id));
    taken.next().is_none()
}

pub fn rows(app: &App) -> Rows<'_> {
    let Some(view) = &app.ui.views.review else {
        return Rows::default();
    };
    let mut rows = Vec::with_capacity(view.findings.len() + KINDS.len());
    for (group, title, closed) in KINDS {
        let mut row = Row::named(title);
        if let Row::Group(header) = &mut row {
            header.closed = closed;
        }
        rows.push(row);
        let all = view.findings.iter().enumerate();
        let of_group = all.filter(|(_, finding)| kind(view, finding) == group);
        rows.extend(of_group.map(|(nth, finding)| {
            let by = finding_item;
            Row::Late(RowKey::Rule(finding.id.clone()), Made { app, nth, by })
        }));
    }
    rows.push(Row::named("Notes on this upgrade"));
    rows.extend(view.notes.iter().enumerate().map(|(n, note)| {
        let (sign, tone) = note_sign(note);
        Row::item(RowKey::Note(n), sign, tone, one_line(&note.text)).row()
    }));
    let next = view.findings.iter().find(|f| kind(view, f) == Kind::Decide);
    Rows {
        rows,
        current: next.map(|finding| RowKey::Rule(finding.id.clone())),
    }
}

fn note_sign(note: &Note) -> (Sign, Tone) {
    match note.kind {
        NoteKind::Breaking => (Sign::Attention, Tone::Attention),
        NoteKind::ByHand => (Sign::Unsure, Tone::Attention),
        NoteKind::Feature | NoteKind::Info => (Sign::NotYet, Tone::Plain),
    }
}

fn finding_item(app: &App, nth: usize) -> Option<Item<'_>> {
    let view = app.ui.views.review.as_ref()?;
    let finding = view.findings.get(nth)?;
    let (sign, tone) = sign(view, finding);
    let hop = view.hops.get(&finding.id).cloned();
    let place = finding.places.first().map(place_words);
    let summary = Some(finding.summary.clone());
    let parts = [hop, place, summary].into_iter().flatten();
    let aside = parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("  ");
    let left = match finding.safety {
        Safety::OptIn | Safety::Safe { optional: true } if changes_nothing(view, finding) => "left",
        Safety::OptIn | Safety::Safe { optional: true } => "taken",
        Safety::Safe { optional: false } | Safety::Nothing | Safety::Blocks => "",
        Safety::Decide { .. } if is_open(view, finding) => "",
        Safety::Decide { .. } => "decided",
    };
    let key = RowKey::Rule(finding.id.clone());
    let item = Row::item(key, sign, tone, one_line(&finding.title));
    Some(item.aside(one_line(&aside)).tail(left))
}

fn sign(view: &ReviewView, finding: &Finding) -> (Sign, Tone) {
    if finding.safety == Safety::Blocks {
        return (Sign::Failed, Tone::Stop);
    }
    if is_open(view, finding) {
        return (Sign::Unsure, Tone::Attention);
    }
    match (finding.kind, finding.severity) {
        (FindingKind::AlreadyDone, _) => (Sign::Done, Tone::Good),
        (FindingKind::Unchanged, _) => (Sign::NotYet, Tone::Dim),
        (_, Severity::Breaking) => (Sign::Failed, Tone::Stop),
        (_, Severity::Required | Severity::Recommended) => (Sign::Attention, Tone::Attention),
        (_, Severity::Optional | Severity::Info) => (Sign::NotYet, Tone::Plain),
    }
}

fn place_words(place: &crate::model::finding::Place) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", place.file),
        None => place.file.clone(),
    }
}

pub fn detail(page: &Page<'_>) -> Detail {
    let app = page.app;
    let Some(view) = &app.ui.views.review else {
        return reading(page);
    };
    let lines = match &page.selected {
        Some(RowKey::Rule(id)) => match view.findings.iter().find(|f| f.id == *id) {
            Some(finding) if passes_by(app) => glance(app, view, finding),
            Some(finding) => about(app, view, finding),
            None => Vec::new(),
        },
        Some(RowKey::Note(n)) => view.notes.get(*n).map(about_note).unwrap_or_default(),
        Some(_) => Vec::new(),
        None => vec![
            Line::toned(Tone::Good, "Nothing has to change."),
            Line::new("The rules of this path find no difference in the configuration."),
        ],
    };
    Detail::of(lines)
}

fn about_note(note: &Note) -> Vec<Line> {
    let mut all = lines(Tone::Plain, &crate::model::text::sanitize(&note.text));
    all.extend(doubted(&note.doubt));
    all
}

/// Whether the detail is kept short: below the list, each key press would send all of it over the
/// line.
fn passes_by(app: &App) -> bool {
    let below = app.ui.size.0 < areas::WIDE_COLUMNS && !app.ui.in_lines;
    app.ui.focus == Focus::List && below
}

pub fn enter(page: &Page<'_>) -> Enter {
    let Some(view) = &page.app.ui.views.review else {
        return Enter::nothing("Enter: nothing yet");
    };
    if page.app.run.is_some() {
        return Enter::new("Enter: back to the run — the plan is sealed", Act::Back);
    }
    if let Some(RowKey::Rule(id)) = &page.selected {
        let finding = view.findings.iter().find(|finding| finding.id == *id);
        if finding.is_some_and(|finding| is_open(view, finding)) {
            return Enter::new(
                "Enter: decide this one",
                Act::Visit(Screen::Conflict(id.clone())),
            );
        }
    }
    let blocked = view
        .findings
        .iter()
        .filter(|f| f.safety == Safety::Blocks)
        .count();
    let open = view.findings.iter().filter(|f| is_open(view, f)).count();
    if blocked > 0 {
        return to_the_open(
            page,
            format!("Enter: not yet — to fix first (✗): {blocked}"),
        );
    }
    if open > 0 {
        return to_the_open(
            page,
            format!("Enter: not yet — to decide first (?): {open}"),
        );
    }
    Enter::new(
        match extent(&view.findings, &view.decisions) {
            None => "Enter: go on to Inputs — no finding changes a setting, nothing is written yet"
                .to_owned(),
            Some(extent) => {
                format!("Enter: go on to Inputs — {extent}, nothing is written yet")
            }
        },
        Act::Show(Screen::Inputs),
    )
}

/// The extent of the changes, in the same words as in the question before the first change.
pub fn extent(findings: &[Finding], decisions: &BTreeMap<RuleId, Decision>) -> Option<String> {
    let (changing, files) = count_changing(findings, decisions);
    let verb = if changing == 1 { "changes" } else { "change" };
    let findings = count(changing, "finding");
    let files = count(files, "file");
    (changing > 0).then(|| format!("{findings} {verb} {files}"))
}
