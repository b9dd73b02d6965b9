//! One step of a run: what is known of it.

use super::{Back, Before, Road, Said, Stage};
use crate::model::{path::RelPath, plan::PlannedStep, record::Who};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    pub step: PlannedStep,
    /// Also while a way back is at it, and after that; what counts of both is its stage.
    pub(super) road: Road,
    /// None before a way back has come to it, and none when the run stands before it again.
    pub(super) back: Option<Back>,
    /// How often it was started.
    pub attempts: u32,
    /// What it has done to the product, as far as its ends tell. What is under way is not in it yet.
    pub(super) effect: Effect,
    /// How long doing it took; of what a person did, from being asked to having said so. Nobody
    /// knows it of what was found done.
    pub took_ms: Option<u64>,
    /// What its command said and what was counted around it, by name.
    pub numbers: BTreeMap<String, i64>,
    /// Rows that its statements changed, as the database told, in all of its tries.
    pub(super) rows: u64,
    pub consented: bool,
    /// Of an emergency step: who pulled it last, and when.
    pub pulled: Option<Pulled>,
    /// What went wrong with it or was left out, in order, whatever became of it later.
    pub past: Vec<Past>,
    /// Files that were put aside because somebody had edited them after the run did.
    pub later_edits: Vec<(RelPath, String)>,
}

/// What a step of this run may have changed, and a way back must take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Nothing: no try of it was begun, or what it did is taken back.
    None,
    /// It may have come part of the way.
    Perhaps,
    /// It was done, and unless it was undone that is still there.
    Whole,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    pub by: Who,
    pub at_ms: u64,
    /// A step, an undo or a remedy was begun since: one that makes a container anew takes with it what
    /// was set in the old one, so nobody knows whether this still holds.
    pub overtaken: bool,
}

/// What a later try or a way back would make one forget.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// `seq`: the record that says so.
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

    /// Whether it failed and left nothing behind: no way back comes to it.
    pub fn failed_without_effect(&self) -> bool {
        self.failed().is_some() && !self.touched()
    }

    /// Whether it was wholly done, also if it was undone since.
    pub fn was_done(&self) -> bool {
        self.effect == Effect::Whole || matches!(self.road, Road::Done { .. })
    }

    /// Whether a way back still has to undo it: it may have had an effect that is still there. One that
    /// was skipped after it failed may have come part of the way.
    pub fn to_undo(&self) -> bool {
        match &self.back {
            Some(Back::Undone { .. } | Back::Skipped(_)) => false,
            Some(Back::Undoing { .. } | Back::Failed { .. }) | None => self.touched(),
        }
    }

    /// How often it was begun, where that was more than once. Of one that is taken back this says that
    /// it was the step, and not its undo.
    pub fn tries(&self) -> Option<String> {
        let tries = (self.attempts > 1).then_some(self.attempts)?;
        Some(match self.stage() {
            Stage::Back(_) => format!("the step itself had {tries} tries"),
            Stage::Road(_) => format!("{tries} tries"),
        })
    }

    /// Whether a person must agree before it may start: only a restore leads back behind it.
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
