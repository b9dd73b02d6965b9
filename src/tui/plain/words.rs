//! What can be said on a page in plain mode: the words of the keymap, and the numbers of the rows.

use crate::{
    model::{finding::Decision, units},
    tui::{
        app::Screen,
        glyph::Sign,
        keymap::{self, BINDINGS, Binding, Command, Pressed, QUESTIONS, is_said},
        line::one_line,
        page::{Fold, Page, Row},
        screen::keys,
    },
};
use crossterm::event::KeyCode;
use std::ops::Range;

/// Rows, or lines of a text, that are told at once.
pub const PART: usize = 20;

/// Words for keys that have none of their own, and more words for some that have.
const MORE_WORDS: [(&str, Command); 9] = [
    ("mark", Command::Mark),
    ("mark", Command::Choose),
    ("go", Command::Enter),
    ("rollback", Command::Rollback),
    ("next", Command::Down),
    ("previous", Command::Up),
    ("first", Command::Home),
    ("last", Command::End),
    ("end", Command::End),
];

/// The words for taking and leaving a change, which a single key toggles.
const CHOICES: [(&str, Decision); 2] = [("take", Decision::Take), ("keep", Decision::Leave)];

/// The word in the help for a command that has none of its own.
pub fn of_command(command: Command) -> Option<String> {
    let words = CHOICES.map(|(word, _)| word);
    (command == Command::Choose).then(|| words.join(", "))
}

/// Splits input into the word and the row number that it is about; either may be missing.
pub fn with_number(said: &str) -> (&str, Option<usize>) {
    let (word, last) = said.rsplit_once(' ').unwrap_or(("", said));
    match last.parse() {
        Ok(number) => (word.trim(), Some(number)),
        Err(_no_number) => (said, None),
    }
}

/// What a word or a key means now, or an error that says why it means nothing.
pub fn command(page: &Page<'_>, said: &str) -> Result<Command, String> {
    if let Some(binding) = of_key(page, said) {
        return Ok(binding.command);
    }
    let lower = said.to_lowercase();
    if let Some(binding) = of_key(page, &said.to_uppercase()) {
        let (key, label) = (binding.shown, binding.label);
        return Err(format!("{said}: does nothing here; {key} means {label}"));
    }
    let not_now = || not_now(page, &lower);
    if let Some((_, wanted)) = CHOICES.iter().find(|(word, _)| *word == lower) {
        return match keys::turned(page) {
            Some(turned) if turned == *wanted => Ok(Command::Choose),
            Some(_) => Err(format!("{lower}: already so")),
            None => begun(page, &lower).unwrap_or_else(|| Err(not_now())),
        };
    }
    let more = |binding: &Binding| MORE_WORDS.contains(&(lower.as_str(), binding.command));
    let mut named = BINDINGS
        .iter()
        .filter(|binding| is_called(binding, said, &lower) || more(binding))
        .peekable();
    if named.peek().is_none() {
        return begun(page, &lower).unwrap_or_else(|| {
            Err(format!(
                "not understood: {}; help lists the words",
                one_line(said)
            ))
        });
    }
    let now = named.find(|binding| binding.works(page));
    let is_so =
        (lower == "open" && keys::can_close(page)) || (lower == "close" && keys::can_open(page));
    now.map(|binding| binding.command).ok_or_else(|| {
        if is_so {
            format!("{lower}: already so")
        } else {
            not_now()
        }
    })
}

fn not_now(page: &Page<'_>, word: &str) -> String {
    match keymap::of(page, Command::TakeOver) {
        Some(take) => {
            let take = keymap::named(page, take);
            format!("{word}: not now; you only watch, {take} takes the run over")
        }
        None => format!("{word}: does nothing here, or not now"),
    }
}

/// The command of which the input is the first of several words, if no other command begins with it
/// now. `None`: no command ever offered begins with it.
fn begun(page: &Page<'_>, word: &str) -> Option<Result<Command, String>> {
    let begins = |binding: &Binding| {
        let first = binding.label.split_once(' ');
        is_said(binding) && first.is_some_and(|(first, _)| first == word)
    };
    let mut offered = keymap::working(page);
    offered.retain(|binding| begins(binding));
    match offered.as_slice() {
        [one] => Some(Ok(one.command)),
        [] if BINDINGS.iter().any(begins) => Some(Err(not_now(page, word))),
        [] => None,
        several => {
            let labels: Vec<&str> = several.iter().map(|binding| binding.label).collect();
            Some(Err(format!("{word}: type {}", labels.join(", or "))))
        }
    }
}

/// `pause, leave or help`.
pub fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => {
            format!("{} or {last}", before.join(", "))
        }
        _one_or_none => words.concat(),
    }
}

/// What a single key means now. Keys that only move around a drawn screen do not work in lines.
fn of_key(page: &Page<'_>, said: &str) -> Option<&'static Binding> {
    let mut chars = said.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return None;
    };
    let key = Pressed::Alone(KeyCode::Char(c));
    keymap::binding(page, key).filter(|binding| is_said(binding))
}

/// What a word or key means to the open question. `None`: no question has such a word; an error:
/// not this question, or not now.
pub fn answer(page: &Page<'_>, said: &str) -> Option<Result<Command, String>> {
    let lower = said.to_lowercase();
    // First as typed, since a capital may be another key than its letter. The screens have a longer
    // word for some of it.
    let on_screens = |binding: &Binding| {
        let mut same = BINDINGS.iter().filter(|one| one.command == binding.command);
        is_said(binding) && same.any(|one| one.label == lower)
    };
    let called = |binding: &&Binding| {
        is_called(binding, said, &lower)
            || is_called(binding, &lower, &lower)
            || on_screens(binding)
    };
    let mut named = QUESTIONS.iter().filter(called).peekable();
    named.peek()?;
    let now = named.find(|binding| binding.works(page));
    let not_now = || format!("{said}: does nothing for this row, or not now");
    Some(now.map(|binding| binding.command).ok_or_else(not_now))
}

fn is_called(binding: &Binding, said: &str, lower: &str) -> bool {
    // A single key is compared as typed only, where its case matters.
    let by_key = binding.shown == said || (said.len() > 1 && binding.shown.to_lowercase() == lower);
    is_said(binding) && (binding.label == lower || by_key)
}

/// The words that can be said now, each with its key.
pub fn sayable(page: &Page<'_>) -> String {
    let working = keymap::working(page).into_iter();
    let named = working
        .filter(|binding| is_said(binding))
        .filter_map(|binding| match binding.shown {
            _ if binding.command == Command::Choose => choice(page),
            key if key.chars().count() == 1 => Some(format!("{} ({key})", binding.label)),
            _a_key_with_a_name => Some(binding.label.to_owned()),
        });
    let (part, length) = (part(page), length(page));
    let numbered = numbers(page).iter().any(Option::is_some);
    let of_the_list = [
        (part.end < length, "more"),
        (part.start > 0, "less"),
        (numbered, "a number"),
    ];
    let there = of_the_list.iter().filter(|(there, _)| *there);
    let of_the_list = there.map(|(_, word)| (*word).to_owned());
    of_the_list.chain(named).collect::<Vec<_>>().join(", ")
}

/// The word that changes the selected change: `take` or `keep`. A finding that must be decided is
/// opened with Enter instead.
fn choice(page: &Page<'_>) -> Option<String> {
    let turned = keys::turned(page)?;
    let (word, _) = CHOICES.iter().find(|(_, choice)| *choice == turned)?;
    Some((*word).to_owned())
}

/// The number of each row. The heading of an open group has none, and a line of a difference has
/// one only if it stands for left-out lines.
pub fn numbers(page: &Page<'_>) -> Vec<Option<usize>> {
    let mut last = 0;
    let rows = page.rows.iter().map(|row| {
        let counts = match row {
            Row::Group(group) => group.folded,
            Row::Item(_) | Row::Late(..) => page.app.ui.screen != Screen::Output,
            Row::Pair { .. } | Row::Diff { .. } => row.leaves_out(),
            Row::Words(_) => false,
        };
        last += usize::from(counts);
        counts.then_some(last)
    });
    rows.collect()
}

/// The number of rows in a part, or of lines if none of its rows is numbered: `3 more rows`.
pub fn counted(page: &Page<'_>, part: Range<usize>, which: &str) -> String {
    let lines = part.len();
    let numbers = numbers(page);
    let rows = numbers.get(part).unwrap_or_default();
    let (count, thing) = match rows.iter().flatten().count() {
        0 => (lines, "line"),
        rows => (rows, "row"),
    };
    units::count(count, &format!("{which}{thing}"))
}

/// The length of the list, or of the text if there is no list.
pub fn length(page: &Page<'_>) -> usize {
    match page.rows.len() {
        0 => page.detail().lines.len(),
        rows => rows,
    }
}

/// The rows or lines to tell at once: what was asked for, or else the first. A failed row must be
/// included, and for output the end. A part that would begin right below a heading includes it.
pub fn part(page: &Page<'_>) -> Range<usize> {
    let length = length(page);
    let from = || {
        let at = page.selected_at()?;
        let failed = || {
            let item = page.rows[at].words();
            item.is_some_and(|item| item.sign == Some(Sign::Failed))
        };
        let told = page.app.ui.screen == Screen::Output || failed();
        told.then(|| (at / PART * PART).min(length.saturating_sub(PART)))
    };
    let asked_for = page.app.ui.lines.told_from;
    let from = asked_for.or_else(from).unwrap_or(0).min(length);
    let end = (from + PART).min(length);
    match heading(page, from) {
        Some(at) if at + 1 == from => at..end,
        _none_or_further_up => from..end,
    }
}

/// Index of the heading above a row, if the row is in an open group.
pub fn heading(page: &Page<'_>, at: usize) -> Option<usize> {
    let is_group = |row: &Row<'_>| matches!(row, Row::Group(_));
    if page.rows.get(at).is_none_or(is_group) {
        return None;
    }
    let above = page.rows[..at].iter().rposition(is_group)?;
    let is_open = matches!(&page.rows[above], Row::Group(group) if !group.folded);
    is_open.then_some(above)
}

/// A hint how to show left-out lines, because their numbers look like the line numbers of a file.
pub fn shows_lines(page: &Page<'_>, part: Range<usize>) -> Option<&'static str> {
    let mut told = part.filter_map(|at| page.fold_at(at));
    let closed = told.any(|(what, closed)| closed && matches!(what, Fold::Lines(_)));
    closed.then_some("A number before … shows those lines.")
}
