//! Makes text from outside fit for a terminal or a log, and keeps secrets from being printed.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, error::Error, fmt};
use unicode_width::UnicodeWidthChar;
use zeroize::Zeroizing;

/// No language puts more marks than this above and below one letter.
const MARKS_MAX: usize = 4;

/// Makes control characters visible, as well as bidirectional, zero-width and invisible characters
/// and marks heaped on one letter. Line feeds and tabs stay; a carriage return before a line feed
/// is dropped. Everything that this program did not write passes through here before it is shown or
/// logged.
pub fn sanitize(text: &str) -> String {
    let plain = |byte: u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    if text.bytes().all(plain) {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut marks = Marks::default();
    while let Some(c) = chars.next() {
        let heap = marks.heap_with(c);
        match c {
            '\n' | '\t' => clean.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\0'..='\u{1f}' => clean.push(char::from_u32(0x2400 + c as u32).unwrap_or('?')),
            '\u{7f}' => clean.push('\u{2421}'),
            _ if steers(c) || heap => clean.push_str(&format!("<U+{:04X}>", c as u32)),
            _ => clean.push(c),
        }
    }
    clean
}

/// Whether a character beyond ASCII must not be drawn: a terminal may obey it (C1), reorder others
/// by it, or show nothing at all, so that two different texts look the same.
fn steers(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The same JSON with nothing in it that a terminal could obey, so that reading it with `cat` is as
/// safe as parsing it. What is escaped can only stand inside its strings.
pub fn inert(json: &str) -> Cow<'_, str> {
    if json.is_ascii() && !json.contains('\u{7f}') {
        return Cow::Borrowed(json);
    }
    let mut clean = String::with_capacity(json.len() + 16);
    let mut marks = Marks::default();
    for c in json.chars() {
        if c == '\u{7f}' || steers(c) || marks.heap_with(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                clean.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// Counts the marks on one letter.
#[derive(Default)]
struct Marks(usize);

impl Marks {
    /// Whether this mark is one too many; what is written in its place counts as a letter.
    fn heap_with(&mut self, c: char) -> bool {
        let is_mark = !c.is_ascii() && c.width() == Some(0);
        self.0 = if is_mark { self.0 + 1 } else { 0 };
        let too_many = self.0 > MARKS_MAX;
        if too_many {
            self.0 = 0;
        }
        too_many
    }
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

/// The last lines of an output that are not blank, at most `most`.
pub fn last_lines(output: &str, most: usize) -> Vec<&str> {
    let spoken = output.lines().rev().filter(|line| !line.trim().is_empty());
    let mut last: Vec<&str> = spoken.take(most).collect();
    last.reverse();
    last
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

/// Percent-encodes a text for an address: letters, digits and `kept` stay, every other byte becomes
/// `%2F` or `%2f`.
pub fn to_percent(text: &str, kept: &[u8], upper: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else if upper {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
        out
    })
}

/// Undoes percent-encoding; a `%` without two hexadecimal digits stays.
pub fn from_percent(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(from_hex) {
            Some(byte) => {
                bytes.extend(byte);
                bytes.extend_from_slice(&piece.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(piece.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is shown in place of a secret. It always has the same length, so it reveals none.
pub const MASK: &str = "••••••";

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

/// Quotes a text as one word for a POSIX shell.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if sanitize(word) == word {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        // Holds nothing that a terminal would obey when somebody reads it there.
        let bytes = word.bytes().map(|byte| format!("\\{byte:03o}"));
        format!("\"$(printf '{}')\"", bytes.collect::<String>())
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
    fn what_was_written_for_an_address_is_read_again() {
        for text in ["", "p@ss w/rd", "100%", "ä%2F", "\u{5}%"] {
            for upper in [true, false] {
                assert_eq!(from_percent(&to_percent(text, b"-_", upper)), text);
            }
        }
        // A sign is not a digit.
        assert_eq!(
            from_percent("100%, %zz%41%e a%+5b%é"),
            "100%, %zzA%e a%+5b%é"
        );
    }

    #[test]
    fn letters_keep_their_marks_and_a_heap_of_marks_is_told() {
        for text in [
            "e\u{301}",
            "Vie\u{323}\u{302}t",
            "\u{1100}\u{1161}\u{11a8}",
            "日本 🚀",
        ] {
            assert_eq!(sanitize(text), text);
        }
        let heap = format!("a{}b", "\u{301}".repeat(1000));
        let shown = sanitize(&heap);
        let longest = shown
            .split(|c: char| c.width() != Some(0))
            .map(|run| run.chars().count());
        assert_eq!(longest.max(), Some(MARKS_MAX));
        assert!(shown.starts_with("a\u{301}") && shown.ends_with('b'));
    }

    #[test]
    fn inert_json_says_the_same() {
        let hostile = "\x1b]52;c;AAAA\x07 \u{9b}2J \u{7f} \u{202e} \u{e0041} \"ü\\\n";
        let json = serde_json::to_string(hostile).expect("a text");
        let shown = inert(&json);
        assert!(
            !shown.contains(|c: char| c.is_control() || steers(c)),
            "{shown:?}"
        );
        let read: String = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(read, hostile);
        assert_eq!(inert("{\"a\":\"ü 🚀\"}"), "{\"a\":\"ü 🚀\"}");
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

    /// Does not compile if a secret can be printed, serialised, deserialised or used as its text by
    /// accident: then `it` is ambiguous.
    const _: fn() = || {
        trait CannotBe<How> {
            fn it() {}
        }
        struct Printed;
        struct Written;
        struct ReadFrom;
        struct Text;
        struct Borrowed;
        impl<T: ?Sized> CannotBe<()> for T {}
        impl<T: ?Sized + fmt::Display> CannotBe<Printed> for T {}
        impl<T: ?Sized + Serialize> CannotBe<Written> for T {}
        impl<T: serde::de::DeserializeOwned> CannotBe<ReadFrom> for T {}
        impl<T: ?Sized + std::ops::Deref> CannotBe<Text> for T {}
        impl<T: ?Sized + AsRef<str>> CannotBe<Borrowed> for T {}
        let _unique = <Secret as CannotBe<_>>::it;
    };

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret:?} {}", secret.mask()).contains("hunter2"));
    }

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(shell_word("conf/app.toml"), "conf/app.toml");
        assert_eq!(shell_word("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(
            shell_word("\x1b[2Jé"),
            r#""$(printf '\033\133\062\112\303\251')""#
        );
    }
}
