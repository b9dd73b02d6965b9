//! Which front end carries out a command: it depends on the command, and on what the terminal can
//! do.

use std::{
    env,
    io::{self, IsTerminal},
};
use switchback::{
    cli::{
        args::{Cli, ReplayArgs, Verb},
        end::{Code, Failure},
    },
    tui::TuiError,
};

#[derive(Debug, PartialEq)]
pub enum Front<'c> {
    /// Output is printed, and nobody is asked.
    CommandLine,
    /// The screens, drawn; with `plain`, in lines and prompts.
    Screens { plain: bool },
    /// The same for a recorded run.
    Recording { args: &'c ReplayArgs, plain: bool },
    /// One screen of a recorded run, printed.
    Picture(&'c ReplayArgs),
}

/// What this program's standard streams can do.
struct Terminal {
    types: bool,
    shows: bool,
    draws: bool,
}

impl<'c> Front<'c> {
    pub fn of(cli: &'c Cli) -> Result<Self, Failure> {
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let terminal = Terminal {
            types: io::stdin().is_terminal(),
            shows: io::stdout().is_terminal(),
            draws: !dumb,
        };
        Self::on(&terminal, cli)
    }

    fn on(terminal: &Terminal, cli: &'c Cli) -> Result<Self, Failure> {
        cli.must_fit()?;
        let recording = match &cli.verb {
            Some(Verb::Replay(args)) if args.svg => return Ok(Self::Picture(args)),
            Some(Verb::Replay(args)) => Some(args),
            None | Some(Verb::Attach(_)) => None,
            Some(Verb::Demo(args)) if !args.headless => None,
            Some(_) => return Ok(Self::CommandLine),
        };
        let plain = cli.global.plain;
        match (terminal.in_lines(plain), recording) {
            (Some(plain), None) => Ok(Self::Screens { plain }),
            (Some(plain), Some(args)) => Ok(Self::Recording { args, plain }),
            (None, _) if plain => Err(Failure::told(Code::Usage, &TuiError::NotATerminal)),
            (None, _) => Ok(Self::CommandLine),
        }
    }
}

impl Terminal {
    /// Whether the screens are shown in lines, as on a terminal that cannot be drawn on. Input must
    /// come from a terminal; the output of lines may be piped. `None`: nobody can be asked.
    fn in_lines(&self, plain: bool) -> Option<bool> {
        let asks = self.types && (self.shows || plain);
        asks.then_some(plain || !self.draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    const WHOLE: Terminal = Terminal {
        types: true,
        shows: true,
        draws: true,
    };
    const DUMB: Terminal = Terminal {
        draws: false,
        ..WHOLE
    };
    const PIPED_ON: Terminal = Terminal {
        shows: false,
        ..WHOLE
    };
    const SCRIPT: Terminal = Terminal {
        types: false,
        ..WHOLE
    };
    const DRAWN: Front<'_> = Front::Screens { plain: false };
    const LINES: Front<'_> = Front::Screens { plain: true };

    fn cli(words: &str) -> Cli {
        let words = std::iter::once("switchback").chain(words.split_whitespace());
        Cli::try_parse_from(words).expect("a command")
    }

    #[test]
    fn a_terminal_gets_the_screens_that_it_can_show() {
        for (terminal, said, front) in [
            (WHOLE, "", DRAWN),
            (WHOLE, "--plain", LINES),
            (DUMB, "", LINES),
            (PIPED_ON, "", Front::CommandLine),
            (PIPED_ON, "--plain", LINES),
            (SCRIPT, "", Front::CommandLine),
        ] {
            let cli = cli(said);
            assert_eq!(Front::on(&terminal, &cli), Ok(front), "`{said}`");
        }
        assert!(Front::on(&SCRIPT, &cli("--plain")).is_err());
    }

    #[test]
    fn a_command_gets_the_screens_only_if_it_wants_them() {
        for (said, front) in [
            ("attach", DRAWN),
            ("demo", DRAWN),
            ("demo --headless", Front::CommandLine),
            ("plan", Front::CommandLine),
            ("--plain status", Front::CommandLine),
        ] {
            assert_eq!(Front::on(&WHOLE, &cli(said)), Ok(front), "`{said}`");
        }
    }

    /// Whoever says that a rollback is to be confirmed in time must not believe that it will be.
    #[test]
    fn an_option_that_a_command_makes_nothing_of_is_refused() {
        for (said, option) in [
            ("replay journal --trust d1", "--trust"),
            ("replay journal --confirm-within 5m", "--confirm-within"),
            ("replay journal --svg --set a=b", "--set"),
            ("replay journal --svg --format json", "--format"),
            ("rollback --confirm-within 5m", "--confirm-within"),
            ("resume --pack p", "--pack"),
            ("rules check --trust d1", "--trust"),
            ("rules schema --overlay o", "--overlay"),
            ("demo --set a=b", "--set"),
            ("status --set a=b", "--set"),
            ("--to 2.0 plan", "--to"),
        ] {
            let refused = Front::on(&WHOLE, &cli(said)).expect_err(said);
            assert_eq!(refused.code, Code::Usage, "`{said}`");
            assert!(refused.text.contains(option), "{}", refused.text);
        }
        for said in [
            "plan --pack p --overlay o --trust d1 --set a=b",
            "resume --set a=b --confirm-within 5m",
            "rules check --pack p --overlay o",
            "demo --confirm-within 5m",
            "--plain --mouse --root r --state-dir s status --format json",
        ] {
            assert!(Front::on(&WHOLE, &cli(said)).is_ok(), "`{said}`");
        }
    }

    #[test]
    fn a_recording_is_played_where_somebody_can_see_it() {
        let cli = cli("replay journal");
        let front = Front::on(&DUMB, &cli);
        assert!(matches!(front, Ok(Front::Recording { plain: true, .. })));
        assert_eq!(Front::on(&SCRIPT, &cli), Ok(Front::CommandLine));
    }

    #[test]
    fn a_picture_needs_no_terminal() {
        let cli = cli("--plain replay journal --svg");
        let front = Front::on(&SCRIPT, &cli);
        assert!(matches!(front, Ok(Front::Picture(args)) if args.svg));
    }
}
