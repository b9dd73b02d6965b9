//! The difference as text that `patch` reads.

use super::change::{self, Hunk, Lines};
use std::ops::Range;

/// Equal lines around a change, as GNU `diff -u` has it.
const CONTEXT_LINES: usize = 3;

/// GNU's unified format of two texts with their names; empty for equal texts.
pub fn unified(before: (&str, &str), after: (&str, &str)) -> String {
    let ((old_name, before), (new_name, after)) = (before, after);
    let lines = Lines::of(before, after);
    let (changes, _) = lines.changes();
    if changes.is_empty() {
        return String::new();
    }
    let mut out = format!("--- {old_name}\n+++ {new_name}\n");
    for hunk in change::hunks(&changes, &lines, CONTEXT_LINES) {
        write_hunk(&mut out, &lines, &hunk);
    }
    out
}

fn write_hunk(out: &mut String, lines: &Lines<'_>, hunk: &Hunk<'_>) {
    let (old, new) = (place(&hunk.old), place(&hunk.new));
    out.push_str(&format!("@@ -{old} +{new} @@\n"));
    let mut at = hunk.old.start;
    for change in hunk.changes {
        write_lines(out, ' ', &lines.old[at..change.old.start]);
        write_lines(out, '-', &lines.old[change.old.clone()]);
        write_lines(out, '+', &lines.new[change.new.clone()]);
        at = change.old.end;
    }
    write_lines(out, ' ', &lines.old[at..hunk.old.end]);
}

/// The first line, from 1, and the number of lines; if there are none, the line above.
fn place(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        count => format!("{},{count}", range.start + 1),
    }
}

fn write_lines(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_gnu_diff_writes() {
        assert_eq!(unified(("f", "a\nb\n"), ("f", "a\nb\n")), "");
        assert_eq!(
            unified(("e", ""), ("f", "a\n")),
            "--- e\n+++ f\n@@ -0,0 +1 @@\n+a\n"
        );
        assert_eq!(
            unified(("f", "a\r\nb"), ("f", "a\nb\n")),
            "--- f\n+++ f\n@@ -1,2 +1,2 @@\n-a\r\n-b\n\\ No newline at end of file\n+a\n+b\n"
        );
        assert_eq!(
            unified(("f", "1\n2\n3\n4\n5\n"), ("f", "1\n2\n3\n4\nfive\n")),
            "--- f\n+++ f\n@@ -2,4 +2,4 @@\n 2\n 3\n 4\n-5\n+five\n"
        );
    }
}
