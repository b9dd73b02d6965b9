//! The screens of the road. Each defines three things: which rows it lists, the detail of the
//! selected one, and what Enter does now. This file only dispatches.

pub mod apply;
mod backup;
mod checklist;
mod checks;
mod conflict;
pub mod diff;
mod enter;
mod help;
pub mod inputs;
pub mod keys;
mod output;
mod parts;
mod report;
pub mod review;
pub mod rollback;
mod runs;
mod start;
pub mod steps;
pub mod verify;

use super::{
    app::{App, Screen},
    backend::Playing,
    line::Line,
    page::{Act, Detail, Enter, Page, Rows, holds},
    theme::Tone,
};

pub fn rows(app: &App) -> Rows<'_> {
    rows_of(app, &app.ui.screen)
}

/// The rows of a screen, even while another one is shown.
pub fn rows_of<'a>(app: &'a App, screen: &'a Screen) -> Rows<'a> {
    match (screen, &app.run) {
        (Screen::Start, _) => start::rows(app),
        (Screen::Runs, _) => runs::rows(app),
        (Screen::Review, _) => review::rows(app),
        (Screen::Conflict(rule), _) => conflict::rows(app, rule),
        (Screen::Diff, _) => diff::rows(app),
        (Screen::Inputs, _) => inputs::rows(app),
        (Screen::Output, _) => output::rows(app),
        (Screen::Checklist, Some(run)) => checklist::rows(app, run),
        (Screen::Backup, Some(run)) => backup::rows(run),
        (Screen::Apply, Some(run)) => apply::rows(app, run),
        (Screen::Verify, Some(run)) => verify::rows(app, run),
        (Screen::Rollback, Some(run)) => rollback::rows(app, run),
        (
            Screen::Checklist | Screen::Backup | Screen::Apply | Screen::Verify | Screen::Rollback,
            None,
        )
        | (Screen::Report | Screen::Help, _) => Rows::default(),
    }
}

pub fn detail(page: &Page<'_>) -> Detail {
    if !page.is_text() && page.nothing_matches() {
        return Detail::default();
    }
    let mut detail = of_screen(page);
    if let Some(filter) = page.filter.filter(|_| page.is_text()) {
        detail.lines = found(detail.lines, &filter.to_lowercase());
    }
    if detail.lines.is_empty()
        && page.filter.is_none()
        && let Some(group) = page.heading()
    {
        let words = if group.folded {
            "This group is closed. → opens it.".to_owned()
        } else {
            "← closes this group. Select one of its rows to read about it.".to_owned()
        };
        detail.lines.push(Line::toned(Tone::Dim, words));
    }
    // Do not offer choices that nobody here can make now.
    let live = &page.app.ui.live;
    if page.app.run.is_some() && (live.gone() || live.looks_on()) {
        detail.menu.clear();
    }
    detail
}

/// The lines of a text that match a filter, each below its heading.
fn found(lines: Vec<Line>, filter: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut heading = None;
    for line in lines {
        match (line.is_heading, holds(&line.text(), filter)) {
            (true, false) => heading = Some(line),
            (true, true) => {
                heading = None;
                found.push(line);
            }
            (false, true) => {
                found.extend(heading.take());
                found.push(line);
            }
            (false, false) => {}
        }
    }
    found
}

fn of_screen(page: &Page<'_>) -> Detail {
    match (&page.app.ui.screen, &page.app.run) {
        (Screen::Start, _) => start::detail(page),
        (Screen::Runs, _) => runs::detail(page),
        (Screen::Review, _) => review::detail(page),
        (Screen::Conflict(rule), _) => conflict::detail(page, rule),
        (Screen::Diff, _) => diff::detail(page),
        (Screen::Inputs, _) => inputs::detail(page),
        (Screen::Output, _) => output::detail(page),
        (Screen::Report, _) => report::detail(page),
        (Screen::Help, _) => help::detail(page),
        (Screen::Checklist, Some(run)) => checklist::detail(page, run),
        (Screen::Backup, Some(run)) => backup::detail(page, run),
        (Screen::Apply, Some(run)) => apply::detail(page, run),
        (Screen::Verify, Some(run)) => verify::detail(page, run),
        (Screen::Rollback, Some(run)) => rollback::detail(page, run),
        (
            Screen::Checklist | Screen::Backup | Screen::Apply | Screen::Verify | Screen::Rollback,
            None,
        ) => parts::reading(page),
    }
}

/// What is copied: the detail of the selected row, or all of a text; for a difference its whole
/// file, for output the line itself.
pub fn copied(page: &Page<'_>) -> String {
    let copied = match &page.app.ui.screen {
        Screen::Diff => diff::copied(page),
        Screen::Output => output::copied(page),
        _shown_as_it_is => None,
    };
    copied.unwrap_or_else(|| {
        let lines = page.detail().lines;
        lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
    })
}

pub fn enter(page: &Page<'_>) -> Enter {
    match &page.app.ui.playing {
        Some(playing) => of_recording(page, playing),
        None => of_the_road(page),
    }
}

/// A recording is only looked at: Enter does nothing but leave what was opened.
fn of_recording(page: &Page<'_>, playing: &Playing) -> Enter {
    let enter = of_the_road(page);
    if matches!(enter.act, Act::Back) {
        return enter;
    }
    let at = page.app.run.as_ref().map_or(0, |run| run.seq);
    let pace = if playing.paused {
        "paused".to_owned()
    } else {
        format!("{} times as fast as it was", playing.speed)
    };
    let damage = playing.damage.iter().filter(|_| at == playing.last_seq);
    let damage: String = damage.map(|why| format!("; stopped: {why}")).collect();
    let last = playing.last_seq;
    Enter::nothing(format!(
        "A recording: record {at} of {last}, {pace}{damage}"
    ))
}

fn of_the_road(page: &Page<'_>) -> Enter {
    match (&page.app.ui.screen, &page.app.run) {
        (Screen::Start, _) => start::enter(page),
        (Screen::Runs, _) => runs::enter(page),
        (Screen::Review, _) => review::enter(page),
        (Screen::Conflict(rule), _) => conflict::enter(page, rule),
        (Screen::Inputs, _) => inputs::enter(page),
        (Screen::Report, _) => report::enter(page),
        (Screen::Diff | Screen::Output | Screen::Help, _) => Enter::new("Enter: back", Act::Back),
        (Screen::Checklist, Some(run)) => checklist::enter(page, run),
        (Screen::Backup, Some(run)) => backup::enter(page, run),
        (Screen::Apply, Some(run)) => apply::enter(page, run),
        (Screen::Verify, Some(run)) => verify::enter(page, run),
        (Screen::Rollback, Some(run)) => rollback::enter(page, run),
        (
            Screen::Checklist | Screen::Backup | Screen::Apply | Screen::Verify | Screen::Rollback,
            None,
        ) => Enter::nothing("Enter: nothing yet"),
    }
}
