//! A record as a line for people. What a line is about is looked up in the state after it.

use crate::{
    engine::report,
    model::{
        ids::{CheckId, StepId},
        record::{Body, End, Phase, Proof, Record, Saved, numbers_in_words},
        units::{Size, Span},
    },
    run_state::RunState,
};

/// `None`: the line would tell a person nothing.
pub fn record(record: &Record, state: &RunState) -> Option<String> {
    let step = |id: &StepId| match state.step(id) {
        Some(view) => view.step.title.clone(),
        None => id.to_string(),
    };
    Some(match &record.body {
        Body::RunStarted { run, plan, .. } => {
            format!("run {run}\n{} {} → {}", plan.title, plan.from, plan.to)
        }
        Body::Resumed { by } => format!("taken up by {}", by.user),
        Body::ControlTaken { by, uid, from } => match from {
            Some(from) => format!("{} (uid {uid}) takes over from {}", by.user, from.user),
            None => format!("{} (uid {uid}) takes over", by.user),
        },
        Body::ConfirmWithin { within_ms, by } => {
            let within = Span::from_ms(*within_ms);
            format!(
                "  {:<15} it goes back by itself if nobody confirms within {within} ({})",
                "promised", by.user
            )
        }
        Body::ConfirmBy { at_ms } => {
            let time = report::time(*at_ms);
            format!(
                "  {:<15} unless somebody confirms, it goes back at {time}",
                "waiting"
            )
        }
        Body::PhaseEntered { phase } => format!("\n{}", phase_word(*phase)),
        Body::CheckDone {
            id,
            verdict,
            detail,
        } => {
            format!(
                "  {:<15} {}: {detail}",
                verdict.word(),
                check_title(id, state)
            )
        }
        Body::CheckWaived { id, reason, by } => {
            format!(
                "  {:<15} {}: {reason} ({})",
                "waived",
                check_title(id, state),
                by.user
            )
        }
        Body::CheckFixed { id, detail } => {
            format!("  {:<15} {}: {detail}", "fixed", check_title(id, state))
        }
        Body::Saved { what } => match what {
            // The archive is told as a whole.
            Saved::File { at: Some(_), .. } => return None,
            Saved::File { path, bytes, .. } => {
                format!("  {:<15} {path}, {}", "saved", Size::from_bytes(*bytes))
            }
            Saved::Absent { path } => format!("  {:<15} {path} is not there", "noted"),
            Saved::Command {
                id, file, bytes, ..
            } => {
                format!(
                    "  {:<15} {id} as {file}, {}",
                    "saved",
                    Size::from_bytes(*bytes)
                )
            }
            Saved::Archive { file, bytes, .. } => {
                format!("  {:<15} {file}, {}", "saved", Size::from_bytes(*bytes))
            }
            Saved::Database(database) => {
                let bytes = Size::from_bytes(database.bytes);
                let proof = match &database.proof {
                    Proof::Restored => "restored for a test".to_owned(),
                    Proof::ReadBack { why } => format!("read back, not restored for a test: {why}"),
                };
                let doubt = database.doubt.as_ref();
                let doubt = doubt.map_or(String::new(), |doubt| format!("; ATTENTION: {doubt}"));
                format!(
                    "  {:<15} {} as {}, {bytes}; {proof}{doubt}",
                    "saved", database.name, database.file
                )
            }
        },
        Body::BackupVerified { files, bytes, .. } => {
            format!(
                "  {:<15} {files} items, {}, read back and equal",
                "verified",
                Size::from_bytes(*bytes)
            )
        }
        Body::BackupFailed { why } => format!("  {:<15} {why}", "failed"),
        Body::Staged { .. } | Body::Sampled { .. } => return None,
        Body::StepStarted {
            step: id,
            attempt: 1,
        } => format!("  {:<15} {}", "running", step(id)),
        Body::StepStarted { step: id, attempt } => {
            format!("  {:<15} {} (try {attempt})", "running", step(id))
        }
        Body::StepDone {
            step: id, detail, ..
        } => format!("  {:<15} {}: {detail}", "done", step(id)),
        Body::StepFailed {
            step: id, error, ..
        } => format!("  {:<15} {}: {error}", "failed", step(id)),
        Body::StepUnknown { step: id, why } => format!("  {:<15} {}: {why}", "unknown", step(id)),
        Body::StepReset { step: id } => format!("  {:<15} {}: it had no effect", "again", step(id)),
        Body::StepJudged { step: id, done, by } => {
            let done = if *done { "done" } else { "not done" };
            format!(
                "  {:<15} {}: {} says it was {done}",
                "judged",
                step(id),
                by.user
            )
        }
        Body::StepSkipped {
            step: id,
            reason,
            by,
        } => {
            format!("  {:<15} {}: {reason} ({})", "skipped", step(id), by.user)
        }
        Body::Measured { step: id, numbers } => {
            format!(
                "  {:<15} {}: {}",
                "counted",
                step(id),
                numbers_in_words(numbers)
            )
        }
        Body::Consented { step: id, by } => {
            format!(
                "  {:<15} {}: {} agrees to pass the point of no return",
                "consent",
                step(id),
                by.user
            )
        }
        Body::HintApplied {
            step: id, detail, ..
        } => format!("  {:<15} {}: {detail}", "remedy", step(id)),
        Body::Paused { why } => format!("  {:<15} {why}", "waiting"),
        Body::EmergencyPulled { step: id, by } => {
            format!("\n  {:<15} {} ({})", "PULLED", step(id), by.user)
        }
        Body::EmergencyReleased { step: id, by } => {
            format!("\n  {:<15} {} ({})", "taking back", step(id), by.user)
        }
        Body::StepBackStarted { to, by, reason } => {
            format!("\nback to {}, by {}: {reason}", step(to), by.user)
        }
        Body::SteppedBack { .. } => return None,
        Body::RollbackStarted { by, reason, .. } => format!("\nrollback, by {}: {reason}", by.user),
        Body::UndoStarted { .. } => return None,
        Body::UndoDone {
            step: id, detail, ..
        } => format!("  {:<15} {}: {detail}", "undone", step(id)),
        Body::UndoFailed { step: id, error } => {
            format!("  {:<15} {}: {error}", "undo failed", step(id))
        }
        Body::LaterEditSaved { path, saved_as, .. } => {
            format!(
                "  {:<15} a later edit of {path}, as later-edits/{saved_as}",
                "put aside"
            )
        }
        Body::UndoSkipped {
            step: id,
            reason,
            by,
        } => {
            format!(
                "  {:<15} {}: {reason} ({})",
                "undo skipped",
                step(id),
                by.user
            )
        }
        Body::BytesProved { files } => {
            format!("  {:<15} {files} files are equal to their backup", "proved")
        }
        Body::Finished { end } => format!("\n{}", end_word(*end)),
    })
}

fn check_title(id: &CheckId, state: &RunState) -> String {
    let plan = &state.plan;
    let all = plan
        .checklist
        .iter()
        .chain(&plan.verify)
        .chain(&plan.rollback.checks);
    let found = all.into_iter().find(|check| check.id == *id);
    found.map_or_else(|| id.to_string(), |check| check.check.title.clone())
}

pub fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Checklist => "checklist",
        Phase::Backup => "backup",
        Phase::Apply => "apply",
        Phase::Verify => "verify",
        Phase::Rollback => "rollback",
    }
}

fn end_word(end: End) -> &'static str {
    match end {
        End::Done => "applied and verified",
        End::RolledBack => "rolled back",
        End::Abandoned => "given up; nothing was changed",
    }
}
