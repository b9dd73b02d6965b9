//! Commands that outlived a worker: they are waited for before anything else, and judged as if this
//! worker had run them. So no command is run again while the first is still running.

use super::{Worker, WorkerError, log::of_remedy};
use crate::{
    engine::{
        means::{command, failure::ActionError, listener::unheard, performed::Performed},
        store::{run_dir::step_name, shelf},
    },
    model::{
        ids::StepId,
        plan::PlannedStep,
        record::{Body, Undone},
        rule::Run,
    },
    rules::expression::Numbers,
    world::{Cancel, CommandError, Ended, Kept},
};
use std::{collections::BTreeMap, time::Duration};

/// What became of the steps' commands, by name on the shelf: for each the last that began.
pub(super) type Shelved = BTreeMap<String, Kept>;

/// What a record says of an attempt at something that runs commands, and whose shelf they are on.
pub(super) enum Attempt {
    Begins(StepId),
    /// Its commands are done with.
    Ends(StepId),
    Neither,
}

impl Attempt {
    pub(super) fn of(body: &Body) -> Self {
        match body {
            Body::StepStarted { step, .. }
            | Body::UndoStarted { step }
            | Body::EmergencyPulled { step, .. }
            | Body::EmergencyReleased { step, .. } => Self::Begins(step.clone()),
            Body::RemedyStarted { of, .. } => Self::Begins(of_remedy(of)),
            Body::StepDone { step, .. }
            | Body::StepFailed { step, .. }
            | Body::StepUnknown { step, .. }
            | Body::StepReset { step, .. }
            | Body::UndoDone { step, .. }
            | Body::UndoFailed { step, .. } => Self::Ends(step.clone()),
            Body::RemedyEnded { of, .. } => Self::Ends(of_remedy(of)),
            Body::RunStarted { .. }
            | Body::Resumed { .. }
            | Body::ControlTaken { .. }
            | Body::ConfirmWithin { .. }
            | Body::ConfirmBy { .. }
            | Body::PhaseEntered { .. }
            | Body::CheckDone { .. }
            | Body::Sampled { .. }
            | Body::CheckWaived { .. }
            | Body::CheckReopened { .. }
            | Body::Saved { .. }
            | Body::BackupVerified(_)
            | Body::BackupFailed { .. }
            | Body::Staged(_)
            | Body::StepJudged { .. }
            | Body::StepSkipped { .. }
            | Body::Measured { .. }
            | Body::Consented { .. }
            | Body::Paused { .. }
            | Body::StepBackStarted { .. }
            | Body::SteppedBack { .. }
            | Body::RollbackStarted { .. }
            | Body::OverLaterEdits { .. }
            | Body::LaterEditSaved { .. }
            | Body::UndoSkipped { .. }
            | Body::BytesProved { .. }
            | Body::Finished { .. } => Self::Neither,
        }
    }
}

impl Worker {
    /// Waits for every command still running; forgets those of no step and no open remedy.
    pub(super) fn await_kept(&mut self) -> Result<Shelved, WorkerError> {
        let mut found = Shelved::new();
        let mut over = Vec::new();
        let stems = self
            .context
            .world
            .commands
            .stems(&self.context.dir.steps())?;
        for stem in stems {
            let name = shelf::step_of(&stem);
            let steps = self.state.steps.iter().chain(&self.state.emergency);
            let view = steps
                .into_iter()
                .find(|view| step_name(&view.step.id) == name);
            let (step, title) = match view {
                Some(view) => (view.step.id.clone(), view.step.title.clone()),
                None => (StepId::new(name.as_str()), name.clone()),
            };
            if view.is_none()
                && self
                    .state
                    .open_remedy()
                    .is_none_or(|of| of_remedy(of) != step)
            {
                over.push(step.clone());
            }
            self.progress(format!("{title}: what an earlier worker began"), 0, 0, "");
            self.urgent.arm();
            let kept = self.heard(&step, |context, cancel, listener| {
                context.world.commands.kept(&stem, cancel, listener.line)
            });
            // An attempt that was not begun says nothing about earlier ones.
            if !matches!(kept, Kept::NeverBegun) || !found.contains_key(&name) {
                found.insert(name, kept);
            }
        }
        for step in over {
            self.forget(&step);
        }
        Ok(found)
    }

    /// Records the end of a step's command that an earlier worker began.
    pub(super) fn take_end(
        &mut self,
        step: &PlannedStep,
        run: &Run,
        end: Result<Ended, CommandError>,
        note: &str,
    ) -> Result<(), WorkerError> {
        let took = end.as_ref().map_or(Duration::ZERO, |ended| ended.took);
        let (end, numbers) = self.judge_end(run, step.hop, end, note);
        let end = end
            .map(Performed::from)
            .map_err(|error| self.failure(&error));
        let end = self.concluded(step, end, numbers)?;
        self.record_end(step, end, took)?;
        Ok(())
    }

    /// The same of an undo.
    pub(super) fn take_undo_end(
        &mut self,
        step: &PlannedStep,
        run: &Run,
        end: Result<Ended, CommandError>,
        note: &str,
    ) -> Result<(), WorkerError> {
        let (end, _) = self.judge_end(run, step.hop, end, note);
        self.undo_ended(step.id.clone(), end)
    }

    pub(super) fn undo_ended(
        &mut self,
        step: StepId,
        end: Result<String, ActionError>,
    ) -> Result<(), WorkerError> {
        self.record(match end {
            Ok(detail) => Body::UndoDone {
                step,
                how: Undone::Ran,
                detail,
            },
            Err(error) => Body::UndoFailed {
                step,
                error: self.context.clean(&error.told().0),
                unknown: error.is_lost(),
            },
        })
    }

    pub(super) fn judge_end(
        &self,
        run: &Run,
        hop: usize,
        end: Result<Ended, CommandError>,
        note: &str,
    ) -> (Result<String, ActionError>, Numbers) {
        let never = Cancel::default();
        let scope = self.context.scope(hop, &never);
        unheard(|listener| {
            let ended = end.map_err(ActionError::of_command);
            let judged =
                ended.and_then(|ended| command::found_ended(scope, run, listener, &ended, note));
            (judged, std::mem::take(&mut listener.numbers))
        })
    }

    /// Handles a command with an unknown outcome: what the world shows decides, otherwise a person.
    /// A step that may be repeated is repeated only once, since it could get lost every time.
    pub(super) fn lost(&mut self, step: &PlannedStep, error: String) -> Result<(), WorkerError> {
        if self.state.emergency_step(&step.id).is_some() {
            return self.record(Body::StepUnknown {
                step: step.id.clone(),
                why: "it was pulled, and nothing shows whether it came to its end".to_owned(),
            });
        }
        self.settle_by_the_world(step)?;
        match self.state.step(&step.id) {
            Some(view) if view.is_waiting() && view.attempts > 1 => self.record(Body::StepFailed {
                step: step.id.clone(),
                hint: self.hint_for(&error),
                error,
                took_ms: 0,
                no_effect: false,
            }),
            Some(_) | None => Ok(()),
        }
    }
}
