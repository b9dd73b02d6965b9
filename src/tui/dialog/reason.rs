//! Questions for a reason, which goes into the journal with the name of the person who gave it.

use super::{
    Danger, check_title,
    last_steps::{self, LastSteps},
    step_title,
};
use crate::{
    engine::link::handle,
    model::{
        ids::{CheckId, StepId},
        plan::Undo,
        units,
    },
    tui::{
        app::App,
        line::{Line, one_line, take_columns},
        theme::Tone,
        view::areas,
    },
};
use unicode_width::UnicodeWidthStr;

/// Columns that a field needs beside its label so that typing stays visible.
const FIELD_COLUMNS: usize = 8;

#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    Waive(CheckId),
    Skip(StepId),
    SkipUndo(StepId),
    StepBack(Box<LastSteps>),
}

impl Reason {
    /// Whether a reason alone is not enough, because something is lost.
    pub(super) fn loses(&self) -> bool {
        matches!(self, Self::StepBack(last) if last.preview.undo.loses())
    }

    /// What Enter leads to with this reason: the ask, or the words that guard it.
    pub fn given(self, reason: String) -> Result<handle::Ask, Danger> {
        Ok(match self {
            Self::Waive(check) => handle::Ask::Waive { check, reason },
            Self::Skip(step) => handle::Ask::Skip { step, reason },
            Self::SkipUndo(step) => handle::Ask::SkipUndo { step, reason },
            Self::StepBack(last) if last.preview.undo.loses() => {
                return Err(Danger::StepBack { last, reason });
            }
            Self::StepBack(last) => handle::Ask::StepBack {
                to: last.to,
                reason,
            },
        })
    }
}

/// The label before the field. Where there is little room, it says what the reason is for.
pub(super) fn label(app: &App, about: &Reason) -> String {
    if !areas::is_tiny(app.ui.size) || app.ui.in_lines {
        return "reason: ".to_owned();
    }
    let (act, what) = match about {
        Reason::Waive(check) => ("waive", check_title(app, check)),
        Reason::Skip(step) | Reason::SkipUndo(step) => ("skip", step_title(app, step)),
        Reason::StepBack(last) => ("undo to", step_title(app, &last.to)),
    };
    let room = usize::from(app.ui.size.0).saturating_sub(act.width() + FIELD_COLUMNS);
    format!("{act} {}: ", take_columns(&what, room))
}

pub(super) fn lines(app: &App, about: &Reason) -> Vec<Line> {
    let (title, then) = match about {
        Reason::StepBack(last) => {
            let mut all = last_steps::lines(app, last);
            all.push(say_why());
            return all;
        }
        Reason::Waive(check) => (
            format!(
                "Go on although this check has not passed: {}",
                check_title(app, check)
            ),
            "The run goes on as if it had passed. The report names the waiver.",
        ),
        Reason::Skip(step) => (
            format!("Skip this step: {}", step_title(app, step)),
            what_is_skipped(app, step),
        ),
        Reason::SkipUndo(step) if is_after(app, step) => (
            format!("Skip this step of the rollback: {}", step_title(app, step)),
            "It is not run, and what it starts stays stopped. The rollback goes on without it.",
        ),
        Reason::SkipUndo(step) => (
            format!("Do not undo this step: {}", step_title(app, step)),
            "What it did stays. The rollback goes on with the step before it.",
        ),
    };
    let mut all = vec![
        Line::toned(Tone::Attention, title).hang(2),
        Line::empty(),
        Line::new(then),
    ];
    if let Reason::SkipUndo(step) = about {
        all.extend(stays_with(app, step));
    }
    all.push(say_why());
    all
}

fn say_why() -> Line {
    Line::new("Give a reason: it goes into the journal, with your name.")
}

/// What follows from a reason that was given.
pub(super) fn then(about: &Reason) -> String {
    match about {
        Reason::StepBack(last) => {
            let steps = units::count(last.preview.undo.steps.len(), "step");
            format!("undo {steps}, then wait")
        }
        Reason::Waive(_) => "go on without it".to_owned(),
        Reason::Skip(_) => "skip it, then wait".to_owned(),
        Reason::SkipUndo(_) => "leave it as it is, and go on with the rollback".to_owned(),
    }
}

/// What is skipped: a failed step may have done part of its work, unless it changes nothing or is
/// known to have had no effect.
fn what_is_skipped(app: &App, step: &StepId) -> &'static str {
    let view = app.step(step);
    match view.filter(|view| view.failed().is_some() && view.touched()) {
        Some(view) if view.step.undo == Undo::Harmless => {
            "It is not run again, and the run waits after it. Later steps may need what it would \
             have made sure of."
        }
        Some(_) => {
            "It is not run again: what it has done so far stays, and later steps may need the rest. \
             The run waits after it."
        }
        None => {
            "It is not run, and the run waits after it. Later steps may need what it would have done."
        }
    }
}

/// Whether it is a step of the way back itself.
fn is_after(app: &App, step: &StepId) -> bool {
    let run = app.run.as_ref();
    run.is_some_and(|run| run.steps_after().iter().any(|view| view.step.id == *step))
}

/// Later steps that the same restore would have undone.
fn stays_with(app: &App, step: &StepId) -> Option<Line> {
    let run = app.run.as_ref()?;
    let undo = &run.step(step)?.step.undo;
    let with = run.steps.iter().filter(|view| view.step.undo == *undo);
    let with = with.filter(|view| run.waits_for_a_restore(view));
    let titles: Vec<String> = with.map(|view| one_line(&view.step.title)).collect();
    (!titles.is_empty()).then(|| {
        let words = format!(
            "The same restore would have undone these; they stay too: {}",
            titles.join(", ")
        );
        Line::warning(words)
    })
}
