//! When a key means something while a question is open: the conditions that the keymap asks.

use super::{Dialog, emergency};
use crate::tui::page::Page;

pub fn always(_: &Page<'_>) -> bool {
    true
}

fn dialog<'a>(page: &Page<'a>) -> Option<&'a Dialog> {
    page.app.ui.dialog.as_ref()
}

/// It is answered with yes or no.
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

/// The place in the list of emergency steps.
fn at(page: &Page<'_>) -> Option<usize> {
    match dialog(page)? {
        Dialog::Emergency { at } => Some(*at),
        _another_question => None,
    }
}

pub fn lists(page: &Page<'_>) -> bool {
    at(page).is_some()
}

pub fn can_take_back(page: &Page<'_>) -> bool {
    at(page).is_some_and(|at| emergency::taken_back(page.app, at).is_some())
}

pub fn can_judge(page: &Page<'_>) -> bool {
    at(page).is_some_and(|at| emergency::judged(page.app, at, true).is_some())
}

pub fn can_interrupt(page: &Page<'_>) -> bool {
    lists(page) && emergency::interrupted(page.app).is_some()
}
