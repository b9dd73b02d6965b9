//! Turns the bytes of a rules file into a type of `model::rule`, or into one fault that says what
//! to do. Knows the YAML reader and its errors; the vocabulary itself is in the types.

use super::{
    bundled::Own,
    diagnostic::{Diagnostic, Fault, Gravity, nearest},
    index::{self, Entry, Index},
};
use crate::model::{limits, pattern::judged, route::Segment};
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, options::DuplicateKeyPolicy, options::MergeKeyPolicy};
use std::{
    borrow::Cow,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// How often a file is read to find every fault of it, and how much of it in all.
const READINGS_MAX: usize = 40;
const READ_BYTES_MAX: usize = 1 << 18;

/// A file that was read: what it says, and where.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    pub value: Arc<T>,
    pub text: Cow<'static, str>,
    index: OnceLock<Index>,
}

impl<T: Clone> Parsed<T> {
    pub fn into_value(self) -> T {
        Arc::unwrap_or_clone(self.value)
    }
}

impl<T> Parsed<T> {
    /// The place of every key and value, computed on first use.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| self.indexed())
    }

    /// The same for a single use: an index takes many times the memory of its file, so it is not
    /// kept, and a later call computes it again.
    pub fn take_index(&mut self) -> Index {
        self.index.take().unwrap_or_else(|| self.indexed())
    }

    fn indexed(&self) -> Index {
        index::read(&self.text).expect("the tests read every bundled pack strictly")
    }
}

/// Reads a file up to its first fault.
pub fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<Parsed<T>, Box<Diagnostic>> {
    let text = text_of(file, bytes)?;
    let at_fault = |fault| Box::new(Diagnostic::new(Gravity::Error, file, text, fault));
    let index = index::read(text).map_err(at_fault)?;
    let value = read(text).map_err(|error| at_fault(explain(&error, text, &index)))?;
    Ok(Parsed {
        value: Arc::new(value),
        text: Cow::Owned(text.to_owned()),
        index: OnceLock::from(index),
    })
}

/// The same, with every fault that can be told apart from the others: the reader gives up at each, so
/// the entry that it stands in is blanked out and the rest is read again.
pub fn parse_through<T: DeserializeOwned>(
    file: &str,
    bytes: &[u8],
) -> Result<Parsed<T>, Vec<Diagnostic>> {
    let first = match parse(file, bytes) {
        Ok(parsed) => return Ok(parsed),
        Err(first) => *first,
    };
    let Ok(text) = text_of(file, bytes) else {
        return Err(vec![first]);
    };
    let all = faults::<T>(text).into_iter();
    let all = all.map(|fault| Diagnostic::new(Gravity::Error, file, text, fault));
    let all: Vec<Diagnostic> = all.collect();
    Err(if all.is_empty() { vec![first] } else { all })
}

fn faults<T: DeserializeOwned>(text: &str) -> Vec<Fault> {
    let mut left = text.to_owned();
    let mut blanked: Vec<Range<usize>> = Vec::new();
    let mut found = Vec::new();
    let readings = READ_BYTES_MAX / text.len();
    for _reading in 0..readings.min(READINGS_MAX) {
        let Ok(index) = index::read(&left) else {
            break;
        };
        let Err(error) = read::<T>(&left) else {
            break;
        };
        let entry = error.location().and_then(|_| {
            let byte = span_of(&error, &left).start;
            match error.without_snippet() {
                Error::SerdeMissingField { .. } => index.entry(index.map_at(byte)?),
                _ => index.entry_at(byte),
            }
        });
        // What misses something that was blanked out in it is not at fault itself.
        let whole = entry
            .as_ref()
            .map_or(0..left.len(), |entry| entry.bytes.clone());
        let inside = |gone: &Range<usize>| whole.start <= gone.start && gone.end <= whole.end;
        if !blanked.iter().any(inside) {
            found.push(explain(&error, &left, &index));
        }
        let Some(rest) = entry.as_ref().and_then(|entry| without(&left, entry)) else {
            break;
        };
        left = rest;
        blanked.extend(entry.map(|entry| entry.bytes));
    }
    found.sort_by_key(|fault| fault.span.start);
    found
}

/// The text with blanks instead of an entry, its dash or one of the commas around it, so that
/// everything else stays in its place.
fn without(text: &str, entry: &Entry) -> Option<String> {
    let before = text.get(..entry.bytes.start)?.trim_end();
    let after = text.get(entry.bytes.end..)?.trim_start();
    let mut gone = entry.bytes.clone();
    if before.ends_with(',') || entry.is_item && before.ends_with('-') {
        gone.start = before.len() - 1;
    } else if after.starts_with(',') {
        gone.end = text.len() - after.len() + 1;
    }
    let blanks = text.get(gone.clone())?.bytes();
    let blanks = blanks.map(|byte| if byte == b'\n' { '\n' } else { ' ' });
    let blanks: String = blanks.collect();
    Some(format!(
        "{}{blanks}{}",
        &text[..gone.start],
        &text[gone.end..]
    ))
}

/// The same for a bundled file, which the build has converted to JSON: it is known to pass `index`
/// and its patterns to be fair. Its index is computed on first use, which planning does not need.
pub fn parse_own<T: DeserializeOwned>(file: &str, own: Own) -> Result<Parsed<T>, Box<Diagnostic>> {
    let text = text_of(file, own.yaml)?;
    match judged(|| serde_json::from_str(own.json)) {
        Ok(value) => Ok(Parsed {
            value: Arc::new(value),
            text: Cow::Borrowed(text),
            index: OnceLock::new(),
        }),
        Err(_told_with_its_place) => parse(file, own.yaml),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
}

fn text_of<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, Box<Diagnostic>> {
    if bytes.len() as u64 > limits::RULES_FILE.bytes() {
        let message = format!("larger than {}", limits::RULES_FILE);
        let help = "split the file: rules are written for people";
        return Err(Box::new(Diagnostic::of_file(file, message, help)));
    }
    let point = |text: &str, at: usize, message: &str, help: &str| {
        let fault = Fault {
            span: at..at + 1,
            message: message.to_owned(),
            label: "here".to_owned(),
            help: Some(help.to_owned()),
        };
        Box::new(Diagnostic::new(Gravity::Error, file, text, fault))
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let text = String::from_utf8_lossy(bytes);
        let help = "save the file as UTF-8";
        point(&text, error.valid_up_to(), "not UTF-8 text", help)
    })?;
    if let Some(at) = text.find('\0') {
        let help = "remove it: rules files are text";
        return Err(point(text, at, "a NUL byte in the text", help));
    }
    if text.trim().is_empty() {
        let help = "write at least one `key: value`";
        return Err(Box::new(Diagnostic::of_file(
            file,
            "the file is empty",
            help,
        )));
    }
    Ok(text)
}

fn explain(error: &Error, text: &str, index: &Index) -> Fault {
    let error = error.without_snippet();
    let span = span_of(error, text);
    if let Error::SerdeMissingField { field, .. } = error {
        return missing(field, span.start, index);
    }
    let (message, label, help) = of_types(error).unwrap_or_else(|| of_shape(error));
    Fault {
        span,
        message,
        label,
        help,
    }
}

/// What is wrong, a few words at the caret, and what to do.
type Words = (String, String, Option<String>);

fn words(message: &str, label: &str, help: &str) -> Words {
    (message.to_owned(), label.to_owned(), Some(help.to_owned()))
}

/// For a word or a value that the vocabulary does not take.
fn of_types(error: &Error) -> Option<Words> {
    Some(match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => unknown("key", field, expected),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => unknown("word", variant, expected),
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        } => (
            format!("{} where {} is wanted", plain(unexpected), plain(expected)),
            format!("this is {}", plain(unexpected)),
            quote_hint(unexpected, expected),
        ),
        Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => (
            format!("{} where {} is wanted", plain(unexpected), plain(expected)),
            "not a value that fits".to_owned(),
            None,
        ),
        Error::InvalidScalar { ty, .. } => (
            format!("this is not {}", article(ty)),
            format!("{} is wanted", article(ty)),
            None,
        ),
        Error::InvalidBooleanStrict { .. } => words(
            "this is not true or false",
            "`true` or `false` is wanted",
            "write `true` or `false`; `yes`, `no`, `on` and `off` are plain texts",
        ),
        Error::NullIntoString { .. } => words(
            "the value is missing",
            "nothing here",
            "write a value, or '' for an empty text",
        ),
        Error::Message { msg, .. } => (msg.clone(), "refused".to_owned(), None),
        _ => return None,
    })
}

/// For an entry that is not put together as it has to be.
fn of_shape(error: &Error) -> Words {
    match error {
        Error::Eof { .. } => words(
            "the file ends too early",
            "ends here",
            "look for a quote or bracket that is not closed",
        ),
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedStringKeyForExternallyTaggedEnum { .. } => words(
            "the kind of this entry is missing",
            "no kind",
            "write one key that names the kind: `- run: {…}`",
        ),
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => words(
            "a second kind in one entry",
            "the entry already has a kind",
            "an entry is a map with one key; indent what belongs below it",
        ),
        Error::UnexpectedValueForUnitEnumVariant { .. } => words(
            "this word takes nothing below it",
            "too much",
            "write the word alone",
        ),
        Error::Unexpected { expected, .. } => {
            let wanted = node_words(expected);
            let help = (wanted == "a list")
                .then(|| "write each item on its own line, after `- `".to_owned());
            (
                format!("{wanted} is wanted here"),
                format!("not {wanted}"),
                help,
            )
        }
        // The reader's errors are many and may grow; its own words are plain enough.
        other => (reader_words(other), "here".to_owned(), None),
    }
}

fn reader_words(error: &Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or("not readable");
    let cut = first.find(" at line ").unwrap_or(first.len());
    let words = first[..cut].trim_start_matches("error: ");
    match words.split_once(": ") {
        Some((place, words)) if place.starts_with("line ") => words.to_owned(),
        Some(_) | None => words.to_owned(),
    }
}

fn span_of(error: &Error, text: &str) -> Range<usize> {
    let Some(location) = error.location() else {
        return 0..0;
    };
    let span = location.span();
    let start = span
        .byte_offset()
        .and_then(|start| usize::try_from(start).ok())
        .unwrap_or(0)
        .min(text.len());
    let length = span
        .byte_len()
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(0);
    start
        ..start
            .saturating_add(length.max(1))
            .min(text.len().max(start))
}

fn unknown(what: &str, word: &str, expected: &[&str]) -> Words {
    let known = expected.join(", ");
    let help = match nearest(word, expected.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? known here: {known}"),
        None => format!("known here: {known}"),
    };
    (
        format!("unknown {what} `{word}`"),
        format!("no such {what}"),
        (!known.is_empty()).then_some(help),
    )
}

/// The reader points at the last key of the map; people look for the map's head.
fn missing(field: &str, byte: usize, index: &Index) -> Fault {
    let map = index.map_at(byte).cloned().unwrap_or_default();
    let place = match map.last() {
        Some(Segment::Key(key)) => format!("below `{key}`"),
        Some(Segment::Index(_) | Segment::Find { .. }) => "to this entry".to_owned(),
        None => "at the top of the file".to_owned(),
    };
    Fault {
        span: index.span(&map),
        message: format!("the key `{field}` is missing"),
        label: format!("has no `{field}`"),
        help: Some(format!("add `{field}: …` {place}")),
    }
}

/// Serde's names of types in the words of a rules file.
fn plain(serde: &str) -> String {
    let text = serde.to_lowercase();
    for (rust, ours) in [
        ("unit value", "nothing"),
        ("unit", "nothing"),
        ("sequence", "a list"),
        ("a sequence", "a list"),
        ("map", "a map"),
        ("a map", "a map"),
        ("a string", "a text"),
        ("string", "a text"),
        ("a boolean", "true or false"),
        ("usize", "a whole number"),
        ("u32", "a whole number"),
        ("u16", "a whole number"),
        ("i32", "a whole number"),
    ] {
        if text == rust {
            return ours.to_owned();
        }
    }
    if let Some(name) = text.strip_prefix("struct ") {
        return format!("a map ({})", name.rsplit("::").next().unwrap_or(name));
    }
    if text.starts_with("enum ") || text.contains("variant") {
        return "one key that names the kind".to_owned();
    }
    for (rust, ours) in [("string ", "the text "), ("integer ", "the number ")] {
        if let Some(value) = text.strip_prefix(rust) {
            return format!("{ours}{value}");
        }
    }
    text
}

/// The reader's names of nodes in the words of a rules file.
fn node_words(reader: &str) -> &str {
    match reader {
        "sequence start" => "a list",
        "mapping start" => "a map",
        "string scalar" => "a text",
        "scalar" => "a single value",
        other => other,
    }
}

fn article(ty: &str) -> String {
    match ty {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "bool" => "true or false".to_owned(),
        other => format!("a {other}"),
    }
}

fn quote_hint(unexpected: &str, expected: &str) -> Option<String> {
    let text_wanted = expected.contains("string");
    let map_found = unexpected == "map";
    (text_wanted && map_found)
        .then(|| "a text with `{`, `: ` or `#` in it must stand in quotes".to_owned())
}
