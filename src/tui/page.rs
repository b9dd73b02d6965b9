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

/// What is opened and closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fold {
    Group(GroupKey),
    /// Lines left out of a difference.
    Lines(DiffKey),
}

/// What a screen lists, and which row is selected as long as the operator has not chosen one.
#[derive(Default)]
pub struct Rows<'a> {
    pub rows: Vec<Row<'a>>,
    pub current: Option<RowKey>,
}

/// What is said about the selected row; `menu` stays at the bottom.
#[derive(Default)]
pub struct Detail {
    pub lines: Vec<Line>,
    pub menu: Vec<Line>,
}

/// Between what Enter does and what can be done instead, on one line.
pub const BETWEEN: &str = "   ";

/// What Enter does now, and how it is said.
pub struct Enter {
    says: String,
    /// What can be done instead, and what comes of it.
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

    /// What Enter does; then what can be done now instead, each under its name on this page.
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

/// What happens now: by Enter, or by a key for what is selected.
pub enum Act {
    Nothing,
    Call(Call),
    Ask(Ask),
    /// Asked of a worker at work.
    Pause,
    /// What undoing the last steps down to this place would do is looked at.
    StepBack(usize),
    Show(Screen),
    /// Escape leads back from it.
    Visit(Screen),
    Open(Dialog),
    /// It cannot be done now, and why.
    Refuse(String),
    Select(RowKey),
    /// To where the screen was opened from.
    Back,
    Quit,
}

/// The screen as it stands: what `update` and `view` both look at.
pub struct Page<'a> {
    pub app: &'a App,
    pub rows: Vec<Row<'a>>,
    pub current: Option<RowKey>,
    pub selected: Option<RowKey>,
    /// What rows must hold to be here, or lines where the screen is a text.
    pub filter: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub fn of(app: &'a App) -> Self {
        Self::on(app, &app.ui.screen)
    }

    /// The list of a screen, also while another one is shown.
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

    /// A text to read, and no list.
    pub fn is_text(&self) -> bool {
        matches!(self.app.ui.screen, Screen::Report | Screen::Help)
    }

    /// The filter hides everything.
    pub fn nothing_matches(&self) -> bool {
        self.filter.is_some()
            && if self.is_text() {
                self.detail().lines.is_empty()
            } else {
                self.rows.is_empty()
            }
    }

    /// Whoever has forgotten the filter must not take what it leaves for all there is.
    pub fn hides(&self) -> Option<String> {
        let filter = one_line(self.filter?);
        let back = if self.app.ui.in_lines { "back" } else { "Esc" };
        let what = if self.is_text() { "line" } else { "row" };
        Some(if self.nothing_matches() {
            format!("no {what} holds `{filter}`; {back} shows all")
        } else {
            format!("only {what}s that hold `{filter}`; {back} shows all")
        })
    }

    /// Whether the keys that move scroll the text instead of selecting a row.
    pub fn scrolls(&self) -> bool {
        self.rows.is_empty() || self.app.ui.focus == Focus::Detail
    }

    /// Place of the selected row.
    pub fn selected_at(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.rows.iter().position(|row| row.is(selected))
    }

    /// What the row at a place opens, and whether it is closed.
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
            Row::Item(_) | Row::Late(..) | Row::Pair { .. } | Row::Diff { .. } | Row::Words(_) => {
                None
            }
        }
    }

    pub fn detail(&self) -> Detail {
        screen::detail(self)
    }

    pub fn enter(&self) -> Enter {
        screen::enter(self)
    }
}

/// Whether a text holds a filter, in whatever case.
pub fn holds(text: &str, filter: &str) -> bool {
    text.to_lowercase().contains(filter)
}

/// What was selected, if it is listed; of output that is kept or shown no longer, the line that follows
/// it: whoever reads is not taken to the end.
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

/// Counts groups, leaves out what is folded or filtered away, and groups with nothing in them.
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

/// The first row to show so that row `at` of `count` is within `height` rows. What leaves the pane
/// moves it by as many `step`s as are needed.
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
