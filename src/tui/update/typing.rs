//! Keys while a dialog is open.

use super::{asks, call, moves, outcome};
use crate::{
    engine::handle::Ask,
    model::ids::StepId,
    run_state::RunState,
    tui::{
        app::{App, Effect},
        call::Call,
        dialog::{Danger, Dialog, Question, emergency, going},
        field::Field,
        keymap::{self, Command, Pressed},
        screen::steps,
    },
};
use crossterm::event::{KeyCode, KeyEvent};

pub fn key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let meant = match keymap::pressed(key) {
        Pressed::Alone(code) => alone(app, code),
        Pressed::WithControl(code) => with_control(app, code),
        Pressed::WithMore => None,
    };
    meant.unwrap_or_else(|| {
        super::in_vain(app, key, "the last line shows the keys that do something");
        Vec::new()
    })
}

/// None: the key means nothing here.
fn alone(app: &mut App, code: KeyCode) -> Option<Vec<Effect>> {
    if let Some(Dialog::Emergency { at }) = app.ui.dialog
        && emergency_key(app, at, code)
    {
        return Some(Vec::new());
    }
    match code {
        KeyCode::Esc => Some(close(app)),
        KeyCode::Enter => Some(enter(app)),
        KeyCode::Char('y') if matches!(app.ui.dialog, Some(Dialog::Sure(_))) => Some(yes(app)),
        KeyCode::Char('n') if matches!(app.ui.dialog, Some(Dialog::Sure(_))) => Some(close(app)),
        code => {
            let leaves = match app.ui.dialog {
                Some(Dialog::Going) => going::chosen(code),
                Some(_) | None => None,
            };
            if let Some(asks) = leaves {
                return Some(leave(app, asks));
            }
            if edit(app, code) {
                return Some(changed(app));
            }
            // What a question is about may be longer than the screen.
            let command = moving(code)?;
            moves::scroll(app, command);
            Some(Vec::new())
        }
    }
}

fn with_control(app: &mut App, code: KeyCode) -> Option<Vec<Effect>> {
    match code {
        KeyCode::Char('c') => Some(close(app)),
        KeyCode::Char('r') => {
            let Some(Dialog::Value { reveal, .. }) = &mut app.ui.dialog else {
                return None;
            };
            *reveal = !*reveal;
            Some(Vec::new())
        }
        KeyCode::Char('u') => {
            app.ui.dialog.as_mut().and_then(Dialog::field_mut)?.clear();
            Some(changed(app))
        }
        _other_chords_mean_nothing => None,
    }
}

fn moving(code: KeyCode) -> Option<Command> {
    match code {
        KeyCode::Up => Some(Command::Up),
        KeyCode::Down => Some(Command::Down),
        KeyCode::PageUp => Some(Command::PageUp),
        KeyCode::PageDown => Some(Command::PageDown),
        _other_keys_do_not_move => None,
    }
}

/// A paste goes into an answer or a filter; words that guard a danger are typed by hand.
pub fn paste(app: &mut App, pasted: &str) -> Vec<Effect> {
    let takes_paste = match &app.ui.dialog {
        Some(Dialog::Filter(_) | Dialog::Value { .. } | Dialog::Reason { .. }) => !app.ui.deaf,
        Some(
            Dialog::Typed { .. }
            | Dialog::Emergency { .. }
            | Dialog::Going
            | Dialog::Sure(_)
            | Dialog::Told { .. },
        )
        | None => false,
    };
    if !takes_paste {
        return Vec::new();
    }
    // What is copied often has the end of its line with it.
    let ends = ["\r\n", "\n", "\r"];
    let text = ends.iter().find_map(|end| pasted.strip_suffix(end));
    app.ui.notice = None;
    match insert(app, text.unwrap_or(pasted)) {
        true => changed(app),
        false => Vec::new(),
    }
}

/// Whether the text went into the field; why not is said.
fn insert(app: &mut App, text: &str) -> bool {
    let field = app.ui.dialog.as_mut().and_then(Dialog::field_mut);
    let Some(taken) = field.map(|field| field.insert(text)) else {
        return false;
    };
    if let Err(why) = taken {
        app.ui.warn(format!("not taken: {why}"));
    }
    taken.is_ok()
}

/// Whether the key means something on the list of emergency steps.
fn emergency_key(app: &mut App, at: usize, code: KeyCode) -> bool {
    let last = app
        .run
        .as_ref()
        .map_or(0, |run| run.emergency.len())
        .saturating_sub(1);
    let next = match code {
        KeyCode::Up | KeyCode::Char('k') => Some(Dialog::Emergency {
            at: at.saturating_sub(1),
        }),
        KeyCode::Down | KeyCode::Char('j') => Some(Dialog::Emergency {
            at: (at + 1).min(last),
        }),
        KeyCode::Char('u') => emergency::taken_back(app, at),
        KeyCode::Char('i') => emergency::interrupted(app),
        KeyCode::Char('y') => emergency::judged(app, at, true),
        KeyCode::Char('n') => emergency::judged(app, at, false),
        _other_keys_are_of_every_dialog => return false,
    };
    if let Some(next) = next {
        app.open_dialog(next);
    }
    true
}

/// A whole line for the field, and Enter.
pub fn line(app: &mut App, text: &str) -> Vec<Effect> {
    if let Some(field) = app.ui.dialog.as_mut().and_then(Dialog::field_mut) {
        field.clear();
        if !insert(app, text) {
            return Vec::new();
        }
    }
    if let Some(Dialog::Filter(_)) = app.ui.dialog {
        app.ui.again = true;
        changed(app);
    }
    enter(app)
}

/// Whether the key means something where a text is typed.
fn edit(app: &mut App, code: KeyCode) -> bool {
    let Some(field) = app.ui.dialog.as_mut().and_then(Dialog::field_mut) else {
        return false;
    };
    match code {
        KeyCode::Char(c) => {
            insert(app, c.encode_utf8(&mut [0; 4]));
        }
        KeyCode::Backspace => field.backspace(),
        KeyCode::Left => field.left(),
        KeyCode::Right => field.right(),
        _other_keys_type_nothing => return false,
    }
    true
}

/// What follows from every change of the text.
fn changed(app: &mut App) -> Vec<Effect> {
    match &app.ui.dialog {
        Some(Dialog::Filter(field)) => {
            let filter = field.text().to_owned();
            let list = app.list_mut();
            list.filter = filter;
            list.top = 0;
            app.ui.detail_top = 0;
            Vec::new()
        }
        Some(Dialog::Value { input, field, .. }) if !field.text().is_empty() => {
            vec![Effect::Call(Call::TryAnswer(input.clone(), field.secret()))]
        }
        Some(_) | None => Vec::new(),
    }
}

fn close(app: &mut App) -> Vec<Effect> {
    if let Some(Dialog::Filter(_)) = app.ui.dialog.take() {
        app.list_mut().filter.clear();
        app.ui.again = true;
    }
    Vec::new()
}

fn enter(app: &mut App) -> Vec<Effect> {
    let Some(dialog) = app.ui.dialog.take() else {
        return Vec::new();
    };
    match dialog {
        // What Enter cannot do now leaves the list where it is.
        Dialog::Emergency { at } => {
            let typed = emergency::chosen(app, at);
            app.open_dialog(typed.unwrap_or(Dialog::Emergency { at }));
            Vec::new()
        }
        // With another filter it is another list.
        Dialog::Filter(_) => {
            app.ui.again = true;
            Vec::new()
        }
        Dialog::Going | Dialog::Sure(_) | Dialog::Told { .. } => Vec::new(),
        Dialog::Value { input, field, .. } if !field.text().is_empty() => {
            let request = Call::Answer(input.clone(), field.secret());
            app.ui.dialog = Some(Dialog::Value {
                input,
                field,
                reveal: false,
                problems: Vec::new(),
            });
            call(app, request)
        }
        Dialog::Reason { about, field } if !field.text().trim().is_empty() => {
            match about.given(field.text().trim().to_owned()) {
                Ok(ask) => asks::send(app, ask),
                Err(danger) => {
                    let field = Field::default();
                    app.open_dialog(Dialog::Typed { danger, field });
                    Vec::new()
                }
            }
        }
        Dialog::Typed { danger, field } if field.text() == danger.words(app) => go(app, danger),
        unfinished @ (Dialog::Value { .. } | Dialog::Reason { .. } | Dialog::Typed { .. }) => {
            app.ui.dialog = Some(unfinished);
            Vec::new()
        }
    }
}

/// What the journal and the report say of a rollback: the undo takes the failure off the step.
fn why_back(app: &App) -> String {
    let asked = "asked for by the operator";
    match app.run.as_ref().and_then(RunState::had_failed) {
        Some(after) => format!("{asked}, {after}"),
        None => asked.to_owned(),
    }
}

/// The words were typed.
fn go(app: &mut App, danger: Danger) -> Vec<Effect> {
    match danger {
        Danger::Rollback => {
            let reason = why_back(app);
            // The preview showed them, and the words were typed below it.
            let shown = app
                .ui
                .preview
                .iter()
                .flat_map(|(_, preview)| &preview.steps);
            let over_later_edits = shown.into_iter().any(|undo| undo.edited_since());
            asks::send(
                app,
                Ask::Rollback {
                    reason,
                    over_later_edits,
                },
            )
        }
        Danger::StepBack { last, reason } => {
            let to = last.to;
            asks::send(app, Ask::StepBack { to, reason })
        }
        Danger::Consent(step) => asks::send(app, Ask::Consent(step)),
        Danger::Pull(step) => {
            vec![Effect::Ask(emergency::send(
                app,
                Ask::Pull(step.clone()),
                step,
            ))]
        }
        Danger::Release(step) => {
            vec![Effect::Ask(emergency::send(
                app,
                Ask::Release(step.clone()),
                step,
            ))]
        }
    }
}

fn leave(app: &App, asks: Vec<Ask>) -> Vec<Effect> {
    let asks = asks.into_iter().map(Effect::Ask);
    asks.chain([Effect::Quit(outcome(app))]).collect()
}

fn yes(app: &mut App) -> Vec<Effect> {
    let Some(Dialog::Sure(question)) = app.ui.dialog.take() else {
        return Vec::new();
    };
    match question {
        // Its worker sees that nobody is there.
        Question::Leave => vec![Effect::Quit(outcome(app))],
        Question::TakeOver => vec![Effect::Ask(Ask::TakeOver)],
        Question::Interrupt(step) => interrupt(app, &step),
        Question::Judge { step, done } => asks::send(app, Ask::Judge { step, done }),
        Question::Abandon => asks::send(app, Ask::Abandon),
        Question::Confirm(step) => asks::send(app, Ask::Confirm(step)),
        Question::Replace(input) => call(app, Call::Generate(input)),
        Question::Finish => asks::send(app, Ask::Finish),
        Question::Begin(ask) => asks::send(app, ask),
    }
}

/// Ends what the question was about, and nothing that has begun since.
fn interrupt(app: &mut App, step: &StepId) -> Vec<Effect> {
    let at_work_on = steps::at_work_on(app);
    if at_work_on.is_none_or(|view| view.step.id != *step) {
        app.ui.warn("not done: that step has ended");
        return Vec::new();
    }
    vec![Effect::Ask(Ask::Interrupt)]
}
