//! Wrapped text that scrolls, with the choices below it. What does not fit is announced: `… 12 more
//! lines`, and what is above: `↑ 5 more lines`.

use super::{put, put_text};
use crate::tui::{
    app::App,
    dialog::Dialog,
    line::Line,
    page::{Detail, Page},
    theme::Tone,
    view::areas,
};
use ratatui::{buffer::Buffer, layout::Rect};

struct Laid {
    lines: Vec<Line>,
    menu: Vec<Line>,
    /// Rows available for `lines`.
    height: usize,
}

impl Laid {
    /// Rows for this many lines. If they do not fit, one row announces that, unless it is the only
    /// row, which must show text.
    fn room(&self, lines: usize) -> usize {
        match self.height {
            rows if rows > 1 && lines > rows => rows - 1,
            rows => rows,
        }
    }

    fn last_top(&self) -> usize {
        let lines = self.lines.len();
        lines.saturating_sub(self.room(lines))
    }
}

fn lay(app: &App, detail: &Detail, area: Rect) -> Laid {
    let width = usize::from(area.width).saturating_sub(2);
    let look = app.ui.look;
    let wrap = |lines: &[Line]| -> Vec<Line> {
        lines
            .iter()
            .flat_map(|line| line.wrap(width, look))
            .collect()
    };
    let mut lines = wrap(&detail.lines);
    let mut menu = wrap(&detail.menu);
    let rows = usize::from(area.height);
    // The choices and the field come before the text; the field is the last line of a question. If
    // the words to type do not fit, they scroll with the text: nobody can type what cannot be read.
    let field = detail.menu.last();
    let field = field.map_or(0, |line| line.wrap(width, look).len());
    // Of a long reason the end is shown, so that above it can still be read what it is for. On a tiny
    // screen the field's own label says that.
    let kept = match &app.ui.dialog {
        Some(Dialog::Reason { .. }) if !areas::is_tiny(app.ui.size) => lines.len().min(rows / 2),
        Some(_) | None => 0,
    };
    match app.ui.dialog {
        Some(Dialog::Typed { .. }) if field > rows => drop(lines.splice(..0, menu.drain(..))),
        Some(_) => drop(menu.drain(..menu.len().saturating_sub(rows - kept))),
        None => menu.truncate(rows),
    }
    Laid {
        lines,
        height: rows - menu.len(),
        menu,
    }
}

/// Rows needed for all of it.
pub fn height(app: &App, detail: &Detail, columns: u16) -> usize {
    let width = usize::from(columns).saturating_sub(2);
    let all = detail.lines.iter().chain(&detail.menu);
    all.map(|line| line.wrap(width, app.ui.look).len()).sum()
}

/// Visible rows of the text, and the last scroll position that fills them.
pub fn extent(app: &App, detail: &Detail, area: Rect) -> (usize, usize) {
    let laid = lay(app, detail, area);
    (laid.height, laid.last_top())
}

pub fn paint(page: &Page<'_>, detail: &Detail, area: Rect, buffer: &mut Buffer) {
    let app = page.app;
    let laid = lay(app, detail, area);
    let top = app.ui.detail_top.min(laid.last_top());
    let look = app.ui.look;
    let left = laid.lines.len() - top;
    let room = laid.room(laid.lines.len());
    let menu_at = area.y + u16::try_from(laid.height).unwrap_or(area.height);
    let (x, width) = (area.x + 1, area.width.saturating_sub(1));
    let mut y = area.y;
    for line in laid.lines.iter().skip(top).take(room) {
        put(look, buffer, (x, y), line, width);
        y += 1;
    }
    let how = if page.scrolls() || page.app.ui.dialog.is_some() {
        "Down or PgDn"
    } else {
        "Tab, then Down"
    };
    let words = match (top, left.saturating_sub(room)) {
        (0, 0) => String::new(),
        (0, below) => format!("… {below} more lines: {how}"),
        (above, 0) => format!("↑ {above} more lines"),
        (above, below) => format!("↑ {above}  … {below} more lines: {how}"),
    };
    if !words.is_empty() && room < laid.height {
        put_text(look, buffer, (x, y), &words, Tone::Dim, width);
    }
    for (y, line) in (menu_at..).zip(&laid.menu) {
        put(look, buffer, (x, y), line, width);
    }
}

/// Paints the line between list and detail.
pub fn rule(app: &App, area: Rect, buffer: &mut Buffer) {
    let look = app.ui.look;
    if area.width <= 2 {
        for y in area.top()..area.bottom() {
            put_text(look, buffer, (area.x, y), "│", Tone::Dim, 1);
        }
    } else if area.height > 0 {
        let line = "─".repeat(usize::from(area.width).saturating_sub(2));
        put_text(
            look,
            buffer,
            (area.x + 1, area.y),
            &line,
            Tone::Dim,
            area.width,
        );
    }
}
