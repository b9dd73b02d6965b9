//! When a key means something: the conditions that the keymap asks.

use super::{apply, checks, conflict, inputs, steps};
use crate::{
    model::{
        finding::{Decision, Finding, Safety},
        plan::{PlannedCheck, PlannedStep, StepBody},
        record::Phase,
    },
    run_state::{Back, BackupState, Road, RunState, Stage},
    tui::{
        app::{Focus, Screen},
        backend::InputView,
        page::{Page, RowKey},
        road,
        view::areas,
        widget::countdown,
    },
};

pub fn always(_: &Page<'_>) -> bool {
    true
}

pub fn has_rows(page: &Page<'_>) -> bool {
    !page.rows.is_empty()
}

pub fn can_open(page: &Page<'_>) -> bool {
    is_closed(page) == Some(true)
}

pub fn can_close(page: &Page<'_>) -> bool {
    is_closed(page) == Some(false)
}

/// A filter shows the rows of closed groups too.
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

/// Also where the filter hides everything: it can be another one.
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

/// The way on is what a review is for: its last line has no room for the way back.
pub fn can_go_to_the_start(page: &Page<'_>) -> bool {
    page.app.run.is_none() && page.app.ui.screen == Screen::Review
}

pub fn not_help(page: &Page<'_>) -> bool {
    page.app.ui.screen != Screen::Help
}

/// The finding that is selected, in a review that can still be changed.
pub fn finding<'a>(page: &Page<'a>) -> Option<&'a Finding> {
    let Some(RowKey::Rule(id)) = &page.selected else {
        return None;
    };
    let view = page
        .app
        .ui
        .review
        .as_ref()
        .filter(|_| page.app.run.is_none())?;
    view.findings.iter().find(|finding| finding.id == *id)
}

/// What the selected change is turned into: taken if it is left, left if it is taken.
pub fn turned(page: &Page<'_>) -> Option<Decision> {
    let finding = finding(page)?;
    let said = page.app.ui.review.as_ref()?.decisions.get(&finding.id);
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

/// The check that is selected, of the list that the run is at.
pub fn check<'a>(page: &Page<'a>) -> Option<&'a PlannedCheck> {
    let run = page.app.run.as_ref()?;
    let list = match (&page.app.ui.screen, run.phase) {
        (Screen::Checklist, Phase::Checklist) => &run.plan.checklist,
        (Screen::Verify, Phase::Verify) => &run.plan.verify,
        (Screen::Rollback, Phase::Rollback) => &run.plan.rollback.checks,
        _another_screen_than_the_runs => return None,
    };
    match &page.selected {
        Some(RowKey::Check(id)) => checks::find(list, id),
        Some(_) | None => None,
    }
}

/// The selected check, if the run still waits for it.
pub fn open_check<'a>(page: &Page<'a>) -> Option<&'a PlannedCheck> {
    let run = page.app.run.as_ref()?;
    check(page).filter(|check| !run.passed(&check.id))
}

/// The selected check, if a person has said that it is so.
pub fn marked_check<'a>(page: &Page<'a>) -> Option<&'a PlannedCheck> {
    let run = page.app.run.as_ref()?;
    check(page).filter(|check| run.ticked(check))
}

fn stage<'a>(page: &Page<'a>) -> Option<Stage<'a>> {
    match page.app.ui.screen {
        Screen::Apply | Screen::Rollback => apply::selected(page).map(|(_, view)| view.stage()),
        Screen::Start
        | Screen::Runs
        | Screen::Review
        | Screen::Conflict(_)
        | Screen::Diff
        | Screen::Inputs
        | Screen::Checklist
        | Screen::Backup
        | Screen::Output
        | Screen::Verify
        | Screen::Report
        | Screen::Help => None,
    }
}

pub fn going_back(page: &Page<'_>) -> bool {
    page.app
        .run
        .as_ref()
        .is_some_and(|run| run.rollback.is_some())
}

/// What a rollback would do is looked at; none has begun.
pub fn only_looks_back(page: &Page<'_>) -> bool {
    page.app.ui.screen == Screen::Rollback && page.app.run.is_some() && !going_back(page)
}

/// The last steps are being undone, and stand on the screen of apply.
fn stepping_back(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    run.is_some_and(|run| run.stepping_back.is_some())
}

/// Whether the last step goes on by undoing, not by doing.
pub fn undoes(page: &Page<'_>) -> bool {
    going_back(page) || stepping_back(page)
}

/// Steps down to the selected one can be undone alone.
pub fn can_step_back(page: &Page<'_>) -> bool {
    let Some((run, view)) = apply::selected(page) else {
        return false;
    };
    page.app.ui.screen == Screen::Apply
        && page.app.can_ask()
        && run.end.is_none()
        && !undoes(page)
        && view.touched()
        && view.failed().is_none()
        && view.unknown().is_none()
}

/// The run goes back by itself, and waits now.
pub fn can_wait_longer(page: &Page<'_>) -> bool {
    page.app.can_ask() && countdown::by_ms(page.app).is_some()
}

/// A step that failed on the way forward, or whose undo failed on the way back.
pub fn failed(page: &Page<'_>) -> bool {
    let on_the_way = match stage(page) {
        // In the preview of a rollback the failed step is only looked at.
        Some(Stage::Road(Road::Failed(_))) => {
            going_back(page) == (page.app.ui.screen == Screen::Rollback)
        }
        Some(Stage::Back(Back::Failed { unknown, .. })) => !unknown,
        Some(_) | None => false,
    };
    on_the_way && page.app.can_ask()
}

/// In verify only what was waived: with the rest everything is checked again. Elsewhere also what held:
/// in an hour it may hold no longer.
pub fn can_check_again(page: &Page<'_>) -> bool {
    let made = |check: &PlannedCheck| {
        let run = page.app.run.as_ref();
        let view = run.and_then(|run| run.checks.get(&check.id));
        let waived = view.is_some_and(|view| view.waived.is_some());
        let alone = page.app.ui.screen != Screen::Verify;
        view.is_some() && (waived || alone) && !check.check.is_manual()
    };
    page.app.can_ask() && check(page).is_some_and(made)
}

/// In verify all of them: a service that is started anew for one may fail another.
pub fn can_check_all_again(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref().filter(|run| run.end.is_none());
    page.app.ui.screen == Screen::Verify
        && page.app.can_ask()
        && run.is_some_and(|run| {
            let mut checks = run.plan.verify.iter();
            run.phase == Phase::Verify && checks.any(|check| run.checks.contains_key(&check.id))
        })
}

pub fn can_fix(page: &Page<'_>) -> bool {
    let by_hint = failed(page) && !undoes(page) && apply::can_fix(page);
    let by_check = open_check(page).is_some_and(|check| check.check.fix.is_some());
    by_hint || (page.app.can_ask() && by_check)
}

pub fn can_waive(page: &Page<'_>) -> bool {
    let made = |check: &PlannedCheck| {
        let run = page.app.run.as_ref();
        run.is_some_and(|run| run.checks.contains_key(&check.id))
    };
    page.app.can_ask() && open_check(page).is_some_and(made)
}

pub fn can_skip(page: &Page<'_>) -> bool {
    let waits_again = apply::selected(page).is_some_and(|(_, view)| view.waits_again());
    // In the preview of a rollback it would be read as leaving out its undo.
    let ahead = !undoes(page) && page.app.ui.screen != Screen::Rollback;
    failed(page) || (waits_again && page.app.can_ask() && ahead)
}

pub fn can_judge(page: &Page<'_>) -> bool {
    let unknown = matches!(
        stage(page),
        Some(Stage::Road(Road::Unknown { .. }) | Stage::Back(Back::Failed { unknown: true, .. }))
    );
    unknown && page.app.can_ask()
}

pub fn can_step(page: &Page<'_>) -> bool {
    let Some(run) = page.app.run.as_ref().filter(|_| page.app.can_ask()) else {
        return false;
    };
    let next_waits = run.next_step().is_some_and(|view| {
        view.is_waiting() && run.stepping_back.is_none() && !view.lacks_consent()
    });
    let backed_up = matches!(run.backup, BackupState::Verified(_));
    page.app.ui.screen == Screen::Apply && run.rollback.is_none() && backed_up && next_waits
}

pub fn can_pause(page: &Page<'_>) -> bool {
    page.app.working() && !page.app.ui.live.watch_only && can_be_paused(page)
}

pub fn can_interrupt(page: &Page<'_>) -> bool {
    !page.app.ui.live.watch_only && steps::at_work_on(page.app).is_some()
}

/// Between two steps, or two checks. A backup is made whole or not at all.
fn can_be_paused(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    run.is_some_and(|run| match run.phase {
        Phase::Checklist | Phase::Apply | Phase::Verify | Phase::Rollback => true,
        Phase::Backup => false,
    })
}

pub fn can_generate(page: &Page<'_>) -> bool {
    can_edit(page) && inputs::selected(page).is_some_and(|input| input.can_generate)
}

pub fn can_edit(page: &Page<'_>) -> bool {
    page.app.run.is_none() && to_edit(page).is_some()
}

/// What can be typed for the selected row: an answer, or the value that decides a finding.
pub fn to_edit<'a>(page: &Page<'a>) -> Option<&'a InputView> {
    match &page.app.ui.screen {
        Screen::Inputs => inputs::selected(page),
        Screen::Conflict(rule) => conflict::to_type(page, rule),
        Screen::Start
        | Screen::Runs
        | Screen::Review
        | Screen::Diff
        | Screen::Checklist
        | Screen::Backup
        | Screen::Apply
        | Screen::Output
        | Screen::Verify
        | Screen::Rollback
        | Screen::Report
        | Screen::Help => None,
    }
}

pub fn can_choose(page: &Page<'_>) -> bool {
    finding(page).is_some_and(|finding| match finding.safety {
        Safety::Safe { optional } => optional,
        Safety::OptIn | Safety::Decide { .. } => true,
        Safety::Nothing | Safety::Blocks => false,
    })
}

/// Space: tick, done.
pub fn can_mark(page: &Page<'_>) -> bool {
    let tick = says_of_checks(page) && open_check(page).is_some_and(|open| open.check.is_manual());
    tick || can_confirm(page)
}

pub fn can_unmark(page: &Page<'_>) -> bool {
    says_of_checks(page) && marked_check(page).is_some()
}

/// Also while the worker still writes down what was said of the check before: on a slow line two keys
/// come at once.
fn says_of_checks(page: &Page<'_>) -> bool {
    let live = &page.app.ui.live;
    !live.watch_only && !live.gone() && !plays(page)
}

/// A step that the operator does is waited for.
pub fn can_confirm(page: &Page<'_>) -> bool {
    let asked = apply::selected(page)
        .filter(|_| page.app.ui.screen == Screen::Apply)
        .is_some_and(|(_, view)| view.is_running() && steps::is_ask(view));
    asked && page.app.can_ask()
}

pub fn can_diff(page: &Page<'_>) -> bool {
    let app = page.app;
    let changed = app.changes().is_some_and(|files| !files.is_empty());
    app.run.is_none() && app.ui.screen != Screen::Diff && changed
}

/// A recording has the records alone.
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
    ) && page.app.ui.review.is_some()
}

fn selected_run<'a>(page: &Page<'a>) -> Option<&'a crate::tui::backend::RunLine> {
    let Some(RowKey::Run(id)) = &page.selected else {
        return None;
    };
    let runs = page.app.ui.start.iter().flat_map(|view| &view.runs);
    runs.into_iter().find(|run| run.id == *id)
}

pub fn can_watch(page: &Page<'_>) -> bool {
    selected_run(page).is_some_and(|run| run.live)
}

/// It is a recording: it can be looked at, and nothing else.
pub fn plays(page: &Page<'_>) -> bool {
    page.app.ui.playing.is_some()
}

pub fn can_take_over(page: &Page<'_>) -> bool {
    let live = &page.app.ui.live;
    let looks_on = !plays(page) && live.watch_only && !live.gone();
    looks_on
        && page
            .app
            .run
            .as_ref()
            .is_some_and(|run| asks_for_a_hand(page, run))
}

/// A run that has ended asks for nobody, unless somebody wants to take it back, or pulls something.
fn asks_for_a_hand(page: &Page<'_>, run: &RunState) -> bool {
    let goes_back = page.app.ui.screen == Screen::Rollback || !run.emergency.is_empty();
    run.end.is_none() || (goes_back && !run.is_over())
}

pub fn can_see_runs(page: &Page<'_>) -> bool {
    page.app.ui.screen == Screen::Start
        && page
            .app
            .ui
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
    let open = run.is_some_and(|run| !run.is_over() && run.rollback.is_none());
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

/// A run that has changed nothing is not rolled back.
pub fn can_give_up(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    can_roll_back(page) && run.is_some_and(|run| !run.touched())
}

/// On every screen of a run that has any, as long as something can still be done with it or them.
pub fn has_emergency(page: &Page<'_>) -> bool {
    let run = page.app.run.as_ref();
    let open = |run: &RunState| !run.is_over() || run.is_pulled();
    run.is_some_and(|run| !run.emergency.is_empty() && open(run)) && !plays(page)
}
