//! Which lines of the old text were replaced by which lines of the new one.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    ops::Range,
};

/// Limit for one stretch between anchors, old and new lines together; searching that many takes a
/// quarter of a second at worst. No configuration has longer stretches of repeated lines.
const SEARCHED_LINES_MAX: usize = 1 << 16;

/// Both texts, split into lines that keep their line ends.
pub struct Lines<'t> {
    pub old: Vec<&'t str>,
    pub new: Vec<&'t str>,
}

/// Lines of the old text, by index, and the lines that replaced them; either range may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// Changes that are shown together, with shared context.
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

    /// The changes in order, no two of them adjacent, and whether a stretch was too long to be
    /// searched.
    pub fn changes(&self) -> (Vec<Change>, bool) {
        let whole = Change {
            old: 0..self.old.len(),
            new: 0..self.new.len(),
        };
        let middle = self.trimmed(whole);
        let mut known = Known::with_capacity_and_hasher(middle.old.len(), Default::default());
        let mut numbered = |lines: &[&'t str]| numbers(&mut known, lines);
        let old = numbered(&self.old[middle.old.clone()]);
        let new = numbered(&self.new[middle.new.clone()]);
        let mut search = Search {
            old: &old,
            new: &new,
            shift: (middle.old.start, middle.new.start),
            changes: Vec::new(),
            coarse: false,
        };
        let mut at = (0, 0);
        let end = (old.len(), new.len());
        for anchor in anchors(&old, &new, known.len()).into_iter().chain([end]) {
            search.stretch(at.0..anchor.0, at.1..anchor.1);
            at = (anchor.0 + 1, anchor.1 + 1);
        }
        (search.changes, search.coarse)
    }

    /// The same change without the equal lines at both ends.
    fn trimmed(&self, change: Change) -> Change {
        let (old, new) = (&self.old[change.old.clone()], &self.new[change.new.clone()]);
        let (head, tail) = common(old, new);
        Change {
            old: change.old.start + head..change.old.end - tail,
            new: change.new.start + head..change.new.end - tail,
        }
    }
}

/// How many elements are equal at the beginning and, beyond those, at the end.
fn common<T: PartialEq>(old: &[T], new: &[T]) -> (usize, usize) {
    let pairs = old.iter().zip(new);
    let head = pairs.take_while(|(old, new)| old == new).count();
    let pairs = old[head..].iter().rev().zip(new[head..].iter().rev());
    (head, pairs.take_while(|(old, new)| old == new).count())
}

/// The search over the numbers of the lines between the equal ends.
struct Search<'n> {
    old: &'n [u32],
    new: &'n [u32],
    /// The lines of both texts at which the numbers begin.
    shift: (usize, usize),
    changes: Vec<Change>,
    coarse: bool,
}

impl Search<'_> {
    /// Finds the changes between two anchors.
    fn stretch(&mut self, old: Range<usize>, new: Range<usize>) {
        let (head, tail) = common(&self.old[old.clone()], &self.new[new.clone()]);
        let (old, new) = (
            old.start + head..old.end - tail,
            new.start + head..new.end - tail,
        );
        if old.is_empty() || new.is_empty() {
            return self.push(old, new);
        }
        if old.len() + new.len() > SEARCHED_LINES_MAX {
            self.coarse = true;
            return self.push(old, new);
        }
        let (left, right) = (&self.old[old.clone()], &self.new[new.clone()]);
        for op in capture_diff_slices(Algorithm::Myers, left, right) {
            let shifted = |range: Range<usize>, by| range.start + by..range.end + by;
            if !matches!(op, DiffOp::Equal { .. }) {
                self.push(
                    shifted(op.old_range(), old.start),
                    shifted(op.new_range(), new.start),
                );
            }
        }
    }

    fn push(&mut self, old: Range<usize>, new: Range<usize>) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        let old = old.start + self.shift.0..old.end + self.shift.0;
        let new = new.start + self.shift.1..new.end + self.shift.1;
        match self.changes.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            Some(_) | None => self.changes.push(Change { old, new }),
        }
    }
}

/// Pairs of lines that both texts have exactly once, as many as stand in the same order in both.
/// They tie the texts together, so that the stretches left to search are short.
fn anchors(old: &[u32], new: &[u32], count: usize) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, Default)]
    struct Seen {
        old: u32,
        new: u32,
        new_at: usize,
    }
    let mut seen = vec![Seen::default(); count];
    for &number in old {
        seen[number as usize].old += 1;
    }
    for (at, &number) in new.iter().enumerate() {
        let seen = &mut seen[number as usize];
        seen.new += 1;
        seen.new_at = at;
    }
    let once = old.iter().enumerate().filter_map(|(at, &number)| {
        let seen = seen[number as usize];
        (seen.old == 1 && seen.new == 1).then_some((at, seen.new_at))
    });
    longest_rise(&once.collect::<Vec<_>>())
}

/// The longest subsequence of pairs, not necessarily adjacent, whose second indices rise as the
/// first do.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the last pair of the run that ends lowest; for each pair, the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; pairs.len()];
    for (n, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < pair.1);
        before[n] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = n,
            None => ends.push(n),
        }
    }
    let last = ends.last().copied();
    let mut run: Vec<_> = std::iter::successors(last, |&n| before[n])
        .map(|n| pairs[n])
        .collect();
    run.reverse();
    run
}

type Known<'t> = HashMap<&'t str, u32, BuildHasherDefault<WordHasher>>;

/// Hashes eight bytes at a time. The standard hasher, which resists chosen keys, would cost more
/// than the search; here, chosen lines could at worst make one difference slow.
#[derive(Default)]
struct WordHasher(u64);

impl WordHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let shifted = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
        self.add(rest.iter().fold(1, shifted));
    }

    fn write_u8(&mut self, _end: u8) {}

    /// The table uses the highest and the lowest bits; multiplication mixes the lowest ones poorly.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// One number for every line, the same for equal lines.
fn numbers<'t>(known: &mut Known<'t>, lines: &[&'t str]) -> Vec<u32> {
    let number = |line: &&'t str| {
        let next = u32::try_from(known.len()).expect("there are fewer lines than bytes in a file");
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
        // Both texts have the same number of equal lines here, so both reach their ends together.
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
