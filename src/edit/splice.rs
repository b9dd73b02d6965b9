//! Replacements of byte ranges, collected against one text and applied in one pass.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

/// One replacement. Insertions at one place come deepest first, then in the order of the edits.
#[derive(Clone, Debug)]
pub struct Splice {
    pub range: Range<usize>,
    pub with: String,
    /// The depth in the tree of an insertion: the end of a map comes before the end of its parent.
    pub depth: usize,
}

impl Splice {
    pub fn replace(range: Range<usize>, with: impl Into<String>) -> Self {
        Self {
            range,
            with: with.into(),
            depth: 0,
        }
    }

    pub fn insert(at: usize, with: impl Into<String>, depth: usize) -> Self {
        Self {
            range: at..at,
            with: with.into(),
            depth,
        }
    }

    fn is_insertion(&self) -> bool {
        self.range.is_empty()
    }
}

/// Splices that do not disturb each other.
#[derive(Clone, Debug, Default)]
pub struct Splices {
    insertions: BTreeMap<usize, Vec<Splice>>,
    changes: BTreeMap<usize, Splice>,
}

impl Splices {
    pub fn is_empty(&self) -> bool {
        self.insertions.is_empty() && self.changes.is_empty()
    }

    /// Adds all or none: `false` if one of them conflicts with a splice already here, or with
    /// another new one.
    pub fn add(&mut self, new: &[Splice]) -> bool {
        let mut changes: Vec<&Range<usize>> = new.iter().map(|splice| &splice.range).collect();
        changes.retain(|range| !range.is_empty());
        changes.sort_by_key(|range| range.start);
        let overlap = changes.windows(2).any(|two| two[0].end > two[1].start);
        if overlap || new.iter().any(|splice| self.meets(splice)) {
            return false;
        }
        for splice in new {
            let at = splice.range.start;
            if splice.is_insertion() {
                self.insertions.entry(at).or_default().push(splice.clone());
            } else {
                self.changes.insert(at, splice.clone());
            }
        }
        true
    }

    /// Two changes of the same byte conflict, and so does an insertion inside a change.
    fn meets(&self, new: &Splice) -> bool {
        let Range { start, end } = new.range;
        let before = self.changes.range(..end.max(start + 1)).next_back();
        let overlap = before.is_some_and(|(_, change)| match new.is_insertion() {
            true => change.range.start < start && change.range.end > start,
            false => change.range.end > start,
        });
        overlap
            || !new.is_insertion()
                && self
                    .insertions
                    .range(start + 1..end.max(start + 1))
                    .next()
                    .is_some()
    }

    pub fn apply(&self, text: &str) -> String {
        let mut all: Vec<&Splice> = self.insertions.values().flatten().collect();
        all.extend(self.changes.values());
        all.sort_by_key(|splice| {
            let Range { start, end } = splice.range;
            (start, end, Reverse(splice.depth))
        });
        apply_to(text, 0, all)
    }
}

/// Applies sorted splices to a part of a text that begins at `from`.
pub fn apply_to<'s>(
    part: &str,
    from: usize,
    sorted: impl IntoIterator<Item = &'s Splice>,
) -> String {
    let mut out = String::with_capacity(part.len());
    let mut done = 0;
    for splice in sorted {
        out.push_str(&part[done..splice.range.start - from]);
        out.push_str(&splice.with);
        done = splice.range.end - from;
    }
    out.push_str(&part[done..]);
    out
}
