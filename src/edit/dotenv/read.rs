//! How each dialect of a `.env` file reads a value.

use super::{
    value::{Found, Value, is_blank, line_lengths, template},
    word,
};
use crate::edit::DotenvDialect;

/// A name without `=`: compose, docker and python-dotenv take it from outside, a shell exports it.
pub fn inherited(dialect: DotenvDialect, head: &str) -> Option<Found> {
    let known = match dialect {
        DotenvDialect::Compose | DotenvDialect::Python | DotenvDialect::Raw => true,
        DotenvDialect::Shell => head.trim_start().starts_with("export"),
        DotenvDialect::Node | DotenvDialect::Systemd => false,
    };
    known.then_some(Found {
        len: 0,
        value: Value::Inherited,
    })
}

/// Reads a value; `None` if the reader would fail. `blank_before`: a `#` at once is a comment.
pub fn read(dialect: DotenvDialect, text: &str, blank_before: bool) -> Option<Found> {
    let bare = &text[..line_lengths(text).0];
    let quote = text.chars().next().filter(|&c| is_quote(dialect, c));
    match dialect {
        DotenvDialect::Raw => Some(Found {
            len: bare.len(),
            value: Value::Literal(bare.to_owned()),
        }),
        DotenvDialect::Systemd => word::systemd(text),
        DotenvDialect::Shell => word::shell(text),
        DotenvDialect::Compose | DotenvDialect::Python => match quote {
            Some(quote) => quoted(dialect, text, quote),
            None => Some(unquoted(dialect, bare, blank_before)),
        },
        // node falls back to an unquoted value when quotes do not close or text follows them.
        DotenvDialect::Node => {
            let found = quote.and_then(|quote| quoted(dialect, text, quote));
            found.or_else(|| Some(unquoted(dialect, bare, blank_before)))
        }
    }
}

fn is_quote(dialect: DotenvDialect, c: char) -> bool {
    match c {
        '\'' | '"' => dialect != DotenvDialect::Raw,
        '`' => dialect == DotenvDialect::Node,
        _ => false,
    }
}

/// From quote to quote, over line ends. A quote after a backslash does not close; when no other
/// one follows, node and python-dotenv let the last of those close.
fn quoted(dialect: DotenvDialect, text: &str, quote: char) -> Option<Found> {
    let mut escaped = None;
    let mut closing = None;
    let mut after_backslash = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !after_backslash {
            closing = Some(at);
            break;
        }
        if c == quote {
            escaped = Some(at);
        }
        // compose pairs backslashes; the others only look at the one before the quote.
        after_backslash = c == '\\' && !(after_backslash && dialect == DotenvDialect::Compose);
    }
    let closing = match dialect {
        DotenvDialect::Python | DotenvDialect::Node => closing.or(escaped)?,
        DotenvDialect::Compose
        | DotenvDialect::Raw
        | DotenvDialect::Systemd
        | DotenvDialect::Shell => closing?,
    };
    let (bare, _) = line_lengths(&text[closing + 1..]);
    let after = text[closing + 1..][..bare].trim_start_matches(is_blank);
    if !after.is_empty() && !after.starts_with('#') {
        return None;
    }
    Some(Found {
        len: closing + 1,
        value: decode(dialect, &text[1..closing], quote),
    })
}

fn unquoted(dialect: DotenvDialect, bare: &str, blank_before: bool) -> Found {
    let mut before = if blank_before { ' ' } else { '=' };
    let mut end = bare.len();
    for (at, c) in bare.char_indices() {
        let blank = is_blank(before);
        if c == '#' && (blank || dialect == DotenvDialect::Node) {
            end = at;
            break;
        }
        before = c;
    }
    let raw = bare[..end].trim_end_matches(is_blank);
    let value = match dialect {
        DotenvDialect::Compose => template(raw),
        DotenvDialect::Python => python_template(raw),
        DotenvDialect::Node => Value::Literal(node_strip(raw).to_owned()),
        DotenvDialect::Raw | DotenvDialect::Systemd | DotenvDialect::Shell => {
            Value::Literal(raw.to_owned())
        }
    };
    Found {
        len: raw.len(),
        value,
    }
}

/// node takes a pair of quotes off whatever stands between them.
fn node_strip(raw: &str) -> &str {
    let pair = |quote| {
        raw.strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
    };
    ['\'', '"', '`'].into_iter().find_map(pair).unwrap_or(raw)
}

fn decode(dialect: DotenvDialect, inside: &str, quote: char) -> Value {
    match (dialect, quote) {
        (DotenvDialect::Compose, '\'') => Value::Literal(inside.replace("\\'", "'")),
        (DotenvDialect::Compose, _) => template(&compose_escapes(inside)),
        (DotenvDialect::Python, _) => {
            let unix = inside.replace("\r\n", "\n");
            let known = if quote == '\'' { "\\'" } else { "\\'\"abfnrtv" };
            python_template(&python_escapes(&unix, known))
        }
        (DotenvDialect::Node, '"') => {
            let unix = inside.replace("\r\n", "\n");
            Value::Literal(unix.replace("\\n", "\n").replace("\\r", "\r"))
        }
        (DotenvDialect::Node, _) => Value::Literal(inside.replace("\r\n", "\n")),
        (DotenvDialect::Raw | DotenvDialect::Systemd | DotenvDialect::Shell, _) => {
            Value::Literal(inside.to_owned())
        }
    }
}

fn control(c: char) -> Option<char> {
    Some(match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        _ => return None,
    })
}

/// Escapes of a double-quoted value; `\$` becomes `$$`, which is no variable.
fn compose_escapes(inside: &str) -> String {
    let mut out = String::with_capacity(inside.len());
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('$') => out.push_str("$$"),
            Some(c @ ('"' | '\\')) => out.push(c),
            Some('0') => {
                let mut code = 0;
                let mut digits = 0;
                while let Some(digit) = chars
                    .peek()
                    .and_then(|c| c.to_digit(8))
                    .filter(|_| digits < 3)
                {
                    code = code * 8 + digit;
                    digits += 1;
                    chars.next();
                }
                match char::from_u32(code).filter(|_| digits == 3) {
                    Some(c) => out.push(c),
                    None => out.push_str(&format!("\\0{code:o}")),
                }
            }
            Some(c) => match control(c) {
                Some(control) => out.push(control),
                None => out.extend(['\\', c]),
            },
            None => out.push('\\'),
        }
    }
    out
}

fn python_escapes(inside: &str, known: &str) -> String {
    let mut out = String::with_capacity(inside.len());
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(&next) if c == '\\' && known.contains(next) => {
                out.push(control(next).unwrap_or(next));
                chars.next();
            }
            Some(_) | None => out.push(c),
        }
    }
    out
}

/// python-dotenv expands `${NAME}` and `${NAME:-default}` in every kind of quotes and knows no
/// escape. Its default is used only when the variable is missing: our `-`, not `:-`.
fn python_template(text: &str) -> Value {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut variables = false;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else {
            break;
        };
        let inside = &rest[at + 2..at + end];
        let (name, default) = match inside.split_once(':') {
            Some((name, tail)) => match tail.strip_prefix('-') {
                Some(default) => (name, Some(default)),
                None => {
                    out.push_str(&rest[..at + 2].replace('$', "$$"));
                    rest = &rest[at + 2..];
                    continue;
                }
            },
            None => (inside, None),
        };
        variables = true;
        out.push_str(&rest[..at].replace('$', "$$"));
        match default {
            Some(default) => out.push_str(&format!("${{{name}-{}}}", default.replace('$', "$$"))),
            None => out.push_str(&format!("${{{name}}}")),
        }
        rest = &rest[at + end + 1..];
    }
    if !variables {
        return Value::Literal(text.to_owned());
    }
    out.push_str(&rest.replace('$', "$$"));
    Value::Template(out)
}

#[cfg(test)]
mod tests {
    use crate::{
        edit::{DotenvDialect, dotenv},
        model::route::Route,
    };

    /// As python-dotenv 1.2 and npm's dotenv 18 read them; a script compared thousands of others.
    #[test]
    fn values_are_read_as_their_readers_do() {
        let (python, node) = (DotenvDialect::Python, DotenvDialect::Node);
        for (line, in_python, in_node) in [
            ("A=a b#c #d", "a b#c", "a b"),
            (r"A='a\'b'", "a'b", r"a\'b"),
            (r#"A="a\"b\n\t""#, "a\"b\n\t", "a\\\"b\n\\t"),
            ("A='1\r\n2'", "1\n2", "1\n2"),
            ("A=`a b` # c", "`a b`", "a b"),
            ("export A = x ", "x", "x"),
        ] {
            for (dialect, wanted) in [(python, in_python), (node, in_node)] {
                let document = dotenv::read(dialect, line);
                let entry = document.get(&Route::key("A")).expect(line);
                assert_eq!(entry.scalar_text(), wanted, "{line} in {dialect:?}");
            }
        }
    }
}
