//! What every screen is made of: a list of rows in groups, the detail of the selected row, and
//! what Enter does now. Folding, filtering and selecting are done here, once for all screens.

mod row;

pub use row::{DiffKey, Group, GroupKey, Item, Made, Row, RowKey};

use super::{
    app::{App, Focus, ListState, Screen},
    call::Call,
    dialog::Dialog,
    keymap::{self, Command},
    line::{Line, one_line},
    screen,
};
use crate::engine::link::handle::Ask;

/// What can be opened and closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fold {
    Group(GroupKey),
    /// Lines left out of a difference.
    Lines(DiffKey),
}

/// The rows that a screen lists, and the one selected until the operator has chosen another.
#[derive(Default)]
pub struct Rows<'a> {
    pub rows: Vec<Row<'a>>,
    pub current: Option<RowKey>,
}

/// The text about the selected row; `menu` stays at the bottom.
#[derive(Default)]
pub struct Detail {
    pub lines: Vec<Line>,
    pub menu: Vec<Line>,
}

impl Detail {
    /// A detail that offers no choice.
    pub fn of(lines: Vec<Line>) -> Self {
        let menu = Vec::new();
        Self { lines, menu }
    }
}

/// Separates, on one line, what Enter does from its alternatives.
pub const BETWEEN: &str = "   ";

/// What Enter does now, and how it is said.
pub struct Enter {
    says: String,
    /// The alternatives, and what each does.
    beside: Vec<(Command, &'static str)>,
    pub act: Act,
}

impl Enter {
    pub fn new(says: impl Into<String>, act: Act) -> Self {
        Self {
            says: says.into(),
            beside: Vec::new(),
            act,
        }
    }

    pub fn or(mut self, command: Command, does: &'static str) -> Self {
        self.beside.push((command, does));
        self
    }

    /// What Enter does, then the alternatives that are possible now, each under its name on this
    /// page.
    pub fn said(&self, page: &Page<'_>) -> Vec<String> {
        let beside = self.beside.iter().filter_map(|(command, does)| {
            let binding = keymap::of(page, *command)?;
            Some(format!("{}: {does}", keymap::named(page, binding)))
        });
        std::iter::once(self.says.clone()).chain(beside).collect()
    }

    pub fn nothing(says: impl Into<String>) -> Self {
        Self::new(says, Act::Nothing)
    }
}

/// An act: of Enter, or of a key on the selected row.
pub enum Act {
    Nothing,
    Call(Call),
    Ask(Ask),
    /// Asks a worker at work to pause.
    Pause,
    /// Previews undoing the last steps down to this index.
    StepBack(usize),
    Show(Screen),
    /// Shows a screen that Escape leaves again.
    Visit(Screen),
    Open(Dialog),
    /// Says why it cannot be done now.
    Refuse(String),
    Select(RowKey),
    /// Returns to where the screen was opened from.
    Back,
    Quit,
}

/// The current screen as both `update` and `view` see it.
pub struct Page<'a> {
    pub app: &'a App,
    pub rows: Vec<Row<'a>>,
    pub current: Option<RowKey>,
    pub selected: Option<RowKey>,
    /// The text that listed rows must contain; on a text screen, its lines.
    pub filter: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub fn of(app: &'a App) -> Self {
        Self::on(app, &app.ui.screen)
    }

    /// The page of a screen, even while another one is shown.
    pub fn on(app: &'a App, screen: &'a Screen) -> Self {
        let Rows { rows, current } = screen::rows_of(app, screen);
        let list = app.ui.lists.get(screen);
        let filter = list.map(|list| list.filter.as_str());
        let rows = match list {
            Some(list) => arrange(rows, list),
            None => arrange(rows, &ListState::default()),
        };
        let there = |key: &RowKey| rows.iter().any(|row| row.is(key));
        let selected = list
            .and_then(|list| still_there(&rows, list.selected.as_ref()?))
            .or_else(|| current.clone().filter(there))
            .or_else(|| first_item(&rows));
        Self {
            app,
            filter: filter.filter(|it| !it.is_empty()),
            rows,
            current,
            selected,
        }
    }

    /// Whether the screen is a text to read, without a list.
    pub fn is_text(&self) -> bool {
        matches!(self.app.ui.screen, Screen::Report | Screen::Help)
    }

    /// Whether the filter hides everything.
    pub fn nothing_matches(&self) -> bool {
        self.filter.is_some()
            && if self.is_text() {
                self.detail().lines.is_empty()
            } else {
                self.rows.is_empty()
            }
    }

    /// Says what the filter hides, so that nobody takes the rest for all there is.
    pub fn hides(&self) -> Option<String> {
        let filter = one_line(self.filter?);
        let back = keymap::on_a_screen(self.app, Command::Back);
        let what = if self.is_text() { "line" } else { "row" };
        Some(if self.nothing_matches() {
            format!("no {what} holds `{filter}`; {back} shows all")
        } else {
            format!("only {what}s that hold `{filter}`; {back} shows all")
        })
    }

    /// Whether the movement keys scroll the text instead of selecting a row.
    pub fn scrolls(&self) -> bool {
        self.rows.is_empty() || self.app.ui.focus == Focus::Detail
    }

    /// Index of the selected row.
    pub fn selected_at(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.rows.iter().position(|row| row.is(selected))
    }

    /// What the row at an index folds, and whether it is closed.
    pub fn fold_at(&self, at: usize) -> Option<(Fold, bool)> {
        let row = self.rows.get(at)?;
        match (row, row.key()?) {
            (Row::Group(group), _) => Some((Fold::Group(group.key.clone()), group.folded)),
            (row, RowKey::Diff(line)) if row.leaves_out() => {
                let is_open = self.app.list().opened.contains(&line);
                Some((Fold::Lines(line), !is_open))
            }
            _nothing_is_behind_it => None,
        }
    }

    /// The same of the selected row.
    pub fn fold(&self) -> Option<(Fold, bool)> {
        self.fold_at(self.selected_at()?)
    }

    /// The group whose heading is selected.
    pub fn heading(&self) -> Option<&Group> {
        match self.rows.get(self.selected_at()?)? {
            Row::Group(group) => Some(group),
            _no_heading => None,
        }
    }

    pub fn detail(&self) -> Detail {
        screen::detail(self)
    }

    pub fn enter(&self) -> Enter {
        screen::enter(self)
    }
}

/// Whether a text contains a filter, which is in lower case.
pub fn holds(text: &str, filter: &str) -> bool {
    text.to_lowercase().contains(filter)
}

/// The selected row if it is still listed; for an output line that is gone or hidden, the line
/// after it, so that a reader does not jump to the end.
fn still_there(rows: &[Row<'_>], selected: &RowKey) -> Option<RowKey> {
    if rows.iter().any(|row| row.is(selected)) {
        return Some(selected.clone());
    }
    let RowKey::Line(gone) = selected else {
        return None;
    };
    let follows = |key: &RowKey| matches!(key, RowKey::Line(number) if number > gone);
    rows.iter().filter_map(Row::key).find(follows)
}

fn first_item(rows: &[Row<'_>]) -> Option<RowKey> {
    let is_group = |row: &&Row<'_>| matches!(row, Row::Group(_));
    rows.iter()
        .filter(|row| !is_group(row))
        .find_map(Row::key)
        .or_else(|| rows.iter().find_map(Row::key))
}

/// Counts the rows of groups; leaves out rows that are folded or filtered away, and empty groups.
fn arrange<'a>(rows: Vec<Row<'a>>, list: &ListState) -> Vec<Row<'a>> {
    let filter = list.filter.to_lowercase();
    let mut out: Vec<Row<'a>> = Vec::with_capacity(rows.len());
    let mut group_at: Option<usize> = None;
    for row in rows {
        match row {
            Row::Group(mut group) => {
                drop_if_empty(&mut out, group_at);
                let folded = group.closed != list.toggled.contains(&group.key);
                group.folded = folded && filter.is_empty();
                group_at = Some(out.len());
                out.push(Row::Group(group));
            }
            Row::Words(line) => {
                if filter.is_empty() {
                    out.push(Row::Words(line));
                }
            }
            row => {
                if !filter.is_empty() && !row.matches(&filter) {
                    continue;
                }
                let mut folded = false;
                if let Some(Row::Group(group)) = group_at.and_then(|at| out.get_mut(at)) {
                    group.count += 1;
                    folded = group.folded;
                }
                if !folded {
                    out.push(row);
                }
            }
        }
    }
    drop_if_empty(&mut out, group_at);
    out
}

fn drop_if_empty(rows: &mut Vec<Row<'_>>, group_at: Option<usize>) {
    let Some(at) = group_at else { return };
    if let Some(Row::Group(group)) = rows.get(at)
        && group.count == 0
        && at + 1 == rows.len()
    {
        rows.pop();
    }
}

/// The first row to show so that row `at` of `count` is within `height` rows. If it is outside, the
/// list moves by as many `step`s as needed.
pub fn top_for(top: usize, at: usize, count: usize, height: usize, step: usize) -> usize {
    let above = top.saturating_sub(at).div_ceil(step);
    let below = (at + 1).saturating_sub(top + height).div_ceil(step);
    let last_top = count.saturating_sub(height);
    (top + below * step)
        .saturating_sub(above * step)
        .min(last_top)
}

#[cfg(test)]
mod tests {
    use super::top_for;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_selected_row_is_in_view(
            top in 0..80_usize,
            (count, at) in (1..60_usize).prop_flat_map(|count| (Just(count), 0..count)),
            (height, step) in (1..30_usize).prop_flat_map(|height| (Just(height), 1..=height)),
        ) {
            let top = top_for(top, at, count, height, step);
            prop_assert!((top..top + height).contains(&at));
            prop_assert!(top == 0 || top + height <= count, "no room is left empty");
        }
    }

    #[test]
    fn a_list_that_is_walked_moves_by_half_panes() {
        let (count, height) = (100, 10);
        let mut top = 0;
        let mut moves = 0;
        for at in (0..count).chain((0..count).rev()) {
            let next = top_for(top, at, count, height, height / 2);
            moves += usize::from(next != top);
            top = next;
        }
        assert_eq!(moves, 2 * (count - height) / (height / 2));
    }
}
