//! The recovery table: what to do about a step, an undo or an emergency step that was under way
//! when the program ended. What the world shows decides, never what the journal expected; where it
//! shows nothing, a person decides.

use crate::model::{
    plan::{PlannedStep, StepBody, Undo},
    rule::Action,
};

/// What was seen of the step's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A command that left no mark: a command leaves one before it begins.
    NeverBegun,
    /// The file has its old contents.
    Old,
    /// The file has its new contents.
    New,
    /// The file has neither: somebody else wrote it.
    Other,
    /// The step's `done_if` is met.
    Done,
    /// It is not met: the step has not reached its end, and may have come part of the way.
    NotDone,
    /// There is no `done_if`, or it could not be checked.
    Nothing,
}

/// For an undo, read "undone" for "done".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It was done.
    Done,
    /// It was not begun, and has had no effect.
    NeverBegun,
    /// It may be done again, whatever effect it has had.
    Again,
    /// A person must say.
    Ask(&'static str),
}

/// What to do about a step that was started and whose end is not recorded.
pub fn of_step(step: &PlannedStep, seen: Seen) -> Recovery {
    match (&step.body, seen) {
        (StepBody::Do(Action::Run(_)), Seen::NeverBegun) => Recovery::NeverBegun,
        // The file may have been changed but not yet made to count by `then`: both are done again.
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
        // Starting and stopping look before they act, so what is done is not done twice.
        (
            StepBody::Do(Action::Start(_) | Action::Stop(_) | Action::Restart(_)),
            Seen::NotDone | Seen::Nothing,
        ) => Recovery::Again,
        (StepBody::Do(_), Seen::Done) => Recovery::Done,
        (StepBody::Do(_), seen) => {
            if step.idempotent || step.undo == Undo::Harmless {
                Recovery::Again
            } else if seen == Seen::NotDone {
                Recovery::Ask("it was started, is not done, and may be partly done")
            } else {
                Recovery::Ask("it was started and nothing shows whether it came to its end")
            }
        }
    }
}

/// What to do about the undo of a step, if its end is not recorded. `was_done`: the step had been
/// wholly done before.
pub fn of_undo(step: &PlannedStep, was_done: bool, seen: Seen) -> Recovery {
    match (&step.undo, seen) {
        (Undo::Action(Action::Run(_)), Seen::NeverBegun) => Recovery::NeverBegun,
        // The file's digest decides; a restore starts from the whole backup.
        (
            Undo::File
            | Undo::Restore(_)
            | Undo::AtTheEnd(_)
            | Undo::Harmless
            | Undo::Stays
            | Undo::Irreversible,
            _,
        ) => Recovery::Again,
        // These find out by themselves what is left to do.
        (Undo::Action(Action::Start(_) | Action::Stop(_) | Action::Restart(_)), _) => {
            Recovery::Again
        }
        // The step was wholly done and no longer is: a second undo might take back too much.
        (Undo::Action(_), Seen::NotDone) if was_done => Recovery::Done,
        (Undo::Action(Action::SqlFile(file)), _) if file.shows() => Recovery::Again,
        (Undo::Action(_), _) if step.idempotent => Recovery::Again,
        (Undo::Action(_), Seen::Done) => {
            Recovery::Ask("the undo was begun, is not done, and may be partly done")
        }
        (Undo::Action(_), _) => Recovery::Ask("nothing shows whether the undo came to its end"),
    }
}

/// The same for an emergency step that was pulled: only a person ever begins it again.
pub fn of_pull(seen: Seen) -> Recovery {
    match seen {
        Seen::NeverBegun => Recovery::NeverBegun,
        Seen::Done => Recovery::Done,
        Seen::NotDone | Seen::Nothing | Seen::Old | Seen::New | Seen::Other => {
            Recovery::Ask("it was pulled, and nothing shows whether it came to its end")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::StepId;

    const ALL: [Seen; 7] = [
        Seen::NeverBegun,
        Seen::Old,
        Seen::New,
        Seen::Other,
        Seen::Done,
        Seen::NotDone,
        Seen::Nothing,
    ];

    /// A command, undone by another.
    fn command(idempotent: bool) -> PlannedStep {
        let run = || {
            let run = serde_json::json!({ "run": { "command": ["migrate"] } });
            serde_json::from_value(run).expect("an action")
        };
        PlannedStep {
            id: StepId::new("a"),
            hop: 0,
            title: "A".into(),
            body: StepBody::Do(run()),
            undo: Undo::Action(run()),
            done_if: None,
            then: Vec::new(),
            idempotent,
            because: None,
            cites: Vec::new(),
            doubt: None,
        }
    }

    /// Whatever may have begun is not begun again, on the road or on a way back.
    #[test]
    fn what_may_not_be_begun_twice_is_not() {
        for seen in ALL {
            let step = command(false);
            for recovery in [
                of_step(&step, seen),
                of_undo(&step, true, seen),
                of_undo(&step, false, seen),
                of_pull(seen),
            ] {
                assert_ne!(recovery, Recovery::Again, "{seen:?}");
                let never = recovery == Recovery::NeverBegun;
                assert_eq!(never, seen == Seen::NeverBegun, "{seen:?}");
            }
        }
    }

    #[test]
    fn an_undo_is_seen_to_be_done_only_where_there_was_something_to_undo() {
        let step = command(false);
        assert_eq!(of_undo(&step, true, Seen::NotDone), Recovery::Done);
        let begun = of_undo(&step, false, Seen::NotDone);
        assert!(matches!(begun, Recovery::Ask(_)), "{begun:?}");
        let again = command(true);
        assert_eq!(of_undo(&again, true, Seen::Done), Recovery::Again);
        assert_eq!(of_undo(&again, false, Seen::NotDone), Recovery::Again);
    }
}
