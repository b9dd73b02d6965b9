//! What a run is asked next when nobody sits before it: decided from its state and from what was
//! said beforehand, and from nothing else. Pure.

use super::end::Code;
use crate::{
    engine::{answers::AnswersFile, handle::Ask},
    model::{
        ids::StepId,
        plan::{PlannedCheck, StepBody},
        record::{End, Phase},
        rule::{Action, Probe},
    },
    run_state::{BackupState, RunState, StepState, StepView},
};

/// What the command line was told to do with the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Aim {
    Forward,
    /// Undoes the last steps down to one, and no more.
    StepBack {
        to: StepId,
        reason: String,
    },
    Back {
        reason: String,
        over_later_edits: bool,
    },
    /// One emergency step, and nothing of the road.
    Emergency {
        step: StepId,
        lever: Lever,
    },
}

/// What is done with an emergency step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    Stop(Code, String),
}

pub struct Driver<'a> {
    pub aim: Aim,
    pub answers: &'a AnswersFile,
    /// What a person says about steps of which nobody knows what became.
    pub judged: Vec<(String, bool)>,
    /// What was asked, and the last record before it: an ask that moved nothing is not repeated.
    asked: Vec<(Ask, u64)>,
    refused: Option<String>,
}

impl<'a> Driver<'a> {
    pub fn new(aim: Aim, answers: &'a AnswersFile) -> Self {
        Self {
            aim,
            answers,
            judged: Vec::new(),
            asked: Vec::new(),
            refused: None,
        }
    }

    pub fn refused(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// The worker is idle: what now?
    pub fn next(&mut self, state: &RunState) -> Next {
        let next = self.decide(state);
        if let Next::Ask(ask) = &next {
            self.refused = None;
            self.asked.push((ask.clone(), state.seq));
        }
        next
    }

    fn decide(&self, state: &RunState) -> Next {
        if let Aim::Emergency { step, lever } = &self.aim {
            return self.emergency(state, step, *lever);
        }
        let takes_back = state.end == Some(End::Done) && matches!(self.aim, Aim::Back { .. });
        if let Some(end) = state.end.filter(|_| !takes_back) {
            return self.ended(end);
        }
        match &self.aim {
            Aim::Back {
                reason,
                over_later_edits,
            } if state.rollback.is_none() => {
                let (reason, over_later_edits) = (reason.clone(), *over_later_edits);
                self.once(
                    Ask::Rollback {
                        reason,
                        over_later_edits,
                    },
                    Code::Stuck,
                )
            }
            Aim::Back { .. } | Aim::Emergency { .. } => self.back(state),
            Aim::StepBack { .. } if state.rollback.is_some() => self.back(state),
            Aim::StepBack { .. } if state.stepping_back.is_some() => self.stepping_back(state),
            Aim::StepBack { to, reason } => self.step_back(state, to, reason),
            Aim::Forward if state.rollback.is_some() => self.back(state),
            Aim::Forward => self.forward(state),
        }
    }

    fn ended(&self, end: End) -> Next {
        match (end, &self.aim) {
            (End::Done, _) => Next::Stop(Code::Done, "done, and verified".to_owned()),
            (End::RolledBack, Aim::Forward | Aim::StepBack { .. } | Aim::Emergency { .. }) => {
                Next::Stop(Code::RolledBack, "rolled back".to_owned())
            }
            (End::RolledBack, Aim::Back { .. }) => Next::Stop(
                Code::Done,
                "rolled back; every file is what it was".to_owned(),
            ),
            (End::Abandoned, _) => Next::Stop(
                Code::Done,
                "given up before anything was changed".to_owned(),
            ),
        }
    }

    fn emergency(&self, state: &RunState, id: &StepId, lever: Lever) -> Next {
        let step = id.clone();
        let ask = match lever {
            Lever::Pull => Ask::Pull(step),
            Lever::Release => Ask::Release(step),
            Lever::Judge(done) => Ask::Judge { step, done },
        };
        let Some(view) = state.emergency_step(id) else {
            return self.stopped(Code::Usage);
        };
        let title = &view.step.title;
        if let (StepState::Unknown { why }, Lever::Pull | Lever::Release) = (&view.state, lever) {
            let text = format!(
                "nobody knows whether `{title}` was done: {why}; look, then say \
                 `switchback emergency {} {id} --done --yes` or `--not-done --yes`",
                state.run
            );
            return Next::Stop(Code::Unknown, text);
        }
        if !self.was_asked(&ask) {
            return Next::Ask(ask);
        }
        if let Some(why) = &self.refused {
            return Next::Stop(Code::Failed, why.clone());
        }
        match (&view.state, lever) {
            (StepState::Done { .. }, Lever::Pull) => {
                Next::Stop(Code::Done, format!("`{title}` is pulled"))
            }
            (StepState::Undone { .. }, Lever::Release) => {
                Next::Stop(Code::Done, format!("`{title}` is taken back"))
            }
            (_, Lever::Judge(_)) => Next::Stop(Code::Done, "noted".to_owned()),
            (StepState::Failed { error, hint }, Lever::Pull) => {
                let remedy = remedy(state, *hint);
                let text = format!("`{title}` was not done: {error}{remedy}");
                Next::Stop(Code::Failed, text)
            }
            (StepState::UndoFailed { error }, Lever::Release) => Next::Stop(
                Code::Stuck,
                format!("`{title}` could not be taken back: {error}"),
            ),
            (_, Lever::Pull | Lever::Release) => self.stopped(Code::Failed),
        }
    }

    fn forward(&self, state: &RunState) -> Next {
        if state.stepping_back.is_some() {
            return self.stepping_back(state);
        }
        match state.phase {
            Phase::Checklist => self
                .checks(state, &state.plan.checklist, Ask::Check)
                .unwrap_or_else(|| self.once(Ask::Backup, Code::Failed)),
            Phase::Backup => match &state.backup {
                BackupState::Failed { why } if self.was_asked(&Ask::Backup) => Next::Stop(
                    Code::Failed,
                    format!("the backup failed, nothing was changed: {why}"),
                ),
                BackupState::NotYet | BackupState::Failed { .. } | BackupState::Verified { .. } => {
                    self.once(Ask::Backup, Code::Failed)
                }
            },
            Phase::Apply => match state.next_step() {
                Some(view) => self.step(state, view),
                None => self.once(Ask::Verify, Code::Failed),
            },
            Phase::Verify => self
                .checks(state, &state.plan.verify, Ask::Verify)
                .unwrap_or_else(|| self.once(Ask::Finish, Code::Blocked)),
            Phase::Rollback => self.back(state),
        }
    }

    fn step_back(&self, state: &RunState, to: &StepId, reason: &str) -> Next {
        let ask = Ask::StepBack {
            to: to.clone(),
            reason: reason.to_owned(),
        };
        if self.moved(&ask, state) {
            let why = "undone down to there; `switchback resume` runs it again".to_owned();
            return Next::Stop(Code::Waiting, why);
        }
        self.once(ask, Code::Failed)
    }

    /// An interrupted way back to an earlier step comes to its end first.
    fn stepping_back(&self, state: &RunState) -> Next {
        let failed = state.steps.iter().find_map(|view| match &view.state {
            StepState::UndoFailed { error } => Some((view, error)),
            _not_stuck => None,
        });
        match failed {
            Some((view, error)) if self.was_asked(&Ask::RetryUndo) || self.asked_to_go_back() => {
                Next::Stop(
                    Code::Stuck,
                    format!(
                        "`{}` could not be undone: {error}; mend it and `switchback resume`, or \
                         `switchback rollback --yes`",
                        view.step.title
                    ),
                )
            }
            Some(_) | None => self.again(Ask::RetryUndo, state),
        }
    }

    /// The step at which the road goes on.
    fn step(&self, state: &RunState, view: &StepView) -> Next {
        let (id, title) = (&view.step.id, &view.step.title);
        match &view.state {
            StepState::Waiting if view.step.asks_consent() && !view.consented => {
                if self.answers.consent.contains(id) {
                    return self.once(Ask::Consent(id.clone()), Code::Waiting);
                }
                // A step that is done already needs no consent: only the worker can see that.
                if !self.was_asked(&Ask::Apply)
                    || self.moved(&Ask::Apply, state) && state.paused.is_none()
                {
                    return self.again(Ask::Apply, state);
                }
                Next::Stop(
                    Code::Waiting,
                    format!(
                        "`{title}` is the point of no return: say `{id}` under `consent` in the answers file, then resume"
                    ),
                )
            }
            StepState::Waiting => self.again(Ask::Apply, state),
            StepState::Running => self.person(view),
            StepState::Failed { error, hint } => {
                let retry = Ask::Retry(id.clone());
                let not_done = Ask::Judge {
                    step: id.clone(),
                    done: false,
                };
                // Only a resume finds a failure that it has not seen happen, or is told that a step
                // was not done: it tries once.
                if self.asked.is_empty() || self.was_asked(&not_done) && !self.was_asked(&retry) {
                    return Next::Ask(retry);
                }
                let remedy = remedy(state, *hint);
                Next::Stop(
                    Code::Failed,
                    format!(
                        "`{title}` failed: {error}{remedy}; mend it and `switchback resume`, or `switchback rollback --yes`"
                    ),
                )
            }
            StepState::Unknown { why } => self.unknown(view, why),
            StepState::Done { .. }
            | StepState::Skipped { .. }
            | StepState::WillNotRun { .. }
            | StepState::Undoing
            | StepState::Undone { .. }
            | StepState::UndoFailed { .. }
            | StepState::UndoSkipped { .. } => {
                Next::Stop(Code::Fault, format!("`{title}` is {}", view.state.word()))
            }
        }
    }

    /// A step that somebody does.
    fn person(&self, view: &StepView) -> Next {
        let id = &view.step.id;
        if self.answers.confirm.contains(id) {
            return self.once(Ask::Confirm(id.clone()), Code::Waiting);
        }
        let text = match &view.step.body {
            StepBody::Do(Action::Ask(ask)) => ask.text.as_str(),
            StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => "it still runs",
        };
        Next::Stop(
            Code::Waiting,
            format!(
                "`{}` is for a person: {text}; when it is done say `{id}` under `confirm` in the answers file, then resume",
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
                Code::Unknown,
            ),
            None => Next::Stop(
                Code::Unknown,
                format!(
                    "nobody knows what became of `{}`: {why}; look, then resume with --done {id} or --not-done {id}",
                    view.step.title
                ),
            ),
        }
    }

    /// Makes, ticks and waives; `None` when all have passed.
    fn checks(&self, state: &RunState, checks: &[PlannedCheck], make: Ask) -> Option<Next> {
        let open = state.open_checks(checks);
        if open.is_empty() {
            return None;
        }
        if !self.was_asked(&make) {
            return Some(Next::Ask(make));
        }
        for check in &open {
            let manual = matches!(check.check.probe, Probe::Manual { .. });
            let ask = if manual && self.answers.tick.contains(&check.id) {
                Some(Ask::Tick(check.id.clone()))
            } else {
                let reason = self.answers.waive.get(&check.id).cloned();
                reason.map(|reason| Ask::Waive {
                    check: check.id.clone(),
                    reason,
                })
            };
            if let Some(ask) = ask {
                return Some(self.once(ask, Code::Blocked));
            }
        }
        let lines: Vec<String> = open.iter().map(|check| line(state, check)).collect();
        Some(Next::Stop(
            Code::Blocked,
            format!(
                "blocked by checks; under `tick` in the answers file stand those that somebody has \
                 done, under `waive` those to go on without, then `switchback resume`:\n{}",
                lines.join("\n")
            ),
        ))
    }

    fn back(&self, state: &RunState) -> Next {
        let steps = &state.steps;
        if let Some(view) = steps
            .iter()
            .find(|view| matches!(view.state, StepState::UndoFailed { .. }))
        {
            let retried = self.was_asked(&Ask::RetryUndo) || self.asked_to_go_back();
            if let (StepState::UndoFailed { error }, true) = (&view.state, retried) {
                return Next::Stop(
                    Code::Stuck,
                    format!(
                        "`{}` could not be undone: {error}; mend it and `switchback resume`, or restore by hand \
                     with RESTORE.md in the run's backup",
                        view.step.title
                    ),
                );
            }
            return Next::Ask(Ask::RetryUndo);
        }
        let after = steps.get(state.plan.steps.len()..).unwrap_or_default();
        for view in steps {
            if let StepState::Unknown { why } = &view.state
                && after.contains(view)
            {
                return self.unknown(view, why);
            }
        }
        if let Some(view) = after.iter().find(|view| view.state == StepState::Running) {
            return self.person(view);
        }
        let tried = self.was_asked(&Ask::RetryUndo) || self.asked_to_go_back();
        let failed = after.iter().find_map(|view| match &view.state {
            StepState::Failed { error, hint } => Some((view, error, *hint)),
            _not_failed => None,
        });
        if tried && let Some((view, error, hint)) = failed {
            let (title, remedy) = (&view.step.title, remedy(state, hint));
            let text = format!(
                "everything is undone, but `{title}` failed: {error}{remedy}; mend it and \
                 `switchback resume`"
            );
            return Next::Stop(Code::Stuck, text);
        }
        if tried && let Some(stop) = self.checks(state, &state.plan.rollback.checks, Ask::Check) {
            return stop;
        }
        self.again(Ask::RetryUndo, state)
    }

    fn asked_to_go_back(&self) -> bool {
        self.asked
            .iter()
            .any(|(ask, _)| matches!(ask, Ask::Rollback { .. } | Ask::StepBack { .. }))
    }

    fn was_asked(&self, ask: &Ask) -> bool {
        self.asked.iter().any(|(asked, _)| asked == ask)
    }

    /// Whether records came since this was asked last.
    fn moved(&self, ask: &Ask, state: &RunState) -> bool {
        let last = self.asked.iter().rev().find(|(asked, _)| asked == ask);
        last.is_some_and(|(_, seq)| state.seq > *seq)
    }

    fn once(&self, ask: Ask, otherwise: Code) -> Next {
        if self.was_asked(&ask) {
            self.stopped(otherwise)
        } else {
            Next::Ask(ask)
        }
    }

    /// May be asked again as long as that moves the run.
    fn again(&self, ask: Ask, state: &RunState) -> Next {
        if self.was_asked(&ask) && !self.moved(&ask, state) {
            return self.stopped(Code::Failed);
        }
        Next::Ask(ask)
    }

    fn stopped(&self, code: Code) -> Next {
        let why = self.refused.clone();
        Next::Stop(
            code,
            why.unwrap_or_else(|| "the run does not go on from here".to_owned()),
        )
    }
}

fn remedy(state: &RunState, hint: Option<usize>) -> String {
    let hint = hint.and_then(|n| state.plan.hints.get(n));
    hint.map_or(String::new(), |hint| {
        format!("; known remedy: {}", hint.remedy)
    })
}

fn line(state: &RunState, check: &PlannedCheck) -> String {
    let said = match (state.checks.get(&check.id), &check.check.probe) {
        (Some(view), _) => view.detail.clone(),
        (None, Probe::Manual { text }) => format!("by hand: {text}"),
        (None, _) => "not made".to_owned(),
    };
    let remedy = check
        .check
        .remedy
        .as_ref()
        .map_or(String::new(), |remedy| format!("; {remedy}"));
    format!("  {}: {}: {said}{remedy}", check.id, check.check.title)
}
