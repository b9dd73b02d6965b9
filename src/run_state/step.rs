//! What is known of one step of a run.

use super::{Back, Before, Road, Said, StepStatus};
use crate::model::{path::RelPath, plan::PlannedStep, record::Who};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    pub step: PlannedStep,
    /// Kept while a way back is at the step and after that; its status says which of the two counts.
    pub(super) road: Road,
    /// `None` until a way back comes to the step, and again once the run stands before it again.
    pub(super) back: Option<Back>,
    /// How often it was started.
    pub attempts: u32,
    /// What it may have done to the product, going by how its tries ended. A try that is under way
    /// is not included yet.
    pub(super) effect: Effect,
    /// How long it took; if a person did it, from being asked until they said so. `None` for a step
    /// that was found done.
    pub took_ms: Option<u64>,
    /// Numbers that its command printed, or that were looked up before and after it, by name.
    pub numbers: BTreeMap<String, i64>,
    /// Rows that its statements changed, in all of its tries, as the database reported them.
    pub(super) rows: u64,
    pub consented: bool,
    /// For an emergency step: who pulled it last, and when.
    pub pulled: Option<Pulled>,
    /// What went wrong or was left out, in order, whatever became of the step later.
    pub past: Vec<Past>,
    /// Files that were put aside because somebody had edited them after the run did.
    pub later_edits: Vec<(RelPath, String)>,
}

/// What a step of this run may have changed and a way back must therefore take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Nothing: no try was begun, or what it did was taken back.
    None,
    /// It may have come part of the way.
    Perhaps,
    /// It was wholly done, and unless it was undone, what it did is still there.
    Whole,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    pub by: Who,
    pub at_ms: u64,
    /// A step, an undo or a remedy was begun since. One that recreates a container discards what
    /// was set in the old one, so nobody knows whether this still holds.
    pub overtaken: bool,
}

/// An event that a later try or a way back would otherwise hide.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// `seq`: the record of the failure.
    Failed {
        seq: u64,
        at_ms: u64,
        error: String,
    },
    UndoFailed {
        at_ms: u64,
        error: String,
    },
    Skipped(Said),
    UndoSkipped(Said),
}

impl StepView {
    /// Whether it may have had an effect that a rollback must take back.
    pub fn touched(&self) -> bool {
        self.effect != Effect::None || matches!(self.road, Road::Running { .. })
    }

    /// Whether it was ever begun, whatever became of it.
    pub fn was_started(&self) -> bool {
        self.attempts > 0
    }

    /// Whether it failed without leaving anything behind, so that no way back has to undo it.
    pub fn failed_without_effect(&self) -> bool {
        self.failed().is_some() && !self.touched()
    }

    /// Whether it was wholly done, even if it was undone since.
    pub fn was_done(&self) -> bool {
        self.effect == Effect::Whole || matches!(self.road, Road::Done { .. })
    }

    /// Whether a way back still has to undo it, because it may have had an effect that is still
    /// there. That includes a step that failed and was skipped: it may have come part of the way.
    pub fn to_undo(&self) -> bool {
        match &self.back {
            Some(Back::Undone { .. } | Back::Skipped(_)) => false,
            Some(Back::Undoing { .. } | Back::Failed { .. }) | None => self.touched(),
        }
    }

    /// How often it was begun, if more than once. On a way back the words make clear that the step
    /// itself was tried, not its undo.
    pub fn tries(&self) -> Option<String> {
        let tries = (self.attempts > 1).then_some(self.attempts)?;
        Some(match self.status() {
            StepStatus::Back(_) => format!("the step itself had {tries} tries"),
            StepStatus::Road(_) => format!("{tries} tries"),
        })
    }

    /// Whether a person must still consent before it may start, since only a restore leads back
    /// behind it.
    pub fn lacks_consent(&self) -> bool {
        self.step.asks_consent() && !self.consented
    }

    pub(super) fn waiting(step: PlannedStep) -> Self {
        Self {
            step,
            road: Road::Waiting(Before::Nothing),
            back: None,
            attempts: 0,
            effect: Effect::None,
            took_ms: None,
            numbers: BTreeMap::new(),
            rows: 0,
            consented: false,
            pulled: None,
            past: Vec::new(),
            later_edits: Vec::new(),
        }
    }
}
