//! Records: what the journal holds, one per line, and what every front end folds into what it
//! shows.
//!
//! A record says what happened and is complete in itself. None holds a secret or a step's output.

use super::{
    digest::Digest,
    ids::{CheckId, RunId, StepId},
    path::RelPath,
    plan::Plan,
    survey::FileMeta,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

pub use super::saved::{Kept, Outside, Proof, Saved, SavedDatabase, Verified};

/// The version of the journal format that this program writes.
pub const JOURNAL_FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// From 0, without gaps: the only order there is.
    pub seq: u64,
    /// Milliseconds since 1970 by this machine's clock: information, never used for a decision.
    pub at_ms: u64,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// The first record, with the whole plan.
    RunStarted {
        format: u32,
        run: RunId,
        /// The run's place among the runs of its state folder, from 1: no clock can tell which of
        /// two runs on one product came later.
        #[serde(default)]
        number: u64,
        by: Who,
        plan: Arc<Plan>,
        /// The person who began the run agreed beforehand that the product is to be changed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        agreed: bool,
    },
    /// Another worker took the run up.
    Resumed {
        by: Who,
    },
    /// Another front end holds the run from here on. `from` is who it was taken from, `None` if
    /// nobody held it. `uid` is the user id, according to the system, of the one who took it.
    ControlTaken {
        by: Who,
        uid: u32,
        from: Option<Who>,
    },
    /// From here on the run waits for a person no longer than this; then it goes back by itself.
    ConfirmWithin {
        within_ms: u64,
        by: Who,
    },
    /// The worker waits, with something changed: the run goes back at this moment of this machine's
    /// clock, unless a person has it go on or says that it is good.
    ConfirmBy {
        at_ms: u64,
    },
    PhaseEntered {
        phase: Phase,
    },

    /// A check of the checklist, of verify or of rollback was made.
    CheckDone {
        id: CheckId,
        verdict: CheckVerdict,
        detail: String,
    },
    /// Metrics were looked at for a check of verify: before the upgrade (`baseline`), or after it.
    Sampled {
        check: CheckId,
        baseline: bool,
        sample: Sample,
    },
    /// The operator goes on in spite of a check.
    CheckWaived {
        id: CheckId,
        reason: String,
        by: Who,
    },
    /// What a person has said of a check is withdrawn: it counts as not looked at.
    CheckReopened {
        id: CheckId,
        by: Who,
    },
    /// A remedy from the pack begins because a person asked for it. Durable before it has any
    /// effect.
    RemedyStarted {
        of: RemedyOf,
        by: Who,
    },
    /// It has ended. If it ended well, the check or the next try of the step follows.
    RemedyEnded {
        of: RemedyOf,
        end: RemedyEnd,
    },

    /// One item is in the backup. `digest` and `bytes` are those of the copy.
    Saved {
        what: Saved,
    },
    /// The backup was read back and matches what was read from the product; nothing is written
    /// before this.
    BackupVerified(Verified),
    BackupFailed {
        why: String,
    },

    /// The new contents of an edit are on disk, staged aside; nothing visible has changed.
    Staged(Staged),
    /// Durable before the step has any effect.
    StepStarted {
        step: StepId,
        attempt: u32,
    },
    StepDone {
        step: StepId,
        how: Done,
        detail: String,
        /// Rows that its statements changed, as the database reported.
        #[serde(default)]
        rows: u64,
        took_ms: u64,
    },
    /// `hint` is the index of the matching hint in the plan.
    StepFailed {
        step: StepId,
        error: String,
        hint: Option<usize>,
        took_ms: u64,
        /// This try was not begun or left nothing behind: there is nothing of it to take back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        no_effect: bool,
    },
    /// Nobody knows whether it was done: a person must say.
    StepUnknown {
        step: StepId,
        why: String,
    },
    /// It was interrupted, and can start again.
    StepReset {
        step: StepId,
        /// It was not begun; otherwise it is a step that may be begun twice.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        no_effect: bool,
    },
    /// A person said what became of an unknown step.
    StepJudged {
        step: StepId,
        done: bool,
        by: Who,
    },
    StepSkipped {
        step: StepId,
        reason: String,
        by: Who,
    },
    /// Numbers of the step's command: what it printed, what was there before and after. Recorded
    /// before the step's end, because a person decides by them and they cannot be seen again.
    Measured {
        step: StepId,
        numbers: BTreeMap<String, i64>,
    },
    /// A person agreed to pass the point of no return before this step.
    Consented {
        step: StepId,
        by: Who,
    },
    /// The worker waits for a person.
    Paused {
        why: String,
    },

    /// An emergency step begins because a person pulled it. Its end follows, as for any step.
    EmergencyPulled {
        step: StepId,
        by: Who,
    },
    /// A pulled emergency step is taken back; the end of an undo follows.
    EmergencyReleased {
        step: StepId,
        by: Who,
    },
    /// The last steps are being undone, down to this one; then the run stands before it again.
    StepBackStarted {
        to: StepId,
        by: Who,
        reason: String,
    },
    /// They are undone, and wait to be run again or skipped.
    SteppedBack {
        to: StepId,
    },

    /// From here on the run only goes back. `over_later_edits`: the operator saw that files were
    /// edited after the run changed them, and wants those edits put aside.
    RollbackStarted {
        by: Who,
        reason: String,
        over_later_edits: bool,
    },
    /// The operator said so after the way back had begun.
    OverLaterEdits {
        by: Who,
    },
    UndoStarted {
        step: StepId,
    },
    UndoDone {
        step: StepId,
        how: Undone,
        detail: String,
    },
    UndoFailed {
        step: StepId,
        error: String,
        /// Nobody knows whether it came to its end: a person must say before it is begun again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unknown: bool,
    },
    /// Edits that a person made to a file after the run changed it were put aside before the undo.
    LaterEditSaved {
        step: StepId,
        path: RelPath,
        saved_as: String,
    },
    /// A person goes on without undoing this step.
    UndoSkipped {
        step: StepId,
        reason: String,
        by: Who,
    },
    /// Every managed file was compared with the backup.
    BytesProved {
        files: u64,
        /// The other files that were saved; `None` if they were too much to compare.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        others: Option<OtherFiles>,
    },

    Finished {
        end: RunEnd,
    },
}

/// Files of a backup that the run itself does not edit: its commands, the product and people may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherFiles {
    pub compared: u64,
    pub unlike: u64,
    /// The first of those that differ, each with what differs.
    pub first: Vec<String>,
}

impl Body {
    /// The step that the record is about: a step of the road or an emergency step.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Staged(Staged { step, .. })
            | Self::StepStarted { step, .. }
            | Self::StepDone { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepUnknown { step, .. }
            | Self::StepReset { step, .. }
            | Self::StepJudged { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::Measured { step, .. }
            | Self::Consented { step, .. }
            | Self::EmergencyPulled { step, .. }
            | Self::EmergencyReleased { step, .. }
            | Self::UndoStarted { step }
            | Self::UndoDone { step, .. }
            | Self::UndoFailed { step, .. }
            | Self::LaterEditSaved { step, .. }
            | Self::UndoSkipped { step, .. } => Some(step),
            Self::RemedyStarted {
                of: RemedyOf::Step { step, .. },
                ..
            }
            | Self::RemedyEnded {
                of: RemedyOf::Step { step, .. },
                ..
            } => Some(step),
            Self::RunStarted { .. }
            | Self::Resumed { .. }
            | Self::ControlTaken { .. }
            | Self::ConfirmWithin { .. }
            | Self::ConfirmBy { .. }
            | Self::PhaseEntered { .. }
            | Self::CheckDone { .. }
            | Self::Sampled { .. }
            | Self::CheckWaived { .. }
            | Self::CheckReopened { .. }
            | Self::RemedyStarted { .. }
            | Self::RemedyEnded { .. }
            | Self::Saved { .. }
            | Self::BackupVerified(_)
            | Self::BackupFailed { .. }
            | Self::Paused { .. }
            | Self::StepBackStarted { .. }
            | Self::SteppedBack { .. }
            | Self::RollbackStarted { .. }
            | Self::OverLaterEdits { .. }
            | Self::BytesProved { .. }
            | Self::Finished { .. } => None,
        }
    }
}

/// What a remedy is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RemedyOf {
    Check(CheckId),
    /// The failure of a step; `hint` is the index of the matching hint in the plan.
    Step {
        step: StepId,
        hint: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RemedyEnd {
    Done { detail: String },
    Failed { error: String },
}

/// A step's file, as it is and as it is to become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staged {
    pub step: StepId,
    /// `None` if the step creates the file.
    pub old: Option<Digest>,
    pub new: Digest,
    /// The metadata of the file; if it is new, what it is to have.
    pub meta: FileMeta,
}

/// What the rules of a check saw in one sample of the metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Milliseconds since the first sample of the same look, by a monotonic clock.
    pub after_ms: u64,
    /// A value for each rule; `None` where there was nothing to see.
    pub values: Vec<Option<f64>>,
}

/// `errors 0, migrated 1994, new 0 → 1994`: a number that was looked up before and after is shown
/// as one.
pub fn numbers_in_words(numbers: &BTreeMap<String, i64>) -> String {
    let mut words = Vec::new();
    for (name, number) in numbers {
        let pair = name
            .strip_suffix(".before")
            .and_then(|stem| Some((stem, numbers.get(&format!("{stem}.after"))?)));
        let after_of_a_pair = name
            .strip_suffix(".after")
            .is_some_and(|stem| numbers.contains_key(&format!("{stem}.before")));
        match pair {
            Some((stem, after)) => words.push(format!("{stem} {number} → {after}")),
            None if after_of_a_pair => {}
            None => words.push(format!("{name} {number}")),
        }
    }
    words.join(", ")
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    pub user: String,
    pub host: String,
    pub pid: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Checklist,
    Backup,
    Apply,
    Verify,
    Rollback,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    Ok,
    Warning,
    Blocked,
    /// Blocks like a failure: not knowing is not a pass.
    CouldNotCheck,
}

impl CheckVerdict {
    /// A word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Blocked => "blocked",
            Self::CouldNotCheck => "could not check",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    Ran,
    /// It was done already: nothing was run.
    AlreadyDone,
    /// A person did it.
    ByHand,
    /// After a crash the world showed that it had been done.
    FoundDone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undone {
    Ran,
    /// There was nothing to take back.
    NothingToDo,
    /// It cannot be taken back, and the operator was told.
    Stays,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Applied and verified.
    Done,
    RolledBack,
    /// Given up, with no changes of any step in place.
    Abandoned,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// One record of each kind, and of each form that a kind has.
    const FROZEN: &str = include_str!("record/frozen.jsonl");

    fn bodies() -> Vec<(&'static str, Body)> {
        let read = |line| serde_json::from_str(line).map(|body| (line, body));
        FROZEN.lines().map(|line| read(line).expect(line)).collect()
    }

    /// Journals hold these records as any program of this format wrote them: changing a word here
    /// makes every run that began before unreadable.
    #[test]
    fn records_stand_in_journals_as_they_always_did() {
        for (line, body) in bodies() {
            assert_eq!(serde_json::to_string(&body).expect("JSON"), line);
        }
        let digest = Digest::of(b"new").to_string();
        let unknown = format!(
            r#"{{"backup_verified":{{"manifest":"{digest}","files":4,"bytes":1,"more":1}}}}"#
        );
        assert!(serde_json::from_str::<Body>(&unknown).is_err());
    }

    #[test]
    fn each_kind_of_record_is_held_to_its_form() {
        let unheard_of = serde_json::from_str::<Body>(r#"{"unheard_of":{}}"#).expect_err("no kind");
        let told = unheard_of.to_string();
        let kinds: BTreeSet<&str> = told.split('`').skip(3).step_by(2).collect();
        let held: BTreeSet<&str> = FROZEN
            .lines()
            .filter_map(|line| line.split('"').nth(1))
            .collect();
        assert_eq!(held, kinds);
    }

    #[test]
    fn what_names_a_step_is_about_it() {
        for (line, body) in bodies() {
            assert_eq!(body.step().is_some(), line.contains(r#""step":"#), "{line}");
        }
    }
}
