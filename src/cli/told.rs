//! A record as a line for people. What a line is about is looked up in the state after it.

use crate::{
    model::{
        ids::{CheckId, StepId},
        record::{
            Body, End, Phase, Proof, Record, RemedyEnd, RemedyOf, Saved, Undone, Verified,
            numbers_in_words,
        },
        units::{self, Size, Span},
    },
    run_state::RunState,
};
use std::fmt::Display;

/// `None`: the line would tell a person nothing.
pub fn record(record: &Record, state: &RunState) -> Option<String> {
    let step = |id: &StepId| match state.step(id) {
        Some(view) => view.step.title.clone(),
        None => id.to_string(),
    };
    let check = |id: &CheckId| check_title(id, state);
    let remedied = |of: &RemedyOf| match of {
        RemedyOf::Check(id) => check(id),
        RemedyOf::Step { step: id, .. } => step(id),
    };
    Some(match &record.body {
        Body::RunStarted { run, plan, .. } => {
            format!("run {run}\n{} {} → {}", plan.title, plan.from, plan.to)
        }
        Body::Resumed { by } => format!("worker started by {}", by.user),
        Body::ControlTaken { by, uid, from } => match from {
            Some(from) => format!("{} (uid {uid}) takes over from {}", by.user, from.user),
            None => format!("{} (uid {uid}) takes over", by.user),
        },
        Body::ConfirmWithin { within_ms, by } => {
            let (within, user) = (Span::from_ms(*within_ms), &by.user);
            let text = "it rolls back by itself if nobody confirms within";
            row("promised", format!("{text} {within} ({user})"))
        }
        Body::ConfirmBy { at_ms } => {
            let time = units::time(*at_ms);
            row(
                "waiting",
                format!("unless somebody confirms, it rolls back at {time}"),
            )
        }
        Body::PhaseEntered {
            phase: Phase::Verify,
        } if state.plan.verify.is_empty() => {
            let none = format!("the pack has no check of {}", state.plan.to);
            format!("\n{}\n{}", phase_word(Phase::Verify), row("none", none))
        }
        Body::PhaseEntered { phase } => format!("\n{}", phase_word(*phase)),
        Body::CheckDone {
            id,
            verdict,
            detail,
        } => row(verdict.word(), format!("{}: {detail}", check(id))),
        Body::CheckWaived { id, reason, by } => {
            row("waived", format!("{}: {reason} ({})", check(id), by.user))
        }
        Body::CheckReopened { id, by } => row(
            "open",
            format!("{}: mark or waiver taken off ({})", check(id), by.user),
        ),
        Body::RemedyStarted { of, by } => {
            row("remedy", format!("{}: started ({})", remedied(of), by.user))
        }
        Body::RemedyEnded { of, end } => match end {
            RemedyEnd::Done { detail } => row("remedy", format!("{}: {detail}", remedied(of))),
            RemedyEnd::Failed { error } => {
                row("remedy", format!("{}: failed: {error}", remedied(of)))
            }
        },
        Body::Saved { what } => return saved(what),
        Body::BackupVerified(Verified { files, bytes, .. }) => {
            let bytes = Size::from_bytes(*bytes);
            row(
                "verified",
                format!(
                    "{}, {bytes} on disk, read back and identical",
                    units::count(*files, "item")
                ),
            )
        }
        Body::BackupFailed { why } => row("failed", why),
        Body::Staged(_) | Body::Sampled { .. } => return None,
        Body::StepStarted {
            step: id,
            attempt: 1,
        } => row("running", step(id)),
        Body::StepStarted { step: id, attempt } => {
            row("running", format!("{} (try {attempt})", step(id)))
        }
        Body::StepDone {
            step: id, detail, ..
        } => {
            let view = state.step(id);
            let word = view.map_or("done", |view| match state.emergency_step(id) {
                Some(_) => "done",
                None => view.told(),
            });
            row(word, format!("{}: {detail}", step(id)))
        }
        Body::StepFailed {
            step: id,
            error,
            no_effect,
            ..
        } => {
            let back = if *no_effect {
                "; nothing of it to undo"
            } else {
                ""
            };
            row("failed", format!("{}: {error}{back}", step(id)))
        }
        Body::StepUnknown { step: id, why } => row("unknown", format!("{}: {why}", step(id))),
        Body::StepReset {
            step: id,
            no_effect,
        } => row(
            "again",
            match no_effect {
                true => format!("{}: it was not started", step(id)),
                false => format!("{}: it was interrupted, and may be started again", step(id)),
            },
        ),
        Body::StepJudged { step: id, done, by } => {
            let done = if *done { "done" } else { "not done" };
            row(
                "judged",
                format!("{}: {} says it was {done}", step(id), by.user),
            )
        }
        Body::StepSkipped {
            step: id,
            reason,
            by,
        } => row("skipped", format!("{}: {reason} ({})", step(id), by.user)),
        Body::Measured { step: id, numbers } => row(
            "counted",
            format!("{}: {}", step(id), numbers_in_words(numbers)),
        ),
        Body::Consented { step: id, by } => {
            let text = "agrees to pass the point of no return";
            row("consent", format!("{}: {} {text}", step(id), by.user))
        }
        Body::Paused { why } => row("waiting", why),
        Body::EmergencyPulled { step: id, by } => {
            let told = row("PULLED", format!("{} ({})", step(id), by.user));
            format!("\n{told}")
        }
        Body::EmergencyReleased { step: id, by } => {
            let told = row("taking back", format!("{} ({})", step(id), by.user));
            format!("\n{told}")
        }
        Body::StepBackStarted { to, by, reason } => {
            format!("\nundoing down to {}, by {}: {reason}", step(to), by.user)
        }
        Body::SteppedBack { .. } => return None,
        Body::RollbackStarted { by, reason, .. } => format!("\nrollback, by {}: {reason}", by.user),
        Body::OverLaterEdits { by } => format!("later edits are put aside, says {}", by.user),
        Body::UndoStarted { .. } => return None,
        Body::UndoDone {
            step: id,
            how,
            detail,
        } => {
            let word = match how {
                Undone::Ran | Undone::NothingToDo => "undone",
                Undone::Stays => "stays",
            };
            row(word, format!("{}: {detail}", step(id)))
        }
        Body::UndoFailed {
            step: id, error, ..
        } => row("undo failed", format!("{}: {error}", step(id))),
        Body::LaterEditSaved { path, saved_as, .. } => row(
            "put aside",
            format!("a later edit of {path}, as later-edits/{saved_as}"),
        ),
        Body::UndoSkipped {
            step: id,
            reason,
            by,
        } => row(
            "undo skipped",
            format!("{}: {reason} ({})", step(id), by.user),
        ),
        Body::BytesProved { files, .. } => {
            let files = units::count(*files, "file");
            row(
                "proved",
                format!("{files} put back and compared with the backup"),
            )
        }
        Body::Finished { end } => format!("\n{}", end_word(*end, state)),
    })
}

/// What it is in a word, then the rest, one below the other.
pub fn row(word: &str, rest: impl Display) -> String {
    format!("  {word:<15} {rest}")
}

fn saved(what: &Saved) -> Option<String> {
    let saved = |what: String, bytes: u64| {
        let bytes = Size::from_bytes(bytes);
        row("saved", format!("{what}, {bytes}"))
    };
    Some(match what {
        // The archive is told as a whole.
        Saved::File { at: Some(_), .. } => return None,
        Saved::File { path, bytes, .. } => saved(path.to_string(), *bytes),
        Saved::Absent { path } => row("noted", format!("{path} is not there")),
        Saved::Command {
            id, file, bytes, ..
        } => saved(format!("{id} as {file}"), *bytes),
        Saved::Archive { file, bytes, .. } => saved(file.clone(), *bytes),
        Saved::Database(database) => {
            let proof = match &database.proof {
                Proof::Restored => "restored for a test".to_owned(),
                Proof::ReadBack { why } => format!("read back, not restored for a test: {why}"),
            };
            let doubt = database.doubt.as_ref();
            let doubt = doubt.map_or(String::new(), |doubt| format!("; ATTENTION: {doubt}"));
            let what = format!("{} as {}", database.name, database.file);
            format!("{}; {proof}{doubt}", saved(what, database.bytes))
        }
    })
}

fn check_title(id: &CheckId, state: &RunState) -> String {
    let found = state.plan.check(id);
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

fn end_word(end: End, state: &RunState) -> &'static str {
    match end {
        End::Done if state.tally(&state.plan.verify).is_whole() => "applied and verified",
        End::Done => "applied",
        End::RolledBack => state.told(),
        End::Abandoned => "given up",
    }
}

#[cfg(test)]
mod tests {
    use super::{Saved, saved};
    use crate::model::{digest::Digest, saved::SavedDatabase};
    use serde_json::json;

    #[test]
    fn what_is_doubtful_about_a_saved_database_is_told() {
        let told = |doubt: Option<&str>| {
            let database: SavedDatabase = serde_json::from_value(json!({
                "name": "main", "of": "PostgreSQL 15.8, h:5432/app", "file": "main.dump", "bytes": 7,
                "digest": Digest::of(b""), "counts": {}, "written": {}, "proof": "restored",
                "doubt": doubt,
            }))
            .expect("a database");
            saved(&Saved::Database(database)).expect("a line")
        };
        let plain = "  saved           main as main.dump, 7 bytes; restored for a test";
        assert_eq!(told(None), plain);
        let doubt = "its subscriptions are not backed up";
        assert_eq!(told(Some(doubt)), format!("{plain}; ATTENTION: {doubt}"));
    }
}
