//! A record as a line for people. Titles and the like are looked up in the state after it.

use crate::{
    model::{
        ids::{CheckId, StepId},
        record::{
            Body, Phase, Proof, Record, RemedyEnd, RemedyOf, RunEnd, Saved, Undone, Verified, Who,
            numbers_in_words,
        },
        units::{self, Size, Span},
    },
    run_state::{RunState, StepView},
};
use std::fmt::Display;

/// The line for a record; `None` if it would tell a person nothing.
pub fn record(record: &Record, state: &RunState) -> Option<String> {
    let title = |step: &StepId| match state.step(step) {
        Some(view) => view.step.title.clone(),
        None => step.to_string(),
    };
    let check = |id: &CheckId| check_title(id, state);
    let remedied = |of: &RemedyOf| match of {
        RemedyOf::Check(id) => check(id),
        RemedyOf::Step { step, .. } => title(step),
    };
    let of_step = |word: &str, step: &StepId, rest: &dyn Display| {
        row(word, format_args!("{}: {rest}", title(step)))
    };
    let of_check = |word: &str, id: &CheckId, rest: &dyn Display| {
        row(word, format_args!("{}: {rest}", check(id)))
    };
    let said = |reason: &str, by: &Who| format!("{reason} ({})", by.user);
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
            let within = Span::from_ms(*within_ms);
            let text = format!("it rolls back by itself if nobody confirms within {within}");
            row("promised", said(&text, by))
        }
        Body::ConfirmBy { at_ms } => {
            let time = units::time(*at_ms);
            let text = format_args!("unless somebody confirms, it rolls back at {time}");
            row("waiting", text)
        }
        Body::PhaseEntered { phase } => phase_entered(*phase, state),
        Body::CheckDone {
            id,
            verdict,
            detail,
        } => of_check(verdict.word(), id, detail),
        Body::CheckWaived { id, reason, by } => of_check("waived", id, &said(reason, by)),
        Body::CheckReopened { id, by } => {
            of_check("open", id, &said("mark or waiver taken off", by))
        }
        Body::RemedyStarted { of, by } => row(
            "remedy",
            format!("{}: {}", remedied(of), said("started", by)),
        ),
        Body::RemedyEnded { of, end } => match end {
            RemedyEnd::Done { detail } => row("remedy", format!("{}: {detail}", remedied(of))),
            RemedyEnd::Failed { error } => {
                row("remedy", format!("{}: failed: {error}", remedied(of)))
            }
        },
        Body::Saved { what } => return saved(what),
        Body::BackupVerified(Verified { files, bytes, .. }) => {
            let (items, bytes) = (units::count(*files, "item"), Size::from_bytes(*bytes));
            let text = format_args!("{items}, {bytes} on disk, read back and identical");
            row("verified", text)
        }
        Body::BackupFailed { why } => row("failed", why),
        Body::StepStarted { step, attempt: 1 } => row("running", title(step)),
        Body::StepStarted { step, attempt } => {
            row("running", format!("{} (try {attempt})", title(step)))
        }
        Body::StepDone { step, detail, .. } => of_step(done_word(step, state), step, detail),
        Body::StepFailed {
            step,
            error,
            no_effect,
            ..
        } => match no_effect {
            true => of_step("failed", step, &format!("{error}; nothing of it to undo")),
            false => of_step("failed", step, error),
        },
        Body::StepUnknown { step, why } => of_step("unknown", step, why),
        Body::StepReset { step, no_effect } => match no_effect {
            true => of_step("again", step, &"it was not started"),
            false => of_step(
                "again",
                step,
                &"it was interrupted, and may be started again",
            ),
        },
        Body::StepJudged { step, done, by } => {
            let done = if *done { "done" } else { "not done" };
            of_step("judged", step, &format!("{} says it was {done}", by.user))
        }
        Body::StepSkipped { step, reason, by } => of_step("skipped", step, &said(reason, by)),
        Body::Measured { step, numbers } => of_step("counted", step, &numbers_in_words(numbers)),
        Body::Consented { step, by } => {
            let text = format!("{} agrees to pass the point of no return", by.user);
            of_step("consent", step, &text)
        }
        Body::Paused { why } => row("waiting", why),
        Body::EmergencyPulled { step, by } => {
            format!("\n{}", row("PULLED", said(&title(step), by)))
        }
        Body::EmergencyReleased { step, by } => {
            format!("\n{}", row("taking back", said(&title(step), by)))
        }
        Body::StepBackStarted { to, by, reason } => {
            format!("\nundoing down to {}, by {}: {reason}", title(to), by.user)
        }
        Body::RollbackStarted { by, reason, .. } => format!("\nrollback, by {}: {reason}", by.user),
        Body::OverLaterEdits { by } => format!("later edits are put aside, says {}", by.user),
        Body::UndoDone { step, how, detail } => match how {
            Undone::Ran | Undone::NothingToDo => of_step("undone", step, detail),
            Undone::Stays => of_step("stays", step, detail),
        },
        Body::UndoFailed { step, error, .. } => of_step("undo failed", step, error),
        Body::LaterEditSaved { path, saved_as, .. } => {
            let text = format_args!("a later edit of {path}, as later-edits/{saved_as}");
            row("put aside", text)
        }
        Body::UndoSkipped { step, reason, by } => of_step("undo skipped", step, &said(reason, by)),
        Body::BytesProved { files, .. } => {
            let files = units::count(*files, "file");
            let text = format_args!("{files} put back and compared with the backup");
            row("proved", text)
        }
        Body::Finished { end } => format!("\n{}", end_word(*end, state)),
        Body::Staged(_)
        | Body::Sampled { .. }
        | Body::SteppedBack { .. }
        | Body::UndoStarted { .. } => return None,
    })
}

fn phase_entered(phase: Phase, state: &RunState) -> String {
    let head = format!("\n{}", phase_word(phase));
    if phase == Phase::Verify && state.plan.verify.is_empty() {
        let none = row(
            "none",
            format_args!("the pack has no check of {}", state.plan.to),
        );
        return format!("{head}\n{none}");
    }
    head
}

fn done_word(step: &StepId, state: &RunState) -> &'static str {
    let of_the_road = state.step(step);
    let of_the_road = of_the_road.filter(|_| state.emergency_step(step).is_none());
    of_the_road.map_or("done", StepView::told)
}

/// A line with a word in its own column, then the rest.
pub fn row(word: &str, rest: impl Display) -> String {
    format!("  {word:<15} {rest}")
}

fn saved(what: &Saved) -> Option<String> {
    let saved = |what: String, bytes: u64| {
        let bytes = Size::from_bytes(bytes);
        row("saved", format!("{what}, {bytes}"))
    };
    Some(match what {
        // The archive is reported as a whole.
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

fn end_word(end: RunEnd, state: &RunState) -> &'static str {
    match end {
        RunEnd::Done if state.skipped_steps().next().is_some() => {
            "applied, but for what was skipped"
        }
        RunEnd::Done if state.tally(&state.plan.verify).is_whole() => "applied and verified",
        RunEnd::Done => "applied",
        RunEnd::RolledBack => state.told(),
        RunEnd::Abandoned => "given up",
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
