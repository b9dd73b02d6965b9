//! The words that differ between a line and the line that replaced it.

use super::Row;
use similar::{ChangeTag, TextDiff};
use std::ops::Range;

/// How many lines ahead to look for the one that replaced a line.
const WINDOW_LINES: usize = 8;

/// Longer lines are data, not settings; only their differing middle is marked.
const WORDS_BYTES_MAX: usize = 1000;

/// Pairs lines that are alike, in order, and marks the words that differ.
pub fn mark(gone: &mut [Row], new: &mut [Row]) {
    let mut next = 0;
    for old in gone {
        let window = next..new.len().min(next + WINDOW_LINES);
        let Some(at) = window
            .into_iter()
            .find(|&at| alike(&old.text, &new[at].text))
        else {
            continue;
        };
        (old.marks, new[at].marks) = differing(&old.text, &new[at].text);
        next = at + 1;
    }
}

/// Whether at least a third of the longer line is the same at the beginning and the end.
fn alike(old: &str, new: &str) -> bool {
    let (old, new) = (old.trim_start(), new.trim_start());
    let (head, tail) = common(old, new);
    (head + tail) * 3 >= old.len().max(new.len())
}

/// How many bytes are equal at the beginning and, beyond those, at the end; whole characters only.
fn common(old: &str, new: &str) -> (usize, usize) {
    let same = |(old, new): &(char, char)| old == new;
    let length = |(c, _): (char, char)| c.len_utf8();
    let heads = old.chars().zip(new.chars());
    let head: usize = heads.take_while(same).map(length).sum();
    let tails = old[head..].chars().rev().zip(new[head..].chars().rev());
    (head, tails.take_while(same).map(length).sum())
}

type Marks = Vec<Range<usize>>;

fn differing(old: &str, new: &str) -> (Marks, Marks) {
    if old.len().max(new.len()) > WORDS_BYTES_MAX {
        let (head, tail) = common(old, new);
        let middle = |text: &str| {
            let range = head..text.len() - tail;
            if range.is_empty() {
                Marks::new()
            } else {
                vec![range]
            }
        };
        return (middle(old), middle(new));
    }
    let (mut old_marks, mut new_marks) = (Marks::new(), Marks::new());
    let (mut old_at, mut new_at) = (0, 0);
    for change in TextDiff::from_unicode_words(old, new).iter_all_changes() {
        let length = change.value().len();
        match change.tag() {
            ChangeTag::Equal => {
                old_at += length;
                new_at += length;
            }
            ChangeTag::Delete => extend(&mut old_marks, &mut old_at, length),
            ChangeTag::Insert => extend(&mut new_marks, &mut new_at, length),
        }
    }
    (old_marks, new_marks)
}

fn extend(marks: &mut Marks, at: &mut usize, length: usize) {
    let range = *at..*at + length;
    *at = range.end;
    match marks.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        Some(_) | None => marks.push(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
        let (old_marks, new_marks) = differing(old, new);
        let words = |text: &str, marks: Marks| -> Vec<String> {
            marks
                .into_iter()
                .map(|mark| text[mark].to_owned())
                .collect()
        };
        (words(old, old_marks), words(new, new_marks))
    }

    #[test]
    fn words_are_marked_whole() {
        let (old, new) = marked(
            "  image: db:16-alpine # pinned",
            "  image: db:17-alpine # pinned",
        );
        assert_eq!((old, new), (vec!["16".to_owned()], vec!["17".to_owned()]));
        let long = "x".repeat(WORDS_BYTES_MAX);
        let (old, new) = marked(&format!("{long}é{long}"), &format!("{long}ü{long}"));
        assert_eq!((old, new), (vec!["é".to_owned()], vec!["ü".to_owned()]));
    }

    #[test]
    fn a_line_is_no_pair_of_a_stranger() {
        assert!(alike("  LOG_LEVEL=info", "  LOG_LEVEL=warn"));
        assert!(alike("a:", "  a:"));
        assert!(!alike("# a comment on ports", "DATABASE_URL=x"));
    }
}
