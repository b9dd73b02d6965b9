//! Past runs, and the rows that other screens show of a run.

use super::parts::reading;
use crate::{
    model::record::RunEnd,
    run_state::RunStatus,
    tui::{
        app::App,
        backend::{Damaged, GoesBack, OpenRun, RunLine, UnreadableRun},
        call::Call,
        glyph::Sign,
        keymap::{self, Command},
        line::{Line, one_line},
        page::{Act, Detail, Enter, Item, Page, Row, RowKey, Rows},
        theme::Tone,
    },
};

/// What becomes of a run that was not confirmed in time.
pub const OVERDUE: &str = "its time is up: once a worker starts, it rolls back by itself";

pub fn rows(app: &App) -> Rows<'_> {
    let Some(view) = &app.ui.views.start else {
        return Rows::default();
    };
    let unreadable = view.unreadable.iter().map(|run| {
        let title = format!("run {}", one_line(run.id.short()));
        Row::item(RowKey::Run(run.id.clone()), Sign::Unsure, Tone::Stop, title)
            .aside(format!("cannot be read: {}", one_line(&run.why)))
            .row()
    });
    Rows {
        rows: view.runs.iter().map(row).chain(unreadable).collect(),
        current: None,
    }
}

fn row(run: &RunLine) -> Row<'_> {
    item(run).tail(one_line(&run.at)).row()
}

/// The state of a run without its start time: beside other rows there is no room for both.
pub fn standing(run: &RunLine) -> Row<'_> {
    item(run).row()
}

fn item(run: &RunLine) -> Item<'_> {
    let (sign, tone) = match run.status {
        _ if run.damaged.is_some() => (Sign::Unsure, Tone::Stop),
        RunStatus::Ended(RunEnd::Done) => (Sign::Done, Tone::Good),
        RunStatus::Ended(RunEnd::RolledBack) => (Sign::Undone, Tone::Plain),
        RunStatus::Ended(RunEnd::Abandoned) => (Sign::NotYet, Tone::Dim),
        RunStatus::Failed | RunStatus::Stuck => (Sign::Failed, Tone::Stop),
        RunStatus::Unknown => (Sign::Unsure, Tone::Stop),
        RunStatus::GoingBack | RunStatus::Waiting | RunStatus::Unfinished if at_work(run) => {
            (Sign::Running, Tone::Attention)
        }
        RunStatus::GoingBack | RunStatus::Waiting | RunStatus::Unfinished => {
            (Sign::Attention, Tone::Attention)
        }
    };
    let title = format!("{} → {}", one_line(&run.from), one_line(&run.to));
    // Short because of the narrow row; the detail explains it.
    let live = if at_work(run) { ", in use" } else { "" };
    let pulled = if run.pulled {
        ", pulled, not taken back"
    } else {
        ""
    };
    Row::item(RowKey::Run(run.id.clone()), sign, tone, title).aside(format!(
        "{}{live}{pulled}, by {}",
        word(run),
        one_line(&run.by)
    ))
}

fn word(run: &RunLine) -> &'static str {
    match run.damaged {
        Some(_) => "damaged",
        None => run.status.word(),
    }
}

/// Whether a run is being worked on. The worker of a run that has ended may stay for whoever looks
/// at it.
fn at_work(run: &RunLine) -> bool {
    run.live && !run.has_ended()
}

pub fn about(run: &RunLine) -> Vec<Line> {
    let back = keymap::letter(Command::Rollback);
    let mut lines = vec![
        Line::toned(
            Tone::Strong,
            format!(
                "The run of {}: {} → {}",
                one_line(&run.at),
                one_line(&run.from),
                one_line(&run.to)
            ),
        )
        .hang(2),
        Line::new(format!("{}, started by {}", word(run), one_line(&run.by))),
        Line::toned(Tone::Dim, format!("run {}", run.id)),
    ];
    if run.pulled {
        let words = format!(
            "An emergency step of it was pulled and not taken back: Enter, then {}.",
            keymap::letter(Command::Emergency)
        );
        lines.push(Line::warning(words));
    }
    if let Some(damaged) = &run.damaged {
        lines.extend(about_damaged(damaged));
    } else if at_work(run) {
        lines.push(Line::new(format!(
            "It is in use: its worker is running. Enter opens it; {} only watches.",
            keymap::letter(Command::Watch)
        )));
    } else if run.goes_back == GoesBack::WhenTakenUp {
        let words = format!("It is not finished, no worker is running for it, and {OVERDUE}.");
        lines.push(Line::warning(words));
    } else if !run.has_ended() {
        lines.push(Line::new(format!(
            "It is not finished, and no worker is running for it. Enter opens it where it stopped; \
             {back} shows what a rollback would do.",
        )));
    } else if run.can_go_back {
        lines.push(Line::new(format!(
            "It is done and can still be rolled back: {back} shows what that would do.",
        )));
    }
    lines
}

/// A path to be copied gets a line of its own.
fn about_damaged(damaged: &Damaged) -> Vec<Line> {
    let why = one_line(&damaged.why);
    let folder = one_line(&damaged.folder);
    if !damaged.is_unclear {
        let words = format!("Its journal is damaged, {why}: the run had ended before that.");
        return vec![Line::warning(words)];
    }
    let words = format!(
        "✗ Its journal is damaged, {why}. What was done after that is unknown: it can be neither \
         resumed nor rolled back, and no run can start beside it."
    );
    vec![
        Line::toned(Tone::Stop, words).hang(2),
        Line::new("Enter shows what can be read of it. Its backup can be restored by hand:"),
        Line::new(format!("  {folder}/backup/RESTORE.md")).hang(2),
        Line::new("Once the product is restored, move the run's folder out of the way:"),
        Line::new(format!("  {folder}")).hang(2),
    ]
}

fn about_unreadable(run: &UnreadableRun) -> Vec<Line> {
    let words = format!("✗ This run cannot be read: {}", one_line(&run.why));
    vec![
        Line::toned(Tone::Stop, words).hang(2),
        Line::new("It may have changed what is here. What it backed up stays in its folder."),
        Line::toned(Tone::Dim, format!("run {}", one_line(run.id.as_str()))),
    ]
}

pub fn detail(page: &Page<'_>) -> Detail {
    let Some(view) = &page.app.ui.views.start else {
        return reading(page);
    };
    let lines = match &page.selected {
        Some(RowKey::Run(id)) => {
            let run = view.runs.iter().find(|run| run.id == *id);
            let unreadable = || view.unreadable.iter().find(|run| run.id == *id);
            let lines = run.map(about);
            let lines = lines.or_else(|| unreadable().map(about_unreadable));
            lines.unwrap_or_default()
        }
        Some(_) | None => vec![Line::new("No run was started in this folder yet.")],
    };
    Detail::of(lines)
}

/// What Enter does with a run that has not ended, and what follows.
pub fn take_up(run: &RunLine) -> Enter {
    if run.damaged.is_some() {
        return Enter::new(
            "Enter: read what is left of its journal — nothing can be done with this run",
            Act::Call(Call::OpenRun(run.id.clone(), OpenRun::Report)),
        );
    }
    let then = match &run.goes_back {
        GoesBack::Never => "no step starts yet".to_owned(),
        GoesBack::At(at) => format!("it rolls back by itself at {at}, if nobody goes on"),
        GoesBack::WhenTakenUp => OVERDUE.to_owned(),
    };
    Enter::new(
        format!("Enter: open this run where it stopped — {then}"),
        Act::Call(Call::OpenRun(run.id.clone(), OpenRun::Resume)),
    )
}

pub fn enter(page: &Page<'_>) -> Enter {
    let runs = page.app.ui.views.start.iter().flat_map(|view| &view.runs);
    let selected = match &page.selected {
        Some(RowKey::Run(id)) => runs.into_iter().find(|run| run.id == *id),
        Some(_) | None => None,
    };
    match selected {
        Some(run) if run.has_ended() => Enter::new(
            "Enter: read the report of this run",
            Act::Call(Call::OpenRun(run.id.clone(), OpenRun::Report)),
        ),
        Some(run) => take_up(run),
        None => Enter::new("Enter: back", Act::Back),
    }
}
