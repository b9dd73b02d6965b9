//! When a key means something while a question is open, and what it opens at the emergency steps.

use super::{Dialog, emergency};
use crate::tui::page::{Act, Page};

fn dialog<'a>(page: &Page<'a>) -> Option<&'a Dialog> {
    page.app.ui.dialog.as_ref()
}

/// Whether a yes-or-no question is open.
pub fn is_asked(page: &Page<'_>) -> bool {
    matches!(dialog(page), Some(Dialog::Sure(_)))
}

pub fn goes(page: &Page<'_>) -> bool {
    matches!(dialog(page), Some(Dialog::Going { .. }))
}

pub fn types(page: &Page<'_>) -> bool {
    dialog(page).is_some_and(|dialog| dialog.field().is_some())
}

pub fn hides(page: &Page<'_>) -> bool {
    matches!(dialog(page), Some(Dialog::Value { .. }))
}

/// The index in the list of emergency steps.
fn at(page: &Page<'_>) -> Option<usize> {
    match dialog(page)? {
        Dialog::Emergency { at } => Some(*at),
        _another_question => None,
    }
}

pub fn lists(page: &Page<'_>) -> bool {
    at(page).is_some()
}

pub fn take_back(page: &Page<'_>) -> Option<Act> {
    emergency::taken_back(page.app, at(page)?).map(Act::Open)
}

pub fn was_done(page: &Page<'_>) -> Option<Act> {
    emergency::judged(page.app, at(page)?, true).map(Act::Open)
}

pub fn was_not_done(page: &Page<'_>) -> Option<Act> {
    emergency::judged(page.app, at(page)?, false).map(Act::Open)
}

pub fn interrupt(page: &Page<'_>) -> Option<Act> {
    at(page)?;
    emergency::interrupted(page.app).map(Act::Open)
}
