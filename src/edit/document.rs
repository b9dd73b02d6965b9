//! What a file says and where: every entry by its route, with line and bytes.

use super::places::Places;
use crate::model::route::{Route, Segment, plain_text};
use serde_json::Value;
use std::{borrow::Cow, collections::HashMap, ops::Range};

/// Aliases of aliases can turn a few lines into an unbounded number of values.
const VALUES_MAX: usize = 200_000;

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
    /// Normalises a route as the file's reader compares it; `None` if comparison is exact.
    compared: Option<fn(&Route) -> Route>,
}

impl Document {
    /// If two entries have the same route the later one wins, as for readers of such files.
    pub fn new(entries: Vec<Entry>) -> Self {
        let index = |(n, entry): (usize, &Entry)| (entry.route.clone(), n);
        let by_route = entries.iter().enumerate().map(index).collect();
        Self {
            entries,
            by_route,
            compared: None,
        }
    }

    /// For a file whose reader treats several spellings of a route as equal.
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

    /// Everything the file says, as one value. An alias has the value of its anchor; a merge key
    /// stays a key; a section that occurs twice is combined. An error says why there is no such
    /// value.
    pub fn data(&self) -> Result<Value, String> {
        let mut top = Value::Null;
        let mut left = VALUES_MAX;
        for entry in &self.entries {
            let value = match entry.kind {
                Kind::Map => Value::Object(serde_json::Map::new()),
                Kind::List => Value::Array(Vec::new()),
                Kind::Scalar => entry.value.clone(),
                // Anchors stand before their aliases, so the value is there already.
                Kind::Alias => {
                    let target = entry.target.as_ref();
                    let value = target.and_then(|target| place(&mut top, target));
                    copied(value.as_deref().unwrap_or(&Value::Null), &mut left)
                        .ok_or("its aliases make it far larger than it is written")?
                }
            };
            match (place(&mut top, &entry.route), entry.kind) {
                (Some(Value::Object(_)), Kind::Map) => {}
                (Some(place), Kind::Map) if !place.is_null() => return Err(twice(&entry.route)),
                (Some(place), _) => *place = value,
                (None, _) => return Err(twice(&entry.route)),
            }
        }
        Ok(top)
    }

    /// The entry at a route; looks through YAML aliases and merge keys, finds `[key=text]`.
    pub fn get(&self, route: &Route) -> Option<&Entry> {
        self.look(route).map(|at| &self.entries[at])
    }

    /// The single values at a route: one, or of a list those of its items. `None`: nothing stands there.
    pub fn texts(&self, route: &Route) -> Option<Vec<&str>> {
        let entry = self.past_alias(self.get(route)?)?;
        Some(match entry.kind {
            Kind::Scalar => vec![entry.scalar_text()],
            Kind::List => self.items(&entry.route).collect(),
            Kind::Map | Kind::Alias => Vec::new(),
        })
    }

    fn items(&self, list: &Route) -> impl Iterator<Item = &str> {
        let item = |n| self.get(&list.item(n));
        let items = (0..).map_while(item);
        let items = items.filter_map(|item| self.past_alias(item));
        let single = items.filter(|item| item.kind == Kind::Scalar);
        single.map(Entry::scalar_text)
    }

    fn past_alias<'d>(&'d self, entry: &'d Entry) -> Option<&'d Entry> {
        match &entry.target {
            Some(target) => self.get(target),
            None => Some(entry),
        }
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

    fn text(&self, at: usize) -> Cow<'_, str> {
        plain_text(&self.entries[at].value)
    }
}

/// Where to put the value at a route of a document. Parents come before their children. `None` if
/// the place is below a single value, as for the second of a repeated key in a line-based file.
fn place<'v>(top: &'v mut Value, route: &Route) -> Option<&'v mut Value> {
    route
        .0
        .iter()
        .try_fold(top, |above, segment| match segment {
            Segment::Key(key) => {
                (above.is_null() || above.is_object()).then(|| &mut above[key.as_str()])
            }
            Segment::Index(index) => {
                let items = above.as_array_mut()?;
                if *index == items.len() {
                    items.push(Value::Null);
                }
                items.get_mut(*index)
            }
            Segment::Find { .. } => unreachable!("entries have plain routes"),
        })
}

fn twice(route: &Route) -> String {
    let of_key = match route.last() {
        Some(Segment::Index(_)) => route.parent(),
        Some(Segment::Key(_) | Segment::Find { .. }) | None => None,
    };
    let key = of_key.as_ref().unwrap_or(route);
    format!("`{key}` is there more than once, and only its reader knows what counts")
}

/// A copy of the value, unless it holds more values than are left.
fn copied(value: &Value, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    Some(match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| copied(item, left));
            Value::Array(items.collect::<Option<_>>()?)
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, item)| Some((key.clone(), copied(item, left)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
        single => single.clone(),
    })
}

/// The text of a value in formats where every value is a text; `None` for a list or a map.
pub fn one_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
