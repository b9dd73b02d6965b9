//! The checks of a phase: made, marked and waived as was said beforehand.

use super::{Next, Pursuit, fix};
use crate::{
    engine::{errand::Stop, link::handle::Ask},
    model::{plan::PlannedCheck, record::Phase, rule::Probe},
    run_state::RunState,
};

impl Pursuit {
    /// Whether this errand has had the checks made: explicitly, or along with the steps that it
    /// asked for. A check may be a watch of many minutes, which nobody should wait for twice. A fix
    /// makes its own check again, and no other.
    fn were_made(&self, state: &RunState, open: &[&PlannedCheck], make: &Ask) -> bool {
        let of_more_than_one_check = |(ask, _): &(Ask, u64)| !matches!(ask, Ask::Fix(_));
        let behind_the_steps = || {
            self.asked.iter().any(of_more_than_one_check)
                && open.iter().all(|one| is_made(state, one))
        };
        self.was_asked(make) || behind_the_steps()
    }

    /// Makes, marks and waives checks; `None` once all have passed.
    pub(super) fn checks(
        &self,
        state: &RunState,
        checks: &[PlannedCheck],
        make: Ask,
    ) -> Option<Next> {
        let open = state.open_checks(checks);
        if open.is_empty() {
            return None;
        }
        if !self.were_made(state, &open, &make) {
            return Some(Next::Ask(make));
        }
        for check in &open {
            let manual = check.check.is_manual();
            let ask = if manual && self.errand.answers.mark.contains(&check.id) {
                Some(Ask::Mark(check.id.clone()))
            } else {
                let reason = self.errand.answers.waive.get(&check.id);
                reason.map(|reason| Ask::Waive {
                    check: check.id.clone(),
                    reason: reason.as_str().to_owned(),
                })
            };
            if let Some(ask) = ask {
                return Some(self.once(ask, Stop::Blocked));
            }
        }
        Some(Next::Stop(
            Stop::Blocked,
            format!(
                "blocked by checks; in the answers file list those that somebody has done under \
                 `mark`, those to go on without under `waive`, then `switchback resume`:\n{}",
                lines(state, &open)
            ),
        ))
    }
}

/// The checks that block the run at this point, once they have been made, in the words of the
/// errand that they stopped.
pub fn blocked_by(state: &RunState) -> Option<String> {
    let checks = match state.phase {
        _ if state.end.is_some() => return None,
        Phase::Checklist => &state.plan.checklist,
        Phase::Verify => &state.plan.verify,
        Phase::Rollback => &state.plan.rollback.checks,
        Phase::Backup | Phase::Apply => return None,
    };
    let open = state.open_checks(checks);
    let blocked = !open.is_empty() && checks.iter().all(|check| is_made(state, check));
    blocked.then(|| format!("blocked by checks:\n{}", lines(state, &open)))
}

/// Manual checks count as made: only a person can make them.
fn is_made(state: &RunState, check: &PlannedCheck) -> bool {
    check.check.is_manual() || state.checks.contains_key(&check.id)
}

fn lines(state: &RunState, open: &[&PlannedCheck]) -> String {
    let lines: Vec<String> = open.iter().map(|check| line(state, check)).collect();
    lines.join("\n")
}

fn line(state: &RunState, check: &PlannedCheck) -> String {
    let said = match (state.checks.get(&check.id), &check.check.probe) {
        (Some(view), _) => view.detail.clone(),
        (None, Probe::Manual { text }) => format!("by hand: {text}"),
        (None, _) => "not made".to_owned(),
    };
    let remedy = check.check.remedy.as_ref().map_or(String::new(), |remedy| {
        format!("; {}", remedy.trim_end_matches('.'))
    });
    let fix = fix::of_check(state, check);
    format!("  {}: {}: {said}{remedy}{fix}", check.id, check.check.title)
}
