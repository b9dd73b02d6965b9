//! What a file says and where: every entry by its route, with line and bytes.

use crate::model::route::{Route, Segment};
use serde_json::Value;
use std::{collections::HashMap, ops::Range};

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
}

impl Document {
    /// Of two entries with one route the later wins, as it does for readers of such files.
    pub fn new(entries: Vec<Entry>) -> Self {
        let index = |(n, entry): (usize, &Entry)| (entry.route.clone(), n);
        let by_route = entries.iter().enumerate().map(index).collect();
        Self { entries, by_route }
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
        self.walk(route, 0)
    }

    fn exact(&self, route: &Route) -> Option<&Entry> {
        self.by_route.get(route).map(|&n| &self.entries[n])
    }

    /// `hops` bounds the aliases that are followed: a cycle of merge keys must end.
    fn walk(&self, route: &Route, hops: usize) -> Option<&Entry> {
        if let Some(entry) = self.exact(route) {
            return Some(entry);
        }
        if hops > 16 {
            return None;
        }
        let parent = route.parent()?;
        let mut above = self.walk(&parent, hops)?;
        if let Some(target) = &above.target {
            above = self.walk(target, hops + 1)?;
        }
        let step = route.last()?;
        match step {
            Segment::Key(_) => {
                let direct = self.exact(&above.route.child(step.clone()));
                direct.or_else(|| self.merged(&above.route, step, hops + 1))
            }
            Segment::Index(_) => self.exact(&above.route.child(step.clone())),
            Segment::Find { key, text } => self.find(&above.route, key, text),
        }
    }

    fn find(&self, list: &Route, key: &str, text: &str) -> Option<&Entry> {
        for n in 0.. {
            let item = self.exact(&list.child(Segment::Index(n)))?;
            let name = self.walk(&item.route.child(Segment::Key(key.to_owned())), 0);
            if name.is_some_and(|name| name.scalar_text() == text) {
                return Some(item);
            }
        }
        None
    }

    /// A key that a map has from its `<<`.
    fn merged(&self, map: &Route, step: &Segment, hops: usize) -> Option<&Entry> {
        let merge = self.exact(&map.child(Segment::Key("<<".to_owned())))?;
        if merge.kind != Kind::List {
            return self.walk(&merge.route.child(step.clone()), hops);
        }
        (0..)
            .map(|n| self.exact(&merge.route.child(Segment::Index(n))))
            .take_while(Option::is_some)
            .flatten()
            .find_map(|source| self.walk(&source.route.child(step.clone()), hops))
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
