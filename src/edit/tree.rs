//! One shape for all structured files: nodes with the bytes of their keys and values.

use super::document::{Document, Entry, Kind};
use crate::model::route::{Route, Segment};
use serde_json::{Map, Value};
use std::{collections::HashMap, ops::Range};

pub type Id = usize;

/// How a node's own text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One line or more for each child, by indent.
    Block,
    /// In brackets, with commas; every scalar too.
    Flow,
    /// A TOML table that headers or dotted keys make.
    Table,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub parent: Option<Id>,
    pub step: Option<Segment>,
    pub kind: Kind,
    pub layout: Layout,
    /// Every place where the key is written: one, but for TOML tables.
    pub keys: Vec<Range<usize>>,
    /// From the key or the dash to the end of the value.
    pub entry: Range<usize>,
    /// Anchor and tag, before the value; empty if there are none.
    pub props: Range<usize>,
    pub value: Range<usize>,
    /// The sections of a TOML table, each with its header.
    pub sections: Vec<Range<usize>>,
    pub children: Vec<Id>,
    pub data: Value,
    pub target: Option<Id>,
}

impl Node {
    pub fn new(kind: Kind, layout: Layout, value: Range<usize>) -> Self {
        Self {
            parent: None,
            step: None,
            kind,
            layout,
            keys: Vec::new(),
            entry: value.clone(),
            props: value.start..value.start,
            value,
            sections: Vec::new(),
            children: Vec::new(),
            data: Value::Null,
            target: None,
        }
    }

    pub fn is_container(&self) -> bool {
        match self.kind {
            Kind::Map | Kind::List => true,
            Kind::Scalar | Kind::Alias => false,
        }
    }

    pub fn has_anchor(&self, text: &str) -> bool {
        text[self.props.clone()].contains('&')
    }
}

#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    by_key: HashMap<(Id, String), Id>,
}

/// How far a route leads.
#[derive(Debug)]
pub struct Found {
    /// The nodes from the top to the last one that is there.
    pub path: Vec<Id>,
    /// How many segments of the route lead nowhere.
    pub missing: usize,
}

impl Found {
    pub fn last(&self) -> Id {
        self.path[self.path.len() - 1]
    }
}

impl Tree {
    /// Adds a node below its parent; `None` when the map has the key already.
    pub fn add(&mut self, parent: Option<Id>, step: Option<Segment>, mut node: Node) -> Option<Id> {
        let id = self.nodes.len();
        if let (Some(parent), Some(step)) = (parent, &step) {
            if let Segment::Key(key) = step {
                let place = (parent, key.clone());
                if self.by_key.contains_key(&place) {
                    return None;
                }
                self.by_key.insert(place, id);
            }
            self.nodes[parent].children.push(id);
        }
        node.parent = parent;
        node.step = step;
        self.nodes.push(node);
        Some(id)
    }

    pub fn child(&self, parent: Id, key: &str) -> Option<Id> {
        self.by_key.get(&(parent, key.to_owned())).copied()
    }

    pub fn depth(&self, id: Id) -> usize {
        self.ancestors(id).count()
    }

    pub fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(self.nodes[id].parent, |&id| self.nodes[id].parent)
    }

    fn step(&self, at: Id, segment: &Segment) -> Option<Id> {
        let node = &self.nodes[at];
        match segment {
            Segment::Key(key) => self.child(at, key),
            Segment::Index(index) if node.kind == Kind::List => node.children.get(*index).copied(),
            Segment::Index(_) => None,
            Segment::Find { key, text } if node.kind == Kind::List => {
                let named = |&&item: &&Id| {
                    let name = self.child(item, key).map(|id| &self.nodes[id].data);
                    name.is_some_and(|name| plain_text(name) == *text)
                };
                node.children.iter().find(named).copied()
            }
            Segment::Find { .. } => None,
        }
    }

    pub fn find(&self, route: &Route) -> Found {
        let mut path = vec![0];
        for (n, segment) in route.0.iter().enumerate() {
            match self.step(path[n], segment) {
                Some(id) => path.push(id),
                None => {
                    return Found {
                        path,
                        missing: route.0.len() - n,
                    };
                }
            }
        }
        Found { path, missing: 0 }
    }

    pub fn route(&self, id: Id) -> Route {
        let mut steps: Vec<_> = self.nodes[id].step.iter().cloned().collect();
        steps.extend(
            self.ancestors(id)
                .filter_map(|id| self.nodes[id].step.clone()),
        );
        steps.reverse();
        Route(steps)
    }

    /// The data below a node. An alias is a text that no file holds, so that it equals only itself.
    pub fn data(&self, id: Id) -> Value {
        let node = &self.nodes[id];
        match node.kind {
            Kind::Scalar | Kind::Alias => node.data.clone(),
            Kind::List => node.children.iter().map(|&id| self.data(id)).collect(),
            Kind::Map => {
                let mut map = Map::new();
                for &child in &node.children {
                    if let Some(Segment::Key(key)) = &self.nodes[child].step {
                        map.insert(key.clone(), self.data(child));
                    }
                }
                Value::Object(map)
            }
        }
    }

    pub fn document(&self, text: &str) -> Document {
        let lines = Lines::new(text);
        let mut routes: Vec<Route> = Vec::with_capacity(self.nodes.len());
        let mut entries = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let route = match (node.parent, &node.step) {
                (Some(parent), Some(step)) => routes[parent].child(step.clone()),
                (None, _) | (_, None) => Route::default(),
            };
            routes.push(route.clone());
            let container = node.is_container();
            entries.push(Entry {
                line: lines.of(node.keys.first().map_or(node.entry.start, |key| key.start)),
                kind: node.kind,
                span: node.value.clone(),
                text: if container {
                    String::new()
                } else {
                    text[node.value.clone()].to_owned()
                },
                value: shown(&node.data, &text[node.value.clone()]),
                target: node.target.map(|id| routes[id].clone()),
                route,
            });
        }
        Document::new(entries)
    }
}

/// A date, a tagged scalar and an alias have no JSON form: they are shown as they are written.
fn shown(data: &Value, written: &str) -> Value {
    match data {
        Value::String(text) if text.starts_with('\0') => Value::String(written.to_owned()),
        other => other.clone(),
    }
}

/// Line numbers of bytes.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let after = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    fn of(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start <= byte)
    }
}

pub fn plain_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
