//! The screens on a product, on a run of it, or on a sample that is made for them.

use std::io::{self, Write};
use switchback::{
    cli::{
        self, Outside, Place,
        args::{Cli, Ends, Verb},
        end::{Code, Failure},
    },
    engine::{logout, runs},
    model::{record::RunEnd, text::sanitize},
    tui::{
        self, Outcome, Start, TuiError,
        backend::OpenRun,
        local::{Local, Shell},
        theme::Look,
    },
};

/// Shown to whoever comes back to a sample that was not kept.
const SAMPLE_ENDED: &str = "The services of this sample have ended with the last screen on it: its \
                            runs can be looked at, but neither resumed nor rolled back. `switchback \
                            demo` makes a new one.";
/// A width for the last words, without asking the terminal.
const COLUMNS: usize = 80;

/// Opens the screens until the operator leaves; returns the exit code.
pub fn open(cli: &Cli, outside: &Outside<'_>, plain: bool) -> Result<u8, Failure> {
    let place = Place::new(&cli.global, outside)?;
    let say = |words: String| {
        let _closed = writeln!(io::stdout(), "{words}");
    };
    match &cli.verb {
        Some(Verb::Demo(args)) => {
            let beside = cli::waiting_samples(&place);
            let walk = |inner: &Place| {
                let start = Start {
                    beside,
                    ..begin(inner, plain)
                };
                walk(inner, &cli.ends, start)
            };
            cli::with_sample(&place, args, &say, walk)
        }
        _the_product_or_a_run => {
            let on_sample = |inner: &Place, lives: bool| {
                let start = Start {
                    warning: (!lives).then(|| SAMPLE_ENDED.to_owned()),
                    ..begin(inner, plain)
                };
                come_to(cli, inner, start)
            };
            match cli::with_found_sample(&place, &say, on_sample)? {
                Some(end) => Ok(end),
                None => come_to(cli, &place, begin(&place, plain)),
            }
        }
    }
}

/// Opens the named run, or the start of the road.
fn come_to(cli: &Cli, place: &Place, start: Start) -> Result<u8, Failure> {
    let Some(Verb::Attach(args)) = &cli.verb else {
        return walk(place, &cli.ends, start);
    };
    let state = place.state()?;
    let run = cli::open_run(place, &state, args.run.as_deref())?;
    let (known, _) = runs::look(&place.world, &state, &run)?;
    let how = match known.ended() {
        Some(_) => OpenRun::Report,
        None if args.watch => OpenRun::Watch,
        None => OpenRun::Resume,
    };
    let open = Some((run, how));
    walk(place, &cli.ends, Start { open, ..start })
}

/// What the screens begin with, on the product of this place.
fn begin(place: &Place, plain: bool) -> Start {
    // Whoever used lines comes back to lines, even on another terminal.
    let verb = if plain { "--plain attach" } else { "attach" };
    Start {
        in_lines: plain,
        logout: logout::hint(&place.world),
        comes_back: Some(place.command(verb)),
        ..Start::new(look(place))
    }
}

pub fn look(place: &Place) -> Look {
    Look::of(|name: &str| place.world.system.environment().remove(name))
}

fn walk(place: &Place, ends: &Ends, start: Start) -> Result<u8, Failure> {
    let session = place.options(ends)?;
    let start = Start {
        state_dir: Some(session.state.path().display().to_string()),
        ..start
    };
    let state = session.state.path().to_owned();
    let shell: Shell = Box::new(move |folder| cli::shell(folder, &state, &mut io::stdout()));
    let mut front = place.front()?;
    front.stays = true;
    let backend = Box::new(Local::new(front, session, shell, Box::new(place.typed())));
    // The screens, and the command they showed, disappear when left.
    let comes_back = start.comes_back.clone();
    let end = tui::run(
        backend,
        place.world.clock.clone(),
        start,
        place.takes_mouse(),
    );
    let last = match &end {
        Ok(Outcome::LeftRun | Outcome::LeftStuck) => {
            comes_back.map(|command| format!("Come back with:  {command}"))
        }
        Ok(Outcome::Ended(_)) => Some(format!("Its report:  {}", place.command("report"))),
        Ok(Outcome::NothingStarted | Outcome::Signal(_)) | Err(_) => None,
    };
    if let Some(words) = last {
        let _closed = writeln!(io::stdout(), "{}", apart(&sanitize(&words)));
    }
    exit_code(end)
}

/// Puts a text to be copied on a line of its own if it does not fit after its label.
fn apart(words: &str) -> String {
    if words.chars().count() < COLUMNS {
        words.to_owned()
    } else {
        words.replacen(":  ", ":\n", 1)
    }
}

/// Our own exit code, or that of a signal as a shell reports it.
pub fn exit_code(end: Result<Outcome, TuiError>) -> Result<u8, Failure> {
    let code = match end {
        Ok(Outcome::NothingStarted | Outcome::Ended(RunEnd::Done | RunEnd::Abandoned)) => {
            Code::Done
        }
        Ok(Outcome::Ended(RunEnd::RolledBack)) => Code::RolledBack,
        Ok(Outcome::LeftRun) => Code::Waiting,
        Ok(Outcome::LeftStuck) => Code::Stuck,
        Ok(Outcome::Signal(number)) => return Ok(u8::try_from(128 + number).unwrap_or(255)),
        Err(error @ TuiError::Gone) => return Err(Failure::told(Code::Unsaid, &error)),
        Err(error) => return Err(Failure::told(Code::Usage, &error)),
    };
    Ok(code as u8)
}
