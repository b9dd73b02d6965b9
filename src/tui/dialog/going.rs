//! Leaving while the worker is at work: what becomes of the run is a choice of three, and each key
//! stands beside its consequence.

use crate::{
    engine::handle::Ask,
    model::units::Span,
    tui::{
        app::App,
        line::{Line, one_line, whole},
        theme::Tone,
    },
};
use crossterm::event::KeyCode;

pub const ENTER: &str = "Enter or Esc: back, nothing happens   l p s: leave";

pub fn lines(app: &App) -> Vec<Line> {
    let mut all = app.run.iter().flat_map(|run| &run.steps);
    let running = all.rfind(|view| view.is_under_way());
    let what = running.map_or("It is at work".to_owned(), |view| {
        format!("This runs: {}", one_line(&view.step.title))
    });
    let choice = |key: &str, words: &str| {
        Line::toned(Tone::Accent, format!("  {key}  "))
            .and(Tone::Plain, words)
            .hang(5)
    };
    let mut all = vec![
        Line::toned(Tone::Strong, "Leave switchback?"),
        Line::new(what).hang(2),
        Line::empty(),
        choice(
            "l",
            "leave it running: it goes on to its next question, and waits there",
        ),
        choice("p", "pause: what runs is finished first, then it waits"),
        choice("s", "stop: what runs is ended now and fails, then it waits"),
        Line::empty(),
    ];
    all.extend(coming_back(app));
    let confirm = app.run.as_ref().and_then(|run| run.confirm);
    all.extend(confirm.map(|confirm| {
        let within = Span::from_ms(confirm.within_ms);
        let words =
            format!("! If nobody comes back within {within} of that, it goes back by itself.");
        Line::toned(Tone::Attention, words).hang(2)
    }));
    all.extend(
        app.ui
            .logout
            .as_deref()
            .map(|hint| Line::toned(Tone::Attention, format!("! {}", one_line(hint))).hang(2)),
    );
    all
}

/// What leads back to the run.
pub fn coming_back(app: &App) -> impl Iterator<Item = Line> {
    let said = app.ui.comes_back.iter();
    said.map(|words| {
        // A command is copied in one piece, if a line holds it.
        let words = match words.split_once(":  ") {
            Some((label, command)) => {
                format!("{}:  {}", one_line(label), whole(&one_line(command)))
            }
            None => one_line(words),
        };
        Line::new(words).hang(2)
    })
}

/// What the worker is asked before the operator goes; `None`: the key means nothing here.
pub fn chosen(code: KeyCode) -> Option<Vec<Ask>> {
    match code {
        KeyCode::Char('l') => Some(Vec::new()),
        KeyCode::Char('p') => Some(vec![Ask::Pause]),
        KeyCode::Char('s') => Some(vec![Ask::Pause, Ask::Interrupt]),
        _other_keys_leave_nothing => None,
    }
}
