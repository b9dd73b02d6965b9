//! Moving: the selection in the list, or the text of the detail.

use super::{keep_in_view, select};
use crate::tui::{
    app::{App, Focus},
    keymap::Command,
    page::{Page, Row, RowKey},
    screen,
    view::areas,
};

pub fn travel(app: &mut App, command: Command) {
    match command {
        Command::Into => return into(app),
        Command::Out => return out(app),
        Command::OtherPane => {
            app.ui.focus = match app.ui.focus {
                Focus::List => Focus::Detail,
                Focus::Detail => Focus::List,
            };
            return;
        }
        _moves => {}
    }
    if Page::of(app).scrolls() {
        scroll(app, command);
    } else {
        step(app, command);
    }
}

fn scroll(app: &mut App, command: Command) {
    let (height, last_top) = areas::detail_extent(&Page::of(app));
    let page = height.saturating_sub(1).max(1);
    let top = app.ui.detail_top.min(last_top);
    app.ui.detail_top = moved(command, top, page, last_top);
}

fn step(app: &mut App, command: Command) {
    let page = Page::of(app);
    let keys: Vec<RowKey> = page.rows.iter().filter_map(Row::key).collect();
    let Some(last) = keys.len().checked_sub(1) else {
        return;
    };
    let at = page
        .selected
        .as_ref()
        .and_then(|selected| keys.iter().position(|key| key == selected))
        .unwrap_or(0);
    let height = areas::list_height(&page).saturating_sub(1).max(1);
    let to = moved(command, at, height, last);
    if let Some(key) = keys.into_iter().nth(to) {
        select(app, key);
    }
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

/// Into a closed group, else into the detail.
fn into(app: &mut App) {
    let page = Page::of(app);
    let at = page.selected_at();
    match at.and_then(|at| page.rows.get(at)) {
        Some(Row::Group(group)) if group.folded => {
            let id = group.id;
            fold(app, id);
        }
        Some(_) | None => app.ui.focus = Focus::Detail,
    }
}

/// Out of the detail, else to the header of the group, else closes it.
fn out(app: &mut App) {
    if app.ui.focus == Focus::Detail {
        app.ui.focus = Focus::List;
        return;
    }
    let page = Page::of(app);
    let Some(at) = page.selected_at() else { return };
    let header = page.rows[..=at].iter().rev().find_map(|row| match row {
        Row::Group(group) => Some((group.id, group.folded)),
        Row::Item(_) | Row::Pair { .. } | Row::Diff { .. } | Row::Words(_) => None,
    });
    let on_header = matches!(page.rows.get(at), Some(Row::Group(_)));
    match header {
        Some((id, folded)) if on_header && !folded => fold(app, id),
        Some((id, _)) if !on_header => select(app, RowKey::Group(id)),
        Some(_) | None => {}
    }
}

/// A row that is led to is seen, even out of a closed group or from behind a filter.
pub fn uncover(app: &mut App, key: &RowKey) {
    let shown = |app: &App| {
        Page::of(app)
            .rows
            .iter()
            .any(|row| row.key().as_ref() == Some(key))
    };
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
            Row::Group(of_row) => group = Some(of_row.id),
            row if row.key().as_ref() == Some(key) => break,
            Row::Item(_) | Row::Pair { .. } | Row::Diff { .. } | Row::Words(_) => {}
        }
    }
    if let Some(group) = group {
        fold(app, group);
    }
}

/// Opens or closes a group.
pub fn fold(app: &mut App, group: usize) {
    let toggled = &mut app.list_mut().toggled;
    if !toggled.remove(&group) {
        toggled.insert(group);
    }
    keep_in_view(app);
}
