//! Plain text: a pattern replaced over the whole file.

use super::{Edit, EditError, Edited, Op, Outcome};
use crate::model::pattern::Pattern;
use std::borrow::Cow;

pub fn apply(text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
    let mut edited = Edited {
        text: text.to_owned(),
        outcomes: Vec::with_capacity(edits.len()),
    };
    for edit in edits {
        match &edit.op {
            Op::Replace { pattern, with } => {
                let (new, outcome) = replace(&edited.text, pattern, with);
                if let Cow::Owned(new) = new {
                    edited.text = new;
                }
                edited.outcomes.push(outcome);
            }
            Op::Set { .. }
            | Op::Default { .. }
            | Op::Remove
            | Op::Rename { .. }
            | Op::Move { .. }
            | Op::Append { .. }
            | Op::Rewrite { .. }
            | Op::Wrap(_) => {
                let why = format!("plain text has no key `{}`", edit.route);
                return Err(EditError::at(
                    text,
                    0,
                    why,
                    "name the file's format, or use replace",
                ));
            }
        }
    }
    Ok(edited)
}

/// Replaces every match; `$1` and `${name}` in `with` are groups of the pattern. If every match
/// already equals its replacement (a version that is already the wanted one), the result is
/// `AlreadyDone`. A text without a match is `Absent`, whatever else it contains: the new text
/// somewhere, in a comment or in a longer number, does not prove that anything was replaced.
fn replace<'t>(text: &'t str, pattern: &Pattern, with: &str) -> (Cow<'t, str>, Outcome) {
    let new = pattern.replace_all(text, with);
    match new {
        Cow::Borrowed(_) => (Cow::Borrowed(text), Outcome::Absent),
        Cow::Owned(new) if new == text => (Cow::Borrowed(text), Outcome::AlreadyDone),
        Cow::Owned(new) => (Cow::Owned(new), Outcome::Changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::route::Route;

    fn run(text: &str, pattern: &str, with: &str) -> (String, Outcome) {
        let pattern = Pattern::try_from(pattern.to_owned()).expect(pattern);
        let op = Op::Replace {
            pattern,
            with: with.to_owned(),
        };
        let edit = Edit::new(Route::default(), op);
        let edited = apply(text, &[edit]).expect("a replacement");
        (edited.text, edited.outcomes[0])
    }

    #[test]
    fn every_match_changes_once() {
        let pattern = "loki@v[0-9.]+";
        let old = "a: loki@v1.2\r\nb: loki@v1.3";
        let new = "a: loki@v5.0\r\nb: loki@v5.0";
        assert_eq!(
            run(old, pattern, "loki@v5.0"),
            (new.to_owned(), Outcome::Changed)
        );
        assert_eq!(
            run(new, pattern, "loki@v5.0"),
            (new.to_owned(), Outcome::AlreadyDone)
        );
        assert_eq!(
            run("else", pattern, "x"),
            ("else".to_owned(), Outcome::Absent)
        );
    }

    #[test]
    fn a_text_that_holds_the_replacement_by_accident_was_not_replaced() {
        for (text, pattern, with) in [
            ("port 8080\n", "threads [0-9]+", "80"),
            (
                "# once u: sqlite+aio:///x\n",
                "sqlite:///",
                "sqlite+aio:///",
            ),
        ] {
            let same = (text.to_owned(), Outcome::Absent);
            assert_eq!(run(text, pattern, with), same);
        }
    }

    #[test]
    fn a_key_is_refused() {
        let edit = Edit::new(Route::key("a"), Op::Remove);
        assert!(apply("a=1", &[edit]).is_err());
    }
}
