//! What may be asked of the checks.

use super::{May, no};
use crate::{
    model::{ids::CheckId, plan::PlannedCheck, record::Phase},
    run_state::RunState,
};

impl RunState {
    /// The checks that the run waits for now.
    pub fn checks_now(&self) -> &[PlannedCheck] {
        match self.phase {
            Phase::Checklist => &self.plan.checklist,
            Phase::Verify => &self.plan.verify,
            Phase::Rollback => &self.plan.rollback.checks,
            // The checklist is over, and what was said there stands. The checks of verify are made
            // once nothing changes the product any more.
            Phase::Backup | Phase::Apply => &[],
        }
    }

    /// Makes the checks of this phase; if there are none, there is nothing to do and nothing to
    /// refuse.
    pub fn may_check(&self) -> May {
        self.must_be_open()
    }

    pub fn may_recheck(&self, id: &CheckId) -> May {
        match self.check_now(id)?.check.is_manual() {
            true => no("a person has to look at this one and mark it"),
            false => Ok(()),
        }
    }

    pub fn may_mark(&self, id: &CheckId) -> May {
        match self.check_now(id)?.check.is_manual() {
            true => Ok(()),
            false => no("this check is made by switchback; waive it with a reason instead"),
        }
    }

    pub fn may_unmark(&self, id: &CheckId) -> May {
        match self.marked(self.check_now(id)?) {
            true => Ok(()),
            false => no("nobody has marked this check"),
        }
    }

    pub fn may_fix(&self, id: &CheckId) -> May {
        let planned = self.check_now(id)?;
        match &planned.check.fix {
            _ if self.passed(id) => no("this check has passed: there is nothing to fix"),
            None => no("the pack knows no fix for this check that can be run"),
            Some(_) if !self.checks.contains_key(id) => {
                no("make the check first: it may need no fix")
            }
            Some(_) => Ok(()),
        }
    }

    /// A manual check may be waived even if nobody has made it: somebody who goes on without it
    /// should say so, not mark it unseen.
    pub fn may_waive(&self, id: &CheckId) -> May {
        let by_a_person = self.check_now(id)?.check.is_manual();
        if self.passed(id) {
            return no("this check has passed: there is nothing to waive");
        }
        match by_a_person || self.checks.contains_key(id) {
            true => Ok(()),
            false => no("make the check first: one waives what one has seen"),
        }
    }

    fn check_now(&self, id: &CheckId) -> Result<&PlannedCheck, String> {
        self.must_be_open()?;
        let found = self.checks_now().iter().find(|check| check.id == *id);
        let behind = || self.plan.checklist.iter().any(|check| check.id == *id);
        found.ok_or_else(|| match behind() {
            true => "the checklist is behind this run".to_owned(),
            false => format!("`{id}` is not a check of this phase"),
        })
    }
}
