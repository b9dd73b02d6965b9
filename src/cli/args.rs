//! The command line as types: what can be said, and nothing of what it does.

mod verbs;

pub use verbs::{
    ApplyArgs, AttachArgs, ConfirmArgs, DemoArgs, EditArgs, EmergencyArgs, Hold, PathArgs,
    PlanArgs, PruneArgs, ReplayArgs, RestoreArgs, ResumeArgs, Road, RollbackArgs, RulesVerb,
    RunArg, RunsVerb,
};

use super::end::{Code, Failure};
use crate::model::{text::shell_word, units::Span};
use clap::{Args, Parser, Subcommand, ValueEnum};
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
    /// Refuses what clap takes but this command makes nothing of: nobody is left to believe that it had
    /// an effect.
    pub fn must_fit(&self) -> Result<(), Failure> {
        let Some(verb) = &self.verb else {
            return Ok(());
        };
        let refused = |text: String| Err(Failure::new(Code::Usage, text));
        let Ends { from, to, answers } = &self.ends;
        if from.is_some() || to.is_some() || answers.is_some() {
            let text = "--from, --to and --answers before a command are for the screens alone; put \
                        them after the command, if it takes them";
            return refused(text.to_owned());
        }
        let Global {
            pack,
            overlay,
            trust,
            confirm_within,
            set,
            ..
        } = &self.global;
        let idle = [
            ("--pack", pack.is_some() && !verb.reads_rules()),
            ("--overlay", overlay.is_some() && !verb.reads_rules()),
            ("--trust", trust.is_some() && !verb.opens_a_product()),
            ("--set", !set.is_empty() && !verb.takes_answers()),
            (
                "--confirm-within",
                confirm_within.is_some() && !verb.goes_forward(),
            ),
        ];
        if let Some((option, _)) = idle.into_iter().find(|(_, idle)| *idle) {
            return refused(format!(
                "{option} has no effect on this command; leave it out"
            ));
        }
        // A program that asked for another form could not read what it gets.
        match self.global.format {
            format if verb.prints(format) => Ok(()),
            Format::Markdown => refused(
                "only `plan` and `report` print markdown; leave --format out, or give text or json"
                    .to_owned(),
            ),
            Format::Json | Format::Text => {
                refused("this command prints no json; leave --format out".to_owned())
            }
        }
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
    Runs {
        #[command(subcommand)]
        verb: Option<RunsVerb>,
    },
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
    /// Whether it holds a product against the rules of a pack, which may have to be trusted.
    fn opens_a_product(&self) -> bool {
        // A run that was begun goes on with its own copy of the pack.
        matches!(
            self,
            Self::Plan(_) | Self::Apply(_) | Self::Path(_) | Self::Attach(_)
        )
    }

    fn reads_rules(&self) -> bool {
        self.opens_a_product()
            || matches!(self, Self::Rules(verb) if !matches!(verb, RulesVerb::Schema))
    }

    fn takes_answers(&self) -> bool {
        self.opens_a_product() || matches!(self, Self::Resume(_) | Self::Rollback(_))
    }

    fn goes_forward(&self) -> bool {
        matches!(
            self,
            Self::Apply(_) | Self::Resume(_) | Self::Attach(_) | Self::Demo(_)
        )
    }

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
                Self::Plan(_)
                | Self::Apply(_)
                | Self::Resume(_)
                | Self::Confirm(_)
                | Self::Attach(_)
                | Self::Rollback(_)
                | Self::Emergency(_)
                | Self::Status(_)
                | Self::Report(_)
                | Self::Runs { .. }
                | Self::Path(_)
                | Self::Demo(_)
                | Self::Worker { .. }
                | Self::Shim => true,
            },
        }
    }
}

fn a_time(text: &str) -> Result<Span, String> {
    match Span::try_from(text.to_owned())? {
        none if none.ms() == 0 => Err("no time at all is too short to confirm in".to_owned()),
        time => Ok(time),
    }
}
