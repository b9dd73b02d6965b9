//! The answer to an input, checked while it is typed.

use super::typed_line;
use crate::{
    model::ids::InputName,
    tui::{
        app::App,
        field::Field,
        keymap::{self, Command},
        line::{Line, one_line},
        screen::inputs,
        theme::Tone,
    },
};

/// A warning with the answer that typing would replace.
pub fn replaces(app: &App, name: &InputName) -> Vec<Line> {
    let replaced = app.ui.input(name).and_then(inputs::replaced);
    let line = |replaced| Line::warning(format!("replaces {replaced}"));
    replaced.map(line).into_iter().collect()
}

pub(super) fn menu(
    app: &App,
    name: &InputName,
    field: &Field,
    reveal: bool,
    problems: &[String],
) -> Vec<Line> {
    let secret = app.ui.input(name).is_none_or(|view| view.secret);
    let asked = app.ui.asked_as(name);
    let mut menu = replaces(app, name);
    if secret && !reveal {
        let chars = field.text().chars().count();
        menu.push(
            Line::toned(Tone::Strong, format!("{asked}: "))
                .and(Tone::Accent, "•".repeat(chars.min(24)))
                .and(Tone::Accent, "_")
                .and(
                    Tone::Dim,
                    format!(
                        "  {chars} characters, {} shows them",
                        keymap::shown(Command::Reveal)
                    ),
                ),
        );
    } else {
        menu.push(typed_line(&format!("{asked}: "), field));
    }
    if !field.text().is_empty() {
        for problem in problems {
            menu.push(Line::warning(one_line(problem)));
        }
    }
    menu
}

pub(super) fn enter(field: &Field, problems: &[String]) -> &'static str {
    match (field.text().is_empty(), problems.is_empty()) {
        (true, _) => "Enter: not yet — nothing was typed   Esc: leave it as it was",
        (false, false) => "Enter: not yet — the value is not right   Esc: leave it as it was",
        (false, true) => "Enter: use this value   Esc: leave it as it was",
    }
}
