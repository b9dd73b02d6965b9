//! A finding that only the operator can decide: what was changed here is what the rule changes.

use super::{diff, reading, review};
use crate::{
    model::{
        finding::{ChoiceOption, Decision, Finding, Safety},
        ids::RuleId,
    },
    tui::{
        app::App,
        backend::ReviewView,
        call::Call,
        glyph::Sign,
        line::{Line, one_line},
        page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
        theme::Tone,
    },
};

fn options<'a>(
    app: &'a App,
    rule: &RuleId,
) -> Option<(&'a ReviewView, &'a Finding, &'a [ChoiceOption])> {
    let view = app.ui.review.as_ref()?;
    let finding = view.findings.iter().find(|finding| finding.id == *rule)?;
    match &finding.safety {
        Safety::Decide { options, .. } => Some((view, finding, options)),
        Safety::Safe { .. } | Safety::OptIn | Safety::Nothing | Safety::Blocks => None,
    }
}

fn chosen<'v>(view: &'v ReviewView, finding: &Finding) -> Option<&'v str> {
    match view.decisions.get(&finding.id) {
        Some(Decision::Choose(id)) => Some(id),
        Some(Decision::Take | Decision::Leave) | None => None,
    }
}

pub fn rows<'a>(app: &'a App, rule: &RuleId) -> Rows<'a> {
    let Some((view, finding, options)) = options(app, rule) else {
        return Rows::default();
    };
    let now = chosen(view, finding);
    let mut rows = Vec::new();
    if let Safety::Decide { question, .. } = &finding.safety {
        rows.push(Row::Words(Line::toned(Tone::Strong, one_line(question))));
    }
    rows.extend(options.iter().map(|option| {
        let key = RowKey::Choice(option.id.clone());
        let label = one_line(&option.label);
        if now == Some(option.id.as_str()) {
            Row::item(key, Sign::Done, Tone::Good, label)
                .tail("chosen")
                .row()
        } else {
            Row::item(key, Sign::NotYet, Tone::Plain, label).row()
        }
    }));
    Rows {
        rows,
        current: now.map(|id| RowKey::Choice(id.to_owned())),
    }
}

pub fn detail(page: &Page<'_>, rule: &RuleId) -> Detail {
    let Some((view, finding, _)) = options(page.app, rule) else {
        return reading(page);
    };
    let lines = match &page.selected {
        Some(RowKey::Choice(id)) => review::about_with(view, finding, becomes(view, rule, id)),
        Some(_) | None => review::about(view, finding),
    };
    Detail {
        lines,
        menu: Vec::new(),
    }
}

/// What the files become with this answer.
fn becomes(view: &ReviewView, rule: &RuleId, option: &str) -> Vec<Line> {
    let snippets = view.snippets.get(rule).into_iter().flatten();
    let of_option = snippets.filter(|snippet| snippet.option.as_deref() == Some(option));
    let mut lines = Vec::new();
    for snippet in of_option {
        let heading = format!("{} becomes", one_line(&snippet.file));
        lines.push(Line::toned(Tone::Strong, heading));
        lines.extend(snippet.rows.iter().map(diff::line));
    }
    if lines.is_empty() {
        lines.push(Line::new("No file changes by that."));
    }
    lines
}

pub fn enter(page: &Page<'_>, rule: &RuleId) -> Enter {
    let Some((_, _, options)) = options(page.app, rule) else {
        return Enter::new("Enter: back", Act::Back);
    };
    match &page.selected {
        Some(RowKey::Choice(id)) => {
            let option = options.iter().find(|option| option.id == *id);
            let label = option.map_or(id.as_str(), |option| option.label.as_str());
            Enter::new(
                format!("Enter: choose {} — nothing is written yet", one_line(label)),
                Act::Call(Call::Decide(rule.clone(), Decision::Choose(id.clone()))),
            )
        }
        Some(_) | None => Enter::new("Enter: back", Act::Back),
    }
}
