//! Floor 4: the command line. Without a terminal, in a script or in a fleet, the same road is
//! walked here by the same asks and records as on the screens. It never prompts, and its default
//! is never destructive: what a person must say stands in the answers file, or the command ends
//! with the exit code that says so.
//!
//! It knows nothing of the terminal UI, and writes only to the writers it is given.

pub mod args;
mod back;
mod demo;
mod diff;
mod drive;
mod edit;
mod elsewhere;
mod emergency;
pub mod end;
mod failures;
mod follow;
mod forward;
mod interrupt;
mod opened;
mod path;
mod place;
mod plan;
mod print;
mod prune;
mod pulse;
mod restore;
mod road;
mod rules;
mod runs;
mod script;
mod shell;
mod status;
mod steps;
mod told;
mod which_run;

use crate::{
    engine::{process, store::run_dir::StateDir},
    model::{ascii, ids::RunId},
    world::{self, World},
};
use args::{Cli, RunsVerb, Verb};
use end::{Code, End};
use std::{io::Write, path::Path};

pub use demo::{with_found_sample, with_sample};
pub use elsewhere::waiting_samples;
pub use place::Place;
pub use print::Printer;
pub use runs::read_journal;
pub use shell::shell;
pub use which_run::open_run;

/// The environment of a command: `main` provides it, and tests provide their own.
pub struct Outside<'o> {
    pub world: World,
    /// The folder the shell is in.
    pub here: &'o Path,
    /// This program's own file, which the demo's imitations call.
    pub exe: &'o Path,
    /// A folder for temporary files.
    pub temporary: &'o Path,
}

/// Carries out one command. Its output goes to `out`; the reason for a failure goes to `err`.
pub fn run(cli: Cli, outside: &Outside<'_>, out: &mut dyn Write, err: &mut dyn Write) -> Code {
    let environment = outside.world.system.environment();
    let ascii = ascii::is_utf8(|name| environment.get(name).cloned()) == Some(false);
    let mut printer = Printer::new(out, cli.global.format).in_ascii(ascii);
    let global = cli.global.clone().said_in(outside.here);
    let code = match dispatch(cli, outside, &mut printer) {
        Ok(code) => code,
        Err(failure) => {
            // If the caller has closed the pipe, nobody is left to be told.
            let text = global.with_folders(&failure.text);
            let text = if ascii {
                ascii::signs(&text)
            } else {
                text.as_str().into()
            };
            let _closed = writeln!(err, "switchback: {text}");
            failure.code
        }
    };
    match printer.end() {
        Ok(()) => code,
        Err(error) => {
            let told = "not everything could be printed; what was done stays done";
            let _closed = writeln!(err, "switchback: {told}: {error}");
            // If the command itself failed, its own code says more.
            if code == Code::Done {
                Code::Unsaid
            } else {
                code
            }
        }
    }
}

fn dispatch(cli: Cli, outside: &Outside<'_>, printer: &mut Printer<'_>) -> End {
    match &cli.verb {
        Some(Verb::Worker { state, run }) => {
            let (state, run) = (StateDir::new(state.clone()), RunId::new(run.as_str()));
            let serve = || process::serve(&outside.world, &state, &run);
            return own(demo::kept(&outside.world, &state, serve));
        }
        Some(Verb::Shim) => return own(world::shim()),
        _commands_of_a_person => {}
    }
    let place = Place::new(&cli.global, outside)?;
    let Some(verb) = cli.verb else {
        return Err(end::Failure::new(
            Code::Usage,
            "there is no terminal here to ask on: name a command, such as `switchback plan` or `switchback \
             apply --yes`; `switchback --help` lists them",
        ));
    };
    match verb {
        Verb::Plan(args) => plan::plan(&place, &args, printer),
        Verb::Apply(args) => forward::apply(&place, &args, printer),
        Verb::Resume(args) => forward::resume(&place, &args, printer),
        Verb::Confirm(args) => forward::confirm(&place, &args, printer),
        Verb::Attach(args) => forward::attach(&place, &args, printer),
        Verb::Rollback(args) => back::roll_back(&place, &args, printer),
        Verb::Emergency(args) => emergency::emergency(&place, &args, printer),
        Verb::Status(args) => runs::status(&place, args.run.as_deref(), printer),
        Verb::Report(args) => runs::report(&place, args.run.as_deref(), printer),
        Verb::Runs { verb: None } => runs::list(&place, printer),
        Verb::Runs {
            verb: Some(RunsVerb::Prune(args)),
        } => prune::prune(&place, &args, printer),
        Verb::Restore(args) => restore::restore(&place, &args, printer),
        Verb::Path(args) => path::path(&place, &args, printer),
        Verb::Rules(verb) => rules::rules(&place, &verb, printer),
        Verb::Demo(args) => demo::demo(&place, &args, printer),
        Verb::Completions { shell } => script::completions(shell, printer),
        Verb::Man { command } => script::manual(command.as_deref(), printer),
        Verb::Edit(args) => edit::edit(&place, &args, printer),
        Verb::Diff { before, after } => diff::diff(&place, &before, &after, printer),
        Verb::Replay(args) => runs::replay(&place, &args.journal, printer),
        Verb::Worker { .. } | Verb::Shim => Ok(Code::Usage),
    }
}

/// The result of one of our own processes: only its log is read.
fn own<E: std::error::Error>(end: Result<(), E>) -> End {
    match end {
        Ok(()) => Ok(Code::Done),
        Err(error) => Err(end::Failure::told(Code::Fault, &error)),
    }
}
