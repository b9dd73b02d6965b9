//! Values of a `.env` file, and the blanks and line ends around them.

use crate::expand;

/// What a statement gives its variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// This text, whatever else is set.
    Literal(String),
    /// A text with variables, in the syntax that `expand` reads.
    Template(String),
    /// Nothing of its own: the value comes from the reader's environment.
    Inherited,
    /// What only a shell can tell, as it is written.
    Computed(String),
}

/// A value found at the start of a text, with its length in bytes.
pub struct Found {
    pub len: usize,
    pub value: Value,
}

/// A text in compose's own syntax, literal when no variable stands in it.
pub fn template(text: &str) -> Value {
    expand::literal(text).map_or_else(|| Value::Template(text.to_owned()), Value::Literal)
}

pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}')
}

/// The length of the line without its end, and with it.
pub fn line_lengths(text: &str) -> (usize, usize) {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => (at - 1, at + 1),
        Some(at) => (at, at + 1),
        None => (text.len(), text.len()),
    }
}
