//! What stands in a place of a compose file, through aliases (`*`) and merge keys (`<<`).

use super::Reader;
use crate::{
    edit::{Entry, Kind},
    model::route::{Route, Segment},
};
use std::collections::BTreeSet;

/// The limit for nested merges; deeper ones are a cycle.
const MERGES_MAX: usize = 16;

impl Reader<'_> {
    pub(super) fn resolved<'d>(&'d self, entry: &'d Entry) -> Option<&'d Entry> {
        match &entry.target {
            Some(target) => self.document.get(target),
            None => Some(entry),
        }
    }

    /// The entries of a map or list, including those that its merge keys (`<<`) add.
    pub(super) fn children(&self, at: &Route) -> Vec<&Entry> {
        self.gathered(at, 0, &mut BTreeSet::new())
    }

    /// `searched` holds the maps and lists already visited: several merge keys may lead to the same
    /// one, and its entries count where they were found first.
    fn gathered<'d>(
        &'d self,
        at: &Route,
        merges: usize,
        searched: &mut BTreeSet<&'d Route>,
    ) -> Vec<&'d Entry> {
        let top = self.document.get(at).and_then(|top| self.resolved(top));
        let top = top.filter(|top| merges < MERGES_MAX && searched.insert(&top.route));
        let Some(top) = top else {
            return Vec::new();
        };
        let own = |entry: &&Entry| entry.route.parent().as_ref() == Some(&top.route);
        let (merged, mut found): (Vec<&Entry>, Vec<&Entry>) = self
            .document
            .entries()
            .iter()
            .filter(own)
            .filter(|entry| entry.route != top.route)
            .partition(|entry| entry.route.last() == Some(&Segment::Key("<<".to_owned())));
        for merge in merged {
            let sources = match merge.kind {
                Kind::List => self.gathered(&merge.route, merges + 1, searched),
                Kind::Map | Kind::Scalar | Kind::Alias => vec![merge],
            };
            for source in sources {
                for entry in self.gathered(&source.route, merges + 1, searched) {
                    let name = entry.route.last();
                    if !found.iter().any(|known| known.route.last() == name) {
                        found.push(entry);
                    }
                }
            }
        }
        found
    }
}
