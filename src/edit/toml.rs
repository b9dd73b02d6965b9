//! TOML: tables by headers, by dotted keys and in braces; `toml_edit` judges and checks.

mod locate;
mod print;

use super::{
    document::Kind,
    error::EditError,
    flow::Flow,
    splice::Splice,
    syntax::{Content, File, New, Splices, Syntax},
    tree::{Id, Layout, Tree},
};
use crate::model::route::Segment;
use serde_json::{Map, Number, Value};
use std::ops::Range;

const FLOW: Flow = Flow { comment: "#" };

pub struct Toml;

impl Syntax for Toml {
    fn locate(&self, text: &str) -> Result<Tree, EditError> {
        parse(text)?;
        locate::Locator::new(text).run()
    }

    fn data(&self, text: &str, _: &Tree) -> Result<Value, EditError> {
        Ok(table_data(parse(text)?.as_table()))
    }

    fn comment(&self) -> char {
        '#'
    }

    fn replace(&self, file: &File, id: Id, value: &Value) -> Splices {
        let node = file.node(id);
        if node.layout == Layout::Table {
            return Err(file.refuse(
                node.entry.start,
                "a table of several lines cannot be given another value as a whole",
                "set or remove its keys one by one",
            ));
        }
        let interior = node.value.start + 1..node.value.end.saturating_sub(1);
        let commented =
            node.is_container() && node.children.is_empty() && file.text[interior].contains('#');
        if commented {
            return Err(file.refuse(
                node.value.start,
                "only a comment stands between these brackets, it would be lost",
                "put the new value beside the comment by hand",
            ));
        }
        let like = if node.kind == Kind::Scalar {
            &file.text[node.value.clone()]
        } else {
            ""
        };
        let text = print::inline(value, like).map_err(|_| no_null(file, node.entry.start))?;
        let text = if file.eol == "\n" {
            text
        } else {
            text.replace('\n', file.eol)
        };
        Ok(vec![Splice::replace(node.value.clone(), text)])
    }

    fn insert(&self, file: &File, parent: Id, new: &New) -> Splices {
        let node = file.node(parent);
        let null = |_| no_null(file, node.entry.start);
        if node.layout == Layout::Flow {
            let Content::Value(value) = new.content else {
                return Err(file.refuse(
                    node.entry.start,
                    "lines cannot go into braces",
                    "move it by hand",
                ));
            };
            return FLOW.insert(file, parent, new.nth, |_| {
                Ok(match new.keys.split_first() {
                    None => print::inline(value, "").map_err(null)?,
                    Some(_) => format!(
                        "{} = {}",
                        print::path(new.keys),
                        print::inline(value, "").map_err(null)?
                    ),
                })
            });
        }
        if node.kind == Kind::List {
            return self.append_table(file, parent, new);
        }
        let lone = new.keys.len() == 1;
        let dotted = parent != 0 && node.sections.is_empty() && !self.has_headers(file, parent);
        match new.content {
            Content::Lines(lines) if lines.iter().any(|line| line.starts_with('[')) => {
                Ok(vec![self.sections(file, parent, lines)])
            }
            Content::Lines(lines) if lone && !dotted => self.lines(file, parent, lines),
            Content::Lines(_) if dotted => Err(file.refuse(
                node.entry.start,
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
                let first = &file.text[file.node(node.children[0]).entry.clone()];
                let own = file.node(node.children[0]).keys[0].start
                    - file.node(node.children[0]).entry.start;
                let line = format!(
                    "{}{} = {}",
                    &first[..own],
                    print::path(new.keys),
                    print::inline(value, "").map_err(null)?
                );
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

    fn remove(&self, file: &File, id: Id) -> Splices {
        let node = file.node(id);
        let Some(parent) = node.parent else {
            return Err(file.refuse(0, "this is the whole file", "remove the file"));
        };
        if node.layout == Layout::Flow && file.node(parent).layout == Layout::Flow {
            return FLOW.remove(file, id);
        }
        let mut ranges = Vec::new();
        self.lines_below(file, id, &mut ranges);
        ranges.sort_by_key(|range| range.start);
        let mut splices: Vec<_> = ranges
            .into_iter()
            .map(|range| Splice::replace(range, ""))
            .collect();
        let alone = file.node(parent).children.len() == 1;
        if alone && file.node(parent).kind == Kind::List {
            return Err(file.refuse(
                node.entry.start,
                "this is the only table of its list",
                "remove the list itself",
            ));
        }
        if alone && parent != 0 && file.node(parent).sections.is_empty() {
            // A table that no header names would go with its last entry.
            let header = match node.sections.is_empty() {
                true => format!(
                    "{} = {{}}",
                    file.text[node.entry.start..self.last_key(file, id)]
                        .trim_end_matches(['.', ' '])
                ),
                false => format!("[{}]", print::path(&self.path(file, parent, &[])?)),
            };
            splices[0].with = format!("{header}{}", file.eol);
        }
        Ok(splices)
    }

    fn rename(&self, file: &File, id: Id, to: &str) -> Splices {
        let node = file.node(id);
        if node.keys.is_empty() {
            return Err(file.refuse(
                node.entry.start,
                "this is no entry of a table",
                "name a key",
            ));
        }
        let one = |key: &Range<usize>| {
            Splice::replace(key.clone(), print::key(to, &file.text[key.clone()]))
        };
        Ok(node.keys.iter().map(one).collect())
    }

    fn carry(&self, file: &File, id: Id, to: Id, keys: &[String]) -> Option<Vec<String>> {
        let node = file.node(id);
        let (home, target) = (file.node(node.parent?), file.node(to));
        if home.layout != Layout::Table
            || target.layout != Layout::Table
            || target.kind != Kind::Map
        {
            return None;
        }
        if node.layout == Layout::Table {
            return self.carry_sections(file, id, to, keys);
        }
        let range = file.lines_of(&node.entry, "#");
        let last = node.keys.last()?;
        let key = print::key(keys.last()?, &file.text[last.clone()]);
        let text = format!(
            "{}{key}{}",
            &file.text[range.start..node.entry.start],
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

impl Toml {
    fn path(&self, file: &File, id: Id, more: &[String]) -> Result<Vec<String>, EditError> {
        let mut keys = Vec::new();
        for segment in file.tree.route(id).0 {
            match segment {
                Segment::Key(key) => keys.push(key),
                // A header below a list of tables means its last item.
                Segment::Index(_) | Segment::Find { .. } if self.in_last_item(file, id) => {}
                Segment::Index(_) | Segment::Find { .. } => {
                    return Err(file.refuse(
                        file.node(id).entry.start,
                        "a new table below an item of a list of tables would need a place of its own",
                        "add it by hand",
                    ));
                }
            }
        }
        keys.extend_from_slice(more);
        Ok(keys)
    }

    /// Where the entry's own part of a dotted key begins.
    fn last_key(&self, file: &File, id: Id) -> usize {
        let node = file.node(id);
        node.keys.last().map_or(node.entry.start, |key| key.start)
    }

    fn in_last_item(&self, file: &File, id: Id) -> bool {
        let mut chain = std::iter::once(id).chain(file.tree.ancestors(id));
        chain.all(|id| match file.node(id).parent {
            Some(parent) if file.node(parent).kind == Kind::List => {
                file.node(parent).children.last() == Some(&id)
            }
            _ => true,
        })
    }

    fn has_headers(&self, file: &File, id: Id) -> bool {
        let below = |id: &Id| file.node(*id).layout == Layout::Table && self.has_headers(file, *id);
        !file.node(id).sections.is_empty() || file.node(id).children.iter().any(below)
    }

    /// Lines of a table's own: behind its last entry, or behind its header.
    fn lines(&self, file: &File, id: Id, lines: &[String]) -> Splices {
        let node = file.node(id);
        let depth = file.tree.depth(id) + 1;
        if id == 0 && node.sections[0].is_empty() {
            return Ok(vec![self.first_lines(file, lines)]);
        }
        let own = |child: &&Id| file.node(**child).layout == Layout::Flow;
        let last = node
            .children
            .iter()
            .rev()
            .find(own)
            .map(|&child| file.node(child).entry.clone());
        let end = match (node.sections.first(), &last) {
            (Some(section), _) => section.end,
            (None, Some(last)) => last.end,
            (None, None) => {
                let mut with = vec![format!("[{}]", print::path(&self.path(file, id, &[])?))];
                with.extend_from_slice(lines);
                return Ok(vec![self.sections(file, id, &with)]);
            }
        };
        let sample = last.filter(|last| file.starts_line(last.start));
        let indent = sample.map_or("", |last| {
            &file.text[file.line_start(last.start)..last.start]
        });
        let indented: Vec<_> = lines
            .iter()
            .map(|line| format!("{}{line}", indent.trim_start_matches('\u{feff}')))
            .collect();
        let at = self.behind_comments(file, end);
        Ok(vec![file.insert_lines(at, &indented, depth)])
    }

    /// Entries of the top before any header, in a file that has none of them yet.
    fn first_lines(&self, file: &File, lines: &[String]) -> Splice {
        let sections = file
            .tree
            .nodes
            .iter()
            .skip(1)
            .flat_map(|node| &node.sections);
        let first = sections.map(|section| section.start).min();
        let at = first.map_or(file.text.len(), |at| file.comment_above(at, "#"));
        let mut lines = lines.to_vec();
        if first.is_some() {
            lines.push(String::new());
        }
        file.insert_lines(at, &lines, 1)
    }

    /// Behind the comments that follow directly, unless they stand on what comes next.
    fn behind_comments(&self, file: &File, end: usize) -> usize {
        let start = file.next_line(end);
        let mut at = start;
        while at < file.text.len() && file.line(at).trim_start().starts_with('#') {
            at = file.next_line(at);
        }
        let free = at == file.text.len() || file.line(at).trim().is_empty();
        if free { at } else { start }
    }

    /// New sections behind all that belongs to the parent.
    fn sections(&self, file: &File, parent: Id, lines: &[String]) -> Splice {
        let end = match parent {
            0 => file.text.trim_end().len(),
            _ => self.last_end(file, parent).unwrap_or(file.text.len()),
        };
        let at = self.behind_comments(file, end);
        let mut all = Vec::new();
        if !file.text[..at].trim_matches('\u{feff}').trim().is_empty() {
            all.push(String::new());
        }
        all.extend_from_slice(lines);
        file.insert_lines(at, &all, file.tree.depth(parent))
    }

    fn last_end(&self, file: &File, id: Id) -> Option<usize> {
        let node = file.node(id);
        let below = node
            .children
            .iter()
            .filter(|id| file.node(**id).layout == Layout::Table);
        let below = below.filter_map(|&id| self.last_end(file, id));
        node.sections
            .iter()
            .map(|section| section.end)
            .chain(below)
            .max()
    }

    fn append_table(&self, file: &File, list: Id, new: &New) -> Splices {
        let node = file.node(list);
        let Content::Value(value @ Value::Object(_)) = new.content else {
            return Err(file.refuse(
                node.entry.start,
                "an item of this list is a table",
                "append a map",
            ));
        };
        let path = self.path(file, list, &[])?;
        let mut lines =
            print::section(&path, value).map_err(|_| no_null(file, node.entry.start))?;
        let header = format!("[{}]", print::path(&path));
        match lines.first_mut() {
            Some(first) if *first == header => *first = format!("[{header}]"),
            _ => lines.insert(0, format!("[{header}]")),
        }
        Ok(vec![self.sections(file, list, &lines)])
    }

    /// The lines of an entry, or of all sections and dotted keys of a table.
    fn lines_below(&self, file: &File, id: Id, ranges: &mut Vec<Range<usize>>) {
        let node = file.node(id);
        if node.layout == Layout::Flow {
            let inside = ranges.iter().any(|range| range.contains(&node.entry.start));
            if !inside {
                ranges.push(file.lines_of(&node.entry, "#"));
            }
            return;
        }
        for section in &node.sections {
            let start = file.comment_above(section.start, "#");
            let mut end = self.behind_comments(file, section.end);
            let blank = |at: usize| at < file.text.len() && file.line(at).trim().is_empty();
            while blank(end) {
                end = file.next_line(end);
            }
            ranges.push(start..end);
        }
        for &child in &node.children {
            self.lines_below(file, child, ranges);
        }
    }

    /// The sections of a table as they are, with headers that lead to the new place.
    fn carry_sections(&self, file: &File, id: Id, to: Id, keys: &[String]) -> Option<Vec<String>> {
        let mut path: Vec<String> = self.path(file, to, &[]).ok()?;
        path.extend_from_slice(keys);
        let node = file.node(id);
        let mut ranges = Vec::new();
        self.lines_below(file, id, &mut ranges);
        ranges.sort_by_key(|range| range.start);
        if node.keys.len() < ranges.len() {
            return None;
        }
        let mut lines = Vec::new();
        for range in ranges {
            let key = node.keys.iter().find(|key| range.contains(&key.start))?;
            let line = file.line_start(key.start);
            let open = file.text[line..key.start]
                .rfind('[')
                .map(|n| line + n + 1)?;
            let part = [
                &file.text[range.start..open],
                &print::path(&path),
                &file.text[key.end..range.end],
            ]
            .concat();
            lines.extend(part.lines().map(str::to_owned));
        }
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        Some(lines)
    }
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
        EditError::at(text, at, why, "mend the file by hand, then start again")
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
