//! Lines ready to be printed, wrapped to the width of the terminal.

use crate::tui::{
    app::Ui,
    glyph::{SILENT_SIGNS, Sign},
    line::Line,
    page::{Item, Row},
    screen::diff::{self, DiffLine},
    theme::{Look, Tone},
};
use std::borrow::Cow;

pub struct Paper {
    look: Look,
    /// Columns of a line; a terminal may break a line that fills all of its columns.
    columns: usize,
    pub text: String,
}

impl Paper {
    pub fn new(ui: &Ui) -> Self {
        Self {
            look: ui.look,
            columns: usize::from(ui.size.0).saturating_sub(1),
            text: String::new(),
        }
    }

    pub fn line(&mut self, line: &Line) {
        if line.is_copied {
            // The terminal wraps it at its edge, and it can still be copied in one piece.
            self.text.push_str(&self.look.text(&line.text()));
            self.text.push('\n');
            return;
        }
        for line in spoken(line).wrap(self.columns, self.look) {
            self.text.push_str(line.text().trim_end());
            self.text.push('\n');
        }
    }

    pub fn say(&mut self, words: impl AsRef<str>) {
        self.line(&Line::new(words));
    }

    /// Adds an empty line, unless there is one already.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds a prompt, on whose line the operator types.
    pub fn prompt(&mut self, words: &str) {
        self.say(words.trim_end());
        // Removes the line end: the operator types after the last word and a blank.
        self.text.pop();
        self.text.push(' ');
    }
}

/// Replaces the sign at the start of a line with its word. Untoned text comes from outside and
/// stays as it is.
fn spoken(line: &Line) -> Cow<'_, Line> {
    let Some((tone, text)) = line.pieces.first().filter(|(tone, _)| *tone != Tone::Plain) else {
        return Cow::Borrowed(line);
    };
    // A line of a question may be indented below the one that it is about.
    let words = text.trim_start_matches(' ');
    let margin = &text[..text.len() - words.len()];
    let of_sign = |sign: Sign| {
        let rest = without(words, sign.glyph())?;
        Some(if rest == sign.word() {
            rest.to_owned()
        } else {
            format!("{}: {rest}", sign.word())
        })
    };
    let silent = |sign| without(words, sign).map(str::to_owned);
    let spoken = Sign::ALL.into_iter().find_map(of_sign);
    match spoken.or_else(|| SILENT_SIGNS.into_iter().find_map(silent)) {
        Some(words) => {
            let mut line = line.clone();
            line.pieces[0] = (*tone, format!("{margin}{words}"));
            Cow::Owned(line)
        }
        None => Cow::Borrowed(line),
    }
}

fn without<'t>(text: &'t str, sign: &str) -> Option<&'t str> {
    text.strip_prefix(sign)?.strip_prefix(' ')
}

/// A row in words: its number, the word for its sign, then its text.
pub fn row(row: &Row<'_>, number: Option<usize>) -> Line {
    let number = number.map_or_else(String::new, |number| number.to_string());
    match row {
        Row::Group(group) if group.folded => {
            let words = format!("{number:>3}  {} ({}), closed", group.title, group.count);
            Line::new(words).hang(5)
        }
        Row::Group(group) => Line::new(format!("{} ({})", group.title, group.count)),
        Row::Item(_) | Row::Late(..) => row
            .words()
            .map_or_else(Line::empty, |item| in_words(&item, &number)),
        Row::Diff { row, .. } => of_difference(*row, &number),
        Row::Pair { old, new, .. } => {
            let side = new.or(*old);
            side.map_or_else(Line::empty, |row| of_difference(row, &number))
        }
        Row::Words(line) => line.clone(),
    }
}

/// A row that stands for left-out lines has a number, which shows them.
fn of_difference(row: DiffLine<'_>, number: &str) -> Line {
    match number {
        "" => diff::line(row),
        number => Line::new(format!("{number:>3}  … {}", row.text())).hang(5),
    }
}

fn in_words(item: &Item<'_>, number: &str) -> Line {
    let mut words = item.sign.map_or_else(String::new, |sign| {
        format!("{number:>3}  {:<8}", sign.word())
    });
    words.push_str(&item.title);
    words.push_str(&said(item));
    if !item.tail.is_empty() {
        words.push_str(&format!(" ({})", item.tail.trim()));
    }
    Line::new(words).hang(13)
}

fn said(item: &Item<'_>) -> String {
    if item.aside.is_empty() {
        return String::new();
    }
    // The word for the sign says it already.
    let sign = item.sign.map_or("", Sign::word);
    let aside = item.aside.strip_prefix(sign);
    let aside = aside.and_then(|rest| rest.strip_prefix(": "));
    format!(": {}", aside.unwrap_or(&item.aside))
}

/// The content of a row apart from its number and its clock: a change of it is news.
pub fn news(row: &Row<'_>) -> Option<String> {
    let item = row.words()?;
    let sign = item.sign.map_or("", Sign::word);
    Some(format!("{sign} {}{}", item.title, said(&item)))
}
