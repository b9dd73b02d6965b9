//! The screens of the road. Each defines three things: which rows it lists, the detail of the
//! selected one, and what Enter does now. This file only dispatches.

pub mod apply;
mod backup;
mod checklist;
mod checks;
mod conflict;
pub mod diff;
mod help;
pub mod inputs;
pub mod keys;
mod output;
mod report;
pub mod review;
pub mod rollback;
mod runs;
mod start;
pub mod steps;
pub mod verify;

use super::{
    app::{App, Screen},
    backend::{OpenRun, Playing},
    call::Call,
    keymap::{self, Command},
    line::{Line, one_line, whole},
    live::Worker,
    page::{Act, Detail, Enter, Page, RowKey, Rows, holds},
    theme::Tone,
    view::areas,
};
use crate::run_state::{Back, Road, RunState, Stage};

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
        ) => reading(page),
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

/// Enter on a screen of the road that the run has left, or has not come to.
fn back_to_the_run(run: &RunState) -> Enter {
    let screen = Screen::of(run.phase);
    Enter::new("Enter: back to where the run is", Act::Show(screen))
}

/// A command that can be chosen, and what to say beside its word from the keymap.
type Choice<'a> = (Command, &'a str);

/// A question with the keys of the choices that can be made now, named as in the last line. A shell
/// and the way back are always available: if only those are left, nothing is being asked.
fn choices(page: &Page<'_>, question: &str, choices: &[Choice<'_>]) -> Vec<Line> {
    let mut line = Line::toned(Tone::Strong, format!("{question}   ")).hang(4);
    let mut asks = false;
    // What each choice leads to is told again by its own question; the question itself is told only
    // here.
    let tiny = areas::is_tiny(page.app.ui.size) && !page.app.ui.in_lines;
    for (command, beside) in choices {
        let beside = if tiny { "" } else { beside };
        let Some(binding) = keymap::of(page, *command) else {
            continue;
        };
        asks |= !matches!(command, Command::Shell | Command::Rollback);
        let name = keymap::named(page, binding);
        // In lines a blank cannot be typed as a key: the choice has only its word.
        let key = if name == binding.label {
            String::new()
        } else {
            whole(&format!("{name} "))
        };
        let words = whole(&format!("{}{beside}", binding.label));
        line = line.and(Tone::Accent, key).and(Tone::Plain, words + "   ");
    }
    if asks { vec![line] } else { Vec::new() }
}

/// What to do about the choices listed above.
fn above(page: &Page<'_>) -> &'static str {
    if page.app.ui.in_lines {
        "type what you choose above"
    } else {
        "press a key above"
    }
}

/// A warning where the pack knows better than the guide.
fn doubted(doubt: &Option<String>) -> Option<Line> {
    let warns = Line::toned(Tone::Attention, "! the guide is wrong here: ");
    let doubt = doubt.as_deref()?;
    Some(warns.and(Tone::Plain, one_line(doubt)).hang(2))
}

/// The detail while a view is being made.
fn reading(page: &Page<'_>) -> Detail {
    let words = page.app.ui.busy().unwrap_or("nothing was read yet");
    Detail::of(vec![Line::toned(Tone::Dim, format!("{words}…"))])
}

/// Enter for when the operator has selected another row while something failed or runs: it first
/// leads there, even from the heading of a group, and decides nothing.
fn to_where_it_stands(page: &Page<'_>) -> Option<Enter> {
    let elsewhere = |key: &&RowKey| page.selected.as_ref() != Some(*key);
    let key = page.current.as_ref().filter(elsewhere)?;
    let RowKey::Step(id) = key else { return None };
    let run = page.app.run.as_ref().filter(|_| !page.app.ui.live.gone())?;
    let view = run.step(id)?;
    let (stands, outlives) = match view.stage() {
        Stage::Road(Road::Failed(_)) => ("it failed, and the run waits there", ""),
        Stage::Back(Back::Failed { .. }) => {
            ("it could not be undone, and the rollback waits there", "")
        }
        Stage::Road(Road::Unknown { .. }) => {
            ("nobody knows whether it was done; the run waits there", "")
        }
        Stage::Road(Road::Running { .. }) if steps::is_ask(view) => {
            ("it is for you to do, and the run waits there", "")
        }
        Stage::Road(Road::Running { .. }) | Stage::Back(Back::Undoing { .. })
            if page.app.ui.live.worker == Worker::Waits =>
        {
            ("it was interrupted, and the run waits there", "")
        }
        Stage::Road(Road::Running { .. }) => ("it is running now", OUTLIVES),
        Stage::Back(Back::Undoing { .. }) => ("it is being undone", OUTLIVES),
        Stage::Road(
            Road::Waiting(_) | Road::Done { .. } | Road::Skipped(_) | Road::WillNotRun { .. },
        )
        | Stage::Back(Back::Undone { .. } | Back::Skipped(_)) => return None,
    };
    Some(Enter::new(
        format!(
            "Enter: go to {} — {stands}{outlives}",
            one_line(&view.step.title)
        ),
        Act::Select(key.clone()),
    ))
}

/// Says what becomes of work without this screen.
const OUTLIVES: &str = ", and goes on even if this line drops";

/// Enter leads to what is left to do, and decides nothing by itself; on that row it says `waits`.
fn to_the_open(page: &Page<'_>, waits: String) -> Enter {
    match &page.current {
        Some(next) if page.selected.as_ref() != Some(next) => {
            Enter::new(format!("{waits}; goes to it"), Act::Select(next.clone()))
        }
        Some(_) | None => Enter::nothing(waits),
    }
}

/// Enter while a worker is busy or somebody else holds the run: it says that it does nothing. If no
/// worker is there, it takes the run up.
fn not_now(app: &App) -> Option<Enter> {
    let live = &app.ui.live;
    if live.gone() {
        let run = app.run.as_ref().filter(|run| run.end.is_none())?;
        Some(Enter::new(
            "Enter: start a worker for this run — none is running now",
            Act::Call(Call::OpenRun(run.run.clone(), OpenRun::Resume)),
        ))
    } else if live.looks_on() {
        let holder = live.control.theirs();
        let holder = holder.map_or("nobody".to_owned(), |who| {
            format!("{} (process {})", one_line(&who.user), who.pid)
        });
        Some(Enter::nothing(format!(
            "Enter: nothing — you watch; {holder} holds this run"
        )))
    } else if live.worker == Worker::Works {
        Some(Enter::nothing(format!(
            "Enter: nothing — it is running{OUTLIVES}"
        )))
    } else {
        None
    }
}
