//! The tokens of SQL text. Knows the quotes and comments of PostgreSQL and of SQLite, so that a
//! semicolon inside them does not end a statement.

use crate::model::rule::Dialect;
use std::ops::Range;

/// Some editors begin a file with it; a server would take it for part of a word.
const BYTE_ORDER_MARK: char = '\u{feff}';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An unquoted word: a keyword, a name, a number.
    Word,
    /// A quoted name: `"…"`, and in SQLite also `[…]` and backticks.
    Name,
    /// A string: in single quotes or between dollar tags.
    Text,
    Comment,
    /// Any other character by itself.
    Symbol(char),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// Every token except whitespace, in order. If something is opened and not closed, the error says
/// what and where.
pub fn tokens(text: &str, dialect: Dialect) -> Result<Vec<Token>, (usize, &'static str)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() || c == BYTE_ORDER_MARK {
            at += c.len_utf8();
            continue;
        }
        let (kind, len) = one(text, at, c, dialect).map_err(|what| (at, what))?;
        tokens.push(Token {
            kind,
            at: at..at + len,
        });
        at += len;
    }
    Ok(tokens)
}

/// The characters that could end the quote left open at the end of a text; `None` if none is open.
pub fn ends_of_open_quote(text: &str, dialect: Dialect) -> Option<&'static [char]> {
    let (at, _) = tokens(text, dialect).err()?;
    match text[at..].chars().next()? {
        '\'' if escapes(&text[..at], dialect) => Some(&['\'', '\\']),
        '\'' => Some(&['\'']),
        '"' => Some(&['"']),
        '`' => Some(&['`']),
        '[' => Some(&[']']),
        '$' => Some(&['$']),
        _comment => None,
    }
}

/// The token that begins here, and its length.
fn one(text: &str, at: usize, c: char, dialect: Dialect) -> Result<(Kind, usize), &'static str> {
    let rest = &text[at..];
    if rest.starts_with("--") {
        return Ok((Kind::Comment, line_comment(rest, dialect)));
    }
    if rest.starts_with("/*") {
        return Ok((Kind::Comment, comment(rest, dialect)?));
    }
    match (c, dialect) {
        ('\'', _) => {
            let backslash = escapes(&text[..at], dialect);
            Ok((Kind::Text, quoted(rest, '\'', backslash)?))
        }
        ('"', _) | ('`', Dialect::Sqlite) => Ok((Kind::Name, quoted(rest, c, false)?)),
        ('[', Dialect::Sqlite) => match rest.find(']') {
            Some(end) => Ok((Kind::Name, end + 1)),
            None => Err(OPEN_QUOTE),
        },
        ('$', Dialect::Postgres) => match dollar(rest) {
            Some(end) => Ok((Kind::Text, end?)),
            None => Ok((Kind::Symbol('$'), 1)),
        },
        (c, _) if c == '_' || c.is_alphanumeric() => {
            let part = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
            let len = rest.find(|c| !part(c)).unwrap_or(rest.len());
            Ok((Kind::Word, len))
        }
        (c, _) => Ok((Kind::Symbol(c), c.len_utf8())),
    }
}

/// Whether a quote after this text would begin an escape string, `E'…'`. SQLite has none.
fn escapes(before: &str, dialect: Dialect) -> bool {
    let (Some(head), Dialect::Postgres) = (before.strip_suffix(['e', 'E']), dialect) else {
        return false;
    };
    !head
        .chars()
        .next_back()
        .is_some_and(|c| c == '_' || c.is_alphanumeric())
}

const OPEN_QUOTE: &str = "a quote is opened here and not closed";

/// The length up to the closing quote; a doubled quote stands for the quote itself.
fn quoted(rest: &str, quote: char, backslash: bool) -> Result<usize, &'static str> {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && backslash {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return Ok(at + 1);
            }
        }
    }
    Err(OPEN_QUOTE)
}

/// The length of a line comment. In PostgreSQL a carriage return ends the line too.
fn line_comment(rest: &str, dialect: Dialect) -> usize {
    let end = match dialect {
        Dialect::Postgres => rest.find(['\n', '\r']),
        Dialect::Sqlite => rest.find('\n'),
    };
    end.unwrap_or(rest.len())
}

/// The length of a block comment. Those of PostgreSQL nest, those of SQLite do not.
fn comment(rest: &str, dialect: Dialect) -> Result<usize, &'static str> {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") && (depth == 0 || dialect == Dialect::Postgres) {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Ok(at);
            }
        } else {
            at += 1;
        }
    }
    Err("a comment is opened here and not closed")
}

/// The length of a dollar quote, `$$…$$` or `$tag$…$tag$`; `$1` is a parameter, not a quote.
fn dollar(rest: &str) -> Option<Result<usize, &'static str>> {
    let tag_end = 1 + rest[1..].find('$')?;
    let name = &rest[1..tag_end];
    let fits = name.chars().all(|c| c == '_' || c.is_alphanumeric())
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if !fits {
        return None;
    }
    let tag = &rest[..=tag_end];
    let body = &rest[tag.len()..];
    Some(match body.find(tag) {
        Some(end) => Ok(tag.len() + end + tag.len()),
        None => Err("a dollar quote is opened here and not closed"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_an_open_quote_is_known() {
        for (text, ends) in [
            ("SELECT '", Some(&['\''][..])),
            ("SELECT E'a", Some(&['\'', '\\'])),
            ("SELECT \"", Some(&['"'])),
            ("DO $$ x", Some(&['$'])),
            ("SELECT 'a' = ", None),
            ("SELECT 1 /* '", None),
            ("SELECT 1 -- '", None),
            ("SELECT `", None),
        ] {
            let found = ends_of_open_quote(text, Dialect::Postgres);
            assert_eq!(found, ends, "{text}");
        }
        for (text, ends) in [
            ("SELECT `", Some(&['`'][..])),
            ("SELECT [a", Some(&[']'])),
            ("SELECT e'a", Some(&['\''])),
            ("SELECT $$ '", Some(&['\''])),
        ] {
            assert_eq!(ends_of_open_quote(text, Dialect::Sqlite), ends, "{text}");
        }
    }
}
