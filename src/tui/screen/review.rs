//! Review: every finding with its reason, where its value comes from, and the difference it
//! makes. Nothing is written here.

use super::{diff, reading, to_the_open};
use crate::{
    model::{
        finding::{Decision, FileChange, Finding, FindingKind, ProposedChange, Safety, SourceLine},
        ids::RuleId,
        release::Release,
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
const NOTES: usize = KINDS.len();

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

/// Must be decided and was not.
pub fn is_open(view: &ReviewView, finding: &Finding) -> bool {
    let decides = matches!(finding.safety, Safety::Decide { .. });
    decides && !is_decided(finding, view.decisions.get(&finding.id))
}

/// Whether the plan as it stands changes nothing because of it.
fn changes_nothing(view: &ReviewView, finding: &Finding) -> bool {
    let mut taken = taken_changes(finding, view.decisions.get(&finding.id));
    taken.next().is_none()
}

pub fn rows(app: &App) -> Rows<'_> {
    let Some(view) = &app.ui.review else {
        return Rows::default();
    };
    let mut rows = Vec::with_capacity(view.findings.len() + KINDS.len());
    for (id, (group, title, closed)) in KINDS.into_iter().enumerate() {
        let mut row = Row::group(id, title);
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
    rows.push(Row::group(NOTES, "Notes on this upgrade"));
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
    let view = app.ui.review.as_ref()?;
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
    let Some(view) = &app.ui.review else {
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
    Detail {
        lines,
        menu: Vec::new(),
    }
}

fn about_note(note: &Note) -> Vec<Line> {
    let mut all = lines(Tone::Plain, &crate::model::text::sanitize(&note.text));
    if let Some(doubt) = &note.doubt {
        all.push(
            Line::toned(
                Tone::Attention,
                format!("! the guide is wrong here: {}", one_line(doubt)),
            )
            .hang(2),
        );
    }
    all
}

/// Whoever goes through the list with the detail below it sends every line of it with every key.
fn passes_by(app: &App) -> bool {
    let below = app.ui.size.0 < areas::WIDE_COLUMNS && !app.ui.in_lines;
    app.ui.focus == Focus::List && below
}

/// What somebody has to know who goes on to the next one.
fn glance(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let mut all = what(
        (app, view),
        finding,
        snippets(view, finding),
        said(app, view, finding),
    );
    all.push(Line::toned(Tone::Dim, "Tab: who says so"));
    all
}

/// Everything that is known about a finding, and the difference it makes.
pub fn about(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let mut all = what(
        (app, view),
        finding,
        snippets(view, finding),
        said(app, view, finding),
    );
    all.extend(who_says_so(view, finding));
    all
}

/// The same while it is decided, with the difference that a choice makes.
pub fn about_with(
    app: &App,
    view: &ReviewView,
    finding: &Finding,
    difference: Vec<Line>,
) -> Vec<Line> {
    let mut all = what((app, view), finding, difference, Vec::new());
    all.extend(who_says_so(view, finding));
    all
}

fn who_says_so(view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let mut all = Vec::new();
    for cite in &finding.cites {
        if let Some(says) = view.statements.get(cite) {
            all.push(Line::toned(Tone::Dim, format!("{cite}: {}", one_line(says))).hang(2));
        }
    }
    let rule = format!("rule {}", one_line(finding.id.as_str()));
    all.push(Line::toned(Tone::Dim, rule).hang(2));
    all
}

fn what(
    (app, view): (&App, &ReviewView),
    finding: &Finding,
    difference: Vec<Line>,
    said: Vec<Line>,
) -> Vec<Line> {
    let clean = crate::model::text::sanitize;
    let mut all = vec![heading(finding)];
    if !finding.summary.is_empty() {
        all.push(Line::toned(Tone::Attention, one_line(&finding.summary)).hang(2));
    }
    if let Some(because) = &finding.because {
        all.extend(lines(Tone::Plain, &clean(because)));
    }
    let sources = finding.sources.iter().rev();
    all.extend(sources.map(|source| {
        let after = changed_before(app, view, finding, source);
        source_line(source, after)
    }));
    // A difference says where it is.
    if finding.places.len() > 1 || (finding.sources.is_empty() && difference.is_empty()) {
        for place in &finding.places {
            all.push(
                Line::toned(Tone::Dim, format!("  in {}", one_line(&place_words(place)))).hang(4),
            );
        }
    }
    // What is asked later stands in a difference in its place.
    let asked = finding.input.as_ref().filter(|_| difference.is_empty());
    all.extend(difference);
    if let Some(input) = asked {
        all.push(Line::toned(
            Tone::Dim,
            format!("its value is asked on the next screen: {input}"),
        ));
    }
    all.extend(said);
    if let Some(if_left) = &finding.if_left {
        all.push(
            Line::toned(Tone::Strong, "if left: ")
                .and(Tone::Plain, one_line(if_left))
                .hang(2),
        );
    }
    if let Some(doubt) = &finding.doubt {
        all.push(
            Line::toned(Tone::Attention, "! the guide is wrong here: ")
                .and(Tone::Plain, one_line(doubt))
                .hang(2),
        );
    }
    all
}

/// The difference it makes. What depends on the operator's decision is shown with it.
fn snippets(view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let mut all = Vec::new();
    for snippet in view.snippets.get(&finding.id).into_iter().flatten() {
        let file = one_line(&snippet.file);
        let heading = match (&snippet.option, &finding.safety) {
            (Some(id), Safety::Decide { options, .. }) => {
                let option = options.iter().find(|option| option.id == *id);
                let label = option.map_or(id.as_str(), |option| option.label.as_str());
                format!("{}, {file}:", one_line(label))
            }
            (_, _) => file,
        };
        all.push(Line::toned(Tone::Strong, heading));
        all.extend(snippet.rows.iter().map(diff::line));
    }
    all
}

fn heading(finding: &Finding) -> Line {
    let cites: Vec<&str> = finding.cites.iter().map(|cite| cite.as_str()).collect();
    Line::toned(Tone::Strong, one_line(&finding.title))
        .and(Tone::Dim, format!("  {}", one_line(&cites.join(" "))))
        .hang(2)
}

/// The last hop before that of a finding by which the file of a value is changed.
fn changed_before<'a>(
    app: &'a App,
    view: &ReviewView,
    finding: &Finding,
    source: &SourceLine,
) -> Option<&'a Release> {
    let hops = match (&app.run, &app.ui.start) {
        (Some(run), _) => &run.plan.hops,
        (None, Some(start)) => &start.hops,
        (None, None) => return None,
    };
    let changes = |other: &&Finding| {
        let mut taken = taken_changes(other, view.decisions.get(&other.id));
        other.hop < finding.hop && taken.any(|change| change.file.as_str() == source.source)
    };
    let earlier = view.findings.iter().filter(changes);
    let last = earlier.map(|other| other.hop).max()?;
    hops.get(last).map(|hop| &hop.to)
}

/// Of a later hop it is read as the hops before will have left it.
fn source_line(source: &SourceLine, after: Option<&Release>) -> Line {
    let place = match source.line {
        Some(line) => format!("{}:{line}", one_line(&source.source)),
        None => one_line(&source.source),
    };
    let value = one_line(&source.value.to_string());
    if source.wins {
        let (when, after) = match after {
            Some(hop) => ("value then  ", format!(", after the hop to {hop}")),
            None => ("value now  ", String::new()),
        };
        Line::new(when)
            .and(Tone::Strong, value)
            .and(Tone::Plain, format!("  from {place}{after}"))
            .hang(2)
    } else {
        Line::toned(Tone::Dim, format!("  hidden by it: {place}  {value}")).hang(4)
    }
}

/// What becomes of it as things stand.
fn said(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let lines = [decision_line(app, view, finding), made_later(view, finding)];
    lines.into_iter().flatten().collect()
}

fn decision_line(app: &App, view: &ReviewView, finding: &Finding) -> Option<Line> {
    let words = match (&finding.safety, view.decisions.get(&finding.id)) {
        (Safety::Safe { optional: false } | Safety::Nothing, _) => return None,
        (Safety::Safe { optional: true } | Safety::OptIn, _) => {
            // In lines a blank is no line: each way has its word.
            let words = match (changes_nothing(view, finding), app.ui.in_lines) {
                (true, false) => "will stay as it is; Space takes the change",
                (false, false) => "will be changed; Space leaves it",
                (true, true) => "will stay as it is; `take` takes the change",
                (false, true) => "will be changed; `keep` leaves it as it is",
            };
            words.to_owned()
        }
        (Safety::Decide { options, .. }, Some(Decision::Choose(id))) => {
            let option = options.iter().find(|option| option.id == *id);
            let label = option.map_or(id.as_str(), |option| option.label.as_str());
            format!("decided: {}; Enter changes it", one_line(label))
        }
        (Safety::Decide { question, .. }, _) => {
            format!("? {} Enter decides it", one_line(question))
        }
        (Safety::Blocks, _) => {
            "✗ nothing can be planned until this is mended; then r reads the product again"
                .to_owned()
        }
    };
    Some(Line::toned(Tone::Accent, words).hang(2))
}

/// Whoever leaves a change learns of a later hop that makes it all the same.
fn made_later(view: &ReviewView, finding: &Finding) -> Option<Line> {
    if !changes_nothing(view, finding) {
        return None;
    }
    let same = |change: &ProposedChange, other: &ProposedChange| {
        let meets = match (&change.what, &other.what) {
            (FileChange::Edit(one), FileChange::Edit(other)) => {
                let (one, other) = (&one.route.0, &other.route.0);
                one.starts_with(other) || other.starts_with(one)
            }
            (FileChange::Write { .. }, _) | (_, FileChange::Write { .. }) => true,
        };
        change.file == other.file && meets
    };
    let makes = |other: &&Finding| {
        let alike = |change: &ProposedChange| finding.changes.iter().any(|c| same(c, change));
        let mut taken = taken_changes(other, view.decisions.get(&other.id));
        other.hop > finding.hop && taken.any(alike)
    };
    let later = view.findings.iter().find(makes)?;
    let words = format!(
        "! a later hop changes it all the same: {}  rule {}",
        one_line(&later.title),
        one_line(later.id.as_str())
    );
    Some(Line::toned(Tone::Attention, words).hang(2))
}

pub fn enter(page: &Page<'_>) -> Enter {
    let Some(view) = &page.app.ui.review else {
        return Enter::nothing("Enter: nothing yet");
    };
    if page.app.run.is_some() {
        return Enter::new("Enter: back to the run — the plan is sealed", Act::Back);
    }
    if let Some(RowKey::Rule(id)) = &page.selected {
        let finding = view.findings.iter().find(|finding| finding.id == *id);
        if finding.is_some_and(|f| matches!(f.safety, Safety::Decide { .. })) {
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
            format!("Enter: not yet — to be mended first (✗): {blocked}"),
        );
    }
    if open > 0 {
        return to_the_open(
            page,
            format!("Enter: not yet — to be decided first (?): {open}"),
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

/// What the findings come to, in the words that the question before the first change has too.
pub fn extent(findings: &[Finding], decisions: &BTreeMap<RuleId, Decision>) -> Option<String> {
    let (changing, files) = count_changing(findings, decisions);
    let verb = if changing == 1 { "changes" } else { "change" };
    let findings = count(changing, "finding");
    let files = count(files, "file");
    (changing > 0).then(|| format!("{findings} {verb} {files}"))
}
