//! The selected row, and the part of the list that is shown.

use crate::tui::{
    app::{App, ListState},
    page::{Page, RowKey},
    view::areas,
};

/// Scrolls the list so that the selected row stays visible.
pub fn keep_in_view(app: &mut App) {
    let top = areas::list_top(&Page::of(app));
    let list: &mut ListState = app.list_mut();
    list.top = top;
}

/// Selects a row; selecting the screen's current row means following it.
pub fn select(app: &mut App, key: RowKey) {
    let choice = Choice::of(Page::of(app), key);
    choice.make(app);
}

/// A selection to be made, and its effect on the screen.
pub struct Choice {
    /// `None` follows the screen's current row.
    selected: Option<RowKey>,
    changes: bool,
    top: usize,
}

impl Choice {
    pub fn of(mut page: Page<'_>, key: RowKey) -> Self {
        let follows = page.current.as_ref() == Some(&key);
        let changes = page.selected.as_ref() != Some(&key);
        page.selected = Some(key.clone());
        Self {
            selected: (!follows).then_some(key),
            changes,
            top: areas::list_top(&page),
        }
    }

    pub fn make(self, app: &mut App) {
        let list = app.list_mut();
        (list.selected, list.top) = (self.selected, self.top);
        if self.changes {
            app.ui.detail_top = 0;
        }
    }
}
