//! How a rule says that its step is taken back. In a rules file each way is a field of the step.

use super::{action::Action, hop::Step};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WayBack<'s> {
    /// No way back.
    Irreversible,
    Action(&'s Action),
    /// Restores the backup with this name or id.
    Restore(&'s str),
    /// The step of the rollback with this id takes it back at the end.
    AtTheEnd(&'s str),
    /// Nothing has to be taken back.
    Harmless,
    /// What it did stays, and does no harm.
    Stays,
}

impl Step {
    /// The way back that the step names; if it names none, its action decides.
    pub fn way_back(&self) -> Option<WayBack<'_>> {
        self.ways_back().next()
    }

    /// Every way back that the step names. The first counts (`rules check` allows only one), so a
    /// step that is past return stays so, whatever else it says.
    pub fn ways_back(&self) -> impl Iterator<Item = WayBack<'_>> {
        let all = [
            self.irreversible.then_some(WayBack::Irreversible),
            self.undo.as_ref().map(WayBack::Action),
            self.undo_by_restore.as_deref().map(WayBack::Restore),
            self.undone_by.as_deref().map(WayBack::AtTheEnd),
            self.harmless.then_some(WayBack::Harmless),
            self.stays.then_some(WayBack::Stays),
        ];
        all.into_iter().flatten()
    }
}

impl WayBack<'_> {
    /// The field of a rules file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Irreversible => "irreversible",
            Self::Action(_) => "undo",
            Self::Restore(_) => "undo_by_restore",
            Self::AtTheEnd(_) => "undone_by",
            Self::Harmless => "harmless",
            Self::Stays => "stays",
        }
    }
}
