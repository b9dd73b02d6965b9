//! The worker: owns a run and does what it is asked, one thing at a time, recording each before
//! and after. It knows no screen; whoever listens gets its records, and may go away at any time.

mod apply;
mod checks;
mod confirm;
mod copies_whole;
mod emergency;
mod errand;
mod kept;
mod last_resort;
mod log;
mod proof;
mod recovery;
mod remedy;
mod replacing;
mod rollback;
mod saving;
mod step_back;

use super::{
    link::{
        handle::{Ask, Event, Sink},
        sharing::{Given, Sharing},
        turns::Turns,
        urgent::Urgent,
    },
    look::probe,
    means::{context::Context, listener::Listener, met::Looked, progress::Progress},
    store::{journal::JournalError, ledger::Ledger, run_dir::RunDir, shelf::Shelf},
};
use crate::{
    model::{
        ids::{RunId, StepId},
        record::{Body, Done, Phase, Record, RunEnd, Who},
        rule::Probe,
    },
    rules::expression::Numbers,
    run_state::{Illegal, RunState, StepView},
    world::{Cancel, FileError, Lock, Stream},
};
use confirm::Until;
use kept::Attempt;
use log::Log;
use std::{
    collections::BTreeSet,
    sync::{Arc, mpsc},
};

/// Why the worker cannot go on at all. Failures of the run itself are recorded instead.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the journal cannot be written")]
    Journal(#[from] JournalError),
    #[error("the run's folder cannot be used")]
    File(#[from] FileError),
    #[error("an internal error: {0}")]
    Illegal(#[from] Illegal),
}

/// Why an ask was not met, or not to its end.
enum Unmet {
    /// It is not possible now, or failed. Only this message says so.
    Refused(String),
    /// It was begun and goes no further for now. The records say why; this message is for those who
    /// see only the end.
    Halted(String),
    Worker(WorkerError),
}

type Answer = Result<(), Unmet>;

impl From<String> for Unmet {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

impl From<WorkerError> for Unmet {
    fn from(error: WorkerError) -> Self {
        Self::Worker(error)
    }
}

impl From<FileError> for Unmet {
    fn from(error: FileError) -> Self {
        Self::Worker(error.into())
    }
}

pub struct Worker {
    context: Context,
    ledger: Arc<Ledger>,
    state: RunState,
    turns: Turns,
    sink: Box<dyn Sink>,
    urgent: Arc<Urgent>,
    /// Who asked what is being done now.
    by: Who,
    /// The lock on the root; released at the worker's end, or once the run can do nothing more.
    lock: Option<Box<dyn Lock>>,
    /// How long it waits for a confirmation.
    until: Option<Until>,
    /// The backups of data that have been verified since the worker started.
    whole: BTreeSet<String>,
}

impl Worker {
    pub(super) fn new(
        context: Context,
        sharing: Sharing,
        state: RunState,
        sink: Box<dyn Sink>,
        lock: Box<dyn Lock>,
    ) -> Self {
        let Sharing { ledger, urgent } = sharing;
        Self {
            by: context.world.system.who(),
            context,
            ledger,
            state,
            turns: Turns::default(),
            sink,
            urgent,
            lock: Some(lock),
            until: None,
            whole: BTreeSet::new(),
        }
    }

    /// What a process that takes over the run needs: its id, its state and the lock.
    pub fn hand_over(self) -> (RunId, RunState, Option<Box<dyn Lock>>) {
        (self.state.run.clone(), self.state, self.lock)
    }

    /// What other threads may cancel or pause.
    pub fn urgent(&self) -> Arc<Urgent> {
        self.urgent.clone()
    }

    /// Answers asks, and goes back when nobody confirms in time, until it is told to leave, nobody
    /// can ask any more, or it cannot go on.
    pub fn serve(&mut self, asks: &mpsc::Receiver<Given>) -> Result<(), WorkerError> {
        let mut begun = self.settle().and_then(|()| {
            self.let_go();
            self.rest()
        });
        loop {
            match begun.and_then(|()| self.answer_each(asks)) {
                Ok(()) => return Ok(()),
                Err(error) => begun = Ok(self.go_back_or_end(error)?),
            }
        }
    }

    fn answer_each(&mut self, asks: &mpsc::Receiver<Given>) -> Result<(), WorkerError> {
        while let Some(Given { ask, seen, by }) = self.next_ask(asks)? {
            self.urgent.taken();
            if ask == Ask::Leave {
                break;
            }
            self.catch_up()?;
            let answer = if self.turns.passed(&ask, seen) {
                refused("the run has gone on since: look again")
            } else {
                self.by = by.clone();
                self.answer(ask)
            };
            match answer {
                Ok(()) | Err(Unmet::Halted(_)) => {}
                Err(Unmet::Refused(why)) => self.sink.answer(&by, Event::Refused(why)),
                Err(Unmet::Worker(error)) => return Err(error),
            }
            self.let_go();
            self.rest()?;
        }
        Ok(())
    }

    /// Releases the lock once the run is over: someone still reading its report must not keep
    /// others from beginning another run.
    fn let_go(&mut self) {
        if self.state.is_over() && !self.state.has_levers() {
            self.lock = None;
        }
    }

    /// Meets one ask, or says why it was not completed.
    pub fn meet(&mut self, ask: Ask) -> Result<Result<(), String>, WorkerError> {
        match self.answer(ask) {
            Ok(()) => Ok(Ok(())),
            Err(Unmet::Refused(why) | Unmet::Halted(why)) => Ok(Err(why)),
            Err(Unmet::Worker(error)) => Err(error),
        }
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        ask.may(&self.state)?;
        match ask {
            Ask::Errand(errand) => self.run_errand(*errand),
            Ask::ConfirmWithin(within) => self.confirm_within(within),
            Ask::Check => self.check_all(),
            Ask::Recheck(id) => self.recheck(&id),
            Ask::RecheckAll => self.recheck_all(),
            Ask::Mark(id) => self.mark(&id),
            Ask::Unmark(id) => self.unmark(&id),
            Ask::Fix(id) => self.fix(&id),
            Ask::Waive { check, reason } => self.waive(&check, &reason),
            Ask::Backup => self.back_up(),
            Ask::Apply => self.apply(),
            Ask::ApplyOne => self.apply_one(),
            Ask::Retry(id) => self.retry(&id),
            Ask::FixAndRetry(id) => self.fix_and_retry(&id),
            Ask::Skip { step, reason } => self.skip(&step, &reason),
            Ask::Judge { step, done } => self.judge(&step, done),
            Ask::Consent(id) => self.consent(&id),
            Ask::Confirm(id) => self.confirm(&id),
            Ask::Verify => self.verify(),
            Ask::Finish => self.finish(RunEnd::Done),
            Ask::Rollback {
                reason,
                over_later_edits,
            } => self.start_rollback(&reason, over_later_edits),
            Ask::StepBack { to, reason } => self.step_back(&to, &reason),
            Ask::SkipUndo { step, reason } => self.skip_undo(&step, &reason),
            Ask::RetryUndo => self.retry_undo(),
            Ask::Pull(id) => self.pull(&id),
            Ask::Release(id) => self.release(&id),
            Ask::Abandon => self.abandon(),
            // The desk handles the first three, and `serve` ends on the fourth.
            Ask::Pause | Ask::Interrupt | Ask::TakeOver | Ask::Leave => Ok(()),
        }
    }

    pub(super) fn dir(&self) -> &RunDir {
        &self.context.dir
    }

    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// Folded, then durable, then shown: in this order, always. A worker whose state is ahead of its
    /// journal ends by the error that made it so.
    fn record(&mut self, body: Body) -> Result<(), WorkerError> {
        // The shelf of a step holds only what belongs to the current attempt. The cancel is armed
        // before the record is told, so that those who are told of the step can interrupt it.
        let attempt = Attempt::of(&body);
        if let Attempt::Begins(step) = &attempt {
            self.shelf(step).clear(&self.context.world)?;
            self.urgent.arm();
        }
        self.record_all(vec![body])?;
        if let Attempt::Ends(step) = &attempt {
            self.forget(step);
        }
        Ok(())
    }

    /// Records several things that happened together, with one sync.
    fn record_all(&mut self, bodies: Vec<Body>) -> Result<(), WorkerError> {
        let at_ms = self.context.world.clock.now_ms();
        let Self {
            ledger,
            state,
            turns,
            sink,
            ..
        } = self;
        let fold = |record: &Record| {
            turns.note(record);
            state.apply(record).map_err(WorkerError::from)
        };
        let tell = |record| sink.send(Event::Record(Box::new(record)));
        ledger.append(at_ms, bodies, fold, tell)
    }

    /// Folds what the desk has recorded.
    fn catch_up(&mut self) -> Result<(), WorkerError> {
        self.record_all(Vec::new())
    }

    fn enter(&mut self, phase: Phase) -> Result<(), WorkerError> {
        if self.state.phase == phase {
            Ok(())
        } else {
            self.record(Body::PhaseEntered { phase })
        }
    }

    fn pause(&mut self, why: impl Into<String>) -> Result<(), WorkerError> {
        self.record(Body::Paused { why: why.into() })
    }

    fn progress(&self, doing: String, done: u64, total: u64, unit: &'static str) {
        let unit = unit.into();
        self.sink.send(Event::Progress(Progress {
            doing,
            done,
            total,
            unit,
            per_second: None,
        }));
    }

    fn step(&self, id: &StepId) -> Result<StepView, String> {
        let view = self.state.step(id).cloned();
        view.ok_or_else(|| format!("there is no step `{id}`"))
    }

    fn who(&self) -> Who {
        self.by.clone()
    }

    /// Removes the papers of a step's commands, which are no longer needed. Any that cannot be
    /// removed are removed before the step begins again.
    fn forget(&self, step: &StepId) {
        let _left_over = self.shelf(step).clear(&self.context.world);
    }

    fn shelf(&self, step: &StepId) -> Shelf {
        Shelf::of(&self.context.dir, step)
    }

    /// Does something that prints, for a step that was begun: to the screen and the step's log.
    fn heard<T>(
        &self,
        step: &StepId,
        doing: impl FnOnce(&Context, &Cancel, &mut Listener<'_>) -> T,
    ) -> T {
        let context = &self.context;
        // An edit may have made a secret, or a person.
        context.learn();
        let tell = |line| {
            let step = step.to_string();
            self.sink.send(Event::Output { step, line });
        };
        let mut log = Log::of(&*context.world.files, &context.dir, step);
        let mut print = |line: &str| {
            let not_kept = log.keep(line);
            tell(line.to_owned());
            not_kept.into_iter().for_each(tell);
        };
        let mut heading = self.heading(step);
        let mut line = |_stream: Stream, line: &str| {
            if let Some(heading) = heading.take() {
                print(&heading);
            }
            print(line);
        };
        let mut listener = Listener {
            line: &mut line,
            progress: &|progress| self.sink.send(Event::Progress(progress)),
            numbers: Numbers::new(),
            shelf: Some(self.shelf(step)),
        };
        let end = doing(context, &self.urgent.armed(), &mut listener);
        log.end().into_iter().for_each(tell);
        context.learn();
        end
    }

    /// What stands in a step's log, which holds all of its tries and its undo, before what is printed
    /// now; the first try needs no heading.
    fn heading(&self, step: &StepId) -> Option<String> {
        let view = self.state.step(step)?;
        match (view.is_undoing(), view.attempts) {
            (true, _) => Some("--- undo ---".to_owned()),
            (false, 0 | 1) => None,
            (false, attempt) => Some(format!("--- try {attempt} ---")),
        }
    }

    fn look(&self, probe: &Probe, hop: usize) -> Looked {
        probe::look(self.context.scope(hop, &self.urgent.arm()), probe)
    }

    fn finish(&mut self, end: RunEnd) -> Answer {
        self.record(Body::Finished { end })?;
        Ok(())
    }

    fn abandon(&mut self) -> Answer {
        self.tidy()?;
        self.finish(RunEnd::Abandoned)
    }
}

/// The record of a step that is done although this worker did not carry it out.
fn done(step: &StepId, how: Done, detail: String) -> Body {
    Body::StepDone {
        step: step.clone(),
        how,
        detail,
        rows: 0,
        took_ms: 0,
    }
}

fn refused(why: impl Into<String>) -> Answer {
    Err(Unmet::Refused(why.into()))
}

fn halted(why: impl Into<String>) -> Answer {
    Err(Unmet::Halted(why.into()))
}
