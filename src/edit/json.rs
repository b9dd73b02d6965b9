//! JSON, strict or with comments: located by one reader, checked by another.

mod print;

use super::{
    document::Kind,
    error::EditError,
    line_end::mark_length,
    splice::Splice,
    syntax::{Content, File, New, Spliced, Syntax},
    tree::{Id, Layout, Node, Tree},
};
use crate::model::route::Segment;
use jsonc_parser::{ParseOptions, ast, common::Ranged};
use print::Style;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Number, Value};
use std::{borrow::Cow, rc::Rc};

#[derive(Debug)]
pub struct Json {
    /// Comments and trailing commas are allowed.
    pub comments: bool,
}

impl Syntax for Json {
    fn locate(&self, text: &Rc<str>) -> Result<Tree, EditError> {
        let skipped = mark_length(text);
        let options = ParseOptions {
            allow_comments: self.comments,
            allow_loose_object_property_names: false,
            allow_trailing_commas: self.comments,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let parsed = jsonc_parser::parse_to_ast(&text[skipped..], &Default::default(), &options);
        let parsed = parsed.map_err(|error| {
            unreadable(
                text,
                skipped + error.range().start,
                &error.kind().to_string(),
            )
        })?;
        let top = parsed
            .value
            .ok_or_else(|| unreadable(text, text.len(), "there is no value"))?;
        let mut build = Build {
            text,
            skipped,
            tree: Tree::new(Rc::clone(text)),
        };
        build.add(None, None, None, &top)?;
        // The parser accepts blanks, and line ends in strings, that no JSON reader accepts.
        let _: IgnoredAny = self.judged(text)?;
        Ok(build.tree)
    }

    fn data(&self, tree: &Tree) -> Result<Value, EditError> {
        self.judged(&tree.text)
    }

    fn comment(&self) -> &'static str {
        "//"
    }

    fn replace(&self, file: &File, id: Id, value: &Value) -> Spliced {
        let node = file.node(id);
        file.holds_more_than_comments(id)?;
        let style = Style::of(file);
        let own_line = file.starts_line(node.entry().start) && !style.one_line;
        let indent = own_line.then(|| file.before(node.entry().start));
        Ok(vec![Splice::replace(
            node.value(),
            style.value(value, indent),
        )])
    }

    fn insert(&self, file: &File, parent: Id, new: &New) -> Spliced {
        let style = Style::of(file);
        file.insert_in_brackets(parent, new.nth, |indent| {
            Ok(match new.content {
                Content::Value(value) => style.entry(new.keys, value, indent),
                Content::Lines(lines) => style.wrapped(new.keys, lines, indent),
            })
        })
    }

    fn remove(&self, file: &File, id: Id) -> Spliced {
        if id == 0 {
            return Err(file.refuse(
                0,
                "a JSON file cannot be without a value",
                "remove the file",
            ));
        }
        file.remove_from_brackets(id)
    }

    fn rename(&self, file: &File, id: Id, to: &str) -> Spliced {
        let node = file.node(id);
        let Some(key) = node.key() else {
            return Err(file.refuse(
                node.entry().start,
                "this is no entry of an object",
                "name a key",
            ));
        };
        Ok(vec![Splice::replace(key.clone(), print::text(to))])
    }

    /// The value as it is written, with the comments above it and after it as lines above it.
    fn carry(&self, file: &File, id: Id, to: Id, keys: &[String]) -> Option<Vec<String>> {
        let node = file.node(id);
        let target = file.node(to);
        let first = file.node(*target.children.first()?).entry().start;
        let own_line = file.starts_line(node.entry().start);
        let value = &file.text[node.value()];
        if target.kind != Kind::Map
            || (value.contains('\n') || own_line) && !file.starts_line(first)
        {
            return None;
        }
        let mut lines = Vec::new();
        if own_line {
            let above = file.comment_above(node.entry().start);
            let above = &file.text[above..file.line_start(node.entry().start).max(above)];
            lines.extend(above.lines().map(|line| line.trim().to_owned()));
            lines.extend(file.comment_behind(id).map(str::to_owned));
        }
        let column = file.text[file.line_start(node.entry().start)..].chars();
        let column = column
            .take_while(|c| c.is_whitespace() && *c != '\n')
            .count();
        let key = print::text(keys.last()?);
        for (n, line) in value.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let line = if n == 0 {
                format!("{key}{}{line}", Style::of(file).colon)
            } else {
                line[indent.min(column)..].to_owned()
            };
            lines.push(line);
        }
        Some(lines)
    }
}

impl Json {
    /// What the independent reader makes of a text.
    fn judged<T: DeserializeOwned>(&self, text: &str) -> Result<T, EditError> {
        let text = &text[mark_length(text)..];
        let plain = match self.comments {
            true => Cow::Owned(blanked(text)),
            false => Cow::Borrowed(text),
        };
        serde_json::from_str(&plain).map_err(|error| EditError {
            line: error.line().max(1),
            column: error.column().max(1),
            why: format!("the file is not JSON: {error}"),
            cure: CURE.to_owned(),
        })
    }
}

const CURE: &str = "fix the file by hand, then start again";

fn unreadable(text: &str, at: usize, why: &str) -> EditError {
    EditError::at(text, at, format!("the file is not JSON: {why}"), CURE)
}

struct Build<'t> {
    text: &'t str,
    skipped: usize,
    tree: Tree,
}

impl Build<'_> {
    fn add(
        &mut self,
        parent: Option<Id>,
        step: Option<Segment>,
        key: Option<std::ops::Range<usize>>,
        value: &ast::Value<'_>,
    ) -> Result<(), EditError> {
        let range = value.range();
        let span = range.start + self.skipped..range.end + self.skipped;
        let kind = match value {
            ast::Value::Object(_) => Kind::Map,
            ast::Value::Array(_) => Kind::List,
            _ => Kind::Scalar,
        };
        let mut node = Node::new(kind, Layout::Flow, span);
        if let Some(key) = key {
            node.set_entry(key.start..node.entry().end);
            node.set_key(key);
        }
        let at = node.entry().start;
        let Ok(id) = self.tree.add(parent, step, node) else {
            return Err(EditError::at(
                self.text,
                at,
                "this key is there twice",
                "take one of the two out by hand",
            ));
        };
        let Some(said) = scalar(value) else {
            return Err(unreadable(
                self.text,
                range.start + self.skipped,
                "this number is larger than readers take",
            ));
        };
        self.tree.say(id, &said);
        match value {
            ast::Value::Object(object) => {
                for property in &object.properties {
                    let range = property.name.range();
                    let key = range.start + self.skipped..range.end + self.skipped;
                    let step = Segment::Key(property.name.as_str().to_owned());
                    self.add(Some(id), Some(step), Some(key), &property.value)?;
                }
            }
            ast::Value::Array(array) => {
                for (n, element) in array.elements.iter().enumerate() {
                    self.add(Some(id), Some(Segment::Index(n)), None, element)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// `None`: a number that no reader takes.
fn scalar(value: &ast::Value<'_>) -> Option<Value> {
    Some(match value {
        ast::Value::StringLit(text) => Value::String(text.value.to_string()),
        ast::Value::NumberLit(number) => {
            let read: Option<Number> = serde_json::from_str(number.value).ok();
            Value::Number(read?)
        }
        ast::Value::BooleanLit(bool) => Value::Bool(bool.value),
        ast::Value::Object(_) | ast::Value::Array(_) | ast::Value::NullKeyword(_) => Value::Null,
    })
}

/// The text with comments and trailing commas as blanks, for a reader that knows neither.
fn blanked(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let bytes = text.as_bytes();
    let mut comma = None;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let end = match bytes[at] {
            b'"' => at + string_length(rest),
            b'/' if rest.starts_with("//") => at + rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => at + rest.find("*/").map_or(rest.len(), |n| n + 2),
            byte => {
                if let (b']' | b'}', Some(comma)) = (byte, comma) {
                    out[comma] = b' ';
                }
                if !byte.is_ascii_whitespace() {
                    comma = (byte == b',').then_some(at);
                }
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
        };
        if bytes[at] == b'"' {
            comma = None;
        } else {
            out[at..end]
                .iter_mut()
                .filter(|byte| **byte != b'\n')
                .for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (n, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return n + 1,
            _ => {}
        }
    }
    rest.len()
}
