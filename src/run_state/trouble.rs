//! What had failed before somebody went back. Undoing a step does not make its failure good, yet
//! once a way back has come to a step, its status no longer shows that it failed.

use super::{Before, Failure, Past, Road, RunState, StepView};
use crate::model::{ids::StepId, units::count};
use std::collections::BTreeSet;

impl RunState {
    /// `after `Migrate` had failed: exit 1; 5 steps had been undone since`: names the first step
    /// whose failure nothing has made good, even if it was undone since.
    pub fn had_failed(&self) -> Option<String> {
        let mut steps = self.steps.iter();
        let (view, error) = steps.find_map(|view| Some((view, view.failure()?)))?;
        let title = &view.step.title;
        let since = match self.undone_since(view.failed_seq()) {
            0 => String::new(),
            undone => format!("; {} had been undone since", count(undone, "step")),
        };
        Some(format!("after `{title}` had failed: {error}{since}"))
    }

    /// How many steps were undone after this record, so that the run stood before them again.
    fn undone_since(&self, seq: u64) -> usize {
        let backs = self.steps_back.iter();
        let backs = backs.filter(|back| back.undone_seq > seq);
        let undone: BTreeSet<&StepId> = backs.flat_map(|back| &back.undone).collect();
        undone.len()
    }
}

impl StepView {
    /// Why it failed, if nothing has made that good.
    pub(super) fn failure(&self) -> Option<&str> {
        match &self.road {
            Road::Failed(Failure::Itself { error, .. }) => Some(error),
            Road::Failed(Failure::NotUndone { failed, .. })
            | Road::Waiting(Before::Undone { failed, .. }) => failed.as_deref(),
            Road::Waiting(Before::Nothing | Before::FoundDone(_))
            | Road::Running { .. }
            | Road::Done { .. }
            | Road::Unknown { .. }
            | Road::Skipped(_)
            | Road::WillNotRun { .. } => None,
        }
    }

    /// The record of its last failure.
    fn failed_seq(&self) -> u64 {
        let failed = self.past.iter().rev().find_map(|past| match past {
            Past::Failed { seq, .. } => Some(*seq),
            Past::UndoFailed { .. } | Past::Skipped(_) | Past::UndoSkipped(_) => None,
        });
        failed.unwrap_or_default()
    }
}
