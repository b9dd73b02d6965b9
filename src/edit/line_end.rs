//! How a file begins, and how its lines end.

/// Some editors begin a file with it. It belongs to the file and to none of its lines.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// The bytes before the first line.
pub fn mark_length(text: &str) -> usize {
    text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len()
}

/// The file's own line end, as its first line has it.
pub fn of(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        Some(_) | None => "\n",
    }
}

/// Whether the last line has no end. A byte order mark alone is no line.
pub fn is_open(text: &str) -> bool {
    !text.ends_with('\n') && !text[mark_length(text)..].is_empty()
}

/// Takes the last line end away, whichever it is.
pub fn strip(text: &mut String, line_end: &str) {
    let bare = text.strip_suffix(line_end);
    let bare = bare.or_else(|| text.strip_suffix('\n'));
    text.truncate(bare.unwrap_or(text).len());
}
