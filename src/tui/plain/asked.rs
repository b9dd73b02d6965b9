//! How lines ask: the question, and the prompt before its answer.

use super::{paper::Paper, words};
use crate::{
    engine::link::handle::Ask,
    tui::{
        app::{App, Screen},
        dialog::{Danger, Dialog, Going, costs, counted_at, emergency, replaces},
        keymap::{self, Command},
        line::{Line, whole},
        page::Page,
        screen::inputs,
        theme::Tone,
    },
};

/// The words of a dialog, without the field for its answer.
pub(super) fn question(app: &App, dialog: &Dialog) -> String {
    let mut paper = Paper::new(&app.ui);
    let lines = match dialog {
        Dialog::Value {
            input,
            problems,
            field,
            ..
        } if !field.text().is_empty() => problems
            .iter()
            .map(|problem| {
                let words = format!("! {}", inputs::fault(input, problem));
                Line::toned(Tone::Attention, words).hang(2)
            })
            .collect(),
        Dialog::Value { input, .. } => replaces(app, input),
        Dialog::Filter(_) => Vec::new(),
        Dialog::Typed {
            danger: Danger::Rollback,
            ..
        } => warnings(app),
        Dialog::Reason { .. }
        | Dialog::Typed { .. }
        | Dialog::Emergency { .. }
        | Dialog::Going { .. }
        | Dialog::Sure(_)
        | Dialog::Told { .. } => dialog.detail(app).lines,
    };
    for line in &lines {
        paper.line(line);
    }
    let Dialog::Emergency { at } = dialog else {
        return paper.text;
    };
    for offer in emergency::enter(app, *at) {
        paper.line(&Line::new(offer).hang(2));
    }
    let can = keymap::working(&Page::of(app)).into_iter();
    let can = can.filter(|binding| keymap::is_said(binding));
    let can: Vec<&str> = can.map(|binding| binding.label).collect();
    let words = format!(
        "Row {} is selected. Type: a number, {}",
        at + 1,
        can.join(", ")
    );
    paper.line(&Line::new(words).hang(5));
    paper.text
}

/// The costs of a rollback, which a screen shows beside the rows.
fn warnings(app: &App) -> Vec<Line> {
    let mut all = Vec::new();
    for cost in costs(app) {
        let words = format!("{}: {}", cost.title, cost.becomes);
        all.push(if cost.stays {
            Line::toned(Tone::Stop, format!("! {words}")).hang(2)
        } else {
            Line::new(words).hang(2)
        });
        let lost = cost.lost.iter();
        all.extend(lost.map(|lost| Line::toned(Tone::Attention, format!("! {lost}")).hang(4)));
    }
    all.extend(app.ui.views.preview.as_ref().and_then(counted_at));
    all
}

pub(super) fn prompt(app: &App, dialog: Option<&Dialog>) -> String {
    match dialog {
        None => format!("{}> ", name(&app.ui.screen)),
        Some(Dialog::Filter(_)) => "filter (an empty line shows all again): ".to_owned(),
        Some(Dialog::Value { input, .. }) => {
            let secret = app.ui.input(input).is_none_or(|view| view.secret);
            let hidden = if secret {
                "; not shown while you type"
            } else {
                ""
            };
            let asked = app.ui.asked_as(input);
            format!("{asked} (an empty line leaves it as it was{hidden}): ")
        }
        Some(Dialog::Reason { .. }) => "reason (an empty line: back): ".to_owned(),
        Some(Dialog::Typed { danger, .. }) => {
            format!(
                "type \"{}\" to go on; its last word is the name of this host (an empty line: back): ",
                whole(&danger.words(app))
            )
        }
        Some(Dialog::Emergency { .. }) => "Emergency> ".to_owned(),
        Some(Dialog::Going { .. }) => format!("{} (an empty line: back): ", ways_to_go()),
        Some(Dialog::Sure(_)) => "yes or no (an empty line: no): ".to_owned(),
        Some(Dialog::Told { .. }) => "Enter goes on: ".to_owned(),
    }
}

/// `l, p or s`.
pub fn ways_to_go() -> String {
    words::either(&Going::ALL.map(|going| keymap::shown(Command::Go(going))))
}

/// What the worker does now because of the ask, unless its next event says so anyway.
pub(super) fn begun(ask: &Ask) -> Option<&'static str> {
    Some(match ask {
        // The changed row tells it.
        Ask::Mark(_) | Ask::Unmark(_) => return None,
        // The worker goes on with what it does, or ends.
        Ask::Pause | Ask::Interrupt | Ask::Leave => return None,
        Ask::Errand(_) => "going on by itself",
        Ask::ConfirmWithin(_) => "starting the countdown again",
        Ask::TakeOver => "taking the run over",
        Ask::Check => "making the checks",
        Ask::Recheck(_) => "making the check again",
        Ask::RecheckAll => "making every check again",
        Ask::Fix(_) => "carrying out the fix, then checking again",
        Ask::Waive { .. } => "waiving the check",
        Ask::Backup => "making the backup",
        Ask::Apply => "going on with the steps",
        Ask::ApplyOne => "running the next step",
        Ask::Retry(_) => "trying the step again",
        Ask::FixAndRetry(_) => "carrying out the fix, then trying the step again",
        Ask::Skip { .. } => "skipping the step",
        Ask::Judge { .. } | Ask::Confirm(_) => "noting what you said of the step",
        Ask::Consent(_) => "going past the point of no return",
        Ask::Verify => "making the checks of the new release",
        Ask::Finish => "ending the run",
        Ask::Rollback { .. } => "rolling back",
        Ask::StepBack { .. } => "undoing the last steps",
        Ask::SkipUndo { .. } => "rolling back without undoing the step",
        Ask::RetryUndo => "going on with the rollback",
        Ask::Pull(_) => "pulling the emergency step",
        Ask::Release(_) => "taking the emergency step back",
        Ask::Abandon => "giving the run up",
    })
}

pub(super) fn name(screen: &Screen) -> &'static str {
    match screen {
        Screen::Start => "Start",
        Screen::Runs => "Past runs",
        Screen::Review => "Review",
        Screen::Conflict(_) => "Decide",
        Screen::Diff => "Difference",
        Screen::Inputs => "Inputs",
        Screen::Checklist => "Checklist",
        Screen::Backup => "Backup",
        Screen::Apply => "Apply",
        Screen::Output => "Output",
        Screen::Verify => "Verify",
        Screen::Rollback => "Roll back",
        Screen::Report => "Report",
        Screen::Help => "Help",
    }
}
