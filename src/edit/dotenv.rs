//! `.env` files: one variable per line, in the dialect of the program that reads the file.
//!
//! | dialect | quotes | `export` | `#` after a value | variables |
//! |---|---|---|---|---|
//! | compose | `'` and `"`, over lines | yes | after a blank | `$A`, `${A:-d}` outside `'` |
//! | python-dotenv | `'` and `"`, over lines | yes | after a blank | `${A}` everywhere |
//! | node dotenv | `'`, `"` and backtick | yes | anywhere outside quotes | none |
//! | `docker run --env-file` | none | no | part of the value | none |
//! | systemd `EnvironmentFile=` | `'` and `"` | no | part of the value | none |
//! | a shell that sources it | a shell's | yes | after a blank | a shell's |
//!
//! A `#` directly after `=` and a blank begins a comment, as all but older python-dotenv have it.
//!
//! What only a shell can read (`readonly A=1`, `export A=1 B=2`) is kept. A variable mentioned
//! there is not changed; and while a quote or here-document may extend to the lines below, none is.
//!
//! Every byte outside a changed value, name or line stays. If a variable is set twice, readers use
//! the last one, so that one is changed; a rename or removal affects all of them.

mod line;
mod read;
mod style;
#[cfg(test)]
mod tests;
mod value;
mod word;

use super::{
    Document, DotenvDialect, Edit, EditError, Edited, Entry, Kind, Op, Outcome,
    chain::Chain,
    document::one_text,
    line_end::{self, BYTE_ORDER_MARK},
};
use crate::model::{
    pattern::Pattern,
    route::{Route, Segment},
};
use line::{Body, Line, Statement};
use serde_json::Value as Json;
use std::{borrow::Cow, collections::HashMap};
use style::{Style, reads_back, write};
use value::Value;

const BY_HAND: &str = "make this change by hand";

pub fn read(dialect: DotenvDialect, text: &str) -> Document {
    let mut entries = vec![Entry {
        route: Route::default(),
        kind: Kind::Map,
        line: 1,
        span: 0..text.len(),
        text: String::new(),
        value: Json::Null,
        target: None,
    }];
    let mut counted = (0, 1);
    for line in line::split(dialect, text) {
        let Body::Statement(statement) = &line.body else {
            continue;
        };
        let number = counted.1 + text[counted.0..line.start].matches('\n').count();
        counted = (line.start, number);
        let before = statement.head.len() + statement.name.len() + statement.between.len();
        let begin = line.start + before;
        entries.push(Entry {
            route: Route::key(statement.name.as_ref()),
            kind: Kind::Scalar,
            line: number,
            span: begin..begin + statement.raw.len(),
            text: statement.raw.to_string(),
            value: match &statement.value {
                Value::Literal(text) | Value::Template(text) | Value::Computed(text) => {
                    Json::String(text.clone())
                }
                Value::Inherited => Json::Null,
            },
            target: None,
        });
    }
    Document::new(entries)
}

pub fn apply(dialect: DotenvDialect, text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
    let line_end = line::end_of_first(dialect, text);
    // A missing last line end is added during the edits, since any line may become the last.
    let open_end = line_end::is_open(text);
    let whole = match open_end {
        true => Cow::Owned(format!("{text}{line_end}")),
        false => Cow::Borrowed(text),
    };
    let mut file = File::new(dialect, &whole, line_end);
    if let Some(at) = file.reads_on().filter(|_| !edits.is_empty()) {
        let why = "only a shell can tell what of the lines below belongs to this one";
        return Err(EditError::at(text, at, why, BY_HAND));
    }
    let mut outcomes = Vec::with_capacity(edits.len());
    for edit in edits {
        outcomes.push(file.edit(edit)?);
    }
    let mut printed = file.print();
    if open_end {
        line_end::strip(&mut printed, line_end);
    }
    if printed != text && !file.is_read_from(&printed) {
        return Err(EditError::misread(text));
    }
    Ok(Edited {
        text: printed,
        outcomes,
    })
}

/// What lines say, in their order.
fn statements<'l, 't: 'l>(
    lines: impl Iterator<Item = &'l Line<'t>>,
) -> impl Iterator<Item = (&'l str, &'l str, &'l Value)> {
    lines.filter_map(|line| match &line.body {
        Body::Statement(statement) => Some((
            statement.name.as_ref(),
            statement.head.trim(),
            &statement.value,
        )),
        Body::Comment(_) | Body::Blank(_) | Body::Unread(_) => None,
    })
}

/// A file cut into lines, with the places of every name.
struct File<'t> {
    dialect: DotenvDialect,
    text: &'t str,
    lines: Chain<Line<'t>>,
    places: HashMap<String, Vec<usize>>,
    /// Lines that mean something to a shell but not to us: where each begins, and its text.
    unread: Vec<(usize, &'t str)>,
    line_end: &'static str,
}

impl<'t> File<'t> {
    fn new(dialect: DotenvDialect, text: &'t str, line_end: &'static str) -> Self {
        let lines = line::split(dialect, text);
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        let mut unread = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            match &line.body {
                Body::Statement(statement) => {
                    let name = statement.name.to_string();
                    places.entry(name).or_default().push(at);
                }
                // The other readers skip it, or refuse the whole file.
                Body::Unread(raw) if dialect == DotenvDialect::Shell => {
                    unread.push((line.start, *raw));
                }
                Body::Unread(_) | Body::Comment(_) | Body::Blank(_) => {}
            }
        }
        Self {
            dialect,
            text,
            lines: Chain::new(lines),
            places,
            unread,
            line_end,
        }
    }

    /// Where a line begins that may hold those below it.
    fn reads_on(&self) -> Option<usize> {
        let mut unread = self.unread.iter();
        let (at, _) = unread.find(|(_, line)| word::reads_on(line))?;
        Some(*at)
    }

    /// Refuses a variable mentioned in a line that we cannot read: it may be set or read there.
    fn not_unread(&self, name: &str) -> Result<(), EditError> {
        let speaks = |line: &str| {
            let other = |c: char| c != '_' && !c.is_ascii_alphanumeric();
            line.split(other).any(|word| word == name)
        };
        let Some((at, _)) = self.unread.iter().find(|(_, line)| speaks(line)) else {
            return Ok(());
        };
        let why = format!("only a shell can tell what this line does with `{name}`");
        Err(EditError::at(self.text, *at, why, BY_HAND))
    }

    fn edit(&mut self, edit: &Edit) -> Result<Outcome, EditError> {
        let [Segment::Key(name)] = edit.route.0.as_slice() else {
            return Err(self.refused(0, format!("`{}` is not the name of a variable", edit.route)));
        };
        match &edit.op {
            Op::Default { .. } if self.places.contains_key(name) => {}
            Op::Rename { to } => self.not_unread(name).and_then(|()| self.not_unread(to))?,
            _of_one_name => self.not_unread(name)?,
        }
        match &edit.op {
            Op::Set { value } => self.set(name, value),
            Op::Default { value } if self.places.contains_key(name) => {
                self.plain_text(value)?;
                Ok(Outcome::AlreadyDone)
            }
            Op::Default { value } => self.set(name, value),
            Op::Remove => Ok(self.remove(name)),
            Op::Rename { to } => self.rename(name, to),
            Op::Move { to, value } => {
                let [Segment::Key(to)] = to.0.as_slice() else {
                    return Err(self.refused(0, format!("`{to}` is not the name of a variable")));
                };
                self.not_unread(to)?;
                let moved = self.rename(name, to)?;
                match value {
                    // A move to itself only sets the new value.
                    Some(value) if name == to && self.places.contains_key(to) => {
                        self.set(to, value)
                    }
                    Some(value) if moved == Outcome::Changed => self.set(to, value).map(|_| moved),
                    Some(_) | None => Ok(moved),
                }
            }
            Op::Rewrite { pattern, with } => self.rewrite(name, pattern, with),
            Op::Append { .. } | Op::Wrap(_) | Op::Replace { .. } => {
                Err(self.refused(0, format!("`{name}` is a variable: it holds one text")))
            }
        }
    }

    /// A value with variables is rewritten as the file writes it: they stay variables.
    fn rewrite(&mut self, name: &str, pattern: &Pattern, with: &str) -> Result<Outcome, EditError> {
        let Some(&at) = self.places.get(name).and_then(|places| places.last()) else {
            return Ok(Outcome::Absent);
        };
        let (start, dialect) = (self.lines.get(at).start, self.dialect);
        let Body::Statement(statement) = &mut self.lines.get_mut(at).body else {
            unreachable!("places are places of statements");
        };
        let rewritten = |old: &str| pattern.replace_all(old, with).into_owned();
        let raw = Style::of(&statement.raw).rewrite(&statement.raw, rewritten);
        let value = match &statement.value {
            Value::Literal(old) => {
                let new = rewritten(old);
                return self.set(name, &Json::String(new));
            }
            Value::Template(old) => value::template(&rewritten(old)),
            Value::Computed(_) => Value::Computed(raw.clone()),
            Value::Inherited => return Ok(Outcome::AlreadyDone),
        };
        if value == statement.value {
            return Ok(Outcome::AlreadyDone);
        }
        if !reads_back(dialect, statement, &raw, &value) {
            return Err(self.unwritable(start, name));
        }
        statement.raw = Cow::Owned(raw);
        statement.value = value;
        Ok(Outcome::Changed)
    }

    fn refused(&self, at: usize, why: impl Into<String>) -> EditError {
        EditError::at(self.text, at, why, "change the rule")
    }

    fn plain_text(&self, value: &Json) -> Result<String, EditError> {
        one_text(value)
            .ok_or_else(|| self.refused(0, "a variable holds a text, not a list or a map"))
    }

    fn set(&mut self, name: &str, value: &Json) -> Result<Outcome, EditError> {
        let value = self.plain_text(value)?;
        let Some(&at) = self.places.get(name).and_then(|places| places.last()) else {
            return self.add(name, &value).map(|()| Outcome::Changed);
        };
        let start = self.lines.get(at).start;
        let dialect = self.dialect;
        let Body::Statement(statement) = &mut self.lines.get_mut(at).body else {
            unreachable!("places are places of statements");
        };
        if statement.value == Value::Literal(value.clone()) {
            return Ok(Outcome::AlreadyDone);
        }
        if statement.between.is_empty() {
            statement.between = Cow::Borrowed("=");
        }
        match write(dialect, statement, &value) {
            Some(raw) => {
                statement.raw = Cow::Owned(raw);
                statement.value = Value::Literal(value);
                Ok(Outcome::Changed)
            }
            None => Err(self.unwritable(start, name)),
        }
    }

    fn unwritable(&self, at: usize, name: &str) -> EditError {
        let why =
            format!("the value of `{name}` cannot be written so that its reader gets it back");
        EditError::at(
            self.text,
            at,
            why,
            "choose a value without quotes or line ends",
        )
    }

    /// Appends a new variable, with the file's line end, and exported if the one above is.
    fn add(&mut self, name: &str, value: &str) -> Result<(), EditError> {
        let mut statement = Statement {
            head: self.last_head().trim_start_matches(value::is_blank),
            name: Cow::Owned(name.to_owned()),
            between: Cow::Borrowed("="),
            raw: Cow::Borrowed(""),
            tail: Cow::Borrowed(self.line_end),
            value: Value::Literal(value.to_owned()),
        };
        let raw = write(self.dialect, &statement, value);
        let start = self.text.len();
        statement.raw = Cow::Owned(raw.ok_or_else(|| self.unwritable(start, name))?);
        let body = Body::Statement(statement);
        let at = self.lines.insert(self.lines.last(), Line { start, body });
        self.places.entry(name.to_owned()).or_default().push(at);
        Ok(())
    }

    fn last_head(&self) -> &'t str {
        let mut upwards = std::iter::successors(self.lines.last(), |&at| self.lines.before(at));
        let head = upwards.find_map(|at| match &self.lines.get(at).body {
            Body::Statement(statement) => Some(statement.head),
            Body::Comment(_) | Body::Blank(_) | Body::Unread(_) => None,
        });
        head.unwrap_or_default()
    }

    fn remove(&mut self, name: &str) -> Outcome {
        let Some(places) = self.places.remove(name) else {
            return Outcome::AlreadyDone;
        };
        for at in places {
            for above in self.own_comments(at) {
                self.lines.take_out(above);
            }
            self.lines.take_out(at);
        }
        Outcome::Changed
    }

    /// The comment lines directly above a variable that belong to it: a comment over several
    /// variables is their heading and stays, and one that begins the file is the file's. Lines that
    /// were removed already do not count as neighbours.
    fn own_comments(&self, at: usize) -> Vec<usize> {
        let body = |at: usize| &self.lines.get(at).body;
        let mut above = self.lines.above(at).peekable();
        let is_comment = |at: &usize| matches!(body(*at), Body::Comment(_));
        let comments: Vec<usize> = std::iter::from_fn(|| above.next_if(is_comment)).collect();
        let (begins_the_file, begins_a_group) = match above.peek().map(|&at| body(at)) {
            None => (true, true),
            Some(Body::Blank(raw)) => (raw.starts_with(BYTE_ORDER_MARK), true),
            Some(Body::Statement(_) | Body::Comment(_) | Body::Unread(_)) => (false, false),
        };
        let below = self.lines.after(at);
        let heads_others =
            below.is_some_and(|at| matches!(body(at), Body::Statement(_) | Body::Unread(_)));
        match begins_the_file || (begins_a_group && heads_others) {
            true => Vec::new(),
            false => comments,
        }
    }

    fn rename(&mut self, name: &str, to: &str) -> Result<Outcome, EditError> {
        if name == to && self.places.contains_key(name) {
            return Ok(Outcome::AlreadyDone);
        }
        let Some(places) = self.places.remove(name) else {
            let there = self.places.contains_key(to);
            return Ok(if there {
                Outcome::AlreadyDone
            } else {
                Outcome::Absent
            });
        };
        if self.places.contains_key(to) {
            let at = self.lines.get(places[0]).start;
            return Err(self.refused(at, format!("`{to}` is set already, beside `{name}`")));
        }
        let named = format!("{to}=x");
        let (body, _) = line::take(self.dialect, &named);
        if !matches!(&body, Body::Statement(statement) if statement.name == to) {
            return Err(self.refused(
                0,
                format!("`{to}` is not a name that the file's reader accepts"),
            ));
        }
        for &at in &places {
            if let Body::Statement(statement) = &mut self.lines.get_mut(at).body {
                statement.name = Cow::Owned(to.to_owned());
            }
        }
        self.places.insert(to.to_owned(), places);
        Ok(Outcome::Changed)
    }

    /// Whether a text says what these lines say: the second opinion on all changes together.
    fn is_read_from(&self, text: &str) -> bool {
        let read = line::split(self.dialect, text);
        statements(self.lines.values()).eq(statements(read.iter()))
    }

    fn print(&self) -> String {
        let mut text = String::with_capacity(self.text.len() + 64);
        for line in self.lines.values() {
            match &line.body {
                Body::Statement(Statement {
                    head,
                    name,
                    between,
                    raw,
                    tail,
                    value: _,
                }) => {
                    for piece in [*head, name, between, raw, tail] {
                        text.push_str(piece);
                    }
                }
                Body::Comment(raw) | Body::Unread(raw) => text.push_str(raw),
                Body::Blank(raw) => text.push_str(raw),
            }
        }
        text
    }
}
