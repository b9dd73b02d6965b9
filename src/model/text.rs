//! Text from outside made fit for a terminal or a log, and secrets that cannot be printed.

use serde::{Deserialize, Serialize};
use std::{error::Error, fmt};
use zeroize::Zeroizing;

/// Makes control characters visible and bidirectional or zero-width characters harmless.
/// Line feeds and tabs stay; a carriage return before a line feed goes. Everything that was not
/// written by this program passes here before it is shown or logged.
pub fn sanitize(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => clean.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\0'..='\u{1f}' => clean.push(char::from_u32(0x2400 + c as u32).unwrap_or('?')),
            '\u{7f}' => clean.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{ad}'
            | '\u{61c}' => {
                clean.push_str(&format!("<U+{:04X}>", c as u32));
            }
            _ => clean.push(c),
        }
    }
    clean
}

/// An error with its causes, on one line.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Bytes as hexadecimal digits, two for each.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that `to_hex` wrote; `None` if it cannot have written this.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| (digit as char).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| Some((nibble(pair[0])? * 16 + nibble(pair[1])?) as u8))
        .collect()
}

/// A value that must not be seen: no `Display`, no `Serialize`, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for the one place that writes it where it belongs.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a screen may show: dots and the length, never a character of the value.
    pub fn mask(&self) -> String {
        format!("•••••• ({} chars)", self.0.chars().count())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(••••••)")
    }
}

/// A value as it may be shown: in the clear, or masked because the rules call it secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Clear(String),
    Masked { chars: usize },
}

impl Shown {
    pub fn of(value: &Secret, secret: bool) -> Self {
        if secret {
            Self::Masked {
                chars: value.expose().chars().count(),
            }
        } else {
            Self::Clear(sanitize(value.expose()))
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clear(text) => f.write_str(text),
            Self::Masked { chars } => write!(f, "•••••• ({chars} chars)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_survives() {
        let hostile = "a\x1b[2Jb\u{9b}31mc\u{202e}d\x07\x7f\re\r\nf\u{200b}";
        let clean = sanitize(hostile);
        assert!(
            clean.chars().all(|c| c == '\n' || !c.is_control()),
            "{clean:?}"
        );
        assert!(!clean.contains('\u{202e}') && !clean.contains('\u{200b}'));
        assert!(clean.contains("e\nf"));
    }

    #[test]
    fn hexadecimal_digits_give_their_bytes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        assert_eq!(to_hex(&[0, 0xaf]), "00af");
        for wrong in ["0", "0g", "+1"] {
            assert_eq!(from_hex(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret:?} {}", secret.mask()).contains("hunter2"));
    }
}
