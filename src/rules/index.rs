//! Where each key and value of a rules file stands: byte ranges by route. Also enforces the rules
//! about form rather than vocabulary: one document of plain maps, lists and texts; no anchors,
//! aliases, tags, merge keys or duplicate keys; nothing deep or huge.

use super::diagnostic::Fault;
use crate::model::route::{Route, Segment};
use granit_parser::{Event, Parser, Span};
use std::{collections::BTreeMap, ops::Range};

const DEPTH_MAX: usize = 32;
const NODES_MAX: usize = 20_000;

#[derive(Clone, Debug, Default)]
pub struct Index {
    nodes: BTreeMap<Route, Node>,
}

#[derive(Clone, Debug)]
struct Node {
    /// None for items of a list and for the top.
    key: Option<Range<usize>>,
    value: Range<usize>,
    map: bool,
    /// The unquoted text, if this is a scalar.
    text: Option<String>,
}

impl Node {
    /// With its key, if it has one.
    fn entry(&self) -> Range<usize> {
        let start = self.key.as_ref().unwrap_or(&self.value).start;
        start..self.value.end.max(start)
    }
}

/// An entry of a map, with its key, or an item of a list, without its dash.
#[derive(Clone, Debug)]
pub struct Entry {
    pub bytes: Range<usize>,
    pub is_item: bool,
}

impl Index {
    /// What to mark for a route: its key, or its value if it is a list item. If the file does not
    /// have the route, its nearest ancestor.
    pub fn span(&self, route: &Route) -> Range<usize> {
        let mut route = route.clone();
        loop {
            if let Some(node) = self.nodes.get(&route) {
                return match &node.key {
                    Some(key) => key.clone(),
                    None => self.first_key(&route).unwrap_or(node.value.clone()),
                };
            }
            match route.parent() {
                Some(parent) => route = parent,
                None => return 0..0,
            }
        }
    }

    /// What to mark for the value at a route.
    pub fn value(&self, route: &Route) -> Range<usize> {
        match self.nodes.get(route) {
            Some(node) if !node.map => node.value.clone(),
            _ => self.span(route),
        }
    }

    /// Every scalar, as text.
    pub fn texts(&self) -> impl Iterator<Item = (&Route, &str)> {
        self.nodes
            .iter()
            .filter_map(|(route, node)| Some((route, node.text.as_deref()?)))
    }

    /// The scalar at a route, as text.
    pub fn text(&self, route: &Route) -> Option<&str> {
        self.nodes.get(route)?.text.as_deref()
    }

    pub fn has(&self, route: &Route) -> bool {
        self.nodes.contains_key(route)
    }

    /// The keys of the map at a route, sorted.
    pub fn keys(&self, map: &Route) -> impl Iterator<Item = &str> {
        let below = self.nodes.keys();
        below.filter_map(move |route| match route.0.split_last() {
            Some((Segment::Key(key), above)) if above == map.0.as_slice() => Some(key.as_str()),
            Some(_) | None => None,
        })
    }

    /// Every place that has this key.
    pub fn routes_of(&self, key: &str) -> impl Iterator<Item = &Route> {
        let is_it = move |segment: &Segment| matches!(segment, Segment::Key(k) if k == key);
        let all = self.nodes.keys();
        all.filter(move |route| route.last().is_some_and(is_it))
    }

    /// The innermost map that holds a byte.
    pub fn map_at(&self, byte: usize) -> Option<&Route> {
        self.nodes
            .iter()
            .filter(|(_, node)| node.map && node.value.start <= byte && byte < node.value.end)
            .max_by_key(|(route, _)| route.0.len())
            .map(|(route, _)| route)
    }

    /// The innermost entry of a map or list that holds a byte.
    pub fn entry_at(&self, byte: usize) -> Option<Entry> {
        let all = self.nodes.iter();
        let holding = all.filter(|(_, node)| node.entry().contains(&byte));
        let (route, _) = holding.max_by_key(|(route, _)| route.0.len())?;
        self.entry(route)
    }

    /// The entry at a route, or the one around it that would be left empty without it; `None` for the
    /// top, which is none.
    pub fn entry(&self, route: &Route) -> Option<Entry> {
        let parent = route.parent()?;
        let beside = |other: &Route| other != route && other.parent().as_ref() == Some(&parent);
        if !parent.0.is_empty() && !self.nodes.keys().any(beside) {
            return self.entry(&parent);
        }
        let node = self.nodes.get(route)?;
        Some(Entry {
            bytes: node.entry(),
            is_item: node.key.is_none(),
        })
    }

    /// The key of a map that stands first in the text.
    fn first_key(&self, map: &Route) -> Option<Range<usize>> {
        self.nodes
            .iter()
            .filter(|(route, _)| route.parent().as_ref() == Some(map))
            .filter_map(|(_, node)| node.key.clone())
            .min_by_key(|key| key.start)
    }
}

/// Reads a whole text.
pub fn read(text: &str) -> Result<Index, Fault> {
    let mut reader = Reader {
        text,
        index: Index::default(),
        open: Vec::new(),
        documents: 0,
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => reader.take(event, span)?,
            Err(error) => return Err(scan_fault(text, &error)),
        }
    }
    Ok(reader.index)
}

/// A map or list that has begun.
struct Open {
    route: Route,
    key: Option<Range<usize>>,
    start: usize,
    kind: Kind,
}

enum Kind {
    /// With the key whose value comes next.
    Map(Option<(String, Range<usize>)>),
    List(usize),
}

struct Reader<'t> {
    text: &'t str,
    index: Index,
    open: Vec<Open>,
    documents: usize,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let at = span.byte_range().unwrap_or(0..0);
        let marked = event.anchor_id().is_some_and(|id| id != 0) || event.tag().is_some();
        if marked || event.is_alias() {
            return Err(fault(
                at,
                "anchors, aliases and tags do not belong in rules",
                "not allowed here",
                "write the value out where it is used",
            ));
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(fault(
                        at,
                        "a second document in one file",
                        "starts here",
                        "remove the `---`: one file holds one document",
                    ));
                }
            }
            Event::Scalar(text, ..) if self.awaits_key() => self.key(&text, at)?,
            Event::Scalar(text, ..) => {
                let (route, key) = self.place(&at)?;
                let node = Node {
                    key,
                    value: at,
                    map: false,
                    text: Some(text.into_owned()),
                };
                self.put(route, node)?;
            }
            Event::MappingStart(..) => self.begin(at, Kind::Map(None))?,
            Event::SequenceStart(..) => self.begin(at, Kind::List(0))?,
            Event::MappingEnd | Event::SequenceEnd => self.end(at)?,
            // The parser's own enum may grow; the rest carries no node.
            _ => {}
        }
        Ok(())
    }

    fn awaits_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                kind: Kind::Map(None),
                ..
            })
        )
    }

    fn key(&mut self, key: &str, at: Range<usize>) -> Result<(), Fault> {
        if key == "<<" {
            return Err(fault(
                at,
                "merge keys do not belong in rules",
                "not allowed here",
                "write the entries out",
            ));
        }
        if let Some(open) = self.open.last_mut() {
            let route = open.route.at(key);
            if self.index.nodes.contains_key(&route) {
                return Err(fault(
                    at,
                    format!("the key `{key}` is given twice"),
                    "the second one",
                    "remove one of the two: which would win is not said",
                ));
            }
            open.kind = Kind::Map(Some((key.to_owned(), at)));
        }
        Ok(())
    }

    /// The route of the node that begins now, and its key's bytes.
    fn place(&mut self, at: &Range<usize>) -> Result<(Route, Option<Range<usize>>), Fault> {
        let Some(open) = self.open.last_mut() else {
            return Ok((Route::default(), None));
        };
        match &mut open.kind {
            Kind::Map(next) => match next.take() {
                Some((key, span)) => Ok((open.route.at(key), Some(span))),
                None => Err(fault(
                    at.clone(),
                    "a key must be plain text",
                    "not a text",
                    "write `name: value`",
                )),
            },
            Kind::List(items) => {
                let route = open.route.item(*items);
                *items += 1;
                Ok((route, None))
            }
        }
    }

    fn begin(&mut self, at: Range<usize>, kind: Kind) -> Result<(), Fault> {
        let (route, key) = self.place(&at)?;
        if self.open.len() >= DEPTH_MAX {
            return Err(fault(
                at,
                format!("nested more than {DEPTH_MAX} deep"),
                "too deep",
                "no rule needs that: look for a bracket that is not closed",
            ));
        }
        let map = matches!(kind, Kind::Map(_));
        let node = Node {
            key: key.clone(),
            value: at.clone(),
            map,
            text: None,
        };
        self.put(route.clone(), node)?;
        self.open.push(Open {
            route,
            key,
            start: at.start,
            kind,
        });
        Ok(())
    }

    fn end(&mut self, at: Range<usize>) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let map = matches!(open.kind, Kind::Map(_));
        let value = open.start..at.end.max(open.start);
        let node = Node {
            key: open.key,
            value,
            map,
            text: None,
        };
        self.put(open.route, node)
    }

    fn put(&mut self, route: Route, mut node: Node) -> Result<(), Fault> {
        if self.index.nodes.len() >= NODES_MAX {
            return Err(fault(
                node.value,
                format!("more than {NODES_MAX} entries in one file"),
                "too many",
                "split the file",
            ));
        }
        node.value.end = node.value.end.min(self.text.len());
        self.index.nodes.insert(route, node);
        Ok(())
    }
}

fn fault(
    span: Range<usize>,
    message: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Fault {
    Fault {
        span,
        message: message.into(),
        label: label.into(),
        help: Some(help.into()),
    }
}

fn scan_fault(text: &str, error: &granit_parser::ScanError) -> Fault {
    let mark = error.marker();
    let at = mark
        .byte_offset()
        .or_else(|| text.char_indices().nth(mark.index()).map(|(at, _)| at))
        .unwrap_or(text.len());
    let at = text.floor_char_boundary(at.min(text.len()));
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or("");
    let blank = line.len() - line.trim_start().len();
    if let Some(tab) = line[..blank].find('\t') {
        let tab = start + tab;
        return fault(
            tab..tab + 1,
            "a tab cannot indent",
            "a tab",
            "indent with two spaces",
        );
    }
    fault(
        at..at + 1,
        format!("not readable as YAML: {}", error.info()),
        "here",
        "look at the indentation, the colon and the quotes of this line and the one above",
    )
}
