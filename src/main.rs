//! Floor 5: parse the arguments, build the real world, choose a front end, map the end to an exit code.

use clap::Parser;
use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use switchback::{
    cli::{
        self, Outside, Place, Printer,
        args::{Cli, ReplayArgs, Road, Verb},
        end::{Code, Failure},
    },
    engine::{logout, runs},
    model::{record::End, text::sanitize},
    standin::{self, demo},
    tui::{
        self, Start,
        backend::OpenRun,
        local::Local,
        replay::{Player, Recording},
        svg::{Shade, svg},
        theme::Look,
    },
    world::{
        World,
        detached::{self, OURSELVES},
        memory,
    },
};

/// Said to whoever comes back to a sample that nobody has kept.
const SAMPLE_ENDED: &str = "The services of this sample have ended with the last screen on it: its runs \
    can be looked at, not carried on or taken back. `switchback demo` lays out a new one.";

/// The hidden command of the demo's imitations: `switchback stand-in NAME HOME ARGUMENTS…`.
const STAND_IN: &str = "stand-in";
/// Of a terminal whose width nobody asks for.
const COLUMNS: usize = 80;
/// Columns and rows of a picture: the screen that must be good.
const PICTURE_SIZE: (u16, u16) = (80, 24);

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(told_panic));
    detached::keep_to_ourselves();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    // The imitations take whatever the real programs take: no argument of theirs is ours to read.
    let args: Vec<OsString> = env::args_os().collect();
    if let [_, verb, name, home, rest @ ..] = args.as_slice()
        && verb == STAND_IN
    {
        let text = |arg: &OsString| arg.to_string_lossy().into_owned();
        let rest: Vec<String> = rest.iter().map(text).collect();
        let ended = standin::run(&text(name), Path::new(home), &rest, &mut out, &mut err);
        return ExitCode::from(u8::try_from(ended).unwrap_or(1));
    }
    if let Err(error) = memory::keep_to_ourselves() {
        let told = "switchback: other programs of this user may look into its memory";
        let _closed = writeln!(err, "{told}: {error}");
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // It quotes what was said.
        Err(error) if error.use_stderr() => {
            let told = error.render().to_string();
            let told = told.strip_prefix("error: ").unwrap_or(&told);
            let _closed = write!(err, "switchback: {}", sanitize(told));
            return code(Code::Usage);
        }
        Err(help) => {
            let printed = help.print().and_then(|()| out.flush());
            return match printed {
                // The reader may have gone.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    let _closed = writeln!(err, "switchback: {error}");
                    code(Code::Unsaid)
                }
                _ => code(Code::Done),
            };
        }
    };
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
        world: World::real(Path::new(OURSELVES)),
        here: &here,
        exe: &env::current_exe().unwrap_or_default(),
        temporary: &env::temp_dir(),
    };
    let wants_screen = match &cli.verb {
        None | Some(Verb::Attach(_) | Verb::Replay(_)) => true,
        Some(Verb::Demo(args)) => !args.headless,
        Some(_) => false,
    };
    let screen = match (&cli.verb, front_end(cli.global.plain)) {
        (Some(Verb::Replay(args)), _) if args.svg => Some(picture(&cli, &outside, args)),
        _ if !wants_screen => None,
        (_, FrontEnd::Drawn) => Some(screen(&cli, &outside, false)),
        (_, FrontEnd::Plain) => Some(screen(&cli, &outside, true)),
        (_, FrontEnd::None) if cli.global.plain => Some(Err(Failure::told(
            Code::Usage,
            &tui::TuiError::NotATerminal,
        ))),
        (_, FrontEnd::None) => None,
    };
    if let Some(end) = screen {
        return match end {
            Ok(end) => ExitCode::from(end),
            Err(failure) => {
                let text = cli.global.with_folders(&failure.text);
                let _closed = writeln!(err, "switchback: {text}");
                code(failure.code)
            }
        };
    }
    code(cli::run(cli, &outside, &mut out, &mut err))
}

enum FrontEnd {
    Drawn,
    /// Lines and prompts.
    Plain,
    /// Nobody can be asked.
    None,
}

/// What is typed must come from a terminal. One that cannot be drawn on is walked in lines; what is
/// told in lines may be piped on.
fn front_end(plain: bool) -> FrontEnd {
    let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    match (io::stdin().is_terminal(), io::stdout().is_terminal()) {
        (true, true) if !dumb && !plain => FrontEnd::Drawn,
        (true, true) => FrontEnd::Plain,
        (true, false) if plain => FrontEnd::Plain,
        (_, _) => FrontEnd::None,
    }
}

/// The terminal UI, on the product or on a sample that is made for it.
fn screen(cli: &Cli, outside: &Outside<'_>, plain: bool) -> Result<u8, Failure> {
    let road = cli.road()?;
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
                walk(inner, &road, start)
            };
            cli::with_sample(&place, args, &say, walk)
        }
        Some(Verb::Replay(args)) => replay(&place, args, plain),
        _the_product_or_a_run => {
            let on_sample = |inner: &Place, lives: bool| {
                let start = Start {
                    warning: (!lives).then(|| SAMPLE_ENDED.to_owned()),
                    ..begin(inner, plain)
                };
                come_to(cli, inner, &road, start)
            };
            match cli::with_found_sample(&place, &say, on_sample)? {
                Some(end) => Ok(end),
                None => come_to(cli, &place, &road, begin(&place, plain)),
            }
        }
    }
}

/// To the run that was named, or to the beginning of the road.
fn come_to(cli: &Cli, place: &Place, road: &Road, start: Start) -> Result<u8, Failure> {
    let Some(Verb::Attach(args)) = &cli.verb else {
        return walk(place, road, start);
    };
    let state = place.state()?;
    let run = cli::open_run(place, &state, args.run.as_deref())?;
    let (known, _) = runs::look(&place.world, &state, &run)?;
    let how = match known.end {
        Some(_) => OpenRun::Report,
        None if args.watch => OpenRun::Watch,
        None => OpenRun::Resume,
    };
    let open = Some((run, how));
    walk(place, road, Start { open, ..start })
}

/// What the screens begin with, on the product of this place.
fn begin(place: &Place, plain: bool) -> Start {
    let variable = |name: &str| place.world.system.environment().remove(name);
    // Whoever was walked in lines comes back to lines, also on another terminal.
    let verb = if plain { "--plain attach" } else { "attach" };
    Start {
        in_lines: plain,
        logout: logout::hint(&place.world),
        comes_back: Some(place.command(verb)),
        ..Start::new(Look::of(variable))
    }
}

/// The exit code: one of ours, or that of a signal as a shell names it.
fn walk(place: &Place, road: &Road, start: Start) -> Result<u8, Failure> {
    let options = place.options(road)?;
    let state = options.state.path().to_owned();
    let start = Start {
        state_dir: Some(state.display().to_string()),
        ..start
    };
    let shell = move |folder: &Path| shell(folder, &state);
    let mut front = place.front()?;
    front.stays = true;
    let backend = Local::new(front, options, Box::new(shell));
    let clock = place.world.clock.clone();
    // What the screen said about it goes with the screen.
    let comes_back = start.comes_back.clone();
    let end = tui::run(Box::new(backend), clock, start, place.takes_mouse());
    let last = match &end {
        Ok(tui::Outcome::LeftRun | tui::Outcome::LeftStuck) => {
            comes_back.map(|command| format!("Come back with:  {command}"))
        }
        Ok(tui::Outcome::Ended(_)) => Some(format!("Its report:  {}", place.command("report"))),
        _nothing_is_left_to_see => None,
    };
    if let Some(words) = last {
        let _closed = writeln!(io::stdout(), "{}", apart(&sanitize(&words)));
    }
    ended(end)
}

/// What is copied has a line of its own where it does not fit behind what is said of it.
fn apart(words: &str) -> String {
    if words.chars().count() < COLUMNS {
        words.to_owned()
    } else {
        words.replacen(":  ", ":\n", 1)
    }
}

/// A recorded run on the same screens; its player is their backend and their clock.
fn replay(place: &Place, args: &ReplayArgs, plain: bool) -> Result<u8, Failure> {
    let recording = recording(place, args)?;
    let run = recording.run();
    let player = Player::new(recording, place.world.clock.clone(), args.speed);
    let variable = |name: &str| place.world.system.environment().remove(name);
    let start = Start {
        in_lines: plain,
        playing: Some(player.playing()),
        open: Some((run, OpenRun::Watch)),
        ..Start::new(Look::of(variable))
    };
    let backend = Box::new(player.clone());
    match tui::run(backend, Arc::new(player), start, place.takes_mouse()) {
        end @ (Ok(tui::Outcome::Signal(_)) | Err(_)) => ended(end),
        Ok(_how_the_run_ended_is_not_our_end) => Ok(Code::Done as u8),
    }
}

fn recording(place: &Place, args: &ReplayArgs) -> Result<Recording, Failure> {
    let decoded = cli::read_journal(place, &args.journal)?;
    Recording::of(decoded).map_err(|error| Failure::told(Code::Damaged, &error))
}

fn picture(cli: &Cli, outside: &Outside<'_>, args: &ReplayArgs) -> Result<u8, Failure> {
    let place = Place::new(&cli.global, outside)?;
    let look = Look {
        colour: true,
        unicode: true,
    };
    let screen = recording(&place, args)?.picture(args.at, look, PICTURE_SIZE);
    let shade = if args.light {
        Shade::Light
    } else {
        Shade::Dark
    };
    let mut out = io::stdout();
    let mut printer = Printer::new(&mut out, cli.global.format);
    printer.raw(svg(&screen, shade).as_bytes());
    let unsaid = |error| Failure::told(Code::Unsaid, &error);
    printer.end().map_err(unsaid)?;
    Ok(Code::Done as u8)
}

fn ended(end: Result<tui::Outcome, tui::TuiError>) -> Result<u8, Failure> {
    let code = match end {
        Ok(tui::Outcome::NothingStarted | tui::Outcome::Ended(End::Done | End::Abandoned)) => {
            Code::Done
        }
        Ok(tui::Outcome::Ended(End::RolledBack)) => Code::RolledBack,
        Ok(tui::Outcome::LeftRun) => Code::Waiting,
        Ok(tui::Outcome::LeftStuck) => Code::Stuck,
        Ok(tui::Outcome::Signal(number)) => return Ok(u8::try_from(128 + number).unwrap_or(255)),
        Err(error) => return Err(Failure::told(Code::Usage, &error)),
    };
    Ok(code as u8)
}

/// The operator's own shell, on this terminal, until it is left. Commands of ours that are typed there
/// are about the runs of this screen, and in a sample its imitations are found before real programs:
/// those know nothing of it.
#[expect(
    clippy::disallowed_methods,
    reason = "it belongs to the operator: nothing of it is captured, limited or recorded"
)]
fn shell(folder: &Path, state: &Path) -> Result<(), String> {
    let shell = env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let _closed = writeln!(
        io::stdout(),
        "a shell in {}; `exit` leads back to switchback, the run stays as it is",
        sanitize(&folder.display().to_string())
    );
    let left = std::process::Command::new(&shell)
        .current_dir(folder)
        .env(cli::STATE_DIR, state)
        .envs(demo::programs_of(folder).and_then(before_others))
        .status();
    match left {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "{} could not be started: {error}",
            shell.to_string_lossy()
        )),
    }
}

/// The variable by which programs are found, with this folder before the others.
fn before_others(folder: PathBuf) -> Option<(&'static str, OsString)> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder).chain(env::split_paths(&path));
    Some(("PATH", env::join_paths(all).ok()?))
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
