//! INI files: sections with keys, in the dialect of the program that reads the file.
//!
//! | dialect | value goes on | comment after a value | a key twice |
//! |---|---|---|---|
//! | plain (systemd's units, many daemons) | below a `\` at the end of a line | readers differ | the reader's business |
//! | Python's configparser | in indented lines | part of the value | an error for the reader |
//! | php.ini | no | `;` outside quotes | a list |
//!
//! A route is `section.key`, or `key` for one before any section; `section.key[2]` is the third of
//! a repeated key. Values are texts; every byte outside what is changed stays. A section as a whole
//! can be removed and renamed, with a route that is just its name. Python's keys are
//! case-insensitive. If a key is set twice the last one is changed; a removal, a rename and a move
//! affect all of them.
//!
//! A plain value is taken as it is written, with its quotes and any continuing `\`. The program
//! that reads such a file is unknown, and where readers differ nothing is guessed: a line after a
//! `\` that looks like a setting or a header of its own; a `#` or `;` in a value (git and Go's ini
//! end it there, systemd does not); a name that differs in case only (one name for git, two for
//! systemd).
//!
//! Python's values are those of its own interpolation: `%%` is read as `%`, and written so. A value with
//! `%(name)s` is read and written as it stands. What `[DEFAULT]` says holds in every section.

mod file;
mod line;
mod sections;

use super::{
    Document, Edit, EditError, Edited, Entry, IniDialect, Kind, Op, Outcome, document::one_text,
};
use crate::model::route::{Route, Segment};
use file::{File, Place};
use line::What;
use serde_json::Value;
use std::collections::HashMap;

const BY_HAND: &str = "make this change by hand";

pub fn read(dialect: IniDialect, text: &str) -> Document {
    let map = |route: Route, line: usize, span| Entry {
        route,
        kind: Kind::Map,
        line,
        span,
        text: String::new(),
        value: Value::Null,
        target: None,
    };
    let mut entries = vec![map(Route::default(), 1, 0..text.len())];
    // By the key as the reader compares it: the first spelling, and how often it occurred.
    let mut seen: HashMap<Route, (Route, usize)> = HashMap::new();
    let (mark, rest) = line::split_mark(text);
    let (mut at, mut number) = (mark.len(), 1);
    for line in line::split(dialect, rest) {
        match &line.what {
            What::Section(name) => {
                let span = at..at + line.text.len();
                entries.push(map(Route::key(name.as_str()), number, span));
            }
            What::Setting(setting) => {
                let compared = route_of(&line.section, &line::compared(dialect, &setting.key));
                let first = || (route_of(&line.section, &setting.key), 0);
                let (route, nth) = seen.entry(compared).or_insert_with(first);
                let entry = Entry {
                    kind: Kind::Scalar,
                    line: number,
                    text: line.text[setting.value.clone()].to_owned(),
                    value: Value::String(setting.decoded.clone()),
                    span: at + setting.value.start..at + setting.value.end,
                    route: route.item(*nth),
                    target: None,
                };
                // The plain route is the last of a repeated key, as most readers have it.
                entries.push(Entry {
                    route: route.clone(),
                    ..entry.clone()
                });
                if *nth > 0 {
                    entries.push(entry);
                }
                *nth += 1;
            }
            What::Comment | What::Blank | What::Other => {}
        }
        at += line.text.len();
        number += line.text.matches('\n').count();
    }
    match dialect {
        IniDialect::Python => Document::compared(entries, pythons),
        IniDialect::Plain | IniDialect::Php => Document::new(entries),
    }
}

/// A route as configparser compares it: the names of sections keep their case.
fn pythons(route: &Route) -> Route {
    let mut route = route.clone();
    if let [Segment::Key(_), Segment::Key(key), ..] = route.0.as_mut_slice() {
        *key = line::compared(IniDialect::Python, key);
    }
    route
}

fn route_of(section: &str, key: &str) -> Route {
    if section.is_empty() {
        Route::key(key)
    } else {
        Route(vec![
            Segment::Key(section.to_owned()),
            Segment::Key(key.to_owned()),
        ])
    }
}

pub fn apply(dialect: IniDialect, text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
    let mut editor = Editor {
        text,
        file: File::new(dialect, text),
    };
    let doubtful = editor.file.doubtful().and_then(|line| text.find(line));
    let outcomes = edits
        .iter()
        .map(|edit| editor.edit(edit))
        .collect::<Result<_, _>>()?;
    let printed = editor.file.print();
    if let (Some(at), true) = (doubtful, printed != text) {
        let why = "whether this goes on below its `\\` is not the same for every reader";
        return Err(EditError::at(text, at, why, BY_HAND));
    }
    if printed != text && !editor.file.is_read_from(&printed) {
        return Err(EditError::misread(text));
    }
    Ok(Edited {
        text: printed,
        outcomes,
    })
}

/// Turns edits into changes of the file's lines.
struct Editor<'t> {
    text: &'t str,
    file: File,
}

impl Editor<'_> {
    fn refused(&self, why: impl Into<String>) -> EditError {
        EditError::at(self.text, 0, why, "change the rule")
    }

    fn unwritable(&self, place: &Place) -> EditError {
        let why = format!(
            "`{}` cannot be written so that the file's reader gets it back",
            place.key
        );
        EditError::at(self.text, 0, why, BY_HAND)
    }

    /// The key that a route means, and which of a repeated one.
    fn place(&self, route: &Route) -> Result<(Place, Option<usize>), EditError> {
        let place = |section: &str, key: &str| self.file.place(section, key);
        match route.0.as_slice() {
            [Segment::Key(key)] => Ok((place("", key), None)),
            [Segment::Key(section), Segment::Key(key)] => Ok((place(section, key), None)),
            [Segment::Key(key), Segment::Index(nth)] => Ok((place("", key), Some(*nth))),
            [
                Segment::Key(section),
                Segment::Key(key),
                Segment::Index(nth),
            ] => Ok((place(section, key), Some(*nth))),
            _ => Err(self.refused(format!(
                "`{route}` is not a key of a section: write section.key"
            ))),
        }
    }

    /// Handles keys that the reader may find though no line here sets them by that name. `None` if
    /// there are none, or if the edit works regardless.
    fn found_elsewhere(&self, op: &Op, place: &Place) -> Result<Option<Outcome>, EditError> {
        let section = match (op, &*place.section) {
            (Op::Remove, "") => self.file.section_in_other_letters(&place.key),
            (_, _) => None,
        };
        if let Some(other) = self.file.in_other_letters(place).or(section) {
            let why = format!(
                "`{other}` is `{}` for some readers and not for others",
                place.key
            );
            return Err(EditError::at(self.text, 0, why, BY_HAND));
        }
        if !self.file.is_default(place) {
            return Ok(None);
        }
        match op {
            Op::Default { .. } => Ok(Some(Outcome::AlreadyDone)),
            Op::Set { .. } => Ok(None),
            Op::Remove
            | Op::Rename { .. }
            | Op::Move { .. }
            | Op::Append { .. }
            | Op::Rewrite { .. }
            | Op::Wrap(_)
            | Op::Replace { .. } => {
                let why = format!("`{}` is set for every section, in [DEFAULT]", place.key);
                Err(EditError::at(self.text, 0, why, BY_HAND))
            }
        }
    }

    fn edit(&mut self, edit: &Edit) -> Result<Outcome, EditError> {
        let (place, nth) = self.place(&edit.route)?;
        if let Some(outcome) = self.found_elsewhere(&edit.op, &place)? {
            return Ok(outcome);
        }
        let there = self.file.lines_of(&place, nth);
        if let [Segment::Key(section)] = edit.route.0.as_slice()
            && let Some(outcome) = self.section(section, &edit.op, !there.is_empty())?
        {
            return Ok(outcome);
        }
        let last = there.last().copied();
        match (&edit.op, last) {
            (Op::Set { value }, Some(at)) => self.set(&place, at, &self.plain(value)?),
            (Op::Set { value } | Op::Default { value }, None) => {
                let value = self.plain(value)?;
                if nth.is_some_and(|nth| nth != self.file.lines_of(&place, None).len()) {
                    let why = format!("`{}` is not repeated so often", edit.route);
                    return Err(self.refused(why));
                }
                self.add(&place, &value)
            }
            (Op::Default { .. }, Some(_)) => Ok(Outcome::AlreadyDone),
            (Op::Remove, None) => Ok(Outcome::AlreadyDone),
            (Op::Remove, Some(_)) => {
                // One that stayed would take effect again.
                self.file.take_out(&there);
                Ok(Outcome::Changed)
            }
            (Op::Rename { to }, _) => {
                let to = self.file.place(&place.section, to);
                self.rename(&place, &there, &to)
            }
            (Op::Move { to, value }, _) => {
                let (to, _) = self.place(to)?;
                let value = value.as_ref().map(|value| self.plain(value)).transpose()?;
                self.relocate(&place, &there, &to, value)
            }
            (Op::Append { value }, _) => {
                let value = self.plain(value)?;
                self.append(&place, &there, &value)
            }
            (Op::Rewrite { pattern, with }, Some(at)) => {
                let old = &self.file.setting(at).decoded;
                if line::may_end_early(self.file.dialect(), old) {
                    let why = format!(
                        "whether a comment stands in the value of `{}` is not the same for every reader",
                        place.key
                    );
                    return Err(EditError::at(self.text, 0, why, BY_HAND));
                }
                let new = pattern.replace_all(old, with.as_str()).into_owned();
                self.set(&place, at, &new)
            }
            (Op::Rewrite { .. }, None) => Ok(Outcome::Absent),
            (Op::Wrap(_) | Op::Replace { .. }, _) => {
                Err(self.refused(format!("`{}` holds one text", edit.route)))
            }
        }
    }

    /// Applies a change to the section with the name of a route's only key; `None` if the route
    /// refers to a setting before any section.
    fn section(
        &mut self,
        section: &str,
        op: &Op,
        is_setting: bool,
    ) -> Result<Option<Outcome>, EditError> {
        let new_name = match op {
            Op::Rename { to } => Some(to.as_str()),
            Op::Move { to, value: None } => match to.0.as_slice() {
                [Segment::Key(to)] => Some(to.as_str()),
                _ => None,
            },
            _ => None,
        };
        let by_hand = |why: String| EditError::at(self.text, 0, why, "make this change by hand");
        if !self.file.has_section(section) {
            // If a setting with the old name exists, the edit refers to that.
            let done = !is_setting && new_name.is_some_and(|to| self.file.has_section(to));
            return Ok(done.then_some(Outcome::AlreadyDone));
        }
        match (op, new_name) {
            (Op::Remove | Op::Rename { .. } | Op::Move { .. }, _) if is_setting => Err(by_hand(
                format!("`{section}` is a section, and a setting before any"),
            )),
            (Op::Remove, _) => {
                self.file.remove_section(section);
                Ok(Some(Outcome::Changed))
            }
            (_, Some(to)) if to == section => Ok(Some(Outcome::AlreadyDone)),
            (_, Some(to)) if self.file.has_section(to) => Err(by_hand(format!(
                "`{to}` is there already, beside `{section}`"
            ))),
            (_, Some(to)) if self.file.rename_section(section, to) => Ok(Some(Outcome::Changed)),
            (_, Some(to)) => Err(by_hand(format!("`{to}` cannot be the name of a section"))),
            (_, None) if is_setting => Ok(None),
            (_, None) => Err(self.refused(format!(
                "`{section}` is a section: write {section}.KEY, or rename it to one key"
            ))),
        }
    }

    fn plain(&self, value: &Value) -> Result<String, EditError> {
        one_text(value).ok_or_else(|| self.refused("a key of an INI file holds a text"))
    }

    fn set(&mut self, place: &Place, at: usize, value: &str) -> Result<Outcome, EditError> {
        if self.file.setting(at).decoded == value {
            return Ok(Outcome::AlreadyDone);
        }
        match self.file.set_value(at, value) {
            true => Ok(Outcome::Changed),
            false => Err(self.unwritable(place)),
        }
    }

    fn add(&mut self, place: &Place, value: &str) -> Result<Outcome, EditError> {
        match self.file.add(place, value) {
            true => Ok(Outcome::Changed),
            false => Err(self.unwritable(place)),
        }
    }

    /// The outcome of a rename or move if there is nothing to move, or the target exists already.
    fn settled(&self, from: &Place, there: &[usize], to: &Place) -> Option<Outcome> {
        let taken = !self.file.lines_of(to, None).is_empty();
        match (there.is_empty(), taken) {
            (true, true) => Some(Outcome::AlreadyDone),
            (true, false) => Some(Outcome::Absent),
            (false, true) if from == to => Some(Outcome::AlreadyDone),
            (false, _) => None,
        }
    }

    fn free(&self, from: &Place, to: &Place) -> Result<(), EditError> {
        if from == to || self.file.lines_of(to, None).is_empty() {
            return Ok(());
        }
        let why = format!("`{}` is there already, beside `{}`", to.key, from.key);
        Err(self.refused(why))
    }

    fn rename(&mut self, from: &Place, there: &[usize], to: &Place) -> Result<Outcome, EditError> {
        let same_text = |&at: &usize| self.file.setting(at).key == to.key;
        // In Python's dialect keys may differ in case only: the same key, spelt differently.
        if (from != to || there.iter().all(same_text))
            && let Some(outcome) = self.settled(from, there, to)
        {
            return Ok(outcome);
        }
        self.free(from, to)?;
        match self.file.rename(there, to) {
            true => Ok(Outcome::Changed),
            false => Err(self.unwritable(to)),
        }
    }

    fn relocate(
        &mut self,
        from: &Place,
        there: &[usize],
        to: &Place,
        value: Option<String>,
    ) -> Result<Outcome, EditError> {
        if let (Some(&last), Some(value), true) = (there.last(), &value, from == to) {
            return self.set(from, last, value);
        }
        if let Some(outcome) = self.settled(from, there, to) {
            return Ok(outcome);
        }
        self.free(from, to)?;
        match self.file.relocate(there, to, value.as_deref()) {
            true => Ok(Outcome::Changed),
            false => Err(self.unwritable(to)),
        }
    }

    /// One more of a repeated key; in Python's dialect one more line of its value.
    fn append(
        &mut self,
        place: &Place,
        there: &[usize],
        value: &str,
    ) -> Result<Outcome, EditError> {
        let Some(&last) = there.last() else {
            return self.add(place, value);
        };
        let is_there = |&at: &usize| self.file.setting(at).decoded == value;
        let done = match self.file.dialect() {
            IniDialect::Python => {
                let old = &self.file.setting(last).decoded;
                if old.lines().any(|line| line == value) {
                    return Ok(Outcome::AlreadyDone);
                }
                let new = format!("{old}\n{value}");
                self.file.set_value(last, &new)
            }
            IniDialect::Plain | IniDialect::Php => {
                if there.iter().any(is_there) {
                    return Ok(Outcome::AlreadyDone);
                }
                self.file.repeat(last, place, value)
            }
        };
        match done {
            true => Ok(Outcome::Changed),
            false => Err(self.unwritable(place)),
        }
    }
}
