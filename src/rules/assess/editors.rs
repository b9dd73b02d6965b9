//! The editors that an assessment uses: they read a file and apply edits to it. Passed as a value,
//! so that the laws of this folder can be tested without a real grammar.

use crate::edit::{Changed, Edit, EditError, Format, Opened, See, Stage};

#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Editors {
    pub open: fn(Format, &str) -> Result<Opened, EditError>,
    /// Applies all edits in order: each outcome, or the error of the first that cannot be made.
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
