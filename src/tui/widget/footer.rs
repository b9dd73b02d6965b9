//! The last two lines: what Enter does now, and the keys that work now. Above them, for one key
//! long, a sentence about the last thing that was asked for.

use super::{put, put_text};
use crate::tui::{
    keymap,
    line::{Line, one_line, shorten},
    page::Page,
    theme::Tone,
};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

pub fn paint(page: &Page<'_>, area: Rect, buffer: &mut Buffer) {
    let app = page.app;
    let look = app.ui.look;
    let width = usize::from(area.width).saturating_sub(2);
    let mut y = area.y;
    if let Some(notice) = &app.ui.notice
        && area.height > 2
    {
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
    if area.height < 2 {
        return;
    }
    let says = match (&app.ui.dialog, app.ui.busy) {
        (Some(dialog), _) => dialog.enter(app),
        (None, Some(busy)) => format!("Enter: wait — {busy}"),
        (None, None) => page.enter().says,
    };
    let says = shorten(&one_line(&says), width, look);
    put_text(
        look,
        buffer,
        (area.x + 1, y),
        &says,
        Tone::Strong,
        area.width,
    );
    put(
        look,
        buffer,
        (area.x + 1, y + 1),
        &keys(page, width),
        area.width,
    );
}

/// As many keys as there is room for; help and leave are always among them.
fn keys(page: &Page<'_>, width: usize) -> Line {
    if page.app.ui.dialog.is_some() {
        return Line::empty()
            .and(Tone::Accent, "Esc")
            .and(Tone::Dim, " back  ")
            .and(Tone::Accent, "Ctrl-U")
            .and(Tone::Dim, " empty the line");
    }
    let look = page.app.ui.look;
    let size = |shown: &str, label: &str| look.text(shown).width() + label.width() + 3;
    let is_last = |shown: &str| shown == "?" || shown == "q";
    let all: Vec<_> = keymap::working(page).collect();
    let last: usize = all
        .iter()
        .filter(|b| is_last(b.shown))
        .map(|b| size(b.shown, b.label))
        .sum();
    let mut room = width.saturating_sub(last);
    let mut line = Line::empty();
    for binding in all {
        let columns = size(binding.shown, binding.label);
        if !is_last(binding.shown) {
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
