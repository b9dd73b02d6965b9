//! YAML: a strict parser locates everything, this module decides how it is written, and another
//! reader checks the result.

mod check;
mod locate;
mod print;
mod replace;
mod scalar;
#[cfg(test)]
mod tests;

use super::{
    document::Kind,
    error::EditError,
    splice::{Splice, apply_to},
    syntax::{Content, File, New, Spliced, Syntax},
    tree::{Id, Layout, Tree},
};
use print::Style;
use scalar::Quoting;
use serde_json::Value;
use std::rc::Rc;

#[derive(Debug)]
pub struct Yaml;

/// What an alias is in the data: a text that no file holds, so that it equals only itself.
fn alias_mark(name: &str) -> String {
    format!("\0alias {name}")
}

/// What a scalar with a tag of its own is in the data.
fn tagged(tag: &str, decoded: &str) -> String {
    format!("\0{tag} {decoded}")
}

impl Syntax for Yaml {
    fn locate(&self, text: &Rc<str>) -> Result<Tree, EditError> {
        locate::locate(text)
    }

    fn data(&self, tree: &Tree) -> Result<Value, EditError> {
        check::data(tree)
    }

    fn comment(&self) -> &'static str {
        "#"
    }

    fn replace(&self, file: &File, id: Id, value: &Value) -> Spliced {
        match file.node(id).parent() {
            Some(_) => self.replace_value(file, id, value),
            None => self.replace_top(file, id, value),
        }
    }

    fn insert(&self, file: &File, parent: Id, new: &New) -> Spliced {
        let node = file.node(parent);
        if node.layout == Layout::Flow {
            return self.insert_in_flow(file, parent, new);
        }
        let first = file.node(node.children[0]);
        let last = file.node(node.children[node.children.len() - 1]);
        let column = file.column(first.entry().start);
        let style = Style::of(file, parent);
        let mut lines = match new.content {
            Content::Value(value) => print::entry(new.keys, value, style),
            Content::Lines(lines) => print::under(new.keys, lines, style),
        };
        let indent = " ".repeat(column);
        for line in &mut lines {
            if !line.is_empty() {
                line.insert_str(0, &indent);
            }
        }
        if node.children.len() > 1 && self.blank_above(file, last.entry().start) {
            lines.insert(0, String::new());
        }
        let at = self.end_of_block(file, parent, column);
        Ok(vec![file.insert_lines(at, &lines, file.tree.depth(parent))])
    }

    fn remove(&self, file: &File, id: Id) -> Spliced {
        let node = file.node(id);
        let Some(parent_id) = node.parent() else {
            return self.replace_top(file, id, &Value::Null);
        };
        let parent = file.node(parent_id);
        if parent.layout == Layout::Flow {
            return file.remove_from_brackets(id);
        }
        if parent.children.len() == 1 {
            let empty = match parent.kind {
                Kind::List => Value::Array(Vec::new()),
                Kind::Map | Kind::Scalar | Kind::Alias => Value::Object(serde_json::Map::new()),
            };
            let lines = file.lines_of(&node.entry());
            let Some(start) = self.has_others_above(file, id, lines.start) else {
                return self.replace(file, parent_id, &empty);
            };
            let empty = print::inline(&empty, Quoting::Plain, false);
            return Ok(vec![
                Splice::insert(start, format!(" {empty}"), 0),
                Splice::replace(lines, ""),
            ]);
        }
        if file.starts_line(node.entry().start) {
            return Ok(vec![Splice::replace(file.lines_of(&node.entry()), "")]);
        }
        // The first entry after a dash: the next one takes its place.
        let next = file.node(parent.children[1]).entry().start;
        let behind = file.next_line(node.entry().end);
        if behind <= next && !file.text[behind..next].trim().is_empty() {
            let why =
                "a comment stands between this entry, the first behind its dash, and the next";
            return Err(file.refuse(
                node.entry().start,
                why,
                "move the comment by hand, then start again",
            ));
        }
        Ok(vec![Splice::replace(node.entry().start..next, "")])
    }

    fn rename(&self, file: &File, id: Id, to: &str) -> Spliced {
        let node = file.node(id);
        let Some(key) = node.key() else {
            return Err(file.refuse(
                node.entry().start,
                "this is no entry of a map",
                "name a key",
            ));
        };
        let old = &file.text[key.clone()];
        if old.starts_with('*') {
            return Err(file.refuse(key.start, "this key is an alias", "rename it by hand"));
        }
        let text = scalar::write(to, Quoting::of(old), self.in_flow(file, id));
        Ok(vec![Splice::replace(key.clone(), text)])
    }

    fn carry(&self, file: &File, id: Id, to: Id, keys: &[String]) -> Option<Vec<String>> {
        let node = file.node(id);
        let home = file.node(node.parent()?);
        let target = file.node(to);
        let blocks = home.layout == Layout::Block && target.layout == Layout::Block;
        if !blocks || node.key().is_none() || target.kind != Kind::Map {
            return None;
        }
        let first = file.starts_line(node.entry().start);
        let start = if first {
            file.comment_above(node.entry().start)
        } else {
            node.entry().start
        };
        let part = &file.text[start..file.line_end(node.entry().end)];
        let rename = self.rename(file, id, keys.last()?).ok()?;
        let column = file.column(node.entry().start);
        let text = apply_to(part, start, &rename);
        let indented = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let lines = text.lines().enumerate().map(|(n, line)| match n {
            0 if !first => line.to_owned(),
            _ => line[indented(line).min(column)..].to_owned(),
        });
        Some(lines.collect())
    }
}

impl Yaml {
    pub(super) fn in_flow(&self, file: &File, id: Id) -> bool {
        let parent = file.node(id).parent();
        parent.is_some_and(|parent| file.node(parent).layout == Layout::Flow)
    }

    /// For the only entry of a value: where that value begins, if comments that are not the entry's
    /// own stand between there and the entry's lines.
    fn has_others_above(&self, file: &File, id: Id, lines: usize) -> Option<usize> {
        let node = file.node(id);
        let parent = node.parent()?;
        file.node(parent).parent()?;
        let start = self.value_from(file, parent);
        let head = file.line_end(start);
        let comes_below = file.starts_line(node.entry().start) && head < lines;
        (comes_below && !file.text[head..lines].trim().is_empty()).then_some(start)
    }

    /// Where the written value begins: at the value itself, or after the colon, dash or anchor if
    /// it is empty or on the lines below. A tag is part of the value.
    pub(super) fn value_from(&self, file: &File, id: Id) -> usize {
        let node = file.node(id);
        let props = &file.text[node.props()];
        let behind_anchor = props.split_whitespace().find(|word| word.starts_with('&'));
        if let Some(anchor) = behind_anchor {
            let at = props.find(anchor).unwrap_or(0);
            return node.props().start + at + anchor.len();
        }
        if !node.props().is_empty() {
            return node.props().start;
        }
        let same_line = node
            .key()
            .is_none_or(|key| !file.text[key.end..node.value().start].contains('\n'));
        let inline = same_line && !node.value().is_empty();
        match node.key() {
            Some(_) if inline => node.value().start,
            Some(key) => {
                let colon = file.text[key.end..]
                    .find(':')
                    .map_or(key.end, |n| key.end + n + 1);
                colon.min(file.text.len())
            }
            None if self.in_flow(file, id) => node.value().start,
            None => node.entry().start + 1,
        }
    }

    /// The column of what stands below an entry.
    pub(super) fn child_indent(&self, file: &File, id: Id) -> usize {
        let node = file.node(id);
        if let Some(&child) = node.children.first()
            && node.layout == Layout::Block
        {
            return file.column(file.node(child).entry().start);
        }
        file.column(node.entry().start) + Style::of(file, id).step
    }

    fn insert_in_flow(&self, file: &File, parent: Id, new: &New) -> Spliced {
        let Content::Value(value) = new.content else {
            return Err(file.refuse(
                file.node(parent).value().start,
                "an entry of several lines cannot go between brackets",
                "move it by hand",
            ));
        };
        file.insert_in_brackets(parent, new.nth, |_| {
            let mut text = String::new();
            for (n, key) in new.keys.iter().enumerate() {
                let open = if n > 0 { "{" } else { "" };
                text.push_str(&format!(
                    "{open}{}: ",
                    scalar::write(key, Quoting::Plain, true)
                ));
            }
            text.push_str(&print::inline(value, Quoting::Plain, true));
            text.push_str(&"}".repeat(new.keys.len().saturating_sub(1)));
            Ok(text)
        })
    }

    fn blank_above(&self, file: &File, at: usize) -> bool {
        if !file.starts_line(at) {
            return false;
        }
        let start = file.comment_above(at);
        start > 0 && file.line(start - 1).trim().is_empty()
    }

    /// The offset after the last entry and the comments after it at the block's indent or deeper.
    fn end_of_block(&self, file: &File, id: Id, column: usize) -> usize {
        let node = file.node(id);
        let holder = node.key().map(|key| file.column(key.start));
        // A list that is not indented shares its column with what follows it.
        let least = if holder == Some(column) {
            column + 1
        } else {
            column
        };
        let mut at = file.next_line(node.value().end);
        while at < file.text.len() {
            let line = file.line(at);
            let body = line.trim_start_matches(' ');
            if !body.starts_with('#') || line.len() - body.len() < least {
                break;
            }
            at = file.next_line(at);
        }
        at
    }
}
