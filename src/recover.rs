//! The recovery table: what becomes of a step that was under way when the program ended. What the
//! world shows decides, never what the journal hoped for; where it shows nothing, a person does.

use crate::model::{
    plan::{PlannedStep, StepBody, Undo},
    rule::Action,
};

/// What was seen of the step's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The file has its old contents.
    Old,
    /// The file has its new contents.
    New,
    /// The file has contents that nobody here wrote.
    Other,
    /// The step's `done_if` is met.
    Done,
    /// It is not met: the step has not reached its end, and may have come part of the way.
    NotDone,
    /// There is no `done_if`, or it could not be looked at.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It was done.
    Done,
    /// It had no effect, or may be done again: start it again.
    Again,
    /// A person must say.
    Ask(&'static str),
}

/// What to do about a step that was started and of which no end is recorded.
pub fn recover(step: &PlannedStep, seen: Seen) -> Recovery {
    match (&step.body, seen) {
        // The file may have been changed and what makes it count not have been done: both again.
        (StepBody::Edit { .. } | StepBody::Write { .. }, Seen::New) if !step.then.is_empty() => {
            Recovery::Again
        }
        (StepBody::Edit { .. } | StepBody::Write { .. }, Seen::New) => Recovery::Done,
        (StepBody::Edit { .. } | StepBody::Write { .. }, Seen::Old) => Recovery::Again,
        (StepBody::Edit { .. } | StepBody::Write { .. }, _) => {
            Recovery::Ask("the file has neither its old nor its new contents")
        }
        (StepBody::Do(Action::Wait(_) | Action::Ask(_)), _) => Recovery::Again,
        // It looks under its lock before it acts, and says what is half done.
        (StepBody::Do(Action::SqlFile(file)), Seen::NotDone | Seen::Nothing) if file.shows() => {
            Recovery::Again
        }
        // A start and a stop look before they act: what is done is not done twice.
        (
            StepBody::Do(Action::Start(_) | Action::Stop(_) | Action::Restart(_)),
            Seen::NotDone | Seen::Nothing,
        ) => Recovery::Again,
        (StepBody::Do(_), Seen::Done) => Recovery::Done,
        (StepBody::Do(_), seen) => {
            if step.idempotent || step.undo == Undo::Harmless {
                Recovery::Again
            } else if seen == Seen::NotDone {
                Recovery::Ask("it was started, is not done, and may have come part of the way")
            } else {
                Recovery::Ask("it was started and nothing shows whether it came to its end")
            }
        }
    }
}

/// Whether an undo that was under way may simply be started again.
pub fn undo_again(step: &PlannedStep, seen: Seen) -> bool {
    match &step.undo {
        // The file's digest decides; a restore starts from the whole backup.
        Undo::File
        | Undo::Restore(_)
        | Undo::AtTheEnd(_)
        | Undo::Harmless
        | Undo::Stays
        | Undo::Irreversible => true,
        // These look for themselves what there is to do.
        Undo::Action(Action::Start(_) | Action::Stop(_) | Action::Restart(_)) => true,
        Undo::Action(_) => step.idempotent || seen == Seen::Done || seen == Seen::NotDone,
    }
}
