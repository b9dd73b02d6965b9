//! What a file says and where: every entry by its route, with line and bytes.

use super::places::Places;
use crate::model::route::{Route, Segment};
use serde_json::Value;
use std::{borrow::Cow, collections::HashMap, ops::Range};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Map,
    List,
    Scalar,
    /// A YAML alias: its value stands where its anchor is.
    Alias,
}

/// One entry of a map, one item of a list, or the top of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub route: Route,
    pub kind: Kind,
    /// Of the key, or of the item; from 1.
    pub line: usize,
    /// Bytes of the value.
    pub span: Range<usize>,
    /// A scalar exactly as it is written, quotes and all; empty for a container.
    pub text: String,
    /// The decoded scalar; null for a container.
    pub value: Value,
    /// For an alias, the route of what it stands for.
    pub target: Option<Route>,
}

impl Entry {
    /// The decoded scalar as text: a text itself, anything else as it is written.
    pub fn scalar_text(&self) -> &str {
        self.value.as_str().unwrap_or(&self.text)
    }
}

/// All entries in the order of the file; the top of the file has the empty route.
#[derive(Clone, Debug, Default)]
pub struct Document {
    entries: Vec<Entry>,
    by_route: HashMap<Route, usize>,
    /// A route as the file's reader compares it; none where every letter counts.
    compared: Option<fn(&Route) -> Route>,
}

impl Document {
    /// Of two entries with one route the later wins, as it does for readers of such files.
    pub fn new(entries: Vec<Entry>) -> Self {
        let index = |(n, entry): (usize, &Entry)| (entry.route.clone(), n);
        let by_route = entries.iter().enumerate().map(index).collect();
        Self {
            entries,
            by_route,
            compared: None,
        }
    }

    /// Of a file whose reader takes several ways to write a route for one.
    pub fn compared(entries: Vec<Entry>, compared: fn(&Route) -> Route) -> Self {
        let index = |(n, entry): (usize, &Entry)| (compared(&entry.route), n);
        let by_route = entries.iter().enumerate().map(index).collect();
        Self {
            entries,
            by_route,
            compared: Some(compared),
        }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn leaves(&self) -> impl Iterator<Item = &Entry> {
        let leaf = |entry: &&Entry| match entry.kind {
            Kind::Scalar | Kind::Alias => true,
            Kind::Map | Kind::List => false,
        };
        self.entries.iter().filter(leaf)
    }

    /// Everything the file says, as one value. An alias is the value of its anchor; a merge key
    /// stays a key.
    pub fn data(&self) -> Value {
        let mut top = Value::Null;
        for entry in &self.entries {
            let value = match entry.kind {
                Kind::Map => Value::Object(serde_json::Map::new()),
                Kind::List => Value::Array(Vec::new()),
                Kind::Scalar => entry.value.clone(),
                // Anchors stand before their aliases, so the value is there already.
                Kind::Alias => match &entry.target {
                    Some(target) => place(&mut top, target).clone(),
                    None => Value::Null,
                },
            };
            *place(&mut top, &entry.route) = value;
        }
        top
    }

    /// The entry at a route; looks through YAML aliases and merge keys, finds `[key=text]`.
    pub fn get(&self, route: &Route) -> Option<&Entry> {
        self.look(route).map(|at| &self.entries[at])
    }
}

impl Places for Document {
    fn exact(&self, route: &Route) -> Option<usize> {
        match self.compared {
            Some(compared) => self.by_route.get(&compared(route)).copied(),
            None => self.by_route.get(route).copied(),
        }
    }

    fn route(&self, at: usize) -> Cow<'_, Route> {
        Cow::Borrowed(&self.entries[at].route)
    }

    fn target(&self, at: usize) -> Option<Cow<'_, Route>> {
        self.entries[at].target.as_ref().map(Cow::Borrowed)
    }

    fn is_list(&self, at: usize) -> bool {
        self.entries[at].kind == Kind::List
    }

    fn text(&self, at: usize) -> &str {
        self.entries[at].scalar_text()
    }
}

/// Where the value at a route of a document goes. Parents stand before their children.
fn place<'v>(top: &'v mut Value, route: &Route) -> &'v mut Value {
    route.0.iter().fold(top, |above, segment| match segment {
        Segment::Key(key) => &mut above[key.as_str()],
        Segment::Index(index) => {
            let items = above.as_array_mut().expect("items stand below their list");
            if *index == items.len() {
                items.push(Value::Null);
            }
            &mut items[*index]
        }
        Segment::Find { .. } => unreachable!("entries have plain routes"),
    })
}
