//! Movement: of the selection in a list, or of the text of the detail.

use super::selection::{Choice, keep_in_view, select};
use crate::tui::{
    app::{App, Focus},
    keymap::Command,
    page::{Fold, Page, Row, RowKey},
    screen,
    view::areas,
};
use std::collections::BTreeSet;

pub fn travel(app: &mut App, command: Command) {
    match command {
        Command::Into => {
            app.ui.focus = Focus::Detail;
            return;
        }
        Command::Out => return out(app),
        Command::Fold => {
            if let Some((what, _)) = Page::of(app).fold() {
                fold(app, what);
            }
            return;
        }
        Command::OtherPane => {
            app.ui.focus = match app.ui.focus {
                Focus::List => Focus::Detail,
                Focus::Detail => Focus::List,
            };
            return;
        }
        _moves => {}
    }
    let page = Page::of(app);
    if page.scrolls() {
        scroll(app, command);
    } else if let Some(key) = stepped(&page, command) {
        let choice = Choice::of(page, key);
        choice.make(app);
    }
}

/// Scrolls the text, whatever has the focus.
pub fn scroll(app: &mut App, command: Command) {
    app.ui.detail_top = scrolled(&Page::of(app), command);
}

/// Selects the row under the mouse; clicks elsewhere do nothing.
pub fn point(app: &mut App, place: (u16, u16)) {
    let Some(key) = areas::row_at(&Page::of(app), place) else {
        return;
    };
    app.ui.focus = Focus::List;
    select(app, key);
}

fn scrolled(page: &Page<'_>, command: Command) -> usize {
    let (height, last_top) = areas::detail_extent(page);
    let rows = height.saturating_sub(1).max(1);
    let top = page.app.ui.detail_top.min(last_top);
    moved(command, top, rows, last_top)
}

/// The row that a key leads to.
fn stepped(page: &Page<'_>, command: Command) -> Option<RowKey> {
    let selectable = |row: &&Row<'_>| !matches!(row, Row::Words(_));
    let rows: Vec<&Row<'_>> = page.rows.iter().filter(selectable).collect();
    let last = rows.len().checked_sub(1)?;
    let selected = page.selected.as_ref();
    let at = selected.and_then(|selected| rows.iter().position(|row| row.is(selected)));
    let height = areas::list_height(page).saturating_sub(1).max(1);
    let to = moved(command, at.unwrap_or(0), height, last);
    rows.get(to)?.key()
}

fn moved(command: Command, at: usize, page: usize, last: usize) -> usize {
    match command {
        Command::Up => at.saturating_sub(1),
        Command::Down => (at + 1).min(last),
        Command::PageUp => at.saturating_sub(page),
        Command::PageDown => (at + page).min(last),
        Command::Home => 0,
        Command::End => last,
        _other_commands_do_not_move => at,
    }
}

/// Leaves the detail, or goes to the heading of the group.
fn out(app: &mut App) {
    if app.ui.focus == Focus::Detail {
        app.ui.focus = Focus::List;
        return;
    }
    let page = Page::of(app);
    let Some(at) = page.selected_at() else { return };
    let heading = page.rows[..=at].iter().rev().find_map(|row| match row {
        Row::Group(group) => Some(group.key.clone()),
        _no_heading => None,
    });
    if let Some(key) = heading {
        select(app, RowKey::Group(key));
    }
}

/// Makes a row visible, out of a closed group or a filter if need be.
pub fn uncover(app: &mut App, key: &RowKey) {
    let shown = |app: &App| Page::of(app).rows.iter().any(|row| row.is(key));
    if shown(app) {
        return;
    }
    app.list_mut().filter.clear();
    if shown(app) {
        return;
    }
    let mut group = None;
    for row in screen::rows(app).rows {
        match row {
            Row::Group(of_row) => group = Some(of_row.key),
            row if row.is(key) => break,
            _another_row => {}
        }
    }
    if let Some(group) = group {
        fold(app, Fold::Group(group));
    }
}

/// Opens or closes a group or left-out lines.
pub fn fold(app: &mut App, what: Fold) {
    let list = app.list_mut();
    match what {
        Fold::Group(key) => toggle(&mut list.toggled, key),
        Fold::Lines(line) => toggle(&mut list.opened, line),
    }
    keep_in_view(app);
}

fn toggle<T: Ord>(set: &mut BTreeSet<T>, one: T) {
    if !set.remove(&one) {
        set.insert(one);
    }
}
