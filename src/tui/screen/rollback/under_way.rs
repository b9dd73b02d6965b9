//! The way back itself: how far it is, what holds it up, and its proof.

use super::{AFTER, by_hop};
use crate::{
    engine::link::handle::Ask,
    model::{text::sanitize, units},
    run_state::{Back, Road, RunState, StepStatus, StepView},
    tui::{
        app::App,
        keymap::Command,
        line::{Line, lines, one_line},
        live::Worker,
        page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
        screen::{
            apply, backup, checks,
            enter::not_now,
            parts::{above, choices},
            steps,
        },
        theme::Tone,
        widget::bar,
    },
};

pub fn rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    let of_plan = run.plan.steps.len().min(run.steps.len());
    let title = format!("Back to {}: undone, newest first", run.plan.from);
    let touched = (0..of_plan).rev().filter(|nth| run.steps[*nth].touched());
    let hop = |nth: &usize| run.steps[*nth].step.hop;
    let mut rows = by_hop(run, title, touched, hop, |nth| {
        steps::rows::undo_row(app, run, nth)
    });
    rows.push(Row::named(AFTER));
    rows.extend((of_plan..run.steps.len()).map(|nth| steps::rows::end_row(app, run, nth)));
    let list = &run.plan.rollback.checks;
    rows.extend(checks::must_pass(app, run, list, &run.plan.from));
    Rows {
        rows,
        current: current(run),
    }
}

/// The step where the way back waits: it has failed, or its outcome is unknown.
fn waits_at(run: &RunState) -> Option<&StepView> {
    let unknown = |view: &&StepView| view.unknown().is_some();
    let after = || run.steps_after().iter().find(unknown);
    run.stuck_at().or_else(after)
}

/// The current row of the way back: what failed, what is being undone, or what comes next.
fn current(run: &RunState) -> Option<RowKey> {
    let under_way = || run.steps.iter().find(|view| view.is_under_way());
    let next = || run.steps.get(run.to_undo(0).next()?);
    let step = waits_at(run).or_else(under_way).or_else(next);
    let step = step.map(|view| RowKey::Step(view.step.id.clone()));
    let open = || {
        let check = run
            .open_checks(&run.plan.rollback.checks)
            .first()
            .copied()?;
        run.checks
            .contains_key(&check.id)
            .then(|| RowKey::Check(check.id.clone()))
    };
    step.or_else(open)
}

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
    let mut all = Vec::new();
    let mut menu = Vec::new();
    if let Some(rollback) = &run.rollback {
        let words = format!(
            "Rollback by {}: {}",
            one_line(&rollback.by.user),
            one_line(&rollback.reason)
        );
        all.push(Line::toned(Tone::Dim, words).hang(2));
    }
    if page.app.working() {
        all.extend(bar::progress(page.app.ui.live.progress.as_ref()));
    }
    let selected = apply::selected(page).map(|(_, view)| view);
    let is_said = selected.is_some_and(|view| view.is_running() && steps::is_ask(view));
    if let Some(why) = waits_because(page.app, run).filter(|_| !is_said) {
        all.push(Line::warning(why));
    }
    all.extend(apply::not_served(run));
    all.extend(proved(run));
    match &page.selected {
        Some(RowKey::Check(id)) => {
            if let Some(check) = checks::find(&run.plan.rollback.checks, id) {
                all.extend(checks::about(page.app, run, check));
                menu = checks::menu(page, run, check);
            }
        }
        Some(RowKey::Step(_)) => {
            if let Some(view) = selected {
                all.extend(about_step(page.app, run, view));
                menu = step_menu(page, run, view);
            }
        }
        Some(_) | None => {}
    }
    Detail { lines: all, menu }
}

fn about_step(app: &App, run: &RunState, view: &StepView) -> Vec<Line> {
    let mut all = Vec::new();
    if let StepStatus::Back(Back::Undone { detail, .. }) = view.status() {
        all.extend(lines(Tone::Plain, &sanitize(detail)));
    }
    if is_waited_at(run, view) {
        all.extend(why_it_waits(app, run, view));
    }
    if let Some(ask) = steps::asked(view).filter(|_| view.is_running()) {
        all.extend(apply::asked_now(app, run, ask));
    }
    // Otherwise it is shown above, as the reason why the way back waits.
    let gone = app.ui.live.gone();
    all.extend(steps::why_broken_off(app, view).filter(|_| gone));
    all.extend(steps::about(run, view));
    all.extend(steps::output(app, view, 6));
    all
}

fn step_menu(page: &Page<'_>, run: &RunState, view: &StepView) -> Vec<Line> {
    let asks = view.is_running() && steps::is_ask(view);
    match (asks, is_waited_at(run, view), view.unknown()) {
        (true, ..) | (false, true, Some(_)) => apply::menu(page, run, view),
        (false, true, None) => stuck_menu(page, view),
        (false, false, _) => Vec::new(),
    }
}

fn is_waited_at(run: &RunState, view: &StepView) -> bool {
    waits_at(run).is_some_and(|waits| waits.step.id == view.step.id)
}

/// What is wrong with the step where the way back waits.
fn why_it_waits(app: &App, run: &RunState, view: &StepView) -> Vec<Line> {
    let (what, why) = match view.status() {
        StepStatus::Back(Back::Failed {
            error,
            unknown: true,
            ..
        }) => return apply::nobody_knows(view, error),
        StepStatus::Back(Back::Failed { error, .. }) => ("It could not be undone", error.as_str()),
        StepStatus::Road(Road::Failed(failure)) => {
            ("Everything is undone, but this failed", failure.error())
        }
        StepStatus::Road(Road::Unknown { why }) => return apply::nobody_knows(view, why),
        _it_does_not_wait => return Vec::new(),
    };
    let words = format!("✗ {what}, and the rollback waits here:");
    let mut all = vec![Line::toned(Tone::Stop, words)];
    all.extend(lines(Tone::Plain, &sanitize(why)));
    all.push(by_hand(app, run));
    all
}

/// Why the way back stands still although none of its steps failed; also told to watchers.
fn waits_because(app: &App, run: &RunState) -> Option<String> {
    let live = &app.ui.live;
    let open = run.open_checks(&run.plan.rollback.checks);
    let does_not_hold = open.iter().any(|check| run.checks.contains_key(&check.id));
    let stands_still = run.end.is_none() && live.worker != Worker::Works;
    if !stands_still || waits_at(run).is_some() || does_not_hold {
        return None;
    }
    let says = match (&run.paused, live.looks_on()) {
        (Some(why), _) => return Some(format!("the rollback waits: {}", one_line(why))),
        // What Enter does says it already.
        (None, _) if live.gone() => return None,
        (None, false) => "you say so",
        (None, true) => "whoever holds the run says so",
    };
    Some(format!(
        "The rollback was interrupted here. It goes on only when {says}."
    ))
}

/// How to go on without this program, for somebody who is stuck.
fn by_hand(app: &App, run: &RunState) -> Line {
    let folder = backup::folder(app, run);
    let words = format!("Without switchback: RESTORE.md in {folder}");
    Line::toned(Tone::Dim, words).hang(2)
}

fn stuck_menu(page: &Page<'_>, view: &StepView) -> Vec<Line> {
    let skip = if view.undo_failed() {
        " (reason): it stays as it is"
    } else {
        " (reason)"
    };
    let keys = [
        (Command::WasDone, ": it is undone"),
        (Command::WasNotDone, ": it is not"),
        (Command::Retry, ", then go on"),
        (Command::PutAside, ": what was edited since is kept"),
        (Command::Skip, skip),
        (Command::Shell, ""),
    ];
    choices(page, "What now?", &keys)
}

pub fn enter(page: &Page<'_>, run: &RunState) -> Enter {
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    let mut after = run.steps_after().iter();
    if let Some(view) = after.find(|view| run.may_confirm(&view.step.id).is_ok()) {
        return apply::asks_whether_done(view);
    }
    if waits_at(run).is_some() {
        let above = above(page);
        return Enter::nothing(format!("Enter: nothing — {above}; the rollback waits here"));
    }
    let says = match waits_because(page.app, run) {
        Some(_) => "Enter: go on with the rollback — it waits for you",
        None => "Enter: go on with the rollback",
    };
    Enter::new(says, Act::Ask(Ask::RetryUndo))
}

/// The files that are back, and those that the way back has changed again since.
fn proved(run: &RunState) -> Vec<Line> {
    let Some(files) = run.proved else {
        return Vec::new();
    };
    let files = units::count(files, "file");
    let mut all = vec![Line::toned(
        Tone::Good,
        format!("✓ {files} put back byte for byte, and compared with the backup"),
    )];
    all.extend(run.changed_by_rollback().into_iter().map(|(file, steps)| {
        let steps = steps.join(", ");
        let words = format!("then changed by the rollback itself: {file} ({steps})");
        Line::new(one_line(&words)).hang(2)
    }));
    all
}
