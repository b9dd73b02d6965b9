//! A finding that only the operator can decide: the rule changes what was customized here.

use super::{diff, inputs, parts::reading, review};
use crate::{
    model::{
        finding::{ChoiceOption, Decision, Finding, Safety},
        ids::RuleId,
    },
    tui::{
        app::App,
        backend::{InputView, ReviewView},
        call::Call,
        glyph::Sign,
        line::{Line, one_line},
        page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
        theme::Tone,
        view::areas,
    },
};
use unicode_width::UnicodeWidthStr;

fn options<'a>(
    app: &'a App,
    rule: &RuleId,
) -> Option<(&'a ReviewView, &'a Finding, &'a [ChoiceOption])> {
    let view = app.ui.views.review.as_ref()?;
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

/// The input whose value must be typed for the selected answer.
pub fn to_type<'a>(page: &Page<'a>, rule: &RuleId) -> Option<&'a InputView> {
    let Some(RowKey::Choice(id)) = &page.selected else {
        return None;
    };
    let (_, _, options) = options(page.app, rule)?;
    let option = options.iter().find(|option| option.id == *id)?;
    page.app.ui.input(option.typed.as_ref()?)
}

pub fn detail(page: &Page<'_>, rule: &RuleId) -> Detail {
    let Some((view, finding, options)) = options(page.app, rule) else {
        return reading(page);
    };
    let Some(RowKey::Choice(id)) = &page.selected else {
        return Detail::of(review::about(page.app, view, finding));
    };
    let mut difference = Vec::new();
    if let Safety::Decide { question, .. } = &finding.safety {
        difference.extend(cut(page, question).map(|whole| Line::toned(Tone::Strong, whole)));
    }
    let chosen = options.iter().find(|option| option.id == *id);
    let label = chosen.and_then(|option| cut(page, &option.label));
    difference.extend(label.map(|whole| Line::new(whole).hang(2)));
    match to_type(page, rule).filter(|input| input.answer.is_none()) {
        Some(input) => difference.extend(inputs::must_be(input)),
        None => difference.extend(becomes(view, rule, id)),
    }
    if let Safety::Decide {
        note: Some(note), ..
    } = &finding.safety
    {
        difference.push(Line::toned(Tone::Dim, one_line(note)).hang(2));
    }
    Detail::of(review::about_with(page.app, view, finding, difference))
}

/// The text, if a row of the list is too narrow for all of it.
fn cut(page: &Page<'_>, text: &str) -> Option<String> {
    const MARGIN: usize = 16;
    let text = one_line(text);
    let room = usize::from(areas::list_columns(page.app.ui.size.0));
    (text.width() + MARGIN > room).then_some(text)
}

/// The changed lines of the files under this answer.
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
        lines.push(Line::new("This changes no file."));
    }
    lines
}

pub fn enter(page: &Page<'_>, rule: &RuleId) -> Enter {
    let Some((_, _, options)) = options(page.app, rule) else {
        return Enter::new("Enter: back", Act::Back);
    };
    match &page.selected {
        Some(RowKey::Choice(id)) => {
            if let Some(input) = to_type(page, rule).filter(|input| input.answer.is_none()) {
                return Enter::new(
                    "Enter: type the value — it is shown in its file before you choose it",
                    Act::Open(inputs::edit(input)),
                );
            }
            let label = review::label_of(options, id);
            Enter::new(
                format!("Enter: choose {label} — nothing is written yet"),
                Act::Call(Call::Decide(rule.clone(), Decision::Choose(id.clone()))),
            )
        }
        Some(_) | None => Enter::new("Enter: back", Act::Back),
    }
}
