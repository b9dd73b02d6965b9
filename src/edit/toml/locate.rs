//! Where keys and values stand in a TOML file: every header, every dotted key, every bracket.
//!
//! Reads only what `toml_edit` has accepted, so it need not judge: it finds ends.

use super::super::{
    document::Kind,
    error::EditError,
    line_end::mark_length,
    tree::{Id, Layout, Node, Tree},
};
use crate::model::route::Segment;
use std::{ops::Range, rc::Rc};

pub struct Locator<'t> {
    text: &'t str,
    at: usize,
    pub tree: Tree,
}

/// One part of a dotted key.
struct Part {
    text: String,
    span: Range<usize>,
}

impl<'t> Locator<'t> {
    pub fn new(text: &'t Rc<str>) -> Self {
        let at = mark_length(text);
        let mut tree = Tree::new(Rc::clone(text));
        let top = tree.add(None, None, Node::new(Kind::Map, Layout::Table, at..at));
        top.expect("the top has no key");
        tree.table_mut(0).sections.push(at..at);
        Self { text, at, tree }
    }

    pub fn run(mut self) -> Result<Tree, EditError> {
        let mut table = 0;
        loop {
            self.skip_blank(true);
            let start = self.at;
            match self.peek() {
                None => return Ok(self.tree),
                Some(b'[') => table = self.header()?,
                Some(_) => {
                    self.pair(table, Layout::Table)?;
                    let end = self.at;
                    let section = self.tree.table_mut(table).sections.last_mut();
                    let section =
                        section.expect("the open table has the section that its header began");
                    section.end = end;
                }
            }
            if self.at == start {
                return Err(self.lost());
            }
        }
    }

    fn lost(&self) -> EditError {
        EditError::at(
            self.text,
            self.at,
            "the end of this value was not found",
            "edit this file by hand",
        )
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips blanks and comments; with `lines`, also line ends.
    fn skip_blank(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\n' | b'\r' if lines => self.at += 1,
                b'#' if lines => {
                    self.at += self.text[self.at..]
                        .find('\n')
                        .unwrap_or(self.text.len() - self.at)
                }
                _ => break,
            }
        }
    }

    fn header(&mut self) -> Result<Id, EditError> {
        let start = self.at;
        let list = self.text[self.at..].starts_with("[[");
        self.at += if list { 2 } else { 1 };
        let parts = self.dotted();
        self.at += if list { 2 } else { 1 };
        let section = start..self.at.min(self.text.len());
        let Some((last, above)) = parts.split_last() else {
            return Err(self.lost());
        };
        let mut table = 0;
        for part in above {
            table = self.table(table, part)?;
            // A header refers to the last item of a list of tables.
            if self.tree.nodes[table].kind == Kind::List {
                let item = self.tree.nodes[table].children.last().copied();
                table = item.ok_or_else(|| self.lost())?;
            }
        }
        let id = if list {
            self.item(table, last, &section)?
        } else {
            self.table(table, last)?
        };
        if self.tree.sections(id).is_empty() {
            self.tree.nodes[id].set_entry(section.clone());
        }
        self.tree.table_mut(id).sections.push(section);
        Ok(id)
    }

    /// The table under a key, created if missing; either way this place of the key is recorded.
    fn table(&mut self, parent: Id, part: &Part) -> Result<Id, EditError> {
        let id = match self.tree.child(parent, &part.text) {
            Some(id) => id,
            None => {
                let node = Node::new(Kind::Map, Layout::Table, part.span.clone());
                self.add(parent, Some(part), node)?
            }
        };
        self.tree.table_mut(id).keys.push(part.span.clone());
        Ok(id)
    }

    fn item(&mut self, parent: Id, part: &Part, section: &Range<usize>) -> Result<Id, EditError> {
        let list = match self.tree.child(parent, &part.text) {
            Some(list) => list,
            None => {
                let node = Node::new(Kind::List, Layout::Table, section.clone());
                self.add(parent, Some(part), node)?
            }
        };
        self.tree.table_mut(list).keys.push(part.span.clone());
        let node = Node::new(Kind::Map, Layout::Table, section.clone());
        self.add(list, None, node)
    }

    /// An entry under a key, or the next item of a list.
    fn add(&mut self, parent: Id, key: Option<&Part>, mut node: Node) -> Result<Id, EditError> {
        let at = node.entry().start;
        let step = match key {
            Some(part) => {
                node.set_key(part.span.clone());
                Segment::Key(part.text.clone())
            }
            None => Segment::Index(self.tree.nodes[parent].children.len()),
        };
        let id = self.tree.add(Some(parent), Some(step), node);
        id.map_err(|_| {
            EditError::at(
                self.text,
                at,
                "this key is there twice",
                "take one of the two out by hand",
            )
        })
    }

    /// `a.b.c = value`: the last part is an entry, those above are tables.
    fn pair(&mut self, mut table: Id, layout: Layout) -> Result<(), EditError> {
        let start = self.at;
        let parts = self.dotted();
        let Some((last, above)) = parts.split_last() else {
            return Err(self.lost());
        };
        for part in above {
            table = self.table(table, part)?;
            self.tree.nodes[table].layout = layout;
        }
        self.skip_blank(false);
        let sign = self.at;
        if self.peek() == Some(b'=') {
            self.at += 1;
            self.skip_blank(false);
        }
        // Some readers accept a key, its `=` and its value on several lines; no writer does that.
        if self.at == sign || matches!(self.peek(), None | Some(b'\n' | b'\r')) {
            return Err(EditError::at(
                self.text,
                start,
                "this key and its value do not stand on one line",
                "put them on one line by hand",
            ));
        }
        let id = self.value(table, Some(last))?;
        let end = self.at;
        self.tree.nodes[id].set_entry(start..end);
        // A table of dotted keys reaches from its first entry to its last.
        for _ in above {
            let node = &mut self.tree.nodes[table];
            node.set_entry(node.entry().start.min(start)..end);
            table = node
                .parent()
                .expect("a dotted key stands below the table it begins in");
        }
        Ok(())
    }

    fn dotted(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        loop {
            self.skip_blank(false);
            let start = self.at;
            match self.peek() {
                Some(b'"' | b'\'') => self.string(),
                _ => {
                    let word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
                    let rest = &self.text[self.at..];
                    self.at += rest.find(|c| !word(c)).unwrap_or(rest.len());
                }
            }
            if self.at == start {
                return parts;
            }
            let written = &self.text[start..self.at];
            parts.push(Part {
                text: super::key_text(written),
                span: start..self.at,
            });
            self.skip_blank(false);
            if self.peek() != Some(b'.') {
                return parts;
            }
            self.at += 1;
        }
    }

    fn string(&mut self) {
        let rest = &self.text[self.at..];
        let quote = &rest[..1];
        let long = quote.repeat(3);
        let escapes = quote == "\"";
        let mut n = if rest.starts_with(&long) { 3 } else { 1 };
        let close = if n == 3 { long.as_str() } else { quote };
        while n < rest.len() && !rest[n..].starts_with(close) {
            let escaped = escapes && rest[n..].starts_with('\\');
            if escaped {
                n += 1;
            }
            n += rest[n..].chars().next().map_or(1, char::len_utf8);
        }
        n = (n + close.len()).min(rest.len());
        // Up to two quotes may stand directly before the closing three.
        while close.len() == 3 && rest[n..].starts_with(quote) {
            n += 1;
        }
        self.at += n;
    }

    fn value(&mut self, parent: Id, key: Option<&Part>) -> Result<Id, EditError> {
        let start = self.at;
        match self.peek() {
            Some(b'[') => self.brackets(parent, key, Kind::List, b']'),
            Some(b'{') => self.brackets(parent, key, Kind::Map, b'}'),
            Some(b'"' | b'\'') => {
                self.string();
                self.scalar(parent, key, start)
            }
            _ => {
                let rest = &self.text[self.at..];
                let end = rest
                    .find([',', ']', '}', '#', '\n', '\r'])
                    .unwrap_or(rest.len());
                self.at += rest[..end].trim_end().len();
                self.scalar(parent, key, start)
            }
        }
    }

    fn scalar(&mut self, parent: Id, key: Option<&Part>, start: usize) -> Result<Id, EditError> {
        let node = Node::new(Kind::Scalar, Layout::Flow, start..self.at);
        let id = self.add(parent, key, node)?;
        self.tree
            .say(id, &super::scalar(&self.text[start..self.at]));
        Ok(id)
    }

    fn brackets(
        &mut self,
        parent: Id,
        key: Option<&Part>,
        kind: Kind,
        close: u8,
    ) -> Result<Id, EditError> {
        let start = self.at;
        let id = self.add(parent, key, Node::new(kind, Layout::Flow, start..start + 1))?;
        self.at += 1;
        loop {
            self.skip_blank(true);
            match self.peek() {
                None => return Err(self.lost()),
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => break,
                Some(_) if kind == Kind::Map => self.pair(id, Layout::Flow)?,
                Some(_) => {
                    self.value(id, None)?;
                }
            }
        }
        self.at += 1;
        let node = &mut self.tree.nodes[id];
        node.set_value(start..self.at);
        node.set_entry(node.entry().start..self.at);
        Ok(id)
    }
}
