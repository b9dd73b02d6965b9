//! Entries between brackets and commas: JSON, YAML flow collections, TOML arrays and inline tables.

use super::{
    error::EditError,
    splice::Splice,
    syntax::{File, Spliced},
    tree::Id,
};
use std::ops::Range;

impl<'t> File<'t> {
    /// Refuses brackets that hold a comment and nothing else: a new value would lose it.
    pub fn holds_more_than_comments(&self, id: Id) -> Result<(), EditError> {
        let node = self.node(id);
        let interior = node.value().start + 1..node.value().end.saturating_sub(1);
        if node.is_container() && node.children.is_empty() && !is_blank(self, interior) {
            return Err(self.refuse(
                node.value().start,
                "only a comment stands between these brackets, it would be lost",
                "put the new value beside the comment by hand",
            ));
        }
        Ok(())
    }

    /// Adds an entry after the last one; `entry` is given the indent if it gets a line of its own.
    pub fn insert_in_brackets(
        &self,
        parent: Id,
        nth: usize,
        entry: impl Fn(Option<&str>) -> Result<String, EditError>,
    ) -> Spliced {
        let node = self.node(parent);
        let depth = self.tree.depth(parent);
        let last = &self.node(node.children[node.children.len() - 1]).entry();
        let comma = self.comma_after(last.end, node.value().end);
        if !self.starts_line(last.start) {
            let (at, text) = match comma {
                Some(comma) => (comma + 1, format!(" {},", entry(None)?)),
                None => (last.end, format!(", {}", entry(None)?)),
            };
            return Ok(vec![Splice::insert(at, text, depth)]);
        }
        let indent = &self.text[self.line_start(last.start)..last.start];
        let text = entry(Some(indent))?;
        let end = self.tail(comma.map_or(last.end, |at| at + 1), node.value().end - 1);
        let eol = self.eol;
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

    /// The end of the content on the rest of a line, including a comment.
    fn tail(&self, at: usize, limit: usize) -> usize {
        let rest = &self.text[at..self.line_end(at).min(limit).max(at)];
        let body = rest.trim();
        if body.starts_with(self.comment) || (body.starts_with("/*") && body.ends_with("*/")) {
            at + rest.trim_end().len()
        } else {
            at
        }
    }

    /// The comment on the rest of an entry's last line, after its comma.
    pub fn comment_behind(&self, id: Id) -> Option<&'t str> {
        let node = self.node(id);
        let close = self.node(node.parent()?).value().end;
        let after = self
            .comma_after(node.entry().end, close)
            .map_or(node.entry().end, |at| at + 1);
        let text = self.text[after..self.tail(after, close)].trim();
        (!text.is_empty()).then_some(text)
    }

    /// Removes an entry with its comma, and with its lines if nothing else is on them.
    pub fn remove_from_brackets(&self, id: Id) -> Spliced {
        let parent = self.node(id).parent();
        let parent = parent.expect("the top of a file is never in brackets");
        let brackets = self.node(parent).value();
        if !self.text[brackets.start..].starts_with(['[', '{']) {
            // The one entry of a map that is an item without braces of its own: `[a: 1]`.
            return Ok(vec![Splice::replace(brackets, "{}")]);
        }
        let around = self.around(id, parent);
        Ok(match (&around.own_lines, around.before, around.next) {
            (_, None, None) => vec![self.without_only(&around, brackets)],
            (Some(lines), ..) => around.without_lines(lines),
            (None, _, Some(next)) => vec![around.without_one(self, next)],
            (None, Some(before), None) => around.without_last(self, before),
        })
    }

    fn around(&self, id: Id, parent: Id) -> Around {
        let siblings = &self.node(parent).children;
        let close = self.node(parent).value().end;
        let place = siblings.iter().position(|&child| child == id);
        let place = place.expect("a child is among its parent's children");
        let entry = self.node(id).entry();
        let comma = self.comma_after(entry.end, close);
        let after = comma.map_or(entry.end, |comma| comma + 1);
        let end = self.tail(after, close);
        let alone =
            self.starts_line(entry.start) && self.text[end..self.line_end(end)].trim().is_empty();
        let lines = || self.comment_above(entry.start)..self.next_line(end);
        let before = place.checked_sub(1).map(|nth| siblings[nth]);
        let before = before.map(|before| self.node(before).entry().end);
        let next = siblings.get(place + 1);
        Around {
            own_lines: alone.then(lines),
            before,
            comma_before: before.and_then(|before| self.comma_after(before, close)),
            next: next.map(|&next| self.node(next).entry().start),
            comma,
            after,
            entry,
        }
    }

    /// Removes the only entry; between the brackets only comments that are not the entry's remain.
    fn without_only(&self, around: &Around, brackets: Range<usize>) -> Splice {
        let own = around.own_lines.clone();
        let own = own.unwrap_or(around.entry.start..around.after);
        let inside = brackets.start + 1..brackets.end - 1;
        let left_blank =
            is_blank(self, inside.start..own.start) && is_blank(self, own.end..inside.end);
        Splice::replace(if left_blank { inside } else { own }, "")
    }

    /// The comma that follows, past blanks and comments.
    fn comma_after(&self, from: usize, limit: usize) -> Option<usize> {
        let mut at = from;
        while at < limit {
            let rest = &self.text[at..limit];
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

/// An entry between brackets, and the parts of its neighbours that its removal affects.
struct Around {
    entry: Range<usize>,
    /// With its comments, where nothing else stands on its lines.
    own_lines: Option<Range<usize>>,
    comma: Option<usize>,
    /// After its comma, if it has one.
    after: usize,
    /// The end of the previous entry, and the comma after it.
    before: Option<usize>,
    comma_before: Option<usize>,
    /// The start of the next entry.
    next: Option<usize>,
}

impl Around {
    fn without_lines(&self, lines: &Range<usize>) -> Vec<Splice> {
        let mut splices = Vec::new();
        if let (None, Some(before)) = (self.comma, self.comma_before) {
            splices.push(Splice::replace(before..before + 1, ""));
        }
        splices.push(Splice::replace(lines.clone(), ""));
        splices
    }

    fn without_one(&self, file: &File, next: usize) -> Splice {
        let gap = &file.text[self.after..next];
        let end = match gap.trim().is_empty() && !gap.contains('\n') {
            true => next,
            false => self.after,
        };
        Splice::replace(self.entry.start..end, "")
    }

    fn without_last(&self, file: &File, before: usize) -> Vec<Splice> {
        let Some(comma) = self.comma_before else {
            return Vec::new();
        };
        if is_blank(file, before..comma) && is_blank(file, comma + 1..self.entry.start) {
            return vec![Splice::replace(before..self.entry.end, "")];
        }
        // The comment in between belongs to the neighbour.
        let comma = Splice::replace(comma..comma + 1, "");
        vec![comma, Splice::replace(self.entry.clone(), "")]
    }
}

fn is_blank(file: &File, range: Range<usize>) -> bool {
    file.text[range].trim().is_empty()
}

#[cfg(test)]
mod tests {
    use crate::{
        edit::{Edit, Format, Op, apply},
        model::route::Route,
    };

    fn without(text: &str, route: &str) -> String {
        let route = Route::parse(route).expect(route);
        let edited = apply(&Format::Jsonc, text, &[Edit::new(route, Op::Remove)]);
        edited
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
            .text
    }

    #[test]
    fn an_entry_goes_with_one_comma() {
        for (text, route, left) in [
            ("[1, 2, 3]", "[0]", "[2, 3]"),
            ("[1, 2, 3]", "[1]", "[1, 3]"),
            ("[1, 2, 3]", "[2]", "[1, 2]"),
            ("[1, 2,]", "[1]", "[1,]"),
            ("[ 1 ]", "[0]", "[]"),
            ("[\n  1,\n  2\n]", "[1]", "[\n  1\n]"),
            ("[\n  1,\n  2,\n]", "[1]", "[\n  1,\n]"),
        ] {
            assert_eq!(without(text, route), left, "{text}");
        }
    }

    #[test]
    fn an_entry_takes_its_own_comments_and_no_others() {
        let text = "{\n  \"a\": 1, // a\n  // b\n  \"b\": 2, // behind b\n\n  // nobody's\n\n  \"c\": 3 // c\n}";
        let left = "{\n  \"a\": 1, // a\n\n  // nobody's\n\n  \"c\": 3 // c\n}";
        assert_eq!(without(text, "b"), left);
        let left = "{\n  \"a\": 1, // a\n  // b\n  \"b\": 2 // behind b\n\n  // nobody's\n\n}";
        assert_eq!(without(text, "c"), left);
    }
}
