//! Cuts an INI file into lines without losing a byte. A setting and the lines that continue its
//! value are one line here.

use crate::edit::{IniDialect, line_end::BYTE_ORDER_MARK};
use std::{ops::Range, rc::Rc};

/// The mark that a text begins with, and the rest.
pub fn split_mark(text: &str) -> (&str, &str) {
    let rest = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    text.split_at(text.len() - rest.len())
}

#[derive(Clone, Debug)]
pub struct Line {
    /// With its line end.
    pub text: String,
    /// The section it stands in, or begins; empty before any. The comments directly above a
    /// header belong to the section that it begins.
    pub section: Rc<str>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Section(String),
    Setting(Setting),
    Comment,
    Blank,
    /// Something that the dialect does not know; kept.
    Other,
}

#[derive(Clone, Debug)]
pub struct Setting {
    pub key: String,
    /// Bytes of the key in the line.
    pub key_at: Range<usize>,
    /// The separator with the blanks around it.
    pub between: String,
    /// Bytes of the value in the line, with its quotes.
    pub value: Range<usize>,
    pub decoded: String,
}

pub fn split(dialect: IniDialect, text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut section: Rc<str> = Rc::from("");
    for raw in blocks(dialect, text) {
        let what = what_of(dialect, raw);
        if let What::Section(name) = &what {
            section = Rc::from(name.as_str());
            let first = header_comments(&lines);
            for comment in &mut lines[first..] {
                comment.section = Rc::clone(&section);
            }
        }
        lines.push(Line {
            text: raw.to_owned(),
            section: Rc::clone(&section),
            what,
        });
    }
    lines
}

/// A key as the reader compares it: configparser ignores case.
pub fn compared(dialect: IniDialect, key: &str) -> String {
    match dialect {
        IniDialect::Python => key.to_lowercase(),
        IniDialect::Plain | IniDialect::Php => key.to_owned(),
    }
}

/// The text as one line, if it is one.
pub fn only(dialect: IniDialect, text: &str) -> Option<Line> {
    let mut lines = split(dialect, text);
    lines.pop().filter(|_| lines.is_empty())
}

/// The start of the trailing comments that would belong to a header below: those after a blank line
/// or at the beginning of the file.
fn header_comments(lines: &[Line]) -> usize {
    let is_comment = |line: &&Line| matches!(line.what, What::Comment);
    let count = lines.iter().rev().take_while(is_comment).count();
    let first = lines.len() - count;
    match first.checked_sub(1).map(|above| &lines[above].what) {
        None | Some(What::Blank) => first,
        Some(What::Section(_) | What::Setting(_) | What::Comment | What::Other) => lines.len(),
    }
}

/// Lines with their line ends; a setting together with the lines that continue its value.
fn blocks(dialect: IniDialect, text: &str) -> Vec<&str> {
    match dialect {
        IniDialect::Plain => joined(text),
        IniDialect::Python | IniDialect::Php => indented(dialect, text),
    }
}

/// A line that ends in `\` continues below; comments between its lines are part of it, as systemd
/// reads them.
fn joined(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let (mut start, mut end, mut open) = (0, 0, false);
    for raw in text.split_inclusive('\n') {
        if !open {
            start = end;
        }
        end += raw.len();
        open = match is_silent(raw) {
            true => open && !raw.trim().is_empty(),
            false => goes_on(raw.trim_end_matches(['\r', '\n'])),
        };
        if !open {
            blocks.push(&text[start..end]);
        }
    }
    if open {
        blocks.push(&text[start..]);
    }
    blocks
}

/// Whether a text ends in a backslash that is not itself escaped.
fn goes_on(text: &str) -> bool {
    let bare = text.trim_end_matches('\\');
    !(text.len() - bare.len()).is_multiple_of(2)
}

/// For configparser, more deeply indented lines below a setting belong to its value.
fn indented(dialect: IniDialect, text: &str) -> Vec<&str> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    // The setting that may continue, and its indent.
    let mut open: Option<(usize, usize)> = None;
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let range = start..start + raw.len();
        start = range.end;
        if is_silent(raw) {
            ranges.push(range);
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        match open {
            // Blank lines and comments between the lines of a value are inside it.
            Some((at, own)) if indent > own => {
                ranges.truncate(at + 1);
                ranges[at].end = range.end;
            }
            Some(_) | None => {
                let goes_on = dialect == IniDialect::Python && setting(dialect, raw).is_some();
                open = goes_on.then_some((ranges.len(), indent));
                ranges.push(range);
            }
        }
    }
    ranges.into_iter().map(|range| &text[range]).collect()
}

/// Blank or a comment.
fn is_silent(raw: &str) -> bool {
    let bare = raw.trim();
    bare.is_empty() || bare.starts_with(['#', ';'])
}

fn what_of(dialect: IniDialect, raw: &str) -> What {
    let bare = raw.trim();
    if bare.is_empty() {
        return What::Blank;
    }
    if bare.starts_with(['#', ';']) {
        return What::Comment;
    }
    if let Some(name) = bare.strip_prefix('[') {
        // A header takes only the first line, though a `\` may have joined others.
        let name = name.lines().next().unwrap_or_default();
        return match name.find(']') {
            Some(end) => What::Section(name[..end].to_owned()),
            None => What::Other,
        };
    }
    setting(dialect, raw).map_or(What::Other, What::Setting)
}

fn setting(dialect: IniDialect, raw: &str) -> Option<Setting> {
    let first = raw.lines().next().unwrap_or_default();
    let sign = match dialect {
        IniDialect::Python => first.find(['=', ':'])?,
        IniDialect::Plain | IniDialect::Php => first.find('=')?,
    };
    let key_start = first.len() - first.trim_start().len();
    let key_end = first[..sign].trim_end().len();
    if key_end <= key_start {
        return None;
    }
    let body = raw.trim_end_matches(['\r', '\n']);
    let after = &body[sign + 1..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let start = sign + 1 + blanks;
    let end = start + value_length(dialect, &body[start..]);
    Some(Setting {
        key: raw[key_start..key_end].to_owned(),
        key_at: key_start..key_end,
        between: raw[key_end..start].to_owned(),
        value: start..end,
        decoded: decode(dialect, &body[start..end]),
    })
}

/// php.ini ends a value at a `;` that is not in quotes; the others have no comment after a value.
fn value_length(dialect: IniDialect, value: &str) -> usize {
    let mut end = value.len();
    if dialect == IniDialect::Php {
        let mut quote = None;
        for (at, c) in value.char_indices() {
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, ';') => {
                    end = at;
                    break;
                }
                (Some(_) | None, _) => {}
            }
        }
    }
    value[..end].trim_end().len()
}

fn decode(dialect: IniDialect, raw: &str) -> String {
    match dialect {
        IniDialect::Plain => raw.replace("\r\n", "\n"),
        IniDialect::Php => {
            let inside = |quote: char| {
                let rest = raw.strip_prefix(quote)?.strip_suffix(quote)?;
                (!rest.contains(quote)).then_some(rest)
            };
            let bare = inside('"').or_else(|| inside('\'')).unwrap_or(raw);
            bare.to_owned()
        }
        IniDialect::Python => {
            let mut lines = raw.lines().map(str::trim);
            let first = lines.next().unwrap_or_default();
            let spoken = lines.filter(|line| line.is_empty() || !is_silent(line));
            let spoken: Vec<&str> = std::iter::once(first).chain(spoken).collect();
            let spoken = spoken.join("\n");
            match refers(&spoken) {
                true => spoken,
                false => spoken.replace("%%", "%"),
            }
        }
    }
}

/// Whether a Python value refers to another one, `%(name)s`; such a value is not escaped.
fn refers(value: &str) -> bool {
    value.contains("%(")
}

/// Whether some readers of this dialect take a part of the value for a comment.
pub fn may_end_early(dialect: IniDialect, value: &str) -> bool {
    dialect == IniDialect::Plain && value.contains(['#', ';'])
}

/// Whether a reader of this dialect would take the raw value for something else than its text,
/// although it is one line's value.
fn is_misread(dialect: IniDialect, raw: &str) -> bool {
    match dialect {
        // A trailing backslash would join the next line.
        IniDialect::Plain => goes_on(raw) || may_end_early(dialect, raw),
        // A lone `%` is an error for the reader.
        IniDialect::Python => raw.replace("%%", "").replace("%(", "").contains('%'),
        IniDialect::Php => {
            let quote = raw.chars().next().filter(|c| "\"'".contains(*c));
            match quote {
                Some('"') => raw.contains(['\\', '$']),
                Some(_) => false,
                None => raw.contains(['"', '\'', '=', '{', '}']),
            }
        }
    }
}

impl Line {
    /// Whether the line is a setting that was commented out.
    pub fn is_set_aside(&self) -> bool {
        let bare = self.text.trim_start().trim_start_matches(['#', ';']);
        let word = |key: &str| {
            let fits = |c: char| "_.-".contains(c) || c.is_alphanumeric();
            !key.is_empty() && key.chars().all(fits)
        };
        let set = bare.split_once('=');
        matches!(self.what, What::Comment) && set.is_some_and(|(key, _)| word(key.trim()))
    }

    /// A header with another name between its brackets; any other line stays.
    pub fn take_name(&mut self, name: &str) {
        if let (What::Section(old), Some(open)) = (&mut self.what, self.text.find('[')) {
            let at = open + 1..open + 1 + old.len();
            self.text.replace_range(at, name);
            name.clone_into(old);
        }
    }

    /// Whether a line joined by a `\` looks like a setting or a header of its own: not every reader
    /// takes a trailing `\` for a continuation, as in `dir=C:\data\`.
    pub fn is_doubtful(&self, dialect: IniDialect) -> bool {
        let own = |line: &str| {
            let named = line.starts_with(|c: char| c == '_' || c.is_alphanumeric());
            line.starts_with('[') || (named && setting(dialect, line).is_some())
        };
        dialect == IniDialect::Plain && self.text.lines().skip(1).any(own)
    }

    /// The line with another value, if the dialect reads that back; the old quotes are kept when
    /// they can be.
    pub fn with_value(&self, dialect: IniDialect, value: &str, line_end: &str) -> Option<Self> {
        let What::Setting(setting) = &self.what else {
            return None;
        };
        if value.contains(['\r', '\0']) {
            return None;
        }
        let old = &self.text[setting.value.clone()];
        if may_end_early(dialect, old) {
            return None;
        }
        // A comment between the lines of the value would be lost.
        if old
            .lines()
            .skip(1)
            .any(|line| !line.trim().is_empty() && is_silent(line))
        {
            return None;
        }
        let (before, after) = (
            &self.text[..setting.value.start],
            &self.text[setting.value.end..],
        );
        let written = |raw: String| {
            if is_misread(dialect, &raw) {
                return None;
            }
            let text = format!("{before}{raw}{after}");
            self.reads(dialect, text, &setting.key, value)
        };
        styles(dialect, old, value, line_end, setting.key_at.start)
            .into_iter()
            .find_map(written)
    }

    /// The line with another key, if the dialect reads that back.
    pub fn with_key(&self, dialect: IniDialect, key: &str) -> Option<Self> {
        let What::Setting(setting) = &self.what else {
            return None;
        };
        let (before, after) = (
            &self.text[..setting.key_at.start],
            &self.text[setting.key_at.end..],
        );
        self.reads(
            dialect,
            format!("{before}{key}{after}"),
            key,
            &setting.decoded,
        )
    }

    fn reads(&self, dialect: IniDialect, text: String, key: &str, value: &str) -> Option<Self> {
        let line = only(dialect, &text)?;
        let same = |read: &Setting| read.key == key && read.decoded == value;
        match &line.what {
            What::Setting(read) if same(read) => {
                let section = Rc::clone(&self.section);
                let what = line.what;
                let new = Self {
                    text,
                    section,
                    what,
                };
                // Another reader would take its second line for a header or a setting.
                (!new.is_doubtful(dialect)).then_some(new)
            }
            What::Section(_) | What::Setting(_) | What::Comment | What::Blank | What::Other => None,
        }
    }
}

/// The ways in which a value may be written, the old one first.
fn styles(
    dialect: IniDialect,
    old: &str,
    value: &str,
    line_end: &str,
    key_indent: usize,
) -> Vec<String> {
    match dialect {
        IniDialect::Plain => vec![value.replace('\n', line_end)],
        IniDialect::Python => {
            let indented = old.lines().skip(1).find(|line| !line.trim().is_empty());
            let deeper = " ".repeat(key_indent + 4);
            let indent = indented.map_or(deeper.as_str(), |line| {
                &line[..line.len() - line.trim_start().len()]
            });
            let line = |(n, line): (usize, &str)| match n {
                0 => line.to_owned(),
                _ if line.is_empty() => line_end.to_owned(),
                _ => format!("{line_end}{indent}{line}"),
            };
            let value = match refers(value) {
                true => value.to_owned(),
                false => value.replace('%', "%%"),
            };
            vec![value.split('\n').enumerate().map(line).collect()]
        }
        IniDialect::Php => {
            let quoted = |quote: char| format!("{quote}{value}{quote}");
            let plain = value.to_owned();
            let (double, single) = (quoted('"'), quoted('\''));
            match old.chars().next() {
                Some('\'') => vec![single, double, plain],
                Some('"') => vec![double, single, plain],
                Some(_) | None => vec![plain, double, single],
            }
        }
    }
}
