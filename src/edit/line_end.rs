//! The line ends of a file of lines.

/// The file's own line end, as its first line has it.
pub fn of(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        Some(_) | None => "\n",
    }
}

/// Whether the last line has no end. A byte order mark alone is no line.
pub fn is_open(text: &str) -> bool {
    !text.ends_with('\n') && !text.trim_start_matches('\u{feff}').is_empty()
}

/// Takes the last line end away, whichever it is.
pub fn strip(text: &mut String, line_end: &str) {
    let bare = text.strip_suffix(line_end);
    let bare = bare.or_else(|| text.strip_suffix('\n'));
    text.truncate(bare.unwrap_or(text).len());
}
