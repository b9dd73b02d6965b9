//! The editors as an assessment needs them: what a file says, and a file after edits. A value, so
//! that the laws of this folder are tested without any grammar.

use crate::edit::{Changed, Edit, EditError, Format, Opened, See, Stage};

#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Editors {
    pub open: fn(Format, &str) -> Result<Opened, EditError>,
    /// All edits in order; the outcome of each, or the first that cannot be made.
    pub apply: fn(&Opened, &[Edit]) -> Result<Changed, EditError>,
    /// What each change makes of the text that those before it have left.
    pub stages: fn(&Opened, &[Stage], &mut See),
}

impl Editors {
    pub const REAL: Self = Self {
        open: Opened::new,
        apply: Opened::apply,
        stages: Opened::stages,
    };
}
