//! Questions that `y` answers with yes, and everything else with no.

use super::{begin, going, leaving, step_title};
use crate::{
    engine::link::handle,
    model::{
        ids::{InputName, StepId},
        plan::StepBody,
        rule::{Action, Ask},
    },
    run_state::{RunState, StepView},
    tui::{
        app::App,
        line::{Line, one_line},
        screen::{apply, inputs, steps, verify},
        theme::Tone,
    },
};

#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    Leave,
    TakeOver,
    Interrupt(StepId),
    Judge {
        step: StepId,
        done: bool,
    },
    Abandon,
    Confirm(StepId),
    /// The upgrade is declared done.
    Finish,
    /// Generates a value that replaces one that was typed or generated before.
    Replace(InputName),
    /// The first change of the product, and what is then asked of the worker.
    Begin(handle::Ask),
}

pub(super) fn lines(app: &App, question: &Question) -> Vec<Line> {
    match question {
        Question::Leave => leave(app),
        Question::TakeOver => take_over(app),
        Question::Interrupt(step) => interrupt(app, step),
        Question::Judge { step, done } => judge(app, step, *done),
        Question::Abandon => abandon(app),
        Question::Begin(ask) => begin::lines(app, ask),
        Question::Replace(name) => {
            let replaced = app.ui.input(name).and_then(inputs::replaced);
            asked(
                format!("Make another value for {name}?"),
                &format!("It replaces this one: {}.", replaced.unwrap_or_default()),
            )
        }
        Question::Finish => finish(app),
        Question::Confirm(step) => confirm(app, step),
    }
}

/// The question, and what follows from a yes.
fn asked(question: String, then: &str) -> Vec<Line> {
    vec![
        Line::toned(Tone::Strong, question).hang(2),
        Line::empty(),
        Line::new(then),
    ]
}

fn leave(app: &App) -> Vec<Line> {
    let mut all = asked("Leave switchback?".into(), &leaving::words(app));
    if leaving::leaves_a_run(app) {
        all.push(Line::empty());
        all.extend(going::coming_back(app));
    }
    all
}

fn abandon(app: &App) -> Vec<Line> {
    let beside = app.run.as_ref().and_then(RunState::stays_beside);
    let written = match &beside {
        None => "Nothing has been written to the product.".to_owned(),
        Some(stays) => format!("No step has changed the product; {}.", one_line(stays)),
    };
    asked(
        "Give up this run?".into(),
        &format!(
            "{written} A run that is given up cannot be resumed: its journal stays, and a new run \
             can be planned."
        ),
    )
}

fn take_over(app: &App) -> Vec<Line> {
    let (question, then) = match app.ui.live.control.theirs() {
        Some(who) => (
            format!(
                "Take this run over from {}, process {}?",
                one_line(&who.user),
                who.pid
            ),
            "From then on you decide, and they watch. Your name goes into the journal.",
        ),
        None => (
            "Take this run over? Nobody holds it.".into(),
            "From then on you decide. Your name goes into the journal.",
        ),
    };
    asked(question, then)
}

fn interrupt(app: &App, step: &StepId) -> Vec<Line> {
    let (what, then) = if only_waits(app, step) {
        (
            "End this waiting",
            "It only waits: no process of the product is killed, and",
        )
    } else {
        (
            "End this command",
            "It is killed with everything it started, and",
        )
    };
    asked(
        format!("{what} now? {}", step_title(app, step)),
        &format!("{then} {}.", what_fails(app, step)),
    )
}

/// Whether the step only waits for a condition and starts nothing.
fn only_waits(app: &App, step: &StepId) -> bool {
    let body = app.step(step).map(|view| &view.step.body);
    matches!(body, Some(StepBody::Do(Action::Wait(_))))
}

/// What becomes of a step whose command is ended, and the choices after that.
fn what_fails(app: &App, step: &StepId) -> &'static str {
    let run = app.run.as_ref();
    let undone = app.step(step).is_some_and(StepView::is_undoing);
    let goes_back = run.is_some_and(|run| run.rollback.is_some());
    if run.is_some_and(|run| run.emergency_step(step).is_some()) {
        return if undone {
            "it is then not taken back, or only in part; you can try again"
        } else {
            "the emergency step fails. It may be half done, and can be pulled again"
        };
    }
    match (undone, goes_back) {
        (true, _) => "its undo fails. Then you choose: retry, or skip (what the step did stays)",
        (false, true) => "the step fails. The rollback then waits for you: retry or skip",
        (false, false) => "the step fails. Then you choose: retry, skip, roll back",
    }
}

fn judge(app: &App, step: &StepId, done: bool) -> Vec<Line> {
    let (said, then) = judged(is_undo(app, step), done);
    asked(
        format!("Record that this {said}? {}", step_title(app, step)),
        &format!("{then} Your name goes into the journal."),
    )
}

/// Whether it is the undo of a step whose outcome is unknown.
fn is_undo(app: &App, step: &StepId) -> bool {
    app.step(step).is_some_and(StepView::undo_failed)
}

/// A person's verdict on an unknown outcome, and what follows from it.
fn judged(undo: bool, done: bool) -> (&'static str, &'static str) {
    match (undo, done) {
        (true, true) => ("is undone", "The rollback goes on with the step before it."),
        (true, false) => (
            "is not undone",
            "Its undo counts as failed: you then choose retry or skip.",
        ),
        (false, true) => (
            "was done",
            "The run goes on with the next step; this one is not run again.",
        ),
        (false, false) => (
            "was not done",
            "It counts as failed: you then choose retry, skip or roll back.",
        ),
    }
}

fn finish(app: &App) -> Vec<Line> {
    let run = app.run.as_ref();
    let confirmed = if run.is_some_and(RunState::must_be_confirmed) {
        " It no longer rolls back by itself."
    } else {
        ""
    };
    let how_long = if app.is_sample() {
        ", until you leave this sample"
    } else {
        ""
    };
    let mut all = asked(
        "End the run?".into(),
        &format!(
            "Then the upgrade is done: no check is made again, and no single step can be retried or \
             undone.{confirmed} The backup stays: the whole upgrade can still be rolled \
             back{how_long}."
        ),
    );
    all.extend(run.and_then(verify::gone_without));
    all.extend(run.and_then(begin::waived));
    all.extend(run.and_then(verify::left_to_do));
    all
}

fn confirm(app: &App, step: &StepId) -> Vec<Line> {
    let run = app.run.as_ref();
    let ask = app.step(step).and_then(steps::asked);
    let mut all = vec![Line::toned(Tone::Strong, step_title(app, step)).hang(2)];
    if let (Some(run), Some(ask)) = (run, ask) {
        all.extend(apply::asked(run, ask));
    }
    all.push(Line::empty());
    all.push(Line::new(if ask.is_some_and(Ask::is_question) {
        "Yes means that you agree: the run goes on. Your name goes into the journal."
    } else {
        "Yes means that you have done it: the run goes on. Your name goes into the journal."
    }));
    all
}
