//! What a key does with the selected row. Whether it does anything here and now, and what, is one
//! decision.

use super::{
    can_edit, can_give_up, can_roll_back, can_step, check, finding, has_emergency, may,
    may_of_check, may_of_step, step, to_edit, to_mark, to_unmark, turned,
};
use crate::{
    engine::{link::handle::Ask, undo_preview::WayBack},
    model::{
        finding::Safety,
        ids::{CheckId, StepId},
        record::Phase,
        units::Span,
    },
    run_state::RunState,
    tui::{
        app::Screen,
        backend::OpenRun,
        call::Call,
        dialog::{Dialog, Question, Reason, emergency},
        page::{Act, Page, RowKey},
        screen::{inputs, steps},
    },
};

fn step_id(page: &Page<'_>) -> Option<StepId> {
    step(page).map(|view| view.step.id.clone())
}

fn check_id(page: &Page<'_>) -> Option<CheckId> {
    check(page).map(|check| check.id.clone())
}

fn sure(question: Question) -> Act {
    Act::Open(Dialog::Sure(question))
}

fn ask_reason(about: Reason) -> Act {
    Act::Open(Dialog::reason(about))
}

/// A step that failed on the way forward, or whose undo failed on the way back.
pub fn retry(page: &Page<'_>) -> Option<Act> {
    if may_of_step(page, RunState::may_skip_undo) && may(page, RunState::may_go_on_back) {
        return Some(Act::Ask(Ask::RetryUndo));
    }
    may_retry_forward(page).then_some(and_goes_on(page, Ask::Retry(step_id(page)?)))
}

/// The steps behind it run too: whoever has agreed to one step, or has only come to the run, is asked.
fn and_goes_on(page: &Page<'_>, ask: Ask) -> Act {
    match page.app.ui.live.agreed {
        true => Act::Ask(ask),
        false => sure(Question::Begin(ask)),
    }
}

fn may_retry_forward(page: &Page<'_>) -> bool {
    page.app.ui.screen == Screen::Apply && may_of_step(page, RunState::may_retry)
}

/// Makes the selected check again. In Verify only a waived one: the others are repeated all
/// together. Elsewhere even one that held, since it may not hold an hour later. A check not yet
/// made is made with the others.
pub fn check_again(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref()?;
    let view = run.checks.get(&check(page)?.id)?;
    let alone = page.app.ui.screen != Screen::Verify || view.waived.is_some();
    let may = alone && may_of_check(page, RunState::may_recheck);
    may.then_some(Act::Ask(Ask::Recheck(check_id(page)?)))
}

/// Makes all checks again, in Verify only: restarting a service for one check may fail another.
pub fn check_all_again(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref()?;
    let mut checks = run.checks_now().iter();
    let here = page.app.ui.screen == Screen::Verify && run.phase == Phase::Verify;
    let made = here && checks.any(|check| run.checks.contains_key(&check.id));
    (made && may(page, RunState::may_check)).then_some(Act::Ask(Ask::RecheckAll))
}

pub fn fix(page: &Page<'_>) -> Option<Act> {
    if may_of_check(page, RunState::may_fix) {
        return Some(Act::Ask(Ask::Fix(check_id(page)?)));
    }
    let may = may_retry_forward(page) && may_of_step(page, RunState::may_fix_and_retry);
    may.then_some(and_goes_on(page, Ask::FixAndRetry(step_id(page)?)))
}

pub fn waive(page: &Page<'_>) -> Option<Act> {
    let may = may_of_check(page, RunState::may_waive);
    may.then_some(ask_reason(Reason::Waive(check_id(page)?)))
}

pub fn skip(page: &Page<'_>) -> Option<Act> {
    let step = step_id(page)?;
    if may_of_step(page, RunState::may_skip_undo) {
        return Some(ask_reason(Reason::SkipUndo(step)));
    }
    let may = page.app.ui.screen == Screen::Apply && may_of_step(page, RunState::may_skip);
    may.then_some(ask_reason(Reason::Skip(step)))
}

/// Looks again before the way back overwrites later edits: nobody has agreed to put aside an edit
/// made after the preview.
pub fn put_aside(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref()?;
    let agreed = run.rollback.as_ref()?.over_later_edits;
    let of_a_file = step(page)?.step.body.file().is_some();
    let may = of_a_file && !agreed && may_of_step(page, RunState::may_skip_undo);
    may.then(|| Act::Call(Call::Preview(Box::new(run.clone()), WayBack::Whole)))
}

/// Undoes only the steps down to the selected one. What prevents it is told when the key is
/// pressed.
pub fn step_back(page: &Page<'_>) -> Option<Act> {
    let view = step(page).filter(|_| page.app.ui.screen == Screen::Apply)?;
    let undoable = view.touched() && !view.needs_a_person();
    if !undoable || !may(page, RunState::must_go_forward) {
        return None;
    }
    let run = page.app.run.as_ref()?;
    let first = run.back_to(&view.step.id);
    let to = &run.steps.get(first)?.step.id;
    // Refuse at once, so that nobody types a reason in vain.
    Some(match run.may_step_back(to) {
        Ok(()) => Act::StepBack(first),
        Err(why) => Act::Refuse(why),
    })
}

pub fn was_done(page: &Page<'_>) -> Option<Act> {
    judge(page, true)
}

pub fn was_not_done(page: &Page<'_>) -> Option<Act> {
    judge(page, false)
}

/// Also in the preview of a rollback: a verdict is about what a person has seen.
fn judge(page: &Page<'_>, done: bool) -> Option<Act> {
    let step = step_id(page)?;
    let may = may(page, |run| run.may_judge(&step));
    may.then_some(sure(Question::Judge { step, done }))
}

/// Asks before the very first change.
pub fn one_step(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref().filter(|_| can_step(page))?;
    Some(match run.touched() {
        true => Act::Ask(Ask::ApplyOne),
        false => sure(Question::Begin(Ask::ApplyOne)),
    })
}

/// Pauses between two steps or two checks. A backup is made whole or not at all.
pub fn pause(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref()?;
    let can = match run.phase {
        Phase::Checklist | Phase::Apply | Phase::Verify | Phase::Rollback => true,
        Phase::Backup => false,
    };
    let holds = page.app.working() && !page.app.ui.live.looks_on();
    (can && holds).then_some(Act::Pause)
}

pub fn interrupt(page: &Page<'_>) -> Option<Act> {
    let view = steps::at_work_on(page.app).filter(|_| !page.app.ui.live.looks_on())?;
    Some(sure(Question::Interrupt(view.step.id.clone())))
}

/// Extends the deadline after which the waiting run goes back by itself.
pub fn more_time(page: &Page<'_>) -> Option<Act> {
    let waits = may(page, RunState::may_confirm_within) && page.app.goes_back_at_ms().is_some();
    let within_ms = page.app.run.as_ref()?.confirm?.within_ms;
    waits.then_some(Act::Ask(Ask::ConfirmWithin(Span::from_ms(within_ms))))
}

/// Asks before it replaces a value.
pub fn generate(page: &Page<'_>) -> Option<Act> {
    let input = inputs::selected(page).filter(|input| input.can_generate && can_edit(page))?;
    let name = input.name.clone();
    Some(match inputs::replaced(input) {
        Some(_) => sure(Question::Replace(name)),
        None => Act::Call(Call::Generate(name)),
    })
}

pub fn edit(page: &Page<'_>) -> Option<Act> {
    let input = to_edit(page).filter(|_| can_edit(page))?;
    Some(Act::Open(inputs::edit(input)))
}

/// Takes a change or leaves it.
pub fn choose(page: &Page<'_>) -> Option<Act> {
    let (finding, decision) = (finding(page)?, turned(page)?);
    Some(Act::Call(Call::Decide(finding.id.clone(), decision)))
}

/// Opens the answers of a finding, whether decided or not.
pub fn decide(page: &Page<'_>) -> Option<Act> {
    let finding = finding(page)?;
    let several = matches!(finding.safety, Safety::Decide { .. });
    several.then(|| Act::Visit(Screen::Conflict(finding.id.clone())))
}

/// Marks a manual check, or says that a step done by a person is done.
pub fn mark(page: &Page<'_>) -> Option<Act> {
    if let Some(check) = to_mark(page) {
        return Some(Act::Ask(Ask::Mark(check.id.clone())));
    }
    let may = may_of_step(page, RunState::may_confirm);
    may.then_some(sure(Question::Confirm(step_id(page)?)))
}

pub fn unmark(page: &Page<'_>) -> Option<Act> {
    let check = to_unmark(page)?;
    Some(Act::Ask(Ask::Unmark(check.id.clone())))
}

/// Gives up a run that has changed nothing, which needs no rollback.
pub fn give_up(page: &Page<'_>) -> Option<Act> {
    way_back(page).filter(|_| can_give_up(page))
}

pub fn roll_back(page: &Page<'_>) -> Option<Act> {
    way_back(page).filter(|_| can_roll_back(page))
}

/// Leads to the rollback. A run without a worker here is taken up first.
fn way_back(page: &Page<'_>) -> Option<Act> {
    let back = |id| Act::Call(Call::OpenRun(id, OpenRun::RollBack));
    match (&page.app.run, &page.selected) {
        (None, Some(RowKey::Run(id))) => Some(back(id.clone())),
        (Some(run), _) if page.app.is_only_read() => Some(back(run.run.clone())),
        (Some(_), _) => Some(Act::Show(Screen::Rollback)),
        (None, _) => None,
    }
}

pub fn emergency(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref().filter(|_| has_emergency(page))?;
    Some(match page.app.is_only_read() {
        true => Act::Call(Call::OpenRun(run.run.clone(), OpenRun::Emergency)),
        false => Act::Open(emergency::list(page.app)),
    })
}

pub fn watch(page: &Page<'_>) -> Option<Act> {
    let run = super::selected_run(page).filter(|run| run.live)?;
    Some(Act::Call(Call::OpenRun(run.id.clone(), OpenRun::Watch)))
}
