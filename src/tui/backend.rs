//! What the screens ask of the rest of the program, and the views they get back.
//!
//! The driver calls a [`Backend`] on a thread of its own, so a slow survey never holds up a key.
//! Everything about a run that has begun comes from its [`RunState`]; these views are of the road
//! before it. No view holds a secret. Texts in them are shown as they are: the caller has
//! sanitized what came from outside, and painting does it once more.

use crate::{
    diff,
    engine::{
        link::front::Attached,
        undo_preview::{UndoPreview, WayBack},
    },
    model::{
        finding::{Decision, Finding},
        ids::{GuideId, InputName, RuleId, RunId, StepId},
        plan::{Answered, PlanHop},
        release::Release,
        rule::Note,
        survey::{BlindSpot, ReleaseSighting},
        text::{Secret, Shown},
    },
    run_state::{RunState, RunStatus},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// What comes before a run, and the ways to start or open one. An error is a sentence for the
/// operator.
pub trait Backend: Send {
    /// Reads what there is: packs, releases, targets, the path, runs.
    fn look(&mut self) -> Result<StartView, String>;
    fn choose(&mut self, choice: StartChoice) -> Result<StartView, String>;
    fn review(&mut self) -> Result<ReviewView, String>;
    fn decide(&mut self, rule: &RuleId, decision: Decision) -> Result<ReviewView, String>;
    fn inputs(&mut self) -> Result<Vec<InputView>, String>;
    /// Says what is wrong with a value, without keeping it.
    fn try_answer(&mut self, name: &InputName, value: &Secret) -> Vec<String>;
    /// Keeps a valid value; otherwise says what is wrong with it.
    fn answer(&mut self, name: &InputName, value: Secret) -> Vec<String>;
    fn generate(&mut self, name: &InputName) -> Result<(), String>;
    /// Seals the plan and starts its run. Open questions are an error.
    fn start_run(&mut self) -> Result<Attached, String>;
    fn open_run(&mut self, run: &RunId, how: OpenRun) -> Result<Attached, String>;
    /// The last lines that a step printed, if any of its output is kept.
    fn printed(&mut self, _run: &RunId, _step: &StepId) -> Vec<String> {
        Vec::new()
    }
    /// The processes still at work although the worker that started them is gone; `None`: they
    /// cannot be determined.
    fn left_over(&mut self, _state: &RunState) -> Option<Vec<u32>> {
        Some(Vec::new())
    }
    /// What the plan of a run does to the files; `None` if that was not kept.
    fn changes(&mut self, _run: &RunId) -> Result<Option<Vec<Snippet>>, String> {
        Ok(None)
    }
    fn undo_preview(&mut self, state: &RunState, back: WayBack) -> Result<UndoPreview, String>;
    /// Writes the decisions and answers, without secrets, and returns the file.
    fn export_answers(&mut self) -> Result<PathBuf, String>;
    /// The report as Markdown; with `keeps` it is also written to the run's folder. Watching keeps
    /// none.
    fn report(&mut self, state: &RunState, keeps: bool) -> Result<String, String>;
    /// Controls how a recording plays on, if this is one; returns its new state.
    fn play(&mut self, _: Play) -> Result<Playing, String> {
        Err("this is no recording".to_owned())
    }
    /// Opens a shell in the product's folder on the operator's terminal, until it exits.
    fn shell(&mut self) -> Result<(), String>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenRun {
    /// Attaches to the run's worker, or starts one.
    Resume,
    /// The same, then shows the rollback screen.
    RollBack,
    /// The same, for its emergency steps: one may still be pulled after the run has ended.
    Emergency,
    /// Only watches.
    Watch,
    /// Reads only the journal.
    Report,
}

/// Controls for a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// Pauses or continues.
    Pause,
    /// Plays the next record at once.
    Step,
    Faster,
    Slower,
}

/// The state of a recording's playback.
#[derive(Clone, Debug, PartialEq)]
pub struct Playing {
    pub speed: f64,
    pub paused: bool,
    /// Number of the last record.
    pub last_seq: u64,
    /// Why the recording ends early, if the journal is damaged.
    pub damage: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StartChoice {
    Pack(String),
    Running(Release),
    Target(Release),
    Variant { name: String, choice: String },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartView {
    pub title: String,
    pub host: String,
    pub root: String,
    pub packs: Vec<PackView>,
    pub sightings: Vec<ReleaseSighting>,
    /// Which of the sightings agree with the running release: `0.5` agrees with `0.5.0`.
    pub agreeing: BTreeSet<usize>,
    /// The running release, once it is known.
    pub from: Option<Release>,
    pub to: Option<Release>,
    pub targets: Vec<Release>,
    pub variants: Vec<VariantView>,
    pub hops: Vec<PlanHop>,
    /// Newest first.
    pub runs: Vec<RunLine>,
    /// It is unknown whether these belong to this product.
    pub unreadable: Vec<UnreadableRun>,
    pub blind_spots: Vec<BlindSpot>,
    /// What must be answered before the review; `None`: the review can begin.
    pub open: Option<String>,
    /// Nothing is left to answer: the pack knows no later release, and `open` says so.
    pub newest: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PackView {
    pub id: String,
    pub title: String,
    /// Where it comes from: `bundled`, `from /srv/packs`.
    pub why: String,
    pub chosen: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct VariantView {
    pub name: String,
    pub options: Vec<VariantOption>,
    pub chosen: Option<String>,
    /// Chosen by the operator; otherwise it was detected, and going on confirms it.
    pub said: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct VariantOption {
    pub id: String,
    pub title: String,
    pub fits: bool,
    /// Whether it fits, and the observation that decides it.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunLine {
    pub id: RunId,
    /// When it started, in readable form.
    pub at: String,
    pub from: String,
    pub to: String,
    pub status: RunStatus,
    pub by: String,
    /// It has not ended, or it is done and no later run came after it.
    pub can_go_back: bool,
    /// A worker is serving it.
    pub live: bool,
    pub goes_back: GoesBack,
    /// An emergency step is still pulled.
    pub pulled: bool,
    pub damaged: Option<Damaged>,
}

impl RunLine {
    /// Whether nothing has to follow: its last state is known and is an end.
    pub fn has_ended(&self) -> bool {
        let unclear = |damaged: &Damaged| damaged.is_unclear;
        matches!(self.status, RunStatus::Ended(_)) && !self.damaged.as_ref().is_some_and(unclear)
    }
}

/// Damage to a journal: what came after it is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Damaged {
    pub why: String,
    /// The folder that holds its backup and the journal that was read.
    pub folder: String,
    /// It may have left the product half-changed: no run may begin, and this one can be neither
    /// resumed nor rolled back.
    pub is_unclear: bool,
}

/// When a run rolls back by itself, unless somebody resumes or confirms it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum GoesBack {
    #[default]
    Never,
    /// At this time, in readable form.
    At(String),
    /// The deadline has passed and no worker is there to act on it: the next one does so at once.
    WhenTakenUp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct UnreadableRun {
    pub id: RunId,
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewView {
    /// In the order in which a group shows them.
    pub findings: Vec<Finding>,
    pub decisions: BTreeMap<RuleId, Decision>,
    /// The inputs that can be typed as answers to the findings' questions.
    pub typed: Vec<InputView>,
    pub snippets: BTreeMap<RuleId, Vec<Snippet>>,
    /// For findings of several hops that read the same: the hop of each.
    pub hops: BTreeMap<RuleId, String>,
    /// Every file that would change, in full.
    pub files: Vec<Snippet>,
    pub notes: Vec<Note>,
    /// What the guide says, for the findings that cite it.
    pub statements: BTreeMap<GuideId, String>,
}

/// A piece of one file's difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Snippet {
    pub file: String,
    /// For a `Safety::Decide`: the option that produces it.
    pub option: Option<String>,
    /// With secrets masked.
    pub rows: Vec<diff::Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct InputView {
    pub name: InputName,
    pub ask: String,
    pub because: Option<String>,
    pub secret: bool,
    /// Planning is impossible without it.
    pub needed: bool,
    /// The constraint on a value, in words: `at least 32 characters`.
    pub rule: Option<String>,
    pub can_generate: bool,
    pub answer: Option<Shown>,
    /// Where the answer comes from.
    pub how: Option<Answered>,
    /// The product files that it is written into.
    pub files: Vec<String>,
    pub problems: Vec<String>,
}
