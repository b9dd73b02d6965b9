//! The worker: owns a run and does what it is asked, one thing at a time, recording each before
//! and after. It knows no screen; whoever listens gets its records, and may go away at any time.

mod apply;
mod checks;
mod emergency;
mod recovery;
mod replacing;
mod rollback;
mod saving;
mod step_back;

use super::{
    action::Listener,
    context::Context,
    handle::{Ask, Event, Progress, RunHandle, Sink, Urgent},
    journal::{Journal, JournalError},
};
use crate::{
    model::{
        ids::StepId,
        record::{Body, End, Phase},
        text::with_causes,
    },
    rules::expression::Numbers,
    run_state::{Illegal, RunState},
    world::{Cancel, FileError, Stream},
};
use std::{
    sync::{Arc, mpsc},
    thread,
};

/// Output of a step that is kept in memory before it goes to its log.
const LOG_BYTES_BUFFERED: usize = 64 << 10;
/// Output of a step that is kept at all; what comes after is counted by nobody.
const LOG_BYTES_MAX: usize = 64 << 20;

/// The worker cannot go on at all. What the run is about is recorded, not reported so.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the journal cannot be written")]
    Journal(#[from] JournalError),
    #[error("the run's folder cannot be used")]
    File(#[from] FileError),
    #[error("a fault of ours: {0}")]
    Illegal(#[from] Illegal),
}

/// Why an ask could not be met; shown, and nothing happened.
type Refusal = String;
type Answer = Result<Result<(), Refusal>, WorkerError>;

pub struct Worker {
    context: Context,
    journal: Journal,
    state: RunState,
    sink: Box<dyn Sink>,
    urgent: Arc<Urgent>,
    /// The lock on the root; released when the worker ends.
    _lock: Box<dyn Send>,
}

impl Worker {
    pub fn new(
        context: Context,
        journal: Journal,
        state: RunState,
        sink: Box<dyn Sink>,
        lock: Box<dyn Send>,
    ) -> Self {
        Self {
            context,
            journal,
            state,
            sink,
            urgent: Arc::default(),
            _lock: lock,
        }
    }

    /// Runs the worker on a thread of its own.
    pub fn spawn(mut self) -> RunHandle {
        let (handle, asks, urgent) = RunHandle::pair();
        self.urgent = urgent;
        let named = thread::Builder::new().name("worker".to_owned());
        named
            .spawn(move || self.serve(&asks))
            .expect("the system can start a thread");
        handle
    }

    /// Answers asks until it is told to leave, nobody can ask any more, or it cannot go on.
    fn serve(mut self, asks: &mpsc::Receiver<Ask>) {
        let end = self.settle().and_then(|()| self.serve_asks(asks));
        let why = end.err().map(|error| with_causes(&error));
        self.sink.send(Event::Gone(why));
    }

    fn serve_asks(&mut self, asks: &mpsc::Receiver<Ask>) -> Result<(), WorkerError> {
        self.sink.send(Event::Idle);
        while let Ok(ask) = asks.recv() {
            if ask == Ask::Leave {
                break;
            }
            if let Err(refusal) = self.meet(ask)? {
                self.sink.send(Event::Refused(refusal));
            }
            self.sink.send(Event::Idle);
        }
        Ok(())
    }

    /// Does one thing; what is not possible now is refused.
    pub fn meet(&mut self, ask: Ask) -> Answer {
        match (self.state.end, &ask) {
            (None, _)
            | (
                Some(End::Done),
                Ask::Rollback { .. } | Ask::Pull(_) | Ask::Release(_) | Ask::Judge { .. },
            ) => {}
            (Some(_), _) => return refused("the run has ended"),
        }
        match ask {
            Ask::Check => self.check_all(),
            Ask::Recheck(id) => self.recheck(&id),
            Ask::Tick(id) => self.tick(&id),
            Ask::Fix(id) => self.fix(&id),
            Ask::Waive { check, reason } => self.waive(&check, &reason),
            Ask::Backup => self.back_up(),
            Ask::Apply => self.apply(false),
            Ask::ApplyOne => self.apply(true),
            Ask::Retry(id) => self.retry(&id),
            Ask::FixAndRetry(id) => self.fix_and_retry(&id),
            Ask::Skip { step, reason } => self.skip(&step, &reason),
            Ask::Judge { step, done } => self.judge(&step, done),
            Ask::Consent(id) => self.consent(&id),
            Ask::Confirm(id) => self.confirm(&id),
            Ask::Verify => self.verify(),
            Ask::Finish => self.finish(),
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
            // A handle delivers these two past the queue, and `serve_asks` ends on the third.
            Ask::Pause | Ask::Interrupt | Ask::Leave => Ok(Ok(())),
        }
    }

    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// Durable, then folded, then shown: in this order, always.
    fn record(&mut self, body: Body) -> Result<(), WorkerError> {
        let at_ms = self.context.world.clock.now_ms();
        let record = self.journal.append(at_ms, body)?;
        self.state.apply(&record)?;
        self.sink.send(Event::Record(Box::new(record)));
        Ok(())
    }

    /// What happened together, with one sync.
    fn record_all(&mut self, bodies: Vec<Body>) -> Result<(), WorkerError> {
        let at_ms = self.context.world.clock.now_ms();
        for record in self.journal.append_all(at_ms, bodies)? {
            self.state.apply(&record)?;
            self.sink.send(Event::Record(Box::new(record)));
        }
        Ok(())
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
        self.sink.send(Event::Progress(Progress {
            doing,
            done,
            total,
            unit,
            per_second: None,
        }));
    }

    fn who(&self) -> crate::model::record::Who {
        self.context.world.system.who()
    }

    /// Does something that prints, with its lines going to the screen and to the step's log.
    fn logged<T>(
        &self,
        step: &StepId,
        doing: impl FnOnce(&Context, &Cancel, &mut Listener<'_>) -> T,
    ) -> Result<T, WorkerError> {
        let cancel = self.urgent.arm();
        let path = self.context.dir.output(step);
        let files = &self.context.world.files;
        let mut buffer = Vec::new();
        let mut written = 0;
        let mut failure = None;
        let mut line = |_stream: Stream, line: &str| {
            let (step, line) = (step.to_string(), line.to_owned());
            if written < LOG_BYTES_MAX {
                written += line.len() + 1;
                buffer.extend_from_slice(line.as_bytes());
                buffer.push(b'\n');
            }
            if buffer.len() >= LOG_BYTES_BUFFERED && failure.is_none() {
                failure = files.append(&path, &buffer).err();
                buffer.clear();
            }
            self.sink.send(Event::Output { step, line });
        };
        let mut listener = Listener {
            line: &mut line,
            progress: &|progress| self.sink.send(Event::Progress(progress)),
            numbers: Numbers::new(),
        };
        let end = doing(&self.context, &cancel, &mut listener);
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        if !buffer.is_empty() {
            files.append(&path, &buffer)?;
        }
        Ok(end)
    }

    fn finish(&mut self) -> Answer {
        if let Some(next) = self.state.next_step() {
            return refused(format!("`{}` is still to be done", next.step.title));
        }
        let open = self.state.open_checks(&self.state.plan.verify).len();
        if open > 0 {
            return refused(format!(
                "checks of the new release that have not passed: {open}"
            ));
        }
        self.record(Body::Finished { end: End::Done })?;
        Ok(Ok(()))
    }

    fn abandon(&mut self) -> Answer {
        if self.state.touched() {
            return refused("something was changed already: roll back instead");
        }
        self.record(Body::Finished {
            end: End::Abandoned,
        })?;
        Ok(Ok(()))
    }
}

fn refused(why: impl Into<String>) -> Answer {
    Ok(Err(why.into()))
}
