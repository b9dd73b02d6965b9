//! One line of text that the operator types. It may be a secret: it is wiped when dropped, and
//! has no `Debug` that shows it.

use crate::model::text::Secret;
use zeroize::Zeroizing;

/// In bytes. All of it is allocated at once, so that growing leaves no copies behind.
const BYTES_MAX: usize = 4096;
const TOO_LONG: &str = "longer than 4,096 bytes";

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

    /// Inserts all of the text, or nothing and says why: a part would be a different answer, and
    /// behind bullets nobody would see that. Control characters are refused, whether typed or
    /// pasted.
    pub fn insert(&mut self, text: &str) -> Result<(), &'static str> {
        if text.contains(['\r', '\n']) {
            return Err("it has line ends");
        }
        if text.contains(char::is_control) {
            return Err("it has control characters");
        }
        if self.text.len() + text.len() > BYTES_MAX {
            return Err(TOO_LONG);
        }
        self.text.insert_str(self.at, text);
        self.at += text.len();
        Ok(())
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

    /// The text before and after the caret.
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
        assert_eq!(field.insert("aéb"), Ok(()));
        field.left();
        field.backspace();
        assert_eq!(field.insert("c"), Ok(()));
        assert_eq!(field.text(), "acb");
        assert_eq!(field.halves(), ("ac", "b"));
        assert!(!format!("{field:?}").contains("acb"));
    }

    #[test]
    fn a_text_is_taken_whole_or_not_at_all() {
        let mut field = Field::default();
        let long = "x".repeat(BYTES_MAX);
        for (text, why) in [
            ("a\nb", "it has line ends"),
            ("a\rb", "it has line ends"),
            ("a\x1bb", "it has control characters"),
            (&format!("{long}x"), TOO_LONG),
        ] {
            assert_eq!((field.insert(text), field.text()), (Err(why), ""));
        }
        assert_eq!(field.insert(&long), Ok(()));
        assert_eq!(field.insert("é"), Err(TOO_LONG));
        assert_eq!(field.text(), long);
        assert!(TOO_LONG.replace(',', "").contains(&BYTES_MAX.to_string()));
    }
}
