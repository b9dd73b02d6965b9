//! What a way back would do, as it was looked at. The product goes on writing while somebody reads
//! and types: after a while what was counted is no answer to what is lost.

use super::app::App;
use crate::{
    engine::undo_preview::{UndoLine, UndoPreview},
    model::{ids::StepId, units},
};

/// So long after it came it is taken for what is so.
const FRESH_MS_MAX: u64 = 60_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The record after which it was so.
    pub seq: u64,
    pub undo: UndoPreview,
    /// When it came here: to look at much takes longer than it stays fresh.
    came_at_ms: u64,
    changed: Option<Changed>,
}

/// What it says otherwise than the look before it.
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

    /// The same, looked at once more.
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

    /// Whether it must be looked at once more before anybody agrees to it: it was a while ago, or the
    /// run has gone on.
    pub fn is_old(&self, app: &App) -> bool {
        let age_ms = app.ui.live.now_ms.saturating_sub(self.came_at_ms);
        let goes_on = app.run.as_ref().is_some_and(|run| self.seq < run.seq);
        goes_on || age_ms > FRESH_MS_MAX
    }

    pub fn has_changed(&self) -> bool {
        self.changed.is_some()
    }

    /// That a step costs something else than when it was looked at before, for the words about it.
    pub fn changed_since(&self, step: &StepId) -> Option<String> {
        let changed = self.changed.as_ref()?;
        let words = || format!("changed since {}", units::clock(changed.since_ms));
        changed.steps.contains(step).then(words)
    }

    /// When what is written to the product was counted, in words; `None`: nothing was.
    pub fn counted_at(&self) -> Option<String> {
        let told = |undo: &UndoLine| undo.nothing_lost.is_some() || !undo.warnings.is_empty();
        let counts = |undo: &UndoLine| undo.restores && told(undo);
        self.undo.steps.iter().any(counts).then(|| {
            let at = units::time(self.undo.at_ms);
            format!("Counted at {at}: what is written after that is lost too.")
        })
    }
}
