//! An INI file as a chain of lines, with the lines of every key, and the changes it supports. Each
//! returns whether the dialect's reader would read the change back; if not, all edits are refused.

use super::line::{self, Line, Setting, What};
use crate::edit::{IniDialect, chain::Chain, line_end};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// A key in a section; the section is empty for a key before any. In Python's dialect keys are
/// compared ignoring case.
#[derive(Clone, Debug)]
pub struct Place {
    pub section: Rc<str>,
    pub key: String,
    compared: String,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.section == other.section && self.compared == other.compared
    }
}

impl Eq for Place {}

impl std::hash::Hash for Place {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.section, &self.compared).hash(state);
    }
}

pub struct File {
    pub(super) dialect: IniDialect,
    /// The byte order mark, if there is one.
    mark: String,
    pub(super) lines: Chain<Line>,
    /// The lines that set a key, in their order.
    pub(super) places: HashMap<Place, Vec<usize>>,
    /// The headers of a section, in their order.
    pub(super) sections: HashMap<Rc<str>, Vec<usize>>,
    /// The last setting of a section.
    pub(super) ends: HashMap<Rc<str>, usize>,
    pub(super) line_end: &'static str,
    /// Whether the last line had no end. Here it has one, so that any line can become the last.
    open_end: bool,
}

impl File {
    pub fn new(dialect: IniDialect, text: &str) -> Self {
        let line_end = line_end::of(text);
        let open_end = line_end::is_open(text);
        let (mark, rest) = line::split_mark(text);
        let lines = if open_end {
            line::split(dialect, &format!("{rest}{line_end}"))
        } else {
            line::split(dialect, rest)
        };
        let mut file = Self {
            dialect,
            mark: mark.to_owned(),
            lines: Chain::new(lines),
            places: HashMap::new(),
            sections: HashMap::new(),
            ends: HashMap::new(),
            line_end,
            open_end,
        };
        file.index_all();
        file
    }

    pub(super) fn index_all(&mut self) {
        self.places.clear();
        self.sections.clear();
        self.ends.clear();
        for at in self.lines.places().collect::<Vec<_>>() {
            self.index(at);
        }
    }

    pub fn print(&self) -> String {
        let lines = self.lines.values().map(|line| line.text.as_str());
        let mut text: String = std::iter::once(self.mark.as_str()).chain(lines).collect();
        if self.open_end {
            line_end::strip(&mut text, self.line_end);
        }
        text
    }

    /// Whether a text says what these lines say: the second opinion on all changes together.
    pub fn is_read_from(&self, text: &str) -> bool {
        fn settings<'l>(
            lines: impl Iterator<Item = &'l Line>,
        ) -> impl Iterator<Item = (&'l str, &'l str, &'l str)> {
            lines.filter_map(|line| match &line.what {
                What::Setting(setting) => Some((
                    &*line.section,
                    setting.key.as_str(),
                    setting.decoded.as_str(),
                )),
                What::Section(_) | What::Comment | What::Blank | What::Other => None,
            })
        }
        let (_, rest) = line::split_mark(text);
        let read = line::split(self.dialect, rest);
        settings(self.lines.values()).eq(settings(read.iter()))
    }

    /// A line about whose end readers disagree.
    pub fn doubtful(&self) -> Option<&str> {
        let mut lines = self.lines.values();
        let line = lines.find(|line| line.is_doubtful(self.dialect))?;
        Some(line.text.trim_end())
    }

    pub fn dialect(&self) -> IniDialect {
        self.dialect
    }

    pub fn place(&self, section: &str, key: &str) -> Place {
        Place {
            section: Rc::from(section),
            key: key.to_owned(),
            compared: line::compared(self.dialect, key),
        }
    }

    /// All lines that set a key, or one of them.
    pub fn lines_of(&self, place: &Place, nth: Option<usize>) -> Vec<usize> {
        let lines = self.places.get(place).map_or(&[][..], Vec::as_slice);
        match nth {
            Some(nth) => lines.get(nth).copied().into_iter().collect(),
            None => lines.to_vec(),
        }
    }

    /// A key that exists in place of a missing one and differs in case only, in its own name or its
    /// section's. Only readers of plain files may treat the two as equal.
    pub fn in_other_letters(&self, place: &Place) -> Option<String> {
        if self.dialect != IniDialect::Plain || self.places.contains_key(place) {
            return None;
        }
        let alike = |other: &&Place| {
            other.key.eq_ignore_ascii_case(&place.key)
                && other.section.eq_ignore_ascii_case(&place.section)
        };
        let other = self.places.keys().find(alike)?;
        Some(match &*other.section {
            "" => other.key.clone(),
            section => format!("{section}.{}", other.key),
        })
    }

    /// The same of a section.
    pub fn section_in_other_letters(&self, section: &str) -> Option<String> {
        if self.dialect != IniDialect::Plain || self.has_section(section) {
            return None;
        }
        let mut others = self.sections.keys();
        let other = others.find(|other| other.eq_ignore_ascii_case(section))?;
        Some(other.to_string())
    }

    /// Whether Python's reader finds a key in a section also without a line of its own there.
    pub fn is_default(&self, place: &Place) -> bool {
        const DEFAULT: &str = "DEFAULT";
        self.dialect == IniDialect::Python
            && !["", DEFAULT].contains(&&*place.section)
            && self.places.contains_key(&self.place(DEFAULT, &place.key))
    }

    pub fn setting(&self, at: usize) -> &Setting {
        match &self.lines.get(at).what {
            What::Setting(setting) => setting,
            What::Section(_) | What::Comment | What::Blank | What::Other => {
                unreachable!("places are places of settings")
            }
        }
    }

    pub(super) fn is_setting(&self, at: usize) -> bool {
        matches!(self.lines.get(at).what, What::Setting(_))
    }

    /// Records a line; no line of its key, section or header comes after it.
    pub(super) fn index(&mut self, at: usize) {
        let line = self.lines.get(at);
        let section = line.section.clone();
        match &line.what {
            What::Section(_) => self.sections.entry(section).or_default().push(at),
            What::Setting(setting) => {
                let place = self.place(&section, &setting.key);
                self.places.entry(place).or_default().push(at);
                self.ends.insert(section, at);
            }
            What::Comment | What::Blank | What::Other => {}
        }
    }

    pub fn set_value(&mut self, at: usize, value: &str) -> bool {
        let line = self.lines.get(at);
        let changed = line.with_value(self.dialect, value, self.line_end);
        changed.map(|line| *self.lines.get_mut(at) = line).is_some()
    }

    /// A setting at the end of its section, before the blank lines and comments that lead to the
    /// next one; a section that is not there is made at the end of the file.
    pub fn add(&mut self, place: &Place, value: &str) -> bool {
        let Some(line) = self.new_line(place, value) else {
            return false;
        };
        self.put(&place.section, vec![line])
    }

    /// One more setting of a key, directly after another.
    pub fn repeat(&mut self, last: usize, place: &Place, value: &str) -> bool {
        let Some(line) = self.new_line(place, value) else {
            return false;
        };
        let at = self.lines.insert(Some(last), line);
        self.places.entry(place.clone()).or_default().push(at);
        if self.ends.get(&place.section) == Some(&last) {
            self.ends.insert(place.section.clone(), at);
        }
        true
    }

    /// A line like its siblings'.
    fn new_line(&self, place: &Place, value: &str) -> Option<Line> {
        let sibling = self.ends.get(&place.section).copied();
        let indent = sibling.map_or("", |at| {
            &self.lines.get(at).text[..self.setting(at).key_at.start]
        });
        let model = sibling.or_else(|| self.lines.places().find(|&at| self.is_setting(at)));
        // An empty value does not show whether a blank would come before another one.
        let model = model
            .map(|at| self.setting(at))
            .filter(|setting| !setting.decoded.is_empty());
        let between = model.map_or(" = ", |setting| {
            setting.between.trim_end_matches(['\r', '\n'])
        });
        let text = format!("{indent}{}{between}{}", place.key, self.line_end);
        let line = line::only(self.dialect, &text)?;
        let is_it = matches!(&line.what, What::Setting(new) if new.key == place.key);
        let line = is_it.then_some(line)?;
        let line = line.with_value(self.dialect, value, self.line_end)?;
        Some(Line {
            section: place.section.clone(),
            ..line
        })
    }

    fn put(&mut self, section: &Rc<str>, lines: Vec<Line>) -> bool {
        let mut above = match (self.ends.get(section), self.sections.get(section)) {
            (Some(&end), _) => Some(end),
            (None, Some(headers)) => headers.first().copied(),
            (None, None) if section.is_empty() => None,
            (None, None) => match self.open_section(section) {
                Some(header) => Some(header),
                None => return false,
            },
        };
        for line in lines {
            let at = self.lines.insert(above, line);
            self.index(at);
            above = Some(at);
        }
        true
    }

    /// Removes settings of one key, each with its own comments; returns what was removed.
    pub fn take_out(&mut self, lines: &[usize]) -> Vec<Vec<Line>> {
        self.forget(lines);
        lines.iter().map(|&at| self.take_line_out(at)).collect()
    }

    /// Lines of one key no longer set it.
    fn forget(&mut self, lines: &[usize]) {
        let Some(&first) = lines.first() else {
            return;
        };
        let place = self.place(&self.lines.get(first).section, &self.setting(first).key);
        if let Some(places) = self.places.get_mut(&place) {
            let going: HashSet<usize> = lines.iter().copied().collect();
            places.retain(|line| !going.contains(line));
            if places.is_empty() {
                self.places.remove(&place);
            }
        }
    }

    fn take_line_out(&mut self, at: usize) -> Vec<Line> {
        let section = self.lines.get(at).section.clone();
        if self.ends.get(&section) == Some(&at) {
            match self.setting_above(at) {
                Some(end) => self.ends.insert(section, end),
                None => self.ends.remove(&section),
            };
        }
        let mut going = self.own_comments(at);
        going.push(at);
        for &line in &going {
            self.lines.take_out(line);
        }
        let line = |at: usize| self.lines.get(at).clone();
        going.into_iter().map(line).collect()
    }

    /// The setting of the same section above; the section's first header ends the search.
    fn setting_above(&self, at: usize) -> Option<usize> {
        let section = &self.lines.get(at).section;
        let first = self.sections.get(section).and_then(|all| all.first());
        let mut above = self.lines.above(at).take_while(|at| Some(at) != first);
        above.find(|&at| self.is_setting(at) && self.lines.get(at).section == *section)
    }

    /// The comment lines directly above a setting, if they are its own: a comment that begins a
    /// group of settings is their heading and stays, and one that begins the file is the file's.
    fn own_comments(&self, at: usize) -> Vec<usize> {
        let is_comment = |&at: &usize| matches!(self.lines.get(at).what, What::Comment);
        let mut comments: Vec<usize> = self.lines.above(at).take_while(is_comment).collect();
        comments.reverse();
        let first = comments.first().copied().unwrap_or(at);
        let above = self.lines.before(first);
        let begins_a_group = above.is_none_or(|above| {
            let what = &self.lines.get(above).what;
            matches!(what, What::Blank | What::Section(_))
        });
        let heads_others = self.lines.after(at).is_some_and(|at| self.is_setting(at));
        if above.is_none() || (begins_a_group && heads_others) {
            comments.clear();
        }
        comments
    }

    pub fn rename(&mut self, lines: &[usize], to: &Place) -> bool {
        let renamed = |&at: &usize| self.lines.get(at).with_key(self.dialect, &to.key);
        let Some(renamed) = lines.iter().map(renamed).collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.forget(lines);
        for (&at, line) in lines.iter().zip(renamed) {
            *self.lines.get_mut(at) = line;
            self.places.entry(to.clone()).or_default().push(at);
        }
        true
    }

    /// Settings with their comments to another section; the last one with another value, if one
    /// is given.
    pub fn relocate(&mut self, lines: &[usize], to: &Place, value: Option<&str>) -> bool {
        let last = lines.last();
        let changed = |at: &usize| {
            let renamed = self.lines.get(*at).with_key(self.dialect, &to.key)?;
            match value.filter(|_| Some(at) == last) {
                Some(value) => renamed.with_value(self.dialect, value, self.line_end),
                None => Some(renamed),
            }
        };
        let Some(changed) = lines.iter().map(changed).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let mut moved = Vec::new();
        for (mut taken, line) in self.take_out(lines).into_iter().zip(changed) {
            taken.pop();
            moved.extend(taken);
            moved.push(line);
        }
        for line in &mut moved {
            line.section = Rc::clone(&to.section);
        }
        self.put(&to.section, moved)
    }
}
