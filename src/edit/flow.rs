//! Entries between brackets and commas: JSON, YAML flow collections, TOML arrays and inline tables.

use super::{
    error::EditError,
    splice::Splice,
    syntax::{File, Splices},
    tree::Id,
};
use std::ops::Range;

/// How a format writes between its brackets.
pub struct Flow {
    /// What begins a comment to the end of the line.
    pub comment: &'static str,
}

impl Flow {
    /// Puts an entry behind the last one; `entry` gets the indent of a line of its own, or none.
    pub fn insert(
        &self,
        file: &File,
        parent: Id,
        nth: usize,
        entry: impl Fn(Option<&str>) -> Result<String, EditError>,
    ) -> Splices {
        let node = file.node(parent);
        let depth = file.tree.depth(parent);
        let last = &file.node(node.children[node.children.len() - 1]).entry();
        let comma = self.comma_after(file, last.end, node.value().end);
        if !file.starts_line(last.start) {
            let (at, text) = match comma {
                Some(comma) => (comma + 1, format!(" {},", entry(None)?)),
                None => (last.end, format!(", {}", entry(None)?)),
            };
            return Ok(vec![Splice::insert(at, text, depth)]);
        }
        let indent = &file.text[file.line_start(last.start)..last.start];
        let text = entry(Some(indent))?;
        let end = self.tail(
            file,
            comma.map_or(last.end, |at| at + 1),
            node.value().end - 1,
        );
        let eol = file.eol;
        Ok(match comma {
            Some(_) => vec![Splice::insert(end, format!("{eol}{indent}{text},"), depth)],
            None if nth > 0 => vec![Splice::insert(end, format!(",{eol}{indent}{text}"), depth)],
            None if end == last.end => {
                vec![Splice::insert(end, format!(",{eol}{indent}{text}"), depth)]
            }
            None => vec![
                Splice::insert(last.end, ",", depth),
                Splice::insert(end, format!("{eol}{indent}{text}"), depth),
            ],
        })
    }

    /// The end of what stands on the rest of the line: a comment, when there is one.
    fn tail(&self, file: &File, at: usize, limit: usize) -> usize {
        let rest = &file.text[at..file.line_end(at).min(limit).max(at)];
        let body = rest.trim();
        if body.starts_with(self.comment) || (body.starts_with("/*") && body.ends_with("*/")) {
            at + rest.trim_end().len()
        } else {
            at
        }
    }

    /// The comment on the rest of an entry's last line, behind its comma.
    pub fn comment_behind<'t>(&self, file: &File<'t>, id: Id) -> Option<&'t str> {
        let node = file.node(id);
        let close = file.node(node.parent()?).value().end;
        let after = self
            .comma_after(file, node.entry().end, close)
            .map_or(node.entry().end, |at| at + 1);
        let text = file.text[after..self.tail(file, after, close)].trim();
        (!text.is_empty()).then_some(text)
    }

    /// Takes an entry away with its comma, and with its lines when it stands on lines of its own.
    pub fn remove(&self, file: &File, id: Id) -> Splices {
        let node = file.node(id);
        let parent = file.node(
            node.parent()
                .expect("the top of a file is never in brackets"),
        );
        let place = parent.children.iter().position(|&child| child == id);
        let place = place.expect("a child is among its parent's children");
        let (open, close) = (parent.value().start, parent.value().end);
        let entry = node.entry();
        let comma = self.comma_after(file, entry.end, close);
        let after = comma.map_or(entry.end, |comma| comma + 1);
        let end = self.tail(file, after, close);
        let own_lines =
            file.starts_line(entry.start) && file.text[end..file.line_end(end)].trim().is_empty();
        let lines = || file.comment_above(entry.start, self.comment)..file.next_line(end);
        let before = (place > 0).then(|| file.node(parent.children[place - 1]).entry().end);
        let next = parent.children.get(place + 1);
        let comma_before = before.and_then(|before| self.comma_after(file, before, close));
        let is_blank = |range: Range<usize>| file.text[range].trim().is_empty();
        if !file.text[open..].starts_with(['[', '{']) {
            // The one entry of a map that is an item without braces of its own: `[a: 1]`.
            return Ok(vec![Splice::replace(parent.value(), "{}")]);
        }
        if let (None, None) = (before, next) {
            let own = if own_lines {
                lines()
            } else {
                entry.start..after
            };
            let left_blank = is_blank(open + 1..own.start) && is_blank(own.end..close - 1);
            let gone = if left_blank { open + 1..close - 1 } else { own };
            return Ok(vec![Splice::replace(gone, "")]);
        }
        let mut splices = Vec::new();
        if own_lines {
            if let (None, Some(before)) = (comma, comma_before) {
                splices.push(Splice::replace(before..before + 1, ""));
            }
            splices.push(Splice::replace(lines(), ""));
        } else if let Some(&next) = next {
            let next = file.node(next).entry().start;
            let gap = &file.text[after..next];
            let end = if gap.trim().is_empty() && !gap.contains('\n') {
                next
            } else {
                after
            };
            splices.push(Splice::replace(entry.start..end, ""));
        } else if let (Some(before), Some(between)) = (before, comma_before) {
            if is_blank(before..between) && is_blank(between + 1..entry.start) {
                splices.push(Splice::replace(before..entry.end, ""));
            } else {
                // The comment that stands between is the neighbour's.
                splices.push(Splice::replace(between..between + 1, ""));
                splices.push(Splice::replace(entry, ""));
            }
        }
        Ok(splices)
    }

    /// The comma that follows, past blanks and comments.
    fn comma_after(&self, file: &File, from: usize, limit: usize) -> Option<usize> {
        let mut at = from;
        while at < limit {
            let rest = &file.text[at..limit];
            let first = rest.chars().next()?;
            if first == ',' {
                return Some(at);
            } else if first.is_whitespace() {
                at += first.len_utf8();
            } else if rest.starts_with(self.comment) {
                at += rest.find('\n')?;
            } else if rest.starts_with("/*") {
                at += rest.find("*/")? + 2;
            } else {
                return None;
            }
        }
        None
    }
}
