//! One finding: what it is, where its value comes from, the difference it makes, and what becomes of it.

use super::{changes_nothing, place_words};
use crate::{
    model::{
        finding::{
            ChoiceOption, Decision, FileChange, Finding, ProposedChange, Safety, SourceLine,
        },
        release::Release,
    },
    rules::assess::taken_changes,
    tui::{
        app::App,
        backend::{ReviewView, Snippet},
        keymap::{self, Command},
        line::{Line, lines, one_line},
        screen::{diff, parts::doubted},
        theme::Tone,
    },
};

/// What somebody needs to know before going on to the next finding.
pub fn glance(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let mut all = as_it_stands(app, view, finding);
    all.push(Line::toned(Tone::Dim, "Tab: its sources"));
    all
}

/// Everything known about a finding, and the difference that it makes.
pub fn about(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let mut all = as_it_stands(app, view, finding);
    all.extend(who_says_so(view, finding));
    all
}

fn as_it_stands(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let difference = snippets(view, finding);
    what((app, view), finding, difference, said(app, view, finding))
}

/// The same while it is being decided, with the difference of one choice.
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
    // The placeholder in a difference already says that the value is asked later.
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
    all.extend(doubted(&finding.doubt));
    all
}

/// The difference that it makes. Until it is decided, those of all answers are shown.
fn snippets(view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let chosen = match view.decisions.get(&finding.id) {
        Some(Decision::Choose(id)) => Some(id),
        Some(Decision::Take | Decision::Leave) | None => None,
    };
    let counts = |snippet: &&Snippet| match (&snippet.option, chosen) {
        (Some(option), Some(chosen)) => option == chosen,
        (_, _) => true,
    };
    let mut all = Vec::new();
    let made = view.snippets.get(&finding.id).into_iter().flatten();
    for snippet in made.filter(counts) {
        let file = one_line(&snippet.file);
        let heading = match (&snippet.option, &finding.safety) {
            (Some(id), Safety::Decide { options, .. }) => {
                format!("{}, {file}:", label_of(options, id))
            }
            (_, _) => file,
        };
        all.push(Line::toned(Tone::Strong, heading));
        all.extend(snippet.rows.iter().map(diff::line));
    }
    all
}

/// An answer to a finding's question, by its label.
pub fn label_of(options: &[ChoiceOption], id: &str) -> String {
    let option = options.iter().find(|option| option.id == *id);
    one_line(option.map_or(id, |option| &option.label))
}

fn heading(finding: &Finding) -> Line {
    let cites: Vec<&str> = finding.cites.iter().map(|cite| cite.as_str()).collect();
    Line::toned(Tone::Strong, one_line(&finding.title))
        .and(Tone::Dim, format!("  {}", one_line(&cites.join(" "))))
        .hang(2)
}

/// The last earlier hop that changes the file of a value.
fn changed_before<'a>(
    app: &'a App,
    view: &ReviewView,
    finding: &Finding,
    source: &SourceLine,
) -> Option<&'a Release> {
    let hops = match (&app.run, &app.ui.views.start) {
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

/// A source of the value. For a later hop it is the value that the earlier hops will leave.
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

/// What will become of it as things stand.
fn said(app: &App, view: &ReviewView, finding: &Finding) -> Vec<Line> {
    let lines = [decision_line(app, view, finding), made_later(view, finding)];
    lines.into_iter().flatten().collect()
}

fn decision_line(app: &App, view: &ReviewView, finding: &Finding) -> Option<Line> {
    let words = match (&finding.safety, view.decisions.get(&finding.id)) {
        (Safety::Safe { optional: false } | Safety::Nothing, _) => return None,
        (Safety::Safe { optional: true } | Safety::OptIn, _) => {
            // In lines Space is not a key: each way has its word.
            let words = match (changes_nothing(view, finding), app.ui.in_lines) {
                (true, false) => "will stay as it is; Space takes the change",
                (false, false) => "will be changed; Space leaves it",
                (true, true) => "will stay as it is; `take` takes the change",
                (false, true) => "will be changed; `keep` leaves it as it is",
            };
            words.to_owned()
        }
        (Safety::Decide { options, .. }, Some(Decision::Choose(id))) => {
            let file = if changes_nothing(view, finding) {
                "; this changes no file"
            } else {
                ""
            };
            let anew = match (&app.run, app.ui.in_lines) {
                (Some(_), _) => "",
                (None, false) => "; Space changes that",
                (None, true) => "; `decide` changes that",
            };
            format!("decided: {}{file}{anew}", label_of(options, id))
        }
        (Safety::Decide { question, .. }, _) => {
            format!("? {} Enter decides it", one_line(question))
        }
        (Safety::Blocks, _) => {
            let again = keymap::letter(Command::LookAgain);
            format!(
                "✗ nothing can be planned until this is fixed; then {again} reads the product again"
            )
        }
    };
    Some(Line::toned(Tone::Accent, words).hang(2))
}

/// A warning for a change that is left although a later hop makes it anyway.
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
        "a later hop changes it anyway: {}  rule {}",
        one_line(&later.title),
        one_line(later.id.as_str())
    );
    Some(Line::warning(words))
}
