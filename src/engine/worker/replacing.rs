//! A step that replaces a file: swaps in the text staged before the first change, then puts it into
//! effect. If an earlier change of the same file was left out after all, the text is staged again
//! from the file as it is.

use super::{Worker, WorkerError, apply::StepEnd};
use crate::{
    engine::{
        deed::{
            action,
            replace::{NotReplaced, Replacement},
            stage,
        },
        means::{command, failure::ActionError},
    },
    model::{
        digest::Digest,
        ids::StepId,
        path::RelPath,
        plan::{PlannedStep, StepBody},
        record::Body,
        text::with_causes,
    },
    world::FileError,
};

impl Worker {
    pub(super) fn replace_file(
        &mut self,
        step: &PlannedStep,
        file: &RelPath,
    ) -> Result<StepEnd, WorkerError> {
        if self.saved_file(file).is_none() {
            let why = format!("{file}: not in the backup; roll back and plan again");
            return Ok(self.not_replaced(why, true));
        }
        if let Err(why) = self.renew(step, file)? {
            return Ok(self.not_replaced(why, true));
        }
        let Some(replacement) = Replacement::of(&self.context, &self.state, step) else {
            let why = format!("{file}: its new text was not put aside; roll back and plan again");
            return Ok(self.not_replaced(why, true));
        };
        if let Err(error) = replacement.forwards() {
            let no_effect = matches!(error, NotReplaced::Refused(_));
            let compare = match &error {
                NotReplaced::Refused(FileError::Drift { .. }) => replacement.compare(),
                NotReplaced::Refused(_) | NotReplaced::Begun(_) => None,
            };
            let compare = compare.map(|command| format!("; `{command}` shows what was changed"));
            let why = with_causes(&error) + &compare.unwrap_or_default();
            return Ok(self.not_replaced(why, no_effect));
        }
        let changed = match &step.body {
            StepBody::Edit { edits, .. } if edits.len() == 1 => "1 change".to_owned(),
            StepBody::Edit { edits, .. } => format!("{} changes", edits.len()),
            StepBody::Write { over: true, .. } => "replaced".to_owned(),
            StepBody::Write { .. } | StepBody::Do(_) => "new file".to_owned(),
        };
        Ok(match self.put_into_effect(step) {
            Ok(None) => StepEnd::Done(changed.into()),
            Ok(Some(effect)) => StepEnd::Done(format!("{changed}; {effect}").into()),
            Err(refused) => {
                let refused = refused.after_a_beginning();
                let back = match replacement.backwards() {
                    Ok(()) => "the file was put back".to_owned(),
                    Err(error) => format!("the file is still the new one: {}", with_causes(&error)),
                };
                self.failed_with(&refused, |why| format!("{why}; {back}"))
            }
        })
    }

    /// `no_effect`: this attempt changed nothing, so a way back must leave the file alone.
    fn not_replaced(&self, error: String, no_effect: bool) -> StepEnd {
        StepEnd::Failed {
            error: self.context.clean(&error),
            hint: None,
            no_effect,
        }
    }

    /// Carries out what puts a step's file into effect; `None` if nothing has to be done.
    pub(super) fn put_into_effect(
        &self,
        step: &PlannedStep,
    ) -> Result<Option<String>, ActionError> {
        let mut told = None;
        for then in &step.then {
            let performed = self.heard(&step.id, |context, cancel, listener| {
                let scope = context.scope(step.hop, cancel);
                if let Some(test) = &then.test {
                    command::run_once(scope, test, listener)?;
                }
                action::perform(scope, &then.action, listener)
            })?;
            told = Some(performed.detail);
        }
        Ok(told)
    }

    /// Stages the text again if needed. Texts were staged as if every step would be done. If an
    /// earlier one was left out and the file is what that step found, this step's change is applied
    /// to that. A file that is neither is left alone, for the swap to refuse.
    fn renew(
        &mut self,
        step: &PlannedStep,
        file: &RelPath,
    ) -> Result<Result<(), String>, WorkerError> {
        let Some(staged) = self.state.staged.get(&step.id) else {
            return Ok(Ok(()));
        };
        let left = self.left_for(&step.id, file);
        let files = &self.context.world.files;
        let now = match files.digest(&file.under(&self.context.root)) {
            Ok(now) => now,
            Err(error) => return Ok(Err(with_causes(&error))),
        };
        if left == staged.old.as_ref() || now.as_ref() != left {
            return Ok(Ok(()));
        }
        let staged = match stage::stage_anew(&self.context, step, file) {
            Ok(staged) => staged,
            Err(error) => return Ok(Err(with_causes(&error))),
        };
        self.record(Body::Staged(staged))?;
        Ok(Ok(()))
    }

    /// The contents that a step finds in its file if nobody else wrote to it: those at the start of
    /// the run, or what earlier steps made of them. `None` if the file does not exist then.
    fn left_for(&self, id: &StepId, file: &RelPath) -> Option<&Digest> {
        let of_file = self.state.steps.iter().filter_map(|view| {
            let staged = self.state.staged.get(&view.step.id)?;
            (view.step.body.file() == Some(file)).then_some((view, staged))
        });
        let mut left = None;
        for (n, (view, staged)) in of_file.enumerate() {
            if n == 0 {
                left = staged.old.as_ref();
            }
            if view.step.id == *id {
                break;
            }
            if view.is_done() {
                left = Some(&staged.new);
            }
        }
        left
    }
}
