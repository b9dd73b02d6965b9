//! TOML: tables by headers, by dotted keys and in braces; `toml_edit` judges and checks.

mod locate;
mod print;
mod sections;
#[cfg(test)]
mod tests;

use super::{
    document::Kind,
    error::EditError,
    splice::Splice,
    syntax::{Content, File, New, Spliced, Syntax},
    tree::{Id, Layout, Tree},
};
use serde_json::{Map, Number, Value};
use std::{ops::Range, rc::Rc};

#[derive(Debug)]
pub struct Toml;

impl Syntax for Toml {
    fn locate(&self, text: &Rc<str>) -> Result<Tree, EditError> {
        parse(text)?;
        locate::Locator::new(text).run()
    }

    fn data(&self, tree: &Tree) -> Result<Value, EditError> {
        Ok(table_data(parse(&tree.text)?.as_table()))
    }

    fn comment(&self) -> &'static str {
        "#"
    }

    fn replace(&self, file: &File, id: Id, value: &Value) -> Spliced {
        let node = file.node(id);
        if node.layout == Layout::Table {
            return Err(file.refuse(
                node.entry().start,
                "a table of several lines cannot be given another value as a whole",
                "set or remove its keys one by one",
            ));
        }
        file.holds_more_than_comments(id)?;
        let like = if node.kind == Kind::Scalar {
            &file.text[node.value()]
        } else {
            ""
        };
        let text = print::inline(value, like).map_err(|_| no_null(file, node.entry().start))?;
        let text = if file.eol == "\n" {
            text
        } else {
            text.replace('\n', file.eol)
        };
        Ok(vec![Splice::replace(node.value(), text)])
    }

    fn insert(&self, file: &File, parent: Id, new: &New) -> Spliced {
        let node = file.node(parent);
        let null = |_| no_null(file, node.entry().start);
        if node.layout == Layout::Flow {
            return between_braces(file, parent, new);
        }
        if node.kind == Kind::List {
            return self.append_table(file, parent, new);
        }
        let lone = new.keys.len() == 1;
        let dotted =
            parent != 0 && file.tree.sections(parent).is_empty() && !self.has_headers(file, parent);
        match new.content {
            Content::Lines(lines) if lines.iter().any(|line| line.starts_with('[')) => {
                Ok(vec![self.sections(file, parent, lines)])
            }
            Content::Lines(lines) if lone && !dotted => self.lines(file, parent, lines),
            Content::Lines(_) if dotted => Err(file.refuse(
                node.entry().start,
                "the new place is made of dotted keys",
                "move it by hand",
            )),
            Content::Lines(lines) => {
                let (_, above) = new.keys.split_last().unwrap_or((&new.keys[0], &[]));
                let mut all = vec![format!(
                    "[{}]",
                    print::path(&self.path(file, parent, above)?)
                )];
                all.extend_from_slice(lines);
                Ok(vec![self.sections(file, parent, &all)])
            }
            Content::Value(value) if dotted => {
                let value = print::inline(value, "").map_err(null)?;
                let above = keys_above(file, node.children[0]);
                let line = format!("{above}{} = {value}", print::path(new.keys));
                self.lines(file, parent, &[line])
            }
            Content::Value(value) if lone && value.as_object().is_none_or(Map::is_empty) => {
                let line = format!(
                    "{} = {}",
                    print::key(&new.keys[0], ""),
                    print::inline(value, "").map_err(null)?
                );
                self.lines(file, parent, &[line])
            }
            Content::Value(value) => {
                let (first, rest) = new.keys.split_at(1);
                let inner = super::expect::nested(rest.iter().map(String::as_str), value.clone());
                let lines =
                    print::section(&self.path(file, parent, first)?, &inner).map_err(null)?;
                Ok(vec![self.sections(file, parent, &lines)])
            }
        }
    }

    fn remove(&self, file: &File, id: Id) -> Spliced {
        let node = file.node(id);
        let Some(parent) = node.parent() else {
            return Err(file.refuse(0, "this is the whole file", "remove the file"));
        };
        if node.layout == Layout::Flow && file.node(parent).layout == Layout::Flow {
            return file.remove_from_brackets(id);
        }
        let ranges = self.cut_below(file, id);
        // What replaces the first lines begins and ends as they do.
        let first = ranges.first().map_or("", |range| &file.text[range.clone()]);
        let lead = if first.starts_with(['\r', '\n']) {
            file.eol
        } else {
            ""
        };
        let tail = if first.ends_with('\n') { file.eol } else { "" };
        let mut splices: Vec<_> = ranges
            .into_iter()
            .map(|range| Splice::replace(range, ""))
            .collect();
        let alone = file.node(parent).children.len() == 1;
        if alone && file.node(parent).kind == Kind::List {
            return Err(file.refuse(
                node.entry().start,
                "this is the only table of its list",
                "remove the list itself",
            ));
        }
        if alone && parent != 0 && file.tree.sections(parent).is_empty() {
            // A table without a header would disappear with its last entry.
            let header = match file.tree.sections(id).is_empty() {
                true => format!(
                    "{} = {{}}",
                    file.text[node.entry().start..self.last_key(file, id)]
                        .trim_end_matches(['.', ' '])
                ),
                false => format!("[{}]", print::path(&self.path(file, parent, &[])?)),
            };
            splices[0].with = format!("{lead}{header}{tail}");
        }
        Ok(splices)
    }

    fn rename(&self, file: &File, id: Id, to: &str) -> Spliced {
        let node = file.node(id);
        let keys = file.tree.keys(id);
        if keys.is_empty() {
            return Err(file.refuse(
                node.entry().start,
                "this is no entry of a table",
                "name a key",
            ));
        }
        let one = |key: Range<usize>| {
            let like = &file.text[key.clone()];
            Splice::replace(key, print::key(to, like))
        };
        Ok(keys.into_iter().map(one).collect())
    }

    fn carry(&self, file: &File, id: Id, to: Id, keys: &[String]) -> Option<Vec<String>> {
        let node = file.node(id);
        let (home, target) = (file.node(node.parent()?), file.node(to));
        if home.layout != Layout::Table
            || target.layout != Layout::Table
            || target.kind != Kind::Map
        {
            return None;
        }
        if node.layout == Layout::Table {
            return self.carry_sections(file, id, to, keys);
        }
        let range = file.lines_of(&node.entry());
        let keys_here = file.tree.keys(id);
        let last = keys_here.last()?;
        let key = print::key(keys.last()?, &file.text[last.clone()]);
        let text = format!(
            "{}{key}{}",
            &file.text[range.start..node.entry().start],
            &file.text[last.end..range.end]
        );
        Some(
            text.lines()
                .enumerate()
                .map(|(n, line)| if n == 0 { line.trim_start() } else { line }.to_owned())
                .collect(),
        )
    }
}

fn between_braces(file: &File, parent: Id, new: &New) -> Spliced {
    let start = file.node(parent).entry().start;
    let Content::Value(value) = new.content else {
        return Err(file.refuse(start, "lines cannot go into braces", "move it by hand"));
    };
    file.insert_in_brackets(parent, new.nth, |_| {
        let value = print::inline(value, "").map_err(|_| no_null(file, start))?;
        Ok(match new.keys {
            [] => value,
            keys => format!("{} = {value}", print::path(keys)),
        })
    })
}

/// The part before an entry's own key if its table is made of dotted keys: `a.b.`.
fn keys_above<'f>(file: &File<'f>, id: Id) -> &'f str {
    let entry = file.node(id).entry();
    let own = file.tree.keys(id)[0].start;
    &file.text[entry.start..own]
}

fn no_null(file: &File, at: usize) -> EditError {
    file.refuse(
        at,
        "TOML has no null and no number beyond 64 bits",
        "give a value, or remove the key",
    )
}

type Parsed<'t> = toml_edit::Document<&'t str>;

fn parse(text: &str) -> Result<Parsed<'_>, EditError> {
    toml_edit::Document::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        let why = format!("the file is not TOML: {}", error.message());
        EditError::at(text, at, why, "fix the file by hand, then start again")
    })
}

fn table_data(table: &dyn toml_edit::TableLike) -> Value {
    let entry = |(key, item): (&str, &toml_edit::Item)| (key.to_owned(), item_data(item));
    Value::Object(table.iter().map(entry).collect::<Map<_, _>>())
}

fn item_data(item: &toml_edit::Item) -> Value {
    match item {
        toml_edit::Item::None => Value::Null,
        toml_edit::Item::Value(value) => value_data(value),
        toml_edit::Item::Table(table) => table_data(table),
        toml_edit::Item::ArrayOfTables(tables) => {
            tables.iter().map(|table| table_data(table)).collect()
        }
    }
}

fn value_data(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => {
            let float = *number.value();
            Number::from_f64(float)
                .map_or_else(|| Value::String(format!("\0{float}")), Value::Number)
        }
        toml_edit::Value::Boolean(bool) => Value::Bool(*bool.value()),
        toml_edit::Value::Datetime(date) => Value::String(format!("\0{}", date.value())),
        toml_edit::Value::Array(items) => items.iter().map(value_data).collect(),
        toml_edit::Value::InlineTable(table) => table_data(table),
    }
}

/// A scalar of the file; texts without escapes and whole numbers need no parser.
fn scalar(written: &str) -> Value {
    let inside = |quote: char| written.strip_prefix(quote)?.strip_suffix(quote);
    match (inside('\''), inside('"')) {
        (Some(text), _) if !written.starts_with("''") => return Value::String(text.to_owned()),
        (_, Some(text)) if !text.contains(['\\', '"']) => return Value::String(text.to_owned()),
        _ => {}
    }
    match written.parse::<i64>() {
        Ok(number) => Value::from(number),
        Err(_) => written
            .parse::<toml_edit::Value>()
            .map_or(Value::Null, |value| value_data(&value)),
    }
}

fn key_text(written: &str) -> String {
    match scalar(written) {
        Value::String(text) if written.starts_with(['"', '\'']) => text,
        _ => written.to_owned(),
    }
}
