//! How YAML reads a plain scalar, and how a scalar is written so that every reader agrees.

use crate::edit::quoted::double;
use serde_json::{Number, Value};

/// Resolves a plain scalar by the YAML 1.2 core schema, as the checking reader does.
pub fn resolve(plain: &str) -> Value {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(plain).unwrap_or_else(|| Value::String(plain.to_owned()))
}

/// Whatever a number can be written with.
const NUMBERS: &[u8] = b"0123456789abcdefABCDEFxXoO+-._infINF";

fn number(plain: &str) -> Option<Value> {
    let looks = plain.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    if !looks || !plain.bytes().all(|byte| NUMBERS.contains(&byte)) {
        return None;
    }
    let decimal = plain.bytes().all(|byte| byte.is_ascii_digit()) && !plain.starts_with('0');
    if let (true, Ok(number)) = (decimal, plain.parse::<u64>()) {
        return Some(Value::from(number));
    }
    number_of_any_kind(plain)
}

/// Parses a small document with the checking reader, which knows every corner case (0o17, .inf,
/// 1e3) but is slow.
fn number_of_any_kind(plain: &str) -> Option<Value> {
    match serde_yaml::from_str(plain).ok()? {
        serde_yaml::Value::Number(number) => Some(number_value(&number)),
        _ => None,
    }
}

fn number_value(number: &serde_yaml::Number) -> Value {
    if let Some(n) = number.as_u64() {
        return Value::from(n);
    }
    if let Some(n) = number.as_i64() {
        return Value::from(n);
    }
    float_value(number.as_f64().unwrap_or(f64::NAN))
}

/// Infinities have no JSON form; they become texts that no file holds.
pub fn float_value(float: f64) -> Value {
    Number::from_f64(float).map_or_else(|| Value::String(format!("\0{float}")), Value::Number)
}

/// The quoting of a scalar in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    Plain,
    Single,
    Double,
}

impl Quoting {
    pub fn of(written: &str) -> Self {
        match written.as_bytes().first() {
            Some(b'\'') => Self::Single,
            Some(b'"') => Self::Double,
            _ => Self::Plain,
        }
    }
}

/// A text as a scalar of one line, in this quoting where it can be.
pub fn write(text: &str, quoting: Quoting, flow: bool) -> String {
    let hard = text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'));
    match quoting {
        Quoting::Plain if !hard && plain_is_safe(text, flow) => text.to_owned(),
        Quoting::Single if !hard => format!("'{}'", text.replace('\'', "''")),
        Quoting::Plain if !hard && text.contains(['"', '\\']) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Quoting::Plain | Quoting::Single | Quoting::Double => double(text, escape),
    }
}

fn escape(c: char) -> Option<String> {
    match c {
        '\u{2028}' | '\u{2029}' | '\u{feff}' => Some(format!("\\u{:04X}", c as u32)),
        c if c.is_control() => Some(format!("\\x{:02X}", c as u32)),
        _ => None,
    }
}

/// Whether YAML 1.1 and 1.2 readers alike take it, unquoted, for this text.
fn plain_is_safe(text: &str, flow: bool) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let indicator = ",[]{}#&*!|>'\"%@`".contains(first);
    let dashed = "-?:".contains(first)
        && text[1..]
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || flow);
    let blank_edge = text.trim() != text;
    let breaks = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let in_flow = flow && text.contains([',', '[', ']', '{', '}'])
        || flow && text.contains(':') && !text.contains("://");
    !(indicator
        || dashed
        || blank_edge
        || breaks
        || in_flow
        || text.starts_with("---")
        || text.starts_with("..."))
        && !reads_as_other(text)
}

/// Whether some reader takes it for a boolean, a null, a number, a time (`12:30` is 750 in YAML
/// 1.1), a date, a merge key or a default key.
fn reads_as_other(text: &str) -> bool {
    let word = text.to_lowercase();
    let words = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "=",
    ];
    let body = word.trim_start_matches(['+', '-']);
    let digits = |c: char| c.is_ascii_digit() || "_.:-+eabcdfxot ".contains(c);
    let numeric = body.starts_with(|c: char| c.is_ascii_digit())
        && (body.chars().all(digits) && number_like(body) || date_like(body));
    words.contains(&word.as_str())
        || matches!(body, ".inf" | ".nan")
        || numeric
        || number(text).is_some()
        || body
            .strip_prefix('.')
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '_'))
}

/// Decimal, octal, hexadecimal, float or sexagesimal, with underscores.
fn number_like(body: &str) -> bool {
    let all = |text: &str, ok: fn(char) -> bool| {
        !text.is_empty() && text.chars().all(|c| c == '_' || ok(c))
    };
    let radix = |prefix: &str, ok| body.strip_prefix(prefix).is_some_and(|rest| all(rest, ok));
    if radix("0x", |c| c.is_ascii_hexdigit())
        || radix("0b", |c| "01".contains(c))
        || radix("0o", |c| ('0'..='7').contains(&c))
    {
        return true;
    }
    let (mantissa, exponent) = body.split_once('e').unwrap_or((body, "0"));
    let exponent = exponent.trim_start_matches(['+', '-']);
    let one_dot = mantissa.matches('.').count() <= 1;
    one_dot
        && all(mantissa, |c| c.is_ascii_digit() || ".:".contains(c))
        && all(exponent, |c| c.is_ascii_digit())
}

fn date_like(body: &str) -> bool {
    let mut parts = body.splitn(3, '-');
    let digits = |part: Option<&str>, most: usize| {
        part.is_some_and(|part| {
            (1..=most).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit())
        })
    };
    let year = parts.next();
    let month = parts.next();
    let day = parts.next().map(|rest| {
        &rest[..rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len())]
    });
    year.is_some_and(|year| year.len() == 4)
        && digits(year, 4)
        && digits(month, 2)
        && digits(day, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Without blanks: whoever cut the scalar out of its file left none at its edges.
        #[test]
        fn what_is_taken_fast_is_what_the_checking_reader_takes(
            plain in r"[0-9]{1,22}|[+-]?[0-9a-fxob_.eEXO:+-]{1,8}|[+-]?\.(inf|Inf|INF|nan|NaN)|[0-9]{1,4}[smGi/,]|[!-~]{1,6}",
        ) {
            prop_assume!(plain.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)));
            prop_assert_eq!(number(&plain), number_of_any_kind(&plain));
        }
    }

    #[test]
    fn what_another_reader_would_misread_is_quoted() {
        for text in [
            "12:30",
            "2024-01-02",
            "2024-1-2T00:00:00Z",
            "yes",
            "No",
            "on",
            "OFF",
            "y",
            "null",
            "~",
            "",
            " a",
            "a ",
            "1.10",
            "0x1f",
            "0o17",
            "017",
            "1_000",
            "1e3",
            "+5",
            "-5",
            ".5",
            ".inf",
            "- a",
            "a: b",
            "a #b",
            "a:",
            "#a",
            "*a",
            "&a",
            "!a",
            "@a",
            "`a",
            "%a",
            "{a",
            "[a",
            "|",
            ">",
            "'a",
            "<<",
            "=",
            "---",
            "190:20:30",
        ] {
            assert_ne!(write(text, Quoting::Plain, false), text, "{text:?}");
        }
    }

    #[test]
    fn what_is_safe_stays_plain() {
        for text in [
            "a",
            "a:b",
            "http://x:80/y",
            "a#b",
            "1.2.3",
            "v1",
            "-a",
            "512Mi",
            "a, b",
            "a'b",
            "postgres:16",
            "10.0.0.1",
        ] {
            assert_eq!(write(text, Quoting::Plain, false), text);
        }
    }

    #[test]
    fn any_quoting_reads_back_as_the_same_text() {
        for text in [
            "a'b",
            "a\"b\\c",
            "tab\there",
            "two\nlines",
            "\u{7}bell",
            "caf\u{e9}",
            "\u{2028}",
            "a: #b",
            "",
        ] {
            for quoting in [Quoting::Plain, Quoting::Single, Quoting::Double] {
                let yaml = write(text, quoting, false);
                let back: String = serde_yaml::from_str(&yaml).expect(&yaml);
                assert_eq!(back, text, "{yaml}");
            }
        }
    }
}
