//! Which records change what a person would decide: an ask made before one of them is refused. So a
//! key pressed twice, or two people acting at once, cause nothing that nobody intended.

use super::handle::Ask;
use crate::model::record::{Body, Record};

/// The last record of each kind of decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turns {
    road: u64,
    /// Emergency steps are beside the road: decisions on the road do not invalidate their asks.
    emergency: u64,
}

impl Turns {
    pub fn note(&mut self, record: &Record) {
        match turn(&record.body) {
            Some(Turn::Road) => self.road = record.seq,
            Some(Turn::Emergency) => self.emergency = record.seq,
            None => {}
        }
    }

    /// Whether something was decided after record `seen` that this ask should have known of.
    pub fn passed(&self, ask: &Ask, seen: u64) -> bool {
        match ask {
            // These say no more than "stop", "mine", "I go", "go on as far as you can", "mind the time".
            Ask::Pause | Ask::TakeOver | Ask::Leave | Ask::Errand(_) | Ask::ConfirmWithin(_) => {
                false
            }
            Ask::Pull(_) | Ask::Release(_) => seen < self.emergency,
            // What they refer to may be of either kind.
            Ask::Interrupt | Ask::Judge { .. } => seen < self.road.max(self.emergency),
            Ask::Check
            | Ask::Recheck(_)
            | Ask::RecheckAll
            | Ask::Mark(_)
            | Ask::Unmark(_)
            | Ask::Fix(_)
            | Ask::Waive { .. }
            | Ask::Backup
            | Ask::Apply
            | Ask::ApplyOne
            | Ask::Retry(_)
            | Ask::FixAndRetry(_)
            | Ask::Skip { .. }
            | Ask::Consent(_)
            | Ask::Confirm(_)
            | Ask::Verify
            | Ask::Finish
            | Ask::Rollback { .. }
            | Ask::StepBack { .. }
            | Ask::SkipUndo { .. }
            | Ask::RetryUndo
            | Ask::Abandon => seen < self.road,
        }
    }
}

enum Turn {
    Road,
    Emergency,
}

fn turn(body: &Body) -> Option<Turn> {
    match body {
        // Results and news for people to read; no ask depends on them.
        Body::CheckDone { .. }
        | Body::Sampled { .. }
        | Body::Saved { .. }
        | Body::Staged(_)
        | Body::Measured { .. }
        | Body::Paused { .. }
        | Body::ConfirmWithin { .. }
        | Body::ConfirmBy { .. }
        | Body::LaterEditSaved { .. }
        | Body::BytesProved { .. } => None,
        Body::EmergencyPulled { .. } | Body::EmergencyReleased { .. } => Some(Turn::Emergency),
        Body::RunStarted { .. }
        | Body::Resumed { .. }
        | Body::ControlTaken { .. }
        | Body::PhaseEntered { .. }
        | Body::CheckWaived { .. }
        | Body::CheckReopened { .. }
        | Body::RemedyStarted { .. }
        | Body::RemedyEnded { .. }
        | Body::BackupVerified(_)
        | Body::BackupFailed { .. }
        | Body::StepStarted { .. }
        | Body::StepDone { .. }
        | Body::StepFailed { .. }
        | Body::StepUnknown { .. }
        | Body::StepReset { .. }
        | Body::StepJudged { .. }
        | Body::StepSkipped { .. }
        | Body::Consented { .. }
        | Body::StepBackStarted { .. }
        | Body::SteppedBack { .. }
        | Body::RollbackStarted { .. }
        | Body::OverLaterEdits { .. }
        | Body::UndoStarted { .. }
        | Body::UndoDone { .. }
        | Body::UndoFailed { .. }
        | Body::UndoSkipped { .. }
        | Body::Finished { .. } => Some(Turn::Road),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        ids::StepId,
        record::{Done, Who},
    };

    fn noted(bodies: Vec<Body>) -> Turns {
        let mut turns = Turns::default();
        for (body, seq) in bodies.into_iter().zip(1..) {
            let at_ms = 0;
            turns.note(&Record { seq, at_ms, body });
        }
        turns
    }

    #[test]
    fn an_ask_is_for_what_was_seen_and_an_emergency_minds_only_emergencies() {
        let step = StepId::new("a");
        let pulled = Body::EmergencyPulled {
            step: step.clone(),
            by: Who {
                user: "ada".into(),
                host: "web-03".into(),
                pid: 7,
            },
        };
        let done = Body::StepDone {
            step: step.clone(),
            how: Done::Ran,
            detail: String::new(),
            rows: 0,
            took_ms: 0,
        };
        let news = Body::BytesProved {
            files: 1,
            others: None,
        };
        let turns = noted(vec![pulled, done, news]);
        assert!(turns.passed(&Ask::Retry(step.clone()), 1));
        assert!(
            !turns.passed(&Ask::Retry(step.clone()), 2),
            "only news since"
        );
        assert!(turns.passed(&Ask::Pull(step.clone()), 0));
        assert!(!turns.passed(&Ask::Pull(step), 1), "the road is beside it");
        assert!(turns.passed(&Ask::Interrupt, 1));
        assert!(!turns.passed(&Ask::Pause, 0) && !turns.passed(&Ask::TakeOver, 0));
    }
}
