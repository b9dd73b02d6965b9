//! How a front end speaks with a run: asks in, records and progress out.
//!
//! Records are the run's truth, complete and in order. Progress is thrown away: only the latest
//! is of interest. A handle does not know whether the worker is a thread or another process.

use crate::{
    model::{
        ids::{CheckId, StepId},
        record::Record,
    },
    world::Cancel,
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
    mpsc,
};

/// What a front end may ask of a run. What cannot be done now is answered by `Reply::Refused`.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Makes every check of the present phase that is not passed yet.
    Check,
    /// Makes one check again.
    Recheck(CheckId),
    /// A manual check was done by the operator.
    Tick(CheckId),
    /// Carries out the check's fix, then makes it again.
    Fix(CheckId),
    Waive {
        check: CheckId,
        reason: String,
    },
    /// Leaves the checklist: backs up and verifies the backup.
    Backup,
    /// Applies to the next gate: a failure, a question, the point of no return, the end.
    Apply,
    /// Applies one step.
    ApplyOne,
    Retry(StepId),
    /// Carries out the remedy of the matching hint, then retries.
    FixAndRetry(StepId),
    Skip {
        step: StepId,
        reason: String,
    },
    /// Says what became of a step whose outcome is unknown.
    Judge {
        step: StepId,
        done: bool,
    },
    /// Agrees to pass the point of no return. The front end has had it typed.
    Consent(StepId),
    /// A step that a person does was done.
    Confirm(StepId),
    /// Makes the checks of the new release.
    Verify,
    /// Ends a run whose verify passed.
    Finish,
    /// Goes back. The front end has shown the preview and had it typed.
    Rollback {
        reason: String,
        over_later_edits: bool,
    },
    /// Undoes the last steps down to this one; the run then stands before it again.
    StepBack {
        to: StepId,
        reason: String,
    },
    /// On a way back: goes on without undoing this step.
    SkipUndo {
        step: StepId,
        reason: String,
    },
    /// On a way back: goes on with it, and tries again what failed.
    RetryUndo,
    /// Stops at the next gate.
    Pause,
    /// Ends the running command now; the step fails.
    Interrupt,
    /// Gives up a run that has written nothing.
    Abandon,
    /// Ends the worker when what it does is done; the run stays as it is.
    Leave,
}

/// What comes back besides records.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Record(Box<Record>),
    /// Something to show; the newest replaces what was shown before.
    Progress(Progress),
    /// A line of the running step's output, already sanitized and redacted.
    Output {
        step: String,
        line: String,
    },
    /// The ask was not possible; nothing happened.
    Refused(String),
    /// The worker does nothing now and waits for an ask.
    Idle,
    /// The worker has ended; with a reason if it had to.
    Gone(Option<String>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// What is being done, in words.
    pub doing: String,
    pub done: u64,
    /// 0 when it is not known.
    pub total: u64,
    /// `bytes`, `files`; empty when the numbers speak for themselves.
    pub unit: &'static str,
    /// How fast it has been lately, where that is known.
    pub per_second: Option<f64>,
}

impl Progress {
    /// How fast it is and how long it will take, as far as that can be told: `98/s, about 18 s
    /// left`.
    pub fn pace(&self) -> Option<String> {
        let rate = self.per_second.filter(|rate| *rate > 0.0)?;
        let digits = usize::from(rate < 10.0);
        let mut words = format!("{rate:.digits$}/s");
        let left = self.total.saturating_sub(self.done);
        if left > 0 {
            let seconds = left as f64 / rate;
            words.push_str(&format!(", about {} left", roughly(seconds)));
        }
        Some(words)
    }
}

/// A guess is not told to the second when it is long.
fn roughly(seconds: f64) -> String {
    match seconds.ceil() {
        s if s < 90.0 => format!("{s} s"),
        s if s < 5400.0 => format!("{} min", (s / 60.0).round()),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Where a worker puts events. Lines of output are kept in a bounded queue, so that a step which
/// prints without end costs neither memory nor a waiting worker; records are never dropped.
pub trait Sink: Send + Sync {
    fn send(&self, event: Event);
}

impl Sink for mpsc::Sender<Event> {
    fn send(&self, event: Event) {
        // A front end that has gone is not the run's business.
        let _gone = mpsc::Sender::send(self, event);
    }
}

impl<F: Fn(Event) + Send + Sync> Sink for F {
    fn send(&self, event: Event) {
        self(event);
    }
}

/// The front end's end. Cloning it gives another hand on the same run.
#[derive(Clone)]
pub struct RunHandle {
    asks: mpsc::Sender<Ask>,
    urgent: Arc<Urgent>,
}

/// What cannot wait in the queue behind a running step.
#[derive(Default)]
pub struct Urgent {
    pause: AtomicBool,
    /// Of the command that runs now.
    running: Mutex<Cancel>,
}

impl Urgent {
    /// A fresh cancel for the next command; `Ask::Interrupt` pulls it.
    pub fn arm(&self) -> Cancel {
        let cancel = Cancel::default();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        cancel
    }

    /// Whether a pause was asked for since the last call.
    pub fn take_pause(&self) -> bool {
        self.pause.swap(false, Ordering::SeqCst)
    }
}

impl RunHandle {
    /// A handle, and the worker's end of it.
    pub fn pair() -> (Self, mpsc::Receiver<Ask>, Arc<Urgent>) {
        let (asks, receiver) = mpsc::channel();
        let urgent = Arc::new(Urgent::default());
        (
            Self {
                asks,
                urgent: urgent.clone(),
            },
            receiver,
            urgent,
        )
    }

    /// Never blocks. A worker that has gone has said so with `Event::Gone`.
    pub fn ask(&self, ask: Ask) {
        match ask {
            Ask::Interrupt => {
                self.urgent
                    .running
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pull();
            }
            Ask::Pause => self.urgent.pause.store(true, Ordering::SeqCst),
            other => {
                let _gone = self.asks.send(other);
            }
        }
    }
}
