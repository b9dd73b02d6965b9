//! Edits made after a run changed a file: a way back puts them aside, or stops at them.

use super::WayBack;
use crate::{
    engine::{deed::replace::Replacement, means::context::Context},
    model::path::RelPath,
    run_state::RunState,
    world::FileError,
};
use std::path::PathBuf;

/// A file that is not what the run made of it, nor what it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaterEdit {
    pub file: RelPath,
    pub removed: bool,
    /// The path of an intact copy of what the run wrote.
    pub written: Option<PathBuf>,
}

impl LaterEdit {
    /// Whether somebody has edited the file since the run wrote it.
    pub fn of(
        context: &Context,
        state: &RunState,
        place: usize,
    ) -> Result<Option<Self>, FileError> {
        let Some(Replacement { file, staged, .. }) = last_written(context, state, place) else {
            return Ok(None);
        };
        let files = &context.world.files;
        let now = files.digest(&file.under(&context.root))?;
        if now.as_ref() == Some(&staged.new) || now == staged.old {
            return Ok(None);
        }
        let copy = context.dir.staged(&staged.new);
        let is_whole = files.digest(&copy)?.as_ref() == Some(&staged.new);
        Ok(Some(Self {
            file: file.clone(),
            removed: now.is_none(),
            written: is_whole.then_some(copy),
        }))
    }

    /// Describes the edit, and what a way back does about it.
    pub fn told(&self, back: WayBack) -> String {
        let Self { file, removed, .. } = self;
        let what = if *removed { "removed" } else { "edited" };
        let then = match (back, removed) {
            (WayBack::Whole, false) => "that edit is put aside in the run's folder",
            (WayBack::Whole, true) => "it comes back as it was before",
            (WayBack::DownTo(_), _) => {
                "its undo will fail: only a rollback of the whole run can put that edit aside"
            }
        };
        format!("{file} was {what} after this run changed it; {then}")
    }
}

/// All that a way back would come to. Only files are looked at.
pub(in crate::engine) fn later_edits(
    context: &Context,
    state: &RunState,
    back: WayBack,
) -> Result<Vec<LaterEdit>, FileError> {
    let edits = state.to_undo(back.first());
    let edits = edits.map(|place| LaterEdit::of(context, state, place));
    edits.filter_map(Result::transpose).collect()
}

/// The file of a step that is the last one to have written it: its contents should be there now.
fn last_written<'r>(
    context: &'r Context,
    state: &'r RunState,
    place: usize,
) -> Option<Replacement<'r>> {
    let replacement = Replacement::of(context, state, &state.steps[place].step)?;
    let mut later = state
        .to_undo(place + 1)
        .map(|later| &state.steps[later].step);
    let is_last = !later.any(|step| step.body.file() == Some(replacement.file));
    is_last.then_some(replacement)
}

/// Says that the undo also resets permissions or an owner changed since. If the contents were
/// edited too, the later edit is reported instead, and agreed to.
pub(super) fn set_back(context: &Context, state: &RunState, place: usize) -> Option<String> {
    last_written(context, state, place)?.set_back()
}
