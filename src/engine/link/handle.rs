//! How a front end speaks with a run: asks in, records and progress out.
//!
//! Records are the run's truth, complete and in order. Progress is thrown away: only the latest
//! is of interest. A handle does not know what lies between it and the worker.

use crate::{
    engine::{
        errand::{Errand, Stop},
        means::progress::Progress,
    },
    model::{
        ids::{CheckId, StepId},
        record::{Record, Who},
        units::Span,
    },
    run_state::{May, RunState},
};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, mpsc};

/// What a front end may ask of a run. What cannot be done now is answered by `Event::Refused`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// Goes on by itself as far as was said beforehand; `Event::Stopped` tells why no further.
    Errand(Box<Errand>),
    /// From now on the worker waits for a person no longer than this once something was changed;
    /// then it goes back by itself. What is said again begins anew.
    ConfirmWithin(Span),
    /// Takes the run from whoever holds it; `Event::Control` answers.
    TakeOver,
    /// Makes every check of the present phase that is not passed yet.
    Check,
    /// Makes one check again.
    Recheck(CheckId),
    /// Makes every check of the present phase again, also what held: it may hold no longer. What a
    /// person marked or waived stays.
    RecheckAll,
    /// A manual check was done by the operator.
    Mark(CheckId),
    /// It is not so after all, marked or waived: the run waits for it again.
    Unmark(CheckId),
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
    /// Agrees to pass the point of no return, and passes it. The front end has had it typed.
    Consent(StepId),
    /// A step that a person does was done.
    Confirm(StepId),
    /// Makes the checks of the new release.
    Verify,
    /// Ends a run whose verify passed: it is good, and stays.
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
    /// Pulls an emergency step, behind what runs now; the road then waits. The front end has had
    /// it typed.
    Pull(StepId),
    /// Takes a pulled emergency step back.
    Release(StepId),
    /// Stops at the next gate.
    Pause,
    /// Ends the running command now: its step fails, and a watch that was stopped could not check.
    Interrupt,
    /// Gives up a run that has written nothing.
    Abandon,
    /// Ends the worker when what it does is done; the run stays as it is.
    Leave,
}

impl Ask {
    /// Whether it can be done where the run stands, or why not. What is asked of whoever is there and
    /// of what is at work, not of where the run stands, is never refused here; an errand finds out
    /// itself how far it can go.
    pub fn may(&self, run: &RunState) -> May {
        match self {
            Self::Errand(_) | Self::TakeOver | Self::Pause | Self::Interrupt | Self::Leave => {
                Ok(())
            }
            Self::ConfirmWithin(_) => run.may_confirm_within(),
            Self::Check | Self::RecheckAll => run.may_check(),
            Self::Recheck(id) => run.may_recheck(id),
            Self::Mark(id) => run.may_mark(id),
            Self::Unmark(id) => run.may_unmark(id),
            Self::Fix(id) => run.may_fix(id),
            Self::Waive { check, reason } => {
                run.may_waive(check)?;
                given(reason, "a waiver")
            }
            Self::Backup => run.may_back_up(),
            Self::Apply | Self::ApplyOne => run.may_apply(),
            Self::Retry(id) => run.may_retry(id),
            Self::FixAndRetry(id) => run.may_fix_and_retry(id),
            Self::Skip { step, reason } => {
                run.may_skip(step)?;
                given(reason, "skipping")
            }
            Self::Judge { step, .. } => run.may_judge(step),
            Self::Consent(id) => run.may_consent(id),
            Self::Confirm(id) => run.may_confirm(id),
            Self::Verify => run.may_verify(),
            Self::Finish => run.may_finish(),
            Self::Rollback { .. } => run.may_roll_back(),
            Self::StepBack { to, reason } => {
                run.may_step_back(to)?;
                given(reason, "undoing")
            }
            Self::SkipUndo { step, reason } => {
                run.may_skip_undo(step)?;
                given(reason, "skipping")
            }
            Self::RetryUndo => run.may_go_on_back(),
            Self::Pull(id) => run.may_pull(id),
            Self::Release(id) => run.may_release(id),
            Self::Abandon => run.may_abandon(),
        }
    }
}

fn given(reason: &str, what: &str) -> May {
    match reason.trim() {
        "" => Err(format!("{what} needs a reason: it goes into the report")),
        _said => Ok(()),
    }
}

/// What comes back besides records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    Record(Box<Record>),
    /// Something to show; the newest replaces what was shown before.
    Progress(Progress),
    /// A line of the running step's output, already sanitized and redacted.
    Output {
        step: String,
        line: String,
    },
    /// A line that was printed before whoever is told it came.
    Printed {
        step: String,
        line: String,
    },
    /// The ask was not possible, or did not work, and no record tells so. What came only part of the
    /// way is told by its records.
    Refused(String),
    /// The ask came behind the end that the worker was told to come to: it is for the next one.
    TooLate(String),
    /// The worker does nothing now and waits for an ask.
    Idle,
    /// It begins something that nobody asked for now; `Idle` follows.
    Busy,
    /// An errand goes no further by itself, and why.
    Stopped {
        stop: Stop,
        why: String,
    },
    /// Who holds the run now.
    Control(Control),
    /// The worker has ended; with a reason if it had to.
    Gone(Option<String>),
}

/// Who may ask things of a run, as each front end is told it; everybody else looks on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// Whoever is told this.
    Yours,
    Theirs(Who),
    #[default]
    Nobodys,
}

impl Control {
    pub fn is_yours(&self) -> bool {
        *self == Self::Yours
    }

    /// Whoever else holds it.
    pub fn theirs(&self) -> Option<&Who> {
        match self {
            Self::Theirs(who) => Some(who),
            Self::Yours | Self::Nobodys => None,
        }
    }
}

/// Where a worker puts events. To send never waits: whoever takes them bounds what is kept for a
/// slow listener, so that a step which prints without end costs neither memory nor a waiting worker.
pub trait Sink: Send + Sync {
    fn send(&self, event: Event);

    /// What only whoever asked is told: nobody takes another's answer for their own.
    fn answer(&self, _to: &Who, event: Event) {
        self.send(event);
    }
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
pub struct RunHandle(Arc<dyn Fn(Ask, u64) + Send + Sync>);

impl RunHandle {
    /// `carry` takes an ask to the worker, with the number of the last record that was seen.
    pub fn new(carry: impl Fn(Ask, u64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(carry))
    }

    /// A hand on nothing: of a run of which only the journal is read.
    pub fn of_nobody() -> Self {
        Self::new(|_, _| {})
    }

    /// `seen` is the last record that whoever asks had before them: if something was decided
    /// since, the ask is refused. A worker that has gone has said so with `Event::Gone`.
    pub fn ask(&self, ask: Ask, seen: u64) {
        (self.0)(ask, seen);
    }
}
