//! One shape for all structured files: nodes with the bytes of their keys and values, decoded texts
//! where the file writes them differently, and the links between nodes.

mod lines;
mod node;

pub use node::{Layout, Node};

use super::{
    assigned,
    document::{Document, Entry, Kind},
    places::Places,
};
use crate::model::route::{Route, Segment};
use lines::Lines;
use node::{Said, Span, Step, Words, small};
use serde_json::{Map, Value};
use std::{borrow::Cow, cell::OnceCell, collections::HashMap, ops::Range, rc::Rc};

pub type Id = usize;

/// Maps with more entries than this are indexed by key; smaller ones are searched linearly.
const LOOKED_THROUGH_MAX: usize = 8;

/// What only a TOML table has: it can be written in several places.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub keys: Vec<Range<usize>>,
    /// Each with its header.
    pub sections: Vec<Range<usize>>,
}

#[derive(Clone, Debug)]
pub struct Tree {
    pub text: Rc<str>,
    pub nodes: Vec<Node>,
    /// Indexes of large maps.
    by_key: HashMap<Id, HashMap<String, Id>>,
    /// Decoded texts that differ from how the file writes them.
    kept: Vec<String>,
    tables: HashMap<Id, Table>,
    /// What aliases stand for.
    targets: HashMap<Id, Id>,
    /// Computed when a line is first asked for.
    lines: OnceCell<Lines>,
}

/// How far a route leads.
#[derive(Debug)]
pub struct Reach {
    /// The nodes from the top to the last one that is written there.
    pub path: Vec<Id>,
    /// How many segments of the route lead nowhere in the text.
    pub missing: usize,
    /// How much farther a reader gets through an alias or a merge key.
    pub elsewhere: Option<Elsewhere>,
}

/// The last node on a route that is written under a different route.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere {
    pub at: Id,
    /// How many segments lead nowhere from there.
    pub missing: usize,
}

impl Reach {
    pub fn last(&self) -> Id {
        self.path[self.path.len() - 1]
    }
}

impl Tree {
    pub fn new(text: Rc<str>) -> Self {
        Self {
            text,
            nodes: Vec::new(),
            by_key: HashMap::new(),
            kept: Vec::new(),
            tables: HashMap::new(),
            targets: HashMap::new(),
            lines: OnceCell::new(),
        }
    }

    /// Adds a node below its parent; returns the step as an error if the map already has the key.
    pub fn add(
        &mut self,
        parent: Option<Id>,
        step: Option<Segment>,
        mut node: Node,
    ) -> Result<Id, Segment> {
        let id = self.nodes.len();
        node.parent = parent.map(small);
        node.step = match step {
            Some(Segment::Key(key)) => {
                let parent = parent.expect("a key stands in a map");
                if self.child(parent, &key).is_some() {
                    return Err(Segment::Key(key));
                }
                let words = self.words_of(&key, node.key());
                self.index(parent, key, id);
                Step::Key(words)
            }
            Some(Segment::Index(at)) => Step::Item(small(at)),
            Some(Segment::Find { .. }) | None => Step::Top,
        };
        if let Some(parent) = parent {
            self.nodes[parent].children.push(id);
        }
        self.nodes.push(node);
        Ok(id)
    }

    /// Indexes the next entry of a map, if the map is large.
    fn index(&mut self, parent: Id, key: String, id: Id) {
        let children = &self.nodes[parent].children;
        if children.len() < LOOKED_THROUGH_MAX {
            return;
        }
        if children.len() == LOOKED_THROUGH_MAX {
            let known = children.iter();
            let known = known.filter_map(|&id| Some((self.key(id)?.to_owned(), id)));
            let known = known.collect();
            self.by_key.insert(parent, known);
        }
        self.by_key.entry(parent).or_default().insert(key, id);
    }

    /// Sets the decoded value of a scalar or an alias.
    pub fn say(&mut self, id: Id, data: &Value) {
        self.nodes[id].said = match data {
            Value::String(text) => Said::Text(self.words_of(text, Some(self.nodes[id].value()))),
            Value::Bool(bool) => Said::Bool(*bool),
            Value::Number(number) => Said::Number(number.clone()),
            Value::Null | Value::Array(_) | Value::Object(_) => Said::Null,
        };
    }

    pub fn point(&mut self, alias: Id, target: Id) {
        self.targets.insert(alias, target);
    }

    /// Each alias with what it stands for, in the order of the file.
    pub fn aliases(&self) -> impl Iterator<Item = (Id, Id)> {
        let mut aliases: Vec<(Id, Id)> = self.targets.iter().map(|(&a, &t)| (a, t)).collect();
        aliases.sort_unstable();
        aliases.into_iter()
    }

    pub fn target(&self, alias: Id) -> Option<Id> {
        self.targets.get(&alias).copied()
    }

    pub fn table_mut(&mut self, id: Id) -> &mut Table {
        self.tables.entry(id).or_default()
    }

    /// Every place where the key is written: one, but for TOML tables.
    pub fn keys(&self, id: Id) -> Vec<Range<usize>> {
        match self.tables.get(&id) {
            Some(table) => table.keys.clone(),
            None => self.nodes[id].key().into_iter().collect(),
        }
    }

    /// The sections of a TOML table, each with its header.
    pub fn sections(&self, id: Id) -> &[Range<usize>] {
        self.tables.get(&id).map_or(&[], |table| &table.sections)
    }

    fn words_of(&mut self, text: &str, written: Option<Range<usize>>) -> Words {
        let written = written.map_or("", |range| &self.text[range]);
        if written == text {
            return Words::AsWritten;
        }
        if between_quotes(written) == Some(text) {
            return Words::BetweenQuotes;
        }
        self.kept.push(text.to_owned());
        Words::Kept(small(self.kept.len() - 1))
    }

    fn words(&self, words: Words, written: Span) -> &str {
        let written = &self.text[written.range()];
        match words {
            Words::AsWritten => written,
            Words::BetweenQuotes => between_quotes(written).unwrap_or(written),
            Words::Kept(at) => &self.kept[at as usize],
        }
    }

    fn key(&self, id: Id) -> Option<&str> {
        let node = &self.nodes[id];
        match node.step {
            Step::Key(words) => Some(self.words(words, node.key.unwrap_or(node.value))),
            Step::Top | Step::Item(_) => None,
        }
    }

    pub fn child(&self, parent: Id, key: &str) -> Option<Id> {
        let children = &self.nodes[parent].children;
        if children.len() > LOOKED_THROUGH_MAX {
            return self.by_key.get(&parent)?.get(key).copied();
        }
        let named = |&&id: &&Id| self.key(id) == Some(key);
        children.iter().find(named).copied()
    }

    /// The item of a list of assignments that assigns a name.
    pub fn assigned(&self, list: Id, name: &str) -> Result<Option<Id>, assigned::Fault> {
        let items = &self.nodes[list].children;
        if !self.key(list).is_some_and(assigned::is_home) {
            return Ok(None);
        }
        let text = |id: &Id| match &self.nodes[*id].said {
            Said::Text(words) => Some(self.words(*words, self.nodes[*id].value)),
            Said::Null | Said::Bool(_) | Said::Number(_) => None,
        };
        let at = assigned::place(items.iter().map(text), name)?;
        Ok(at.map(|at| items[at]))
    }

    pub fn depth(&self, id: Id) -> usize {
        self.ancestors(id).count()
    }

    pub fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(self.nodes[id].parent(), |&id| self.nodes[id].parent())
    }

    fn step(&self, at: Id, segment: &Segment) -> Option<Id> {
        let node = &self.nodes[at];
        match segment {
            Segment::Key(key) if node.kind == Kind::List => self.assigned(at, key).ok()?,
            Segment::Key(key) => self.child(at, key),
            Segment::Index(index) if node.kind == Kind::List => node.children.get(*index).copied(),
            Segment::Index(_) => None,
            Segment::Find { key, text } if node.kind == Kind::List => {
                if self.has_aliases() {
                    return self.called(&self.route(at), key, text);
                }
                let named = |&&item: &&Id| {
                    let name = self.child(item, key);
                    name.is_some_and(|name| self.plain_text(name) == *text)
                };
                node.children.iter().find(named).copied()
            }
            Segment::Find { .. } => None,
        }
    }

    pub fn find(&self, route: &Route) -> Reach {
        let path = self.written(route);
        let missing = route.0.len() + 1 - path.len();
        let elsewhere = match missing > 0 && self.has_aliases() {
            true => self.elsewhere(route, path.len(), path[path.len() - 1]),
            false => None,
        };
        Reach {
            path,
            missing,
            elsewhere,
        }
    }

    /// The nodes of a route, as far as it is written as such.
    fn written(&self, route: &Route) -> Vec<Id> {
        let mut path = vec![0];
        for (n, segment) in route.0.iter().enumerate() {
            match self.step(path[n], segment) {
                Some(id) => path.push(id),
                None => break,
            }
        }
        path
    }

    /// The longest part of a route that is visible though not written there. If the written part
    /// ends in an alias, that is followed too.
    fn elsewhere(&self, route: &Route, shortest: usize, end: Id) -> Option<Elsewhere> {
        let whole = route.0.len();
        let seen = (shortest..=whole).rev().find_map(|length| {
            let at = self.look(&Route(route.0[..length].to_vec()))?;
            let at = self.target(at).unwrap_or(at);
            let missing = whole - length;
            Some(Elsewhere { at, missing })
        });
        let missing = whole + 1 - shortest;
        seen.or_else(|| self.target(end).map(|at| Elsewhere { at, missing }))
    }

    /// Whether anything is read in more than one place.
    pub fn has_aliases(&self) -> bool {
        !self.targets.is_empty()
    }

    /// The last segment of a node's route.
    pub fn segment(&self, id: Id) -> Option<Segment> {
        match self.nodes[id].step {
            Step::Top => None,
            Step::Item(at) => Some(Segment::Index(at as usize)),
            Step::Key(_) => self.key(id).map(|key| Segment::Key(key.to_owned())),
        }
    }

    pub fn route(&self, id: Id) -> Route {
        let up = std::iter::once(id).chain(self.ancestors(id));
        let mut steps: Vec<Segment> = up.filter_map(|id| self.segment(id)).collect();
        steps.reverse();
        Route(steps)
    }

    /// A scalar as text: a text itself, anything else as JSON writes it.
    pub fn plain_text(&self, id: Id) -> Cow<'_, str> {
        let node = &self.nodes[id];
        match &node.said {
            Said::Text(words) => Cow::Borrowed(self.words(*words, node.value)),
            Said::Null => Cow::Borrowed("null"),
            Said::Bool(bool) => Cow::Owned(bool.to_string()),
            Said::Number(number) => Cow::Owned(number.to_string()),
        }
    }

    /// The data below a node. An alias becomes a text that no file can hold, equal only to itself.
    pub fn data(&self, id: Id) -> Value {
        let node = &self.nodes[id];
        match node.kind {
            Kind::Scalar | Kind::Alias => self.scalar(id),
            Kind::List => node.children.iter().map(|&id| self.data(id)).collect(),
            Kind::Map => {
                let mut map = Map::with_capacity(node.children.len());
                for &child in &node.children {
                    if let Some(key) = self.key(child) {
                        map.insert(key.to_owned(), self.data(child));
                    }
                }
                Value::Object(map)
            }
        }
    }

    /// Whether `data` would be this value, without building it.
    pub fn says(&self, id: Id, value: &Value) -> bool {
        let node = &self.nodes[id];
        match (node.kind, value) {
            (Kind::List, Value::Array(items)) => {
                let mut both = node.children.iter().zip(items);
                node.children.len() == items.len() && both.all(|(&id, item)| self.says(id, item))
            }
            (Kind::Map, Value::Object(map)) => {
                let entry = |&id: &Id| {
                    let value = self.key(id).and_then(|key| map.get(key));
                    value.is_some_and(|value| self.says(id, value))
                };
                node.children.len() == map.len() && node.children.iter().all(entry)
            }
            (Kind::Scalar | Kind::Alias, Value::String(text)) => {
                matches!(&node.said, Said::Text(words) if self.words(*words, node.value) == text)
            }
            (Kind::Scalar | Kind::Alias, value) => self.scalar(id) == *value,
            (Kind::List | Kind::Map, _) => false,
        }
    }

    fn scalar(&self, id: Id) -> Value {
        let node = &self.nodes[id];
        match &node.said {
            Said::Null => Value::Null,
            Said::Bool(bool) => Value::Bool(*bool),
            Said::Number(number) => Value::Number(number.clone()),
            Said::Text(words) => Value::String(self.words(*words, node.value).to_owned()),
        }
    }

    /// The first line of a node, from 1: that of its key, or of the item.
    fn line_of(&self, id: Id) -> usize {
        let node = &self.nodes[id];
        let begins = node.key().map_or(node.entry().start, |key| key.start);
        self.lines.get_or_init(|| Lines::new(&self.text)).of(begins)
    }

    /// The line of an entry, from 1; looks through YAML aliases and merge keys.
    pub fn line(&self, route: &Route) -> Option<usize> {
        self.look(route).map(|id| self.line_of(id))
    }

    pub fn document(&self) -> Document {
        let mut routes: Vec<Route> = Vec::with_capacity(self.nodes.len());
        let mut entries = Vec::with_capacity(self.nodes.len());
        for (id, node) in self.nodes.iter().enumerate() {
            let route = match (node.parent(), self.segment(id)) {
                (Some(parent), Some(step)) => routes[parent].child(step),
                (None, _) | (_, None) => Route::default(),
            };
            routes.push(route.clone());
            let written = &self.text[node.value()];
            entries.push(Entry {
                line: self.line_of(id),
                kind: node.kind,
                span: node.value(),
                text: match node.is_container() {
                    true => String::new(),
                    false => written.to_owned(),
                },
                value: match self.scalar(id) {
                    Value::String(text) => Value::String(shown(&text, written).to_owned()),
                    other => other,
                },
                target: self.target(id).map(|id| routes[id].clone()),
                route,
            });
        }
        Document::new(entries)
    }
}

impl Places for Tree {
    fn exact(&self, route: &Route) -> Option<usize> {
        let plain = |segment: &Segment| !matches!(segment, Segment::Find { .. });
        let path = route.0.iter().all(plain).then(|| self.written(route))?;
        path.get(route.0.len()).copied()
    }

    fn route(&self, at: usize) -> Cow<'_, Route> {
        Cow::Owned(Self::route(self, at))
    }

    fn target(&self, at: usize) -> Option<Cow<'_, Route>> {
        let target = Self::target(self, at)?;
        Some(Cow::Owned(Self::route(self, target)))
    }

    fn is_list(&self, at: usize) -> bool {
        self.nodes[at].kind == Kind::List
    }

    fn text(&self, at: usize) -> Cow<'_, str> {
        self.plain_text(at)
    }
}

fn between_quotes(written: &str) -> Option<&str> {
    let inside = |quote: char| written.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\''))
}

/// A date, a tagged scalar and an alias have no JSON form: they are shown as they are written.
fn shown<'t>(text: &'t str, written: &'t str) -> &'t str {
    match text.starts_with('\0') {
        true => written,
        false => text,
    }
}
