//! Headers and what stands below them: where entries and sections begin and end, go and come.

use super::{Toml, no_null, print};
use crate::{
    edit::{
        document::Kind,
        error::EditError,
        line_end::BYTE_ORDER_MARK,
        splice::Splice,
        syntax::{Content, File, New, Spliced},
        tree::{Id, Layout},
    },
    model::route::Segment,
};
use serde_json::Value;
use std::{cmp::Reverse, ops::Range};

impl Toml {
    pub(super) fn path(
        &self,
        file: &File,
        id: Id,
        more: &[String],
    ) -> Result<Vec<String>, EditError> {
        let mut keys = Vec::new();
        for segment in file.tree.route(id).0 {
            match segment {
                Segment::Key(key) => keys.push(key),
                // A header below a list of tables means its last item.
                Segment::Index(_) | Segment::Find { .. } if self.in_last_item(file, id) => {}
                Segment::Index(_) | Segment::Find { .. } => {
                    return Err(file.refuse(
                        file.node(id).entry().start,
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
    pub(super) fn last_key(&self, file: &File, id: Id) -> usize {
        let node = file.node(id);
        let keys = file.tree.keys(id);
        keys.last().map_or(node.entry().start, |key| key.start)
    }

    pub(super) fn in_last_item(&self, file: &File, id: Id) -> bool {
        let mut chain = std::iter::once(id).chain(file.tree.ancestors(id));
        chain.all(|id| match file.node(id).parent() {
            Some(parent) if file.node(parent).kind == Kind::List => {
                file.node(parent).children.last() == Some(&id)
            }
            _ => true,
        })
    }

    pub(super) fn has_headers(&self, file: &File, id: Id) -> bool {
        let below = |id: &Id| file.node(*id).layout == Layout::Table && self.has_headers(file, *id);
        !file.tree.sections(id).is_empty() || file.node(id).children.iter().any(below)
    }

    /// Adds lines to a table itself: after its last entry, or after its header.
    pub(super) fn lines(&self, file: &File, id: Id, lines: &[String]) -> Spliced {
        let node = file.node(id);
        let depth = file.tree.depth(id) + 1;
        if id == 0 && file.tree.sections(0)[0].is_empty() {
            return Ok(vec![self.first_lines(file, lines)]);
        }
        let own = |child: &&Id| !self.has_headers(file, **child);
        let last = node
            .children
            .iter()
            .rev()
            .find(own)
            .map(|&child| file.node(child).entry());
        let end = match (file.tree.sections(id).first(), &last) {
            (Some(section), _) => section.end,
            (None, Some(last)) => last.end,
            (None, None) => {
                let mut with = vec![format!("[{}]", print::path(&self.path(file, id, &[])?))];
                with.extend_from_slice(lines);
                return Ok(vec![self.sections(file, id, &with)]);
            }
        };
        let sample = last.filter(|last| file.starts_line(last.start));
        let indent = sample.map_or("", |last| file.before(last.start));
        let indented: Vec<_> = lines.iter().map(|line| format!("{indent}{line}")).collect();
        let at = self.behind_comments(file, end);
        Ok(vec![file.insert_lines(at, &indented, depth)])
    }

    /// Adds top-level entries before any header, in a file that has none yet.
    pub(super) fn first_lines(&self, file: &File, lines: &[String]) -> Splice {
        let sections = (1..file.tree.nodes.len()).flat_map(|id| file.tree.sections(id));
        let first = sections.map(|section| section.start).min();
        let at = first.map_or(file.text.len(), |at| file.comment_above(at));
        let mut lines = lines.to_vec();
        if first.is_some() {
            lines.push(String::new());
        }
        file.insert_lines(at, &lines, 1)
    }

    /// The offset after directly following comments, unless they belong to what comes next.
    pub(super) fn behind_comments(&self, file: &File, end: usize) -> usize {
        let start = file.next_line(end);
        let mut at = start;
        while at < file.text.len() && file.line(at).trim_start().starts_with('#') {
            at = file.next_line(at);
        }
        let free = at == file.text.len() || file.line(at).trim().is_empty();
        if free { at } else { start }
    }

    /// Adds new sections after everything that belongs to the parent.
    pub(super) fn sections(&self, file: &File, parent: Id, lines: &[String]) -> Splice {
        let end = match parent {
            0 => file.text.trim_end().len(),
            _ => self.last_end(file, parent).unwrap_or(file.text.len()),
        };
        let at = self.behind_comments(file, end);
        let mut all = Vec::new();
        if !file.text[..at]
            .trim_matches(BYTE_ORDER_MARK)
            .trim()
            .is_empty()
        {
            all.push(String::new());
        }
        all.extend_from_slice(lines);
        file.insert_lines(at, &all, file.tree.depth(parent))
    }

    pub(super) fn last_end(&self, file: &File, id: Id) -> Option<usize> {
        let node = file.node(id);
        let below = node
            .children
            .iter()
            .filter(|id| file.node(**id).layout == Layout::Table);
        let below = below.filter_map(|&id| self.last_end(file, id));
        let sections = file.tree.sections(id).iter();
        sections.map(|section| section.end).chain(below).max()
    }

    pub(super) fn append_table(&self, file: &File, list: Id, new: &New) -> Spliced {
        let node = file.node(list);
        let Content::Value(value @ Value::Object(_)) = new.content else {
            return Err(file.refuse(
                node.entry().start,
                "an item of this list is a table",
                "append a map",
            ));
        };
        let path = self.path(file, list, &[])?;
        let mut lines =
            print::section(&path, value).map_err(|_| no_null(file, node.entry().start))?;
        let header = format!("[{}]", print::path(&path));
        match lines.first_mut() {
            Some(first) if *first == header => *first = format!("[{header}]"),
            _ => lines.insert(0, format!("[{header}]")),
        }
        Ok(vec![self.sections(file, list, &lines)])
    }

    /// The lines of an entry, or of all sections and dotted keys of a table, from the top down.
    fn lines_below(&self, file: &File, id: Id) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        self.collect_below(file, id, &mut all);
        all.sort_by_key(|range| (range.start, Reverse(range.end)));
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for range in all {
            // An entry below a header stands among the lines of its section.
            if ranges.last().is_none_or(|last| last.end < range.end) {
                ranges.push(range);
            }
        }
        ranges
    }

    fn collect_below(&self, file: &File, id: Id, ranges: &mut Vec<Range<usize>>) {
        let node = file.node(id);
        if node.layout == Layout::Flow {
            ranges.push(file.whole_lines(&node.entry()));
            return;
        }
        for section in file.tree.sections(id) {
            let start = file.comment_above(section.start);
            let mut end = file.next_line(section.end);
            let blank = |at: usize| at < file.text.len() && file.line(at).trim().is_empty();
            while blank(end) {
                end = file.next_line(end);
            }
            ranges.push(start..end);
        }
        for &child in &node.children {
            self.collect_below(file, child, ranges);
        }
    }

    /// The same as removable ranges: adjacent ones are joined.
    pub(super) fn cut_below(&self, file: &File, id: Id) -> Vec<Range<usize>> {
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in self.lines_below(file, id) {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        joined.into_iter().map(|lines| file.cut(lines)).collect()
    }

    /// The sections of a table as they are, with headers that lead to the new place.
    pub(super) fn carry_sections(
        &self,
        file: &File,
        id: Id,
        to: Id,
        keys: &[String],
    ) -> Option<Vec<String>> {
        let mut path: Vec<String> = self.path(file, to, &[]).ok()?;
        path.extend_from_slice(keys);
        let ranges = self.lines_below(file, id);
        let written = file.tree.keys(id);
        if written.len() < ranges.len() {
            return None;
        }
        let mut lines = Vec::new();
        for range in ranges {
            let key = written.iter().find(|key| range.contains(&key.start))?;
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
