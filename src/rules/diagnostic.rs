//! An error or warning about a rules file: where it is, the line itself, what is wrong and what to
//! do about it. Knows no rule; only how to point at a text and how to draw that.

use crate::model::text::sanitize;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::{fmt, ops::Range};

/// How much of a line is shown after the mark; more would not help.
const TAIL_CHARS_MAX: usize = 160;
/// Farther right than this the line is shown from the mark on.
const HEAD_BYTES_MAX: usize = 2000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// The pack cannot be used.
    Error,
    /// The pack can be used; the author should know.
    Warning,
}

/// What is wrong at a place of one text, before it is known which file that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// A lowercase fragment: `unknown key `severty``.
    pub message: String,
    /// A few words at the caret.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

/// A fault in a named file. All its texts are safe to print on a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Gravity,
    pub file: String,
    /// From 1, in characters.
    pub line: usize,
    pub column: usize,
    /// Bytes of the file.
    pub span: Range<usize>,
    pub message: String,
    pub label: String,
    pub help: Option<String>,
    /// The source line; `mark` is the range of its bytes to underline.
    excerpt: String,
    mark: Range<usize>,
}

impl Diagnostic {
    pub fn new(severity: Gravity, file: &str, text: &str, fault: Fault) -> Self {
        let span = on_boundaries(text, &fault.span);
        let line_start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[span.start..]
            .find('\n')
            .map_or(text.len(), |at| span.start + at);
        let marked = span.end.clamp(span.start, line_end);
        let head_start = if span.start - line_start > HEAD_BYTES_MAX {
            span.start
        } else {
            line_start
        };
        let head = sanitize(&text[head_start..span.start]);
        let middle = sanitize(&text[span.start..marked]);
        let tail: String = text[marked..line_end]
            .chars()
            .take(TAIL_CHARS_MAX)
            .collect();
        Self {
            severity,
            file: sanitize(file),
            line: text[..span.start].matches('\n').count() + 1,
            column: text[line_start..span.start].chars().count() + 1,
            mark: head.len()..head.len() + middle.len(),
            excerpt: head + &middle + &sanitize(tail.trim_end_matches('\r')),
            span,
            message: one_line(&fault.message),
            label: one_line(&fault.label),
            help: fault.help.as_deref().map(one_line),
        }
    }

    /// About a file as a whole: it is missing, or it is not text.
    pub fn of_file(file: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        let fault = Fault {
            span: 0..0,
            message: message.into(),
            label: String::new(),
            help: Some(help.into()),
        };
        Self::new(Gravity::Error, file, "", fault)
    }

    /// The same about a file that secrets may stand in: without its line, and without the values
    /// that the reader quotes.
    pub fn without_values(mut self) -> Self {
        self.excerpt.clear();
        self.mark = 0..0;
        for text in [&mut self.message, &mut self.label] {
            if let (Some(first), Some(last)) = (text.find('"'), text.rfind('"')) {
                text.replace_range(first..=last, "…");
            }
        }
        self
    }

    /// The picture: title, place, the source line with a caret under it, what to do.
    pub fn render(&self, styled: bool) -> String {
        let level = match self.severity {
            Gravity::Error => Level::ERROR,
            Gravity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str());
        let mut group = if self.excerpt.is_empty() {
            let place = annotate_snippets::Origin::path(self.file.as_str());
            title.element(match self.span.end {
                0 => place,
                _ => place.line(self.line).char_column(self.column),
            })
        } else {
            title.element(
                Snippet::source(self.excerpt.as_str())
                    .path(self.file.as_str())
                    .line_start(self.line)
                    .annotation(
                        AnnotationKind::Primary
                            .span(self.mark.clone())
                            .label(self.label.as_str()),
                    ),
            )
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )
    }
}

/// The nearest of some known words, if it is near enough to be what was meant.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    nearest_within(word, known, (word.chars().count() / 3).max(1))
}

/// The end of a sentence about an unknown word: a suggestion, or nothing.
pub fn did_you_mean<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The nearest known word that is at most this many changes away.
pub fn nearest_within<'w>(
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
    most: usize,
) -> Option<&'w str> {
    known
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 3 * most)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that make one word the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for i in 1..=one.len() {
        let mut next = vec![i];
        for j in 1..=other.len() {
            let differs = usize::from(one[i - 1] != other[j - 1]);
            let mut cost = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + differs);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                cost = cost.min(before[j - 2] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

fn on_boundaries(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    start..end
}

fn one_line(text: &str) -> String {
    sanitize(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["severity", "because", "cites", "when"];
        assert_eq!(nearest("severty", known), Some("severity"));
        assert_eq!(nearest("ciets", known), Some("cites"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest_within("cause", known, 2), Some("because"));
        assert_eq!(nearest_within("cause", known, 1), None);
    }

    #[test]
    fn the_distance_counts_single_changes_and_swaps() {
        for (one, other, expected) in [
            ("", "", 0),
            ("A", "", 1),
            ("APP_PORT", "APP_PROT", 1),
            ("APP_PORT", "APP_PORTS", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_mark_never_cuts_a_character_and_is_safe_to_show() {
        let text = "a: \"ü\x1b[31m\"\nb: 2\r\n";
        for start in 0..=text.len() + 2 {
            let fault = Fault {
                span: start..start + 3,
                message: "wrong\x1b[2J".into(),
                label: "here".into(),
                help: None,
            };
            let shown = Diagnostic::new(Gravity::Error, "x.yaml", text, fault).render(false);
            assert!(!shown.contains('\x1b'), "{shown:?}");
        }
    }
}
