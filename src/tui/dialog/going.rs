//! Leaving while the worker is at work: a choice of three ways for the run to go on, each key
//! beside its consequence.

use super::{Dialog, step_title};
use crate::{
    engine::link::handle::Ask,
    model::{ids::StepId, units::Span},
    tui::{
        app::App,
        keymap::{self, Command},
        line::{Line, one_line},
        screen::steps,
        theme::Tone,
    },
};

/// What becomes of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    Leave,
    Pause,
    Stop,
}

impl Going {
    pub const ALL: [Self; 3] = [Self::Leave, Self::Pause, Self::Stop];

    /// What is asked of the worker before the operator leaves.
    pub fn asks(self) -> Vec<Ask> {
        match self {
            Self::Leave => Vec::new(),
            Self::Pause => vec![Ask::Pause],
            Self::Stop => vec![Ask::Pause, Ask::Interrupt],
        }
    }

    fn becomes(self) -> &'static str {
        match self {
            Self::Leave => "leave it running: it goes on to its next question, then waits",
            Self::Pause => "pause: what is running is finished first, then the run waits",
            Self::Stop => "stop: what is running is ended now and fails, then the run waits",
        }
    }

    fn key(self, app: &App) -> &'static str {
        keymap::on_a_question(app, Command::Go(self))
    }
}

/// The question, about what the run is doing now.
pub fn question(app: &App) -> Dialog {
    let about = steps::at_work_on(app).map(|view| view.step.id.clone());
    Dialog::Going { about }
}

/// Why what is running now is not what the question was about; `None`: it still is.
pub fn has_gone_on(app: &App, about: Option<&StepId>) -> Option<&'static str> {
    let now = steps::at_work_on(app).map(|view| &view.step.id);
    match about {
        _ if now == about => None,
        Some(_) => Some("that step has ended meanwhile"),
        None => Some("a step has started meanwhile"),
    }
}

pub fn enter(app: &App) -> String {
    let keys = Going::ALL.map(|going| going.key(app)).join(" ");
    let back = keymap::on_a_question(app, Command::Close);
    format!("Enter or {back}: back, nothing happens   {keys}: leave")
}

pub fn lines(app: &App, about: Option<&StepId>) -> Vec<Line> {
    let gone_on = has_gone_on(app, about);
    let what = match about.map(|step| step_title(app, step)) {
        None => Line::new("Something is running"),
        Some(title) if gone_on.is_none() => Line::new(format!("Running now: {title}")),
        Some(title) => Line::toned(Tone::Attention, format!("! Ended meanwhile: {title}")),
    };
    // In lines its key is named as well.
    let choice = |going: Going| {
        let key = keymap::shown(Command::Go(going));
        Line::toned(Tone::Accent, format!("  {key}  "))
            .and(Tone::Plain, going.becomes())
            .hang(5)
    };
    let mut all = vec![
        Line::toned(Tone::Strong, "Leave switchback?"),
        what.hang(2),
        Line::empty(),
    ];
    all.extend(Going::ALL.map(choice));
    all.push(Line::empty());
    all.extend(coming_back(app));
    let confirm = app.run.as_ref().and_then(|run| run.confirm);
    all.extend(confirm.map(|confirm| {
        let within = Span::from_ms(confirm.within_ms);
        let words =
            format!("If nobody comes back within {within} after that, it rolls back by itself.");
        Line::warning(words)
    }));
    all.extend(
        app.ui
            .known
            .logout
            .as_deref()
            .map(|hint| Line::warning(one_line(hint))),
    );
    all
}

/// How to come back to the run.
pub fn coming_back(app: &App) -> impl Iterator<Item = Line> {
    let command = app.ui.known.comes_back.as_deref();
    let lines = |command| {
        [
            Line::new("Come back with:"),
            Line::command(one_line(command)),
        ]
    };
    command.into_iter().flat_map(lines)
}
