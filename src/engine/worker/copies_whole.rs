//! Before the first undo, every copy that the way back will need is read from disk and compared. If
//! one is damaged nothing is undone: its undo counts as failed, and a person has to repair the
//! copy, restore the file, or skip that undo with a reason.
//!
//! Going forward, data is not changed once its backup is no longer intact.

use super::{Answer, Worker, halted};
use crate::{
    engine::deed::replace::Replacement,
    model::{
        plan::{PlannedStep, Undo},
        record::{Body, Kept, Saved},
        text::with_causes,
    },
    run_state::StepView,
};

impl Worker {
    /// Stops a way back, down to the step at this index, from beginning without its copies.
    pub(super) fn lacks_copies(&mut self, first: usize) -> Answer {
        let mut told = Vec::new();
        let places: Vec<usize> = self.state.to_undo(first).collect();
        for n in places {
            let Some(view) = self.state.steps.get(n).cloned() else {
                continue;
            };
            let Err(why) = self.has_copy(&view, first..n) else {
                continue;
            };
            let error = self.context.clean(&format!("{why}; the rest waits for it"));
            let step = view.step.id.clone();
            told.push(format!("`{}` cannot be undone: {error}", view.step.title));
            self.record(Body::UndoStarted { step: step.clone() })?;
            self.record(Body::UndoFailed {
                step,
                error,
                unknown: false,
            })?;
        }
        match told.is_empty() {
            true => Ok(()),
            false => halted(told.join("; ")),
        }
    }

    /// Checks the backup before a step that only a restore can undo. Backups of data may be large
    /// and are read only once; the copy of an edited file is checked where the file is replaced.
    pub(super) fn can_be_restored(&mut self, step: &PlannedStep) -> Result<(), String> {
        let Undo::Restore(id) = &step.undo else {
            return Ok(());
        };
        if self.whole.contains(id) {
            return Ok(());
        }
        self.progress(format!("reading the backup `{id}`"), 0, 0, "");
        if let Err(why) = self.whole_backup(id) {
            let why =
                format!("it could not be undone later: {why}; roll back, and check that disk");
            return Err(self.context.clean(&why));
        }
        self.whole.insert(id.clone());
        Ok(())
    }

    fn has_copy(&self, view: &StepView, earlier: std::ops::Range<usize>) -> Result<(), String> {
        let step = &view.step;
        match &step.undo {
            Undo::File => match Replacement::of(&self.context, &self.state, step) {
                Some(it) => it.can_go_back().map_err(|error| with_causes(&error)),
                None => Ok(()),
            },
            Undo::Restore(id) if self.state.restores_for(id, earlier).is_some() => Ok(()),
            Undo::Restore(id) => self.whole_backup(id).map(|_| ()),
            Undo::Harmless
            | Undo::AtTheEnd(_)
            | Undo::Stays
            | Undo::Irreversible
            | Undo::Action(_) => Ok(()),
        }
    }

    /// A backup of data and its file, verified: live data is never overwritten from a damaged one.
    pub(super) fn whole_backup(&self, id: &str) -> Result<(Saved, String), String> {
        let saved = self.state.saved.iter().find(|saved| saved.is_backup(id));
        let Some((saved, kept)) = saved.and_then(|saved| Some((saved.clone(), saved.kept()?)))
        else {
            return Err(format!("there is no backup `{id}`"));
        };
        let Kept { file, digest, .. } = kept;
        let path = self.context.dir.backup().join(&file);
        match self.context.world.files.digest(&path) {
            Ok(Some(found)) if found == digest => Ok((saved, file)),
            Ok(Some(_) | None) => Err(format!(
                "the backup `{file}` is damaged; the data was not touched"
            )),
            Err(error) => Err(with_causes(&error)),
        }
    }
}
