//! Values as a shell's words: quotes anywhere, several in a row. systemd reads nearly the same,
//! but expands nothing and lets blanks stand inside.

use super::value::{Found, Value, is_blank, template};

/// systemd's `EnvironmentFile=`: quotes, backslashes, lines continued by a backslash; no comment
/// after a value. Blanks at the end go.
pub fn systemd(text: &str) -> Option<Found> {
    let mut out = String::new();
    let mut kept = 0;
    let mut chars = text.char_indices();
    let mut quote = None;
    // Quotes are only quotes where a value could begin; inside a bare word they are characters.
    let mut fresh = true;
    let mut end = text.len();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('"'), '\\') => match chars.next()?.1 {
                '\n' => {}
                next @ ('"' | '\\' | '`' | '$') => out.push(next),
                next => out.extend(['\\', next]),
            },
            (Some(_), _) => out.push(c),
            (None, '\n') => {
                end = at;
                break;
            }
            (None, '\r') => continue,
            (None, '\'' | '"') if fresh => quote = Some(c),
            (None, '\\') => {
                fresh = false;
                let next = chars.next()?.1;
                if next != '\n' {
                    out.push(next);
                }
            }
            (None, ' ' | '\t') if fresh => continue,
            (None, _) => {
                fresh = false;
                out.push(c);
                if is_blank(c) {
                    continue;
                }
            }
        }
        kept = out.len();
    }
    if quote.is_some() {
        return None;
    }
    out.truncate(kept);
    let raw = text[..end].trim_end_matches(|c| is_blank(c) || c == '\r');
    Some(Found {
        len: raw.len(),
        value: Value::Literal(out),
    })
}

/// One word of a shell's assignment. What only a shell can work out makes it `Computed`.
pub fn shell(text: &str) -> Option<Found> {
    let mut out = String::new();
    let mut computed = false;
    let mut quote = None;
    let mut end = text.len();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), '$') => out.push_str("$$"),
            (Some('\''), _) => out.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (_, '\\') => match (chars.next()?.1, quote) {
                ('\n', _) => {}
                ('$', _) => out.push_str("$$"),
                (next @ ('"' | '\\' | '`'), _) | (next, None) => out.push(next),
                (next, Some(_)) => out.extend(['\\', next]),
            },
            (_, '`') => computed = true,
            (_, '$') => {
                let next = chars.peek().map(|&(_, next)| next);
                match next {
                    Some('{' | '_' | 'a'..='z' | 'A'..='Z') => out.push('$'),
                    Some(
                        '(' | '\'' | '"' | '$' | '0'..='9' | '@' | '*' | '#' | '?' | '!' | '-',
                    ) => {
                        computed = true;
                    }
                    Some(_) | None => out.push_str("$$"),
                }
            }
            (None, ' ' | '\t' | '\n' | '\r') => {
                end = at;
                break;
            }
            (None, ';' | '&' | '|' | '<' | '>' | '(' | ')') => return None,
            // A shell expands this to a home directory.
            (None, '~') if at == 0 || text[..at].ends_with(':') => computed = true,
            (_, _) => out.push(c),
        }
    }
    if quote.is_some() {
        return None;
    }
    let value = match template(&out) {
        _ if computed => Value::Computed(text[..end].to_owned()),
        known => known,
    };
    Some(Found { len: end, value })
}

/// Whether a line of a shell script may continue below: in an open quote or bracket, after a `\`,
/// or in a here-document.
pub fn reads_on(line: &str) -> bool {
    let mut chars = line.trim_end_matches(['\r', '\n']).chars().peekable();
    let mut quote = None;
    let mut brackets = 0_i32;
    let mut fresh = true;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                if chars.next().is_none() {
                    return true;
                }
            }
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '#') if fresh => break,
            (None, '(') => brackets += 1,
            (None, ')') => brackets -= 1,
            (None, '<') if chars.next_if_eq(&'<').is_some() => {
                // `<<<` takes its text from the same line.
                if chars.next_if_eq(&'<').is_none() {
                    return true;
                }
            }
            (None, _) => {}
        }
        fresh = is_blank(c);
    }
    quote.is_some() || brackets > 0
}
