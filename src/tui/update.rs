//! The only place that changes the [`App`]: a message in, effects out. No I/O, no waiting.

mod answers;
mod asks;
mod commands;
mod events;
mod moves;
mod said;
mod selection;
mod typing;
mod views;

pub(super) use answers::tell_damage;

use super::{
    app::{App, Effect, Msg, Screen},
    keymap::{self, Command},
    page::Page,
};
use crate::engine::link::handle::Event;
use commands::{carry_out, in_vain};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release || app.ui.deaf => Vec::new(),
        // The worker runs on while this program is stopped.
        Msg::Key(key) if keymap::is_suspend(key) => vec![Effect::Suspend],
        Msg::Suspend => vec![Effect::Suspend],
        Msg::Key(key) if keymap::is_repaint(key) => vec![Effect::Repaint],
        // An Esc must not be lost because another key followed too fast; that key has to be pressed
        // again.
        Msg::Key(key) if keymap::is_behind_escape(key) && !types(app) => {
            let effects = update(app, Msg::Key(KeyCode::Esc.into()));
            let late = key.code;
            app.ui.mention(format!(
                "Esc was taken; {late} came too soon after it, and was ignored"
            ));
            effects
        }
        Msg::Key(key) => {
            app.ui.notice = None;
            match app.ui.dialog {
                Some(_) => typing::key(app, key),
                None => browse(app, key),
            }
        }
        // A click answers no question and confirms nothing: the mouse only looks around.
        Msg::Mouse(_) if app.ui.deaf || app.ui.dialog.is_some() => Vec::new(),
        Msg::Mouse(mouse) => {
            app.ui.notice = None;
            match keymap::wheel(mouse.kind) {
                Some(command) => return carry_out(app, command),
                None => moves::point(app, (mouse.column, mouse.row)),
            }
            Vec::new()
        }
        Msg::Paste(text) => typing::paste(app, &text),
        Msg::Said(line) => said::said(app, line.as_ref().map(|line| line.as_str())),
        Msg::Resize(columns, rows) => {
            app.ui.size = (columns, rows);
            Vec::new()
        }
        Msg::Done(became) => {
            match became {
                Ok(words) => app.ui.mention(words),
                Err(why) => app.ui.warn(why),
            }
            Vec::new()
        }
        Msg::Now { now_ms } => {
            app.ui.live.now_ms = app.ui.live.now_ms.max(now_ms);
            Vec::new()
        }
        Msg::Tick { now_ms } => {
            app.ui.live.sent = None;
            update(app, Msg::Now { now_ms })
        }
        Msg::Answer(answer) => {
            app.ui.unseen = true;
            answers::answer(app, *answer)
        }
        Msg::Run { event, now_ms } => {
            app.ui.unseen |= matches!(event, Event::Record(_) | Event::Gone(_));
            app.ui.live.now_ms = app.ui.live.now_ms.max(now_ms);
            events::event(app, event)
        }
    }
}

/// Whether text is being typed, which Esc would discard.
fn types(app: &App) -> bool {
    let dialog = app.ui.dialog.as_ref();
    dialog.is_some_and(|dialog| dialog.field().is_some())
}

fn browse(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    match keymap::command(&Page::of(app), key) {
        Some(command) => carry_out(app, command),
        None => {
            let (command, does) = match app.ui.screen == Screen::Help {
                true => (Command::Back, "leaves this page"),
                false => (Command::Help, "shows the keys that do something"),
            };
            let cure = format!("{} {does}", keymap::on_a_screen(app, command));
            in_vain(app, key, &cure);
            Vec::new()
        }
    }
}
