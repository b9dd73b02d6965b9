//! The list: only the rows that are on the screen are looked at twice.

use super::{put, put_text};
use crate::tui::{
    app::Focus,
    backend::DiffRow,
    line::{Line, shorten, shorten_middle},
    page::{Group, Item, Page, Row, top_for},
    screen::diff,
    theme::{Look, Tone},
};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

/// Columns for the mark of the selection and the sign.
const MARGIN: usize = 4;

pub fn paint(page: &Page<'_>, area: Rect, buffer: &mut Buffer) {
    let look = page.app.ui.look;
    if page.nothing_matches {
        let filter = page.app.list().filter;
        let words = format!("nothing matches  {filter}");
        put_text(
            look,
            buffer,
            (area.x + 1, area.y),
            &words,
            Tone::Attention,
            area.width,
        );
        return;
    }
    let at = page.selected_at();
    let height = usize::from(area.height);
    let top = top(page, area, buffer.area.width);
    let shown = page.rows.iter().enumerate().skip(top).take(height);
    let columns = Columns::of(
        look,
        &page.rows[top..(top + height).min(page.rows.len())],
        area.width,
    );
    for ((n, row), y) in shown.zip(area.y..) {
        let selected = at == Some(n);
        let strip = Rect {
            y,
            height: 1,
            ..area
        };
        let mark = match page.app.ui.focus {
            _ if !selected => None,
            Focus::List => Some(Tone::Accent),
            Focus::Detail => Some(Tone::Dim),
        };
        paint_row(look, row, &columns, mark, strip, buffer);
    }
    more(look, page.rows.len(), top, area, buffer);
}

/// The first row to show. Where a row goes from edge to edge the terminal moves the rows by itself,
/// so they go one by one; beside a detail it cannot, and most keys must change two rows, not all.
pub fn top(page: &Page<'_>, area: Rect, screen_columns: u16) -> usize {
    let height = usize::from(area.height);
    let step = if area.width == screen_columns {
        1
    } else {
        (height / 2).max(1)
    };
    let at = page.selected_at().unwrap_or(0);
    top_for(page.app.list().top, at, page.rows.len(), height, step)
}

/// How many rows are above and below, in the corner where a group's header leaves room.
fn more(look: Look, count: usize, top: usize, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let mut say = |words: String, y: u16| {
        let columns = u16::try_from(look.text(&words).width()).unwrap_or(u16::MAX);
        if columns < area.width {
            put_text(
                look,
                buffer,
                (area.right() - columns, y),
                &words,
                Tone::Dim,
                columns,
            );
        }
    };
    if height < 3 {
        return;
    }
    if top > 0 {
        say(format!(" ↑ {top} more "), area.y);
    }
    if top + height < count {
        say(
            format!(" ↓ {} more ", count - top - height),
            area.bottom() - 1,
        );
    }
}

/// The columns of what is on the screen.
struct Columns {
    title: usize,
    tail: usize,
    all: usize,
}

impl Columns {
    fn of(look: Look, rows: &[Row<'_>], width: u16) -> Self {
        let all = usize::from(width).saturating_sub(MARGIN + 1);
        let widest = |text: fn(&Item<'_>) -> String| {
            let widths = rows.iter().map(|row| match row {
                Row::Item(item) => look.text(&text(item)).width(),
                Row::Group(_) | Row::Pair { .. } | Row::Diff { .. } | Row::Words(_) => 0,
            });
            widths.max().unwrap_or(0)
        };
        let asides = widest(|item| item.aside.to_string());
        let tail = widest(|item| item.tail.to_string());
        let title = widest(|item| item.title.to_string());
        let room = all.saturating_sub(if tail > 0 { tail + 2 } else { 0 });
        let title_max = if asides == 0 {
            room
        } else {
            room.saturating_sub(asides + 2).max(room * 3 / 5)
        };
        Self {
            title: title.min(title_max),
            tail,
            all,
        }
    }
}

fn paint_row(
    look: Look,
    row: &Row<'_>,
    columns: &Columns,
    mark: Option<Tone>,
    area: Rect,
    buffer: &mut Buffer,
) {
    // Nothing else marks the selected row: going to the next one costs two characters.
    if let Some(tone) = mark {
        put_text(look, buffer, (area.x + 1, area.y), "▸", tone, 1);
    }
    let x = area.x + 3;
    let room = area.width.saturating_sub(3);
    match row {
        Row::Group(group) => paint_group(look, group, mark.is_some(), (x, area.y), room, buffer),
        Row::Item(item) => put(
            look,
            buffer,
            (x, area.y),
            &item_line(look, item, columns),
            room,
        ),
        Row::Diff { row, .. } => put(look, buffer, (x, area.y), &diff_line(look, row, room), room),
        Row::Pair { old, new, .. } => {
            let half = room / 2;
            for (side, x, width) in [(old, x, half), (new, x + half, room - half)] {
                if let Some(row) = side {
                    let width = width.saturating_sub(1);
                    put(
                        look,
                        buffer,
                        (x, area.y),
                        &diff_line(look, row, width),
                        width,
                    );
                }
            }
        }
        Row::Words(line) => {
            let text = shorten(&line.text(), usize::from(room), look);
            let tone = line.pieces.first().map_or(Tone::Plain, |(tone, _)| *tone);
            put_text(
                look,
                buffer,
                (area.x + 1, area.y),
                &text,
                tone,
                area.width - 1,
            );
        }
    }
}

fn paint_group(
    look: Look,
    group: &Group,
    selected: bool,
    (x, y): (u16, u16),
    room: u16,
    buffer: &mut Buffer,
) {
    let closed = if group.folded { "  closed" } else { "" };
    let words = format!("{} ({}){closed}", group.title, group.count);
    let words = shorten(&words, usize::from(room), look);
    let x = if selected { x } else { x - 2 };
    put_text(look, buffer, (x, y), &words, Tone::Strong, room);
}

fn item_line(look: Look, item: &Item<'_>, columns: &Columns) -> Line {
    let Some(sign) = item.sign else {
        return Line::toned(item.tone, shorten(&item.title, columns.all + 1, look));
    };
    // Routes of one file begin alike: their ends tell them apart.
    let is_route = !item.title.contains(' ');
    let title = if is_route {
        shorten_middle(&item.title, columns.title / 3, columns.title, look)
    } else {
        shorten(&item.title, columns.title, look)
    };
    let title = pad(title, columns.title);
    let tail = look.text(&item.tail);
    let tail_room = if columns.tail > 0 {
        columns.tail + 2
    } else {
        0
    };
    let aside_room = columns.all.saturating_sub(columns.title + 2 + tail_room);
    let aside = pad(shorten(&item.aside, aside_room, look), aside_room);
    Line::toned(item.tone, sign.glyph())
        .and(Tone::Plain, format!(" {title}"))
        .and(Tone::Plain, format!("  {aside}"))
        .and(Tone::Dim, format!("{tail:>tail_room$}"))
}

fn pad(text: String, columns: usize) -> String {
    let gap = columns.saturating_sub(text.width());
    text + &" ".repeat(gap)
}

fn diff_line(look: Look, row: &DiffRow, width: u16) -> Line {
    let line = diff::line(row);
    if line.text().width() <= usize::from(width) {
        return line;
    }
    let tone = diff::margin(row).1;
    Line::toned(tone, shorten(&line.text(), usize::from(width), look))
}
