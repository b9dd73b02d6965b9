//! A recorded run: played on the same screens as a live run, or one screen printed as a picture.

use super::screens;
use std::{io, sync::Arc};
use switchback::{
    cli::{
        self, Outside, Place, Printer,
        args::{Cli, ReplayArgs},
        end::{Code, Failure},
    },
    tui::{
        self, Outcome, Start,
        backend::OpenRun,
        replay::{Player, Recording},
        svg::{Shade, svg},
        theme::Look,
    },
};

/// Size of a picture in columns and rows: the size at which screens must look right.
const PICTURE_SIZE: (u16, u16) = (80, 24);

/// Plays a recording. The player serves the screens as backend and as clock.
pub fn play(
    cli: &Cli,
    outside: &Outside<'_>,
    args: &ReplayArgs,
    plain: bool,
) -> Result<u8, Failure> {
    let place = Place::new(&cli.global, outside)?;
    let recording = recording(&place, args)?;
    let run = recording.run();
    let player = Player::new(recording, place.world.clock.clone(), args.speed);
    let start = Start {
        in_lines: plain,
        playing: Some(player.playing()),
        open: Some((run, OpenRun::Watch)),
        ..Start::new(screens::look(&place))
    };
    let backend = Box::new(player.clone());
    match tui::run(backend, Arc::new(player), start, place.takes_mouse()) {
        end @ (Ok(Outcome::Signal(_)) | Err(_)) => screens::exit_code(end),
        Ok(_how_the_run_ended_is_not_our_end) => Ok(Code::Done as u8),
    }
}

pub fn picture(cli: &Cli, outside: &Outside<'_>, args: &ReplayArgs) -> Result<u8, Failure> {
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

fn recording(place: &Place, args: &ReplayArgs) -> Result<Recording, Failure> {
    let decoded = cli::read_journal(place, &args.journal)?;
    Recording::of(decoded).map_err(|error| Failure::told(Code::Damaged, &error))
}
