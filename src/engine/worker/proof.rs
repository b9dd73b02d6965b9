//! The end of a rollback: every file that the run replaced is proved to be what it was, in its
//! bytes, its owner, its permissions and its attributes; then the old release has to pass its checks.

use super::{Answer, Worker, halted};
use crate::{
    model::{
        digest::Digest,
        ids::StepId,
        path::RelPath,
        record::{Body, OtherFiles, RunEnd, Saved},
        survey::FileMeta,
        text::with_causes,
    },
    run_state::StepView,
    world::{FileError, Standing},
};

/// Beyond this to compare the files that the run does not edit is left to people.
const OTHERS_MAX: usize = 2_000;
const OTHERS_BYTES_MAX: u64 = 256 << 20;
const OTHERS_TOLD_MAX: usize = 10;

/// A file of the backup and what it was; `None` if it did not exist.
type Was<'s> = (&'s RelPath, Option<(&'s Digest, &'s FileMeta)>);

impl Worker {
    /// Compares every file with the backup; the run ends as rolled back only if the old release
    /// passes its checks too.
    pub(super) fn prove_and_end(&mut self) -> Answer {
        let mut proved = 0;
        let mut wrong = Vec::new();
        let mut others = Vec::new();
        for saved in &self.state.saved {
            let (path, was) = match saved {
                Saved::File {
                    path, digest, meta, ..
                } => (path, Some((digest, meta))),
                Saved::Absent { path } => (path, None),
                Saved::Archive { .. } | Saved::Command { .. } | Saved::Database(_) => continue,
            };
            let Some(view) = self.managed_by(path) else {
                others.push((path, was));
                continue;
            };
            match self.differs(path, was) {
                None => proved += 1,
                Some(what) => wrong.push((view.step.id.clone(), format!("{path} ({what})"))),
            }
        }
        if !wrong.is_empty() {
            return self.not_undone_after_all(&wrong);
        }
        let edited = |file: &RelPath| {
            let mut steps = self.state.steps.iter();
            steps.any(|view| view.step.body.file() == Some(file))
        };
        others.retain(|(file, _)| !edited(file));
        let others = self.compare_others(&others);
        let files = proved;
        self.record(Body::BytesProved { files, others })?;
        let open = self
            .state
            .open_checks(&self.state.plan.rollback.checks)
            .len();
        if open > 0 {
            let why = format!("every file is back; open checks of the old release: {open}");
            self.pause(why.clone())?;
            return halted(why);
        }
        self.record(Body::Finished {
            end: RunEnd::RolledBack,
        })?;
        Ok(())
    }

    /// Compares files that no step edits. What a command of the run has brought back need not be
    /// what it was: a file that git checks out again has lost its permissions. Differences are only
    /// reported, since data and logs may rightly change.
    fn compare_others(&self, others: &[Was<'_>]) -> Option<OtherFiles> {
        let saved = self.state.saved.iter();
        let bytes = saved.filter_map(|saved| match saved {
            Saved::File { bytes, .. } => Some(*bytes),
            _no_file => None,
        });
        if others.len() > OTHERS_MAX || bytes.sum::<u64>() > OTHERS_BYTES_MAX {
            return None;
        }
        let mut unlike = 0;
        let mut first = Vec::new();
        for (path, was) in others {
            if let Some(what) = self.differs(path, *was) {
                unlike += 1;
                if first.len() < OTHERS_TOLD_MAX {
                    first.push(self.context.clean(&format!("{path} ({what})")));
                }
            }
        }
        Some(OtherFiles {
            compared: others.len() as u64,
            unlike,
            first,
        })
    }

    /// What differs in a file, in a word, or why it cannot be read.
    fn differs(&self, file: &RelPath, was: Option<(&Digest, &FileMeta)>) -> Option<String> {
        let (files, full) = (&self.context.world.files, file.under(&self.context.root));
        let unseen = |error: FileError| Some(with_causes(&error));
        let now = match files.digest(&full) {
            Ok(now) => now,
            Err(error) => return unseen(error),
        };
        let digest = was.map(|(digest, _)| digest);
        if now.as_ref() != self.state.made_by_rollback(file).or(digest) {
            return Some("contents".to_owned());
        }
        match (files.look(&full), was) {
            (Ok(Standing::File { meta, .. }), Some((_, was))) => {
                meta.difference(was).map(str::to_owned)
            }
            (Ok(_), _) => None,
            (Err(error), _) => unseen(error),
        }
    }

    /// Records undos that did not hold: somebody wrote to the file after it was restored, perhaps
    /// the old release, which runs again. They can be repeated or skipped, like any failed undo.
    fn not_undone_after_all(&mut self, wrong: &[(StepId, String)]) -> Answer {
        for (step, file) in wrong {
            let error = format!("not as it was before the run: {file}");
            self.record(Body::UndoFailed {
                step: step.clone(),
                error: self.context.clean(&error),
                unknown: false,
            })?;
        }
        let files: Vec<&str> = wrong.iter().map(|(_, file)| file.as_str()).collect();
        let why = format!("not as they were before the run: {}", files.join(", "));
        halted(self.context.clean(&why))
    }

    /// The first step that replaced a file, unless an undo of it was skipped: its undo brings back
    /// what was saved. Others in the backup (data, logs) may rightly change while the product runs.
    fn managed_by(&self, file: &RelPath) -> Option<&StepView> {
        let writes = |view: &&StepView| view.step.body.file() == Some(file);
        let mut views = self.state.steps.iter().filter(writes);
        if views.clone().any(StepView::undo_skipped) {
            return None;
        }
        views.find(|view| view.touched())
    }
}
