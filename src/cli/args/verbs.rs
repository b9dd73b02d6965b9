//! What can be said behind the name of each command.

use super::Ends;
use crate::standin::demo;
use clap::{
    Args, Subcommand,
    builder::{PossibleValue, PossibleValuesParser},
};
use std::path::PathBuf;

#[derive(Clone, Debug, Default, Args)]
pub struct Road {
    #[command(flatten)]
    pub ends: Ends,
    /// Generates the value of this input as its pack says
    #[arg(long, value_name = "INPUT")]
    pub generate: Vec<String>,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub road: Road,
    /// Writes the sealed plan to a file that is new or holds a plan
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Ends with 1 if anything has to change, to be decided or to be answered
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// A plan that `plan --out` wrote; without one it is made now
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub road: Road,
    /// Agrees to run without a prompt; it marks nothing, waives nothing and consents to nothing else
    #[arg(long)]
    pub yes: bool,
}

/// Who holds the run.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Hold {
    /// Takes the run over from whoever holds it now
    #[arg(long)]
    pub take_over: bool,
}

#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The first characters of a run's id [default: the newest unfinished run of the product]
    pub run: Option<String>,
    /// Marks, waivers, consents and confirmations, as YAML
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Agrees to change the product, where nothing was changed yet and whoever started the run has
    /// not given --yes
    #[arg(long)]
    pub yes: bool,
    /// Records that a step whose outcome is unknown was done
    #[arg(long, value_name = "STEP")]
    pub done: Vec<String>,
    /// Records that a step whose outcome is unknown was not done
    #[arg(long, value_name = "STEP")]
    pub not_done: Vec<String>,
    /// Goes on without a step that has failed, or whose undo has failed: what it did stays
    #[arg(long, value_name = "STEP", requires = "reason")]
    pub skip: Option<String>,
    /// Why it is skipped, for the report
    #[arg(long, value_name = "WHY", requires = "skip")]
    pub reason: Option<String>,
    /// Carries out the pack's fix for a check or a step that has failed, then tries again; the failure
    /// says what the fix does
    #[arg(long, value_name = "CHECK|STEP", conflicts_with = "skip")]
    pub fix: Option<String>,
    #[command(flatten)]
    pub hold: Hold,
}

#[derive(Debug, Args)]
pub struct ConfirmArgs {
    /// The first characters of a run's id [default: the newest unfinished run of the product]
    pub run: Option<String>,
    #[command(flatten)]
    pub hold: Hold,
}

#[derive(Debug, Args)]
pub struct AttachArgs {
    /// The first characters of a run's id [default: the newest unfinished run of the product]
    pub run: Option<String>,
    /// Only watches
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The first characters of a run's id [default: the newest unfinished run of the product]. A run that
    /// is done must be named
    pub run: Option<String>,
    /// Marks, waivers and confirmations of what comes after the undos, as YAML
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Rolls back; without it only the preview is printed
    #[arg(long)]
    pub yes: bool,
    /// Undoes only the last steps, this one included; earlier steps stay done
    #[arg(long, value_name = "STEP", conflicts_with = "over_later_edits")]
    pub down_to: Option<String>,
    /// Why, for the report
    #[arg(long, default_value = "asked for on the command line")]
    pub reason: String,
    /// Puts aside what somebody edited after the run changed it, then undoes those files too
    #[arg(long)]
    pub over_later_edits: bool,
    #[command(flatten)]
    pub hold: Hold,
}

#[derive(Debug, Args)]
pub struct EmergencyArgs {
    /// The first characters of a run's id [default: the newest run of the product that is not over]
    pub run: Option<String>,
    /// An emergency step; without one they are listed
    pub step: Option<String>,
    /// Does it; without it only what would be done is printed
    #[arg(long)]
    pub yes: bool,
    /// Takes a pulled step back
    #[arg(long, conflicts_with_all = ["done", "not_done"])]
    pub undo: bool,
    /// Records that a step whose outcome is unknown was done
    #[arg(long, conflicts_with = "not_done")]
    pub done: bool,
    /// Records that a step whose outcome is unknown was not done
    #[arg(long)]
    pub not_done: bool,
    #[command(flatten)]
    pub hold: Hold,
}

#[derive(Debug, Args)]
pub struct RunArg {
    /// The first characters of a run's id [default: the newest run of the product, else of all]
    pub run: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum RunsVerb {
    /// Lists the old runs that can be removed with their backups; with --yes removes them
    ///
    /// A run that is not finished, that cannot be read or whose product is held is always kept, and so is
    /// the newest run of each product. A run whose backup is the only way to roll it back, or that holds
    /// edits of somebody, is removed only if it is named.
    Prune(PruneArgs),
}

#[derive(Debug, Args)]
pub struct PruneArgs {
    /// The first characters of the id of each run to remove [default: all that are no longer needed]
    pub run: Vec<String>,
    /// Removes them; without it they are only listed
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, PartialEq, Args)]
pub struct ReplayArgs {
    /// The file `journal` of a run's folder. Nothing else is read, and nothing is written
    pub journal: PathBuf,
    /// The speed: 2 is twice as fast as it was
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = a_speed)]
    pub speed: f64,
    /// Prints the screen as it was at the end, as a picture
    #[arg(long)]
    pub svg: bool,
    /// Prints it as it was after the record of this number
    #[arg(long, value_name = "SEQ", requires = "svg")]
    pub at: Option<u64>,
    /// Draws the picture on a light background
    #[arg(long, requires = "svg")]
    pub light: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The first characters of a run's id
    pub run: String,
    /// A folder that is new or empty
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

#[derive(Debug, Args)]
pub struct PathArgs {
    /// The release to start from [default: the one that runs]
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
    /// The release to reach [default: the latest that can be reached]
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum RulesVerb {
    /// Reads a pack and shows everything that is wrong with it
    Check {
        /// The folder of a pack [default: every bundled pack]
        dir: Option<PathBuf>,
    },
    /// Tests the cases of a pack in memory; nothing of the pack runs, so no trust is needed
    Test {
        /// A bundled pack's name, or the folder of a pack [default: every bundled pack]
        #[arg(value_name = "NAME|DIR")]
        pack: Option<String>,
    },
    /// Says what an id of a rule or of the guide means
    Explain {
        /// As `plan` and `rules check` print it: `1.0-to-2.0/env/PORT`, or an id of the guide
        id: String,
    },
    /// Prints what the vendor of a pack signs: the digest of each of its files
    Digest {
        /// The folder of a pack
        dir: PathBuf,
    },
    /// Prints the JSON Schema of rules files
    Schema,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which sample
    #[arg(default_value = "workflow-engine", value_parser = samples())]
    pub system: String,
    /// Runs the whole upgrade without a screen
    #[arg(long)]
    pub headless: bool,
    /// Then rolls everything back
    #[arg(long, requires = "headless")]
    pub back: bool,
    /// Makes one step fail the first time
    #[arg(long)]
    pub fail: bool,
}

fn a_speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| *speed > 0.0);
    speed.ok_or_else(|| "a speed is a number above 0".to_owned())
}

fn samples() -> PossibleValuesParser {
    let all = demo::products();
    let value = |(name, about)| PossibleValue::new(name).help(about);
    PossibleValuesParser::new(all.map(value).collect::<Vec<_>>())
}

#[derive(Debug, Args)]
pub struct EditArgs {
    /// A list of `{"edit": {"route": …, "op": …}}`, as a plan holds them
    #[arg(long, value_name = "FILE")]
    pub changes: PathBuf,
    pub file: PathBuf,
    /// Prints the result instead of writing it
    #[arg(long)]
    pub dry_run: bool,
}
