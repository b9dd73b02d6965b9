//! The list: only visible rows are painted, and only those near them are made.

use super::{put, put_text};
use crate::tui::{
    app::Focus,
    line::{Line, shorten, shorten_middle},
    page::{Group, Item, Page, Row, top_for},
    screen::diff::{self, DiffLine},
    theme::{Look, Tone},
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::collections::{HashMap, HashSet};
use unicode_width::UnicodeWidthStr;

/// Rows above and below the visible ones that count for the column widths: scrolling must not move
/// the columns.
const NEIGHBOURS: usize = 50;

/// Columns for the selection mark and the sign.
const MARGIN: usize = 4;
/// Columns beside words that are not a row: one on each side.
pub const WORDS_MARGIN: u16 = 2;

/// Paints the line above a filtered list.
pub fn paint_hides(page: &Page<'_>, area: Rect, buffer: &mut Buffer) {
    let words = page.hides().unwrap_or_default();
    let (start, columns) = ((area.x + 1, area.y), area.width.saturating_sub(1));
    let look = page.app.ui.look;
    put_text(look, buffer, start, &words, Tone::Attention, columns);
}

pub fn paint(page: &Page<'_>, area: Rect, buffer: &mut Buffer) {
    let look = page.app.ui.look;
    let at = page.selected_at();
    let height = usize::from(area.height);
    let top = top(page, area, buffer.area.width);
    let first = top.saturating_sub(NEIGHBOURS);
    let near = page.rows.iter().take(top + height + NEIGHBOURS).skip(first);
    let near: Vec<_> = near.map(Row::words).collect();
    let items: Vec<&Item<'_>> = near.iter().flatten().map(|item| &**item).collect();
    let columns = Columns::of(look, &items, area.width);
    let shown = page.rows.iter().enumerate().skip(top).take(height);
    for ((n, row), y) in shown.zip(area.y..) {
        let item = near[n - first].as_deref();
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
        paint_row(look, (row, item), &columns, mark, strip, buffer);
    }
}

/// The first visible row. Where rows fill the full width, the terminal can move them by itself, so
/// the list scrolls by one; beside a detail it cannot, so that most keys should change two rows,
/// not all.
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

/// Paints how many rows are above and below the pane: on a line of its own, or in the rule. Beside
/// the rows it would come and go with them.
pub fn paint_hidden(page: &Page<'_>, list: Rect, area: Rect, buffer: &mut Buffer) {
    let look = page.app.ui.look;
    let above = top(page, list, buffer.area.width);
    let below = page
        .rows
        .len()
        .saturating_sub(above + usize::from(list.height));
    let words = match (above, below) {
        (0, below) => format!(" ↓ {below} more "),
        (above, 0) => format!(" ↑ {above} more "),
        (above, below) => format!(" ↑ {above}  ↓ {below} more "),
    };
    let columns = u16::try_from(words.width()).unwrap_or(u16::MAX);
    let x = area.right().saturating_sub(columns.saturating_add(2));
    let start = (x.max(area.x), area.y);
    put_text(look, buffer, start, &words, Tone::Dim, area.width);
}

/// Column widths for the visible rows and those near them.
struct Columns {
    title: usize,
    tail: usize,
    all: usize,
    /// Cut titles that several rows would share.
    alike: HashSet<String>,
}

impl Columns {
    fn of<'i>(look: Look, items: &[&'i Item<'i>], width: u16) -> Self {
        let all = usize::from(width).saturating_sub(MARGIN + 1);
        let widest = |text: fn(&'i Item<'i>) -> &'i str| {
            let widths = items.iter().map(|item| look.text(text(item)).width());
            widths.max().unwrap_or(0)
        };
        let asides = widest(|item| &item.aside);
        let tail = widest(|item| &item.tail);
        // A title with nothing beside it has the whole row, so it does not count.
        let title = widest(|item| {
            if item.aside.is_empty() {
                ""
            } else {
                &item.title
            }
        });
        let room = all.saturating_sub(if tail > 0 { tail + 2 } else { 0 });
        let title_max = if asides == 0 {
            room
        } else {
            room.saturating_sub(asides + 2).max(room * 3 / 5)
        };
        let mut columns = Self {
            title: title.min(title_max),
            tail,
            all,
            alike: HashSet::new(),
        };
        columns.alike = columns.alike(look, items);
        columns
    }

    fn alike(&self, look: Look, items: &[&Item<'_>]) -> HashSet<String> {
        let mut cut: HashMap<String, &str> = HashMap::new();
        let mut alike = HashSet::new();
        for item in items {
            let room = self.title_of(item);
            if item.title.width() > room {
                let head = shorten(&item.title, room, look);
                if cut
                    .insert(head.clone(), &item.title)
                    .is_some_and(|other| *other != *item.title)
                {
                    alike.insert(head);
                }
            }
        }
        alike
    }

    fn tail_of(&self, item: &Item<'_>) -> usize {
        if item.tail.is_empty() {
            0
        } else {
            self.tail + 2
        }
    }

    fn title_of(&self, item: &Item<'_>) -> usize {
        match (item.sign, item.aside.is_empty()) {
            (None, _) => self.all + 1,
            (Some(_), true) => self.all.saturating_sub(self.tail_of(item) + 2),
            (Some(_), false) => self.title,
        }
    }

    fn line(&self, look: Look, item: &Item<'_>) -> Line {
        let title_room = self.title_of(item);
        let title = self.title_in(title_room, look, &item.title);
        let Some(sign) = item.sign else {
            return Line::toned(item.tone, title);
        };
        let tail = look.text(&item.tail);
        let tail_room = self.tail_of(item);
        let aside_room = self.all.saturating_sub(title_room + 2 + tail_room);
        let aside = pad(shorten(&item.aside, aside_room, look), aside_room);
        Line::toned(item.tone, sign.glyph())
            .and(Tone::Plain, format!(" {}", pad(title, title_room)))
            .and(Tone::Plain, format!("  {aside}"))
            .and(Tone::Dim, format!("{tail:>tail_room$}"))
    }

    fn title_in(&self, room: usize, look: Look, title: &str) -> String {
        let head = shorten(title, room, look);
        // Routes in one file start alike: their ends tell them apart.
        let is_route = title.split(" → ").all(|side| !side.contains(' '));
        if is_route || self.alike.contains(&head) {
            return shorten_middle(title, room / 3, room, look);
        }
        head
    }
}

fn paint_row(
    look: Look,
    (row, item): (&Row<'_>, Option<&Item<'_>>),
    columns: &Columns,
    mark: Option<Tone>,
    area: Rect,
    buffer: &mut Buffer,
) {
    // The mark alone shows the selection: moving it costs two characters.
    if let Some(tone) = mark {
        put_text(look, buffer, (area.x + 1, area.y), "▸", tone, 1);
    }
    let x = area.x + 3;
    let room = area.width.saturating_sub(3);
    match row {
        Row::Group(group) => paint_group(look, group, mark.is_some(), (x, area.y), room, buffer),
        Row::Item(_) | Row::Late(..) => {
            if let Some(item) = item {
                let line = columns.line(look, item);
                put(look, buffer, (x, area.y), &line, room);
            }
        }
        Row::Diff { row, .. } => {
            let line = diff_line(look, *row, row.line(), room);
            put(look, buffer, (x, area.y), &line, room);
        }
        Row::Pair { old, new, .. } => {
            let half = room / 2;
            let sides = [
                (old.map(|row| (row, row.old_line())), x, half),
                (new.map(|row| (row, row.line())), x + half, room - half),
            ];
            for (side, x, width) in sides {
                if let Some((row, number)) = side {
                    let width = width.saturating_sub(1);
                    let line = diff_line(look, row, number, width);
                    put(look, buffer, (x, area.y), &line, width);
                }
            }
        }
        Row::Words(line) => {
            let room = area.width.saturating_sub(WORDS_MARGIN);
            let text = shorten(&line.text(), usize::from(room), look);
            let tone = line.pieces.first().map_or(Tone::Plain, |(tone, _)| *tone);
            put_text(look, buffer, (area.x + 1, area.y), &text, tone, room);
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
    // The count is shown even if the title is cut.
    let count = format!(" ({}){closed}", group.count);
    let title = usize::from(room).saturating_sub(count.len());
    let words = shorten(&group.title, title, look) + &count;
    let x = if selected { x } else { x - 2 };
    put_text(look, buffer, (x, y), &words, Tone::Strong, room);
}

fn pad(text: String, columns: usize) -> String {
    let gap = columns.saturating_sub(text.width());
    text + &" ".repeat(gap)
}

fn diff_line(look: Look, row: DiffLine<'_>, number: Option<usize>, width: u16) -> Line {
    let line = diff::numbered(row, number);
    if line.text().width() <= usize::from(width) {
        return line;
    }
    let tone = diff::margin(row, number).1;
    Line::toned(tone, shorten(&line.text(), usize::from(width), look))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        app::App,
        glyph::Sign,
        page::{Made, RowKey},
    };
    use std::cell::Cell;

    thread_local! {
        static MADE: Cell<usize> = const { Cell::new(0) };
    }

    fn one_of_many(_: &App, nth: usize) -> Option<Item<'_>> {
        MADE.set(MADE.get() + 1);
        let key = RowKey::Fact(nth);
        Some(Row::item(key, Sign::NotYet, Tone::Plain, "one of many"))
    }

    const LOOK: Look = Look {
        colour: true,
        unicode: true,
    };

    #[test]
    fn rows_that_would_read_alike_show_their_ends() {
        let item = |title| Row::item(RowKey::Fact(0), Sign::NotYet, Tone::Plain, title);
        let items = [
            item("put the configuration of the old release back"),
            item("put the configuration of the new release away"),
            item("stop the service that nobody has looked at"),
        ];
        let items: Vec<&Item<'_>> = items.iter().collect();
        let columns = Columns::of(LOOK, &items, 32);
        let shown = items.iter().map(|item| columns.line(LOOK, item).text());
        let shown: Vec<String> = shown.map(|text| text.trim_end().to_owned()).collect();
        assert_eq!(
            shown,
            [
                "· put the… old release back",
                "· put the… new release away",
                "· stop the service that no…",
            ]
        );
    }

    #[test]
    fn only_the_rows_near_the_screen_are_made() {
        let app = App::new(crate::tui::Start::new(LOOK), (80, 24));
        let row = |nth| {
            let (app, by) = (&app, one_of_many);
            Row::Late(RowKey::Fact(nth), Made { app, nth, by })
        };
        let page = Page {
            app: &app,
            rows: (0..500).map(row).collect(),
            current: None,
            selected: Some(RowKey::Fact(250)),
            filter: None,
        };
        let area = Rect::new(0, 0, 80, 10);
        paint(&page, area, &mut Buffer::empty(area));
        assert_eq!(MADE.get(), 10 + 2 * NEIGHBOURS);
    }
}
