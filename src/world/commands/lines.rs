//! Bytes of an output, cut into lines as they come, with the last part kept.

/// A longer line is given in pieces.
const LINE_BYTES_MAX: usize = 64 << 10;
pub const KEPT_BYTES_MAX: usize = 256 << 10;

/// A carriage return ends a line as well: progress bars write nothing else for minutes.
#[derive(Default)]
pub struct Lines {
    kept: Vec<u8>,
    open: Vec<u8>,
    after_return: bool,
}

impl Lines {
    pub fn push(&mut self, bytes: &[u8], line: &mut impl FnMut(&str)) {
        self.keep(bytes);
        for &byte in bytes {
            let second_of_pair = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if second_of_pair {
                continue;
            }
            if matches!(byte, b'\n' | b'\r') {
                self.give(line);
                continue;
            }
            // Never in the middle of a character.
            if self.open.len() >= LINE_BYTES_MAX && byte & 0xc0 != 0x80 {
                self.give(line);
            }
            self.open.push(byte);
        }
    }

    /// The last line may have no end.
    pub fn finish(mut self, line: &mut impl FnMut(&str)) -> String {
        if !self.open.is_empty() {
            self.give(line);
        }
        let from = self.kept.len().saturating_sub(KEPT_BYTES_MAX);
        String::from_utf8_lossy(&self.kept[from..]).into_owned()
    }

    fn give(&mut self, line: &mut impl FnMut(&str)) {
        line(&String::from_utf8_lossy(&self.open));
        self.open.clear();
    }

    /// Lets it grow to twice the limit before the front is dropped: each byte moves at most once.
    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        if self.kept.len() > 2 * KEPT_BYTES_MAX {
            self.kept.drain(..self.kept.len() - KEPT_BYTES_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> (Vec<String>, String) {
        let mut seen = Vec::new();
        let mut take = |line: &str| seen.push(line.to_owned());
        let mut lines = Lines::default();
        for piece in pieces {
            lines.push(piece, &mut take);
        }
        let kept = lines.finish(&mut take);
        (seen, kept)
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
        let (lines, kept) = cut(&[long.as_bytes()]);
        assert!(lines.iter().all(|line| line.len() <= LINE_BYTES_MAX + 4));
        assert_eq!(lines.concat(), long);
        assert_eq!(kept.len(), KEPT_BYTES_MAX);
    }
}
