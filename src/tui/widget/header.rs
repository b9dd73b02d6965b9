//! The first two lines: what is upgraded where, and where on the road this is. On a small
//! terminal both become one.

use super::put;
use crate::{
    model::record::{End, Phase},
    run_state::RunState,
    tui::{
        app::{App, Screen},
        line::{Line, one_line, shorten},
        screen::steps,
        theme::Tone,
    },
};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

pub fn paint(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let width = usize::from(area.width).saturating_sub(2);
    let look = app.ui.look;
    if area.height == 1 {
        let step = match app.ui.screen.road_name() {
            Some(name) => name.to_owned(),
            None => "look".to_owned(),
        };
        let line = spread(
            app,
            &where_from(app),
            &format!("{}  {step}", place(app)),
            width,
        );
        put(look, buffer, (area.x + 1, area.y), &line, area.width);
        return;
    }
    let right = match clock(app) {
        Some(clock) => format!("{}   {clock}", place(app)),
        None => place(app),
    };
    let line = spread(
        app,
        &format!("{}  {}", title(app), where_from(app)),
        &right,
        width,
    );
    put(look, buffer, (area.x + 1, area.y), &line, area.width);
    put(
        look,
        buffer,
        (area.x + 1, area.y + 1),
        &road(app),
        area.width,
    );
}

/// The left end gives way to the right one: the host is never cut before the title.
fn spread(app: &App, left: &str, right: &str, width: usize) -> Line {
    let look = app.ui.look;
    let right = shorten_middle(app, right, width);
    let left = shorten(left, width.saturating_sub(right.width() + 2), look);
    let gap = width.saturating_sub(left.width() + right.width());
    Line::toned(Tone::Strong, left)
        .and(Tone::Plain, " ".repeat(gap))
        .and(Tone::Plain, right)
}

/// Beginning and end of a text that is too long: a path tells most by its ends.
fn shorten_middle(app: &App, text: &str, width: usize) -> String {
    let text = app.ui.look.text(text);
    if text.width() <= width {
        return text.into_owned();
    }
    let start = shorten(&text, width / 2, app.ui.look);
    let room = width.saturating_sub(start.width());
    let mut tail = "";
    for (at, _) in text.char_indices().rev() {
        if text[at..].width() > room {
            break;
        }
        tail = &text[at..];
    }
    format!("{start}{tail}")
}

fn title(app: &App) -> String {
    match (&app.run, &app.ui.start) {
        (Some(run), _) => one_line(&run.plan.title),
        (None, Some(start)) if !start.title.is_empty() => one_line(&start.title),
        (None, _) => "switchback".to_owned(),
    }
}

fn where_from(app: &App) -> String {
    let hops = |n: usize| match n {
        1 => "1 hop".to_owned(),
        n => format!("{n} hops"),
    };
    match (&app.run, &app.ui.start) {
        (Some(run), _) if run.rollback.is_some() => format!("back to {}", run.plan.from),
        (Some(run), _) => format!(
            "{} → {} ({})",
            run.plan.from,
            run.plan.to,
            hops(run.plan.hops.len())
        ),
        (None, Some(start)) => match (&start.from, &start.to) {
            (Some(from), Some(to)) => format!("{from} → {to} ({})", hops(start.hops.len())),
            (Some(from), None) => from.to_string(),
            (None, _) => String::new(),
        },
        (None, None) => String::new(),
    }
}

fn place(app: &App) -> String {
    match (&app.run, &app.ui.start) {
        (Some(run), _) => format!("{}:{}", one_line(&run.plan.host), one_line(&run.plan.root)),
        (None, Some(start)) => format!("{}:{}", one_line(&start.host), one_line(&start.root)),
        (None, None) => String::new(),
    }
}

/// How long the run has been going, as of the last thing that happened.
fn clock(app: &App) -> Option<String> {
    let run = app.run.as_ref()?;
    let now = match run.end {
        Some(_) => run.at_ms,
        None => app.ui.live.now_ms.max(run.at_ms),
    };
    Some(steps::span(now.saturating_sub(run.started_at_ms)))
}

const FORWARD: [&str; 8] = [
    "Start",
    "Review",
    "Inputs",
    "Checklist",
    "Backup",
    "Apply",
    "Verify",
    "Report",
];
/// A run that goes back is not verified: it is rolled back.
const BACK: [&str; 8] = [
    "Start",
    "Review",
    "Inputs",
    "Checklist",
    "Backup",
    "Apply",
    "Rollback",
    "Report",
];

fn road(app: &App) -> Line {
    let done = done(app);
    let here = app.ui.screen.road_name();
    let goes_back = app.run.as_ref().is_some_and(|run| run.rollback.is_some());
    let road = if goes_back || here == Some("Rollback") {
        BACK
    } else {
        FORWARD
    };
    let mut line = Line::empty();
    for (n, name) in road.into_iter().enumerate() {
        let sign = match name {
            _ if n < done => "✓",
            _ if here == Some(name) => "›",
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

/// How many stops of the road are behind.
fn done(app: &App) -> usize {
    match &app.run {
        Some(run) => done_by(run),
        None => match app.ui.screen {
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
    match (run.end, run.phase) {
        (Some(End::Done | End::RolledBack), _) => 8,
        (_, Phase::Checklist) => 3,
        (_, Phase::Backup) => 4,
        (_, Phase::Apply) => 5,
        (_, Phase::Verify) => 6,
        (_, Phase::Rollback) => 5,
    }
}

impl Screen {
    /// Which stop of the road a screen belongs to.
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
