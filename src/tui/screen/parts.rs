//! Parts that the details of several screens share.

use crate::tui::{
    keymap::{self, Command},
    line::{Line, one_line, whole},
    page::{Detail, Page},
    theme::Tone,
    view::areas,
};

/// A command that can be chosen, and what to say beside its word from the keymap.
type Choice<'a> = (Command, &'a str);

/// A question with the keys of the choices that can be made now, named as in the last line. A shell
/// and the way back are always available: if only those are left, nothing is being asked.
pub fn choices(page: &Page<'_>, question: &str, choices: &[Choice<'_>]) -> Vec<Line> {
    let mut line = Line::toned(Tone::Strong, format!("{question}   ")).hang(4);
    let mut asks = false;
    // What each choice leads to is told again by its own question; the question itself is told only
    // here.
    let tiny = areas::is_tiny(page.app.ui.size) && !page.app.ui.in_lines;
    for (command, beside) in choices {
        let beside = if tiny { "" } else { beside };
        let Some(binding) = keymap::of(page, *command) else {
            continue;
        };
        asks |= !matches!(command, Command::Shell | Command::Rollback);
        let name = keymap::named(page, binding);
        // In lines a blank cannot be typed as a key: the choice has only its word.
        let key = if name == binding.label {
            String::new()
        } else {
            whole(&format!("{name} "))
        };
        let words = whole(&format!("{}{beside}", binding.label));
        line = line.and(Tone::Accent, key).and(Tone::Plain, words + "   ");
    }
    if asks { vec![line] } else { Vec::new() }
}

/// What to do about the choices listed above.
pub fn above(page: &Page<'_>) -> &'static str {
    if page.app.ui.in_lines {
        "type what you choose above"
    } else {
        "press a key above"
    }
}

/// A warning where the pack knows better than the guide.
pub fn doubted(doubt: &Option<String>) -> Option<Line> {
    let warns = Line::toned(Tone::Attention, "! the guide is wrong here: ");
    let doubt = doubt.as_deref()?;
    Some(warns.and(Tone::Plain, one_line(doubt)).hang(2))
}

/// The detail while a view is being made.
pub fn reading(page: &Page<'_>) -> Detail {
    let words = page.app.ui.busy().unwrap_or("nothing was read yet");
    Detail::of(vec![Line::toned(Tone::Dim, format!("{words}…"))])
}
