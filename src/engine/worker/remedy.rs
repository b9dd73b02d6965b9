//! Remedies that the pack knows for a failed check or step, carried out at a person's request.

use super::{
    Answer, Worker, WorkerError, halted, kept::Shelved, log::of_remedy, recovery::never_begun,
    refused,
};
use crate::{
    engine::{deed::action, means::failure::ActionError, store::run_dir::step_name},
    model::{
        ids::{CheckId, StepId},
        record::{Body, RemedyEnd, RemedyOf},
        rule::Action,
    },
    run_state::Failure,
    world::Kept,
};

impl Worker {
    pub(super) fn fix(&mut self, id: &CheckId) -> Answer {
        self.remedy(RemedyOf::Check(id.clone()))?;
        let check = self.check(id)?;
        self.make(&check)?;
        Ok(())
    }

    pub(super) fn fix_and_retry(&mut self, id: &StepId) -> Answer {
        let view = self.step(id)?;
        if let Some(hint) = view.failed().and_then(Failure::hint) {
            let step = id.clone();
            self.remedy(RemedyOf::Step { step, hint })?;
        }
        self.retry(id)
    }

    /// Carries out a remedy. A failure is recorded too: it may have come part of the way.
    fn remedy(&mut self, of: RemedyOf) -> Answer {
        let Some(Fix { action, hop, log }) = self.fix_of(&of) else {
            return refused("the pack knows no remedy here that can be run");
        };
        let by = self.who();
        self.record(Body::RemedyStarted { of: of.clone(), by })?;
        // Its papers are kept until its end is recorded.
        let end = self.heard(&log, |context, cancel, listener| {
            let end = action::perform(context.scope(hop, cancel), &action, listener);
            end.map(|performed| performed.detail)
        });
        let failed = end.as_ref().err().map(|error| error.told().0);
        self.remedy_ended(of, end)?;
        match failed {
            None => Ok(()),
            Some(why) => halted(format!("the remedy failed: {}", self.context.clean(&why))),
        }
    }

    fn remedy_ended(
        &mut self,
        of: RemedyOf,
        end: Result<String, ActionError>,
    ) -> Result<(), WorkerError> {
        let end = match end {
            Ok(detail) => RemedyEnd::Done {
                detail: self.context.clean(&detail),
            },
            Err(error) => RemedyEnd::Failed {
                error: self.context.clean(&error.told().0),
            },
        };
        self.record(Body::RemedyEnded { of, end })
    }

    fn fix_of(&self, of: &RemedyOf) -> Option<Fix> {
        match of {
            RemedyOf::Check(id) => {
                let check = self.state.plan.check(id)?;
                Some(Fix {
                    action: check.check.fix.clone()?,
                    hop: check.hop,
                    log: of_remedy(of),
                })
            }
            RemedyOf::Step { step, hint } => Some(Fix {
                action: self.state.plan.hints.get(*hint)?.fix.clone()?,
                hop: self.state.step(step)?.step.hop,
                log: of_remedy(of),
            }),
        }
    }

    /// Settles a remedy that another worker began: its command may have outlived that worker.
    pub(super) fn settle_remedy(&mut self, shelved: &mut Shelved) -> Result<(), WorkerError> {
        let Some(of) = self.state.open_remedy().cloned() else {
            return Ok(());
        };
        let Some(Fix { action, hop, log }) = self.fix_of(&of) else {
            return Ok(());
        };
        let end = match (&action, shelved.remove(&step_name(&log))) {
            (Action::Run(run), Some(Kept::Ended { end, note })) => {
                self.judge_end(run, hop, end, &note).0
            }
            (action, kept) if never_begun(action, kept.as_ref()) => {
                Err(interrupted("it was not started"))
            }
            (_, _) => Err(interrupted("nothing shows how far it came")),
        };
        self.remedy_ended(of, end)
    }
}

/// How a remedy is carried out.
struct Fix {
    action: Action,
    hop: usize,
    log: StepId,
}

fn interrupted(how_far: &str) -> ActionError {
    ActionError::Unexpected {
        why: format!("interrupted; {how_far}"),
        output: String::new(),
    }
}
