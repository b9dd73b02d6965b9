//! The transitions of a single step, one for each kind of record.

use super::{Back, Before, Failure, Past, Road, Said, StepStatus, StepView, step::Effect};
use crate::model::{
    path::RelPath,
    record::{Done, Record, Undone, Who},
};
use std::collections::BTreeMap;

impl StepView {
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

    /// Sets where the step stands on the road; no way back is at it any longer.
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

    /// Raises what the step may have done to the product; never lowers it.
    pub(super) fn may_have(&mut self, effect: Effect) {
        self.effect = self.effect.max(effect);
    }

    /// Ends the step's run, `took_ms` after it began; 0 means that nobody measured it.
    fn end(&mut self, road: Road, took_ms: u64, record: &Record) {
        let at_ms = record.at_ms;
        let how = Done::ByHand;
        let by_hand = matches!(road, Road::Done { how: is, .. } if is == how);
        self.took_ms = match &self.road {
            Road::Running { since_ms } if by_hand => Some(at_ms.saturating_sub(*since_ms)),
            _measured_by_the_worker => (took_ms > 0).then_some(took_ms),
        };
        if let Road::Failed(failure) = &road {
            self.past.push(Past::Failed {
                seq: record.seq,
                at_ms,
                error: failure.error().to_owned(),
            });
        }
        self.stand(road);
    }

    pub(super) fn end_done(&mut self, how: Done, detail: &str, took_ms: u64, record: &Record) {
        // What was there before is none of its doing.
        if how != Done::AlreadyDone {
            self.may_have(Effect::Whole);
        }
        let detail = detail.to_owned();
        self.end(Road::Done { how, detail }, took_ms, record);
    }

    pub(super) fn end_failed(
        &mut self,
        failure: Failure,
        no_effect: bool,
        took_ms: u64,
        record: &Record,
    ) {
        // Older records say only by this that it was not begun.
        if !no_effect && self.is_running() {
            self.may_have(Effect::Perhaps);
        }
        self.end(Road::Failed(failure), took_ms, record);
    }

    /// Nobody knows what became of it.
    pub(super) fn end_unknown(&mut self, why: &str) {
        self.may_have(Effect::Perhaps);
        let why = why.to_owned();
        self.stand(Road::Unknown { why });
    }

    pub(super) fn reset(&mut self, no_effect: bool) -> Result<(), &'static str> {
        if !self.is_running() {
            return Err("only a running step is reset");
        }
        if !no_effect {
            self.may_have(Effect::Perhaps);
        }
        self.road = Road::Waiting(Before::Nothing);
        Ok(())
    }

    pub(super) fn skip(&mut self, said: Said) {
        self.past.push(Past::Skipped(said.clone()));
        self.stand(Road::Skipped(said));
    }

    /// A person says what became of a step, or of its undo, whose outcome is unknown.
    pub(super) fn judge(
        &mut self,
        done: bool,
        by: &Who,
        record: &Record,
    ) -> Result<(), &'static str> {
        let user = &by.user;
        match self.status() {
            StepStatus::Back(&Back::Failed {
                unknown: true,
                took_ms,
                ..
            }) => self.back = Some(undo_judged(done, user, took_ms)),
            StepStatus::Road(Road::Unknown { .. }) if done => {
                self.may_have(Effect::Whole);
                self.road = Road::Done {
                    how: Done::ByHand,
                    detail: format!("{user} says it was done"),
                };
            }
            StepStatus::Road(Road::Unknown { .. }) => {
                let (error, hint) = (format!("{user} says it was not done"), None);
                self.past.push(Past::Failed {
                    seq: record.seq,
                    at_ms: record.at_ms,
                    error: error.clone(),
                });
                self.road = Road::Failed(Failure::Itself { error, hint });
            }
            StepStatus::Road(_) | StepStatus::Back(_) => {
                return Err("only an unknown outcome is judged");
            }
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

    /// A file of it was put aside; told again where the undo was tried again.
    pub(super) fn was_edited_later(&mut self, path: &RelPath, saved_as: &str) {
        let edit = (path.clone(), saved_as.to_owned());
        if !self.later_edits.contains(&edit) {
            self.later_edits.push(edit);
        }
    }

    pub(super) fn skip_undo(&mut self, said: Said) {
        self.past.push(Past::UndoSkipped(said.clone()));
        self.back = Some(Back::Skipped(said));
    }

    /// Marks a step that has changed nothing as one that will not run: a run that goes back starts
    /// no more steps.
    pub(super) fn give_up(&mut self) {
        let StepStatus::Road(Road::Waiting(before)) = self.status() else {
            return;
        };
        let because = match before {
            _ if self.touched() => return,
            Before::Nothing
            | Before::Undone {
                how: Undone::Stays, ..
            } => "the run is being rolled back".to_owned(),
            Before::Undone {
                how: Undone::Ran | Undone::NothingToDo,
                ..
            } => "it was undone before, and the run is being rolled back".to_owned(),
            Before::FoundDone(detail) => {
                format!("it was already done ({detail}), and the run is being rolled back")
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
