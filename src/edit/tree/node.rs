//! One key, item or value of a file. There may be tens of thousands, so a node stores nothing that
//! the text holds; only the tree can resolve its texts.

use super::{Id, Kind};
use serde_json::Number;
use std::ops::Range;

/// How a node's own text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One line or more for each child, by indent.
    Block,
    /// In brackets, with commas. Scalars count as this too.
    Flow,
    /// A TOML table that headers or dotted keys make.
    Table,
}

/// A byte range in half the memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self {
            start: small(range.start),
            end: small(range.end),
        }
    }
}

/// Where a key's or a scalar's words are: mostly in the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Words {
    AsWritten,
    BetweenQuotes,
    /// It is written differently there; the tree keeps the decoded text at this index.
    Kept(u32),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Top,
    Item(u32),
    Key(Words),
}

#[derive(Clone, Debug)]
pub(super) enum Said {
    Null,
    Bool(bool),
    Number(Number),
    Text(Words),
}

#[derive(Clone, Debug)]
pub struct Node {
    pub(super) parent: Option<u32>,
    pub(super) step: Step,
    pub kind: Kind,
    pub layout: Layout,
    pub(super) key: Option<Span>,
    entry: Span,
    props: Span,
    pub(super) value: Span,
    pub children: Vec<Id>,
    pub(super) said: Said,
}

impl Node {
    pub fn new(kind: Kind, layout: Layout, value: Range<usize>) -> Self {
        Self {
            parent: None,
            step: Step::Top,
            kind,
            layout,
            key: None,
            entry: value.clone().into(),
            props: (value.start..value.start).into(),
            value: value.into(),
            children: Vec::new(),
            said: Said::Null,
        }
    }

    pub fn parent(&self) -> Option<Id> {
        self.parent.map(|id| id as Id)
    }

    pub fn is_item(&self) -> bool {
        matches!(self.step, Step::Item(_))
    }

    /// Where its key is written; of a TOML table, where it is written first.
    pub fn key(&self) -> Option<Range<usize>> {
        self.key.map(Span::range)
    }

    /// From the key or the dash to the end of the value.
    pub fn entry(&self) -> Range<usize> {
        self.entry.range()
    }

    /// Anchor and tag, before the value; empty if there are none.
    pub fn props(&self) -> Range<usize> {
        self.props.range()
    }

    pub fn value(&self) -> Range<usize> {
        self.value.range()
    }

    pub fn set_key(&mut self, key: Range<usize>) {
        self.key = Some(key.into());
    }

    pub fn set_entry(&mut self, entry: Range<usize>) {
        self.entry = entry.into();
    }

    pub fn set_props(&mut self, props: Range<usize>) {
        self.props = props.into();
    }

    pub fn set_value(&mut self, value: Range<usize>) {
        self.value = value.into();
    }

    pub fn is_container(&self) -> bool {
        match self.kind {
            Kind::Map | Kind::List => true,
            Kind::Scalar | Kind::Alias => false,
        }
    }

    /// Whether it has no scalar value: a null, or a container.
    pub fn is_null(&self) -> bool {
        matches!(self.said, Said::Null)
    }

    pub fn has_anchor(&self, text: &str) -> bool {
        text[self.props()].contains('&')
    }
}

pub(super) fn small(at: usize) -> u32 {
    u32::try_from(at).expect("`TEXT_FILE` is far below this")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_takes_no_more_room_than_it_needs() {
        assert!(size_of::<Node>() <= 96, "{}", size_of::<Node>());
    }
}
