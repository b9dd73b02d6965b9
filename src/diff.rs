//! What differs between two texts, line by line, as data and as a unified diff.
//!
//! Lines keep every byte but their `\n`: a `\r` is part of the line, and a last line that has no
//! `\n` is marked as such. The search compares numbers that stand for lines. It is bounded by the
//! number of lines, not by a clock, so a pair of texts always gives the same difference.
//!
//! Knows no files, no colours and no secrets.

mod change;
mod marks;
mod unified;

pub use unified::unified;

use crate::model::units;
use change::{Change, Lines};
use std::ops::Range;

/// The rows that a screen shows, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    pub rows: Vec<Row>,
    /// Part of the texts was too large for a search, and is shown as replaced as a whole.
    pub coarse: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    /// From 1; for a gap, its first line.
    pub old_line: Option<usize>,
    pub new_line: Option<usize>,
    /// The line without its `\n`; for a gap, how much was left out.
    pub text: String,
    /// Byte ranges of `text` that differ from the line it replaces or is replaced by. They lie at
    /// character boundaries; empty when the two lines have little in common.
    pub marks: Vec<Range<usize>>,
    /// The text ends here, without a newline.
    pub open_end: bool,
    /// For a gap: the equal lines themselves.
    pub left_out: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Same,
    Gone,
    New,
    /// Equal lines left out.
    Gap,
}

impl Row {
    /// From 1: in the old text for a line that is gone, else in the new one.
    pub fn line(&self) -> Option<usize> {
        self.new_line.or(self.old_line)
    }
}

/// The differences, each with `context` equal lines around it. Equal texts have no rows.
pub fn rows(before: &str, after: &str, context: usize) -> Diff {
    let lines = Lines::of(before, after);
    let (changes, coarse) = lines.changes();
    let mut rows = Vec::new();
    let mut shown = (0, 0);
    for hunk in change::hunks(&changes, &lines, context) {
        gap(&mut rows, &lines, shown, hunk.old.start);
        shown = (hunk.old.end, hunk.new.end);
        let mut at = (hunk.old.start, hunk.new.start);
        for change in hunk.changes {
            same(&mut rows, &lines, at, change.old.start);
            replaced(&mut rows, &lines, change);
            at = (change.old.end, change.new.end);
        }
        same(&mut rows, &lines, at, hunk.old.end);
    }
    if !changes.is_empty() {
        gap(&mut rows, &lines, shown, lines.old.len());
    }
    Diff { rows, coarse }
}

fn row(kind: Kind, line: &str, old: Option<usize>, new: Option<usize>) -> Row {
    let text = line.strip_suffix('\n');
    Row {
        kind,
        old_line: old.map(|at| at + 1),
        new_line: new.map(|at| at + 1),
        text: text.unwrap_or(line).to_owned(),
        marks: Vec::new(),
        open_end: text.is_none(),
        left_out: String::new(),
    }
}

fn gap(rows: &mut Vec<Row>, lines: &Lines<'_>, (old, new): (usize, usize), end: usize) {
    let count = end - old;
    if count > 0 {
        let text = format!("{}\n", units::count(count, "equal line"));
        let mut gap = row(Kind::Gap, &text, Some(old), Some(new));
        gap.left_out = lines.old[old..end].concat();
        rows.push(gap);
    }
}

fn same(rows: &mut Vec<Row>, lines: &Lines<'_>, (old, new): (usize, usize), end: usize) {
    for n in 0..end - old {
        let line = lines.old[old + n];
        rows.push(row(Kind::Same, line, Some(old + n), Some(new + n)));
    }
}

fn replaced(rows: &mut Vec<Row>, lines: &Lines<'_>, change: &Change) {
    let first = rows.len();
    let gone = |at: usize| row(Kind::Gone, lines.old[at], Some(at), None);
    let new = |at: usize| row(Kind::New, lines.new[at], None, Some(at));
    rows.extend(change.old.clone().map(gone));
    rows.extend(change.new.clone().map(new));
    let (gone, new) = rows[first..].split_at_mut(change.old.len());
    marks::mark(gone, new);
}

#[cfg(test)]
#[expect(
    clippy::single_range_in_vec_init,
    reason = "one range is what is meant"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            "[ab]{0,2}",
            Just("key=värde".to_owned()),
            "key=[a-zé🙂 ]{0,6}"
        ];
        let end = prop_oneof![4 => Just("\n"), 1 => Just("\r\n")];
        let lines = prop::collection::vec((line, end), 0..12);
        (lines, any::<bool>()).prop_map(|(lines, open)| {
            let text: String = lines
                .iter()
                .map(|(line, end)| format!("{line}{end}"))
                .collect();
            let bare = text.strip_suffix('\n').filter(|_| open);
            bare.unwrap_or(&text).to_owned()
        })
    }

    /// One of the two texts, put together again from the rows.
    fn side(diff: &Diff, without: Kind) -> String {
        let rows = diff.rows.iter().filter(|row| row.kind != without);
        rows.map(in_its_text).collect()
    }

    fn in_its_text(row: &Row) -> String {
        format!("{}{}", row.text, if row.open_end { "" } else { "\n" })
    }

    proptest! {
        #[test]
        fn the_rows_hold_both_texts(before in texts(), after in texts()) {
            let all = rows(&before, &after, usize::MAX);
            prop_assert!(!all.coarse);
            if before == after {
                prop_assert!(all.rows.is_empty());
            } else {
                prop_assert_eq!(side(&all, Kind::New), before);
                prop_assert_eq!(side(&all, Kind::Gone), after);
            }
        }

        #[test]
        fn a_context_only_leaves_equal_lines_out(
            before in texts(), after in texts(), context in 0usize..4
        ) {
            let all = rows(&before, &after, usize::MAX).rows;
            let some = rows(&before, &after, context).rows;
            let shown: Vec<_> = some.iter().filter(|row| row.kind != Kind::Gap).collect();
            let kept: Vec<_> = all.iter().filter(|row| shown.contains(row)).collect();
            prop_assert_eq!(&kept, &shown);
            let left = all.iter().filter(|row| !shown.contains(row));
            prop_assert!(left.clone().all(|row| row.kind == Kind::Same));
            let left: String = left.map(in_its_text).collect();
            let told: String = some.iter().map(|row| row.left_out.as_str()).collect();
            prop_assert_eq!(told, left);
        }

        #[test]
        fn marks_are_whole_characters_that_differ(before in texts(), after in texts()) {
            let diff = rows(&before, &after, 0);
            for row in &diff.rows {
                prop_assert!(row.kind != Kind::Same || row.marks.is_empty());
                let mut done = 0;
                for mark in &row.marks {
                    prop_assert!(mark.start >= done && mark.start < mark.end);
                    prop_assert!(row.text.get(mark.clone()).is_some());
                    done = mark.end;
                }
            }
        }
    }

    #[test]
    fn line_ends_are_part_of_the_difference() {
        let diff = rows("a=1\r\nb=2", "a=1\nb=2\n", 3);
        let seen: Vec<_> = diff
            .rows
            .iter()
            .map(|row| {
                (
                    row.kind,
                    row.text.as_str(),
                    row.marks.as_slice(),
                    row.open_end,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (Kind::Gone, "a=1\r", [3..4].as_slice(), false),
                (Kind::Gone, "b=2", &[], true),
                (Kind::New, "a=1", &[], false),
                (Kind::New, "b=2", &[], false),
            ]
        );
    }

    #[test]
    fn gaps_say_how_much_is_left_out() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n";
        let after = before.replace('4', "four");
        let diff = rows(before, &after, 1);
        let seen: Vec<_> = diff
            .rows
            .iter()
            .map(|row| (row.kind, row.text.as_str(), row.old_line, row.new_line))
            .collect();
        assert_eq!(
            seen,
            [
                (Kind::Gap, "2 equal lines", Some(1), Some(1)),
                (Kind::Same, "3", Some(3), Some(3)),
                (Kind::Gone, "4", Some(4), None),
                (Kind::New, "four", None, Some(4)),
                (Kind::Same, "5", Some(5), Some(5)),
                (Kind::Gap, "3 equal lines", Some(6), Some(6)),
            ]
        );
    }
}
