//! Floor 5: parse the arguments, build the real world, choose a front end, map the end to an exit code.

use clap::Parser;
use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};
use switchback::{
    cli::{
        self, Outside,
        args::{Cli, Verb},
        end::Code,
    },
    standin,
    world::World,
};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(told_panic));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed too; the reader may have gone.
            let _closed = error.print();
            return code(if error.use_stderr() {
                Code::Usage
            } else {
                Code::Done
            });
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
            let _closed = writeln!(
                err,
                "switchback: the current folder cannot be used: {error}"
            );
            return code(Code::Usage);
        }
    };
    let outside = Outside {
        world: World::real(),
        here: &here,
        exe: &env::current_exe().unwrap_or_default(),
        temporary: &env::temp_dir(),
    };
    code(cli::run(cli, &outside, &mut out, &mut err))
}

fn code(code: Code) -> ExitCode {
    ExitCode::from(code as u8)
}

/// A fault of ours ends with its own exit code, and says so without a second panic on a terminal
/// that has gone.
fn told_panic(info: &std::panic::PanicHookInfo<'_>) {
    let _closed = writeln!(
        io::stderr(),
        "switchback: a fault of its own: {info}\nthe journal holds what was done: `switchback status` shows it"
    );
    std::process::exit(i32::from(Code::Fault as u8));
}
