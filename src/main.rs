//! Floor 5: parse the arguments, build the real world, choose a front end, map the end to an exit
//! code.

use clap::Parser;
use std::{
    env,
    io::{self, IsTerminal, Write},
    path::Path,
    process::{Command, ExitCode},
};
use switchback::{
    cli::{
        self, Outside, Place,
        args::{Cli, DemoArgs, Global, Road, Verb},
        demo,
        end::{Code, End, Failure},
    },
    model::record::End as RunEnd,
    standin,
    tui::{self, TuiError, app::Outcome, local::Local, theme::Look},
    world::World,
};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(told_panic));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed too; the reader may have gone.
            let _closed = error.print();
            let wrong = error.use_stderr();
            return code(if wrong { Code::Usage } else { Code::Done });
        }
    };
    let (mut out, mut err) = (io::stdout(), io::stderr());
    if let Some(Verb::StandIn { name, home, args }) = &cli.verb {
        let ended = standin::run(name, home, args, &mut out, &mut err);
        return ExitCode::from(u8::try_from(ended).unwrap_or(1));
    }
    let here = match env::current_dir() {
        Ok(here) => here,
        Err(error) => {
            let what = "the current folder cannot be used";
            let _closed = writeln!(err, "switchback: {what}: {error}");
            return code(Code::Usage);
        }
    };
    let outside = Outside {
        world: World::real(),
        here: &here,
        exe: &env::current_exe().unwrap_or_default(),
        temporary: &env::temp_dir(),
    };
    let end = match &cli.verb {
        None if on_a_terminal(&outside) => on_the_product(&cli.global, &outside),
        Some(Verb::Demo(args)) if !args.headless && on_a_terminal(&outside) => {
            on_a_sample(&cli.global, args, &outside, &mut out)
        }
        _for_a_script => return code(cli::run(cli, &outside, &mut out, &mut err)),
    };
    code(end.unwrap_or_else(|failure| {
        // The terminal may be what failed.
        let _closed = writeln!(err, "switchback: {}", failure.text);
        failure.code
    }))
}

fn on_a_terminal(outside: &Outside<'_>) -> bool {
    let dumb = variable(&outside.world, "TERM").is_none_or(|term| term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !dumb
}

fn variable(world: &World, name: &str) -> Option<String> {
    world.system.environment().remove(name)
}

fn on_the_product(global: &Global, outside: &Outside<'_>) -> End {
    screens(&Place::new(global, outside)?)
}

fn on_a_sample(
    global: &Global,
    args: &DemoArgs,
    outside: &Outside<'_>,
    out: &mut dyn Write,
) -> End {
    let place = Place::new(global, outside)?;
    let setup = demo::prepare(&place, args)?;
    let end = screens(&demo::inside(&place, &setup, &args.system)?);
    let ended = setup.finish();
    let _closed = writeln!(out, "the sample is in {}", setup.root.display());
    ended.map_err(|error| Failure::told(Code::Failed, &error))?;
    end
}

fn screens(place: &Place) -> End {
    let world = &place.world;
    let options = place.options(&Road::default())?;
    let backend = Local::new(world.clone(), options, Box::new(shell));
    let environment = world.system.environment();
    let look = Look::of(|name| environment.get(name).cloned());
    let options = tui::Options { look, open: None };
    match tui::run(Box::new(backend), world.clock.clone(), options) {
        Ok(Outcome::NothingStarted | Outcome::Ended(RunEnd::Done | RunEnd::Abandoned)) => {
            Ok(Code::Done)
        }
        Ok(Outcome::Ended(RunEnd::RolledBack)) => Ok(Code::RolledBack),
        Ok(Outcome::LeftRun | Outcome::Signal(_)) => Ok(Code::Waiting),
        Err(error @ (TuiError::NotATerminal | TuiError::Terminal(_))) => {
            Err(Failure::told(Code::Usage, &error))
        }
        Err(error @ TuiError::Fault) => Err(Failure::told(Code::Fault, &error)),
        Err(error @ TuiError::Gone) => Err(Failure::told(Code::Waiting, &error)),
    }
}

/// The operator's own shell, in the product's folder, on the terminal that the screens lent it.
#[expect(
    clippy::disallowed_methods,
    reason = "a shell needs the terminal itself, which no world has"
)]
fn shell(folder: &Path) -> Result<(), String> {
    let program = env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let ended = Command::new(&program).current_dir(folder).status();
    let name = program.to_string_lossy();
    ended
        .map(drop)
        .map_err(|error| format!("{name} could not be started: {error}"))
}

fn code(code: Code) -> ExitCode {
    ExitCode::from(code as u8)
}

/// A fault of ours ends with its own exit code, and says so without a second panic on a terminal
/// that has gone. A fault on the worker's thread ends the program too: its run can be resumed.
fn told_panic(info: &std::panic::PanicHookInfo<'_>) {
    let _closed = writeln!(
        io::stderr(),
        "switchback: a fault of its own: {info}\n\
         the journal holds what was done: `switchback status` shows it"
    );
    std::process::exit(i32::from(Code::Fault as u8));
}
