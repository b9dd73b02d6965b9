//! How many rows of a database the run's own steps have changed. Whatever a restore loses beyond
//! those was written by others.

use super::RunState;
use crate::model::{
    ids::StepId,
    plan::{PlannedStep, Undo},
    rule::Action,
};

impl RunState {
    /// Rows changed as the statements reported them, in every execution since the data was what the
    /// backup holds. Steps that were undone by statements still count: they wrote those rows.
    pub fn rows_changed(&self, database: &str) -> u64 {
        let all = self.steps.iter().chain(&self.emergency);
        let there = all.filter(|view| sends_to(&view.step, database));
        there.map(|view| view.rows).sum()
    }

    /// Resets the counts if the undo of this step has restored a backup: nothing that steps wrote
    /// to that database is left.
    pub(super) fn forget_rows(&mut self, of: &StepId) {
        let view = self.step(of).filter(|view| view.restored().is_some());
        let Some(Undo::Restore(backup)) = view.map(|view| view.step.undo.clone()) else {
            return;
        };
        let all = self.known.steps.iter_mut().chain(&mut self.known.emergency);
        let there = all.filter(|view| sends_to(&view.step, &backup));
        there.for_each(|view| view.rows = 0);
    }
}

/// Whether the step's own statements, not those of its undo, go to this database.
fn sends_to(step: &PlannedStep, database: &str) -> bool {
    step.body.action().and_then(Action::database) == Some(database)
}
