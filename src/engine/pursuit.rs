//! Pursues an errand: decides what a run is asked next, from its state, from what was said beforehand
//! and from what was asked so far, and from nothing else. Pure; the worker carries it out.

mod back;
mod checks;
mod confirm;
mod emergency;
mod fix;
mod skip;

pub use checks::blocked_by;
pub use emergency::to_be_judged;
pub use skip::may_be_skipped;

use super::{
    errand::{Aim, Errand, Stop},
    link::handle::Ask,
    report::count_left_by_hand,
};
use crate::{
    model::{
        plan::StepBody,
        record::{Phase, RunEnd},
        rule::Action,
    },
    rules::deed::is_applied,
    run_state::{BackupState, Failure, Road, RunState, StepStatus, StepView},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Ask(Ask),
    /// Nothing more can be done here, and why.
    Stop(Stop, String),
    /// The same, but what was asked last was met and has moved nothing, so there is no reason to
    /// give.
    Still(Stop),
}

/// An errand, and what has come of it so far.
pub struct Pursuit {
    errand: Errand,
    /// What was asked, and the last record before it: an ask that moved nothing is not repeated.
    asked: Vec<(Ask, u64)>,
    unmet: Option<String>,
}

impl Pursuit {
    pub fn new(errand: Errand) -> Self {
        Self {
            errand,
            asked: Vec::new(),
            unmet: None,
        }
    }

    /// Notes that what was asked last was not completed.
    pub fn unmet(&mut self, why: String) {
        self.unmet = Some(why);
    }

    /// Decides what to do next.
    pub fn next(&mut self, state: &RunState) -> Next {
        let next = self.decide(state);
        if let Next::Ask(ask) = &next {
            self.unmet = None;
            self.asked.push((ask.clone(), state.seq));
        }
        next
    }

    /// What it stopped with, for whoever sent it and did not hear that: its worker has gone, and this
    /// is where it left the run. The asks that the records show no more of count as met, except for
    /// checks, each of which leaves a record. `None`: the worker was gone before the errand stopped.
    pub fn stopped_with(mut self, state: &RunState) -> Option<(Stop, String)> {
        if state.is_in_flight() {
            return None;
        }
        loop {
            match self.next(state) {
                Next::Ask(Ask::Check | Ask::Verify) if blocked_by(state).is_none() => return None,
                Next::Ask(_) => {}
                Next::Still(_) => return None,
                Next::Stop(stop, why) => return Some((stop, why)),
            }
        }
    }

    fn decide(&self, state: &RunState) -> Next {
        if let Aim::Emergency { step, lever } = &self.errand.aim {
            return self.emergency(state, step, *lever);
        }
        let takes_back =
            state.ended() == Some(RunEnd::Done) && matches!(self.errand.aim, Aim::Back { .. });
        if let Some(end) = state.ended().filter(|_| !takes_back) {
            return self.ended(state, end);
        }
        if let Some(ask) = self.to_skip(state) {
            return self.once(ask, Stop::Failed);
        }
        if let Some(ask) = self.to_fix(state) {
            return Next::Ask(ask);
        }
        match &self.errand.aim {
            Aim::Back {
                reason,
                over_later_edits,
            } if says_more(state, *over_later_edits) => {
                let (reason, over_later_edits) = (reason.clone(), *over_later_edits);
                self.once(
                    Ask::Rollback {
                        reason,
                        over_later_edits,
                    },
                    Stop::Stuck,
                )
            }
            Aim::Back { .. } | Aim::Emergency { .. } => self.back(state),
            Aim::StepBack { .. } if state.rollback.is_some() => self.back(state),
            Aim::StepBack { .. } if state.stepping_back().is_some() => self.stepping_back(state),
            Aim::StepBack { to, reason } => self.step_back(state, to, reason),
            Aim::Forward if state.rollback.is_some() => self.back(state),
            Aim::Forward => self.forward(state),
            Aim::Confirm => self.confirm(state),
        }
    }

    fn ended(&self, state: &RunState, end: RunEnd) -> Next {
        match (end, &self.errand.aim) {
            (RunEnd::Done, _) => Next::Stop(Stop::Done, done(state)),
            (RunEnd::RolledBack, _) if state.is_back_in_part() => back::in_part(state),
            (RunEnd::RolledBack, Aim::Back { .. }) => back::whole(state),
            (
                RunEnd::RolledBack,
                Aim::Forward | Aim::Confirm | Aim::StepBack { .. } | Aim::Emergency { .. },
            ) => Next::Stop(Stop::RolledBack, "rolled back".to_owned()),
            (RunEnd::Abandoned, _) => Next::Stop(Stop::Done, state.given_up_words()),
        }
    }

    fn forward(&self, state: &RunState) -> Next {
        if state.stepping_back().is_some() {
            return self.stepping_back(state);
        }
        match state.phase {
            Phase::Checklist => self
                .checks(state, &state.plan.checklist, Ask::Check)
                .or_else(|| self.consents_missing(state))
                .unwrap_or_else(|| self.once(Ask::Backup, Stop::Failed)),
            Phase::Backup => self
                .consents_missing(state)
                .unwrap_or_else(|| self.backup(state)),
            Phase::Apply => match state.next_step() {
                Some(view) => self
                    .consents_missing(state)
                    .unwrap_or_else(|| self.step(state, view)),
                None => self.once(Ask::Verify, Stop::Failed),
            },
            Phase::Verify => self
                .checks(state, &state.plan.verify, Ask::Verify)
                .unwrap_or_else(|| self.finish(state)),
            Phase::Rollback => self.back(state),
        }
    }

    /// Stops if a consent needed later on the road is missing, before anything is changed: a
    /// product stuck half-way until somebody consents is an outage. Steps that the plan found
    /// applied need none; whether others are done only the worker can see, so theirs are required.
    fn consents_missing(&self, state: &RunState) -> Option<Next> {
        if state.touched() {
            return None;
        }
        let missing = state
            .steps
            .iter()
            .filter(|view| view.is_waiting() && view.lacks_consent())
            .map(|view| &view.step)
            .filter(|step| {
                !self.errand.answers.consents(&step.id) && !is_applied(&state.plan, step)
            });
        let missing: Vec<String> = missing
            .map(|step| format!("`{}` ({})", step.id, step.title))
            .collect();
        if missing.is_empty() {
            return None;
        }
        let text = format!(
            "nothing was changed: a point of no return lies ahead, and nobody has agreed to it; \
             list it under `consent` in the answers file, then resume: {}",
            missing.join(", ")
        );
        Some(Next::Stop(Stop::Waiting, text))
    }

    fn backup(&self, state: &RunState) -> Next {
        match &state.backup {
            BackupState::Failed { why } if self.was_asked(&Ask::Backup) => Next::Stop(
                Stop::Failed,
                format!(
                    "the backup failed, nothing was changed: {why}; once that is fixed, `switchback \
                     resume` goes on"
                ),
            ),
            BackupState::NotYet | BackupState::Failed { .. } | BackupState::Verified(_) => {
                self.once(Ask::Backup, Stop::Failed)
            }
        }
    }

    /// What to do about the step at which the road stands.
    fn step(&self, state: &RunState, view: &StepView) -> Next {
        let (id, title) = (&view.step.id, &view.step.title);
        match view.status() {
            StepStatus::Road(Road::Waiting(_)) if view.lacks_consent() => {
                if self.errand.answers.consents(id) {
                    return self.once(Ask::Consent(id.clone()), Stop::Waiting);
                }
                // A step that is done already needs no consent: only the worker can see that.
                if !self.was_asked(&Ask::Apply)
                    || self.moved(&Ask::Apply, state) && state.paused.is_none()
                {
                    return self.again(Ask::Apply, state, Stop::Failed);
                }
                Next::Stop(
                    Stop::Waiting,
                    format!(
                        "`{title}` is the point of no return: list `{id}` under `consent` in the \
                         answers file, then resume"
                    ),
                )
            }
            StepStatus::Road(Road::Waiting(_)) => self.again(Ask::Apply, state, Stop::Failed),
            StepStatus::Road(Road::Running { .. }) => self.person(view),
            StepStatus::Road(Road::Failed(failure)) => {
                let retry = Ask::Retry(id.clone());
                let not_done = Ask::Judge {
                    step: id.clone(),
                    done: false,
                };
                // Tried once: either a resume found a failure that it has not seen happen, or a
                // person said that the step was not done.
                if self.asked.is_empty()
                    && !self.errand.is_unseen(view)
                    && !self.remedy_failed_unseen(state, id)
                    || self.was_asked(&not_done) && !self.was_asked(&retry)
                {
                    return Next::Ask(retry);
                }
                Next::Stop(Stop::Failed, failed(state, view, failure))
            }
            StepStatus::Road(Road::Unknown { why }) => self.unknown(view, why),
            StepStatus::Road(Road::Done { .. } | Road::Skipped(_) | Road::WillNotRun { .. })
            | StepStatus::Back(_) => {
                Next::Stop(Stop::Fault, format!("`{title}` is {}", view.word()))
            }
        }
    }

    /// A step that a person does.
    fn person(&self, view: &StepView) -> Next {
        let id = &view.step.id;
        if self.errand.answers.confirms(id) {
            return self.once(Ask::Confirm(id.clone()), Stop::Waiting);
        }
        let text = match &view.step.body {
            StepBody::Do(Action::Ask(ask)) => ask.text.trim_end_matches('.'),
            StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => "it still runs",
        };
        Next::Stop(
            Stop::Waiting,
            format!(
                "`{}` is for a person: {text}; when it is done, list `{id}` under `confirm` in the \
                 answers file, then resume",
                view.step.title
            ),
        )
    }

    fn unknown(&self, view: &StepView, why: &str) -> Next {
        let id = &view.step.id;
        let said = self
            .errand
            .judged
            .iter()
            .find(|(step, _)| step == id.as_str());
        match said {
            Some((_, done)) => self.once(
                Ask::Judge {
                    step: id.clone(),
                    done: *done,
                },
                Stop::Unknown,
            ),
            None => {
                let what = if view.undo_failed() {
                    "the undo of "
                } else {
                    ""
                };
                let text = format!(
                    "nobody knows what became of {what}`{}`: {why}; look, then resume with --done {id} or \
                     --not-done {id}",
                    view.step.title
                );
                Next::Stop(Stop::Unknown, text)
            }
        }
    }

    fn was_asked(&self, ask: &Ask) -> bool {
        self.asked.iter().any(|(asked, _)| asked == ask)
    }

    /// Whether there are new records since this was last asked.
    fn moved(&self, ask: &Ask, state: &RunState) -> bool {
        let last = self.asked.iter().rev().find(|(asked, _)| asked == ask);
        last.is_some_and(|(_, seq)| state.seq > *seq)
    }

    fn once(&self, ask: Ask, otherwise: Stop) -> Next {
        if self.was_asked(&ask) {
            self.stopped(otherwise)
        } else {
            Next::Ask(ask)
        }
    }

    /// May be asked again as long as that moves the run. An ask that was not completed has not
    /// moved it, even if it left a record that says why.
    fn again(&self, ask: Ask, state: &RunState, otherwise: Stop) -> Next {
        let last = self.asked.last().is_some_and(|(last, _)| *last == ask);
        let was_unmet = last && self.unmet.is_some();
        if self.was_asked(&ask) && (was_unmet || !self.moved(&ask, state)) {
            return self.stopped(otherwise);
        }
        Next::Ask(ask)
    }

    fn stopped(&self, code: Stop) -> Next {
        match &self.unmet {
            Some(why) => Next::Stop(code, why.clone()),
            None => Next::Still(code),
        }
    }
}

/// Whether the errand asks for a way back that the run has not begun, or has begun without the
/// consent to overwrite later edits.
fn says_more(state: &RunState, over_later_edits: bool) -> bool {
    let begun = state.rollback.as_ref();
    begun.is_none_or(|begun| over_later_edits && !begun.over_later_edits)
}

/// The final message of a run that is done, including what is left for people to do.
fn done(state: &RunState) -> String {
    let (to, verify) = (&state.plan.to, &state.plan.verify);
    let skipped = state.skipped_words();
    let verified = match state.tally(verify) {
        _ if verify.is_empty() => format!("done; its pack has no check of {to}"),
        tally if tally.is_whole() && skipped.is_empty() => "done, and verified".to_owned(),
        tally => format!("done; of {to}, {}", tally.words()),
    } + &skipped;
    match count_left_by_hand(state) {
        0 => verified,
        left => {
            format!("{verified}; left to do by hand: {left}, at the end of `switchback report`")
        }
    }
}

/// The failed step at which the road stands, in the words of the errand that it stopped.
pub fn failed_at(state: &RunState) -> Option<String> {
    let goes_on = state.must_go_forward().is_ok() && !state.is_in_flight();
    let view = state.next_step().filter(|_| goes_on)?;
    Some(failed(state, view, view.failed()?))
}

fn failed(state: &RunState, view: &StepView, failure: &Failure) -> String {
    let (title, error, remedy) = (&view.step.title, failure.error(), remedy(state, view));
    format!(
        "`{title}` failed: {error}{remedy}; fix it and `switchback resume`, {}, or `switchback \
         rollback --yes`",
        skip::how(&view.step.id)
    )
}

/// The remedy that the pack knows for the failure, and how it is carried out where that is possible.
fn remedy(state: &RunState, view: &StepView) -> String {
    state.hint(view).map_or(String::new(), |hint| {
        let known = hint.remedy.trim_end_matches('.');
        format!("; known remedy: {known}{}", fix::of_step(state, view))
    })
}
