//! Cuts a `.env` file into lines without losing a byte: a statement may take several of them.

use super::{
    read,
    value::{Found, Value, is_blank, line_lengths},
};
use crate::edit::{DotenvDialect, line_end::BYTE_ORDER_MARK};
use std::borrow::Cow;

/// A statement, a comment or anything else, with its line end.
#[derive(Clone, Debug)]
pub struct Line<'t> {
    /// Byte offset in the file as it was read; for a new line its end.
    pub start: usize,
    pub body: Body<'t>,
}

#[derive(Clone, Debug)]
pub enum Body<'t> {
    Statement(Statement<'t>),
    Comment(&'t str),
    Blank(Cow<'t, str>),
    /// What the dialect's reader stumbles over or skips; kept as it is.
    Unread(&'t str),
}

/// Printed one after the other, the pieces are the line.
#[derive(Clone, Debug)]
pub struct Statement<'t> {
    /// Indent and `export`.
    pub head: &'t str,
    pub name: Cow<'t, str>,
    /// The `=` and the blanks around it; empty when there is none.
    pub between: Cow<'t, str>,
    /// The value as it is written, with its quotes.
    pub raw: Cow<'t, str>,
    /// Blanks, comment, line end.
    pub tail: Cow<'t, str>,
    pub value: Value,
}

pub fn split(dialect: DotenvDialect, text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    if text.starts_with(BYTE_ORDER_MARK) {
        start = BYTE_ORDER_MARK.len_utf8();
        lines.push(Line {
            start: 0,
            body: Body::Blank(Cow::Borrowed(&text[..start])),
        });
    }
    while start < text.len() {
        let (body, len) = take(dialect, &text[start..]);
        lines.push(Line { start, body });
        start += len;
    }
    lines
}

/// The file's own line end, as its first line has it; those inside of quotes are a value's.
pub fn end_of_first(dialect: DotenvDialect, text: &str) -> &'static str {
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    let (_, len) = take(dialect, text);
    match text[..len].ends_with("\r\n") {
        true => "\r\n",
        false => "\n",
    }
}

/// The first line of the text and how many bytes it has.
pub fn take(dialect: DotenvDialect, text: &str) -> (Body<'_>, usize) {
    let (bare, whole) = line_lengths(text);
    let first = text[..bare].trim_start().chars().next();
    match first {
        None => (Body::Blank(Cow::Borrowed(&text[..whole])), whole),
        Some('#') => (Body::Comment(&text[..whole]), whole),
        Some(';') if dialect == DotenvDialect::Systemd => (Body::Comment(&text[..whole]), whole),
        Some(_) => match statement(dialect, text) {
            Some((statement, len)) => (Body::Statement(statement), len),
            None => (Body::Unread(&text[..whole]), whole),
        },
    }
}

fn statement(dialect: DotenvDialect, text: &str) -> Option<(Statement<'_>, usize)> {
    let head_len = head(dialect, text);
    let (head, rest) = text.split_at(head_len);
    let name_len = rest.find(|c| !is_name(dialect, c)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name_len);
    if name.is_empty() || !may_begin(dialect, name) {
        return None;
    }
    let between_len = separator(dialect, rest);
    let (between, rest) = rest.split_at(between_len);
    let Found { len, value } = if between.is_empty() {
        read::inherited(dialect, head)?
    } else {
        read::read(dialect, rest, between.ends_with(is_blank))?
    };
    let (between, rest) = if len == 0 && rest.starts_with('#') && between.contains('=') {
        // The blanks belong to the comment, so that a value can come between.
        text[head_len + name_len..].split_at(between.trim_end_matches(is_blank).len())
    } else {
        (between, rest)
    };
    let (raw, rest) = rest.split_at(len);
    let (bare, whole) = line_lengths(rest);
    let tail = &rest[..whole];
    let after = rest[..bare].trim_matches(is_blank);
    let comment = after.starts_with('#') && dialect != DotenvDialect::Raw;
    if !after.is_empty() && !comment {
        return None;
    }
    let length = text.len() - rest.len() + whole;
    let statement = Statement {
        head,
        name: Cow::Borrowed(name),
        between: Cow::Borrowed(between),
        raw: Cow::Borrowed(raw),
        tail: Cow::Borrowed(tail),
        value,
    };
    Some((statement, length))
}

/// Indent and, where the dialect knows it, `export` with the blanks after it.
fn head(dialect: DotenvDialect, text: &str) -> usize {
    let indent = text.len() - text.trim_start_matches(is_blank).len();
    let exports = match dialect {
        DotenvDialect::Compose
        | DotenvDialect::Python
        | DotenvDialect::Node
        | DotenvDialect::Shell => true,
        DotenvDialect::Raw | DotenvDialect::Systemd => false,
    };
    let after = text[indent..].strip_prefix("export").filter(|_| exports);
    match after.map(|after| after.len() - after.trim_start_matches(is_blank).len()) {
        Some(blanks) if blanks > 0 => indent + "export".len() + blanks,
        Some(_) | None => indent,
    }
}

fn is_name(dialect: DotenvDialect, c: char) -> bool {
    match dialect {
        DotenvDialect::Compose => c.is_alphanumeric() || "_.-[]".contains(c),
        DotenvDialect::Python => !c.is_whitespace() && c != '=' && c != '#',
        DotenvDialect::Node => c.is_ascii_alphanumeric() || "_.-".contains(c),
        DotenvDialect::Raw => !c.is_whitespace() && c != '=',
        DotenvDialect::Systemd | DotenvDialect::Shell => c.is_ascii_alphanumeric() || c == '_',
    }
}

fn may_begin(dialect: DotenvDialect, name: &str) -> bool {
    match dialect {
        DotenvDialect::Systemd | DotenvDialect::Shell => {
            !name.starts_with(|c: char| c.is_ascii_digit())
        }
        // A quoted name is a curiosity of python-dotenv that nobody writes: left unread.
        DotenvDialect::Python => !name.starts_with('\''),
        DotenvDialect::Compose | DotenvDialect::Node | DotenvDialect::Raw => true,
    }
}

/// The `=` (or `:`, which compose and node accept) with the blanks that belong to it.
fn separator(dialect: DotenvDialect, rest: &str) -> usize {
    let blanks = |text: &str| text.len() - text.trim_start_matches(is_blank).len();
    let loose = match dialect {
        DotenvDialect::Compose
        | DotenvDialect::Python
        | DotenvDialect::Node
        | DotenvDialect::Systemd => true,
        DotenvDialect::Raw | DotenvDialect::Shell => false,
    };
    let before = if loose { blanks(rest) } else { 0 };
    let sign = rest[before..].chars().next();
    let after = rest.get(before + 1..).unwrap_or_default();
    let found = match sign {
        Some('=') => true,
        Some(':') => match dialect {
            DotenvDialect::Compose => true,
            DotenvDialect::Node => before == 0 && blanks(after) > 0,
            DotenvDialect::Python
            | DotenvDialect::Raw
            | DotenvDialect::Systemd
            | DotenvDialect::Shell => false,
        },
        Some(_) | None => false,
    };
    match found {
        true if loose => before + 1 + blanks(after),
        true => before + 1,
        false => 0,
    }
}
