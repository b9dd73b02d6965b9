//! New JSON in the manner of the file around it.

use super::super::{expect, syntax::File};
use serde_json::Value;

pub struct Style {
    /// One step of indent.
    unit: String,
    eol: &'static str,
    /// The whole file stands on one line.
    pub one_line: bool,
    /// After a key: `: ` or `:`.
    pub colon: &'static str,
}

impl Style {
    pub fn of(file: &File) -> Self {
        let first = file.node(0).children.first().map(|&id| file.node(id));
        let indent = first
            .filter(|first| file.starts_line(first.entry().start))
            .map(|first| file.before(first.entry().start).to_owned());
        let one_line = first.is_some_and(|first| !file.starts_line(first.entry().start));
        let tight = first.is_some_and(|first| {
            first.key().is_some_and(|key| {
                file.text[key.end..].starts_with(':')
                    && file.text[key.end + 1..first.value().start].is_empty()
            })
        });
        Self {
            unit: indent
                .filter(|indent| !indent.is_empty())
                .unwrap_or_else(|| "  ".to_owned()),
            eol: file.eol,
            one_line,
            colon: if tight { ":" } else { ": " },
        }
    }

    /// On lines of its own below this indent, or on one line when there is none.
    pub fn value(&self, value: &Value, indent: Option<&str>) -> String {
        let (open, close, parts): (_, _, Vec<String>) = match value {
            Value::Array(items) if !items.is_empty() => {
                let inner = indent.map(|indent| format!("{indent}{}", self.unit));
                (
                    '[',
                    ']',
                    items
                        .iter()
                        .map(|item| self.value(item, inner.as_deref()))
                        .collect(),
                )
            }
            Value::Object(map) if !map.is_empty() => {
                let inner = indent.map(|indent| format!("{indent}{}", self.unit));
                let part = |(key, value): (&String, &Value)| {
                    format!(
                        "{}{}{}",
                        text(key),
                        self.colon,
                        self.value(value, inner.as_deref())
                    )
                };
                ('{', '}', map.iter().map(part).collect())
            }
            Value::Array(_) => return "[]".to_owned(),
            Value::Object(_) => return "{}".to_owned(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return value.to_string();
            }
        };
        match indent {
            Some(indent) => {
                let lead = format!("{}{indent}{}", self.eol, self.unit);
                let body = parts.join(&format!(",{lead}"));
                format!("{open}{lead}{body}{}{indent}{close}", self.eol)
            }
            None => {
                let gap = if self.colon == ":" { "," } else { ", " };
                format!("{open}{}{close}", parts.join(gap))
            }
        }
    }

    pub fn entry(&self, keys: &[String], value: &Value, indent: Option<&str>) -> String {
        match keys.split_first() {
            None => self.value(value, indent),
            Some((key, rest)) => {
                let inner = expect::nested(rest.iter().map(String::as_str), value.clone());
                format!("{}{}{}", text(key), self.colon, self.value(&inner, indent))
            }
        }
    }

    /// Puts carried lines under all keys but the last, which the lines contain themselves.
    pub fn wrapped(&self, keys: &[String], lines: &[String], indent: Option<&str>) -> String {
        let mut lines = lines.to_vec();
        for key in keys.iter().rev().skip(1) {
            lines.iter_mut().for_each(|line| {
                line.insert_str(0, if indent.is_some() { &self.unit } else { "" })
            });
            lines.insert(0, format!("{}{}{{", text(key), self.colon));
            lines.push("}".to_owned());
        }
        match indent {
            Some(indent) => lines.join(&format!("{}{indent}", self.eol)),
            None => lines.concat(),
        }
    }
}

pub fn text(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
