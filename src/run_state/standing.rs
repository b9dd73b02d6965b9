//! Questions about a step: where it stands, and the words for that.

use super::{Back, Before, Failure, Road, StepStatus, StepView};
use crate::model::{
    plan::StepBody,
    record::{Done, Undone},
    rule::Action,
};

impl StepView {
    pub fn status(&self) -> StepStatus<'_> {
        match &self.back {
            Some(back) => StepStatus::Back(back),
            None => StepStatus::Road(&self.road),
        }
    }

    /// A word for people and for `status --format json`.
    pub fn word(&self) -> &'static str {
        match self.status() {
            StepStatus::Road(Road::Waiting(_)) => "waiting",
            StepStatus::Road(Road::Running { .. }) => "running",
            StepStatus::Road(Road::Done { .. }) => "done",
            StepStatus::Road(Road::Failed(_)) => "failed",
            StepStatus::Road(Road::Unknown { .. }) => "unknown",
            StepStatus::Road(Road::Skipped(_)) => "skipped",
            StepStatus::Road(Road::WillNotRun { .. }) => "will not run",
            StepStatus::Back(Back::Undoing { .. }) => "undoing",
            StepStatus::Back(Back::Undone { .. }) => "undone",
            StepStatus::Back(Back::Failed { .. }) => "undo failed",
            StepStatus::Back(Back::Skipped(_)) => "undo skipped",
        }
    }

    /// Like `word`, for people, where that would be untrue: what was there before is not the run's
    /// work, and what has no way back stays, though its turn to be undone is over.
    pub fn told(&self) -> &'static str {
        match (self.done(), self.undone()) {
            (Some(Done::AlreadyDone), _) => "was already done",
            (Some(Done::FoundDone), _) => "found done",
            (_, Some(Undone::Stays)) => "stays",
            (_, _) => self.word(),
        }
    }

    /// Why it stands where it does, in the words that were recorded with it.
    pub fn because(&self) -> Option<&str> {
        match self.status() {
            StepStatus::Road(Road::Waiting(_) | Road::Running { .. })
            | StepStatus::Back(Back::Undoing { .. }) => None,
            StepStatus::Road(Road::Done { detail, .. })
            | StepStatus::Back(Back::Undone { detail, .. }) => Some(detail),
            StepStatus::Road(Road::Failed(failure)) => Some(failure.error()),
            StepStatus::Back(Back::Failed { error, .. }) => Some(error),
            StepStatus::Road(Road::Unknown { why }) => Some(why),
            StepStatus::Road(Road::WillNotRun { because }) => Some(because),
            StepStatus::Road(Road::Skipped(said)) | StepStatus::Back(Back::Skipped(said)) => {
                Some(&said.reason)
            }
        }
    }

    /// Whether the road can go on past it.
    pub fn settled(&self) -> bool {
        matches!(
            self.status(),
            StepStatus::Road(Road::Done { .. } | Road::Skipped(_))
        )
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.status(), StepStatus::Road(Road::Waiting(_)))
    }

    /// Whether it waits to be run again, because the last steps were undone.
    pub fn waits_again(&self) -> bool {
        match self.status() {
            StepStatus::Road(Road::Waiting(before)) => *before != Before::Nothing,
            StepStatus::Road(_) | StepStatus::Back(_) => false,
        }
    }

    pub fn is_running(&self) -> bool {
        matches!(self.status(), StepStatus::Road(Road::Running { .. }))
    }

    pub fn is_undoing(&self) -> bool {
        matches!(self.back, Some(Back::Undoing { .. }))
    }

    /// Whether it, or its undo, was begun and has not ended.
    pub fn is_under_way(&self) -> bool {
        self.is_running() || self.is_undoing()
    }

    /// The same, but only if a worker has to be at it: without one it was broken off, and nobody
    /// knows its outcome. A person who was asked to do a step needs no worker.
    pub fn is_in_flight(&self) -> bool {
        let by_a_person = matches!(self.step.body, StepBody::Do(Action::Ask(_)));
        self.is_undoing() || self.is_running() && !by_a_person
    }

    /// How it was done, if it is done and no way back has come to it.
    pub fn done(&self) -> Option<Done> {
        match self.status() {
            StepStatus::Road(Road::Done { how, .. }) => Some(*how),
            StepStatus::Road(_) | StepStatus::Back(_) => None,
        }
    }

    pub fn is_done(&self) -> bool {
        self.done().is_some()
    }

    /// Why it counts as failed, if it does.
    pub fn failed(&self) -> Option<&Failure> {
        match self.status() {
            StepStatus::Road(Road::Failed(failure)) => Some(failure),
            StepStatus::Road(_) | StepStatus::Back(_) => None,
        }
    }

    /// Why nobody knows whether it was done, if nobody does.
    pub fn unknown(&self) -> Option<&str> {
        match self.status() {
            StepStatus::Road(Road::Unknown { why }) => Some(why),
            StepStatus::Road(_) | StepStatus::Back(_) => None,
        }
    }

    /// How it was undone, if it was.
    pub fn undone(&self) -> Option<Undone> {
        match self.back {
            Some(Back::Undone { how, .. }) => Some(how),
            Some(Back::Undoing { .. } | Back::Failed { .. } | Back::Skipped(_)) | None => None,
        }
    }

    pub fn undo_failed(&self) -> bool {
        matches!(self.back, Some(Back::Failed { .. }))
    }

    pub fn undo_skipped(&self) -> bool {
        matches!(self.back, Some(Back::Skipped(_)))
    }

    /// Whether a person has to say what became of it, or of its undo.
    pub fn must_be_judged(&self) -> bool {
        self.unknown().is_some() || matches!(self.back, Some(Back::Failed { unknown: true, .. }))
    }

    /// Whether it ended in a way that a person must see to.
    pub fn needs_a_person(&self) -> bool {
        self.failed().is_some() || self.unknown().is_some() || self.undo_failed()
    }
}
