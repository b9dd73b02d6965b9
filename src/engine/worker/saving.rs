//! The backup phase: save, verify, stage. Once it has succeeded, everything that can be tried
//! before the first visible change has been tried.

use super::{Answer, Worker, WorkerError, halted, refused};
use crate::{
    engine::{
        backup::{self, BackupError},
        deed::{left_over, replace::Replacement, stage},
        means::{context::Context, listener::Listener},
        store::copies::Many,
    },
    model::{
        ids::StepId,
        path::RelPath,
        record::{Body, Phase, Saved},
        text::with_causes,
        units::count,
    },
    run_state::BackupState,
    world::{Cancel, FileError},
};

/// Why there is no backup.
enum NotSaved {
    Failed(String),
    Worker(WorkerError),
}

impl From<BackupError> for NotSaved {
    fn from(error: BackupError) -> Self {
        Self::Failed(with_causes(&error))
    }
}

impl From<WorkerError> for NotSaved {
    fn from(error: WorkerError) -> Self {
        Self::Worker(error)
    }
}

impl Worker {
    pub(super) fn back_up(&mut self) -> Answer {
        match (&self.state.backup, self.state.phase) {
            // A rehearsal that is cut off leaves files beside targets, which the next one removes.
            // Once steps may have run there is no next one, so nothing is rehearsed any more.
            (_, Phase::Apply | Phase::Verify | Phase::Rollback) => return Ok(()),
            (BackupState::Verified(_), _) => return self.stage(),
            (BackupState::NotYet | BackupState::Failed { .. }, _) => {}
        }
        let begun_before = self.state.phase == Phase::Backup;
        self.enter(Phase::Backup)?;
        let why = match self.save_all(begun_before) {
            Ok(()) => return self.stage(),
            Err(NotSaved::Worker(error)) => return Err(error.into()),
            Err(NotSaved::Failed(why)) => self.context.clean(&why),
        };
        self.record(Body::BackupFailed { why: why.clone() })?;
        halted(format!("the backup failed, nothing was changed: {why}"))
    }

    fn save_all(&mut self, begun_before: bool) -> Result<(), NotSaved> {
        // A tool of a worker that was killed would write where that of this one does.
        if begun_before {
            left_over::wait(&self.context, &self.urgent.arm()).map_err(NotSaved::Failed)?;
        }
        // An interrupted backup is made again as a whole: only a complete one is verified.
        if !self.state.saved.is_empty() {
            let why = "interrupted, made again".to_owned();
            self.record(Body::BackupFailed { why })?;
        }
        let plan = self.state.plan.backup.clone();
        let total = (plan.files.len() + plan.commands.len() + plan.databases.len()) as u64;
        self.save_files(&plan.files, total)?;
        for (n, command) in plan.commands.iter().enumerate() {
            let done = (plan.files.len() + n) as u64;
            self.progress(command.title.clone(), done, total, "items");
            let log = StepId::new(format!("backup/{}", command.id));
            let saved = self.alone(&log, |context, cancel, listener| {
                backup::save_command(context, command, cancel, listener)
            });
            self.record(Body::Saved { what: saved? })?;
        }
        for database in &plan.databases {
            let log = StepId::new(format!("backup/{}", database.name));
            let saved = self.alone(&log, |context, cancel, listener| {
                backup::save_database(context, database, cancel, listener)
            });
            self.record(Body::Saved { what: saved? })?;
        }
        self.context.found(&self.state.saved);
        self.progress("reading the backup back".to_owned(), total, total, "items");
        let verified = backup::verify(&self.context, &self.state.saved)?;
        self.record(Body::BackupVerified(verified))?;
        let commands = plan.commands.iter().map(|it| it.id.clone());
        let databases = plan.databases.iter().map(|it| it.name.clone());
        self.whole.extend(commands.chain(databases));
        Ok(())
    }

    /// Files that no step replaces may be many: the small ones go into one archive.
    fn save_files(&mut self, files: &[RelPath], total: u64) -> Result<(), NotSaved> {
        let (edited, others): (Vec<RelPath>, Vec<RelPath>) =
            files.iter().cloned().partition(|file| self.edited(file));
        self.progress(count(others.len(), "file"), 0, total, "items");
        let many = self.context.copies(|copies| copies.save_many(&others));
        let Many { saved, large } = many.map_err(BackupError::from)?;
        let bodies = saved.into_iter().map(|what| Body::Saved { what });
        self.record_all(bodies.collect())?;
        for (n, file) in edited.iter().chain(&large).enumerate() {
            self.progress(file.to_string(), n as u64, total, "items");
            let what = self.context.copies(|copies| copies.save_one(file));
            let what = what.map_err(BackupError::from)?;
            self.record(Body::Saved { what })?;
        }
        Ok(())
    }

    /// Does something that has no records of its own, so its papers are removed at its end.
    fn alone<T>(
        &self,
        log: &StepId,
        doing: impl FnOnce(&Context, &Cancel, &mut Listener<'_>) -> T,
    ) -> T {
        self.urgent.arm();
        let end = self.heard(log, doing);
        self.forget(log);
        end
    }

    fn edited(&self, file: &RelPath) -> bool {
        let mut steps = self.state.plan.steps.iter();
        steps.any(|step| step.body.file() == Some(file))
    }

    /// Stages the new contents of every edit, keeps the ballast and rehearses, refusing if any of
    /// that fails; then takes the baselines and enters the apply phase.
    fn stage(&mut self) -> Answer {
        let edits = self
            .state
            .plan
            .all_steps()
            .filter(|step| step.body.file().is_some())
            .count();
        if self.state.staged.len() < edits {
            let staged = match stage::stage_all(&self.context) {
                Ok(staged) => staged,
                Err(error) => {
                    let why = self.context.clean(&with_causes(&error));
                    return refused(format!(
                        "an edit cannot be made, nothing was changed: {why}"
                    ));
                }
            };
            for staged in staged {
                self.record(Body::Staged(staged))?;
            }
        }
        if let Err(error) = self.context.dir.lay_ballast(&self.context.world) {
            let why = self.context.clean(&with_causes(&error));
            return refused(format!(
                "the room that a rollback may need could not be reserved in the run's folder, \
                 nothing was changed: {why}"
            ));
        }
        if let Err(error) = self.rehearse() {
            let why = self.context.clean(&with_causes(&error));
            return refused(format!(
                "a file of the product could not be replaced, nothing was changed: {why}"
            ));
        }
        self.baselines()?;
        self.enter(Phase::Apply)?;
        Ok(())
    }

    /// Writes every new text beside its target, all at the same time, and removes them again: this
    /// shows whether there is room and whether names, owner and attributes are possible. They do
    /// not stay until their steps run, because a build or a commit in between would pick them up.
    fn rehearse(&self) -> Result<(), FileError> {
        let mut end = Ok(());
        for replacement in self.replacements() {
            end = replacement.rehearse();
            if end.is_err() {
                break;
            }
        }
        self.tidy()?;
        end
    }

    /// Removes what was written beside the targets of steps that have not begun.
    pub(super) fn tidy(&self) -> Result<(), FileError> {
        let mut all = self.replacements();
        all.try_for_each(|replacement| replacement.tidy())
    }

    fn replacements(&self) -> impl Iterator<Item = Replacement<'_>> {
        let untouched = self.state.steps.iter().filter(|view| !view.touched());
        untouched.filter_map(|view| Replacement::of(&self.context, &self.state, &view.step))
    }

    /// The backup's entry for a file, even if the file did not exist then.
    pub(super) fn saved_file(&self, file: &RelPath) -> Option<&Saved> {
        self.state.saved.iter().find(|saved| match saved {
            Saved::File { path, .. } | Saved::Absent { path } => path == file,
            Saved::Command { .. } | Saved::Database(_) | Saved::Archive { .. } => false,
        })
    }
}
