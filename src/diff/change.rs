//! Which lines of one text stand for which of the other.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::{collections::HashMap, ops::Range};

/// Between the first and the last difference; the search is nearly linear below it. More lines
/// than this on both sides are nobody's configuration.
const SEARCHED_LINES_MAX: usize = 1 << 20;

/// Both texts, cut into lines with their ends.
pub struct Lines<'t> {
    pub old: Vec<&'t str>,
    pub new: Vec<&'t str>,
}

/// Lines of the old text, by index, and those that came in their place; one may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// Changes that share their context.
pub struct Hunk<'c> {
    pub old: Range<usize>,
    pub new: Range<usize>,
    pub changes: &'c [Change],
}

impl<'t> Lines<'t> {
    pub fn of(old: &'t str, new: &'t str) -> Self {
        Self {
            old: old.split_inclusive('\n').collect(),
            new: new.split_inclusive('\n').collect(),
        }
    }

    /// In order, never touching each other; and whether no search was made.
    pub fn changes(&self) -> (Vec<Change>, bool) {
        let (old, new) = (&self.old, &self.new);
        let pairs = old.iter().zip(new);
        let head = pairs.take_while(|(old, new)| old == new).count();
        let pairs = old[head..].iter().rev().zip(new[head..].iter().rev());
        let tail = pairs.take_while(|(old, new)| old == new).count();
        let old = &old[head..old.len() - tail];
        let new = &new[head..new.len() - tail];
        if old.is_empty() && new.is_empty() {
            return (Vec::new(), false);
        }
        let whole = || Change {
            old: head..head + old.len(),
            new: head..head + new.len(),
        };
        if old.is_empty() || new.is_empty() {
            return (vec![whole()], false);
        }
        if old.len() + new.len() > SEARCHED_LINES_MAX {
            return (vec![whole()], true);
        }
        (search(head, old, new), false)
    }
}

fn search(head: usize, old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut known = HashMap::with_capacity(old.len() + new.len());
    let (old, new) = (numbers(&mut known, old), numbers(&mut known, new));
    let mut changes: Vec<Change> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let shifted = |range: Range<usize>| range.start + head..range.end + head;
        let (old, new) = (shifted(op.old_range()), shifted(op.new_range()));
        match changes.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            Some(_) | None => changes.push(Change { old, new }),
        }
    }
    changes
}

/// One number for every line, the same for equal lines.
fn numbers<'t>(known: &mut HashMap<&'t str, u32>, lines: &[&'t str]) -> Vec<u32> {
    let number = |line: &&'t str| {
        let next = u32::try_from(known.len()).expect("there are fewer lines than the limit");
        *known.entry(line).or_insert(next)
    };
    lines.iter().map(number).collect()
}

/// Gathers changes whose context would meet.
pub fn hunks<'c>(changes: &'c [Change], lines: &Lines<'_>, context: usize) -> Vec<Hunk<'c>> {
    let near =
        |left: &Change, right: &Change| right.old.start - left.old.end <= context.saturating_mul(2);
    let hunk = |changes: &'c [Change]| {
        let (first, last) = (&changes[0], &changes[changes.len() - 1]);
        // As many equal lines on both sides, so that the ends of both texts are met at once.
        let above = context.min(first.old.start).min(first.new.start);
        let rest = lines.old.len() - last.old.end;
        let below = context.min(rest);
        Hunk {
            old: first.old.start - above..last.old.end + below,
            new: first.new.start - above..last.new.end + below,
            changes,
        }
    };
    changes.chunk_by(near).map(hunk).collect()
}

#[cfg(test)]
#[expect(
    clippy::single_range_in_vec_init,
    reason = "one range is what is meant"
)]
mod tests {
    use super::*;

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = old.replace('b', "B").replace('g', "G");
        let lines = Lines::of(old, &new);
        let (changes, coarse) = lines.changes();
        assert!(!coarse);
        assert_eq!(changes.len(), 2);
        let spans = |context| -> Vec<_> {
            let hunks = hunks(&changes, &lines, context);
            hunks.into_iter().map(|hunk| hunk.old).collect()
        };
        assert_eq!(spans(1), [0..3, 5..8]);
        assert_eq!(spans(2), [0..8]);
    }

    #[test]
    fn beyond_the_limit_no_search_is_made() {
        let old = "a\n".repeat(SEARCHED_LINES_MAX);
        let new = format!("x\n{old}y\nx\n");
        let lines = Lines::of(&old, &new);
        let (changes, coarse) = lines.changes();
        assert!(coarse);
        assert_eq!(
            changes,
            [Change {
                old: 0..SEARCHED_LINES_MAX,
                new: 0..SEARCHED_LINES_MAX + 3
            }]
        );
    }
}
