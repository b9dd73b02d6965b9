//! The output of the steps: the last 10,000 lines, all of them searchable.

use crate::{
    model::ids::StepId,
    tui::{
        app::App,
        line::{Line, one_line},
        output::OutputLine,
        page::{Detail, GroupKey, Item, Page, Row, RowKey, Rows},
        theme::Tone,
    },
};
use std::borrow::Cow;

pub fn rows(app: &App) -> Rows<'_> {
    let output = &app.ui.live.output;
    let mut rows = Vec::new();
    let mut printed_by: Option<&str> = None;
    for line in output.lines() {
        if printed_by != Some(&*line.step) {
            printed_by = Some(&line.step);
            rows.push(Row::group(
                GroupKey::Printed(line.number),
                title(app, &line.step),
            ));
        }
        rows.push(row(line));
    }
    Rows {
        rows,
        current: output
            .lines()
            .next_back()
            .map(|line| RowKey::Line(line.number)),
    }
}

fn row(line: &OutputLine) -> Row<'_> {
    Item {
        key: RowKey::Line(line.number),
        sign: None,
        tone: Tone::Plain,
        title: Cow::Borrowed(&line.text),
        aside: Cow::Borrowed(""),
        tail: Cow::Borrowed(""),
    }
    .row()
}

/// The title of the step that printed. Of a check only its id is known.
fn title(app: &App, step: &str) -> String {
    let known = app.step(&StepId::new(step));
    one_line(known.map_or(step, |view| &view.step.title))
}

fn selected<'a>(page: &Page<'a>) -> Option<&'a OutputLine> {
    match &page.selected {
        Some(RowKey::Line(number)) => page.app.ui.live.output.line(*number),
        Some(_) | None => None,
    }
}

/// The selected line only: the whole output is a file of the run.
pub fn copied(page: &Page<'_>) -> Option<String> {
    selected(page).map(|line| line.text.clone())
}

pub fn detail(page: &Page<'_>) -> Detail {
    let output = &page.app.ui.live.output;
    let lines = match selected(page) {
        Some(line) => vec![
            Line::toned(
                Tone::Dim,
                format!(
                    "line {} of {}, step {}",
                    line.number + 1,
                    output.total,
                    one_line(&line.step)
                ),
            ),
            Line::new(one_line(&line.text)),
        ],
        None => vec![
            Line::new("No output since this screen was opened."),
            Line::toned(
                Tone::Dim,
                "All of it is in the folder of the run: output/<step>.log",
            ),
        ],
    };
    Detail::of(lines)
}
