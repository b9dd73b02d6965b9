//! When a key means something: the conditions for the keymap. The run itself says what may be asked
//! of it; this file says on which screen and row that is offered.

pub mod acts;

use super::{apply, checks, conflict, inputs};
use crate::{
    model::{
        finding::{Decision, Finding, Safety},
        ids::{CheckId, StepId},
        plan::{PlannedCheck, PlannedStep, StepBody},
    },
    run_state::{May, RunState, StepView},
    tui::{
        app::{Focus, Screen},
        backend::InputView,
        page::{Page, RowKey},
        road,
        view::areas,
    },
};

pub fn has_rows(page: &Page<'_>) -> bool {
    !page.rows.is_empty()
}

pub fn can_open(page: &Page<'_>) -> bool {
    is_closed(page) == Some(true)
}

pub fn can_close(page: &Page<'_>) -> bool {
    is_closed(page) == Some(false)
}

/// Whether the selected row is closed; `None` where it cannot be folded. A filter shows the rows of
/// closed groups too.
fn is_closed(page: &Page<'_>) -> Option<bool> {
    let chosen = page.app.ui.focus == Focus::List && page.app.list().filter.is_empty();
    page.fold().filter(|_| chosen).map(|(_, closed)| closed)
}

pub fn selects(page: &Page<'_>) -> bool {
    !page.scrolls()
}

pub fn narrow(page: &Page<'_>) -> bool {
    let shows_one = areas::is_narrow(page.app.ui.size) && page.app.ui.focus == Focus::List;
    has_rows(page) && shows_one && !can_open(page)
}

pub fn is_text(page: &Page<'_>) -> bool {
    page.is_text()
}

/// Even if the filter hides everything: it can be replaced.
pub fn can_filter(page: &Page<'_>) -> bool {
    has_rows(page) || page.is_text() || page.nothing_matches()
}

pub fn can_go_back(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    let ended = run.is_some_and(|run| run.end.is_some() || page.app.ui.live.to_read);
    if ended && !plays(page) {
        return true;
    }
    !page.app.ui.back.is_empty()
        || !page.app.list().filter.is_empty()
        || page.app.ui.focus == Focus::Detail
        || only_looks_back(page)
        || (page.app.run.is_none() && page.app.ui.screen == Screen::Inputs)
}

/// A separate binding without a label: a review's last line is needed for the way on.
pub fn can_go_to_the_start(page: &Page<'_>) -> bool {
    page.app.run.is_none() && page.app.ui.screen == Screen::Review
}

pub fn not_help(page: &Page<'_>) -> bool {
    page.app.ui.screen != Screen::Help
}

/// The selected finding, in a review that can still be changed.
pub fn finding<'a>(page: &Page<'a>) -> Option<&'a Finding> {
    let Some(RowKey::Rule(id)) = &page.selected else {
        return None;
    };
    let view = page
        .app
        .ui
        .views
        .review
        .as_ref()
        .filter(|_| page.app.run.is_none())?;
    view.findings.iter().find(|finding| finding.id == *id)
}

/// The decision that toggles the selected change: take it or leave it.
pub fn turned(page: &Page<'_>) -> Option<Decision> {
    let finding = finding(page)?;
    let said = page
        .app
        .ui
        .views
        .review
        .as_ref()?
        .decisions
        .get(&finding.id);
    match (&finding.safety, said) {
        (Safety::Safe { optional: true }, Some(Decision::Leave)) => Some(Decision::Take),
        (Safety::Safe { optional: true }, _) => Some(Decision::Leave),
        (Safety::OptIn, Some(Decision::Take)) => Some(Decision::Leave),
        (Safety::OptIn, _) => Some(Decision::Take),
        (
            Safety::Safe { optional: false }
            | Safety::Nothing
            | Safety::Blocks
            | Safety::Decide { .. },
            _,
        ) => None,
    }
}

/// The selected check, if it is in the list that the run waits for.
pub fn check<'a>(page: &Page<'a>) -> Option<&'a PlannedCheck> {
    let run = page.app.run.as_ref()?;
    let here = page.app.ui.screen == Screen::of(run.phase);
    match &page.selected {
        Some(RowKey::Check(id)) if here => checks::find(run.checks_now(), id),
        Some(_) | None => None,
    }
}

/// The selected step, on the screens where steps are done or undone.
fn step<'a>(page: &Page<'a>) -> Option<&'a StepView> {
    let does_steps = matches!(page.app.ui.screen, Screen::Apply | Screen::Rollback);
    apply::selected(page)
        .map(|(_, view)| view)
        .filter(|_| does_steps)
}

/// Whether the run may be asked this now by this front end.
fn may(page: &Page<'_>, may: impl Fn(&RunState) -> May) -> bool {
    let run = page.app.run.as_ref().filter(|_| page.app.can_ask());
    run.is_some_and(|run| may(run).is_ok())
}

/// The same for the selected step. The preview of a rollback only shows it.
fn may_of_step(page: &Page<'_>, asked: impl Fn(&RunState, &StepId) -> May) -> bool {
    let view = step(page).filter(|_| !only_looks_back(page));
    view.is_some_and(|view| may(page, |run| asked(run, &view.step.id)))
}

/// The same for the selected check.
fn may_of_check(page: &Page<'_>, asked: impl Fn(&RunState, &CheckId) -> May) -> bool {
    check(page).is_some_and(|check| may(page, |run| asked(run, &check.id)))
}

pub fn going_back(page: &Page<'_>) -> bool {
    page.app
        .run
        .as_ref()
        .is_some_and(|run| run.rollback.is_some())
}

/// Whether this is only the preview of a rollback; none has begun.
pub fn only_looks_back(page: &Page<'_>) -> bool {
    page.app.ui.screen == Screen::Rollback && page.app.run.is_some() && !going_back(page)
}

/// Not at the point of no return, which has words of its own.
pub fn can_step(page: &Page<'_>) -> bool {
    let waits = |run: &RunState| {
        let next = run.next_step();
        next.is_some_and(|view| !view.lacks_consent())
    };
    page.app.ui.screen == Screen::Apply
        && page.app.run.as_ref().is_some_and(waits)
        && may(page, RunState::may_apply)
}

pub fn can_edit(page: &Page<'_>) -> bool {
    page.app.run.is_none() && to_edit(page).is_some()
}

/// What can be typed for the selected row: an answer, or the value for a decision.
pub fn to_edit<'a>(page: &Page<'a>) -> Option<&'a InputView> {
    match &page.app.ui.screen {
        Screen::Inputs => inputs::selected(page),
        Screen::Conflict(rule) => conflict::to_type(page, rule),
        _nothing_is_typed_there => None,
    }
}

/// The selected check, if it waits for a person's mark.
pub fn to_mark<'a>(page: &Page<'a>) -> Option<&'a PlannedCheck> {
    let run = page.app.run.as_ref().filter(|_| says_of_checks(page))?;
    let check = check(page).filter(|check| !run.passed(&check.id))?;
    run.may_mark(&check.id).is_ok().then_some(check)
}

/// The selected check, if a person has marked it.
pub fn to_unmark<'a>(page: &Page<'a>) -> Option<&'a PlannedCheck> {
    let run = page.app.run.as_ref().filter(|_| says_of_checks(page))?;
    let check = check(page)?;
    run.may_unmark(&check.id).is_ok().then_some(check)
}

/// Whether checks can be marked, even while the worker is still recording the previous mark: on a
/// slow line two keys arrive at once. While it makes checks it takes no marks.
fn says_of_checks(page: &Page<'_>) -> bool {
    let live = &page.app.ui.live;
    live.checking.is_none() && !live.looks_on() && !live.gone() && !plays(page)
}

pub fn can_diff(page: &Page<'_>) -> bool {
    let app = page.app;
    let changed = app.changes().is_some_and(|files| !files.is_empty());
    app.run.is_none() && app.ui.screen != Screen::Diff && changed
}

/// A recording has only the records, not the difference.
pub fn can_diff_of_the_run(page: &Page<'_>) -> bool {
    let ui = &page.app.ui;
    let changes =
        |step: &PlannedStep| matches!(step.body, StepBody::Edit { .. } | StepBody::Write { .. });
    let run = page.app.run.as_ref();
    let changes = run.is_some_and(|run| run.plan.steps.iter().any(changes));
    changes && ui.playing.is_none() && ui.screen != Screen::Diff
}

pub fn has_output(page: &Page<'_>) -> bool {
    page.app.ui.screen != Screen::Output && page.app.ui.live.output.total > 0
}

pub fn can_export(page: &Page<'_>) -> bool {
    matches!(
        page.app.ui.screen,
        Screen::Review | Screen::Inputs | Screen::Report
    ) && page.app.ui.views.review.is_some()
}

fn selected_run<'a>(page: &Page<'a>) -> Option<&'a crate::tui::backend::RunLine> {
    let Some(RowKey::Run(id)) = &page.selected else {
        return None;
    };
    let runs = page.app.ui.views.start.iter().flat_map(|view| &view.runs);
    runs.into_iter().find(|run| run.id == *id)
}

/// Whether this is a recording, which can only be looked at.
pub fn plays(page: &Page<'_>) -> bool {
    page.app.ui.playing.is_some()
}

pub fn can_take_over(page: &Page<'_>) -> bool {
    let live = &page.app.ui.live;
    // A run opened only for reading has no holder to take it from.
    let looks_on = !plays(page) && live.looks_on() && !live.gone() && !live.to_read;
    looks_on
        && page
            .app
            .run
            .as_ref()
            .is_some_and(|run| asks_for_a_hand(page, run))
}

/// Whether somebody must hold the run: one that has ended needs it only to be taken back, or for an
/// emergency step.
fn asks_for_a_hand(page: &Page<'_>, run: &RunState) -> bool {
    let goes_back = page.app.ui.screen == Screen::Rollback && run.may_roll_back().is_ok();
    run.end.is_none() || goes_back || run.has_levers()
}

pub fn can_see_runs(page: &Page<'_>) -> bool {
    page.app.ui.screen == Screen::Start
        && page
            .app
            .ui
            .views
            .start
            .as_ref()
            .is_some_and(|view| !view.runs.is_empty() || !view.unreadable.is_empty())
}

pub fn can_look_again(page: &Page<'_>) -> bool {
    page.app.before_a_run() && !plays(page)
}

pub fn can_shell(page: &Page<'_>) -> bool {
    (page.app.run.is_some() || page.app.before_a_run()) && !plays(page)
}

pub fn can_roll_back(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    let open = run.is_some_and(|run| run.may_roll_back().is_ok() && run.rollback.is_none());
    let past = || selected_run(page).is_some_and(|run| run.can_go_back);
    page.app.ui.screen != Screen::Rollback && !plays(page) && (open || (run.is_none() && past()))
}

pub fn can_look_back(page: &Page<'_>) -> bool {
    let stays = matches!(
        page.app.ui.screen,
        Screen::Start | Screen::Runs | Screen::Help
    );
    !stays && road::beside(page.app, false).is_some()
}

pub fn can_look_on(page: &Page<'_>) -> bool {
    road::beside(page.app, true).is_some()
}

/// Whether the run can be given up instead of rolled back, because it has changed nothing.
pub fn can_give_up(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    can_roll_back(page) && run.is_some_and(|run| run.may_abandon().is_ok())
}

/// On every screen of a run with emergency steps, as long as something can still be done with the
/// run or with them.
pub fn has_emergency(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    run.is_some_and(RunState::has_levers) && !plays(page)
}
