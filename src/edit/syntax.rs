//! What a format has to know so that the operations can be written once.

use super::{
    error::EditError,
    line_end::{self, BYTE_ORDER_MARK},
    splice::Splice,
    tree::{Id, Node, Tree},
};
use serde_json::Value;
use std::{ops::Range, rc::Rc};

/// A text with its tree.
pub struct File<'t> {
    pub text: &'t str,
    pub tree: &'t Tree,
    pub eol: &'static str,
    /// What begins a comment to the end of the line.
    pub comment: &'static str,
}

/// What an inserted entry holds.
#[derive(Clone, Copy)]
pub enum Content<'v> {
    Value(&'v Value),
    /// An entry from elsewhere with its comments, as lines without their old indent; they contain
    /// the last of `keys`.
    Lines(&'v [String]),
}

/// A new entry below a container. `keys` are the missing keys on the way, the entry's own last;
/// empty for a list item. `nth` counts what the same batch has already put there.
pub struct New<'v> {
    pub keys: &'v [String],
    pub content: Content<'v>,
    pub nth: usize,
}

/// What writes one change, or why it cannot be written.
pub type Spliced = Result<Vec<Splice>, EditError>;

pub trait Syntax: std::fmt::Debug {
    fn locate(&self, text: &Rc<str>) -> Result<Tree, EditError>;
    /// The data as a reader that is not the locator sees it, each alias as `Tree::data` names it.
    fn data(&self, tree: &Tree) -> Result<Value, EditError>;
    /// What begins a comment to the end of the line.
    fn comment(&self) -> &'static str;
    fn replace(&self, file: &File, id: Id, value: &Value) -> Spliced;
    fn insert(&self, file: &File, parent: Id, new: &New) -> Spliced;
    fn remove(&self, file: &File, id: Id) -> Spliced;
    fn rename(&self, file: &File, id: Id, to: &str) -> Spliced;
    /// The entry as lines that `insert` can put elsewhere under these keys, the last of which they
    /// contain; `None` if only its data can be moved.
    fn carry(&self, file: &File, id: Id, to: Id, keys: &[String]) -> Option<Vec<String>>;
}

impl<'t> File<'t> {
    pub fn new(syntax: &dyn Syntax, tree: &'t Tree) -> Self {
        let text = &*tree.text;
        Self {
            text,
            tree,
            eol: line_end::of(text),
            comment: syntax.comment(),
        }
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.tree.nodes[id]
    }

    pub fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The offset of the line's end, before the LF or CRLF.
    pub fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |n| at + n);
        let crlf = end < self.text.len() && self.text[at..end].ends_with('\r');
        if crlf { end - 1 } else { end }
    }

    /// The start of the line after, or the end of the text.
    pub fn next_line(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |n| at + n + 1)
    }

    pub fn line(&self, at: usize) -> &'t str {
        &self.text[self.line_start(at)..self.line_end(at)]
    }

    /// What stands before it on its line; a byte order mark does not count.
    pub fn before(&self, at: usize) -> &'t str {
        self.text[self.line_start(at)..at].trim_start_matches(BYTE_ORDER_MARK)
    }

    pub fn starts_line(&self, at: usize) -> bool {
        self.before(at).trim().is_empty()
    }

    pub fn column(&self, at: usize) -> usize {
        self.before(at).chars().count()
    }

    /// The lines of an entry with its comments above and after it. A last line without a line end
    /// includes the line end before it, so that the text still has none.
    pub fn lines_of(&self, entry: &Range<usize>) -> Range<usize> {
        self.cut(self.whole_lines(entry))
    }

    /// The same lines, without such an adjustment.
    pub fn whole_lines(&self, entry: &Range<usize>) -> Range<usize> {
        self.comment_above(entry.start)..self.next_line(entry.end)
    }

    /// What to remove for whole lines: for a last one without a line end also the line end before
    /// it, so that the remaining text has none either.
    pub fn cut(&self, lines: Range<usize>) -> Range<usize> {
        let unfinished = lines.end == self.text.len() && !self.text.ends_with('\n');
        if unfinished && let Some(before) = self.text[..lines.start].strip_suffix('\n') {
            return before.strip_suffix('\r').unwrap_or(before).len()..lines.end;
        }
        lines
    }

    /// Inserts whole lines at a line's start, or after a last line without a line end.
    pub fn insert_lines(&self, at: usize, lines: &[String], depth: usize) -> Splice {
        let unfinished = at == self.text.len() && line_end::is_open(self.text);
        let mut with = String::new();
        for line in lines {
            if unfinished {
                with.push_str(self.eol);
            }
            with.push_str(line);
            if !unfinished {
                with.push_str(self.eol);
            }
        }
        Splice::insert(at, with, depth)
    }

    pub fn refuse(&self, at: usize, why: impl Into<String>, cure: impl Into<String>) -> EditError {
        EditError::at(self.text, at, why, cure)
    }
}
