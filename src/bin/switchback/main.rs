//! Floor 5: parses the arguments, builds the real world, chooses a front end, maps the result to an
//! exit code.

mod front;
mod replay;
mod screens;

use clap::Parser;
use front::Front;
use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};
use switchback::{
    cli::{self, Outside, args::Cli, end::Code},
    model::text::sanitize,
    standin,
    world::{
        World,
        detached::{self, OURSELVES},
        memory,
    },
};

/// The hidden command of the demo's imitations: `switchback stand-in NAME HOME ARGUMENTS…`.
const STAND_IN: &str = "stand-in";

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(told_panic));
    detached::keep_to_ourselves();
    // The imitations take whatever arguments the real programs take: none of them is ours to parse.
    if let Some(ended) = imitation(&env::args_os().collect::<Vec<_>>()) {
        return ended;
    }
    if let Err(error) = memory::keep_to_ourselves() {
        warn(format_args!(
            "other programs of this user may look into its memory: {error}"
        ));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(not_a_command) => return told(&not_a_command),
    };
    let here = match env::current_dir() {
        Ok(here) => here,
        Err(error) => {
            warn(format_args!(
                "the current folder cannot be used: {error}; `cd` into one that is there"
            ));
            return code(Code::Usage);
        }
    };
    let outside = Outside {
        world: World::real(Path::new(OURSELVES)),
        here: &here,
        exe: &env::current_exe().unwrap_or_default(),
        temporary: &env::temp_dir(),
    };
    let end = match Front::of(&cli) {
        Ok(Front::CommandLine) => {
            return code(cli::run(
                cli,
                &outside,
                &mut io::stdout(),
                &mut io::stderr(),
            ));
        }
        Ok(Front::Picture(args)) => replay::picture(&cli, &outside, args),
        Ok(Front::Recording { args, plain }) => replay::play(&cli, &outside, args, plain),
        Ok(Front::Screens { plain }) => screens::open(&cli, &outside, plain),
        Err(nobody_can_be_asked) => Err(nobody_can_be_asked),
    };
    match end {
        Ok(end) => ExitCode::from(end),
        Err(failure) => {
            let global = cli.global.clone().said_in(&here);
            warn(format_args!("{}", global.with_folders(&failure.text)));
            code(failure.code)
        }
    }
}

/// Runs one of the demo's imitations, if that was called.
fn imitation(args: &[OsString]) -> Option<ExitCode> {
    let [_, verb, name, home, rest @ ..] = args else {
        return None;
    };
    if verb != STAND_IN {
        return None;
    }
    let text = |arg: &OsString| arg.to_string_lossy().into_owned();
    let rest: Vec<String> = rest.iter().map(text).collect();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let ended = standin::run(&text(name), Path::new(home), &rest, &mut out, &mut err);
    Some(ExitCode::from(u8::try_from(ended).unwrap_or(1)))
}

/// Prints what clap says instead of a command: an error, or the help.
fn told(said: &clap::Error) -> ExitCode {
    if said.use_stderr() {
        // The text quotes what was typed.
        let text = said.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let _closed = write!(io::stderr(), "switchback: {}", sanitize(text));
        return code(Code::Usage);
    }
    match said.print().and_then(|()| io::stdout().flush()) {
        // A reader that has gone away is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            warn(format_args!("{error}"));
            code(Code::Unsaid)
        }
        _ => code(Code::Done),
    }
}

fn warn(words: std::fmt::Arguments<'_>) {
    let _closed = writeln!(io::stderr(), "switchback: {words}");
}

fn code(code: Code) -> ExitCode {
    ExitCode::from(code as u8)
}

/// Ends a fault of ours with its own exit code, and says so without a second panic if the terminal
/// is gone.
fn told_panic(info: &std::panic::PanicHookInfo<'_>) {
    warn(format_args!(
        "an internal error: {info}\nthe journal holds what was done: `switchback status` shows it"
    ));
    std::process::exit(i32::from(Code::Fault as u8));
}
