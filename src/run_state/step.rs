//! One step of a run: how far it has come, and which changes of that are possible.

use crate::model::{
    path::RelPath,
    plan::PlannedStep,
    record::{Done, Undone, Who},
};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    pub step: PlannedStep,
    pub state: StepState,
    /// How often it was started.
    pub attempts: u32,
    /// How long doing it took; of what a person did, from being asked to having said so. Nobody
    /// knows it of what was found done.
    pub took_ms: Option<u64>,
    pub undo_started_at_ms: Option<u64>,
    pub undo_took_ms: Option<u64>,
    /// What its command said and what was counted around it, by name.
    pub numbers: BTreeMap<String, i64>,
    pub started_at_ms: Option<u64>,
    pub consented: bool,
    /// Of an emergency step: who pulled it last.
    pub pulled_by: Option<Who>,
    /// Whether it was wholly done when its undo began.
    pub was_done: bool,
    /// Why it was skipped and who said so, also when it was undone later.
    pub skipped: Option<(String, Who)>,
    /// What went wrong with it or was left out, in order, whatever became of it later.
    pub past: Vec<Past>,
    /// Whether it was undone by going back to it or to one before it.
    pub stepped_back: bool,
    /// What it was before it stood to be done again; nothing once it is begun.
    pub before: Option<Before>,
    /// Why it had failed when its undo began: the undo takes that off its state, and makes nothing good.
    pub unmended: Option<String>,
    /// Files that were put aside because somebody had edited them after the run did.
    pub later_edits: Vec<(RelPath, String)>,
}

/// What a step was before the last steps were undone and it waited again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    Undone,
    /// It was there before the run came to it, so nobody undid it; in the words that it was found with.
    FoundDone(String),
}

/// What a later try or a way back would make one forget.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    Failed { at_ms: u64, error: String },
    UndoFailed { at_ms: u64, error: String },
    Skipped { reason: String, by: Who },
    UndoSkipped { reason: String, by: Who },
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    Waiting,
    Running,
    Done {
        how: Done,
        detail: String,
        /// Rows that its statements changed, as the database told.
        rows: u64,
    },
    Failed {
        error: String,
        hint: Option<usize>,
    },
    /// Nobody knows whether it was done.
    Unknown {
        why: String,
    },
    Skipped {
        reason: String,
        by: Who,
    },
    WillNotRun {
        because: String,
    },
    Undoing,
    Undone {
        how: Undone,
        detail: String,
    },
    UndoFailed {
        error: String,
        /// Nobody knows whether it came to its end.
        unknown: bool,
    },
    UndoSkipped {
        reason: String,
        by: Who,
    },
}

impl StepState {
    /// A word for people and for `status --format json`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Skipped { .. } => "skipped",
            Self::WillNotRun { .. } => "will not run",
            Self::Undoing => "undoing",
            Self::Undone { .. } => "undone",
            Self::UndoFailed { .. } => "undo failed",
            Self::UndoSkipped { .. } => "undo skipped",
        }
    }

    /// The same where `undone` would be untrue: what has no way back stays, though its turn is over.
    pub fn told(&self) -> &'static str {
        match self {
            Self::Undone {
                how: Undone::Stays, ..
            } => "stays",
            Self::Undone {
                how: Undone::Ran | Undone::NothingToDo,
                ..
            }
            | Self::Waiting
            | Self::Running
            | Self::Done { .. }
            | Self::Failed { .. }
            | Self::Unknown { .. }
            | Self::Skipped { .. }
            | Self::WillNotRun { .. }
            | Self::Undoing
            | Self::UndoFailed { .. }
            | Self::UndoSkipped { .. } => self.word(),
        }
    }

    /// Whether the road goes on after it.
    pub fn settled(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Skipped { .. } => true,
            Self::Waiting
            | Self::Running
            | Self::Failed { .. }
            | Self::Unknown { .. }
            | Self::WillNotRun { .. }
            | Self::Undoing
            | Self::Undone { .. }
            | Self::UndoFailed { .. }
            | Self::UndoSkipped { .. } => false,
        }
    }
}

impl StepView {
    /// Whether it may have had an effect that a rollback must take back: it was started.
    pub fn touched(&self) -> bool {
        self.attempts > 0
    }

    /// Whether a way back still has to undo it: it may have had an effect that is still there. One that
    /// was skipped after it failed may have come part of the way.
    pub fn to_undo(&self) -> bool {
        match &self.state {
            StepState::Undone { .. } | StepState::UndoSkipped { .. } => false,
            StepState::Waiting
            | StepState::Running
            | StepState::Done { .. }
            | StepState::Failed { .. }
            | StepState::Unknown { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::Undoing
            | StepState::UndoFailed { .. } => self.touched(),
        }
    }

    /// How often it was begun, where that was more than once. Of one that is taken back this says that
    /// it was the step, and not its undo.
    pub fn tries(&self) -> Option<String> {
        let tries = (self.attempts > 1).then_some(self.attempts)?;
        Some(match &self.state {
            StepState::Undoing
            | StepState::Undone { .. }
            | StepState::UndoFailed { .. }
            | StepState::UndoSkipped { .. } => format!("the step itself had {tries} tries"),
            StepState::Waiting
            | StepState::Running
            | StepState::Done { .. }
            | StepState::Failed { .. }
            | StepState::Unknown { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. } => format!("{tries} tries"),
        })
    }

    /// Whether a person must agree before it may start: only a restore leads back behind it.
    pub fn lacks_consent(&self) -> bool {
        self.step.asks_consent() && !self.consented
    }

    pub(super) fn waiting(step: PlannedStep) -> Self {
        Self {
            step,
            state: StepState::Waiting,
            attempts: 0,
            took_ms: None,
            undo_started_at_ms: None,
            undo_took_ms: None,
            numbers: BTreeMap::new(),
            started_at_ms: None,
            consented: false,
            pulled_by: None,
            was_done: false,
            skipped: None,
            past: Vec::new(),
            stepped_back: false,
            before: None,
            unmended: None,
            later_edits: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, attempt: u32, at_ms: u64) -> Result<(), &'static str> {
        if self.lacks_consent() {
            return Err("the point of no return was not agreed to");
        }
        match self.state {
            StepState::Waiting | StepState::Failed { .. } => {}
            StepState::Running
            | StepState::Done { .. }
            | StepState::Unknown { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::Undoing
            | StepState::Undone { .. }
            | StepState::UndoFailed { .. }
            | StepState::UndoSkipped { .. } => return Err("the step cannot start now"),
        }
        self.attempts = attempt;
        self.numbers.clear();
        self.stepped_back = false;
        self.before = None;
        self.unmended = None;
        self.started_at_ms = Some(at_ms);
        self.took_ms = None;
        self.state = StepState::Running;
        Ok(())
    }

    pub(super) fn measure(&mut self, numbers: &BTreeMap<String, i64>) -> Result<(), &'static str> {
        if self.state != StepState::Running {
            return Err("only a running step is measured");
        }
        self.numbers.clone_from(numbers);
        Ok(())
    }

    /// Its end, `took_ms` after its beginning. For what nobody measured that is 0.
    pub(super) fn end(&mut self, state: StepState, took_ms: u64, at_ms: u64) {
        let by_hand = matches!(
            state,
            StepState::Done {
                how: Done::ByHand,
                ..
            }
        );
        self.took_ms = if by_hand {
            let begun = self.started_at_ms;
            begun.map(|begun| at_ms.saturating_sub(begun))
        } else {
            (took_ms > 0).then_some(took_ms)
        };
        if let StepState::Failed { error, .. } = &state {
            let error = error.clone();
            self.past.push(Past::Failed { at_ms, error });
        } else {
            self.unmended = None;
        }
        self.state = state;
    }

    /// The end of its undo.
    pub(super) fn end_undo(&mut self, state: StepState, at_ms: u64) {
        let begun = self.undo_started_at_ms;
        self.undo_took_ms = begun.map(|begun| at_ms.saturating_sub(begun));
        if let StepState::UndoFailed { error, .. } = &state {
            let error = error.clone();
            self.past.push(Past::UndoFailed { at_ms, error });
        }
        self.state = state;
    }

    pub(super) fn skip_undo(&mut self, reason: &str, by: &Who) {
        let (reason, by) = (reason.to_owned(), by.clone());
        self.past.push(Past::UndoSkipped {
            reason: reason.clone(),
            by: by.clone(),
        });
        self.state = StepState::UndoSkipped { reason, by };
    }

    pub(super) fn reset(&mut self) -> Result<(), &'static str> {
        if self.state != StepState::Running {
            return Err("only a running step is reset");
        }
        self.state = StepState::Waiting;
        Ok(())
    }

    pub(super) fn skip(&mut self, reason: &str, by: &Who) {
        let (reason, by) = (reason.to_owned(), by.clone());
        self.skipped = Some((reason.clone(), by.clone()));
        self.unmended = None;
        self.past.push(Past::Skipped {
            reason: reason.clone(),
            by: by.clone(),
        });
        self.state = StepState::Skipped { reason, by };
    }

    pub(super) fn judge(&mut self, done: bool, by: &Who, at_ms: u64) -> Result<(), &'static str> {
        if matches!(self.state, StepState::UndoFailed { unknown: true, .. }) {
            let of_undo = match done {
                true => StepState::Undone {
                    how: Undone::Ran,
                    detail: format!("{} says it is undone", by.user),
                },
                false => StepState::UndoFailed {
                    error: format!("{} says it is not undone", by.user),
                    unknown: false,
                },
            };
            self.state = of_undo;
            return Ok(());
        }
        if !matches!(self.state, StepState::Unknown { .. }) {
            return Err("only an unknown outcome is judged");
        }
        self.state = if done {
            let detail = format!("{} says it was done", by.user);
            StepState::Done {
                how: Done::ByHand,
                detail,
                rows: 0,
            }
        } else {
            let error = format!("{} says it was not done", by.user);
            self.past.push(Past::Failed {
                at_ms,
                error: error.clone(),
            });
            StepState::Failed { error, hint: None }
        };
        Ok(())
    }

    pub(super) fn start_undo(&mut self, at_ms: u64) {
        self.undo_started_at_ms = Some(at_ms);
        self.undo_took_ms = None;
        self.was_done |= matches!(self.state, StepState::Done { .. });
        self.unmended = self.failure().map(str::to_owned);
        self.state = StepState::Undoing;
    }

    /// A run that goes back starts nothing more.
    pub(super) fn give_up(&mut self) {
        if self.state == StepState::Waiting && !self.touched() {
            let because = match &self.before {
                Some(Before::Undone) => "it was undone before, and the run goes back".to_owned(),
                Some(Before::FoundDone(detail)) => {
                    format!("it was already done ({detail}), and the run goes back")
                }
                None => "the run goes back".to_owned(),
            };
            self.state = StepState::WillNotRun { because };
        }
    }
}
