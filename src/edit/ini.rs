//! INI files: sections with keys, in the dialect of whoever reads the file.
//!
//! | dialect | value goes on | comment after a value | a key twice |
//! |---|---|---|---|
//! | plain (systemd, git, many daemons) | no | part of the value | the reader's business |
//! | Python's configparser | in indented lines | part of the value | an error for the reader |
//! | php.ini | no | `;` outside quotes | a list |
//!
//! A route is `section.key`, or `key` for one before any section; `section.key[2]` is the third of
//! a repeated key. Values are texts; every byte outside what is changed stays.

mod line;

use super::{Document, Edit, EditError, Edited, Entry, IniDialect, Kind, Op, Outcome};
use crate::model::route::{Route, Segment};
use line::{Line, Setting, What};
use serde_json::Value;
use std::collections::HashMap;

pub fn read(dialect: IniDialect, text: &str) -> Document {
    let top = |route: Route, line: usize, span| Entry {
        route,
        kind: Kind::Map,
        line,
        span,
        text: String::new(),
        value: Value::Null,
        target: None,
    };
    let mut entries = vec![top(Route::default(), 1, 0..text.len())];
    let mut seen: HashMap<Route, usize> = HashMap::new();
    let mut at = 0;
    for (number, line) in line::split(dialect, text).iter().enumerate() {
        match &line.what {
            What::Section(name) => {
                entries.push(top(
                    Route::key(name.as_str()),
                    number + 1,
                    at..at + line.text.len(),
                ));
            }
            What::Setting(setting) => {
                let route = route_of(&line.section, &setting.key);
                let nth = seen.entry(route.clone()).or_default();
                let span = at + setting.value.start..at + setting.value.end;
                let entry = Entry {
                    kind: Kind::Scalar,
                    line: number + 1,
                    text: line.text[setting.value.clone()].to_owned(),
                    value: Value::String(setting.decoded.clone()),
                    span,
                    route: route.child(Segment::Index(*nth)),
                    target: None,
                };
                // The plain route is the last of a repeated key, as most readers have it.
                entries.push(Entry {
                    route,
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
    }
    Document::new(entries)
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
    let mut file = File::new(dialect, text);
    let outcomes = edits
        .iter()
        .map(|edit| file.edit(edit))
        .collect::<Result<_, _>>()?;
    Ok(Edited {
        text: file.print(),
        outcomes,
    })
}

/// Where a key stands; the section is empty before any.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    section: String,
    key: String,
}

struct File<'t> {
    dialect: IniDialect,
    text: &'t str,
    lines: Vec<Line>,
    places: HashMap<Place, Vec<usize>>,
    /// The line that a section begins with.
    sections: HashMap<String, usize>,
    line_end: &'static str,
}

impl<'t> File<'t> {
    fn new(dialect: IniDialect, text: &'t str) -> Self {
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut file = Self {
            dialect,
            text,
            lines: line::split(dialect, text),
            places: HashMap::new(),
            sections: HashMap::new(),
            line_end,
        };
        file.index();
        file
    }

    fn refused(&self, why: impl Into<String>) -> EditError {
        EditError::at(self.text, 0, why, "change the rule")
    }

    fn place(&self, route: &Route) -> Result<(Place, Option<usize>), EditError> {
        let place = |section: &str, key: &str| Place {
            section: section.to_owned(),
            key: key.to_owned(),
        };
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

    /// The lines a route means: one of a repeated key, or its last.
    fn line_of(&self, place: &Place, nth: Option<usize>) -> Option<usize> {
        let lines = self.places.get(place)?;
        match nth {
            Some(nth) => lines.get(nth).copied(),
            None => lines.last().copied(),
        }
    }

    fn edit(&mut self, edit: &Edit) -> Result<Outcome, EditError> {
        if let (Op::Remove, [Segment::Key(section)]) = (&edit.op, edit.route.0.as_slice())
            && self.sections.contains_key(section)
        {
            return Ok(self.remove_section(&section.clone()));
        }
        let (place, nth) = self.place(&edit.route)?;
        let at = self.line_of(&place, nth);
        match (&edit.op, at) {
            (Op::Set { value }, Some(at)) => self.set(at, &self.plain(value)?),
            (Op::Set { value } | Op::Default { value }, None) => {
                let value = self.plain(value)?;
                self.add(&place, &value).map(|()| Outcome::Changed)
            }
            (Op::Default { .. }, Some(_)) => Ok(Outcome::AlreadyDone),
            (Op::Remove, Some(at)) => {
                self.cut(at);
                Ok(Outcome::Changed)
            }
            (Op::Remove, None) => Ok(Outcome::AlreadyDone),
            (Op::Rename { to }, _) => {
                let to = Place {
                    section: place.section.clone(),
                    key: to.clone(),
                };
                self.rename(&place, to)
            }
            (Op::Move { to, value }, at) => {
                let (to, _) = self.place(to)?;
                let value = value.as_ref().map(|value| self.plain(value)).transpose()?;
                self.shift(at, to, value)
            }
            (Op::Append { value }, _) => {
                let value = self.plain(value)?;
                self.append(&place, &value)
            }
            (Op::Rewrite { pattern, with }, Some(at)) => {
                let old = self.setting(at).decoded.clone();
                let new = pattern
                    .regex()
                    .replace_all(&old, with.as_str())
                    .into_owned();
                self.set(at, &new)
            }
            (Op::Rewrite { .. }, None) => Ok(Outcome::Absent),
            (Op::Wrap(_) | Op::Replace { .. }, _) => {
                Err(self.refused(format!("`{}` holds one text", edit.route)))
            }
        }
    }

    fn setting(&self, at: usize) -> &Setting {
        match &self.lines[at].what {
            What::Setting(setting) => setting,
            What::Section(_) | What::Comment | What::Blank | What::Other => {
                unreachable!("places are places of settings")
            }
        }
    }

    fn plain(&self, value: &Value) -> Result<String, EditError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Null => Ok(String::new()),
            Value::Array(_) | Value::Object(_) => {
                Err(self.refused("a key of an INI file holds a text"))
            }
        }
    }

    fn set(&mut self, at: usize, value: &str) -> Result<Outcome, EditError> {
        if self.setting(at).decoded == value {
            return Ok(Outcome::AlreadyDone);
        }
        let changed = self.lines[at].with_value(self.dialect, value, self.line_end);
        self.lines[at] = changed.ok_or_else(|| {
            self.refused("the value cannot be written so that the file's reader gets it back")
        })?;
        Ok(Outcome::Changed)
    }

    /// A line like its siblings', to be read back before it counts.
    fn new_line(&self, place: &Place, value: &str) -> Result<Line, EditError> {
        let sibling = self.lines.iter().find_map(|line| match &line.what {
            What::Setting(setting) => Some(setting.between.clone()),
            What::Section(_) | What::Comment | What::Blank | What::Other => None,
        });
        let between = sibling.unwrap_or_else(|| " = ".to_owned());
        let text = format!("{}{between}{}", place.key, self.line_end);
        let mut lines = line::split(self.dialect, &text);
        let line = (lines.len() == 1).then(|| lines.remove(0));
        let line =
            line.filter(|line| matches!(&line.what, What::Setting(new) if new.key == place.key));
        line.and_then(|line| line.with_value(self.dialect, value, self.line_end))
            .map(|line| Line {
                section: place.section.clone(),
                ..line
            })
            .ok_or_else(|| self.refused(format!("`{}` cannot be written in this file", place.key)))
    }

    fn add(&mut self, place: &Place, value: &str) -> Result<(), EditError> {
        let line = self.new_line(place, value)?;
        self.put(&place.section, vec![line]);
        Ok(())
    }

    /// At the end of its section, before the blank lines and comments that lead to the next one;
    /// a section that is not there is made at the end of the file.
    fn put(&mut self, section: &str, mut new: Vec<Line>) {
        let known = section.is_empty() || self.sections.contains_key(section);
        let at = if known {
            self.end_of(section)
        } else {
            self.open_section(section)
        };
        if let Some(above) = at
            .checked_sub(1)
            .and_then(|above| self.lines.get_mut(above))
            && !above.text.is_empty()
            && !above.text.ends_with('\n')
        {
            // The file's last line had no end; now the new one has none.
            above.text.push_str(self.line_end);
            if let Some(last) = new.last_mut() {
                last.text
                    .truncate(last.text.trim_end_matches(['\r', '\n']).len());
            }
        }
        self.lines.splice(at..at, new);
        self.index();
    }

    fn end_of(&self, section: &str) -> usize {
        let settings =
            |line: &Line| line.section == section && matches!(line.what, What::Setting(_));
        match self.lines.iter().rposition(settings) {
            Some(last) => last + 1,
            None => self.sections.get(section).map_or(0, |header| header + 1),
        }
    }

    fn open_section(&mut self, section: &str) -> usize {
        if let Some(last) = self.lines.last_mut()
            && !last.text.ends_with('\n')
        {
            last.text.push_str(self.line_end);
        }
        let header = |text: String, what| Line {
            text,
            section: section.to_owned(),
            what,
        };
        if self
            .lines
            .last()
            .is_some_and(|line| !matches!(line.what, What::Blank))
        {
            self.lines
                .push(header(self.line_end.to_owned(), What::Blank));
        }
        let text = format!("[{section}]{}", self.line_end);
        self.lines
            .push(header(text, What::Section(section.to_owned())));
        self.lines.len()
    }

    /// Lines were put in or taken out: the places are found anew.
    fn index(&mut self) {
        self.places.clear();
        self.sections.clear();
        for (at, line) in self.lines.iter().enumerate() {
            match &line.what {
                What::Section(name) => {
                    self.sections.entry(name.clone()).or_insert(at);
                }
                What::Setting(Setting { key, .. }) => {
                    let place = Place {
                        section: line.section.clone(),
                        key: key.clone(),
                    };
                    self.places.entry(place).or_default().push(at);
                }
                What::Comment | What::Blank | What::Other => {}
            }
        }
    }

    /// Takes a setting out with the comments that are its own.
    fn cut(&mut self, at: usize) -> Vec<Line> {
        let first = self.own_comments(at);
        let cut = self.lines.drain(first..=at).collect();
        self.index();
        cut
    }

    /// The first of the comment lines directly above a setting, if they are its own: a comment
    /// over several settings is their heading and stays.
    fn own_comments(&self, at: usize) -> usize {
        let mut first = at;
        while first > 0 && matches!(self.lines[first - 1].what, What::Comment) {
            first -= 1;
        }
        let heads_a_group = matches!(
            self.lines.get(at + 1).map(|line| &line.what),
            Some(What::Setting(_))
        );
        if heads_a_group { at } else { first }
    }

    fn remove_section(&mut self, section: &str) -> Outcome {
        self.lines.retain(|line| line.section != section);
        self.index();
        Outcome::Changed
    }

    fn rename(&mut self, place: &Place, to: Place) -> Result<Outcome, EditError> {
        if place.key == to.key {
            return Ok(Outcome::AlreadyDone);
        }
        let Some(lines) = self.places.get(place).cloned() else {
            let there = self.places.contains_key(&to);
            return Ok(if there {
                Outcome::AlreadyDone
            } else {
                Outcome::Absent
            });
        };
        if self.places.contains_key(&to) {
            return Err(self.refused(format!(
                "`{}` is there already, beside `{}`",
                to.key, place.key
            )));
        }
        for at in lines {
            let renamed = self.lines[at].with_key(self.dialect, &to.key);
            self.lines[at] = renamed.ok_or_else(|| {
                self.refused(format!(
                    "`{}` is not a key that the file's reader accepts",
                    to.key
                ))
            })?;
        }
        self.index();
        Ok(Outcome::Changed)
    }

    fn shift(
        &mut self,
        at: Option<usize>,
        to: Place,
        value: Option<String>,
    ) -> Result<Outcome, EditError> {
        let Some(at) = at else {
            let there = self.places.contains_key(&to);
            return Ok(if there {
                Outcome::AlreadyDone
            } else {
                Outcome::Absent
            });
        };
        if self.places.contains_key(&to) {
            return Err(self.refused(format!("`{}` is there already in [{}]", to.key, to.section)));
        }
        let mut moved = self.cut(at);
        if let Some(setting) = moved.last_mut() {
            let renamed = setting.with_key(self.dialect, &to.key);
            let valued = match &value {
                Some(value) => {
                    renamed.and_then(|line| line.with_value(self.dialect, value, self.line_end))
                }
                None => renamed,
            };
            *setting = valued.ok_or_else(|| {
                EditError::at(
                    self.text,
                    0,
                    format!("`{}` cannot be written in this file", to.key),
                    "change the rule",
                )
            })?;
        }
        for line in &mut moved {
            line.section.clone_from(&to.section);
        }
        self.put(&to.section, moved);
        Ok(Outcome::Changed)
    }

    /// One more of a repeated key; in Python's dialect one more line of its value.
    fn append(&mut self, place: &Place, value: &str) -> Result<Outcome, EditError> {
        let there = self.places.get(place).cloned().unwrap_or_default();
        match (self.dialect, there.last()) {
            (IniDialect::Python, Some(&at)) => {
                let old = self.setting(at).decoded.clone();
                if old.lines().any(|line| line == value) {
                    return Ok(Outcome::AlreadyDone);
                }
                self.set(at, &format!("{old}\n{value}"))
            }
            (IniDialect::Plain | IniDialect::Php, Some(&last)) => {
                if there.iter().any(|&at| self.setting(at).decoded == value) {
                    return Ok(Outcome::AlreadyDone);
                }
                let line = self.new_line(place, value)?;
                self.lines.insert(last + 1, line);
                self.index();
                Ok(Outcome::Changed)
            }
            (_, None) => self.add(place, value).map(|()| Outcome::Changed),
        }
    }

    fn print(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }
}
