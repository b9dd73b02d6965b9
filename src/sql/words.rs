//! The words of a statement, for finding out what it does.

use super::lex::{Kind, Token};
use std::{borrow::Cow, ops::Deref};

/// A word in capitals, a quoted name or string as it stands, or any other single character.
/// Comments yield no words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// Where it begins in its statement, in bytes.
    pub at: usize,
    text: Cow<'t, str>,
}

impl<'t> Word<'t> {
    /// The word of a token, for a statement that begins at byte `start` of the text.
    pub fn of(text: &'t str, token: &Token, start: usize) -> Option<Self> {
        let piece = &text[token.at.clone()];
        let text = match token.kind {
            Kind::Word => capitals(piece),
            Kind::Name | Kind::Text | Kind::Symbol(_) => piece.into(),
            Kind::Comment => return None,
        };
        let at = token.at.start - start;
        Some(Self { at, text })
    }

    /// As an object's name; SQLite accepts a string for one too.
    pub fn name(&self) -> String {
        let mut inner = self.chars();
        match (inner.next(), inner.next_back()) {
            (Some('['), Some(']')) => inner.as_str().to_owned(),
            (Some(quote @ ('"' | '`' | '\'')), Some(end)) if quote == end => {
                let doubled = String::from_iter([quote, quote]);
                inner.as_str().replace(&doubled, &quote.to_string())
            }
            _ => self.to_lowercase(),
        }
    }
}

impl Deref for Word<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Word<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

fn capitals(word: &str) -> Cow<'_, str> {
    let stays = |byte: u8| byte.is_ascii() && !byte.is_ascii_lowercase();
    match word.bytes().all(stays) {
        true => word.into(),
        false => word.to_uppercase().into(),
    }
}

pub(super) fn begins_with(head: &[impl AsRef<str>], expected: &[&str]) -> bool {
    let same = |(one, other): (&_, &&str)| AsRef::<str>::as_ref(one) == *other;
    head.len() >= expected.len() && head.iter().zip(expected).all(same)
}
