//! Going forward: one step after another, until the end or until a person has to say something.

use super::{Answer, Worker, WorkerError, done, refused};
use crate::{
    engine::{
        deed::action,
        means::{
            failure::ActionError,
            met::{Looked, Met},
            performed::Performed,
        },
    },
    model::{
        ids::StepId,
        plan::{PlannedStep, StepBody},
        record::{Body, Done, numbers_in_words},
        rule::{Action, Ask},
    },
    rules::expression::Numbers,
    run_state::StepView,
};
use std::time::Duration;

/// Whether the road goes on.
pub(super) enum Gate {
    Open,
    /// A person has to do something; the pause is recorded.
    Closed,
}

/// How a step ended, before it is recorded.
pub(super) enum StepEnd {
    Done(Performed),
    Failed {
        error: String,
        hint: Option<usize>,
        /// It is known that there is nothing of it to take back.
        no_effect: bool,
    },
    /// The process watching its command was killed; with the error that says so.
    Lost(String),
}

impl Worker {
    /// Applies steps up to the next gate.
    pub(super) fn apply(&mut self) -> Answer {
        self.walk(usize::MAX)?;
        if self.state.next_step().is_none() {
            return self.verify();
        }
        Ok(())
    }

    /// Applies one step and waits, even after the last: the checks of verify may take long.
    pub(super) fn apply_one(&mut self) -> Answer {
        self.walk(1)
    }

    fn walk(&mut self, steps_max: usize) -> Answer {
        for _ in 0..steps_max {
            self.state.may_apply()?;
            let Some(view) = self.state.next_step().cloned() else {
                break;
            };
            if self.urgent.take_pause() {
                self.pause("paused by the operator")?;
                break;
            }
            match self.do_step(&view)? {
                Gate::Open => {}
                Gate::Closed => break,
            }
        }
        Ok(())
    }

    pub(super) fn do_step(&mut self, view: &StepView) -> Result<Gate, WorkerError> {
        let step = &view.step;
        let by_a_person = matches!(step.body, StepBody::Do(Action::Ask(_)));
        match self.already_done(step) {
            Ok(Some(detail)) => {
                self.record(done(&step.id, Done::AlreadyDone, detail))?;
                return Ok(Gate::Open);
            }
            Err(error) if !by_a_person => {
                self.cannot_begin(step, error)?;
                return Ok(Gate::Closed);
            }
            Ok(None) | Err(_) => {}
        }
        if view.lacks_consent() {
            self.pause(format!(
                "point of no return: after `{}` only a restore helps",
                step.title
            ))?;
            return Ok(Gate::Closed);
        }
        if let Err(error) = self.can_be_restored(step) {
            self.cannot_begin(step, error)?;
            return Ok(Gate::Closed);
        }
        let attempt = view.attempts + 1;
        self.record(Body::StepStarted {
            step: step.id.clone(),
            attempt,
        })?;
        if let StepBody::Do(Action::Ask(ask)) = &step.body {
            self.pause(self.asked(ask))?;
            return Ok(Gate::Closed);
        }
        self.carry_out(step)
    }

    /// Records that a step could not begin: it cannot be told whether it was done before, or it
    /// could not be undone. As this run did not start it, a rollback does not undo it.
    pub(super) fn cannot_begin(
        &mut self,
        step: &PlannedStep,
        error: String,
    ) -> Result<(), WorkerError> {
        self.record(Body::StepFailed {
            step: step.id.clone(),
            hint: self.hint_for(&error),
            error,
            took_ms: 0,
            no_effect: true,
        })
    }

    /// Carries out a step recorded as begun, and records its end.
    pub(super) fn carry_out(&mut self, step: &PlannedStep) -> Result<Gate, WorkerError> {
        let begin = self.context.world.clock.monotonic();
        let end = match step.body.file() {
            Some(file) => self.replace_file(step, file)?,
            None => self.act(step)?,
        };
        let took = self.context.world.clock.monotonic().saturating_sub(begin);
        self.record_end(step, end, took)
    }

    pub(super) fn record_end(
        &mut self,
        step: &PlannedStep,
        end: StepEnd,
        took: Duration,
    ) -> Result<Gate, WorkerError> {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let id = step.id.clone();
        match end {
            StepEnd::Lost(error) => {
                self.lost(step, error)?;
                Ok(Gate::Closed)
            }
            StepEnd::Done(Performed { detail, rows }) => {
                self.record(Body::StepDone {
                    step: id,
                    how: Done::Ran,
                    detail,
                    rows,
                    took_ms,
                })?;
                Ok(Gate::Open)
            }
            StepEnd::Failed {
                error,
                hint,
                no_effect,
            } => {
                self.record(Body::StepFailed {
                    step: id,
                    error,
                    hint,
                    took_ms,
                    no_effect,
                })?;
                Ok(Gate::Closed)
            }
        }
    }

    /// The text of the question, with the numbers it refers to.
    fn asked(&self, ask: &Ask) -> String {
        let mut text = self.context.clean(&ask.text);
        if let Some(view) = self.state.shown_by(ask) {
            let numbers = numbers_in_words(&view.numbers);
            text.push_str(&format!("\n{}: {numbers}", view.step.title));
        }
        text
    }

    /// Whether it was done before; not being able to tell is a failure, because it must not be done
    /// twice.
    pub(super) fn already_done(&self, step: &PlannedStep) -> Result<Option<String>, String> {
        let Some(probe) = &step.done_if else {
            return Ok(None);
        };
        let Looked { met, told } = self.look(probe, step.hop);
        let detail = self.context.clean(&told);
        match met {
            Met::Yes => Ok(Some(detail)),
            Met::No => Ok(None),
            Met::Unclear => Err(format!(
                "nothing shows whether this is already done: {detail}"
            )),
        }
    }

    fn act(&mut self, step: &PlannedStep) -> Result<StepEnd, WorkerError> {
        let StepBody::Do(action) = &step.body else {
            unreachable!("steps with a file are replaced");
        };
        let (end, numbers) = self.heard(&step.id, |context, cancel, listener| {
            let end = action::perform(context.scope(step.hop, cancel), action, listener);
            (end, std::mem::take(&mut listener.numbers))
        });
        let end = end.map_err(|error| self.failure(&error));
        self.concluded(step, end, numbers)
    }

    /// Judges the end of a command after recording what it measured.
    pub(super) fn concluded(
        &mut self,
        step: &PlannedStep,
        end: Result<Performed, StepEnd>,
        numbers: Numbers,
    ) -> Result<StepEnd, WorkerError> {
        if !numbers.is_empty() {
            self.record(Body::Measured {
                step: step.id.clone(),
                numbers,
            })?;
        }
        Ok(match end {
            Ok(performed) => self.proved(step, performed),
            Err(failed) => failed,
        })
    }

    /// A command that ends well and leaves its own `done_if` unmet has not done its work.
    fn proved(&self, step: &PlannedStep, performed: Performed) -> StepEnd {
        let Some(probe) = &step.done_if else {
            return StepEnd::Done(performed);
        };
        let looked = self.look(probe, step.hop);
        if looked.is_yes() {
            return StepEnd::Done(performed);
        }
        let seen = looked.told;
        let error = format!("{}, but it is not done: {seen}", performed.detail);
        StepEnd::Failed {
            hint: self.hint_for(&seen),
            error: self.context.clean(&error),
            no_effect: false,
        }
    }

    pub(super) fn failure(&self, error: &ActionError) -> StepEnd {
        match error.is_lost() {
            true => StepEnd::Lost(self.context.clean(&error.told().0)),
            false => self.failed_with(error, |why| why),
        }
    }

    pub(super) fn failed_with(
        &self,
        error: &ActionError,
        words: impl Fn(String) -> String,
    ) -> StepEnd {
        let (text, output) = error.told();
        let hint = self.hint_for(output).or_else(|| self.hint_for(&text));
        StepEnd::Failed {
            error: self.context.clean(&words(text)),
            hint,
            no_effect: error.is_without_effect(),
        }
    }

    pub(super) fn hint_for(&self, output: &str) -> Option<usize> {
        self.state
            .plan
            .hints
            .iter()
            .position(|hint| hint.error.is_match(output))
    }

    pub(super) fn retry(&mut self, id: &StepId) -> Answer {
        let view = self.step(id)?;
        match self.do_step(&view)? {
            Gate::Open => self.apply(),
            Gate::Closed => Ok(()),
        }
    }

    pub(super) fn skip(&mut self, id: &StepId, reason: &str) -> Answer {
        if self.skip_undone(id, reason)? {
            return Ok(());
        }
        let (step, reason) = (id.clone(), self.context.clean(reason));
        let by = self.who();
        self.record(Body::StepSkipped { step, reason, by })?;
        Ok(())
    }

    pub(super) fn judge(&mut self, id: &StepId, done: bool) -> Answer {
        let by = self.who();
        self.record(Body::StepJudged {
            step: id.clone(),
            done,
            by,
        })?;
        Ok(())
    }

    pub(super) fn consent(&mut self, id: &StepId) -> Answer {
        let by = self.who();
        self.record(Body::Consented {
            step: id.clone(),
            by,
        })?;
        self.apply()
    }

    /// A person's word is accepted only where no probe can tell.
    fn not_done_yet(&self, id: &StepId) -> Option<String> {
        let step = &self.state.step(id)?.step;
        let probe = step.done_if.as_ref()?;
        let looked = self.look(probe, step.hop);
        let seen = self.context.clean(&looked.told);
        (!looked.is_yes()).then(|| format!("`{}` is not done yet: {seen}", step.title))
    }

    pub(super) fn confirm(&mut self, id: &StepId) -> Answer {
        if let Some(not_done) = self.not_done_yet(id) {
            return refused(not_done);
        }
        let detail = format!("done by {}", self.who().user);
        self.record(done(id, Done::ByHand, detail))?;
        if self.state.rollback.is_some() {
            self.retry_undo()
        } else {
            self.apply()
        }
    }
}
