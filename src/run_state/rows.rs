//! How many rows of a database the run's own steps have changed: what is lost beyond that by a restore
//! is of others.

use super::RunState;
use crate::model::{
    ids::StepId,
    plan::{PlannedStep, StepBody, Undo},
    rule::Action,
};

impl RunState {
    /// As their statements told, each time that they ran since the data was what the backup holds. Those
    /// of a step that was undone by statements count as well: it wrote them.
    pub fn rows_changed(&self, database: &str) -> u64 {
        let all = self.steps.iter().chain(&self.emergency);
        let there = all.filter(|view| sends_to(&view.step, database));
        there.map(|view| view.rows).sum()
    }

    /// If the undo of this step has put a backup in place again, nothing that steps wrote there is left.
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

/// Whether its statements, not those of its undo, go to this database.
fn sends_to(step: &PlannedStep, database: &str) -> bool {
    match &step.body {
        StepBody::Do(Action::Sql(sql)) => sql.database == database,
        StepBody::Do(Action::SqlFile(file)) => file.database == database,
        StepBody::Do(Action::Migrate(migrate)) => migrate.database == database,
        StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => false,
    }
}
