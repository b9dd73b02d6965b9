//! Where keys and values stand in a YAML file: the events of a strict parser made into a tree.

use super::super::{
    document::Kind,
    error::EditError,
    line_end::mark_length,
    tree::{Id, Layout, Node, Tree},
};
use crate::model::route::{Route, Segment};
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    rc::Rc,
};

const FLOW_DEPTH_MAX: usize = 64;
const BLOCK_DEPTH_MAX: usize = 100;

/// Locates the only document of a file. A route does not say which of several it refers to, so a
/// file with several is refused rather than its first one changed.
pub fn locate(text: &Rc<str>) -> Result<Tree, EditError> {
    if let Some(at) = lone_return(text) {
        return Err(EditError::at(
            text,
            at,
            "a carriage return stands here alone, where YAML ends a line and editors show none",
            "take it out, or put a line feed behind it",
        ));
    }
    let mut options = granit_parser::options! {
        emit_anchor_events: true,
        flow_nesting_limit: FLOW_DEPTH_MAX,
        block_nesting_limit: BLOCK_DEPTH_MAX,
    };
    options.set_emit_comments(false);
    // The parser drops a byte order mark and is inconsistent about counting it, so it gets the text
    // without the mark.
    let skipped = mark_length(text);
    let mut build = Build::new(text, skipped);
    for next in Parser::new_from_str_with_options(&text[skipped..], options) {
        let (event, span) = next.map_err(|error| unreadable(text, skipped, &error))?;
        build.take(event, span)?;
    }
    Ok(build.finish())
}

/// Finds a CR without an LF, which the code here would not take for a line end.
fn lone_return(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut returns = text.match_indices('\r');
    returns.find_map(|(at, _)| (bytes.get(at + 1) != Some(&b'\n')).then_some(at))
}

fn unreadable(text: &str, skipped: usize, error: &ScanError) -> EditError {
    let at = error
        .marker()
        .byte_offset()
        .map_or(text.len(), |at| at + skipped);
    let why = format!("the file is not YAML: {}", error.info());
    EditError::at(text, at, why, "fix the file by hand, then start again")
}

/// A collection that is open, and the key that waits for its value.
struct Frame {
    id: Id,
    key: Option<Key>,
    /// Keys that are no scalars are skipped with all that is in them.
    start: usize,
}

struct Key {
    text: String,
    span: Range<usize>,
}

struct Build<'t> {
    text: &'t str,
    skipped: usize,
    tree: Tree,
    open: Vec<Frame>,
    anchors: HashMap<usize, Id>,
    /// The names of the anchors: aliases are identified by name.
    names: HashSet<String>,
    last: Option<Id>,
    /// Where the last token ended; the properties of the next node are searched from there.
    behind: usize,
    ended: bool,
}

impl<'t> Build<'t> {
    fn new(text: &'t Rc<str>, skipped: usize) -> Self {
        Self {
            text,
            skipped,
            tree: Tree::new(Rc::clone(text)),
            open: Vec::new(),
            anchors: HashMap::new(),
            names: HashSet::new(),
            last: None,
            behind: skipped,
            ended: false,
        }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or(0..0);
        range.start + self.skipped..range.end + self.skipped
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), EditError> {
        let range = self.range(&span);
        match event {
            Event::DocumentStart(..) if self.ended => {
                return Err(EditError::at(
                    self.text,
                    range.start,
                    "a second YAML document begins here, and no rule can say which one it means",
                    "split the file, or change it by hand",
                ));
            }
            Event::DocumentStart(true, _) => self.behind = self.behind.max(range.end),
            Event::DocumentEnd => self.ended = true,
            Event::Anchor(id, name) => self.anchor(id, &name, range.start)?,
            Event::Scalar(..) if range.is_empty() && self.key_is_due() => {
                return Err(EditError::at(
                    self.text,
                    range.start,
                    "a key of this map has no name",
                    "give it one, or edit this file by hand",
                ));
            }
            Event::Scalar(_, _, anchor, ref tag)
                if self.key_is_due() && (anchor != 0 || tag.is_some()) =>
            {
                return Err(EditError::at(
                    self.text,
                    range.start,
                    "a key of this map has an anchor or a tag",
                    "take it away, or edit this file by hand",
                ));
            }
            Event::Scalar(decoded, style, _, tag) => {
                let range = self.scalar_range(range, style);
                let tag = tag.map(|tag| tag.original());
                self.scalar(&decoded, style, range, tag.as_deref())?;
            }
            Event::Alias(anchor) => self.alias(anchor, range)?,
            Event::SequenceStart(style, ..) => self.start(Kind::List, style, range)?,
            Event::MappingStart(style, ..) => self.start(Kind::Map, style, range)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(range),
            _ => {}
        }
        Ok(())
    }

    /// The range of a scalar: a block scalar without trailing line ends, an empty one at its key.
    fn scalar_range(&self, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
        if range.is_empty() {
            return self.behind_props()..self.behind_props();
        }
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                // The parser counts from the first line of the text; the value begins at its `|`.
                let start = self.block_scalar();
                start..start + self.text[start..range.end].trim_end().len()
            }
            _ => range,
        }
    }

    /// Where the `|` or `>` of the next value stands.
    fn block_scalar(&self) -> usize {
        let mut at = self.after_indicator();
        loop {
            let behind = self.past_props(self.past_comments(at));
            // The indicator of a complex key.
            let behind = behind + usize::from(self.text[behind..].starts_with('?'));
            if behind == at {
                return at;
            }
            at = behind;
        }
    }

    /// Where an empty value would stand: after the colon or dash, and after its properties.
    fn behind_props(&self) -> usize {
        self.past_props(self.after_indicator())
    }

    /// The offset after an anchor and a tag, if they are here, on this line.
    fn past_props(&self, from: usize) -> usize {
        let mut at = from;
        let bytes = self.text.as_bytes();
        loop {
            let blank =
                self.text[at..].len() - self.text[at..].trim_start_matches([' ', '\t']).len();
            match bytes.get(at + blank) {
                Some(b'&' | b'!') => {
                    let word = &self.text[at + blank..];
                    let end = word.find(|c: char| c.is_whitespace() || ",]}".contains(c));
                    at += blank + end.unwrap_or(word.len());
                }
                _ => return at,
            }
        }
    }

    /// The offset after the `:` of the waiting key, or the `-` of the item.
    fn after_indicator(&self) -> usize {
        let wanted = match self.open.last() {
            Some(frame) if frame.key.is_some() => ':',
            Some(frame) if self.tree.nodes[frame.id].layout == Layout::Block => '-',
            _ => return self.behind,
        };
        let at = self.past_comments(self.behind);
        match self.text[at..].starts_with(wanted) {
            true => at + 1,
            false => self.behind,
        }
    }

    /// The next word, past blanks, line ends and comments.
    fn past_comments(&self, from: usize) -> usize {
        let mut at = from;
        for line in self.text[from..].split_inclusive('\n') {
            let code = line.trim_start();
            if !code.is_empty() && !code.starts_with('#') {
                return at + line.len() - code.len();
            }
            at += line.len();
        }
        at
    }

    fn scalar(
        &mut self,
        decoded: &str,
        style: ScalarStyle,
        range: Range<usize>,
        tag: Option<&str>,
    ) -> Result<(), EditError> {
        if self.key_is_due() {
            self.behind = range.end;
            let frame = self.open.last_mut().expect("a key is due only in a map");
            frame.key = Some(Key {
                text: decoded.to_owned(),
                span: range,
            });
            return Ok(());
        }
        let id = self.place(Node::new(Kind::Scalar, Layout::Flow, range.clone()))?;
        let data = match (style, tag) {
            (ScalarStyle::Plain, None) => super::scalar::resolve(decoded),
            (_, Some(tag)) => Value::String(super::tagged(tag, decoded)),
            (_, None) => Value::String(decoded.to_owned()),
        };
        self.tree.say(id, &data);
        self.behind = range.end;
        Ok(())
    }

    fn anchor(&mut self, id: usize, name: &str, at: usize) -> Result<(), EditError> {
        if !self.names.insert(name.to_owned()) {
            return Err(EditError::at(
                self.text,
                at,
                format!(
                    "the anchor `&{name}` is there twice: `*{name}` means now one, now the other"
                ),
                "give one of the two another name by hand",
            ));
        }
        if let Some(node) = self.last {
            self.anchors.insert(id, node);
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), EditError> {
        let name = self.text[range.clone()].to_owned();
        if self.key_is_due() {
            self.behind = range.end;
            let frame = self.open.last_mut().expect("a key is due only in a map");
            frame.key = Some(Key {
                text: super::alias_mark(&name),
                span: range,
            });
            return Ok(());
        }
        let target = self.anchors.get(&anchor).copied();
        if let Some(target) = target
            && self.open.iter().any(|frame| frame.id == target)
        {
            let why = format!("`{name}` stands inside of what it stands for");
            return Err(EditError::at(
                self.text,
                range.start,
                why,
                "take the cycle out by hand",
            ));
        }
        let id = self.place(Node::new(Kind::Alias, Layout::Flow, range.clone()))?;
        self.tree.say(id, &Value::String(super::alias_mark(&name)));
        if let Some(target) = target {
            self.tree.point(id, target);
        }
        self.behind = range.end;
        Ok(())
    }

    fn key_is_due(&self) -> bool {
        let map = |frame: &Frame| self.tree.nodes[frame.id].kind == Kind::Map;
        self.open
            .last()
            .is_some_and(|frame| map(frame) && frame.key.is_none())
    }

    fn start(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        range: Range<usize>,
    ) -> Result<(), EditError> {
        if self.key_is_due() {
            let why = "a key of this map is itself a map or a list";
            return Err(EditError::at(
                self.text,
                range.start,
                why,
                "edit this file by hand",
            ));
        }
        let layout = match style {
            StructureStyle::Block => Layout::Block,
            _ => Layout::Flow,
        };
        let node = Node::new(kind, layout, range.clone());
        let id = self.place(node)?;
        self.open.push(Frame {
            id,
            key: None,
            start: range.start,
        });
        if layout == Layout::Flow {
            self.behind = range.start + 1;
        }
        Ok(())
    }

    fn end(&mut self, range: Range<usize>) {
        let Some(frame) = self.open.pop() else { return };
        let node = &self.tree.nodes[frame.id];
        let (start, end) = match (node.layout, node.children.first(), node.children.last()) {
            (Layout::Block, Some(&first), Some(&last)) => (
                self.tree.nodes[first].entry().start,
                self.tree.nodes[last].entry().end,
            ),
            _ => (frame.start, range.end),
        };
        let node = &mut self.tree.nodes[frame.id];
        node.set_value(start..end);
        let from = match node.parent() {
            Some(_) => node.entry().start,
            None => start,
        };
        node.set_entry(from..end);
        self.behind = end;
    }

    /// Puts a node below the open collection, with its key or dash and its properties.
    fn place(&mut self, mut node: Node) -> Result<Id, EditError> {
        let after = self.after_indicator();
        let value = node.value();
        let props = props_in(self.text, after..value.start.max(after));
        // The first dash of a list comes after the anchor of the list.
        let behind = props.as_ref().map_or(after, |props| props.end);
        let props = props.unwrap_or(value.start..value.start);
        let mut entry = props.start.min(value.start)..value.end.max(props.end);
        node.set_props(props);
        let parent = self.open.last().map(|frame| frame.id);
        let mut step = None;
        if let Some(frame) = self.open.last_mut() {
            if let Some(key) = frame.key.take() {
                entry = key.span.start..entry.end.max(after);
                node.set_key(key.span);
                step = Some(Segment::Key(key.text));
            } else {
                let list = &self.tree.nodes[frame.id];
                step = Some(Segment::Index(list.children.len()));
                if list.layout == Layout::Block {
                    entry = after - 1..entry.end.max(after);
                }
            }
        }
        self.behind = self.behind.max(behind);
        let at = entry.start;
        node.set_entry(entry);
        let id = self.tree.add(parent, step, node).map_err(|step| {
            let key = Route(vec![step]);
            let why = format!("the key `{key}` is there twice");
            EditError::at(self.text, at, why, "take one of the two out by hand")
        })?;
        self.last = Some(id);
        Ok(id)
    }

    /// A file without any value has a null at its end, where the first entry will stand.
    fn finish(mut self) -> Tree {
        if self.tree.nodes.is_empty() {
            let end = self.text.len();
            let node = Node::new(Kind::Scalar, Layout::Flow, end..end);
            self.tree.add(None, None, node).expect("the top has no key");
        }
        self.tree
    }
}

/// Anchors and tags in a stretch that holds nothing else but blanks and comments.
fn props_in(text: &str, stretch: Range<usize>) -> Option<Range<usize>> {
    let mut found: Option<Range<usize>> = None;
    let mut at = stretch.start;
    while at < stretch.end {
        let rest = &text[at..stretch.end];
        let first = rest.chars().next()?;
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        match first {
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            '&' | '!' => {
                let start = found.map_or(at, |found| found.start);
                found = Some(start..at + word);
                at += word;
            }
            _ => at += first.len_utf8(),
        }
    }
    found
}
