//! Cuts the bytes of an output into lines as they come, and keeps the last part of it.
//!
//! Code that masks secrets sees one line at a time, or the kept part. Neither ever contains the
//! rest of a line that was cut, because the remainder of a secret could not be recognised as one.

use crate::{
    model::{limits, pattern::Pattern},
    world::InLines,
};

const LINE_BYTES_MAX: usize = limits::OUTPUT_LINE.bytes() as usize;
const KEPT_BYTES_MAX: usize = limits::OUTPUT_END.bytes() as usize;
/// `never` is searched in every line. In a longer line also across its cuts, for matches up to this
/// length.
const OVERLAP_BYTES: usize = 4 << 10;

/// A carriage return ends a line as well: progress bars write nothing else for minutes.
#[derive(Default)]
pub struct Lines {
    never: Option<Pattern>,
    wanted: Option<Pattern>,
    /// Whether `wanted` can be decided line by line.
    seeks: bool,
    pieces: bool,
    kept: Vec<u8>,
    /// Whether the beginning of `kept` was dropped.
    dropped: bool,
    open: Vec<u8>,
    /// The end of the previous piece, if the open line was cut.
    before: Vec<u8>,
    /// How many bytes of the open line were already handed out or dropped.
    gone: usize,
    hit: Option<String>,
    found: bool,
    /// Whether `wanted` was not searched in some line.
    passed_over: bool,
    after_return: bool,
}

/// The result of reading an output to its end.
pub struct Told {
    /// Its last part, from the beginning of a line on.
    pub text: String,
    /// The text is all of it, to the byte.
    pub whole: bool,
    /// The first line that matches `never`.
    pub hit: Option<String>,
    /// Whether `wanted` was found.
    pub heard: InLines,
    /// Whether the beginning was dropped.
    pub cut: bool,
}

impl Lines {
    pub fn new(never: Option<Pattern>, wanted: Option<Pattern>, pieces: bool) -> Self {
        Self {
            never,
            seeks: wanted.as_ref().is_some_and(Pattern::is_of_lines),
            wanted,
            pieces,
            ..Self::default()
        }
    }

    pub fn push(&mut self, bytes: &[u8], line: &mut impl FnMut(&str)) {
        self.keep(bytes);
        for &byte in bytes {
            let second_of_pair = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if second_of_pair {
                continue;
            }
            if matches!(byte, b'\n' | b'\r') {
                self.end_line(line);
                continue;
            }
            // Never in the middle of a character.
            if self.open.len() >= LINE_BYTES_MAX && byte & 0xc0 != 0x80 {
                self.end_piece(line);
            }
            self.open.push(byte);
        }
    }

    /// The last line may have no end.
    pub fn finish(mut self, line: &mut impl FnMut(&str)) -> Told {
        if !self.open.is_empty() {
            self.end_line(line);
        }
        let from = self.kept.len().saturating_sub(KEPT_BYTES_MAX);
        let cut = self.dropped || from > 0;
        let kept = &self.kept[from..];
        let kept = if cut { behind_first_end(kept) } else { kept };
        Told {
            whole: !cut && str::from_utf8(kept).is_ok(),
            text: String::from_utf8_lossy(kept).into_owned(),
            heard: self.heard(cut),
            hit: self.hit,
            cut,
        }
    }

    fn heard(&self, cut: bool) -> InLines {
        let may_cross = |wanted: &Pattern| {
            self.passed_over || !wanted.is_of_lines() || !wanted.is_in_one_line()
        };
        match &self.wanted {
            Some(_) if self.found => InLines::Found,
            Some(wanted) if cut && may_cross(wanted) => InLines::Unknown,
            Some(_) | None => InLines::NotGone,
        }
    }

    fn end_line(&mut self, line: &mut impl FnMut(&str)) {
        let bytes = std::mem::take(&mut self.open);
        let mut text = String::from_utf8_lossy(&bytes);
        let is_hit = self.is_hit(&text);
        self.before.clear();
        let gone = std::mem::take(&mut self.gone);
        if gone == 0 && self.seeks && !self.found {
            let wanted = self.wanted.as_ref();
            self.found = wanted.is_some_and(|wanted| wanted.is_match(&text));
        }
        if gone > 0 && !self.pieces {
            text = too_long(gone + bytes.len()).into();
        }
        line(&text);
        if is_hit {
            self.hit = Some(text.into_owned());
        }
    }

    fn end_piece(&mut self, line: &mut impl FnMut(&str)) {
        let bytes = std::mem::take(&mut self.open);
        let text = String::from_utf8_lossy(&bytes);
        self.gone += bytes.len();
        // A part of a line cannot be judged: it lacks the line's end or beginning.
        self.passed_over = true;
        if self.is_hit(&text) {
            self.hit = Some(too_long(self.gone));
        }
        let overlap = bytes.len().saturating_sub(OVERLAP_BYTES);
        self.before = bytes[overlap..].to_owned();
        if self.pieces {
            line(&text);
        }
    }

    fn is_hit(&self, text: &str) -> bool {
        let Some(never) = self.never.as_ref().filter(|_| self.hit.is_none()) else {
            return false;
        };
        let before = String::from_utf8_lossy(&self.before);
        match before.chars().next() {
            None => never.is_match(text),
            // Match only after the first character: a cut is not the beginning of a line.
            Some(first) => never.is_match_from(&format!("{before}{text}"), first.len_utf8()),
        }
    }

    /// Lets `kept` reach twice the limit before dropping its front: each byte moves at most once.
    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        if self.kept.len() > 2 * KEPT_BYTES_MAX {
            self.kept.drain(..self.kept.len() - KEPT_BYTES_MAX);
            self.dropped = true;
        }
    }
}

fn too_long(bytes: usize) -> String {
    format!("(a line of {bytes} bytes or more, too long to be shown)")
}

fn behind_first_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.map_or(&[], |end| &bytes[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(mut lines: Lines, pieces: &[&[u8]]) -> (Vec<String>, Told) {
        let mut seen = Vec::new();
        let mut take = |line: &str| seen.push(line.to_owned());
        for piece in pieces {
            lines.push(piece, &mut take);
        }
        let told = lines.finish(&mut take);
        (seen, told)
    }

    fn cut(pieces: &[&[u8]]) -> (Vec<String>, String) {
        let (seen, told) = told(Lines::default(), pieces);
        (seen, told.text)
    }

    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive() {
        let text = b"one\ntwo\r\n\n50%\r100%\r\nlast \xffend";
        let whole = cut(&[text]);
        for at in 0..text.len() {
            assert_eq!(cut(&[&text[..at], &text[at..]]), whole, "cut at {at}");
        }
        let expected = ["one", "two", "", "50%", "100%", "last \u{fffd}end"];
        assert_eq!(whole.0, expected);
    }

    #[test]
    fn neither_a_line_nor_what_is_kept_grows_without_limit() {
        let long = "ä".repeat(KEPT_BYTES_MAX * 2);
        let (lines, kept) = told(Lines::new(None, None, true), &[long.as_bytes()]);
        assert!(lines.iter().all(|line| line.len() <= LINE_BYTES_MAX + 4));
        assert_eq!(lines.concat(), long);
        assert_eq!((kept.text.as_str(), kept.whole), ("", false));
        let many = "line\r\n".repeat(KEPT_BYTES_MAX);
        let kept = cut(&[many.as_bytes()]).1;
        assert!(kept.len() <= KEPT_BYTES_MAX && kept.len() > KEPT_BYTES_MAX - 8);
        assert!(kept.trim_start().starts_with("line\r\n"));
    }

    /// Wherever the limit falls, also inside the match.
    #[test]
    fn no_part_of_a_word_is_given_that_was_cut() {
        for before in (0..8).map(|n| LINE_BYTES_MAX - n) {
            let long = format!("{}hunter2 and more\nend\n", "x".repeat(before));
            let (lines, _) = cut(&[long.as_bytes()]);
            let left_out = too_long(long.len() - "\nend\n".len());
            assert_eq!(lines, [left_out.as_str(), "end"]);
        }
        for behind in (0..8).map(|n| KEPT_BYTES_MAX - n) {
            let long = format!("first\nhunter2\n{}", "x\n".repeat(behind / 2));
            let kept = cut(&[long.as_bytes()]).1;
            assert!(!kept.contains("hunter2") && kept.starts_with("x\n"));
            assert!(!kept.contains("unter2"));
        }
    }

    #[test]
    fn what_never_should_be_said_is_found_though_it_has_scrolled_away() {
        let never = || Pattern::try_from("ERROR: (.*)".to_owned()).ok();
        let much = "fine\n".repeat(KEPT_BYTES_MAX);
        let said = format!("begins\nERROR: one\nERROR: two\n{much}");
        let (_, end) = told(Lines::new(never(), None, false), &[said.as_bytes()]);
        assert!(!end.text.contains("ERROR"));
        assert_eq!(end.hit.as_deref(), Some("ERROR: one"));
        let long = format!("ERROR: one {}\n", "x".repeat(3 * LINE_BYTES_MAX));
        let (_, end) = told(Lines::new(never(), None, false), &[long.as_bytes()]);
        assert_eq!(end.hit, Some(too_long(LINE_BYTES_MAX)));
        assert_eq!(
            told(Lines::new(never(), None, false), &[b"fine"]).1.hit,
            None
        );
    }

    #[test]
    fn what_never_should_be_said_is_found_across_every_cut_of_a_long_line() {
        let hit = |never: &str, before: usize, pieces: bool| {
            let never = Pattern::try_from(never.to_owned()).ok();
            let text = format!("{}ERROR: boom{}", "x".repeat(before), "y".repeat(400_000));
            let (lines, end) = told(Lines::new(never, None, pieces), &[text.as_bytes()]);
            assert!(!pieces || lines.concat() == text);
            end.hit.is_some()
        };
        for before in LINE_BYTES_MAX - 14..=LINE_BYTES_MAX + 2 {
            for pieces in [true, false] {
                assert!(hit("ERROR: boom", before, pieces), "{before}");
                assert!(
                    !hit("^ERROR", before, pieces),
                    "{before}: no line begins there"
                );
            }
        }
    }

    #[test]
    fn what_is_wanted_is_found_though_it_has_scrolled_away() {
        let heard = |wanted: &str, output: &str| {
            let wanted = Pattern::try_from(wanted.to_owned()).ok();
            told(Lines::new(None, wanted, false), &[output.as_bytes()])
                .1
                .heard
        };
        let much = "fine\n".repeat(KEPT_BYTES_MAX);
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        for (wanted, output, end) in [
            (
                "^42 applied$",
                format!("42 applied\n{much}"),
                InLines::Found,
            ),
            (
                "^42 applied$",
                format!("41 applied\n{much}"),
                InLines::NotGone,
            ),
            // A pattern across lines is searched only in what is kept.
            (
                r"42\s+applied",
                format!("42\napplied\n{much}"),
                InLines::Unknown,
            ),
            (
                r"42\s+applied",
                "42\napplied\n".to_owned(),
                InLines::NotGone,
            ),
            // A cut is not the end of a line.
            ("x$", format!("{long}y\n{much}"), InLines::Unknown),
            ("x$", format!("{long}y\nx\n{much}"), InLines::Found),
            ("x$", format!("{long}y\n"), InLines::NotGone),
            // And a single line is not the whole output.
            (r"\A\s*\z", format!("{much}\n{much}"), InLines::Unknown),
            (r"\A\s*\z", "one\n\n".to_owned(), InLines::NotGone),
        ] {
            assert_eq!(heard(wanted, &output), end, "{wanted}");
        }
    }

    #[test]
    fn an_output_is_whole_that_was_neither_cut_nor_decoded_with_losses() {
        let whole = |bytes: &[u8]| told(Lines::default(), &[bytes]).1.whole;
        assert!(whole(b"a\r\nb") && whole(b""));
        assert!(!whole(b"a\xffb"));
        assert!(whole(&[b'\n'; KEPT_BYTES_MAX]));
        assert!(!whole(&[b'\n'; KEPT_BYTES_MAX + 1]));
    }
}
