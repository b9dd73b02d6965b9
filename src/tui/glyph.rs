//! The signs: each means one thing, and each has a form for terminals without Unicode.
//!
//! Screens write the Unicode form everywhere; [`plain`] turns a finished text into ASCII in the
//! one place where texts reach the screen.

use crate::model::ascii;
use std::borrow::Cow;

/// The sign in front of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Done,
    Attention,
    Failed,
    Unsure,
    NotYet,
    Running,
    Undone,
}

impl Sign {
    pub const ALL: [Self; 7] = [
        Self::Done,
        Self::Attention,
        Self::Failed,
        Self::Unsure,
        Self::NotYet,
        Self::Running,
        Self::Undone,
    ];

    pub fn glyph(self) -> &'static str {
        match self {
            Self::Done => "✓",
            Self::Attention => "!",
            Self::Failed => "✗",
            Self::Unsure => "?",
            Self::NotYet => "·",
            Self::Running => "⟳",
            Self::Undone => "↶",
        }
    }

    /// The word for the sign where nothing is drawn.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Attention => "note",
            Self::Failed => "fails",
            Self::Unsure => "open",
            Self::NotYet => "-",
            Self::Running => "runs",
            Self::Undone => "undone",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or all right",
            Self::Attention => "a warning, or something that changes",
            Self::Failed => "failed, or blocked",
            Self::Unsure => "could not be checked, or needs your decision",
            Self::NotYet => "not yet, or nothing to do",
            Self::Running => "running now",
            Self::Undone => "undone",
        }
    }
}

/// What the other signs mean, for the help screen.
pub const OTHER_SIGNS: [(&str, &str); 3] = [
    ("▸", "the selected row, or the hint to read"),
    (
        "─ ─",
        "point of no return: at most a restore gets back before it",
    ),
    SECRET,
];
/// The sign that is told in lines too.
pub const SECRET: (&str, &str) = ("•••", "a secret, with its length");
/// Signs that only repeat the words after them: lines leave them out.
pub const SILENT_SIGNS: [&str; 2] = ["▸", "─ ─"];

/// A blank at which lines break only if nothing else fits. It is never painted.
pub const GLUE: char = '\u{a0}';

/// The text in ASCII. A character without an ASCII form becomes `?`.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Spelled out for keys: `^v` would be read as Ctrl-V, and `v` is a letter.
            '↑' if chars.next_if_eq(&'↓').is_some() => out.push_str("Up/Down"),
            GLUE => out.push(GLUE),
            '␀'..='␡' => control_picture(c, &mut out),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(ascii::sign(c).unwrap_or("?")),
        }
    }
    Cow::Owned(out)
}

/// `␛` is how `sanitize` shows an escape; `^[` is how terminals have always shown it.
fn control_picture(picture: char, out: &mut String) {
    let code = (picture as u32 - 0x2400) as u8;
    out.push('^');
    out.push(if code < 0x20 {
        (code + 0x40) as char
    } else {
        '?'
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_ascii_whatever_it_was() {
        let text = "✓ a→b … naïve ␛[2J 中 ••• █░ ↑↓ ‹x›";
        let plain = plain(text);
        assert!(plain.is_ascii(), "{plain}");
        assert!(plain.starts_with("+ a->b ... na?ve ^[[2J"));
    }

    #[test]
    fn every_sign_has_a_form_of_its_own_without_unicode() {
        let mut forms: Vec<String> = Sign::ALL
            .iter()
            .map(|sign| plain(sign.glyph()).into_owned())
            .collect();
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), Sign::ALL.len());
    }
}
