//! A preview of a way back, and its age. The product goes on writing while somebody reads and
//! types: after a while the counts no longer say what would be lost.

use super::app::App;
use crate::{
    engine::undo_preview::{UndoLine, UndoPreview},
    model::{ids::StepId, units},
};

/// How long after its arrival a preview counts as current.
const FRESH_MS_MAX: u64 = 60_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The last record when the preview was made.
    pub seq: u64,
    pub undo: UndoPreview,
    /// When it arrived here: making a large preview can take longer than it stays fresh.
    came_at_ms: u64,
    changed: Option<Changed>,
}

/// How it differs from the previous preview.
#[derive(Clone, Debug, PartialEq)]
struct Changed {
    since_ms: u64,
    steps: Vec<StepId>,
}

impl Preview {
    pub fn new(app: &App, seq: u64, undo: UndoPreview) -> Self {
        Self {
            seq,
            undo,
            came_at_ms: app.ui.live.now_ms,
            changed: None,
        }
    }

    /// A new preview that takes the place of this one, with what has changed.
    pub fn again(&self, app: &App, seq: u64, undo: UndoPreview) -> Self {
        let is_new = |line: &&UndoLine| !self.undo.steps.contains(line);
        let steps = undo.steps.iter().filter(is_new);
        let steps: Vec<StepId> = steps.map(|line| line.step.clone()).collect();
        let changed = (!steps.is_empty()).then_some(Changed {
            since_ms: self.undo.at_ms,
            steps,
        });
        Self {
            changed,
            ..Self::new(app, seq, undo)
        }
    }

    /// Whether it must be refreshed before anybody agrees to it: it is too old, or the run has gone
    /// on.
    pub fn is_old(&self, app: &App) -> bool {
        let age_ms = app.ui.live.now_ms.saturating_sub(self.came_at_ms);
        let goes_on = app.run.as_ref().is_some_and(|run| self.seq < run.seq);
        goes_on || age_ms > FRESH_MS_MAX
    }

    pub fn has_changed(&self) -> bool {
        self.changed.is_some()
    }

    /// A note that the step's costs differ from the previous preview.
    pub fn changed_since(&self, step: &StepId) -> Option<String> {
        let changed = self.changed.as_ref()?;
        let words = || format!("changed since {}", units::clock(changed.since_ms));
        changed.steps.contains(step).then(words)
    }

    /// When the data to be lost was counted, in words; `None`: no step restores counted data.
    pub fn counted_at(&self) -> Option<String> {
        let told = |undo: &UndoLine| undo.nothing_lost.is_some() || !undo.warnings.is_empty();
        let counts = |undo: &UndoLine| undo.restores && told(undo);
        self.undo.steps.iter().any(counts).then(|| {
            let at = units::time(self.undo.at_ms);
            format!("Counted at {at}: what is written after that is lost too.")
        })
    }
}
