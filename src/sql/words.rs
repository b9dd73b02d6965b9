//! The words of a statement, for looking at what it does.

use super::lex::{Kind, Token, tokens};

/// The words of a statement in capitals, names as they are; texts and comments are left out.
pub(super) fn words(text: &str) -> Vec<String> {
    placed_words(text)
        .into_iter()
        .map(|(_, word)| word)
        .collect()
}

/// The words with their places.
pub(super) fn placed_words(text: &str) -> Vec<(usize, String)> {
    let word = |token: Token| {
        let piece = &text[token.at.clone()];
        let word = match token.kind {
            Kind::Word => piece.to_uppercase(),
            Kind::Name | Kind::Symbol(_) => piece.to_owned(),
            Kind::Text | Kind::Comment => return None,
        };
        Some((token.at.start, word))
    };
    // A statement that was split can be read.
    let all = tokens(text).unwrap_or_default();
    all.into_iter().filter_map(word).collect()
}

pub(super) fn begins_with(head: &[String], expected: &[&str]) -> bool {
    head.len() >= expected.len() && head.iter().zip(expected).all(|(one, other)| one == other)
}
