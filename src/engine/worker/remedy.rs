//! What the pack knows to do about a check or a step that has failed, done because a person asked.

use super::{Answer, Worker, refused};
use crate::{
    engine::action,
    model::{
        ids::{CheckId, StepId},
        record::{Body, RemedyEnd, RemedyOf},
        rule::Action,
    },
    run_state::Failure,
};

impl Worker {
    pub(super) fn fix(&mut self, id: &CheckId) -> Answer {
        let check = self.find_check(id)?;
        let Some(fix) = &check.check.fix else {
            return refused("the pack knows no fix for this check that can be run");
        };
        let log = StepId::new(format!("fix/{id}"));
        self.remedy(RemedyOf::Check(id.clone()), fix, check.hop, &log)?;
        self.make(&check)?;
        Ok(())
    }

    pub(super) fn fix_and_retry(&mut self, id: &StepId) -> Answer {
        let view = self.may_retry(id)?;
        let Some(hint) = view.failed().and_then(Failure::hint) else {
            return refused("no known remedy fits this failure");
        };
        let known = self.state.plan.hints.get(hint);
        let Some(fix) = known.and_then(|hint| hint.fix.clone()) else {
            return refused("the known remedy is for a person to carry out");
        };
        let step = id.clone();
        self.remedy(RemedyOf::Step { step, hint }, &fix, view.step.hop, id)?;
        self.retry(id)
    }

    /// Its end is a record also if it fails: it may have come part of the way.
    fn remedy(&mut self, of: RemedyOf, fix: &Action, hop: usize, log: &StepId) -> Answer {
        let by = self.who();
        self.record(Body::RemedyStarted { of: of.clone(), by })?;
        let end = self.logged(log, |context, cancel, listener| {
            let end = action::perform(context, fix, hop, cancel, listener);
            end.map_err(|error| context.clean(&error.told().0))
        })?;
        let (end, answer) = match end {
            Ok(performed) => {
                let detail = self.context.clean(&performed.detail);
                (RemedyEnd::Done { detail }, Ok(()))
            }
            Err(error) => {
                let answer = refused(format!("the remedy failed: {error}"));
                (RemedyEnd::Failed { error }, answer)
            }
        };
        self.record(Body::RemedyEnded { of, end })?;
        answer
    }
}
