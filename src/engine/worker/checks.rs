//! The checks of the checklist, of verify and of a rollback: made, repeated, marked, waived. The
//! phase determines which list counts.

use super::{Answer, Worker, WorkerError};
use crate::{
    engine::look::{metrics::Watcher, probe},
    model::{
        ids::CheckId,
        plan::PlannedCheck,
        record::{Body, CheckVerdict, Phase},
        rule::{Metrics, Probe},
    },
};

impl Worker {
    pub(super) fn check(&self, id: &CheckId) -> Result<PlannedCheck, String> {
        let check = self.state.plan.check(id).cloned();
        check.ok_or_else(|| format!("there is no check `{id}`"))
    }

    pub(super) fn check_all(&mut self) -> Answer {
        let open = self.state.open_checks(self.state.checks_now());
        let open = open.into_iter().cloned().collect();
        self.make_each(open)
    }

    pub(super) fn recheck_all(&mut self) -> Answer {
        let waived = |check: &&PlannedCheck| {
            let view = self.state.checks.get(&check.id);
            view.is_some_and(|view| view.waived.is_some())
        };
        let checks = self.state.checks_now().iter();
        let checks = checks.filter(|check| !waived(check)).cloned().collect();
        self.make_each(checks)
    }

    fn make_each(&mut self, checks: Vec<PlannedCheck>) -> Answer {
        let total = checks.len() as u64;
        for (n, check) in checks.into_iter().enumerate() {
            if self.urgent.take_pause() {
                break;
            }
            self.progress(check.check.title.clone(), n as u64, total, "checks");
            if !check.check.is_manual() {
                self.make(&check)?;
            }
        }
        Ok(())
    }

    pub(super) fn make(&mut self, check: &PlannedCheck) -> Result<CheckVerdict, WorkerError> {
        self.context.learn();
        let (verdict, detail) = match &check.check.probe {
            Probe::Metrics(metrics) => self.watch(check, metrics)?,
            _another_probe => {
                let cancel = self.urgent.arm();
                probe::check(self.context.scope(check.hop, &cancel), &check.check)
            }
        };
        let detail = self.context.clean(&detail);
        self.record(Body::CheckDone {
            id: check.id.clone(),
            verdict,
            detail,
        })?;
        Ok(verdict)
    }

    /// Watches metrics, recording each sample as it comes so that screens can draw it.
    fn watch(
        &mut self,
        check: &PlannedCheck,
        metrics: &Metrics,
    ) -> Result<(CheckVerdict, String), WorkerError> {
        let cancel = self.urgent.arm();
        let mut watcher = Watcher::new(self.context.scope(check.hop, &cancel), metrics);
        while let Some(sample) = watcher.look(self.context.scope(check.hop, &cancel)) {
            self.record(Body::Sampled {
                check: check.id.clone(),
                baseline: false,
                sample,
            })?;
            let (done, total) = watcher.progress();
            let doing = check.check.title.clone();
            self.progress(doing, done as u64, total as u64, "looks");
        }
        let known = self.state.samples.get(&check.id);
        let baseline = known.map_or(&[][..], |samples| &samples.before);
        let looked = watcher.judge(baseline);
        Ok((probe::verdict(looked.met, check.check.level), looked.told))
    }

    /// Samples metrics before the upgrade, for later comparison. If nothing can be seen the run may
    /// begin all the same: each rule says what that means when it is judged.
    pub(super) fn baselines(&mut self) -> Result<(), WorkerError> {
        let verify = self.state.plan.verify.clone();
        for check in verify {
            let Probe::Metrics(metrics) = &check.check.probe else {
                continue;
            };
            let cancel = self.urgent.arm();
            let mut watcher = Watcher::baseline(self.context.scope(check.hop, &cancel), metrics);
            // An interrupted baseline is taken again from the start.
            let known = self.state.samples.get(&check.id);
            if known.is_some_and(|known| known.before.len() == watcher.progress().1) {
                continue;
            }
            loop {
                let (done, total) = watcher.progress();
                let doing = format!("before the upgrade: {}", check.check.title);
                self.progress(doing, done as u64, total as u64, "looks");
                let Some(sample) = watcher.look(self.context.scope(check.hop, &cancel)) else {
                    break;
                };
                self.record(Body::Sampled {
                    check: check.id.clone(),
                    baseline: true,
                    sample,
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn recheck(&mut self, id: &CheckId) -> Answer {
        let check = self.check(id)?;
        self.progress(check.check.title.clone(), 0, 1, "checks");
        self.make(&check)?;
        Ok(())
    }

    pub(super) fn mark(&mut self, id: &CheckId) -> Answer {
        let detail = format!("marked by {}", self.who().user);
        self.record(Body::CheckDone {
            id: id.clone(),
            verdict: CheckVerdict::Ok,
            detail,
        })?;
        Ok(())
    }

    pub(super) fn unmark(&mut self, id: &CheckId) -> Answer {
        let by = self.who();
        self.record(Body::CheckReopened { id: id.clone(), by })?;
        Ok(())
    }

    pub(super) fn waive(&mut self, id: &CheckId, reason: &str) -> Answer {
        if !self.state.checks.contains_key(id) {
            let detail = "not done".to_owned();
            let verdict = CheckVerdict::Blocked;
            self.record(Body::CheckDone {
                id: id.clone(),
                verdict,
                detail,
            })?;
        }
        let reason = self.context.clean(reason);
        let by = self.who();
        self.record(Body::CheckWaived {
            id: id.clone(),
            reason,
            by,
        })?;
        Ok(())
    }

    pub(super) fn verify(&mut self) -> Answer {
        self.enter(Phase::Verify)?;
        self.check_all()
    }
}
