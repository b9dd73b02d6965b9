//! What stands in a place of a compose file, through aliases (`*`) and merge keys (`<<`).

use super::Reader;
use crate::{
    edit::{Entry, Kind},
    model::route::{Route, Segment},
};

/// Merges inside merges; deeper is a cycle.
const MERGES_MAX: usize = 16;

impl Reader<'_> {
    pub(super) fn resolved<'d>(&'d self, entry: &'d Entry) -> Option<&'d Entry> {
        match &entry.target {
            Some(target) => self.document.get(target),
            None => Some(entry),
        }
    }

    /// What stands in a map or list, with what its merge keys (`<<`) bring and it has not itself.
    pub(super) fn children(&self, at: &Route, merges: usize) -> Vec<&Entry> {
        let top = self.document.get(at).and_then(|top| self.resolved(top));
        let Some(top) = top.filter(|_| merges < MERGES_MAX) else {
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
                Kind::List => self.children(&merge.route, merges + 1),
                Kind::Map | Kind::Scalar | Kind::Alias => vec![merge],
            };
            for entry in sources
                .into_iter()
                .flat_map(|source| self.children(&source.route, merges + 1))
            {
                if !found
                    .iter()
                    .any(|known| known.route.last() == entry.route.last())
                {
                    found.push(entry);
                }
            }
        }
        found
    }
}
