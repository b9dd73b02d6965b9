//! How values of a `.env` file are written, so that the dialect reads them back exactly.

use super::{
    line::{self, Body, Statement},
    value::Value,
};
use crate::edit::DotenvDialect;

/// The value in the old quoting if the dialect reads it back correctly, else in the first style
/// that works. A new value that other readers might misunderstand is quoted.
pub fn write(dialect: DotenvDialect, statement: &Statement, value: &str) -> Option<String> {
    // No reader gives characters beyond ASCII a meaning. A preview shows them in place of a secret.
    let beyond = |c: char| !c.is_ascii() && !c.is_whitespace() && !c.is_control();
    let harmless = |c: char| c.is_alphanumeric() || beyond(c) || "_./:@%+,=-".contains(c);
    let mut styles = vec![Style::Plain, Style::Single, Style::Double, Style::Backtick];
    if !statement.raw.is_empty() {
        styles.insert(0, Style::of(&statement.raw));
    } else if !value.chars().all(harmless) {
        styles.rotate_left(1);
    }
    if value.contains('\'') && !value.contains(['"', '\\', '$', '`']) {
        // Readers disagree about an escaped `'`; inside double quotes it needs no escape.
        styles.sort_by_key(|&style| style == Style::Single);
    }
    if value.is_empty() && statement.tail.contains('#') {
        // Older readers take the comment after nothing for the value.
        styles.retain(|&style| style != Style::Plain);
    }
    if value.contains('\r') {
        // Unquoted, a `\r` at the end of a line would become part of the line end.
        styles.retain(|&style| style != Style::Plain);
    }
    if dialect != DotenvDialect::Node {
        styles.retain(|&style| style != Style::Backtick);
    }
    let literal = Value::Literal(value.to_owned());
    styles
        .into_iter()
        .map(|style| style.write(dialect, value))
        .find(|raw| reads_back(dialect, statement, raw, &literal))
}

/// Whether the line with this value reads as a single statement of the same name and value.
pub fn reads_back(dialect: DotenvDialect, statement: &Statement, raw: &str, value: &Value) -> bool {
    let Statement {
        head,
        name,
        between,
        tail,
        ..
    } = statement;
    let line = format!("{head}{name}{between}{raw}{tail}");
    let (body, length) = line::take(dialect, &line);
    let same = |read: &Statement| {
        read.name == *name && read.raw == raw && read.tail == *tail && read.value == *value
    };
    length == line.len() && matches!(&body, Body::Statement(read) if same(read))
}

/// How a value is quoted; also the order in which the styles are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    Backtick,
}

impl Style {
    pub fn of(raw: &str) -> Self {
        match raw.chars().next() {
            Some('\'') => Self::Single,
            Some('"') => Self::Double,
            Some('`') => Self::Backtick,
            Some(_) | None => Self::Plain,
        }
    }

    /// Applies a change to the text inside the quotes, as it is written.
    pub fn rewrite(self, raw: &str, change: impl Fn(&str) -> String) -> String {
        let quote = match self {
            Self::Plain => return change(raw),
            Self::Single => '\'',
            Self::Double => '"',
            Self::Backtick => '`',
        };
        let inside = raw
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        inside.map_or_else(
            || change(raw),
            |inside| format!("{quote}{}{quote}", change(inside)),
        )
    }

    /// Writes the value in this style; the caller checks whether the dialect reads it back.
    pub fn write(self, dialect: DotenvDialect, value: &str) -> String {
        let inside = match (self, dialect) {
            (Self::Plain, _) => return value.to_owned(),
            (Self::Backtick, _) => return format!("`{value}`"),
            (Self::Single, DotenvDialect::Shell) => value.replace('\'', r"'\''"),
            (Self::Single, DotenvDialect::Compose) => value.replace('\'', r"\'"),
            (Self::Single, DotenvDialect::Python) => escape(value, r"\'"),
            (Self::Single, DotenvDialect::Node | DotenvDialect::Systemd | DotenvDialect::Raw) => {
                value.to_owned()
            }
            (Self::Double, DotenvDialect::Compose) => lines(&escape(value, "\\\"$")),
            (Self::Double, DotenvDialect::Python) => lines(&escape(value, "\\\"")),
            (Self::Double, DotenvDialect::Node) => lines(value),
            (Self::Double, DotenvDialect::Systemd | DotenvDialect::Shell) => {
                escape(value, "\\\"$`")
            }
            (Self::Double, DotenvDialect::Raw) => value.to_owned(),
        };
        let quote = if self == Self::Single { '\'' } else { '"' };
        format!("{quote}{inside}{quote}")
    }
}

fn escape(value: &str, special: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn lines(value: &str) -> String {
    value.replace('\n', "\\n").replace('\r', "\\r")
}
