//! Keys while a dialog is open.

use super::{
    asks,
    commands::{self, outcome},
    moves,
    views::call,
};
use crate::{
    engine::{link::handle::Ask, undo_preview::UndoLine},
    model::ids::StepId,
    run_state::RunState,
    tui::{
        app::{App, Effect},
        call::Call,
        dialog::{Danger, Dialog, Going, Question, emergency, going},
        keymap::{self, Command, Pressed},
        page::Page,
    },
};
use crossterm::event::{KeyCode, KeyEvent};

pub fn key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    if let Some(command) = keymap::command(&Page::of(app), key) {
        return carry_out(app, command);
    }
    match keymap::pressed(key) {
        Pressed::Alone(code) if edit(app, code) => changed(app),
        _nothing_is_typed_by_it => {
            commands::in_vain(app, key, "the last line shows the keys that do something");
            Vec::new()
        }
    }
}

/// Carries out a command to the open question.
pub fn carry_out(app: &mut App, command: Command) -> Vec<Effect> {
    let at = match app.ui.dialog {
        Some(Dialog::Emergency { at }) => Some(at),
        Some(_) | None => None,
    };
    match (command, at) {
        (Command::Close, _) => return close(app),
        (Command::Enter, _) => return enter(app),
        (Command::Yes, _) => return yes(app),
        (Command::Go(going), _) => return leave(app, going),
        (Command::EmptyLine, _) => {
            if let Some(field) = app.ui.dialog.as_mut().and_then(Dialog::field_mut) {
                field.clear();
            }
            return changed(app);
        }
        (Command::Reveal, _) => {
            if let Some(Dialog::Value { reveal, .. }) = &mut app.ui.dialog {
                *reveal = !*reveal;
            }
        }
        (Command::Up | Command::Down, Some(at)) => {
            let all = app.run.as_ref().map_or(0, |run| run.emergency.len());
            let at = match command {
                Command::Up => at.saturating_sub(1),
                _down => (at + 1).min(all.saturating_sub(1)),
            };
            app.open_dialog(Dialog::Emergency { at });
        }
        (Command::Help, Some(at)) => {
            commands::help(app);
            app.ui.dialog = None;
            app.ui.helped_at = Some(at);
        }
        (_, Some(_)) => {
            if let Some(asked) = keymap::act(&Page::of(app), command) {
                return commands::act(app, asked);
            }
        }
        // The text of a question may be longer than the screen.
        (_, None) => moves::scroll(app, command),
    }
    Vec::new()
}

/// Pastes into an answer, a reason or a filter; words that guard a danger must be typed by hand. A
/// refused paste says so: whoever pasted something expects it to be there.
pub fn paste(app: &mut App, pasted: &str) -> Vec<Effect> {
    let refused = match &app.ui.dialog {
        Some(_) if app.ui.deaf => Some("not pasted: it came before the question was seen"),
        Some(Dialog::Filter(_) | Dialog::Value { .. } | Dialog::Reason { .. }) => None,
        Some(Dialog::Typed { .. }) => Some("not pasted: these words are typed by hand"),
        Some(
            Dialog::Emergency { .. } | Dialog::Going { .. } | Dialog::Sure(_) | Dialog::Told { .. },
        )
        | None => Some("a paste does nothing here"),
    };
    if let Some(why) = refused {
        app.ui.mention(why);
        app.ui.passes_with_the_moment();
        return Vec::new();
    }
    // Copied text often includes its line end.
    let ends = ["\r\n", "\n", "\r"];
    let text = ends.iter().find_map(|end| pasted.strip_suffix(end));
    app.ui.notice = None;
    if insert(app, text.unwrap_or(pasted)) {
        changed(app)
    } else {
        Vec::new()
    }
}

/// Whether the text went into the field; a refusal is told.
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

/// Puts a whole line into the field, then presses Enter.
pub fn line(app: &mut App, text: &str) -> Vec<Effect> {
    if let Some(field) = app.ui.dialog.as_mut().and_then(Dialog::field_mut) {
        field.clear();
        if !insert(app, text) {
            return Vec::new();
        }
    }
    if let Some(Dialog::Filter(_)) = app.ui.dialog {
        app.ui.lines.again = true;
        changed(app);
    }
    enter(app)
}

/// Whether the key edits the text of a field.
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

/// The effects of a change of the text.
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
        app.ui.lines.again = true;
    }
    Vec::new()
}

fn enter(app: &mut App) -> Vec<Effect> {
    let dialog = app.ui.dialog.as_ref();
    if dialog.is_some_and(|dialog| dialog.is_filled(app))
        && let Some(effects) = asks::look_again(app)
    {
        return effects;
    }
    let Some(dialog) = app.ui.dialog.take() else {
        return Vec::new();
    };
    match dialog {
        // If Enter can do nothing now, the list stays.
        Dialog::Emergency { at } => {
            let typed = emergency::chosen(app, at);
            app.open_dialog(typed.unwrap_or(Dialog::Emergency { at }));
            Vec::new()
        }
        // Another filter makes another list to tell.
        Dialog::Filter(_) => {
            app.ui.lines.again = true;
            Vec::new()
        }
        Dialog::Going { .. } | Dialog::Sure(_) | Dialog::Told { .. } => Vec::new(),
        unfinished if !unfinished.is_filled(app) => {
            app.ui.dialog = Some(unfinished);
            Vec::new()
        }
        Dialog::Value { input, field, .. } => {
            let request = Call::Answer(input.clone(), field.secret());
            app.ui.dialog = Some(Dialog::Value {
                input,
                field,
                reveal: false,
                problems: Vec::new(),
            });
            call(app, request)
        }
        Dialog::Reason { about, field } => match about.given(field.text().trim().to_owned()) {
            Ok(ask) => asks::send(app, ask),
            Err(danger) => {
                app.open_dialog(Dialog::typed(danger));
                Vec::new()
            }
        },
        Dialog::Typed { danger, .. } => go(app, danger),
    }
}

/// The reason for a rollback in the journal and the report. It names the failure, which the undo
/// removes from its step.
fn why_back(app: &App) -> String {
    let asked = "asked for by the operator";
    match app.run.as_ref().and_then(RunState::had_failed) {
        Some(after) => format!("{asked}, {after}"),
        None => asked.to_owned(),
    }
}

/// Carries out what the typed words agree to.
fn go(app: &mut App, danger: Danger) -> Vec<Effect> {
    match danger {
        Danger::Rollback => {
            let reason = why_back(app);
            // The preview showed the later edits above the words.
            let shown = app.ui.views.preview.as_ref();
            let over_later_edits =
                shown.is_some_and(|it| it.undo.steps.iter().any(UndoLine::edited_since));
            asks::send(
                app,
                Ask::Rollback {
                    reason,
                    over_later_edits,
                },
            )
        }
        Danger::PutAside => {
            // The way back keeps the reason that was given when it began.
            let begun = app.run.as_ref().and_then(|run| run.rollback.as_ref());
            let reason = begun.map_or_else(String::new, |begun| begun.reason.clone());
            asks::send(
                app,
                Ask::Rollback {
                    reason,
                    over_later_edits: true,
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

/// Carries out a choice about leaving, but stops only what the question was about: if something
/// else has begun since, it asks again.
fn leave(app: &mut App, how: Going) -> Vec<Effect> {
    let about = match &app.ui.dialog {
        Some(Dialog::Going { about }) => about.as_ref(),
        Some(_) | None => return Vec::new(),
    };
    if how == Going::Stop
        && let Some(why) = going::has_gone_on(app, about)
    {
        app.ui.warn(format!("not done: {why}"));
        app.open_dialog(going::question(app));
        return Vec::new();
    }
    let asks = how.asks().into_iter().map(Effect::Ask);
    asks.chain([Effect::Quit(outcome(app))]).collect()
}

fn yes(app: &mut App) -> Vec<Effect> {
    let Some(Dialog::Sure(question)) = app.ui.dialog.take() else {
        return Vec::new();
    };
    match question {
        // The worker notices that its front end has gone.
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
    if let Some(why) = going::has_gone_on(app, Some(step)) {
        app.ui.warn(format!("not done: {why}"));
        return Vec::new();
    }
    vec![Effect::Ask(Ask::Interrupt)]
}
