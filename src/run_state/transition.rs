//! What each record changes, and which records cannot follow from the present state. One match
//! covers them all; a record that is refused has changed nothing.

use super::{
    BackupState, CheckView, Ended, Failure, RollbackView, RunState, Said, StepView, Taken,
};
use crate::model::{
    ids::{CheckId, StepId},
    record::{Body, CheckVerdict, Phase, Record, RunEnd, Staged, Who},
};

impl RunState {
    pub(super) fn transition(&mut self, record: &Record) -> Result<(), &'static str> {
        match &record.body {
            Body::RunStarted { .. } => return Err("a run starts once"),
            // `paused` stays: whoever takes the run up waits for the same reason, until something
            // is begun.
            Body::Resumed { by } => self.take(by, None, None, record.at_ms),
            Body::ControlTaken { by, uid, from } => {
                self.take(by, Some(*uid), from.as_ref(), record.at_ms);
            }
            Body::ConfirmWithin { within_ms, .. } => self.confirm_within(*within_ms)?,
            Body::ConfirmBy { at_ms } => self.confirm_by(*at_ms)?,
            Body::PhaseEntered { phase } => self.enter(*phase)?,
            Body::CheckDone {
                id,
                verdict,
                detail,
            } => self.was_checked(id, *verdict, detail, record.at_ms),
            Body::Sampled {
                check,
                baseline,
                sample,
            } => {
                let samples = self.known.samples.entry(check.clone()).or_default();
                samples.take(*baseline, sample);
            }
            Body::CheckWaived { id, reason, by } => self.waive(id, reason, by)?,
            Body::CheckReopened { id, .. } => self.reopen(id)?,
            Body::RemedyStarted { of, by } => {
                self.begin_remedy(of, by, record.at_ms)?;
                self.overtake();
                self.look_again();
            }
            Body::RemedyEnded { of, end } => self.end_remedy(of, end)?,
            Body::Saved { what } => self.known.saved.push(what.clone()),
            Body::BackupVerified(verified) => {
                self.known.backup = BackupState::Verified(verified.clone());
            }
            Body::BackupFailed { why } => {
                self.known.backup = BackupState::Failed { why: why.clone() };
                self.known.saved.clear();
            }
            Body::Staged(staged) => self.stage(staged)?,
            Body::StepStarted { step, attempt } => {
                self.begin_step(step, *attempt, record.at_ms)?;
                self.overtake();
                self.look_again();
            }
            Body::StepDone {
                step,
                how,
                detail,
                rows,
                took_ms,
            } => {
                let view = self.view(step)?;
                view.end_done(*how, detail, *took_ms, record);
                view.rows = view.rows.saturating_add(*rows);
            }
            Body::StepFailed {
                step,
                error,
                hint,
                took_ms,
                no_effect,
            } => {
                let (error, hint) = (error.clone(), *hint);
                let failure = Failure::Itself { error, hint };
                let view = self.view(step)?;
                view.end_failed(failure, *no_effect, *took_ms, record);
            }
            Body::StepUnknown { step, why } => self.view(step)?.end_unknown(why),
            Body::StepReset { step, no_effect } => self.view(step)?.reset(*no_effect)?,
            Body::StepJudged { step, done, by } => {
                self.view(step)?.judge(*done, by, record)?;
            }
            Body::StepSkipped { step, reason, by } => {
                self.view(step)?.skip(said(reason, by));
            }
            Body::Measured { step, numbers } => self.view(step)?.measure(numbers)?,
            Body::Consented { step, .. } => self.view(step)?.consented = true,
            Body::Paused { why } => self.known.paused = Some(why.clone()),
            Body::EmergencyPulled { step, by } => {
                self.pull(step, by, record.at_ms)?;
                self.look_again();
            }
            Body::EmergencyReleased { step, .. } => {
                self.release(step, record.at_ms)?;
                self.look_again();
            }
            Body::StepBackStarted { to, by, reason } => self.begin_step_back(to, by, reason)?,
            Body::SteppedBack { to } => {
                self.stand_again(to, record)?;
                self.look_again();
            }
            Body::RollbackStarted {
                by,
                reason,
                over_later_edits,
            } => {
                self.begin_rollback(by, reason, *over_later_edits)?;
            }
            Body::OverLaterEdits { .. } => {
                let rollback = self.known.rollback.as_mut();
                rollback
                    .ok_or("the run is not being rolled back")?
                    .over_later_edits = true;
            }
            Body::UndoStarted { step } => self.begin_undo(step, record.at_ms)?,
            Body::UndoDone { step, how, detail } => {
                let view = self.undo_view(step)?;
                view.undo_done(*how, detail.clone(), record.at_ms);
                self.forget_rows(step);
            }
            Body::UndoFailed {
                step,
                error,
                unknown,
            } => {
                let view = self.undo_view(step)?;
                view.fail_undo(error.clone(), *unknown, record.at_ms);
            }
            Body::LaterEditSaved {
                step,
                path,
                saved_as,
            } => self.undo_view(step)?.was_edited_later(path, saved_as),
            Body::UndoSkipped { step, reason, by } => {
                self.undo_view(step)?.skip_undo(said(reason, by));
            }
            Body::BytesProved { files, others } => {
                self.known.proved = Some(*files);
                self.known.others_compared = others.clone();
            }
            Body::Finished { end } => self.finish(*end, record.at_ms)?,
        }
        Ok(())
    }

    fn take(&mut self, by: &Who, uid: Option<u32>, from: Option<&Who>, at_ms: u64) {
        self.known.by = by.clone();
        self.known.taken.push(Taken {
            by: by.clone(),
            uid,
            from: from.cloned(),
            at_ms,
        });
    }

    fn was_checked(&mut self, id: &CheckId, verdict: CheckVerdict, detail: &str, at_ms: u64) {
        let view = CheckView {
            at_ms,
            verdict,
            detail: detail.to_owned(),
            waived: None,
        };
        self.known.checks.insert(id.clone(), view);
    }

    fn waive(&mut self, id: &CheckId, reason: &str, by: &Who) -> Result<(), &'static str> {
        let check = self.known.checks.get_mut(id);
        let check = check.ok_or("a waiver for a check that was not made")?;
        check.waived = Some((reason.to_owned(), by.clone()));
        Ok(())
    }

    fn reopen(&mut self, id: &CheckId) -> Result<(), &'static str> {
        let made = self.known.checks.remove(id);
        made.ok_or("a check is open again that was not made")?;
        Ok(())
    }

    fn stage(&mut self, staged: &Staged) -> Result<(), &'static str> {
        let step = &staged.step;
        if !self.plan.all_steps().any(|known| known.id == *step) {
            return Err("the plan has no such step");
        }
        self.known.staged.insert(step.clone(), staged.clone());
        Ok(())
    }

    fn enter(&mut self, phase: Phase) -> Result<(), &'static str> {
        if self.rollback.is_some() && phase != Phase::Rollback {
            return Err("a run that goes back does not go forward");
        }
        if phase == Phase::Apply && !self.backed_up() {
            return Err("nothing is applied before the backup is verified");
        }
        self.known.phase = phase;
        self.known.paused = None;
        Ok(())
    }

    /// Discards what verify's checks have found, because something was done since. What a person
    /// has said of a check stays, and so does what a run that has ended or goes back has seen.
    fn look_again(&mut self) {
        if self.rollback.is_some() || self.end.is_some() {
            return;
        }
        let checks = &mut self.known.checks;
        for check in self
            .known
            .plan
            .verify
            .iter()
            .filter(|it| !it.check.is_manual())
        {
            if checks
                .get(&check.id)
                .is_some_and(|view| view.waived.is_none())
            {
                checks.remove(&check.id);
            }
        }
    }

    fn begin_step(&mut self, step: &StepId, attempt: u32, at_ms: u64) -> Result<(), &'static str> {
        if !self.backed_up() {
            return Err("no step before the backup is verified");
        }
        if self.emergency_step(step).is_some() {
            return Err("an emergency step is pulled, not started");
        }
        if self.stepping_back().is_some() {
            return Err("no step starts while others are undone");
        }
        self.view(step)?.start(attempt, at_ms)?;
        self.known.paused = None;
        Ok(())
    }

    fn backed_up(&self) -> bool {
        match self.backup {
            BackupState::Verified(_) => true,
            BackupState::NotYet | BackupState::Failed { .. } => false,
        }
    }

    fn begin_rollback(
        &mut self,
        by: &Who,
        reason: &str,
        over_later_edits: bool,
    ) -> Result<(), &'static str> {
        if self.rollback.is_some() {
            return Err("a rollback starts once");
        }
        self.known.rollback = Some(RollbackView {
            by: by.clone(),
            reason: reason.to_owned(),
            after: self.had_failed(),
            done_at_ms: self.done_at_ms(),
            over_later_edits,
        });
        self.known.phase = Phase::Rollback;
        self.known.paused = None;
        // If the run was done, it is open again until it is rolled back.
        self.known.end = None;
        for view in &mut self.known.steps {
            view.give_up();
        }
        // Starting the rollback is consent to all of its own steps.
        let after = self.known.plan.rollback.steps.iter().map(|step| StepView {
            consented: true,
            ..StepView::waiting(step.clone())
        });
        self.known.steps.extend(after);
        Ok(())
    }

    fn begin_undo(&mut self, step: &StepId, at_ms: u64) -> Result<(), &'static str> {
        if self.emergency_step(step).is_some() {
            return Err("an emergency step is released");
        }
        self.undo_view(step)?.start_undo(at_ms);
        self.overtake();
        self.known.paused = None;
        Ok(())
    }

    fn finish(&mut self, end: RunEnd, at_ms: u64) -> Result<(), &'static str> {
        let possible = match end {
            RunEnd::Done => self.rollback.is_none() && self.steps.iter().all(StepView::settled),
            RunEnd::RolledBack => self.rollback.is_some(),
            RunEnd::Abandoned => !self.touched(),
        };
        if !possible {
            return Err("the run cannot end so from here");
        }
        self.known.end = Some(Ended { how: end, at_ms });
        self.known.paused = None;
        Ok(())
    }

    pub(super) fn view(&mut self, id: &StepId) -> Result<&mut StepView, &'static str> {
        let mut all = self.known.steps.iter_mut().chain(&mut self.known.emergency);
        all.find(|view| view.step.id == *id)
            .ok_or("the plan has no such step")
    }

    fn undo_view(&mut self, id: &StepId) -> Result<&mut StepView, &'static str> {
        let on_a_way_back = self.rollback.is_some() || self.stepping_back().is_some();
        if !on_a_way_back && self.emergency_step(id).is_none() {
            return Err("a step is undone only on a way back");
        }
        self.view(id)
    }
}

fn said(reason: &str, by: &Who) -> Said {
    let (reason, by) = (reason.to_owned(), by.clone());
    Said { reason, by }
}
