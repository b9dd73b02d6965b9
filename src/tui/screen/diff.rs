//! The whole difference of every edited file: side by side on a wide screen, else unified.

use super::parts::reading;
use crate::{
    diff::{Kind, Row as DiffRow},
    model::record::RunEnd,
    tui::{
        app::{App, Screen},
        backend::Snippet,
        line::{Line, one_line},
        page::{Detail, DiffKey, Fold, GroupKey, Page, Row, RowKey, Rows},
        theme::Tone,
    },
};
use std::ops::Range;

/// From this width on, both sides fit.
pub const SIDE_BY_SIDE_COLUMNS: u16 = 110;

pub fn rows(app: &App) -> Rows<'_> {
    let Some(files) = app.changes() else {
        return Rows::default();
    };
    // Lines are always unified.
    let beside = app.ui.size.0 >= SIDE_BY_SIDE_COLUMNS && !app.ui.in_lines;
    let mut rows = Vec::new();
    if !files.is_empty() {
        rows.extend(taken_back(app).map(Row::Words));
    }
    for file in files {
        rows.push(Row::group(GroupKey::File(file.file.clone()), heading(file)));
        if beside {
            pairs(app, file, &mut rows);
        } else {
            let file_of = file.file.as_str();
            unfolded(app, file, |row| rows.push(Row::Diff { file: file_of, row }));
        }
    }
    Rows {
        rows,
        current: None,
    }
}

/// A warning that the planned changes no longer hold, or never came to be: after a rollback, or for
/// a run that was given up.
fn taken_back(app: &App) -> Option<Line> {
    let run = app.run.as_ref()?;
    let looks_back = app.ui.back.last() == Some(&Screen::Rollback);
    let words = match run.ended() {
        _ if looks_back && run.rollback.is_none() && run.touched() => {
            "! what the run changes; a rollback reverses it"
        }
        Some(RunEnd::Abandoned) => "! planned, and given up: no step was run",
        _ if run.rollback.is_none() => return None,
        Some(_) if run.is_back_in_part() => {
            "! planned, and rolled back in part: the report says what is not back"
        }
        Some(_) => "! planned, and rolled back: the files are as they were before",
        None => "! planned, and being rolled back",
    };
    Some(Line::toned(Tone::Attention, words))
}

fn heading(file: &Snippet) -> String {
    let count = |kind| file.rows.iter().filter(|row| row.kind == kind).count();
    let (gone, new) = (count(Kind::Gone), count(Kind::New));
    format!("{}: -{gone} +{new} lines", one_line(&file.file))
}

/// A line of a difference as it is listed: a row, or one of the lines that a row leaves out.
#[derive(Clone, Copy)]
pub struct DiffLine<'a> {
    row: &'a DiffRow,
    /// The index and text of a left-out line.
    left_out: Option<(usize, &'a str)>,
}

impl<'a> DiffLine<'a> {
    pub fn text(self) -> &'a str {
        self.left_out.map_or(&self.row.text, |(_, text)| text)
    }

    /// Line number, from 1.
    pub fn line(self) -> Option<usize> {
        self.numbered_from(self.row.line())
    }

    pub fn old_line(self) -> Option<usize> {
        self.numbered_from(self.row.old_line)
    }

    fn numbered_from(self, first: Option<usize>) -> Option<usize> {
        let nth = self.left_out.map_or(0, |(nth, _)| nth);
        first.map(|first| first + nth)
    }

    /// Whether the row stands for left-out lines.
    pub fn leaves_out(self) -> bool {
        self.left_out.is_none() && !self.row.left_out.is_empty()
    }

    /// The key of the line in the difference of a file.
    pub fn key(self, file: &str) -> DiffKey {
        DiffKey {
            file: file.to_owned(),
            kind: self.kind(),
            line: self.line(),
        }
    }

    pub fn is(self, file: &str, wanted: &RowKey) -> bool {
        matches!(wanted, RowKey::Diff(key)
            if key.line == self.line() && key.kind == self.kind() && key.file == file)
    }

    fn kind(self) -> Kind {
        self.left_out.map_or(self.row.kind, |_| Kind::Same)
    }

    fn marks(self) -> &'a [Range<usize>] {
        self.left_out.map_or(&self.row.marks, |_| &[])
    }
}

impl<'a> From<&'a DiffRow> for DiffLine<'a> {
    fn from(row: &'a DiffRow) -> Self {
        Self {
            row,
            left_out: None,
        }
    }
}

/// The rows of a file in unified form.
fn unfolded<'a>(app: &App, file: &'a Snippet, mut push: impl FnMut(DiffLine<'a>)) {
    for row in &file.rows {
        with_left_out(app, file, row, &mut push);
    }
}

/// A row, followed by the lines that it leaves out if they were expanded.
fn with_left_out<'a>(
    app: &App,
    file: &Snippet,
    row: &'a DiffRow,
    mut push: impl FnMut(DiffLine<'a>),
) {
    let line = DiffLine::from(row);
    push(line);
    let list = app.ui.lists.get(&Screen::Diff);
    let opened = |key: &DiffKey| list.is_some_and(|list| list.opened.contains(key));
    if line.leaves_out() && opened(&line.key(&file.file)) {
        for left_out in row.left_out.lines().enumerate() {
            let left_out = Some(left_out);
            push(DiffLine { row, left_out });
        }
    }
}

/// The rows side by side: removed lines next to the lines that replace them.
fn pairs<'a>(app: &App, of: &'a Snippet, rows: &mut Vec<Row<'a>>) {
    let file = of.file.as_str();
    let mut rest = of.rows.as_slice();
    while let Some(first) = rest.first() {
        match first.kind {
            Kind::Same | Kind::Gap => {
                with_left_out(app, of, first, |row| {
                    let (old, new) = (Some(row), Some(row));
                    rows.push(Row::Pair { file, old, new });
                });
                rest = &rest[1..];
            }
            Kind::Gone | Kind::New => {
                let count =
                    |from: &[DiffRow], kind| from.iter().take_while(|row| row.kind == kind).count();
                let gone = count(rest, Kind::Gone);
                let new = count(&rest[gone..], Kind::New);
                for n in 0..gone.max(new) {
                    let old = rest[..gone].get(n).map(DiffLine::from);
                    let new = rest[gone..gone + new].get(n).map(DiffLine::from);
                    rows.push(Row::Pair { file, old, new });
                }
                rest = &rest[gone + new..];
            }
        }
    }
}

/// The difference of the selected row's file, with its name; always unified, since a copied text
/// has no columns.
pub fn copied(page: &Page<'_>) -> Option<String> {
    let files = page.app.changes()?;
    let name = match page.selected.as_ref()? {
        RowKey::Group(GroupKey::File(name)) => name,
        RowKey::Diff(key) => &key.file,
        _other_rows_are_of_other_screens => return None,
    };
    let file = files.iter().find(|file| file.file == *name)?;
    let mut lines = vec![heading(file)];
    unfolded(page.app, file, |row| lines.push(line(row).text()));
    Some(lines.join("\n"))
}

/// The beginning of a line of a difference: its number and its sign.
pub fn margin(row: DiffLine<'_>, number: Option<usize>) -> (String, Tone) {
    let number = number.map_or_else(String::new, |line| line.to_string());
    match row.kind() {
        Kind::Same => (format!("{number:>4}   "), Tone::Dim),
        Kind::Gone => (format!("{number:>4} - "), Tone::Stop),
        Kind::New => (format!("{number:>4} + "), Tone::Good),
        Kind::Gap => ("     … ".to_owned(), Tone::Dim),
    }
}

/// One line of a difference, its changed words marked.
pub fn line<'a>(row: impl Into<DiffLine<'a>>) -> Line {
    let row = row.into();
    numbered(row, row.line())
}

/// The same, with the line number in one of the files.
pub fn numbered(row: DiffLine<'_>, number: Option<usize>) -> Line {
    let (margin, tone) = margin(row, number);
    let hang = margin.len().min(7);
    let mut line = Line::toned(tone, margin).hang(hang);
    let mut at = 0;
    let text = row.text();
    for mark in row.marks() {
        let (Some(before), Some(marked)) = (text.get(at..mark.start), text.get(mark.clone()))
        else {
            continue;
        };
        line = line
            .and(tone, one_line(before))
            .and(Tone::Marked, one_line(marked));
        at = mark.end;
    }
    line.and(tone, one_line(text.get(at..).unwrap_or_default()))
}

pub fn detail(page: &Page<'_>) -> Detail {
    if page.app.changes().is_none() {
        return reading(page);
    }
    let mut lines = match page.selected_at().and_then(|at| page.rows.get(at)) {
        Some(Row::Diff { row, .. }) => vec![line(*row)],
        Some(Row::Pair { old, new, .. }) => {
            let same = old
                .zip(*new)
                .is_some_and(|(old, new)| old.kind() == new.kind());
            let sides = [*old, new.filter(|_| !same)];
            sides.into_iter().flatten().map(line).collect()
        }
        Some(Row::Group(_) | Row::Item(_) | Row::Late(..) | Row::Words(_)) => Vec::new(),
        None => vec![Line::new("The rules edit no file.")],
    };
    if let Some((Fold::Lines(_), closed)) = page.fold() {
        let words = if closed {
            "→ shows these lines."
        } else {
            "← leaves these lines out again."
        };
        lines.push(Line::toned(Tone::Dim, words));
    }
    Detail::of(lines)
}
