//! How a route leads to an entry: through YAML aliases and merge keys, and through list items found
//! by the value of a key. Shared by a file's tree and a list of entries.

use crate::model::route::{Route, Segment};
use std::{borrow::Cow, collections::HashSet};

/// Aliases that are followed: a cycle of merge keys must end.
const HOPS_MAX: usize = 16;
/// YAML's key for maps whose entries are inherited, unless the map has them itself.
pub const MERGE: &str = "<<";

/// Something with entries, each known by a number.
pub trait Places {
    /// The entry at a route of keys and places alone.
    fn exact(&self, route: &Route) -> Option<usize>;
    fn route(&self, at: usize) -> Cow<'_, Route>;
    /// What an alias stands for.
    fn target(&self, at: usize) -> Option<Cow<'_, Route>>;
    fn is_list(&self, at: usize) -> bool;
    /// A scalar as `[key=text]` compares it: a text itself, anything else as JSON writes it.
    fn text(&self, at: usize) -> Cow<'_, str>;

    /// The entry at a route, following aliases and merge keys on the way.
    fn look(&self, route: &Route) -> Option<usize> {
        self.walk(route, 0, &mut HashSet::new())
    }

    /// What a key of a map hides: the entry that a merge key would bring there without it.
    fn hidden(&self, route: &Route) -> Option<usize> {
        self.merged(&route.parent()?, route.last()?, 0, &mut HashSet::new())
    }

    /// `searched` holds keys that were not found: many merge keys may lead to the same map.
    fn walk(&self, route: &Route, hops: usize, searched: &mut HashSet<Route>) -> Option<usize> {
        if let Some(at) = self.exact(route) {
            return Some(at);
        }
        if hops > HOPS_MAX {
            return None;
        }
        let mut above = self.walk(&route.parent()?, hops, searched)?;
        if let Some(target) = self.target(above) {
            above = self.walk(&target, hops + 1, searched)?;
        }
        let above = self.route(above);
        let step = route.last()?;
        let direct = || self.exact(&above.child(step.clone()));
        match step {
            Segment::Key(_) => direct().or_else(|| {
                let key = above.child(step.clone());
                if searched.contains(&key) {
                    return None;
                }
                let found = self.merged(&above, step, hops + 1, searched);
                if found.is_none() {
                    searched.insert(key);
                }
                found
            }),
            Segment::Index(_) => direct(),
            Segment::Find { key, text } => self.called(&above, key, text),
        }
    }

    /// The first item of a list whose `key` has this text.
    fn called(&self, list: &Route, key: &str, text: &str) -> Option<usize> {
        for n in 0.. {
            let item = list.item(n);
            let at = self.exact(&item)?;
            let name = self.look(&item.at(key));
            if name.is_some_and(|name| self.text(name) == text) {
                return Some(at);
            }
        }
        None
    }

    /// A key that a map has from its `<<`.
    fn merged(
        &self,
        map: &Route,
        step: &Segment,
        hops: usize,
        searched: &mut HashSet<Route>,
    ) -> Option<usize> {
        let merge = map.at(MERGE);
        if !self.is_list(self.exact(&merge)?) {
            return self.walk(&merge.child(step.clone()), hops, searched);
        }
        let sources = (0..).map(|n| merge.item(n));
        sources
            .take_while(|source| self.exact(source).is_some())
            .find_map(|source| self.walk(&source.child(step.clone()), hops, searched))
    }
}
