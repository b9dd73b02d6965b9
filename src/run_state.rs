//! What is known about a run: a fold over its records. Writing, resuming, the screens, the
//! command line and the report all use [`RunState::apply`] and nothing else.

use crate::model::{
    digest::Digest,
    ids::{CheckId, RunId, StepId},
    path::RelPath,
    plan::{Plan, PlannedCheck, PlannedStep, StepBody, Undo},
    record::{Body, CheckVerdict, Done, End, Phase, Record, Saved, Undone, Who},
    rule::{Action, Ask},
    survey::FileMeta,
};
use serde::Serialize;
use std::{collections::BTreeMap, ops::Range};

/// A record that cannot follow the ones before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} ({what}) cannot follow the records before it")]
pub struct Illegal {
    pub seq: u64,
    pub what: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    pub run: RunId,
    pub plan: Plan,
    pub started_by: Who,
    pub started_at_ms: u64,
    /// Who holds it now or held it last.
    pub by: Who,
    /// Of the last record.
    pub seq: u64,
    pub at_ms: u64,
    pub phase: Phase,
    pub checks: BTreeMap<CheckId, CheckView>,
    /// In the order of the plan; then the steps of the rollback, once it began.
    pub steps: Vec<StepView>,
    pub saved: Vec<Saved>,
    pub backup: BackupState,
    pub staged: BTreeMap<StepId, Staged>,
    pub rollback: Option<RollbackView>,
    /// The step down to which the last steps are being undone.
    pub stepping_back: Option<StepId>,
    /// Why the worker waits, if it does.
    pub paused: Option<String>,
    pub proved: Option<u64>,
    pub end: Option<End>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckView {
    pub verdict: CheckVerdict,
    pub detail: String,
    pub waived: Option<(String, Who)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    pub old: Option<Digest>,
    pub new: Digest,
    pub meta: FileMeta,
}

#[derive(Clone, Debug, PartialEq)]
pub enum BackupState {
    NotYet,
    Failed {
        why: String,
    },
    Verified {
        manifest: Digest,
        files: u64,
        bytes: u64,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    pub step: PlannedStep,
    pub state: StepState,
    /// How often it was started.
    pub attempts: u32,
    pub took_ms: Option<u64>,
    /// What its command said and what was counted around it, by name.
    pub numbers: BTreeMap<String, i64>,
    pub started_at_ms: Option<u64>,
    pub consented: bool,
    /// Whether it was wholly done when its undo began.
    pub was_done: bool,
    /// Whether it was undone by going back to it or to one before it.
    pub stepped_back: bool,
    /// Files that were put aside because somebody had edited them after the run did.
    pub later_edits: Vec<(RelPath, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    Waiting,
    Running,
    Done {
        how: Done,
        detail: String,
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

#[derive(Clone, Debug, PartialEq)]
pub struct RollbackView {
    pub by: Who,
    pub reason: String,
    pub over_later_edits: bool,
}

impl RunState {
    /// The state after the first record.
    pub fn start(record: &Record) -> Result<Self, Illegal> {
        let illegal = Illegal {
            seq: record.seq,
            what: "the first record does not start a run",
        };
        let Body::RunStarted { run, by, plan, .. } = &record.body else {
            return Err(illegal);
        };
        if record.seq != 0 {
            return Err(illegal);
        }
        Ok(Self {
            run: run.clone(),
            plan: (**plan).clone(),
            started_by: by.clone(),
            started_at_ms: record.at_ms,
            by: by.clone(),
            seq: 0,
            at_ms: record.at_ms,
            phase: Phase::Checklist,
            checks: BTreeMap::new(),
            steps: plan.steps.iter().cloned().map(StepView::waiting).collect(),
            saved: Vec::new(),
            backup: BackupState::NotYet,
            staged: BTreeMap::new(),
            rollback: None,
            stepping_back: None,
            paused: None,
            proved: None,
            end: None,
        })
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

    /// The one transition function. On `Err` the state is as before.
    pub fn apply(&mut self, record: &Record) -> Result<(), Illegal> {
        if record.seq != self.seq + 1 {
            return Err(Illegal {
                seq: record.seq,
                what: "its number does not follow",
            });
        }
        if self.end.is_some() {
            return Err(Illegal {
                seq: record.seq,
                what: "the run has ended",
            });
        }
        self.transition(record).map_err(|what| Illegal {
            seq: record.seq,
            what,
        })?;
        self.seq = record.seq;
        self.at_ms = record.at_ms;
        Ok(())
    }

    fn transition(&mut self, record: &Record) -> Result<(), &'static str> {
        match &record.body {
            Body::RunStarted { .. } => return Err("a run starts once"),
            Body::Resumed { by } => {
                self.by = by.clone();
                self.paused = None;
            }
            Body::PhaseEntered { phase } => self.enter(*phase)?,
            Body::CheckDone {
                id,
                verdict,
                detail,
            } => {
                let view = CheckView {
                    verdict: *verdict,
                    detail: detail.clone(),
                    waived: None,
                };
                self.checks.insert(id.clone(), view);
            }
            Body::CheckWaived { id, reason, by } => {
                let check = self
                    .checks
                    .get_mut(id)
                    .ok_or("a waiver for a check that was not made")?;
                check.waived = Some((reason.clone(), by.clone()));
            }
            Body::CheckFixed { .. } => {}
            Body::Saved { what } => self.saved.push(what.clone()),
            Body::BackupVerified {
                manifest,
                files,
                bytes,
            } => {
                let (manifest, files, bytes) = (manifest.clone(), *files, *bytes);
                self.backup = BackupState::Verified {
                    manifest,
                    files,
                    bytes,
                };
            }
            Body::BackupFailed { why } => {
                self.backup = BackupState::Failed { why: why.clone() };
                self.saved.clear();
            }
            Body::Staged {
                step,
                old,
                new,
                meta,
            } => {
                self.view(step)?;
                let staged = Staged {
                    old: old.clone(),
                    new: new.clone(),
                    meta: meta.clone(),
                };
                self.staged.insert(step.clone(), staged);
            }
            Body::StepStarted { .. }
            | Body::StepDone { .. }
            | Body::StepFailed { .. }
            | Body::StepUnknown { .. }
            | Body::StepReset { .. }
            | Body::StepJudged { .. }
            | Body::StepSkipped { .. }
            | Body::Measured { .. }
            | Body::Consented { .. }
            | Body::HintApplied { .. } => self.step_transition(record)?,
            Body::Paused { why } => self.paused = Some(why.clone()),
            Body::StepBackStarted { to, .. } => self.begin_step_back(to)?,
            Body::SteppedBack { to } => self.stand_again(to)?,
            Body::RollbackStarted {
                by,
                reason,
                over_later_edits,
            } => {
                self.begin_rollback(by, reason, *over_later_edits)?;
            }
            Body::UndoStarted { .. }
            | Body::UndoDone { .. }
            | Body::UndoFailed { .. }
            | Body::LaterEditSaved { .. }
            | Body::UndoSkipped { .. } => self.undo_transition(record)?,
            Body::BytesProved { files } => self.proved = Some(*files),
            Body::Finished { end } => self.finish(*end)?,
        }
        Ok(())
    }

    fn enter(&mut self, phase: Phase) -> Result<(), &'static str> {
        if self.rollback.is_some() && phase != Phase::Rollback {
            return Err("a run that goes back does not go forward");
        }
        if phase == Phase::Apply && !matches!(self.backup, BackupState::Verified { .. }) {
            return Err("nothing is applied before the backup is verified");
        }
        self.phase = phase;
        self.paused = None;
        Ok(())
    }

    fn step_transition(&mut self, record: &Record) -> Result<(), &'static str> {
        let at_ms = record.at_ms;
        match &record.body {
            Body::StepStarted { step, attempt } => {
                if !matches!(self.backup, BackupState::Verified { .. }) {
                    return Err("no step before the backup is verified");
                }
                if self.stepping_back.is_some() {
                    return Err("no step starts while others are undone");
                }
                self.paused = None;
                let view = self.view(step)?;
                if view.step.undo == Undo::Irreversible && !view.consented {
                    return Err("the point of no return was not agreed to");
                }
                match view.state {
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
                view.attempts = *attempt;
                view.stepped_back = false;
                view.numbers.clear();
                view.started_at_ms = Some(at_ms);
                view.state = StepState::Running;
            }
            Body::StepDone {
                step,
                how,
                detail,
                took_ms,
            } => {
                let view = self.view(step)?;
                view.took_ms = Some(*took_ms);
                view.state = StepState::Done {
                    how: *how,
                    detail: detail.clone(),
                };
            }
            Body::StepFailed {
                step,
                error,
                hint,
                took_ms,
            } => {
                let view = self.view(step)?;
                view.took_ms = Some(*took_ms);
                view.state = StepState::Failed {
                    error: error.clone(),
                    hint: *hint,
                };
            }
            Body::StepUnknown { step, why } => {
                self.view(step)?.state = StepState::Unknown { why: why.clone() };
            }
            Body::StepReset { step } => {
                let view = self.view(step)?;
                if view.state != StepState::Running {
                    return Err("only a running step is reset");
                }
                view.state = StepState::Waiting;
            }
            Body::StepJudged { step, done, by } => {
                let view = self.view(step)?;
                if !matches!(view.state, StepState::Unknown { .. }) {
                    return Err("only an unknown outcome is judged");
                }
                view.state = if *done {
                    let detail = format!("{} says it was done", by.user);
                    StepState::Done {
                        how: Done::ByHand,
                        detail,
                    }
                } else {
                    let error = format!("{} says it was not done", by.user);
                    StepState::Failed { error, hint: None }
                };
            }
            Body::StepSkipped { step, reason, by } => {
                let state = StepState::Skipped {
                    reason: reason.clone(),
                    by: by.clone(),
                };
                self.view(step)?.state = state;
            }
            Body::Measured { step, numbers } => {
                let view = self.view(step)?;
                if view.state != StepState::Running {
                    return Err("only a running step is measured");
                }
                view.numbers.clone_from(numbers);
            }
            Body::Consented { step, .. } => self.view(step)?.consented = true,
            Body::HintApplied { step, .. } => {
                self.view(step)?;
            }
            _other_bodies_are_not_about_steps => {}
        }
        Ok(())
    }

    fn begin_step_back(&mut self, to: &StepId) -> Result<(), &'static str> {
        if self.rollback.is_some() || self.stepping_back.is_some() {
            return Err("the run goes back already");
        }
        if self.phase != Phase::Apply {
            return Err("steps are undone where they are done");
        }
        let first = self.place_of(to).ok_or("the plan has no such step")?;
        let barred = |view: &StepView| {
            view.touched()
                && (view.step.undo == Undo::Irreversible
                    || matches!(view.state, StepState::Unknown { .. }))
        };
        if self.steps[first..].iter().any(barred) {
            return Err("there is no way back to this step");
        }
        self.stepping_back = Some(to.clone());
        self.paused = None;
        Ok(())
    }

    fn stand_again(&mut self, to: &StepId) -> Result<(), &'static str> {
        if self.stepping_back.as_ref() != Some(to) {
            return Err("no step is being undone down to this one");
        }
        let first = self.place_of(to).ok_or("the plan has no such step")?;
        for view in &mut self.steps[first..] {
            view.stand_again()?;
        }
        self.stepping_back = None;
        Ok(())
    }

    /// The places of the steps that a person keeps or undoes as one, from the first of them to the
    /// question; of any other step its own.
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

    /// Where a step stands.
    pub fn place_of(&self, id: &StepId) -> Option<usize> {
        self.steps.iter().position(|view| view.step.id == *id)
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
        self.rollback = Some(RollbackView {
            by: by.clone(),
            reason: reason.to_owned(),
            over_later_edits,
        });
        self.phase = Phase::Rollback;
        self.paused = None;
        self.stepping_back = None;
        for view in &mut self.steps {
            if view.state == StepState::Waiting && !view.touched() {
                let because = "the run goes back".to_owned();
                view.state = StepState::WillNotRun { because };
            }
        }
        let after = self
            .plan
            .rollback
            .steps
            .iter()
            .cloned()
            .map(StepView::waiting);
        self.steps.extend(after);
        Ok(())
    }

    fn undo_transition(&mut self, record: &Record) -> Result<(), &'static str> {
        if self.rollback.is_none() && self.stepping_back.is_none() {
            return Err("a step is undone only on a way back");
        }
        match &record.body {
            Body::UndoStarted { step } => {
                self.paused = None;
                let view = self.view(step)?;
                view.was_done |= matches!(view.state, StepState::Done { .. });
                view.state = StepState::Undoing;
            }
            Body::UndoDone { step, how, detail } => {
                let state = StepState::Undone {
                    how: *how,
                    detail: detail.clone(),
                };
                self.view(step)?.state = state;
            }
            Body::UndoFailed { step, error } => {
                self.view(step)?.state = StepState::UndoFailed {
                    error: error.clone(),
                };
            }
            Body::LaterEditSaved {
                step,
                path,
                saved_as,
            } => {
                self.view(step)?
                    .later_edits
                    .push((path.clone(), saved_as.clone()));
            }
            Body::UndoSkipped { step, reason, by } => {
                let state = StepState::UndoSkipped {
                    reason: reason.clone(),
                    by: by.clone(),
                };
                self.view(step)?.state = state;
            }
            _other_bodies_are_not_about_undoing => {}
        }
        Ok(())
    }

    fn finish(&mut self, end: End) -> Result<(), &'static str> {
        let possible = match end {
            End::Done => self.rollback.is_none() && self.steps.iter().all(|s| s.state.settled()),
            End::RolledBack => self.rollback.is_some(),
            End::Abandoned => !self.touched(),
        };
        if !possible {
            return Err("the run cannot end so from here");
        }
        self.end = Some(end);
        self.paused = None;
        Ok(())
    }

    fn view(&mut self, id: &StepId) -> Result<&mut StepView, &'static str> {
        self.steps
            .iter_mut()
            .find(|view| view.step.id == *id)
            .ok_or("the plan has no such step")
    }

    pub fn step(&self, id: &StepId) -> Option<&StepView> {
        self.steps.iter().find(|view| view.step.id == *id)
    }

    /// The step whose numbers a question is about, if it has any.
    pub fn shown_by(&self, ask: &Ask) -> Option<&StepView> {
        let id = StepId::from(ask.shows.as_deref()?);
        self.step(&id).filter(|view| !view.numbers.is_empty())
    }

    /// The first step that is not settled: where the road goes on.
    pub fn next_step(&self) -> Option<&StepView> {
        self.steps.iter().find(|view| !view.state.settled())
    }

    /// Checks of a list that are not passed and not waived.
    pub fn open_checks<'p>(&self, checks: &'p [PlannedCheck]) -> Vec<&'p PlannedCheck> {
        checks
            .iter()
            .filter(|check| !self.passed(&check.id))
            .collect()
    }

    /// Passed, warned of, or waived with a name.
    pub fn passed(&self, id: &CheckId) -> bool {
        self.checks.get(id).is_some_and(|view| {
            view.waived.is_some()
                || matches!(view.verdict, CheckVerdict::Ok | CheckVerdict::Warning)
        })
    }

    /// Whether anything outside the run's folder may have been changed.
    pub fn touched(&self) -> bool {
        self.steps.iter().any(StepView::touched)
    }

    /// One word for lists of runs and for `status`.
    pub fn word(&self) -> &'static str {
        match self.end {
            Some(End::Done) => "done",
            Some(End::RolledBack) => "rolled back",
            Some(End::Abandoned) => "abandoned",
            None => self.unfinished_word(),
        }
    }

    fn unfinished_word(&self) -> &'static str {
        let any = |test: fn(&StepState) -> bool| self.steps.iter().any(|view| test(&view.state));
        if any(|state| matches!(state, StepState::UndoFailed { .. })) {
            "stuck"
        } else if any(|state| matches!(state, StepState::Unknown { .. })) {
            "unknown"
        } else if any(|state| matches!(state, StepState::Failed { .. })) && self.rollback.is_none()
        {
            "failed"
        } else if self.paused.is_some() {
            "waiting"
        } else {
            "unfinished"
        }
    }
}

impl StepView {
    /// Whether it may have had an effect that a rollback must take back: it was started.
    pub fn touched(&self) -> bool {
        self.attempts > 0
    }

    /// After it was undone it waits as if it had never run. What was not undone is still there: it
    /// counts as failed, so that a rollback tries again to take it back.
    fn stand_again(&mut self) -> Result<(), &'static str> {
        match &self.state {
            StepState::Undone { .. } => {
                let later_edits = std::mem::take(&mut self.later_edits);
                *self = Self::waiting(self.step.clone());
                self.later_edits = later_edits;
                self.stepped_back = true;
            }
            StepState::UndoSkipped { reason, .. } => {
                let error = format!("it was not undone: {reason}");
                self.state = StepState::Failed { error, hint: None };
            }
            StepState::Done { .. } => {
                // It was done before the run, and nobody has undone it.
                self.state = StepState::Waiting;
                self.stepped_back = true;
            }
            StepState::Running
            | StepState::Undoing
            | StepState::UndoFailed { .. }
            | StepState::Unknown { .. }
            | StepState::Failed { .. } => return Err("a step was not undone"),
            StepState::Waiting | StepState::Skipped { .. } | StepState::WillNotRun { .. } => {}
        }
        Ok(())
    }

    fn waiting(step: PlannedStep) -> Self {
        Self {
            step,
            state: StepState::Waiting,
            attempts: 0,
            took_ms: None,
            numbers: BTreeMap::new(),
            started_at_ms: None,
            consented: false,
            was_done: false,
            stepped_back: false,
            later_edits: Vec::new(),
        }
    }
}
