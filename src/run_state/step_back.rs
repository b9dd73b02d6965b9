//! Undoing the last steps, down to a given one, so that the run stands before that one again.

use super::{Back, Before, Failure, Road, RunState, StepView, step::Effect};
use crate::model::{
    ids::StepId,
    plan::{StepBody, Undo},
    record::{Phase, Record, Undone, Who},
    rule::Action,
};
use std::ops::Range;

/// One undoing of the last steps, down to the step `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct StepBack {
    pub to: StepId,
    pub by: Who,
    pub reason: String,
    /// The steps that were undone, newest first; empty while it is under way, or if it never came
    /// to its end.
    pub undone: Vec<StepId>,
    /// When the last of them was undone.
    pub undone_at_ms: Option<u64>,
    /// The record that says that all of them were undone; 0 while it is under way.
    pub(super) undone_seq: u64,
    /// The backups that the undos restored. Kept here because the steps forget it when they stand
    /// again.
    pub restored: Vec<Restored>,
    /// The steps whose undo destroyed what was written since.
    pub destroyed: Vec<StepId>,
}

/// A backup that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub backup: String,
    /// What was reported of the restore, including what it lost.
    pub detail: String,
}

impl RunState {
    /// The step down to which the last steps are being undone. `None` once a rollback has begun,
    /// which takes over what is left.
    pub fn stepping_back(&self) -> Option<&StepId> {
        let last = self.steps_back.last().filter(|_| self.rollback.is_none())?;
        last.undone_at_ms.is_none().then_some(&last.to)
    }

    pub(super) fn begin_step_back(
        &mut self,
        to: &StepId,
        by: &Who,
        reason: &str,
    ) -> Result<(), &'static str> {
        if self.phase != Phase::Apply {
            return Err("steps are undone where they are done");
        }
        let may = self.may_step_back(to);
        may.map_err(|_why| "this step cannot be undone down to")?;
        self.known.steps_back.push(StepBack {
            to: to.clone(),
            by: by.clone(),
            reason: reason.to_owned(),
            undone: Vec::new(),
            undone_at_ms: None,
            undone_seq: 0,
            restored: Vec::new(),
            destroyed: Vec::new(),
        });
        self.known.paused = None;
        Ok(())
    }

    pub(super) fn stand_again(&mut self, to: &StepId, record: &Record) -> Result<(), &'static str> {
        if self.stepping_back() != Some(to) {
            return Err("no step is being undone down to this one");
        }
        let first = self.place_of(to).ok_or("the plan has no such step")?;
        if self.steps[first..].iter().any(StepView::to_undo) {
            return Err("a step was not undone");
        }
        let undone = self.steps[first..].iter().rev();
        let undone = undone.filter(|view| view.is_undone());
        let undone = undone.map(|view| view.step.id.clone()).collect();
        let restored = self.steps[first..].iter().rev();
        let restored = restored.filter_map(StepView::restored).collect();
        let destroyed = self.steps[first..].iter().rev();
        let destroyed = destroyed.filter(|view| view.destroyed_by_undo().is_some());
        let destroyed = destroyed.map(|view| view.step.id.clone()).collect();
        if let Some(back) = self.known.steps_back.last_mut() {
            back.undone = undone;
            back.undone_at_ms = Some(record.at_ms);
            back.undone_seq = record.seq;
            back.restored = restored;
            back.destroyed = destroyed;
        }
        self.known.steps[first..]
            .iter_mut()
            .for_each(StepView::stand_again);
        Ok(())
    }

    /// The indices of the steps that a person keeps or undoes as one, from the first of them
    /// through the question; for any other step, its own index alone.
    pub fn kept_together(&self, id: &StepId) -> Range<usize> {
        let place = self.place_of(id).unwrap_or_default();
        for (n, view) in self.steps.iter().enumerate().skip(place) {
            if let StepBody::Do(Action::Ask(ask)) = &view.step.body
                && let Some(first) = ask.undo_to.as_deref()
                && let Some(first) = self.place_of(&StepId::from(first))
                && first <= place
            {
                return first..n + 1;
            }
        }
        place..(place + 1).min(self.steps.len())
    }

    /// The index down to which steps are undone to stand before this one again: what is kept as one
    /// is undone as one, and a restore also takes back whatever its backup did not have.
    pub fn back_to(&self, id: &StepId) -> usize {
        let mut first = self.kept_together(id).start;
        loop {
            let (earlier, last) = self.steps.split_at(first);
            let also = last.iter().filter_map(|view| view.taken_back_with(earlier));
            let Some(place) = also.min() else {
                return first;
            };
            first = self.kept_together(&self.steps[place].step.id).start;
        }
    }

    /// The index of a step.
    pub fn place_of(&self, id: &StepId) -> Option<usize> {
        self.steps.iter().position(|view| view.step.id == *id)
    }
}

impl StepView {
    /// The index of the first of these earlier steps that this step's undo takes back as well,
    /// because it restores a backup from before both.
    pub(super) fn taken_back_with(&self, earlier: &[Self]) -> Option<usize> {
        let Undo::Restore(backup) = &self.step.undo else {
            return None;
        };
        let too = |it: &Self| it.step.undo == self.step.undo || it.step.sends_to(backup);
        let first = earlier.iter().position(|it| it.to_undo() && too(it));
        first.filter(|_| self.to_undo())
    }

    /// Whether nothing of what it did is left.
    fn is_undone(&self) -> bool {
        match self.undone() {
            Some(Undone::Ran | Undone::NothingToDo) => true,
            Some(Undone::Stays) | None => false,
        }
    }

    /// What its undo has destroyed, in words.
    pub fn destroyed_by_undo(&self) -> Option<String> {
        match self.undone() {
            Some(Undone::Ran) => self.step.undo_loses(),
            Some(Undone::NothingToDo | Undone::Stays) | None => None,
        }
    }

    /// The backup that its undo has restored.
    pub fn restored(&self) -> Option<Restored> {
        match (&self.back, &self.step.undo) {
            (
                Some(Back::Undone {
                    how: Undone::Ran,
                    detail,
                    ..
                }),
                Undo::Restore(backup),
            ) => Some(Restored {
                backup: backup.clone(),
                detail: detail.clone(),
            }),
            _another_undo => None,
        }
    }

    /// Makes the step wait as if it had never run, once it is undone. What outlasts its undo is
    /// remembered, as the end of a rollback must still take it back. If the undo was skipped, what
    /// the step did is still there.
    fn stand_again(&mut self) {
        let failed = self.failure().map(str::to_owned);
        match (&self.back, &self.road) {
            (Some(Back::Undone { how, .. }), _) => {
                let lasts = self.step.outlasts_its_undo();
                let whole = if self.was_done() {
                    Effect::Whole
                } else {
                    self.effect
                };
                *self = Self {
                    road: Road::Waiting(Before::Undone { how: *how, failed }),
                    later_edits: std::mem::take(&mut self.later_edits),
                    past: std::mem::take(&mut self.past),
                    rows: self.rows,
                    attempts: if lasts { self.attempts } else { 0 },
                    effect: if lasts { whole } else { Effect::None },
                    ..Self::waiting(self.step.clone())
                };
            }
            (Some(Back::Skipped(said)), _) => {
                let error = format!("it was not undone: {}", said.reason);
                if self.was_done() {
                    self.may_have(Effect::Whole);
                }
                self.stand(Road::Failed(Failure::NotUndone { error, failed }));
            }
            // Of the steps that were begun none still counts as done here, so this one was found
            // done.
            (None, Road::Done { detail, .. }) => {
                self.road = Road::Waiting(Before::FoundDone(detail.clone()));
            }
            (Some(Back::Undoing { .. } | Back::Failed { .. }), _)
            | (
                None,
                Road::Waiting(_)
                | Road::Running { .. }
                | Road::Failed(_)
                | Road::Unknown { .. }
                | Road::Skipped(_)
                | Road::WillNotRun { .. },
            ) => {}
        }
    }
}
