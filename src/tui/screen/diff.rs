//! The whole difference of every file: side by side where there is room, else one below the other.

use crate::tui::{
    app::App,
    backend::{DiffKind, DiffRow, Snippet},
    line::{Line, one_line},
    page::{Detail, Page, Row, RowKey, Rows},
    theme::Tone,
};

/// From this width on there is room for both sides.
pub const SIDE_BY_SIDE_COLUMNS: u16 = 110;

pub fn rows(app: &App) -> Rows<'_> {
    let Some(view) = &app.ui.review else {
        return Rows::default();
    };
    let beside = app.ui.size.0 >= SIDE_BY_SIDE_COLUMNS;
    let mut rows = Vec::new();
    if !view.files.is_empty() {
        rows.extend(taken_back(app).map(Row::Words));
    }
    let mut number = 0;
    for (n, file) in view.files.iter().enumerate() {
        rows.push(Row::group(
            n,
            format!("{}: {}", one_line(&file.file), size(file)),
        ));
        if beside {
            pairs(file, &mut number, &mut rows);
        } else {
            for row in &file.rows {
                let key = RowKey::Line(number);
                number += 1;
                rows.push(Row::Diff { key, row });
            }
        }
    }
    Rows {
        rows,
        current: None,
    }
}

/// What was planned is no longer so: whoever reads it after a rollback is told.
fn taken_back(app: &App) -> Option<Line> {
    let run = app.run.as_ref()?;
    run.rollback.as_ref()?;
    let words = match run.end {
        Some(_) if run.is_back_in_part() => {
            "! planned, and taken back in part: the report says what is not back"
        }
        Some(_) => "! planned, and taken back: the files are as they were before",
        None => "! planned, and being taken back",
    };
    Some(Line::toned(Tone::Attention, words))
}

fn size(file: &Snippet) -> String {
    let count = |kind| file.rows.iter().filter(|row| row.kind == kind).count();
    format!("-{} +{} lines", count(DiffKind::Gone), count(DiffKind::New))
}

/// Lines that go stand beside those that come in their place.
fn pairs<'a>(file: &'a Snippet, number: &mut u64, rows: &mut Vec<Row<'a>>) {
    let mut push = |old: Option<&'a DiffRow>, new: Option<&'a DiffRow>| {
        let key = RowKey::Line(*number);
        *number += 1;
        rows.push(Row::Pair { key, old, new });
    };
    let mut rest = file.rows.as_slice();
    while let Some(first) = rest.first() {
        match first.kind {
            DiffKind::Same | DiffKind::Gap => {
                push(Some(first), Some(first));
                rest = &rest[1..];
            }
            DiffKind::Gone | DiffKind::New => {
                let count =
                    |from: &[DiffRow], kind| from.iter().take_while(|row| row.kind == kind).count();
                let gone = count(rest, DiffKind::Gone);
                let new = count(&rest[gone..], DiffKind::New);
                for n in 0..gone.max(new) {
                    push(rest[..gone].get(n), rest[gone..gone + new].get(n));
                }
                rest = &rest[gone + new..];
            }
        }
    }
}

/// The beginning of a line of a difference: its number and its sign.
pub fn margin(row: &DiffRow, number: Option<usize>) -> (String, Tone) {
    let number = number.map_or_else(String::new, |line| line.to_string());
    match row.kind {
        DiffKind::Same => (format!("{number:>4}   "), Tone::Dim),
        DiffKind::Gone => (format!("{number:>4} - "), Tone::Stop),
        DiffKind::New => (format!("{number:>4} + "), Tone::Good),
        DiffKind::Gap => ("     … ".to_owned(), Tone::Dim),
    }
}

/// One line of a difference, its changed words marked.
pub fn line(row: &DiffRow) -> Line {
    numbered(row, row.line)
}

/// The same with its number in one of the files.
pub fn numbered(row: &DiffRow, number: Option<usize>) -> Line {
    let (margin, tone) = margin(row, number);
    let hang = margin.len().min(7);
    let mut line = Line::toned(tone, margin).hang(hang);
    let mut at = 0;
    for mark in &row.marks {
        let (Some(before), Some(marked)) =
            (row.text.get(at..mark.start), row.text.get(mark.clone()))
        else {
            continue;
        };
        line = line
            .and(tone, one_line(before))
            .and(Tone::Marked, one_line(marked));
        at = mark.end;
    }
    line.and(tone, one_line(row.text.get(at..).unwrap_or_default()))
}

pub fn detail(page: &Page<'_>) -> Detail {
    let lines = match page.selected_at().and_then(|at| page.rows.get(at)) {
        Some(Row::Diff { row, .. }) => vec![line(row)],
        Some(Row::Pair { old, new, .. }) => {
            let same = old.zip(*new).is_some_and(|(old, new)| old.kind == new.kind);
            let sides = [*old, new.filter(|_| !same)];
            sides.into_iter().flatten().map(line).collect()
        }
        Some(Row::Group(_) | Row::Item(_) | Row::Late(..) | Row::Words(_)) => Vec::new(),
        None => vec![Line::new("No file changes.")],
    };
    Detail {
        lines,
        menu: Vec::new(),
    }
}
