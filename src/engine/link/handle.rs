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
    /// Goes on unattended as far as was agreed beforehand; `Event::Stopped` tells why no further.
    Errand(Box<Errand>),
    /// From now on, once something has been changed, the worker waits at most this long for a
    /// person; then it goes back by itself. Asking again restarts the time.
    ConfirmWithin(Span),
    /// Takes the run from whoever holds it; `Event::Control` answers.
    TakeOver,
    /// Makes every check of the present phase that is not passed yet.
    Check,
    /// Repeats one check.
    Recheck(CheckId),
    /// Repeats every check of the current phase, including those that passed and may no longer.
    /// What a person marked or waived stays.
    RecheckAll,
    /// A manual check was done by the operator.
    Mark(CheckId),
    /// Withdraws a mark or a waiver: the run waits for the check again.
    Unmark(CheckId),
    /// Carries out the check's fix, then repeats the check.
    Fix(CheckId),
    Waive {
        check: CheckId,
        reason: String,
    },
    /// Leaves the checklist: makes the backup and verifies it.
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
    /// Says what became of a step with an unknown outcome.
    Judge {
        step: StepId,
        done: bool,
    },
    /// Agrees to pass the point of no return, and passes it. The front end has had it typed.
    Consent(StepId),
    /// Says that a step which a person does was done.
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
    /// Pulls an emergency step once what runs now has ended; the road then waits. The front end has
    /// had it typed.
    Pull(StepId),
    /// Undoes a pulled emergency step.
    Release(StepId),
    /// Stops at the next gate.
    Pause,
    /// Ends the running command now: its step fails; a watch counts as "could not check".
    Interrupt,
    /// Gives up a run that has written nothing.
    Abandon,
    /// Ends the worker once it has finished what it is doing; the run stays as it is.
    Leave,
}

impl Ask {
    /// Whether it can be done where the run stands, or why not. Asks that concern who is connected
    /// or what is at work rather than where the run stands are never refused here, and neither is
    /// an errand, which finds out itself how far it can go.
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
    /// Something to show, replacing the progress before it.
    Progress(Progress),
    /// A line of the running step's output, already sanitized and redacted.
    Output {
        step: String,
        line: String,
    },
    /// A line that was printed before the client receiving it connected.
    Printed {
        step: String,
        line: String,
    },
    /// The ask was not possible or failed, and no record says so. One that got part of the way is
    /// told by its records.
    Refused(String),
    /// The ask came after the worker was told to end: it is for the next worker.
    TooLate(String),
    /// The worker does nothing now and waits for an ask.
    Idle,
    /// The worker begins something that nobody just asked for; `Idle` follows.
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

/// Who may ask things of a run, from the view of one front end; everybody else only watches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// The front end that receives this.
    Yours,
    Theirs(Who),
    #[default]
    Nobodys,
}

impl Control {
    pub fn is_yours(&self) -> bool {
        *self == Self::Yours
    }

    /// The holder, if it is somebody else.
    pub fn theirs(&self) -> Option<&Who> {
        match self {
            Self::Theirs(who) => Some(who),
            Self::Yours | Self::Nobodys => None,
        }
    }
}

/// Where a worker sends events. Sending never blocks: the receiver limits what is kept for a slow
/// listener, so that a step which prints endlessly neither uses up memory nor holds up the worker.
pub trait Sink: Send + Sync {
    fn send(&self, event: Event);

    /// Sends an event to the asker alone: nobody must take another's answer for their own.
    fn answer(&self, _to: &Who, event: Event) {
        self.send(event);
    }
}

impl Sink for mpsc::Sender<Event> {
    fn send(&self, event: Event) {
        // Whether the front end is still there does not concern the run.
        let _gone = mpsc::Sender::send(self, event);
    }
}

impl<F: Fn(Event) + Send + Sync> Sink for F {
    fn send(&self, event: Event) {
        self(event);
    }
}

/// The front end's side. A clone is another handle on the same run.
#[derive(Clone)]
pub struct RunHandle(Arc<dyn Fn(Ask, u64) + Send + Sync>);

impl RunHandle {
    /// `carry` takes an ask to the worker, with the number of the last record that was seen.
    pub fn new(carry: impl Fn(Ask, u64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(carry))
    }

    /// A handle that does nothing, for a run of which only the journal is read.
    pub fn of_nobody() -> Self {
        Self::new(|_, _| {})
    }

    /// Asks; `seen` is the last record that the asker had seen: if something was decided since, the
    /// ask is refused. A worker that has gone has said so with `Event::Gone`.
    pub fn ask(&self, ask: Ask, seen: u64) {
        (self.0)(ask, seen);
    }
}
