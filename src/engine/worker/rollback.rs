//! Going back: every step that may have had an effect is undone, newest first; then the old
//! release is started and checked, and every file is proved to be what it was. A run that goes back
//! never goes forward again, and going back can be interrupted and taken up at any point.

use super::{Answer, Worker, WorkerError, halted};
use crate::{
    engine::{
        backup,
        deed::{
            action,
            replace::{self, Replacement},
        },
        means::{context::Context, failure::ActionError, listener::Listener},
        undo_preview,
    },
    model::{
        ids::StepId,
        path::RelPath,
        plan::{PlannedStep, Undo},
        record::{Body, Saved, SavedDatabase, Staged, Undone},
        rule::Action,
        text::with_causes,
    },
    recover::Seen,
    run_state::{Road, StepStatus, StepView},
    world::{Cancel, FileError},
};
use std::ops::Range;

/// How often to put a file aside that somebody keeps saving while it is being overwritten.
const ASIDE_MAX: usize = 5;

/// What became of one undo, before it is recorded.
enum UndoEnd {
    Undone {
        how: Undone,
        detail: String,
    },
    Failed(String),
    /// The process watching its command was killed.
    Lost(String),
}

impl Worker {
    pub(super) fn start_rollback(&mut self, reason: &str, over_later_edits: bool) -> Answer {
        if self.state.rollback.is_none() {
            if !self.state.touched() {
                return self.abandon();
            }
            self.context.dir.drop_ballast(&self.context.world)?;
            let by = self.who();
            let reason = self.context.clean(reason);
            self.record(Body::RollbackStarted {
                by,
                reason,
                over_later_edits,
            })?;
        } else if over_later_edits && !self.over_later_edits() {
            let by = self.who();
            self.record(Body::OverLaterEdits { by })?;
        }
        self.retry_undo()
    }

    /// Continues the way back from wherever it stands.
    pub(super) fn retry_undo(&mut self) -> Answer {
        if let Some(to) = self.state.stepping_back().cloned() {
            return self.go_on_back(to);
        }
        self.undo_down_to(0)?;
        self.steps_after()?;
        self.check_all()?;
        self.prove_and_end()
    }

    /// Undoes, newest first, every step that may have had an effect, down to the one at this index.
    pub(super) fn undo_down_to(&mut self, first: usize) -> Answer {
        self.lacks_copies(first)?;
        let places: Vec<usize> = self.state.to_undo(first).collect();
        for n in places {
            let Some(view) = self.state.steps.get(n).cloned() else {
                continue;
            };
            if self.urgent.take_pause() {
                self.pause("paused by the operator")?;
                return halted("paused");
            }
            self.state.may_go_on_back()?;
            let step = view.step.id.clone();
            self.record(Body::UndoStarted { step })?;
            let end = self.undo(&view, first..n)?;
            self.conclude_undo(&view.step, end)?;
        }
        Ok(())
    }

    fn conclude_undo(&mut self, step: &PlannedStep, end: UndoEnd) -> Answer {
        let (id, title) = (step.id.clone(), &step.title);
        match end {
            UndoEnd::Undone { how, detail } => {
                self.record(Body::UndoDone {
                    step: id,
                    how,
                    detail,
                })?;
                Ok(())
            }
            UndoEnd::Failed(error) => {
                let error = self.context.clean(&error);
                self.record(Body::UndoFailed {
                    step: id,
                    error: error.clone(),
                    unknown: false,
                })?;
                halted(format!("`{title}` could not be undone: {error}"))
            }
            UndoEnd::Lost(error) => {
                if let Some(view) = self.state.step(&id).cloned() {
                    self.settle_undo_by_the_world(&view)?;
                }
                match self.state.step(&id) {
                    Some(view) if view.must_be_judged() => {
                        halted(format!("nobody knows whether `{title}` is undone"))
                    }
                    // Failed rather than repeated at once: it could get lost every time.
                    Some(view) if view.is_undoing() => {
                        self.conclude_undo(step, UndoEnd::Failed(error))
                    }
                    Some(_) | None => Ok(()),
                }
            }
        }
    }

    fn undo(&mut self, view: &StepView, earlier: Range<usize>) -> Result<UndoEnd, WorkerError> {
        let nothing = |detail: &str| UndoEnd::Undone {
            how: Undone::NothingToDo,
            detail: detail.to_owned(),
        };
        let step = &view.step;
        match &step.undo {
            Undo::Harmless => Ok(nothing("needs no undo")),
            Undo::AtTheEnd(id) => {
                let title = self.state.plan.rollback.title_of(id);
                Ok(nothing(&format!("at the end of a rollback: {title}")))
            }
            Undo::Stays => Ok(UndoEnd::Undone {
                how: Undone::Stays,
                detail: "not undone, as its pack says".to_owned(),
            }),
            Undo::Irreversible => Ok(UndoEnd::Undone {
                how: Undone::Stays,
                detail:
                    "past the point of no return: what it did stays, only a restore by hand helps"
                        .to_owned(),
            }),
            Undo::File => match step.body.file() {
                Some(file) => self.undo_file(step, file),
                None => Ok(nothing("touched no file")),
            },
            Undo::Restore(id) => {
                if self.state.restores_for(id, earlier).is_some() {
                    Ok(nothing("the restore of an earlier step undoes it"))
                } else {
                    self.restore(step, id)
                }
            }
            // Service actions find out themselves what there is to do: a service that no longer
            // answers may still be running.
            Undo::Action(undo @ (Action::Start(_) | Action::Stop(_) | Action::Restart(_))) => {
                self.act_back(step, undo)
            }
            Undo::Action(undo) => {
                let whole = step.idempotent || self.all_or_nothing(step);
                if step.done_if.is_some() && whole && self.see(step) == Seen::NotDone {
                    return Ok(nothing("what it did is not there now: nothing to undo"));
                }
                self.act_back(step, undo)
            }
        }
    }

    fn act_back(&mut self, step: &PlannedStep, undo: &Action) -> Result<UndoEnd, WorkerError> {
        Ok(match self.perform_undo(step, undo) {
            Ok(detail) => UndoEnd::Undone {
                how: Undone::Ran,
                detail,
            },
            Err(error) if error.is_lost() => UndoEnd::Lost(error.told().0),
            Err(error) => UndoEnd::Failed(error.told().0),
        })
    }

    pub(super) fn perform_undo(
        &mut self,
        step: &PlannedStep,
        undo: &Action,
    ) -> Result<String, ActionError> {
        self.heard(&step.id, |context, cancel, listener| {
            let end = action::perform(context.scope(step.hop, cancel), undo, listener);
            end.map(|performed| performed.detail)
        })
    }

    fn restore(&mut self, step: &PlannedStep, id: &str) -> Result<UndoEnd, WorkerError> {
        let (saved, file) = match self.whole_backup(id) {
            Ok(whole) => whole,
            Err(why) => return Ok(UndoEnd::Failed(why)),
        };
        let mut commands = self.state.plan.backup.commands.iter();
        let command = commands.find(|command| command.id == id).cloned();
        let own = match &saved {
            Saved::Database(database) => undo_preview::own_rows(&self.state, &database.name),
            _no_rows => String::new(),
        };
        if self.urgent.armed().pulled() {
            return Ok(UndoEnd::Failed(ActionError::Cancelled.to_string()));
        }
        let end = self.heard(&step.id, |context, cancel, listener| {
            match (&saved, command) {
                (Saved::Database(database), _) => {
                    put_back(context, database, &own, cancel, listener)
                }
                (_, Some(command)) => {
                    let restore = Action::Run(command.restore);
                    action::perform(context.scope(step.hop, cancel), &restore, listener)
                        .map(|performed| performed.detail)
                        .map_err(|error| error.told().0)
                }
                (_, None) => Err(format!("the plan has no backup `{id}`")),
            }
        });
        Ok(match end {
            Ok(detail) => UndoEnd::Undone {
                how: Undone::Ran,
                detail: format!("restored {file}, {detail}"),
            },
            Err(error) => UndoEnd::Failed(error),
        })
    }

    fn undo_file(&mut self, step: &PlannedStep, file: &RelPath) -> Result<UndoEnd, WorkerError> {
        let Some(staged) = self.state.staged.get(&step.id).cloned() else {
            return Ok(UndoEnd::Undone {
                how: Undone::NothingToDo,
                detail: "never written".to_owned(),
            });
        };
        let replacement = Replacement::new(&self.context, file, &staged);
        let set_back = replacement.set_back();
        let set_back = set_back.map_or(String::new(), |told| format!("; {told}"));
        let back = match &staged.old {
            Some(old) => format!("back to blake3 {}{set_back}", old.short()),
            None => "removed again".to_owned(),
        };
        match replacement.backwards() {
            Ok(()) => self.back_in_effect(step, back),
            Err(FileError::Drift { .. }) if self.over_later_edits() => {
                self.undo_over(step, file, &staged, &back)
            }
            Err(FileError::Drift { .. }) => Ok(UndoEnd::Failed(format!(
                "{file} was edited after this run changed it, and nobody has agreed to put that edit aside"
            ))),
            Err(error) => Ok(UndoEnd::Failed(with_causes(&error))),
        }
    }

    fn over_later_edits(&self) -> bool {
        self.state
            .rollback
            .as_ref()
            .is_some_and(|rollback| rollback.over_later_edits)
    }

    fn undo_over(
        &mut self,
        step: &PlannedStep,
        file: &RelPath,
        staged: &Staged,
        back: &str,
    ) -> Result<UndoEnd, WorkerError> {
        let mut saved: Option<replace::Aside> = None;
        for _ in 0..ASIDE_MAX {
            let Context {
                world, dir, root, ..
            } = &self.context;
            let aside = match replace::put_aside(world, dir, root, file) {
                Ok(aside) => aside,
                Err(error) => return Ok(UndoEnd::Failed(with_causes(&error))),
            };
            if let Some(new) = &aside
                && saved.as_ref().is_none_or(|saved| saved.name != new.name)
            {
                self.record(Body::LaterEditSaved {
                    step: step.id.clone(),
                    path: file.clone(),
                    saved_as: new.name.clone(),
                })?;
            }
            let over = aside.as_ref().map(|aside| &aside.digest);
            let end = Replacement::new(&self.context, file, staged).restore_over(over);
            saved = aside.or(saved);
            let became = match &saved {
                Some(_) => "the later edit was put aside",
                None => "somebody had removed it",
            };
            match end {
                Ok(()) => return self.back_in_effect(step, format!("{back}; {became}")),
                // It was saved again at that very moment.
                Err(FileError::Drift { .. }) => {}
                Err(error) => return Ok(UndoEnd::Failed(with_causes(&error))),
            }
        }
        Ok(UndoEnd::Failed(format!(
            "{file} changes again and again; end what writes it, then try again"
        )))
    }

    /// The file is restored; carries out for it what put the new one into effect.
    fn back_in_effect(&self, step: &PlannedStep, back: String) -> Result<UndoEnd, WorkerError> {
        Ok(match self.put_into_effect(step) {
            Ok(effect) => UndoEnd::Undone {
                how: Undone::Ran,
                detail: match effect {
                    Some(effect) => format!("{back}; {effect}"),
                    None => back,
                },
            },
            Err(error) => UndoEnd::Failed(format!("{back}, but {}", error.told().0)),
        })
    }

    /// The rollback's own steps, such as starting the old release again.
    fn steps_after(&mut self) -> Answer {
        let forward = self.state.plan.steps.len();
        for n in forward..self.state.steps.len() {
            let Some(view) = self.state.steps.get(n).cloned() else {
                continue;
            };
            if view.settled() {
                continue;
            }
            self.state.may_go_on_back()?;
            self.do_step(&view)?;
            match self.state.step(&view.step.id).map(StepView::status) {
                Some(StepStatus::Road(Road::Done { .. })) => {}
                Some(StepStatus::Road(Road::Failed(failure))) => {
                    let (title, error) = (&view.step.title, failure.error());
                    return halted(format!("`{title}` failed: {error}"));
                }
                Some(_) | None => {
                    return halted(format!("`{}` waits for a person", view.step.title));
                }
            }
        }
        Ok(())
    }

    pub(super) fn skip_undo(&mut self, id: &StepId, reason: &str) -> Answer {
        let reason = self.context.clean(reason);
        let (step, by) = (id.clone(), self.who());
        self.record(match self.step(id)?.undo_failed() {
            true => Body::UndoSkipped { step, reason, by },
            false => Body::StepSkipped { step, reason, by },
        })?;
        self.retry_undo()
    }
}

/// Restores a database. What was written to it since its backup is determined before it is gone,
/// for the report; `own` says how much of that the run itself wrote.
fn put_back(
    context: &Context,
    database: &SavedDatabase,
    own: &str,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
) -> Result<String, String> {
    let since = backup::since(context, database);
    let restored = backup::restore_database(context, database, cancel, listener);
    let detail = restored.map_err(|error| with_causes(&error))?;
    Ok(match since {
        Ok(since) if since.loses_data() => {
            let lost = context.clean(&since.was_lost());
            format!("{detail}; written since the backup and lost: {lost}{own}")
        }
        Ok(_) => detail,
        Err(error) => {
            let why = context.clean(&with_causes(&error));
            format!(
                "{detail}; what was written since the backup and is lost could not be told: {why}"
            )
        }
    })
}
