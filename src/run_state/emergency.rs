//! Emergency steps, pulled by a person at any moment, beside the road. They go through the same
//! states as other steps, but only a person starts them, and nothing repeats them.

use super::{Back, Pulled, Road, RunState, StepStatus, StepView, step::Effect};
use crate::model::{
    ids::StepId,
    plan::Undo,
    record::{Body, Who},
};

impl RunState {
    pub fn emergency_step(&self, id: &StepId) -> Option<&StepView> {
        self.emergency.iter().find(|view| view.step.id == *id)
    }

    /// Those that were pulled, and are not known to be taken back.
    pub fn pulled(&self) -> impl Iterator<Item = &StepView> {
        self.emergency.iter().filter(|view| view.is_pulled())
    }

    /// Of those, the ones that a person must take back, or know of.
    pub fn in_force(&self) -> impl Iterator<Item = &StepView> {
        self.pulled().filter(|view| !view.is_over())
    }

    /// Whether any emergency step is, or may be, in force.
    pub fn is_pulled(&self) -> bool {
        self.pulled().next().is_some()
    }

    /// Whether a record is about an emergency step.
    pub(super) fn of_emergency(&self, body: &Body) -> bool {
        let step = body.step().and_then(|step| self.emergency_step(step));
        step.is_some()
    }

    pub(super) fn pull(&mut self, id: &StepId, by: &Who, at_ms: u64) -> Result<(), &'static str> {
        let view = self.emergency_view(id)?;
        view.may_be_pulled()?;
        if view.undone().is_some() {
            view.effect = Effect::None;
        }
        view.attempts += 1;
        let by = by.clone();
        view.pulled = Some(Pulled {
            by,
            at_ms,
            overtaken: false,
        });
        view.stand(Road::Running { since_ms: at_ms });
        Ok(())
    }

    pub(super) fn release(&mut self, id: &StepId, at_ms: u64) -> Result<(), &'static str> {
        let view = self.emergency_view(id)?;
        view.may_be_released()?;
        view.start_undo(at_ms);
        Ok(())
    }

    /// Notes that something else was begun since the emergency steps were pulled.
    pub(super) fn overtake(&mut self) {
        let pulled = self.known.emergency.iter_mut();
        for pulled in pulled.filter_map(|view| view.pulled.as_mut()) {
            pulled.overtaken = true;
        }
    }

    fn emergency_view(&mut self, id: &StepId) -> Result<&mut StepView, &'static str> {
        let mut views = self.known.emergency.iter_mut();
        views
            .find(|view| view.step.id == *id)
            .ok_or("the plan has no such emergency step")
    }
}

impl StepView {
    /// Whether it was pulled, and nobody knows that it was taken back.
    pub fn is_pulled(&self) -> bool {
        match self.status() {
            StepStatus::Road(Road::Running { .. } | Road::Done { .. } | Road::Unknown { .. })
            | StepStatus::Back(Back::Undoing { .. } | Back::Failed { .. }) => true,
            StepStatus::Road(
                Road::Waiting(_) | Road::Failed(_) | Road::Skipped(_) | Road::WillNotRun { .. },
            )
            | StepStatus::Back(Back::Undone { .. } | Back::Skipped(_)) => false,
        }
    }

    /// Whether it was pulled and not taken back, and nobody knows whether that still holds.
    pub fn is_overtaken(&self) -> bool {
        let overtaken = |pulled: &Pulled| pulled.overtaken;
        self.is_pulled() && self.pulled.as_ref().is_some_and(overtaken)
    }

    /// Whether it did what it is for and left nothing: it holds nothing in force, and what it is for may
    /// be needed again a minute later.
    pub fn is_over(&self) -> bool {
        let done = matches!(self.status(), StepStatus::Road(Road::Done { .. }));
        done && self.step.undo == Undo::Harmless
    }

    /// Like [`StepView::word`], in the words of an emergency step.
    pub fn emergency_word(&self) -> &'static str {
        match self.status() {
            StepStatus::Road(Road::Waiting(_)) => "not pulled",
            StepStatus::Road(Road::Done { .. }) if self.is_overtaken() || self.is_over() => {
                "was pulled"
            }
            StepStatus::Road(Road::Done { .. }) => "pulled",
            StepStatus::Back(Back::Undone { .. }) => "taken back",
            StepStatus::Road(_) | StepStatus::Back(_) => self.word(),
        }
    }
}
