//! Why a file could not be read or changed.

/// A place in the file, the reason, and what the operator can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why} ({cure})")]
pub struct EditError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub why: String,
    pub cure: String,
}

impl EditError {
    /// The result was read back, and is not what the edits ask.
    pub(super) fn misread(text: &str) -> Self {
        let why = "the result would say more or less than the edits ask";
        let cure = "make this change by hand; the file was left as it was";
        Self::at(text, 0, why, cure)
    }

    /// At a byte of the text; a byte past its end means its end.
    pub fn at(text: &str, byte: usize, why: impl Into<String>, cure: impl Into<String>) -> Self {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            why: why.into(),
            cure: cure.into(),
        }
    }
}
