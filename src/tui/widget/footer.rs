//! The last two lines: what Enter does now, and the keys that work now. Above them, for one key
//! long, a sentence about the last thing that was asked for; above that, while a run goes back by
//! itself if nobody confirms, how long that is.

use super::{countdown, put, put_text};
use crate::tui::{
    dialog::{Dialog, emergency},
    keymap,
    line::{Line, one_line, shorten},
    page::Page,
    theme::Tone,
};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

const SAYS_ROWS_MAX: usize = 2;

pub fn paint(page: &Page<'_>, area: Rect, buffer: &mut Buffer) {
    let app = page.app;
    let look = app.ui.look;
    let width = usize::from(area.width).saturating_sub(2);
    let mut y = area.y;
    if let Some(line) = countdown::line(app) {
        put(look, buffer, (area.x + 1, y), &line, area.width);
        y += 1;
    }
    if let Some(notice) = &app.ui.notice {
        let words = shorten(&format!("! {}", one_line(notice)), width, look);
        put_text(
            look,
            buffer,
            (area.x + 1, y),
            &words,
            Tone::Attention,
            area.width,
        );
        y += 1;
    }
    for line in says(page, width) {
        if y < area.bottom() {
            put(look, buffer, (area.x + 1, y), &line, area.width);
            y += 1;
        }
    }
    if y < area.bottom() {
        put(
            look,
            buffer,
            (area.x + 1, y),
            &keys(page, width),
            area.width,
        );
    }
}

/// Rows that are needed on a terminal of this width.
pub fn height(page: &Page<'_>, columns: u16) -> u16 {
    let width = usize::from(columns).saturating_sub(2);
    let above = [
        countdown::by_ms(page.app).is_some(),
        page.app.ui.notice.is_some(),
    ];
    let above: u16 = above.into_iter().map(u16::from).sum();
    let says = u16::try_from(says(page, width).len()).unwrap_or(1);
    above + says + 1
}

/// What Enter does now. Where it does not fit on a line it takes two: half of it would mislead.
fn says(page: &Page<'_>, width: usize) -> Vec<Line> {
    let app = page.app;
    let says = match (&app.ui.dialog, app.ui.busy) {
        (Some(dialog), _) => dialog.enter(app),
        (None, Some(busy)) => format!("Enter: wait — {busy}"),
        (None, None) => page.enter().says,
    };
    let line = Line::toned(Tone::Strong, one_line(&says)).hang(2);
    let mut lines = line.wrap(width, app.ui.look);
    lines.truncate(SAYS_ROWS_MAX);
    lines
}

/// As many keys as there is room for; help and leave are always among them.
fn keys(page: &Page<'_>, width: usize) -> Line {
    if let Some(Dialog::Emergency { at }) = page.app.ui.dialog {
        let keys = emergency::keys(page.app, at).into_iter();
        return keys.fold(Line::empty(), |line, (key, label)| {
            line.and(Tone::Accent, key)
                .and(Tone::Dim, format!(" {label}  "))
        });
    }
    if let Some(dialog) = &page.app.ui.dialog {
        let back = Line::empty()
            .and(Tone::Accent, "Esc")
            .and(Tone::Dim, " back  ");
        return match dialog {
            Dialog::Sure(_) => back.and(Tone::Accent, "y").and(Tone::Dim, " yes"),
            Dialog::Going => back.and(Tone::Accent, "l p s").and(Tone::Dim, " leave"),
            Dialog::Told { .. } => back,
            Dialog::Filter(_)
            | Dialog::Value { .. }
            | Dialog::Reason { .. }
            | Dialog::Typed { .. }
            | Dialog::Emergency { .. } => back
                .and(Tone::Accent, "Ctrl-U")
                .and(Tone::Dim, " empty the line"),
        };
    }
    let look = page.app.ui.look;
    let size = |shown: &str, label: &str| look.text(shown).width() + label.width() + 3;
    let all = keymap::working(page);
    let last = all.iter().filter(|binding| keymap::always_shown(binding));
    let last: usize = last.map(|binding| size(binding.shown, binding.label)).sum();
    let mut room = width.saturating_sub(last);
    let mut line = Line::empty();
    for binding in all {
        let columns = size(binding.shown, binding.label);
        if !keymap::always_shown(binding) {
            if columns > room {
                continue;
            }
            room -= columns;
        }
        line = line
            .and(Tone::Accent, binding.shown)
            .and(Tone::Dim, format!(" {}  ", binding.label));
    }
    line
}
