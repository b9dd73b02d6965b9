//! Files that the rollback's own last steps changed again after the way back had restored them.

use super::{RunState, StepView};
use crate::model::{digest::Digest, path::RelPath, record::Saved};

impl RunState {
    /// The contents that the rollback's own steps gave a file after it was restored; `None` if none
    /// of them was about it.
    pub fn made_by_rollback(&self, file: &RelPath) -> Option<&Digest> {
        let done = |view: &&StepView| view.step.body.file() == Some(file) && view.is_done();
        let last = self.steps_after().iter().rev().find(done)?;
        Some(&self.staged.get(&last.step.id)?.new)
    }

    /// The files that the rollback's own steps changed after they were restored, so that they
    /// differ from the backup; each with the titles of those steps.
    pub fn changed_by_rollback(&self) -> Vec<(&RelPath, Vec<&str>)> {
        let mut changed: Vec<(&RelPath, Vec<&str>)> = Vec::new();
        for view in self.steps_after() {
            let Some(file) = view.step.body.file() else {
                continue;
            };
            if !view.is_done() || self.is_as_saved(file) {
                continue;
            }
            match changed.iter_mut().find(|(known, _)| *known == file) {
                Some((_, titles)) => titles.push(&view.step.title),
                None => changed.push((file, vec![&view.step.title])),
            }
        }
        changed
    }

    /// What the way back has destroyed, in words. A column that a step had added is gone with what
    /// people wrote there, where its statements were taken back by others.
    pub fn destroyed(&self) -> Vec<String> {
        let before = self.steps_back.iter().flat_map(|back| &back.destroyed);
        let before = before.filter_map(|id| self.step(id));
        let before = before.filter_map(|view| Some((view, view.step.undo_loses()?)));
        let undone = self.steps.iter();
        let undone = undone.filter_map(|view| Some((view, view.destroyed_by_undo()?)));
        let by_undo = before.chain(undone);
        let by_undo =
            by_undo.map(|(view, lost)| format!("the undo of `{}` {lost}", view.step.title));
        let after = self.steps_after().iter().filter(|view| view.is_done());
        let after = after.filter_map(|view| {
            let lost = view.step.loses_in_words()?;
            Some(format!("`{}` {lost}", view.step.title))
        });
        by_undo.chain(after).collect()
    }

    /// Whether the rollback's own steps left a file with the contents that the backup holds.
    fn is_as_saved(&self, file: &RelPath) -> bool {
        let saved = self.saved.iter().find_map(|saved| match saved {
            Saved::File { path, digest, .. } if path == file => Some(digest),
            _another => None,
        });
        self.made_by_rollback(file) == saved
    }
}
