//! A line of plain mode: a word of the keymap, the number of a row, or the answer to a question.
//! An empty line is Enter on a screen, and the harmless answer to a question.

use super::{
    commands::{carry_out, outcome},
    moves,
    selection::select,
    typing,
};
use crate::{
    engine::link::handle::Ask,
    tui::{
        app::{App, Effect, Screen},
        dialog::{Dialog, Question},
        keymap::Command,
        line::one_line,
        page::{Act, Page},
        plain::{asked, words},
        screen::keys,
    },
};

/// In bytes. A terminal holds no more of a line and silently drops the rest: a line of this length
/// may have been longer.
const LINE_BYTES_MAX: usize = 4095;

pub fn said(app: &mut App, line: Option<&str>) -> Vec<Effect> {
    app.ui.notice = None;
    app.ui.lines.names_row = false;
    let Some(line) = line else {
        return no_more(app);
    };
    app.ui.lines.no_more = false;
    let effects = taken(app, line);
    let sent = effects.iter().find_map(|effect| match effect {
        // The worker finishes what it is doing, or ends; there is no answer to wait for.
        Effect::Ask(Ask::Pause | Ask::Interrupt | Ask::Leave) => None,
        Effect::Ask(ask) => Some(ask.clone()),
        _nothing_is_asked => None,
    });
    if sent.is_some() {
        app.ui.live.sent = sent;
    }
    effects
}

fn taken(app: &mut App, line: &str) -> Vec<Effect> {
    if line.len() >= LINE_BYTES_MAX {
        return noted(app, "not taken: longer than 4,094 bytes");
    }
    match &app.ui.dialog {
        Some(_) if app.ui.deaf => noted(app, "not taken: it was typed before the question"),
        Some(_) => answer(app, line),
        None if !line.is_empty() && line.trim().is_empty() => {
            noted(app, "blanks do nothing; an empty line is Enter")
        }
        // The help puts words in backquotes, which people may copy.
        None => word(app, line.trim().trim_matches('`')),
    }
}

/// End of input: said twice, it leaves. It answers no question.
fn no_more(app: &mut App) -> Vec<Effect> {
    if app.ui.dialog.is_some() {
        typing::carry_out(app, Command::Close);
        return noted(app, "the input ended: nothing was done");
    }
    if std::mem::replace(&mut app.ui.lines.no_more, true) {
        return vec![Effect::Quit(outcome(app))];
    }
    noted(app, "the input ended: a second end leaves, a line stays")
}

fn noted(app: &mut App, words: impl AsRef<str>) -> Vec<Effect> {
    app.ui.warn(words);
    Vec::new()
}

fn answer(app: &mut App, line: &str) -> Vec<Effect> {
    let said = line.trim();
    let close = |app: &mut App| typing::carry_out(app, Command::Close);
    let meant = words::answer(&Page::of(app), said);
    match &app.ui.dialog {
        None | Some(Dialog::Told { .. }) => close(app),
        Some(Dialog::Sure(_)) => match meant {
            Some(Ok(Command::Yes)) => typing::carry_out(app, Command::Yes),
            _anything_else_is_no => {
                close(app);
                noted(app, "nothing was done")
            }
        },
        Some(Dialog::Going { .. }) => match meant {
            _ if said.is_empty() => close(app),
            Some(Ok(command)) => typing::carry_out(app, command),
            _not_one_of_these => noted(
                app,
                format!("not understood: type {}, or back", asked::ways_to_go()),
            ),
        },
        Some(Dialog::Emergency { .. }) => emergency_word(app, said, meant),
        Some(
            Dialog::Filter(_) | Dialog::Value { .. } | Dialog::Reason { .. } | Dialog::Typed { .. },
        ) if said.is_empty() => close(app),
        Some(Dialog::Reason { .. } | Dialog::Typed { .. }) if is_way_out(said) => close(app),
        Some(Dialog::Typed { .. }) => {
            let effects = typing::line(app, said.trim_matches('"'));
            let dialog = app.ui.dialog.as_ref();
            if dialog.is_some_and(|dialog| !dialog.is_filled(app)) {
                return noted(app, "the words do not match: nothing was done");
            }
            effects
        }
        // A secret may begin or end with a blank.
        Some(Dialog::Filter(_) | Dialog::Value { .. } | Dialog::Reason { .. }) => {
            typing::line(app, line)
        }
    }
}

/// Whether this is neither a reason nor the words that guard a danger, but a wish to go back.
fn is_way_out(said: &str) -> bool {
    ["back", "esc", "no", "n"]
        .iter()
        .any(|word| said.eq_ignore_ascii_case(word))
}

fn emergency_word(
    app: &mut App,
    said: &str,
    meant: Option<Result<Command, String>>,
) -> Vec<Effect> {
    let count = app.run.as_ref().map_or(0, |run| run.emergency.len());
    if let Ok(number) = said.parse::<usize>()
        && (1..=count).contains(&number)
    {
        app.open_dialog(Dialog::Emergency { at: number - 1 });
        return Vec::new();
    }
    match meant {
        _ if said.is_empty() => typing::carry_out(app, Command::Enter),
        Some(Ok(command)) => typing::carry_out(app, command),
        Some(Err(why)) => noted(app, why),
        None => noted(app, format!("not understood: {}", one_line(said))),
    }
}

fn word(app: &mut App, said: &str) -> Vec<Effect> {
    if said.is_empty() {
        return if app.ui.unseen {
            noted(
                app,
                "not taken: something happened meanwhile; read it, then press Enter",
            )
        } else {
            empty(app)
        };
    }
    if let Some(filter) = said.strip_prefix('/').filter(|text| !text.is_empty()) {
        let page = Page::of(app);
        if !keys::can_filter(&page) {
            return noted(app, "there is nothing to filter here");
        }
        app.list_mut().filter = filter.to_owned();
        return again(app, None);
    }
    match said.to_lowercase().as_str() {
        "list" => return again(app, None),
        "more" => return turn_page(app, true),
        "less" => return turn_page(app, false),
        // A text has no rows to go to.
        "help" | "?" if app.ui.screen == Screen::Help => return again(app, Some(0)),
        "next" if has_no_rows(app) => return turn_page(app, true),
        "previous" if has_no_rows(app) => return turn_page(app, false),
        "first" if has_no_rows(app) => return again(app, Some(0)),
        "last" | "end" if has_no_rows(app) => {
            let length = words::length(&Page::of(app));
            return again(app, Some(length.saturating_sub(words::PART)));
        }
        _a_word_of_the_keymap => {}
    }
    let (said, number) = words::with_number(said);
    let before = app.list().selected;
    if let Some(number) = number
        && !row(app, number, said.is_empty())
    {
        return noted(app, format!("there is no row {number} here"));
    }
    if said.is_empty() {
        app.ui.lines.names_row = true;
        return Vec::new();
    }
    let page = Page::of(app);
    let found = words::command(&page, said);
    // Opening a row by its number tells from there on, as the number alone does.
    let opens = number.is_some() && found == Ok(Command::Fold) && keys::can_open(&page);
    let from = page.selected_at().filter(|_| opens);
    match found {
        Ok(command) => {
            let effects = carry_out(app, command);
            app.ui.lines.told_from = from.or(app.ui.lines.told_from);
            // Without the filter, or unfolded, the same screen has more to tell.
            app.ui.lines.again |= matches!(command, Command::Back | Command::Fold);
            effects
        }
        Err(why) => {
            app.list_mut().selected = before;
            noted(app, why)
        }
    }
}

/// Handles an empty line, which is Enter. At the end of the road, where an impatient Enter would
/// quit, it asks first.
fn empty(app: &mut App) -> Vec<Effect> {
    let quits = matches!(Page::of(app).enter().act, Act::Quit);
    if !quits {
        return carry_out(app, Command::Enter);
    }
    if app.ui.busy().is_none() {
        app.open_dialog(Dialog::Sure(Question::Leave));
    }
    Vec::new()
}

/// Selects a row by its number; with `opens`, also opens a closed group or left-out lines.
fn row(app: &mut App, number: usize, opens: bool) -> bool {
    let page = Page::of(app);
    let numbers = words::numbers(&page);
    let Some(at) = numbers.iter().position(|of_row| *of_row == Some(number)) else {
        return false;
    };
    let key = page.rows[at].key();
    let closed = page.fold_at(at).filter(|(_, closed)| *closed);
    if let Some(key) = key {
        select(app, key);
    }
    if let Some((what, _)) = closed.filter(|_| opens) {
        moves::fold(app, what);
        again(app, Some(at));
    }
    true
}

fn has_no_rows(app: &App) -> bool {
    Page::of(app).rows.is_empty()
}

fn again(app: &mut App, from: Option<usize>) -> Vec<Effect> {
    app.ui.lines.told_from = from;
    app.ui.lines.again = true;
    Vec::new()
}

/// Tells the next part, or the previous one, of what is too long to tell at once.
fn turn_page(app: &mut App, forward: bool) -> Vec<Effect> {
    let page = Page::of(app);
    let part = words::part(&page);
    let from = match forward {
        true if part.end >= words::length(&page) => None,
        true => Some(part.end),
        false if part.start == 0 => None,
        false => Some(part.start.saturating_sub(words::PART)),
    };
    match from {
        Some(from) => again(app, Some(from)),
        None => noted(app, "there is no more of it"),
    }
}
