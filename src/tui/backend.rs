//! What the screens ask of the rest of the program, and the views they get back.
//!
//! The driver calls a [`Backend`] on a thread of its own, so a slow survey never holds up a key.
//! Everything about a run that has begun comes from its [`RunState`]; these views are of the road
//! before it. No view holds a secret. Texts in them are shown as they are: the caller has
//! sanitized what came from outside, and painting does it once more.

use crate::{
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
    run_state::{RunState, Standing},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::PathBuf,
};

/// The road before a run, and the way into one. An error is a sentence for the operator.
pub trait Backend: Send {
    /// Reads what is there: packs, releases, targets, the path, runs.
    fn look(&mut self) -> Result<StartView, String>;
    fn choose(&mut self, choice: StartChoice) -> Result<StartView, String>;
    fn review(&mut self) -> Result<ReviewView, String>;
    fn decide(&mut self, rule: &RuleId, decision: Decision) -> Result<ReviewView, String>;
    fn inputs(&mut self) -> Result<Vec<InputView>, String>;
    /// What is wrong with a value; keeps nothing.
    fn try_answer(&mut self, name: &InputName, value: &Secret) -> Vec<String>;
    /// Keeps a value that is right; otherwise says what is wrong.
    fn answer(&mut self, name: &InputName, value: Secret) -> Vec<String>;
    fn generate(&mut self, name: &InputName) -> Result<(), String>;
    /// Seals the plan and starts its run. Questions that are still open are the error.
    fn start_run(&mut self) -> Result<Attached, String>;
    fn open_run(&mut self, run: &RunId, how: OpenRun) -> Result<Attached, String>;
    /// The last lines that a step printed, if anything is kept of it.
    fn printed(&mut self, _run: &RunId, _step: &StepId) -> Vec<String> {
        Vec::new()
    }
    /// The processes that are at work without the worker which had called them; `None`: that cannot be
    /// seen.
    fn left_over(&mut self, _state: &RunState) -> Option<Vec<u32>> {
        Some(Vec::new())
    }
    /// What becomes of the files of a run, as it was planned; `None` where that was not kept.
    fn changes(&mut self, _run: &RunId) -> Result<Option<Vec<Snippet>>, String> {
        Ok(None)
    }
    fn undo_preview(&mut self, state: &RunState, back: WayBack) -> Result<UndoPreview, String>;
    /// Writes what was decided and answered, without secrets; gives the file.
    fn export_answers(&mut self) -> Result<PathBuf, String>;
    /// Markdown. Whoever only looks on keeps no file of it.
    fn report(&mut self, state: &RunState, keeps: bool) -> Result<String, String>;
    /// Says how a recording goes on, where this is one; gives how it goes then.
    fn play(&mut self, _: Play) -> Result<Playing, String> {
        Err("this is no recording".to_owned())
    }
    /// A shell in the product's folder on the operator's terminal, until it is left.
    fn shell(&mut self) -> Result<(), String>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenRun {
    /// Attaches to its worker, or starts one.
    Resume,
    /// The same, for the rollback screen.
    RollBack,
    /// The same, for its emergency steps: one may be pulled still when the run has ended.
    Emergency,
    /// Looks on.
    Watch,
    /// Reads the journal only.
    Report,
}

/// What can be asked of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// Stops, or goes on.
    Pause,
    /// The next record at once.
    Step,
    Faster,
    Slower,
}

/// How a recording goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Playing {
    pub speed: f64,
    pub paused: bool,
    /// Of the last record there is.
    pub last_seq: u64,
    /// Why there are no more records than these.
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
    /// Which of them say the release that runs: `0.5` says `0.5.0`.
    pub agreeing: BTreeSet<usize>,
    /// The release that runs, once it is known.
    pub from: Option<Release>,
    pub to: Option<Release>,
    pub targets: Vec<Release>,
    pub variants: Vec<VariantView>,
    pub hops: Vec<PlanHop>,
    /// Newest first.
    pub runs: Vec<RunLine>,
    /// It cannot be told whether they were made here.
    pub unreadable: Vec<UnreadableRun>,
    pub blind_spots: Vec<BlindSpot>,
    /// What must be said before the review; `None`: it can begin.
    pub open: Option<String>,
    /// There is nothing to say: the pack knows no later release, and `open` says that.
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
    /// The operator said so; otherwise it was detected, and going on confirms it.
    pub said: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct VariantOption {
    pub id: String,
    pub title: String,
    pub fits: bool,
    /// Whether it fits, and what was seen that decides it.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunLine {
    pub id: RunId,
    /// When it started, for people.
    pub at: String,
    pub from: String,
    pub to: String,
    pub standing: Standing,
    pub by: String,
    /// It has not ended, or it is done and nothing came after it.
    pub can_go_back: bool,
    /// Its worker is at work.
    pub live: bool,
    pub goes_back: GoesBack,
    /// An emergency step is pulled still.
    pub pulled: bool,
    pub damaged: Option<Damaged>,
}

impl RunLine {
    /// Nothing has to follow: how it stood last is known, and is an end.
    pub fn has_ended(&self) -> bool {
        let unclear = |damaged: &Damaged| damaged.is_unclear;
        matches!(self.standing, Standing::Ended(_)) && !self.damaged.as_ref().is_some_and(unclear)
    }
}

/// What of a run cannot be told: what came after the damage.
#[derive(Clone, Debug, PartialEq)]
pub struct Damaged {
    pub why: String,
    /// Where its backup is, and what it was read from.
    pub folder: String,
    /// It may have left the product half-way: nothing begins beside it, goes on with it or takes it
    /// back.
    pub is_unclear: bool,
}

/// When a run goes back without being asked, if nobody goes on with it or confirms it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum GoesBack {
    #[default]
    Never,
    /// At this moment, for people.
    At(String),
    /// Its time is over, and no worker is there to do it: the next one does so at once.
    WhenTakenUp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct UnreadableRun {
    pub id: RunId,
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewView {
    /// In the order they are shown in within a group.
    pub findings: Vec<Finding>,
    pub decisions: BTreeMap<RuleId, Decision>,
    /// What can be typed in answer to a question of theirs.
    pub typed: Vec<InputView>,
    pub snippets: BTreeMap<RuleId, Vec<Snippet>>,
    /// Where findings of several hops read the same: which hop each is of.
    pub hops: BTreeMap<RuleId, String>,
    /// Every file that would change, as a whole.
    pub files: Vec<Snippet>,
    pub notes: Vec<Note>,
    /// What the guide says, for the findings that cite it.
    pub statements: BTreeMap<GuideId, String>,
}

/// A piece of the difference of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Snippet {
    pub file: String,
    /// With a `Safety::Decide`: the option that makes it.
    pub option: Option<String>,
    pub rows: Vec<DiffRow>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DiffRow {
    pub kind: DiffKind,
    /// From 1: in the old file for what is gone, else in the new one.
    pub line: Option<usize>,
    /// From 1, in the old file, if it is there.
    pub old_line: Option<usize>,
    /// Secrets are masked.
    pub text: String,
    /// Bytes of `text` that are the difference within the line.
    pub marks: Vec<Range<usize>>,
    /// Of lines left out: themselves.
    pub left_out: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiffKind {
    Same,
    Gone,
    New,
    /// Lines left out.
    Gap,
}

#[derive(Clone, Debug, PartialEq)]
pub struct InputView {
    pub name: InputName,
    pub ask: String,
    pub because: Option<String>,
    pub secret: bool,
    /// Nothing can be planned without it.
    pub needed: bool,
    /// What a value must be, in words: `at least 32 characters`.
    pub rule: Option<String>,
    pub can_generate: bool,
    pub answer: Option<Shown>,
    /// Where the answer comes from.
    pub how: Option<Answered>,
    /// The files of the product that it is written into.
    pub files: Vec<String>,
    pub problems: Vec<String>,
}
