//! Where a value stands inside a structured file: `services.app.environment[0]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{borrow::Cow, fmt, str::FromStr};

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// An entry of a map, table or section by its key.
    Key(String),
    /// An item of a list by its index, from 0.
    Index(usize),
    /// The first item of a list of maps whose `key` has this text: `rules[name=deny]`.
    Find { key: String, text: String },
}

/// A route from the top of a file. Keys with a dot, a bracket or a quote are written in double
/// quotes: `labels."com.example/role"`. A leading `$.` is accepted and dropped.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Route(pub Vec<Segment>);

impl Route {
    pub fn key(key: impl Into<String>) -> Self {
        Self(vec![Segment::Key(key.into())])
    }

    /// The top of the file, which has no text of its own.
    pub fn is_top(&self) -> bool {
        self.0.is_empty()
    }

    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.to_vec()))
    }

    pub fn last(&self) -> Option<&Segment> {
        self.0.last()
    }

    pub fn child(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// The entry of a map below it.
    pub fn at(&self, key: impl Into<String>) -> Self {
        self.child(Segment::Key(key.into()))
    }

    /// The item of a list below it.
    pub fn item(&self, index: usize) -> Self {
        self.child(Segment::Index(index))
    }

    pub fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The value at this route of some JSON.
    pub fn find_in<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        let step = |value: &'v Value, segment: &Segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.get(index),
            Segment::Find { key, text } => {
                let mut items = value.as_array()?.iter();
                items.find(|item| is_called(item, key, text))
            }
        };
        self.0.iter().try_fold(value, step)
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let fail = || format!("`{text}` is not a route: write a.b, a.b[0], a[name=x] or \"a.b\".c");
        let mut segments = Vec::new();
        let mut rest = text.strip_prefix("$.").unwrap_or(text);
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (inner, after) = inside.split_once(']').ok_or_else(fail)?;
                segments.push(bracket(inner).ok_or_else(fail)?);
                rest = after;
            } else {
                let (key, after) = take_key(rest).ok_or_else(fail)?;
                segments.push(Segment::Key(key));
                rest = after;
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err(fail());
                }
                rest = after;
            } else if !rest.is_empty() && !rest.starts_with('[') {
                return Err(fail());
            }
        }
        if segments.is_empty() {
            Err(fail())
        } else {
            Ok(Self(segments))
        }
    }
}

/// Whether an item is the one that `[key=text]` selects.
pub fn is_called(item: &Value, key: &str, text: &str) -> bool {
    item.get(key).is_some_and(|name| plain_text(name) == text)
}

/// A scalar as text: a string as it is, anything else as JSON writes it.
pub fn plain_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn bracket(inner: &str) -> Option<Segment> {
    if let Some((key, text)) = inner.split_once('=') {
        let named = !key.is_empty();
        return named.then(|| Segment::Find {
            key: key.to_owned(),
            text: text.to_owned(),
        });
    }
    inner.parse().ok().map(Segment::Index)
}

fn take_key(rest: &str) -> Option<(String, &str)> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let mut key = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Some((key, &quoted[at + 1..])),
                '\\' => key.push(chars.next()?.1),
                _ => key.push(c),
            }
        }
        return None;
    }
    let end = rest.find(['.', '[', '"', ']']).unwrap_or(rest.len());
    (end > 0).then(|| (rest[..end].to_owned(), &rest[end..]))
}

impl FromStr for Route {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Route {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Route> for String {
    fn from(route: Route) -> Self {
        route.to_string()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) => {
                    if n > 0 {
                        f.write_str(".")?;
                    }
                    if key.is_empty() || key.contains(['.', '[', ']', '"', '\\', '$']) {
                        write!(f, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                    } else {
                        f.write_str(key)?;
                    }
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Find { key, text } => write!(f, "[{key}={text}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_reads_back_as_it_is_written() {
        for text in [
            "a",
            "a.b.c",
            "a[0].b",
            "rules[pattern=delete_*].floor",
            "\"a.b\".c",
            "[2].x",
        ] {
            let route = Route::parse(text).expect(text);
            assert_eq!(route.to_string(), text);
        }
        assert_eq!(Route::parse("$.version"), Route::parse("version"));
    }

    #[test]
    fn a_broken_route_is_refused() {
        for text in ["", ".", "a.", "a..b", "a[", "a[x]", "a]b", "\"a"] {
            assert!(Route::parse(text).is_err(), "{text:?}");
        }
    }
}
