//! One step of a run: what is known of it, and which changes of that are possible.

use super::{Back, Before, Failure, Road, Said, Stage};
use crate::model::{
    path::RelPath,
    plan::PlannedStep,
    record::{Done, Undone, Who},
};
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
    /// How long doing it took; of what a person did, from being asked to having said so. Nobody
    /// knows it of what was found done.
    pub took_ms: Option<u64>,
    /// What its command said and what was counted around it, by name.
    pub numbers: BTreeMap<String, i64>,
    pub consented: bool,
    /// Of an emergency step: who pulled it last, and when.
    pub pulled: Option<Pulled>,
    /// It was done before the run stood before it again, and that is still there: it outlasts its
    /// undo, or was not undone.
    pub(super) lasts: bool,
    /// What went wrong with it or was left out, in order, whatever became of it later.
    pub past: Vec<Past>,
    /// Files that were put aside because somebody had edited them after the run did.
    pub later_edits: Vec<(RelPath, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    pub by: Who,
    pub at_ms: u64,
}

/// What a later try or a way back would make one forget.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    Failed { at_ms: u64, error: String },
    UndoFailed { at_ms: u64, error: String },
    Skipped(Said),
    UndoSkipped(Said),
}

impl StepView {
    /// Whether it may have had an effect that a rollback must take back: it was started.
    pub fn touched(&self) -> bool {
        self.attempts > 0
    }

    /// Whether it was wholly done, also if it was undone since.
    pub fn was_done(&self) -> bool {
        self.lasts || matches!(self.road, Road::Done { .. })
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
            took_ms: None,
            numbers: BTreeMap::new(),
            consented: false,
            pulled: None,
            lasts: false,
            past: Vec::new(),
            later_edits: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, attempt: u32, at_ms: u64) -> Result<(), &'static str> {
        if self.lacks_consent() {
            return Err("the point of no return was not agreed to");
        }
        if !self.is_waiting() && self.failed().is_none() {
            return Err("the step cannot start now");
        }
        self.attempts = attempt;
        self.numbers.clear();
        self.took_ms = None;
        self.stand(Road::Running { since_ms: at_ms });
        Ok(())
    }

    /// On the road it now stands so, and no way back is at it.
    pub(super) fn stand(&mut self, road: Road) {
        self.road = road;
        self.back = None;
    }

    pub(super) fn measure(&mut self, numbers: &BTreeMap<String, i64>) -> Result<(), &'static str> {
        if !self.is_running() {
            return Err("only a running step is measured");
        }
        self.numbers.clone_from(numbers);
        Ok(())
    }

    /// Its end, `took_ms` after its beginning. For what nobody measured that is 0.
    pub(super) fn end(&mut self, road: Road, took_ms: u64, at_ms: u64) {
        let how = Done::ByHand;
        let by_hand = matches!(road, Road::Done { how: is, .. } if is == how);
        self.took_ms = match &self.road {
            Road::Running { since_ms } if by_hand => Some(at_ms.saturating_sub(*since_ms)),
            _measured_by_the_worker => (took_ms > 0).then_some(took_ms),
        };
        if let Road::Failed(failure) = &road {
            let error = failure.error().to_owned();
            self.past.push(Past::Failed { at_ms, error });
        }
        self.stand(road);
    }

    pub(super) fn reset(&mut self) -> Result<(), &'static str> {
        if !self.is_running() {
            return Err("only a running step is reset");
        }
        self.road = Road::Waiting(Before::Nothing);
        Ok(())
    }

    pub(super) fn skip(&mut self, said: Said) {
        self.past.push(Past::Skipped(said.clone()));
        self.stand(Road::Skipped(said));
    }

    /// What a person says of a step, or of its undo, whose end nobody knows.
    pub(super) fn judge(&mut self, done: bool, by: &Who, at_ms: u64) -> Result<(), &'static str> {
        let user = &by.user;
        match self.stage() {
            Stage::Back(&Back::Failed {
                unknown: true,
                took_ms,
                ..
            }) => self.back = Some(undo_judged(done, user, took_ms)),
            Stage::Road(Road::Unknown { .. }) if done => {
                self.road = Road::Done {
                    how: Done::ByHand,
                    detail: format!("{user} says it was done"),
                    rows: 0,
                };
            }
            Stage::Road(Road::Unknown { .. }) => {
                let (error, hint) = (format!("{user} says it was not done"), None);
                self.past.push(Past::Failed {
                    at_ms,
                    error: error.clone(),
                });
                self.road = Road::Failed(Failure::Itself { error, hint });
            }
            Stage::Road(_) | Stage::Back(_) => return Err("only an unknown outcome is judged"),
        }
        Ok(())
    }

    pub(super) fn start_undo(&mut self, at_ms: u64) {
        self.back = Some(Back::Undoing { since_ms: at_ms });
    }

    pub(super) fn undo_done(&mut self, how: Undone, detail: String, at_ms: u64) {
        let took_ms = self.undo_took_ms(at_ms);
        self.back = Some(Back::Undone {
            how,
            detail,
            took_ms,
        });
    }

    pub(super) fn fail_undo(&mut self, error: String, unknown: bool, at_ms: u64) {
        let took_ms = self.undo_took_ms(at_ms);
        self.past.push(Past::UndoFailed {
            at_ms,
            error: error.clone(),
        });
        self.back = Some(Back::Failed {
            error,
            unknown,
            took_ms,
        });
    }

    fn undo_took_ms(&self, at_ms: u64) -> Option<u64> {
        match self.back {
            Some(Back::Undoing { since_ms }) => Some(at_ms.saturating_sub(since_ms)),
            Some(Back::Undone { .. } | Back::Failed { .. } | Back::Skipped(_)) | None => None,
        }
    }

    pub(super) fn skip_undo(&mut self, said: Said) {
        self.past.push(Past::UndoSkipped(said.clone()));
        self.back = Some(Back::Skipped(said));
    }

    /// A run that goes back starts nothing more.
    pub(super) fn give_up(&mut self) {
        let Stage::Road(Road::Waiting(before)) = self.stage() else {
            return;
        };
        let because = match before {
            _ if self.touched() => return,
            Before::Nothing
            | Before::Undone {
                how: Undone::Stays, ..
            } => "the run goes back".to_owned(),
            Before::Undone {
                how: Undone::Ran | Undone::NothingToDo,
                ..
            } => "it was undone before, and the run goes back".to_owned(),
            Before::FoundDone(detail) => {
                format!("it was already done ({detail}), and the run goes back")
            }
        };
        self.road = Road::WillNotRun { because };
    }
}

fn undo_judged(done: bool, user: &str, took_ms: Option<u64>) -> Back {
    match done {
        true => Back::Undone {
            how: Undone::Ran,
            detail: format!("{user} says it is undone"),
            took_ms,
        },
        false => Back::Failed {
            error: format!("{user} says it is not undone"),
            unknown: false,
            took_ms,
        },
    }
}
