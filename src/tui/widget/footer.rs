//! The last two lines: what Enter does now, and the keys that work now. Above them, until the next
//! key, a sentence about the last request; above that, for a run that goes back by itself unless
//! confirmed, the time left.

use super::{countdown, put};
use crate::tui::{
    app::Ui,
    keymap::{self, Binding, Command},
    line::{Line, one_line, take_columns},
    page::{BETWEEN, Page},
    theme::{Look, Tone},
    view::areas,
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// Maximum rows of a sentence.
const ROWS_MAX: usize = 2;

pub fn paint(page: &Page<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width).saturating_sub(2);
    let lines = lines(page, width);
    // If not everything fits, the keys at the end stay.
    let over = lines.len().saturating_sub(usize::from(area.height));
    for (line, y) in lines[over..].iter().zip(area.top()..) {
        put(page.app.ui.look, buffer, (area.x + 1, y), line, area.width);
    }
}

/// Rows needed on a terminal of this width.
pub fn height(page: &Page<'_>, columns: u16) -> u16 {
    let width = usize::from(columns).saturating_sub(2);
    u16::try_from(lines(page, width).len()).unwrap_or(1)
}

fn lines(page: &Page<'_>, width: usize) -> Vec<Line> {
    let mut all: Vec<Line> = countdown::line(page.app).into_iter().collect();
    if let Some(notice) = &page.app.ui.notice {
        all.extend(of_rows(&notice.line, width, page.app.ui.look));
    }
    all.extend(says(page, width));
    all.push(keys(page, width));
    all
}

/// Whether the notice fits in full.
pub fn holds(ui: &Ui) -> bool {
    let width = usize::from(ui.size.0).saturating_sub(2);
    let notice = ui.notice.as_ref();
    notice.is_none_or(|notice| notice.line.wrap(width, ui.look).len() <= ROWS_MAX)
}

/// The sentence in as many rows as it may take from the rest of the screen. A cut one ends in `…`.
fn of_rows(line: &Line, width: usize, look: Look) -> Vec<Line> {
    let mut lines = line.wrap(width, look);
    if lines.len() > ROWS_MAX {
        lines.truncate(ROWS_MAX);
        let tone = line.pieces.first().map_or(Tone::Plain, |(tone, _)| *tone);
        if let Some(last) = lines.last_mut() {
            let room = width.saturating_sub(look.text(" …").width());
            let text = last.text();
            let cut = take_columns(text.trim_end(), room).trim_end();
            *last = Line::toned(tone, format!("{cut} …"));
        }
    }
    lines
}

/// What Enter does now. It takes two lines if it does not fit on one: half of it would mislead.
fn says(page: &Page<'_>, width: usize) -> Vec<Line> {
    let app = page.app;
    let says = match (&app.ui.dialog, app.ui.busy()) {
        (Some(dialog), _) => dialog.enter(app),
        (None, Some(busy)) => format!("Enter: wait — {busy}"),
        (None, None) => page.enter().said(page).join(BETWEEN),
    };
    let line = Line::toned(Tone::Strong, one_line(&says)).hang(2);
    of_rows(&line, width, app.ui.look)
}

/// As many keys as there is room for; help and leave are always among them.
fn keys(page: &Page<'_>, width: usize) -> Line {
    let look = page.app.ui.look;
    let mut all = keymap::working(page);
    // Folding is mentioned beside its row, if there is room.
    all.retain(|binding| binding.command != Command::Fold || areas::is_narrow(page.app.ui.size));
    let is_last = |at: &usize| keymap::always_shown(all[*at]);
    let (last, first): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(is_last);
    let mut room = width;
    let fits = |at: &usize| {
        let Binding { shown, label, .. } = all[*at];
        let left = room.checked_sub(look.text(shown).width() + label.width() + 3);
        room = left.unwrap_or(room);
        left.is_some()
    };
    // Where little fits, the keys that lead out stay; they end the table.
    let by_need = last.into_iter().rev().chain(first);
    let kept: BTreeSet<usize> = by_need.filter(fits).collect();
    kept.into_iter().fold(Line::empty(), |line, at| {
        line.and(Tone::Accent, all[at].shown)
            .and(Tone::Dim, format!(" {}  ", all[at].label))
    })
}
