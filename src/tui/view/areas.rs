//! The layout for every size. A pure function of the page, so that movement knows the height of the
//! list without a frame.

use super::detail;
use crate::tui::{
    app::{Focus, Screen},
    page::{Detail, Page, RowKey},
    widget::{footer, list, text},
};
use ratatui::layout::Rect;

/// From this width on the detail stands beside the list.
pub const WIDE_COLUMNS: u16 = 110;
/// Below this width or `LOW_ROWS` there is room only for the list or the detail.
const NARROW_COLUMNS: u16 = 70;
const LOW_ROWS: u16 = 18;
/// Below this height there is room only for what is being asked, in few words.
const TINY_ROWS: u16 = 13;
/// Minimum width of the list with the detail beside it. A wider terminal is split in half.
const LIST_COLUMNS_WIDE: u16 = 54;

/// The width of a list, with the detail beside or below it.
pub fn list_columns(columns: u16) -> u16 {
    match columns {
        ..WIDE_COLUMNS => columns,
        WIDE_COLUMNS.. => (columns / 2).max(LIST_COLUMNS_WIDE),
    }
}

pub struct Areas {
    pub header: Rect,
    pub body: Rect,
    /// The line that says what the filter of the list or text hides.
    pub hides: Option<Rect>,
    pub list: Option<Rect>,
    /// The line that counts the rows above and below the visible ones: the rule below the list, or
    /// a line of its own.
    pub hidden: Option<Rect>,
    /// The line between list and detail.
    pub rule: Option<Rect>,
    pub detail: Option<Rect>,
    pub footer: Rect,
}

pub fn is_narrow((columns, rows): (u16, u16)) -> bool {
    columns < NARROW_COLUMNS || rows < LOW_ROWS
}

/// Whether every row counts.
pub fn is_tiny((_, rows): (u16, u16)) -> bool {
    rows < TINY_ROWS
}

impl Areas {
    pub fn of(page: &Page<'_>, area: Rect) -> Self {
        let narrow = is_narrow((area.width, area.height));
        let header_rows = if narrow { 1 } else { 2 };
        // Even the smallest terminal shows one row of what is listed or asked: no key may act on
        // something invisible.
        let others = area.height.saturating_sub(1);
        let footer_rows = footer::height(page, area.width).min(others);
        let header_rows = header_rows.min(others - footer_rows);
        let [header, rest] = split_rows(area, header_rows);
        let [body, footer] = split_rows(rest, rest.height - footer_rows);
        let mut areas = Self {
            header,
            body,
            hides: None,
            list: None,
            hidden: None,
            rule: None,
            detail: None,
            footer,
        };
        areas.fill(page, narrow);
        if page.filter.is_some() {
            areas.head_what_is_filtered(page);
        }
        areas.end_what_is_longer(page.rows.len());
        areas
    }

    fn end_what_is_longer(&mut self, rows: usize) {
        let Some(list) = &mut self.list else { return };
        if rows <= usize::from(list.height) {
            return;
        }
        let below = self.rule.filter(|rule| rule.y == list.bottom());
        self.hidden = below.or_else(|| {
            // If there is room for only one row, it is the selected one.
            let shown = list.height.checked_sub(1).filter(|shown| *shown > 0)?;
            let [shown, last] = split_rows(*list, shown);
            *list = shown;
            Some(last)
        });
    }

    fn head_what_is_filtered(&mut self, page: &Page<'_>) {
        let filtered = if page.is_text() {
            &mut self.detail
        } else {
            &mut self.list
        };
        let Some(area) = filtered else { return };
        // If there is room for only one row, it is the selected one, unless nothing matches.
        if area.height == 1 && !page.nothing_matches() {
            return;
        }
        let [hides, rest] = split_rows(*area, 1);
        *area = rest;
        self.hides = Some(hides);
    }

    fn fill(&mut self, page: &Page<'_>, narrow: bool) {
        let body = self.body;
        if page.is_text() || (page.rows.is_empty() && page.filter.is_none()) {
            self.detail = Some(body);
        } else if narrow {
            match page.app.ui.focus {
                Focus::List if let Some(dialog) = &page.app.ui.dialog => {
                    let field = Detail {
                        lines: Vec::new(),
                        menu: dialog.menu(page.app),
                    };
                    self.with_what_is_asked(page, &field, 0);
                }
                // The choices and their question must not hide behind a key that nobody knows: if
                // they need the room, the other rows make way.
                Focus::List if asks(page) && is_tiny(page.app.ui.size) => self.detail = Some(body),
                Focus::List if asks(page) => self.with_what_is_asked(page, &page.detail(), 1),
                Focus::List => self.list = Some(body),
                Focus::Detail => self.detail = Some(body),
            }
        } else if mostly_list(page) {
            self.below(body, body.height.saturating_sub(5));
        } else if body.width >= WIDE_COLUMNS {
            let [list, rest] = split_columns(body, list_columns(body.width));
            let [rule, detail] = split_columns(rest, 2);
            (self.list, self.rule, self.detail) = (Some(list), Some(rule), Some(detail));
        } else {
            // A filtered list has one more line above it, which names the filter.
            let rows = page.rows.len() + usize::from(page.filter.is_some());
            let rows = u16::try_from(rows).unwrap_or(u16::MAX);
            self.below(body, rows.clamp(3, body.height * 9 / 20));
        }
    }

    /// Splits the body between what is asked and at least `least`, at most 3 rows of the list.
    fn with_what_is_asked(&mut self, page: &Page<'_>, asked: &Detail, least: usize) {
        let body = self.body;
        let asked = text::height(page.app, asked, body.width);
        let left = usize::from(body.height).saturating_sub(asked + 1);
        match u16::try_from(left.clamp(least, 3)) {
            Ok(0) | Err(_) => self.detail = Some(body),
            Ok(rows) => self.below(body, rows),
        }
    }

    /// Puts the list above, the detail below.
    fn below(&mut self, body: Rect, list_rows: u16) {
        let [list, rest] = split_rows(body, list_rows.min(body.height));
        let [rule, detail] = split_rows(rest, 1);
        (self.list, self.rule, self.detail) = (Some(list), Some(rule), Some(detail));
    }
}

/// Whether the run waits for a choice about the selected row.
fn asks(page: &Page<'_>) -> bool {
    !page.detail().menu.is_empty()
}

fn mostly_list(page: &Page<'_>) -> bool {
    matches!(page.app.ui.screen, Screen::Diff | Screen::Output)
}

fn split_rows(area: Rect, first: u16) -> [Rect; 2] {
    let first = first.min(area.height);
    let above = Rect {
        height: first,
        ..area
    };
    let below = Rect {
        y: area.y + first,
        height: area.height - first,
        ..area
    };
    [above, below]
}

fn split_columns(area: Rect, first: u16) -> [Rect; 2] {
    let first = first.min(area.width);
    let left = Rect {
        width: first,
        ..area
    };
    let right = Rect {
        x: area.x + first,
        width: area.width - first,
        ..area
    };
    [left, right]
}

fn of_app(page: &Page<'_>) -> Areas {
    let (columns, rows) = page.app.ui.size;
    Areas::of(page, Rect::new(0, 0, columns, rows))
}

/// Visible rows of the list.
pub fn list_height(page: &Page<'_>) -> usize {
    of_app(page).list.map_or(0, |area| usize::from(area.height))
}

/// The first visible row of the list.
pub fn list_top(page: &Page<'_>) -> usize {
    let area = of_app(page).list.unwrap_or_default();
    list::top(page, area, page.app.ui.size.0)
}

/// The row of the list at a position on the screen.
pub fn row_at(page: &Page<'_>, (column, row): (u16, u16)) -> Option<RowKey> {
    let area = of_app(page).list?;
    if !area.contains((column, row).into()) {
        return None;
    }
    let top = list::top(page, area, page.app.ui.size.0);
    page.rows.get(top + usize::from(row - area.y))?.key()
}

/// Visible rows of the detail, and the last scroll position that still fills them.
pub fn detail_extent(page: &Page<'_>) -> (usize, usize) {
    let areas = of_app(page);
    let (area, shown) = match &page.app.ui.dialog {
        Some(dialog) if !dialog.beside() => (areas.body, dialog.detail(page.app)),
        Some(_) | None => (areas.detail.unwrap_or(areas.body), detail(page)),
    };
    text::extent(page.app, &shown, area)
}
