//! The editors as an assessment needs them: what a file says, and a file after edits. A value, so
//! that the laws of this folder are tested without any grammar.

use crate::edit::{self, Document, Edit, EditError, Edited, Format};

#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Editors {
    pub read: fn(&Format, &str) -> Result<Document, EditError>,
    /// All edits in order; the outcome of each, or the first that cannot be made.
    pub apply: fn(&Format, &str, &[Edit]) -> Result<Edited, EditError>,
}

impl Editors {
    pub const REAL: Self = Self {
        read: edit::read,
        apply: edit::apply,
    };
}
