//! Questions that are answered by typing full words: an act and its object.

use super::{
    emergency,
    last_steps::{self, LastSteps},
    step_title,
};
use crate::{
    engine::undo_preview::WayBack,
    model::{ids::StepId, plan::Undo},
    tui::{
        app::App,
        line::{Line, one_line},
        screen::steps,
        theme::Tone,
    },
};

#[derive(Clone, Debug, PartialEq)]
pub enum Danger {
    Rollback,
    /// The way back that has begun overwrites later edits.
    PutAside,
    /// Undoes the last steps, which loses something.
    StepBack {
        last: Box<LastSteps>,
        reason: String,
    },
    /// The point of no return, before this step.
    Consent(StepId),
    /// An emergency step is pulled, or taken back.
    Pull(StepId),
    Release(StepId),
}

impl Danger {
    /// The words that must be typed: an act and its object.
    pub fn words(&self, app: &App) -> String {
        let host = app.run.as_ref().map_or("", |run| run.plan.host.as_str());
        let act = match self {
            Self::Rollback => "roll back",
            Self::PutAside => "put aside",
            Self::StepBack { .. } => "undo",
            Self::Pull(_) => "pull",
            Self::Release(_) => "take back",
            Self::Consent(_) => "no return",
        };
        format!("{act} {}", one_line(host))
    }

    /// What Enter does with what was typed so far.
    pub(super) fn enter(&self, words: &str, typed: &str) -> String {
        let then = match self {
            // What has been typed can still become the words.
            _ if typed != words && words.starts_with(typed) => "nothing yet",
            _ if typed != words => "nothing — the words do not match",
            Self::Rollback => "roll back now",
            Self::PutAside => "go on with the rollback",
            Self::StepBack { .. } => "undo now",
            Self::Pull(_) => "pull it now",
            Self::Release(_) => "take it back now",
            Self::Consent(_) => return "Enter: go past the point of no return   Esc: back".into(),
        };
        format!("Enter: {then}   Esc: back, nothing happens")
    }
}

/// What is shown above the words; for a rollback the screen itself shows it.
pub(super) fn lines(app: &App, danger: &Danger) -> Vec<Line> {
    match danger {
        Danger::Rollback => Vec::new(),
        Danger::PutAside => put_aside(app),
        Danger::StepBack { last, .. } => last_steps::lines(app, last),
        Danger::Pull(step) => lever(app, step, "Pull this emergency step?"),
        Danger::Release(step) => lever(app, step, "Take this emergency step back?"),
        Danger::Consent(step) => no_return(app, step),
    }
}

/// The files that were edited since the run wrote them.
fn put_aside(app: &App) -> Vec<Line> {
    let question = "Put aside what was edited since, and go on with the rollback?";
    let mut all = vec![Line::toned(Tone::Attention, question), Line::empty()];
    let preview = app.ui.views.preview.iter();
    let edits = preview.flat_map(|preview| &preview.undo.steps);
    let edits = edits.filter_map(|undo| undo.later_edit.as_ref());
    all.extend(edits.map(|edit| {
        let told = one_line(&edit.told(WayBack::Whole));
        Line::warning(told)
    }));
    all
}

fn no_return(app: &App, step: &StepId) -> Vec<Line> {
    let mut all = vec![
        Line::toned(Tone::Stop, "The point of no return").hang(2),
        Line::empty(),
        Line::new("The next step is  ")
            .and(Tone::Strong, step_title(app, step))
            .hang(2),
    ];
    let view = app.step(step);
    all.extend(view.iter().flat_map(|view| steps::losses(&view.step)));
    all.push(Line::empty());
    let stays = view.is_some_and(|view| view.step.undo == Undo::Irreversible);
    all.push(Line::new(if stays {
        "What it does cannot be undone: a rollback leaves it, and the old release has to run with it."
    } else {
        "After it a rollback cannot undo step by step: only restoring the backup brings the old \
         release back, and what was written in between is lost."
    }));
    all
}

/// Exactly what is about to run.
fn lever(app: &App, step: &StepId, question: &str) -> Vec<Line> {
    let at = emergency::place_of(app, step);
    let mut all = vec![Line::toned(Tone::Stop, question), Line::empty()];
    all.extend(emergency::detail(app, at).lines.into_iter().skip(1));
    all
}
