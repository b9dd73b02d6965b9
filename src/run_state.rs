//! What is known about a run: a fold over its records. Writing, resuming, the screens, the command
//! line and the report all go through [`RunState::apply`] and nothing else.

mod change;
mod confirm;
mod emergency;
mod may;
mod query;
mod remedies;
mod rows;
mod samples;
mod services;
mod standing;
mod status;
mod step;
mod step_back;
#[cfg(test)]
mod tests;
mod transition;
mod trouble;
mod way_back;

pub use confirm::Confirm;
pub use may::{May, may_promise};
pub use query::{RunStatus, Tally};
pub use remedies::Remedy;
pub use samples::Samples;
pub use status::{Back, Before, Failure, Road, Said, StepStatus};
pub use step::{Past, Pulled, StepView};
pub use step_back::{Restored, StepBack};

use crate::model::{
    ids::{CheckId, RunId, StepId},
    plan::Plan,
    record::{Body, CheckVerdict, OtherFiles, Phase, Record, RunEnd, Saved, Staged, Verified, Who},
};
use std::{collections::BTreeMap, ops::Deref, sync::Arc};

/// A record that cannot follow the ones before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} ({what}) cannot follow the records before it")]
pub struct Illegal {
    pub seq: u64,
    pub what: &'static str,
}

/// What is known about a run. Whoever has one reads it; only its records change it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    known: Known,
}

impl Deref for RunState {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.known
    }
}

/// What the records of a run say, for everybody to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub run: RunId,
    pub plan: Arc<Plan>,
    /// The run's place among the runs of its state folder.
    pub number: u64,
    pub started_by: Who,
    pub started_at_ms: u64,
    /// Whether the person who began the run agreed beforehand that the product is to be changed.
    pub agreed: bool,
    /// Who holds the run now, or held it last.
    pub by: Who,
    /// Everybody who has held the run after the person who started it, and since when.
    pub taken: Vec<Taken>,
    /// Sequence number of the last record.
    pub seq: u64,
    pub at_ms: u64,
    pub phase: Phase,
    pub checks: BTreeMap<CheckId, CheckView>,
    /// The remedies that were begun, in that order.
    pub remedies: Vec<Remedy>,
    /// Metrics as the checks of verify saw them.
    pub samples: BTreeMap<CheckId, Samples>,
    /// In the order of the plan, followed by the rollback's own steps once it has begun.
    pub steps: Vec<StepView>,
    /// The emergency steps, which can be pulled at any moment. They are not part of the road.
    pub emergency: Vec<StepView>,
    pub saved: Vec<Saved>,
    pub backup: BackupState,
    pub staged: BTreeMap<StepId, Staged>,
    pub rollback: Option<RollbackView>,
    /// Each time the last steps were undone and the run stayed open; the last entry may be under
    /// way.
    pub steps_back: Vec<StepBack>,
    /// Whether, and when, the run goes back by itself if nobody confirms.
    pub confirm: Option<Confirm>,
    /// Why the worker waits, if it does.
    pub paused: Option<String>,
    pub proved: Option<u64>,
    /// What that comparison found among the other files in the backup, if they were compared.
    pub others_compared: Option<OtherFiles>,
    pub end: Option<Ended>,
}

/// How a run ended, and when. The time is kept here because records may follow the end: somebody
/// who only looks at the run later adds some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub how: RunEnd,
    pub at_ms: u64,
}

/// Somebody resumed the run, or took it over from somebody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub by: Who,
    /// Their user id according to the system, where it was asked.
    pub uid: Option<u32>,
    /// Who it was taken from; `None` if nobody held it.
    pub from: Option<Who>,
    pub at_ms: u64,
}

/// The latest result of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckView {
    pub at_ms: u64,
    pub verdict: CheckVerdict,
    pub detail: String,
    pub waived: Option<(String, Who)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum BackupState {
    NotYet,
    Failed { why: String },
    Verified(Verified),
}

#[derive(Clone, Debug, PartialEq)]
pub struct RollbackView {
    pub by: Who,
    pub reason: String,
    /// What had failed before the rollback and was never made good, whatever reason was given for
    /// it.
    pub after: Option<String>,
    /// When the run had ended as done, if it had before the rollback.
    pub done_at_ms: Option<u64>,
    pub over_later_edits: bool,
}

impl RunState {
    /// The state after the first record.
    pub fn start(record: &Record) -> Result<Self, Illegal> {
        let illegal = Illegal {
            seq: record.seq,
            what: "the first record does not start a run",
        };
        let Body::RunStarted {
            run,
            number,
            by,
            plan,
            agreed,
            format: _,
        } = &record.body
        else {
            return Err(illegal);
        };
        if record.seq != 0 {
            return Err(illegal);
        }
        let known = Known {
            run: run.clone(),
            plan: plan.clone(),
            number: *number,
            started_by: by.clone(),
            started_at_ms: record.at_ms,
            agreed: *agreed,
            by: by.clone(),
            taken: Vec::new(),
            seq: 0,
            at_ms: record.at_ms,
            phase: Phase::Checklist,
            checks: BTreeMap::new(),
            samples: BTreeMap::new(),
            steps: plan.steps.iter().cloned().map(StepView::waiting).collect(),
            emergency: plan
                .emergency
                .iter()
                .cloned()
                .map(StepView::waiting)
                .collect(),
            saved: Vec::new(),
            backup: BackupState::NotYet,
            staged: BTreeMap::new(),
            rollback: None,
            steps_back: Vec::new(),
            remedies: Vec::new(),
            confirm: None,
            paused: None,
            proved: None,
            others_compared: None,
            end: None,
        };
        Ok(Self { known })
    }

    /// Folds a whole journal.
    pub fn fold<'r>(records: impl IntoIterator<Item = &'r Record>) -> Result<Self, Illegal> {
        let mut records = records.into_iter();
        let first = records.next().ok_or(Illegal {
            seq: 0,
            what: "there is no record",
        })?;
        let mut state = Self::start(first)?;
        for record in records {
            state.apply(record)?;
        }
        Ok(state)
    }

    /// The sort key of runs: the later run sorts after the earlier. The clock decides only between
    /// runs of two products, which may have the same number.
    pub fn order(&self) -> (u64, u64) {
        (self.number, self.started_at_ms)
    }

    /// The one transition function. On `Err` the state is as before.
    pub fn apply(&mut self, record: &Record) -> Result<(), Illegal> {
        if record.seq != self.seq + 1 {
            return Err(Illegal {
                seq: record.seq,
                what: "its number does not follow",
            });
        }
        if self
            .ended()
            .is_some_and(|end| !self.may_follow(end, &record.body))
        {
            return Err(Illegal {
                seq: record.seq,
                what: "the run has ended",
            });
        }
        self.transition(record).map_err(|what| Illegal {
            seq: record.seq,
            what,
        })?;
        self.someone_is_there(&record.body);
        self.known.seq = record.seq;
        self.known.at_ms = record.at_ms;
        Ok(())
    }

    /// Whether a record may follow the end of the run. After a run that was done: its rollback, its
    /// emergency steps, and somebody resuming it for either. After any other end: the emergency
    /// steps while one is pulled, since there must be a way to take it back. Control may change
    /// hands after any end.
    fn may_follow(&self, end: RunEnd, body: &Body) -> bool {
        match end {
            _ if matches!(body, Body::ControlTaken { .. }) => true,
            RunEnd::Done => {
                matches!(body, Body::Resumed { .. } | Body::RollbackStarted { .. })
                    || self.of_emergency(body)
            }
            RunEnd::RolledBack | RunEnd::Abandoned => {
                self.is_pulled()
                    && (matches!(body, Body::Resumed { .. }) || self.of_emergency(body))
            }
        }
    }
}
