//! The editors of `edit` as this floor needs them: what a file says, and a file after edits.
//! Handed in, so that rules and editors, two folders of one floor, need not know each other.

use crate::{
    edit::{Document, EditError, Edited, Format},
    model::edit::Edit,
};

#[derive(Clone, Copy, Debug)]
pub struct Editors {
    pub read: fn(Format, &str) -> Result<Document, EditError>,
    /// All edits in order; the outcome of each, or the first that cannot be made.
    pub apply: fn(Format, &str, &[Edit]) -> Result<Edited, EditError>,
}
