//! One line of text that the operator types. It may be a secret: it is wiped when dropped, and
//! has no `Debug` that shows it.

use crate::model::text::Secret;
use zeroize::Zeroizing;

/// Bytes; room for all of them is taken at once, so that growing leaves no copies behind.
const BYTES_MAX: usize = 4096;

pub struct Field {
    text: Zeroizing<String>,
    /// Byte where the next character goes.
    at: usize,
}

impl Default for Field {
    fn default() -> Self {
        Self {
            text: Zeroizing::new(String::with_capacity(BYTES_MAX)),
            at: 0,
        }
    }
}

impl Field {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn secret(&self) -> Secret {
        Secret::new(self.text.as_str())
    }

    /// Control characters do not get in: neither by a key nor by a paste.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_control()) {
            if self.text.len() + c.len_utf8() <= BYTES_MAX {
                self.text.insert(self.at, c);
                self.at += c.len_utf8();
            }
        }
    }

    pub fn backspace(&mut self) {
        if let Some(c) = self.text[..self.at].chars().next_back() {
            self.at -= c.len_utf8();
            self.text.remove(self.at);
        }
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.at = 0;
    }

    pub fn left(&mut self) {
        if let Some(c) = self.text[..self.at].chars().next_back() {
            self.at -= c.len_utf8();
        }
    }

    pub fn right(&mut self) {
        if let Some(c) = self.text[self.at..].chars().next() {
            self.at += c.len_utf8();
        }
    }

    /// Before and after the place where the next character goes.
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({} characters)", self.text.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_moving_and_taking_back() {
        let mut field = Field::default();
        field.insert("aé\x1bb\n");
        field.left();
        field.backspace();
        field.insert("c");
        assert_eq!(field.text(), "acb");
        assert_eq!(field.halves(), ("ac", "b"));
        assert!(!format!("{field:?}").contains("acb"));
    }
}
