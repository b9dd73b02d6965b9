//! The first two lines: what is being upgraded where, and how far it is on the road. On a small
//! terminal both become one.

use super::put;
use crate::{
    model::{
        record::{Phase, RunEnd},
        units,
    },
    run_state::RunState,
    tui::{
        app::{App, Screen},
        line::{Line, one_line, shorten, shorten_middle},
        theme::{Look, Tone},
    },
};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

/// Columns that a long title keeps.
const TITLE_COLUMNS_MIN: usize = 18;
/// Columns that it keeps where the machine needs the room.
const TITLE_COLUMNS_LEAST: usize = 8;
/// Columns that tell a machine and a folder from others.
const PLACE_COLUMNS_MIN: usize = 18;

/// The gap between the left and the right part.
const GAP_MIN: usize = 2;

pub fn paint(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let width = usize::from(area.width).saturating_sub(2);
    let first = match area.height {
        1 => only_line(app, width),
        _ => first_line(app, width),
    };
    let look = app.ui.look;
    put(look, buffer, (area.x + 1, area.y), &first, area.width);
    if area.height > 1 {
        let below = (area.x + 1, area.y + 1);
        put(look, buffer, below, &road(app), area.width);
    }
}

/// The single line of a small terminal, which includes the position on the road.
fn only_line(app: &App, width: usize) -> Line {
    let (look, place) = (app.ui.look, place(app));
    let step = format!("  {}", app.ui.screen.road_name().unwrap_or("look"));
    // Kept at any width: nobody may take a sample for a machine of their own.
    let title = [
        (app.is_sample(), "demo "),
        (pulled(app).is_some(), "! pulled "),
    ];
    let title: String = title
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| *word)
        .collect();
    let room = width.saturating_sub(GAP_MIN + step.width() + title.width());
    let folder = place.width().min(PLACE_COLUMNS_MIN);
    let releases = releases(app, room.saturating_sub(folder), room);
    spread(look, (&title, &releases), (&place, &step), width)
}

fn first_line(app: &App, width: usize) -> Line {
    let (look, title, place) = (app.ui.look, title(app), place(app));
    let clock = clock(app).map_or_else(String::new, |clock| format!("   {clock}"));
    let least = GAP_MIN + title.width().min(TITLE_COLUMNS_LEAST);
    let room = width.saturating_sub(GAP_MIN + least);
    // Other screens show the number of hops as well; the machine matters more.
    let whole = width.saturating_sub(GAP_MIN + TITLE_COLUMNS_MIN + PLACE_COLUMNS_MIN);
    let releases = releases(app, whole.saturating_sub(clock.width()), room);
    let releases = format!("  {releases}");
    // The machine and the folder matter more than the time.
    let all = [&title, &releases, &place, &clock];
    let fits = all.iter().map(|words| words.width()).sum::<usize>() + GAP_MIN <= width;
    let clock = if fits { clock } else { String::new() };
    spread(look, (&title, &releases), (&place, &clock), width)
}

/// The releases, and the number of hops if all of it fits into `whole` columns; never so long that
/// the machine has no room. The target is kept longest: it is what the run is about.
fn releases(app: &App, whole: usize, room: usize) -> String {
    let (look, room) = (
        app.ui.look,
        room.saturating_sub(head(&place(app), app.ui.look)),
    );
    let (releases, hops) = where_from(app);
    let fits = |words: &str, columns: usize| look.text(words).width() <= columns;
    let with_hops = format!("{releases}{hops}");
    if fits(&with_hops, whole.min(room)) {
        return with_hops;
    }
    if fits(&releases, room) {
        return releases;
    }
    let to = releases
        .find('→')
        .map_or(releases.as_str(), |at| &releases[at..]);
    shorten(to, room, look)
}

/// Columns of a place that are never cut: the machine, and the `…`.
fn head(place: &str, look: Look) -> usize {
    let host = place.find('/').map_or(place, |at| &place[..=at]);
    host.width() + look.text("…").width()
}

/// The first line as words, uncut.
pub fn words(app: &App) -> String {
    let (releases, hops) = where_from(app);
    let clock = clock(app).map_or_else(String::new, |clock| format!(", {clock}"));
    let words = [title(app), releases + &hops, place(app) + &clock];
    let said = words.iter().filter(|words| !words.is_empty());
    said.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The first line, cut so that nobody takes the wrong machine for the right one: first the title,
/// then the middle of the folder.
fn spread(
    look: Look,
    (title, releases): (&str, &str),
    (place, clock): (&str, &str),
    width: usize,
) -> Line {
    let (releases, clock) = (look.text(releases), look.text(clock));
    let fixed = releases.width() + clock.width() + GAP_MIN;
    let room = width.saturating_sub(fixed);
    let head = head(place, look);
    let title_min = title.width().min(TITLE_COLUMNS_MIN).min(room / 2);
    let title_min = title_min.min(room.saturating_sub(head));
    let place = shorten_middle(place, head, room.saturating_sub(title_min), look);
    let title = shorten(title, room.saturating_sub(place.width()), look);
    let gap =
        width.saturating_sub(title.width() + releases.width() + place.width() + clock.width());
    Line::toned(Tone::Strong, format!("{title}{releases}"))
        .and(Tone::Plain, " ".repeat(gap))
        .and(Tone::Plain, format!("{place}{clock}"))
}

fn title(app: &App) -> String {
    if let Some(pulled) = pulled(app) {
        return format!("! {pulled}");
    }
    match (&app.run, &app.ui.views.start) {
        (Some(run), _) => one_line(&run.plan.title),
        (None, Some(start)) if !start.title.is_empty() => one_line(&start.title),
        (None, _) => "switchback".to_owned(),
    }
}

/// A pulled emergency step, shown in place of the product until it is taken back.
fn pulled(app: &App) -> Option<String> {
    let mut pulled = app.run.as_ref()?.in_force();
    let first = pulled.next()?;
    let word = match first.is_overtaken() {
        true => "was pulled",
        false => "pulled",
    };
    let title = one_line(&first.step.title);
    Some(match pulled.count() {
        0 => format!("{word}: {title}"),
        more => format!("{word}: {title} and {more} more"),
    })
}

/// The releases, and over how many hops.
fn where_from(app: &App) -> (String, String) {
    let hops = |n: usize| match n {
        1 => " (1 hop)".to_owned(),
        n => format!(" ({n} hops)"),
    };
    match (&app.run, &app.ui.views.start) {
        (Some(run), _) if run.rollback.is_some() => {
            (format!("back to {}", run.plan.from), String::new())
        }
        (Some(run), _) => (
            format!("{} → {}", run.plan.from, run.plan.to),
            hops(run.plan.hops.len()),
        ),
        (None, Some(start)) => match (&start.from, &start.to) {
            (Some(from), Some(to)) => (format!("{from} → {to}"), hops(start.hops.len())),
            (Some(from), None) => (from.to_string(), String::new()),
            (None, _) => Default::default(),
        },
        (None, None) => Default::default(),
    }
}

fn place(app: &App) -> String {
    match (&app.run, &app.ui.views.start) {
        (Some(run), _) => format!("{}:{}", one_line(&run.plan.host), one_line(&run.plan.root)),
        (None, Some(start)) => format!("{}:{}", one_line(&start.host), one_line(&start.root)),
        (None, None) => String::new(),
    }
}

/// When the run began, or how long it took: both stay true while nothing is drawn.
fn clock(app: &App) -> Option<String> {
    let run = app.run.as_ref()?;
    Some(match run.end {
        Some(end) => {
            // In whole seconds, like the report.
            let seconds = (end.at_ms / 1000).saturating_sub(run.started_at_ms / 1000);
            format!("took {}", units::elapsed(seconds * 1000))
        }
        None => format!("since {}", units::hour(run.started_at_ms)),
    })
}

const ROAD: [&str; 8] = [
    "Start",
    "Review",
    "Inputs",
    "Checklist",
    "Backup",
    "Apply",
    "Verify",
    "Report",
];

fn road(app: &App) -> Line {
    let done = done(app);
    let goes_back = app.run.as_ref().is_some_and(|run| run.rollback.is_some());
    let here = match (&app.run, stands(app)) {
        // A mere preview of the way back does not move the run.
        (Some(run), Screen::Rollback) if !goes_back => match run.ended() {
            Some(_) => Screen::Report.road_name(),
            None => Screen::of(run.phase).road_name(),
        },
        (_, screen) => screen.road_name(),
    };
    let mut line = Line::empty();
    for (n, name) in ROAD.into_iter().enumerate() {
        // A run that goes back is rolled back, not verified.
        let name = match name {
            "Verify" if goes_back => "Rollback",
            name => name,
        };
        let ended = n < done && name == "Report";
        let sign = match name {
            // Even if it is only being revisited.
            _ if here == Some(name) && !ended => "›",
            "Apply" if goes_back => "↶",
            _ if n < done => "✓",
            "Rollback" => "↶",
            _ => " ",
        };
        let tone = if here == Some(name) {
            Tone::Accent
        } else if n < done {
            Tone::Good
        } else {
            Tone::Dim
        };
        line = line.and(tone, format!("{sign} {name} "));
    }
    line
}

/// The screen on the road from which the current one was opened.
fn stands(app: &App) -> &Screen {
    let is_stop = |screen: &&Screen| !matches!(screen, Screen::Diff | Screen::Output);
    let here = &app.ui.screen;
    let mut from = [here].into_iter().chain(app.ui.back.iter().rev());
    from.find(is_stop).unwrap_or(here)
}

/// How many stops of the road are done.
fn done(app: &App) -> usize {
    match &app.run {
        Some(run) => done_by(run),
        None => match stands(app) {
            Screen::Review | Screen::Conflict(_) | Screen::Diff => 1,
            Screen::Inputs => 2,
            Screen::Start
            | Screen::Runs
            | Screen::Checklist
            | Screen::Backup
            | Screen::Apply
            | Screen::Output
            | Screen::Verify
            | Screen::Rollback
            | Screen::Report
            | Screen::Help => 0,
        },
    }
}

fn done_by(run: &RunState) -> usize {
    match (run.ended(), run.phase) {
        (Some(RunEnd::Done | RunEnd::RolledBack), _) => 8,
        (_, Phase::Checklist) => 3,
        (_, Phase::Backup) => 4,
        (_, Phase::Apply) => 5,
        (_, Phase::Verify) => 6,
        (_, Phase::Rollback) => 5,
    }
}

impl Screen {
    /// The stop of the road that a screen belongs to.
    fn road_name(&self) -> Option<&'static str> {
        match self {
            Self::Start | Self::Runs => Some("Start"),
            Self::Review | Self::Conflict(_) | Self::Diff => Some("Review"),
            Self::Inputs => Some("Inputs"),
            Self::Checklist => Some("Checklist"),
            Self::Backup => Some("Backup"),
            Self::Apply | Self::Output => Some("Apply"),
            Self::Verify => Some("Verify"),
            Self::Report => Some("Report"),
            Self::Rollback => Some("Rollback"),
            Self::Help => None,
        }
    }
}
