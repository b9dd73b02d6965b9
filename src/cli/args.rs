//! The command line as types: what can be said, and nothing of what it does.

use super::end::{Code, Failure};
use crate::{
    model::{text::shell_word, units::Span},
    standin::demo,
};
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser},
};
use clap_complete::Shell;
use std::path::{Path, PathBuf};

const EXIT_CODES: &str = "Exit codes:
   0  done and durable
   1  there are findings, open questions, or a run that is not over (plan --check, rules test;
      of rules check: warnings)
   2  wrong usage, or rules that cannot be used (rules check: errors)
   3  the plan is stale: the product, the rules or its file changed since
   4  blocked by a check
   5  a step failed, or a disk has no room left; the run can be resumed
   6  rolled back, although the command was to go forward; `rollback` itself ends with 0
   7  the rollback needs a person: it is stuck, or not everything is back
   8  another run holds the product
   9  the journal of a run is damaged, or cannot be read
  10  nobody knows what became of a step: look, then answer with --done or --not-done
  11  the pack is from outside and was not trusted
  12  waiting for a person: a question, a gate, a consent, a confirmation
  70  a fault of switchback itself
  74  done, but its output could not be written
 128  and more: this command was ended by a signal; the run's own process goes on";

const ANSWERS: &str = "The answers file is YAML with these keys; each can be left out. `plan` prints the ids of findings, `plan --format json` those of checks and steps.
  inputs:    {NAME: VALUE}                 it may hold secrets: keep the file private
  decisions: {FINDING: take|leave|CHOICE}
  variants:  {NAME: CHOICE}                how the product is installed
  mark:      [CHECK, …]                    manual checks that somebody has done
  waive:     {CHECK: a reason in words}    checks to go on without
  consent:   [STEP, …]                     points of no return that may be passed
  confirm:   [STEP, …]                     steps for a person that somebody has done";

/// Takes a self-hosted product from one release to the next, with a way back from every bend.
///
/// Without a command it opens the terminal UI on the product in the current folder.
#[derive(Debug, Parser)]
#[command(name = "switchback", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(flatten)]
    pub ends: Ends,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

impl Cli {
    /// A program that asked for another form could not read what it gets.
    fn takes_format(&self) -> Result<(), Failure> {
        let format = self.global.format;
        if self.verb.as_ref().is_none_or(|verb| verb.prints(format)) {
            return Ok(());
        }
        let text = match format {
            Format::Markdown => {
                "only `plan` and `report` print markdown; leave --format out, or give text or json"
            }
            Format::Json | Format::Text => "this command prints no json; leave --format out",
        };
        Err(Failure::new(Code::Usage, text))
    }

    /// The road that the screens begin with; a command has flags of its own for it, behind its name.
    pub fn road(&self) -> Result<Road, Failure> {
        let Ends { from, to, answers } = &self.ends;
        let said = from.is_some() || to.is_some() || answers.is_some();
        if said && self.verb.is_some() {
            let text = "--from, --to and --answers before a command are for the screens alone; put \
                        them after the command, if it takes them";
            return Err(Failure::new(Code::Usage, text));
        }
        self.takes_format()?;
        Ok(Road {
            ends: self.ends.clone(),
            generate: Vec::new(),
        })
    }
}

/// What of the road can be said before the screens open: all else is asked there.
#[derive(Clone, Debug, Default, Args)]
pub struct Ends {
    /// The release that runs, if the probes cannot tell or are wrong
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
    /// The release to reach [default: the latest that can be reached]
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Inputs and decisions, as YAML; without a screen also marks, waivers and consents
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// The product's folder [default: the current folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Where runs and backups are kept [default: $SWITCHBACK_STATE_DIR, else the user's state folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// A bundled pack's name, or the folder of a pack
    #[arg(long, global = true, value_name = "NAME|DIR")]
    pub pack: Option<String>,
    /// Lays the rules of a folder over the pack: a file takes the place of the pack's, or is added
    #[arg(long, global = true, value_name = "DIR")]
    pub overlay: Option<PathBuf>,
    /// Trusts a pack from outside by the digest that `rules check` prints
    #[arg(long, global = true, value_name = "DIGEST")]
    pub trust: Option<String>,
    /// Shows numbered lines and prompts instead of screens, as on a terminal that cannot be drawn on
    #[arg(long, global = true)]
    pub plain: bool,
    /// Lets the wheel scroll and a click select a row; selecting text then needs Shift
    #[arg(long, global = true)]
    pub mouse: bool,
    /// Once something was changed, waits for a person no longer than this, then rolls back by itself
    #[arg(long, global = true, value_name = "TIME", value_parser = a_time)]
    pub confirm_within: Option<Span>,
    /// How to print: text for people, json for programs
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// An input (NAME=VALUE), a decision (RULE-ID=take) or a variant (variant.NAME=CHOICE)
    #[arg(long = "set", global = true, value_name = "K=V")]
    pub set: Vec<String>,
}

/// The folders of a command, as they are said behind the name of the program.
pub fn folders(root: Option<&Path>, state: Option<&Path>) -> String {
    let all = [("--root", root), ("--state-dir", state)];
    let said = all.iter().filter_map(|(flag, dir)| {
        let dir = dir.as_ref()?.to_string_lossy();
        Some(format!(" {flag} {}", shell_word(&dir)))
    });
    said.collect()
}

impl Global {
    /// The same, said in this folder: what is told of them afterwards is true in any other.
    pub fn said_in(self, here: &Path) -> Self {
        // Without the dots in it.
        let at = |dir: PathBuf| here.join(dir).components().collect();
        Self {
            root: self.root.map(at),
            state_dir: self.state_dir.map(at),
            ..self
        }
    }

    /// The commands that a text names, with the folders that this one was given: typed as they stand
    /// they are about the same runs.
    pub fn with_folders(&self, text: &str) -> String {
        let folders = folders(self.root.as_deref(), self.state_dir.as_deref());
        let told = text.replace("`switchback ", &format!("`switchback{folders} "));
        // What names its folder is about another product than this one.
        told.replace(
            &format!("`switchback{folders} --root"),
            "`switchback --root",
        )
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    /// Only for `plan` and `report`
    Markdown,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Finds what has to change, and seals it into a plan; writes nothing of the product
    #[command(after_help = ANSWERS)]
    Plan(PlanArgs),
    /// Carries a plan out without a screen
    ///
    /// A process of its own does the work. If this command is killed or its line drops, that process
    /// goes on to its next question: `switchback status` names it and says whether it is working,
    /// `switchback attach` shows it. Ctrl-C or SIGTERM to this command stops the step that is running.
    /// To pause instead, send SIGTERM to the process that `status` names: it finishes what is running,
    /// and `resume` goes on from there.
    #[command(after_help = ANSWERS)]
    Apply(ApplyArgs),
    /// Goes on with a run from where its journal ends
    #[command(after_help = ANSWERS)]
    Resume(ResumeArgs),
    /// Confirms that a run is good, so that it does not roll back by itself
    Confirm(ConfirmArgs),
    /// Shows a run: on a terminal its screen, else its records as they come, until it waits
    Attach(AttachArgs),
    /// Rolls a run back: undoes every step, newest first, and proves every file that it edited
    #[command(after_help = ANSWERS)]
    Rollback(RollbackArgs),
    /// Lists the emergency steps of a run, pulls one, or takes it back
    Emergency(EmergencyArgs),
    /// Shows the state of a run
    Status(RunArg),
    /// Prints the report of a run
    Report(RunArg),
    /// Lists the runs of this state folder, and how to come back to unfinished runs of samples
    Runs,
    /// Puts the files of a run's backup into another folder, to look at or to copy from
    Restore(RestoreArgs),
    /// Shows the hops from one release to another, and why
    Path(PathArgs),
    /// Checks, explains and documents packs
    #[command(subcommand)]
    Rules(RulesVerb),
    /// Opens a sample product in a temporary folder; touches nothing else
    Demo(DemoArgs),
    /// Prints a completion script
    Completions {
        /// The shell that it is for
        shell: Shell,
    },
    /// Prints the manual page, or that of a command
    Man {
        /// A command; one below another as `rules-check`
        command: Option<String>,
    },
    /// Changes keys of one file
    #[command(hide = true)]
    Edit(EditArgs),
    /// Prints the difference of two files; ends with 1 if there is one
    #[command(hide = true)]
    Diff { before: PathBuf, after: PathBuf },
    /// Plays the journal of a run on the screens, at any speed; without a terminal prints its state
    Replay(ReplayArgs),
    /// The process that carries a run out, started by the front ends
    #[command(hide = true)]
    Worker { state: PathBuf, run: String },
    /// The process between a worker and a step's command
    #[command(hide = true)]
    Shim,
}

impl Verb {
    /// Whether what it prints has this form.
    fn prints(&self, format: Format) -> bool {
        match format {
            Format::Text => true,
            Format::Markdown => matches!(self, Self::Plan(_) | Self::Report(_)),
            Format::Json => match self {
                Self::Rules(verb) => {
                    matches!(verb, RulesVerb::Check { .. } | RulesVerb::Test { .. })
                }
                Self::Completions { .. }
                | Self::Man { .. }
                | Self::Edit(_)
                | Self::Diff { .. }
                | Self::Restore(_) => false,
                Self::Replay(args) => !args.svg,
                _whose_answer_is_data => true,
            },
        }
    }
}

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

fn a_time(text: &str) -> Result<Span, String> {
    match Span::try_from(text.to_owned())? {
        none if none.ms() == 0 => Err("no time at all is too short to confirm in".to_owned()),
        time => Ok(time),
    }
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
