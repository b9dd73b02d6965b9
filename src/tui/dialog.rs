//! Dialogs that take the place of the body. Each names its object; its default is the harmless
//! answer.

mod begin;
mod beneath;
mod costs;
mod danger;
pub mod emergency;
pub mod going;
pub mod keys;
mod last_steps;
pub mod leaving;
mod question;
mod reason;
mod value;

pub use beneath::{Becomes, Beneath};
pub use costs::{costs, counted_at, stands_above_the_words};
pub use danger::Danger;
pub use going::Going;
pub use last_steps::LastSteps;
pub use question::Question;
pub use reason::Reason;
pub use value::replaces;

use super::{
    app::App,
    field::Field,
    line::{Line, lines, one_line},
    page::{BETWEEN, Detail},
    theme::Tone,
};
use crate::{
    engine::undo_preview::WayBack,
    model::ids::{CheckId, InputName, StepId},
};

/// What Enter does when the answer is complete but what it is about is out of date.
const OLD: &str = "Enter: counts again first, the numbers above are old   Esc: back";

#[derive(Debug)]
pub enum Dialog {
    /// Typing narrows the list.
    Filter(Field),
    /// An answer to an input.
    Value {
        input: InputName,
        field: Field,
        reveal: bool,
        problems: Vec<String>,
    },
    /// A reason that goes into the journal.
    Reason { about: Reason, field: Field },
    /// Words that must be typed whole.
    Typed { danger: Danger, field: Field },
    /// The list of emergency steps, and the index of the selected one.
    Emergency { at: usize },
    /// What becomes of a run at work when the operator leaves; `about` is the step it was at.
    Going { about: Option<StepId> },
    /// A question where only `y` means yes.
    Sure(Question),
    /// A message that needs more than a line.
    Told { title: String, text: String },
}

impl Dialog {
    /// Asks for the words of a danger.
    pub fn typed(danger: Danger) -> Self {
        let field = Field::default();
        Self::Typed { danger, field }
    }

    /// Asks for a reason.
    pub fn reason(about: Reason) -> Self {
        let field = Field::default();
        Self::Reason { about, field }
    }

    /// Whether enough was typed for Enter to take it.
    pub fn is_filled(&self, app: &App) -> bool {
        match self {
            Self::Value { field, .. } => !field.text().is_empty(),
            Self::Reason { field, .. } => !field.text().trim().is_empty(),
            Self::Typed { danger, field } => field.text() == danger.words(app),
            Self::Filter(_)
            | Self::Emergency { .. }
            | Self::Going { .. }
            | Self::Sure(_)
            | Self::Told { .. } => true,
        }
    }

    /// The last steps to be undone, if that is what the dialog is about.
    pub fn last_steps(&self) -> Option<&LastSteps> {
        match self {
            Self::Reason {
                about: Reason::StepBack(last),
                ..
            }
            | Self::Typed {
                danger: Danger::StepBack { last, .. },
                ..
            } => Some(last),
            _about_something_else => None,
        }
    }

    pub fn last_steps_mut(&mut self) -> Option<&mut LastSteps> {
        match self {
            Self::Reason {
                about: Reason::StepBack(last),
                ..
            }
            | Self::Typed {
                danger: Danger::StepBack { last, .. },
                ..
            } => Some(last),
            _about_something_else => None,
        }
    }

    pub fn is_about_a_rollback(&self) -> bool {
        matches!(
            self,
            Self::Typed {
                danger: Danger::Rollback,
                ..
            }
        )
    }

    /// Whether a yes loses data that was counted before the question.
    pub fn is_about_counts(&self) -> bool {
        self.is_about_a_rollback() || self.last_steps().is_some()
    }

    /// Clears the typed words: they agreed to other counts. A typed reason stays valid. Returns
    /// whether there were any words.
    pub fn take_words_back(&mut self) -> bool {
        let Self::Typed { field, .. } = self else {
            return false;
        };
        let any = !field.text().is_empty();
        field.clear();
        any
    }

    /// The preview that must be refreshed before a yes is taken; `None`: all is fresh.
    pub fn is_about_old(&self, app: &App) -> Option<WayBack> {
        if self.is_about_a_rollback() {
            let preview = app.ui.views.preview.as_ref();
            let old = preview.is_none_or(|preview| preview.is_old(app));
            return old.then_some(WayBack::Whole);
        }
        let last = self.last_steps().filter(|last| last.preview.is_old(app))?;
        let mut steps = app.run.iter().flat_map(|run| &run.steps);
        let place = steps.position(|view| view.step.id == last.to)?;
        Some(WayBack::DownTo(place))
    }

    /// Whether the screen stays visible, with the field below it.
    pub fn beside(&self) -> bool {
        match self {
            Self::Filter(_) | Self::Value { .. } => true,
            Self::Typed { danger, .. } => *danger == Danger::Rollback,
            Self::Reason { .. }
            | Self::Emergency { .. }
            | Self::Going { .. }
            | Self::Sure(_)
            | Self::Told { .. } => false,
        }
    }

    pub fn field(&self) -> Option<&Field> {
        match self {
            Self::Filter(field)
            | Self::Value { field, .. }
            | Self::Reason { field, .. }
            | Self::Typed { field, .. } => Some(field),
            Self::Emergency { .. } | Self::Going { .. } | Self::Sure(_) | Self::Told { .. } => None,
        }
    }

    pub fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::Filter(field)
            | Self::Value { field, .. }
            | Self::Reason { field, .. }
            | Self::Typed { field, .. } => Some(field),
            Self::Emergency { .. } | Self::Going { .. } | Self::Sure(_) | Self::Told { .. } => None,
        }
    }

    /// What is shown in place of the body.
    pub fn detail(&self, app: &App) -> Detail {
        let lines = match self {
            Self::Filter(_) | Self::Value { .. } => Vec::new(),
            Self::Reason { about, .. } => reason::lines(app, about),
            Self::Typed { danger, .. } => danger::lines(app, danger),
            Self::Emergency { at } => return emergency::detail(app, *at),
            Self::Going { about } => going::lines(app, about.as_ref()),
            Self::Sure(question) => question::lines(app, question),
            Self::Told { title, text } => {
                let mut all = vec![Line::toned(Tone::Stop, title.as_str()), Line::empty()];
                all.extend(lines(Tone::Plain, text));
                all
            }
        };
        Detail {
            lines,
            menu: self.menu(app),
        }
    }

    /// The field, below everything else.
    pub fn menu(&self, app: &App) -> Vec<Line> {
        match self {
            Self::Filter(field) => vec![typed_line("filter: ", field)],
            Self::Value {
                input,
                field,
                reveal,
                problems,
            } => value::menu(app, input, field, *reveal, problems),
            Self::Reason { about, field } => vec![typed_line(&reason::label(app, about), field)],
            Self::Typed { danger, field } => {
                let words = danger.words(app);
                let asks = Line::new("Type  ")
                    .and(Tone::Strong, words)
                    .and(Tone::Plain, "  to go on:  ");
                let mut menu = match danger {
                    Danger::Rollback => costs::of_a_rollback(app),
                    Danger::PutAside
                    | Danger::StepBack { .. }
                    | Danger::Consent(_)
                    | Danger::Pull(_)
                    | Danger::Release(_) => Vec::new(),
                };
                menu.push(with_caret(asks, field));
                menu
            }
            Self::Emergency { .. } | Self::Going { .. } | Self::Sure(_) | Self::Told { .. } => {
                Vec::new()
            }
        }
    }

    /// What Enter does, in words.
    pub fn enter(&self, app: &App) -> String {
        let waits = self.is_about_counts() && self.is_filled(app);
        match app.ui.busy() {
            Some(busy) if waits => {
                return format!("Enter: wait — {busy}   Esc: back, nothing happens");
            }
            None if waits && self.is_about_old(app).is_some() => {
                return OLD.to_owned();
            }
            Some(_) | None => {}
        }
        match self {
            Self::Filter(_) => "Enter: keep the filter   Esc: show all again".into(),
            Self::Value {
                field, problems, ..
            } => value::enter(field, problems).into(),
            Self::Reason { about, .. } => {
                let then = match (self.is_filled(app), about.loses()) {
                    (false, _) => "not yet — a reason is needed".to_owned(),
                    (true, true) => "asks for typed words first".to_owned(),
                    (true, false) => reason::then(about),
                };
                format!("Enter: {then}   Esc: back, nothing happens")
            }
            Self::Typed { danger, field } => danger.enter(&danger.words(app), field.text()),
            Self::Emergency { at } => emergency::enter(app, *at).join(BETWEEN),
            Self::Going { .. } => going::enter(app),
            Self::Sure(_) => "Enter or Esc: back, nothing happens   y: yes".into(),
            Self::Told { .. } => "Enter: back".into(),
        }
    }
}

fn step_title(app: &App, step: &StepId) -> String {
    let view = app.step(step);
    view.map_or_else(|| step.to_string(), |view| one_line(&view.step.title))
}

fn check_title(app: &App, check: &CheckId) -> String {
    let found = app.run.as_ref().and_then(|run| run.plan.check(check));
    found.map_or_else(
        || check.to_string(),
        |planned| one_line(&planned.check.title),
    )
}

fn typed_line(label: &str, field: &Field) -> Line {
    with_caret(Line::toned(Tone::Strong, label), field).hang(2)
}

/// The text typed so far, with the caret.
fn with_caret(line: Line, field: &Field) -> Line {
    let (before, after) = field.halves();
    line.and(Tone::Accent, before)
        .and(Tone::Accent, "_")
        .and(Tone::Accent, after)
}
