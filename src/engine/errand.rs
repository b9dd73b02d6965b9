//! Decides what a run is asked next when nobody attends it, from its state and from what was said
//! beforehand, and from nothing else. Pure. The worker carries it out, so an errand goes on when
//! the front end that sent it has gone.

mod back;
mod checks;
mod confirm;
mod emergency;
mod fix;
mod skip;

pub use checks::blocked_by;
pub use emergency::to_be_judged;
pub use fix::Fix;
pub use skip::{Skip, may_be_skipped};

use super::{answers::AnswersFile, link::handle::Ask, report::count_left_by_hand};
use crate::{
    model::{
        ids::StepId,
        plan::StepBody,
        record::{Phase, RemedyOf, RunEnd},
        rule::Action,
        units::Span,
    },
    rules::deed::is_applied,
    run_state::{BackupState, Failure, Road, RunState, StepStatus, StepView},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is to be done with the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Aim {
    Forward,
    /// Says that the run is good; does nothing else.
    Confirm,
    /// Undoes the last steps down to this one, and no more.
    StepBack {
        to: StepId,
        reason: String,
    },
    Back {
        reason: String,
        over_later_edits: bool,
    },
    /// Acts on one emergency step, and on nothing of the road.
    Emergency {
        step: StepId,
        lever: Lever,
    },
}

/// What is done with an emergency step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    Pull,
    Release,
    /// A person says whether it was done.
    Judge(bool),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Ask(Ask),
    /// Nothing more can be done here, and why.
    Stop(Stop, String),
    /// The same, but what was asked last was met and has moved nothing, so there is no reason to
    /// give.
    Still(Stop),
}

/// Why an errand stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    Done,
    RolledBack,
    /// Blocked by a check.
    Blocked,
    /// A step failed.
    Failed,
    /// An undo failed or met later edits, or a way back was incomplete.
    Stuck,
    /// A person must say what became of a step.
    Unknown,
    /// A question without an answer, a gate, a consent.
    Waiting,
    /// What was asked for makes no sense here.
    Usage,
    /// An internal error.
    Fault,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errand {
    aim: Aim,
    answers: AnswersFile,
    /// What a person has said about steps with an unknown outcome.
    pub judged: Vec<(String, bool)>,
    /// The failed step or undo to go on without.
    pub skip: Option<Skip>,
    /// What the pack's fix is carried out for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// How long a person is waited for before the run goes back by itself.
    pub confirm_within: Option<Span>,
    /// The steps under way when it was sent. If one has failed since, nobody has seen that yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unseen: Vec<StepId>,
    /// The remedy under way when it was sent: it is not begun again before its end was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unseen_remedy: Option<RemedyOf>,
    /// What was asked, and the last record before it: an ask that moved nothing is not repeated.
    #[serde(skip)]
    asked: Vec<(Ask, u64)>,
    #[serde(skip)]
    unmet: Option<String>,
}

impl Errand {
    pub fn new(aim: Aim, answers: &AnswersFile) -> Self {
        Self {
            aim,
            // The plan holds these already; secrets go no further than they must.
            answers: AnswersFile {
                inputs: BTreeMap::new(),
                ..answers.clone()
            },
            judged: Vec::new(),
            skip: None,
            fix: None,
            confirm_within: None,
            unseen: Vec::new(),
            unseen_remedy: None,
            asked: Vec::new(),
            unmet: None,
        }
    }

    /// Notes what is under way in the run as its sender sees it.
    pub fn knowing(mut self, run: &RunState) -> Self {
        let under_way = run.steps.iter().filter(|view| view.is_in_flight());
        self.unseen = under_way.map(|view| view.step.id.clone()).collect();
        self.unseen_remedy = run.open_remedy().cloned();
        self
    }

    /// Whether this failure, of a step or its undo, happened after the errand was sent: then it is
    /// reported before it is tried again.
    fn is_unseen(&self, view: &StepView) -> bool {
        self.unseen.contains(&view.step.id)
    }

    /// Whether the road must stop for it: an emergency step or a way back must not meet a product
    /// on which other steps are still at work.
    pub fn holds_the_road(&self) -> bool {
        match self.aim {
            Aim::Emergency { .. } | Aim::Back { .. } | Aim::StepBack { .. } => true,
            Aim::Forward | Aim::Confirm => false,
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
        if let Aim::Emergency { step, lever } = &self.aim {
            return self.emergency(state, step, *lever);
        }
        let takes_back =
            state.ended() == Some(RunEnd::Done) && matches!(self.aim, Aim::Back { .. });
        if let Some(end) = state.ended().filter(|_| !takes_back) {
            return self.ended(state, end);
        }
        if let Some(ask) = self.to_skip(state) {
            return self.once(ask, Stop::Failed);
        }
        if let Some(ask) = self.to_fix(state) {
            return Next::Ask(ask);
        }
        match &self.aim {
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
        match (end, &self.aim) {
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
            .filter(|step| !self.answers.consents(&step.id) && !is_applied(&state.plan, step));
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
                if self.answers.consents(id) {
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
                    && !self.is_unseen(view)
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
        if self.answers.confirms(id) {
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
        let said = self.judged.iter().find(|(step, _)| step == id.as_str());
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
