//! What may be asked of the two ways back: undoing the whole run, or only its last steps.

use super::{May, no};
use crate::{
    model::{ids::StepId, plan::Undo, record::RunEnd},
    run_state::{Back, Road, RunState, StepStatus, StepView},
};

impl RunState {
    /// Begins the rollback, or goes on with it. A request that adds something, such as
    /// `over_later_edits`, is accepted whatever the rollback waits for.
    pub fn may_roll_back(&self) -> May {
        match self.ended() {
            Some(RunEnd::Done) if self.is_over() => {
                no("the run changed nothing: there is nothing to undo")
            }
            None | Some(RunEnd::Done) => Ok(()),
            Some(RunEnd::RolledBack | RunEnd::Abandoned) => self.must_be_open(),
        }
    }

    /// Goes on with either way back.
    pub fn may_go_on_back(&self) -> May {
        self.must_be_open()?;
        let first = match (&self.rollback, self.stepping_back()) {
            (Some(_), _) => 0,
            (None, Some(to)) => self.place_of(to).unwrap_or_default(),
            (None, None) => return no("the run is not being rolled back"),
        };
        if let Some(place) = self.to_undo(first).next() {
            return may_undo(&self.steps[place]);
        }
        let mut after = self.steps_after().iter();
        after.find(|view| !view.settled()).map_or(Ok(()), may_begin)
    }

    /// Leaves out an undo that failed, or one of the rollback's own steps.
    pub fn may_skip_undo(&self, id: &StepId) -> May {
        self.must_be_open()?;
        let of_the_end = || self.steps_after().iter().any(|view| view.step.id == *id);
        match self.of_the_road(id).map(StepView::status) {
            Some(StepStatus::Back(Back::Failed { unknown: true, .. })) => {
                no("nobody knows whether it is undone: look, and say so first")
            }
            Some(StepStatus::Back(Back::Failed { unknown: false, .. })) => Ok(()),
            // A failed step of the plan is still to be undone: its undo has not failed yet.
            Some(StepStatus::Road(Road::Failed(_))) if of_the_end() => Ok(()),
            Some(_) | None => no("this undo has not failed"),
        }
    }

    /// Undoes the last steps, down to and including this one.
    pub fn may_step_back(&self, to: &StepId) -> May {
        if self.end.is_some() {
            return no("the run has ended: only all of it can be rolled back");
        }
        if self.rollback.is_some() {
            return no("the run is already being rolled back");
        }
        if self.stepping_back().is_some() {
            return no("steps are being undone already; go on with that");
        }
        let Some(first) = self.place_of(to) else {
            return no(format!("there is no step `{to}`"));
        };
        let (earlier, last) = self.steps.split_at(first);
        let mut last = last.iter().filter(|view| view.touched()).peekable();
        if last.peek().is_none() {
            return no("nothing was done since then");
        }
        last.try_for_each(|view| bars_the_way(view, earlier))
    }
}

fn may_undo(view: &StepView) -> May {
    match view.status() {
        StepStatus::Back(Back::Failed {
            unknown: true,
            error,
            ..
        }) => no(format!(
            "nobody knows whether `{}` is undone: {error}; say first whether it is",
            view.step.title
        )),
        StepStatus::Road(_) | StepStatus::Back(_) => Ok(()),
    }
}

/// Whether one of the rollback's own steps can begin.
fn may_begin(view: &StepView) -> May {
    match view.status() {
        StepStatus::Road(Road::Running { .. }) => {
            no(format!("`{}` waits for a person", view.step.title))
        }
        StepStatus::Road(Road::Unknown { why }) => no(why.as_str()),
        StepStatus::Road(_) | StepStatus::Back(_) => Ok(()),
    }
}

fn bars_the_way(view: &StepView, earlier: &[StepView]) -> May {
    let title = &view.step.title;
    if view.unknown().is_some() {
        return no(format!("first say what became of `{title}`"));
    }
    match &view.step.undo {
        Undo::Irreversible => no(format!(
            "`{title}` is the point of no return: only a restore gets back before it"
        )),
        Undo::Restore(backup) => match view.taken_back_with(earlier) {
            Some(first) => no(format!(
                "undoing `{title}` restores the backup {backup}, which undoes `{}` too: undo down \
                 to that one, or roll back",
                earlier[first].step.title
            )),
            None => Ok(()),
        },
        Undo::File | Undo::Action(_) | Undo::AtTheEnd(_) | Undo::Harmless | Undo::Stays => Ok(()),
    }
}
