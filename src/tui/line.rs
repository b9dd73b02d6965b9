//! Lines of toned text, and how they wrap to a width. Nothing is cut here: a long word is broken,
//! and a long line continues below, indented.

use super::{
    glyph::GLUE,
    theme::{Look, Tone},
};
use crate::model::text::sanitize;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One paragraph: pieces of text, each in its tone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub pieces: Vec<(Tone, String)>,
    /// Indent, in columns, of the lines after the first.
    pub hang: usize,
    /// A heading of the lines below it.
    pub is_heading: bool,
    /// A command: copied across several lines, it is still one command to the shell.
    pub is_copied: bool,
}

impl Line {
    pub fn empty() -> Self {
        Self::default()
    }

    pub fn new(text: impl AsRef<str>) -> Self {
        Self::toned(Tone::Plain, text)
    }

    pub fn toned(tone: Tone, text: impl AsRef<str>) -> Self {
        Self::empty().and(tone, text)
    }

    /// Something that needs attention.
    pub fn warning(words: impl AsRef<str>) -> Self {
        Self::toned(Tone::Attention, format!("! {}", words.as_ref())).hang(2)
    }

    /// Appends a text. Everything that is painted or told passes here: what was not sanitized
    /// before, such as text being typed, is sanitized now.
    pub fn and(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        self.pieces.push((tone, sanitize(text.as_ref())));
        self
    }

    pub fn hang(mut self, columns: usize) -> Self {
        self.hang = columns;
        self
    }

    pub fn heading(text: impl AsRef<str>) -> Self {
        Self {
            is_heading: true,
            ..Self::toned(Tone::Strong, text)
        }
    }

    /// A command, on a line of its own.
    pub fn command(text: impl AsRef<str>) -> Self {
        Self {
            is_copied: true,
            ..Self::toned(Tone::Strong, text)
        }
    }

    pub fn text(&self) -> String {
        let pieces = self.pieces.iter();
        pieces.map(|(_, text)| unglued(text)).collect()
    }

    /// Wraps to lines of at most `width` columns, between words where possible.
    pub fn wrap(&self, width: usize, look: Look) -> Vec<Self> {
        let width = width.max(1);
        // A character can be two columns wide and must fit beside the indent.
        let hang = if width < 4 {
            0
        } else {
            self.hang.min(width / 2)
        };
        let mut broken = Breaker::new(width, hang);
        let pieces = self.pieces.iter();
        let texts: Vec<(Tone, Cow<'_, str>)> = pieces
            .map(|(tone, text)| (*tone, look.text(text)))
            .collect();
        if self.is_copied {
            for (tone, text) in &texts {
                broken.command(*tone, text);
            }
            return broken.end();
        }
        // A word may continue in the next tone.
        let mut word = Vec::new();
        for (tone, text) in &texts {
            for part in text.split_inclusive(' ') {
                word.push((*tone, part));
                if part.ends_with(' ') {
                    broken.word(&word);
                    word.clear();
                }
            }
        }
        broken.word(&word);
        broken.end()
    }
}

/// Joins words that must be read and copied in one piece: a command, a number and its name.
pub fn whole(text: &str) -> String {
    text.replace(' ', GLUE.encode_utf8(&mut [0; 2]))
}

/// The text as it is painted.
pub fn unglued(text: &str) -> Cow<'_, str> {
    if text.contains(GLUE) {
        Cow::Owned(text.replace(GLUE, " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// Splits a text that came from outside into lines, with tabs as spaces.
pub fn lines(tone: Tone, text: &str) -> Vec<Line> {
    text.split('\n')
        .map(|line| Line::toned(tone, line.replace('\t', "    ")))
        .collect()
}

/// Sanitizes a text once more and puts it on one line, for a row or between other words.
pub fn one_line(text: &str) -> String {
    sanitize(text).replace(['\n', '\t'], " ")
}

/// Splits a command into words as a shell reads them.
fn shell_words(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped, mut from) = (false, false, 0);
    let mut words = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if !quoted => escaped = true,
            '\'' => quoted = !quoted,
            ' ' if !quoted => {
                words.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[from..]);
    words
}

/// The text, shortened to its beginning and `…` if it exceeds `width` columns.
pub fn shorten(text: &str, width: usize, look: Look) -> String {
    let text = look.text(text);
    if text.width() <= width {
        return text.into_owned();
    }
    let mark = look.text("…");
    let room = width.saturating_sub(mark.width());
    let mut short = take_columns(&text, room).to_owned();
    if mark.width() <= width {
        short.push_str(&mark);
    }
    short
}

/// The text, shortened in the middle with `…`: the ends of a path or a route tell most. Of the
/// beginning at most `head` columns stay, including the `…`.
pub fn shorten_middle(text: &str, head: usize, width: usize, look: Look) -> String {
    let text = look.text(text);
    if text.width() <= width {
        return text.into_owned();
    }
    let start = shorten(&text, head.min(width), look);
    let room = width.saturating_sub(start.width());
    let mut tail = "";
    for (at, _) in text.char_indices().rev() {
        if text[at..].width() > room {
            break;
        }
        tail = &text[at..];
    }
    start + tail
}

/// The longest prefix of at most `width` columns.
pub fn take_columns(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return &text[..at];
        }
    }
    text
}

struct Breaker {
    width: usize,
    hang: usize,
    done: Vec<Line>,
    line: Line,
    used: usize,
}

impl Breaker {
    fn new(width: usize, hang: usize) -> Self {
        Self {
            width,
            hang,
            done: Vec::new(),
            line: Line::empty(),
            used: 0,
        }
    }

    /// Adds a word, or several glued ones: these come apart only if no line holds them.
    fn word(&mut self, word: &[(Tone, &str)]) {
        let blanks = |text: &str| text.width() - text.trim_end_matches([' ', GLUE]).width();
        let all: usize = word.iter().map(|(_, text)| text.width()).sum();
        let columns = all - word.last().map_or(0, |(_, last)| blanks(last));
        if self.used + columns > self.width {
            let glued = |text: &str| text.trim_end_matches(GLUE).contains(GLUE);
            let comes_apart = word.len() > 1 || word.iter().any(|(_, text)| glued(text));
            if columns + self.hang <= self.width {
                if self.used > self.indent() {
                    self.next_line();
                }
            } else if comes_apart {
                for (tone, text) in word {
                    for part in text.split_inclusive(GLUE) {
                        self.word(&[(*tone, part)]);
                    }
                }
                return;
            }
        }
        for (tone, text) in word {
            self.pour(*tone, text);
        }
    }

    /// Breaks a command between its words, each line but the last ending in a backslash. A word
    /// that is longer than a line cannot be copied in one piece.
    fn command(&mut self, tone: Tone, text: &str) {
        const GOES_ON: &str = " \\";
        let words = shell_words(text);
        for (n, word) in words.iter().enumerate() {
            let is_last = n + 1 == words.len();
            let behind = if is_last { 0 } else { GOES_ON.len() };
            if n > 0 && self.used + 1 + word.width() + behind <= self.width {
                self.push(tone, " ");
            } else if n > 0 {
                if self.used + GOES_ON.len() <= self.width {
                    self.push(tone, GOES_ON);
                }
                self.next_line();
            }
            self.pour(tone, word);
        }
    }

    /// Puts as much on this line as it holds, the rest on the next ones.
    fn pour(&mut self, tone: Tone, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let room = self.width.saturating_sub(self.used);
            let part = take_columns(rest, room);
            let goes_on = part.len() < rest.trim_end().len();
            let part = if goes_on { to_a_folder(part) } else { part };
            if part.is_empty() {
                if rest.trim().is_empty() {
                    return;
                }
                // A character wider than the whole line cannot be shown, so it is dropped.
                if self.used <= self.indent() {
                    let wide = rest.chars().next().map_or(0, char::len_utf8);
                    rest = &rest[wide..];
                    continue;
                }
                self.next_line();
                continue;
            }
            self.push(tone, part);
            rest = &rest[part.len()..];
            if goes_on {
                self.next_line();
            }
        }
    }

    fn indent(&self) -> usize {
        if self.done.is_empty() { 0 } else { self.hang }
    }

    fn push(&mut self, tone: Tone, text: &str) {
        self.used += text.width();
        let text = unglued(text);
        match self.line.pieces.last_mut() {
            Some((last, so_far)) if *last == tone => so_far.push_str(&text),
            Some(_) | None => self.line.pieces.push((tone, text.into_owned())),
        }
    }

    fn next_line(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0;
        if self.hang > 0 {
            self.push(Tone::Plain, &" ".repeat(self.hang));
        }
    }

    fn end(mut self) -> Vec<Line> {
        self.done.push(self.line);
        self.done
    }
}

/// The part of a path for this line: whole folders, if it contains any.
fn to_a_folder(part: &str) -> &str {
    match part.rfind('/') {
        Some(at) if at > 0 => &part[..=at],
        Some(_) | None => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOOK: Look = Look {
        colour: false,
        unicode: true,
    };

    #[test]
    fn words_stay_whole_and_the_rest_is_indented() {
        let line = Line::new("one two three").hang(2);
        let texts: Vec<String> = line.wrap(8, LOOK).iter().map(Line::text).collect();
        assert_eq!(texts, ["one two ", "  three"]);
    }

    #[test]
    fn a_command_that_needs_several_lines_is_one_to_the_shell() {
        let texts = |text: &str, width| -> Vec<String> {
            let lines = Line::command(text).wrap(width, LOOK);
            lines.iter().map(Line::text).collect()
        };
        let make = "make -C /srv/shop all";
        assert_eq!(texts(make, 21), [make]);
        assert_eq!(texts(make, 20), [r"make -C /srv/shop \", "all"]);
        assert_eq!(texts(make, 11), [r"make -C \", r"/srv/shop \", "all"]);
        // A break between the quotes would put a line end into the word.
        let quoted = r"make -C '/srv/it'\''s a shop' all";
        assert_eq!(
            texts(quoted, 31),
            [r"make -C '/srv/it'\''s a shop' \", "all"]
        );
    }

    #[test]
    fn what_belongs_together_is_broken_only_where_no_line_holds_it() {
        let broken = |text: String, width| -> Vec<String> {
            let lines = Line::new(text).wrap(width, LOOK);
            lines.iter().map(Line::text).collect()
        };
        let command = whole("make all now");
        assert_eq!(
            broken(format!("say {command}"), 14),
            ["say ", "make all now"]
        );
        assert_eq!(
            broken(format!("say {command}"), 9),
            ["say make ", "all now"]
        );
        assert_eq!(
            broken("/srv/shop/data/x".into(), 10),
            ["/srv/shop/", "data/x"]
        );
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_word_is_lost(
            text in "[a-z中é/ \u{a0}]{0,80}", width in 2usize..20, hang in 0usize..6,
        ) {
            let broken = Line::new(text.as_str()).hang(hang).wrap(width, LOOK);
            for line in &broken {
                prop_assert!(line.text().trim_end().width() <= width);
            }
            let joined: String = broken.iter().map(Line::text).collect();
            let squeeze = |s: &str| s.chars().filter(|c| ![' ', GLUE].contains(c)).collect::<String>();
            prop_assert_eq!(squeeze(&joined), squeeze(&text));
        }

        #[test]
        fn a_short_form_fits(text in "\\PC{0,40}", width in 0usize..30, unicode: bool) {
            let look = Look { colour: false, unicode };
            prop_assert!(shorten(&text, width, look).width() <= width);
            prop_assert!(shorten_middle(&text, width / 3, width, look).width() <= width);
        }
    }
}
