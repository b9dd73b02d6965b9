//! What a key asks about what is selected: whether it does something here and now, and what, is one
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
        field::Field,
        page::{Act, Page, RowKey},
        screen::{inputs, steps},
        widget::countdown,
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
    let field = Field::default();
    Act::Open(Dialog::Reason { about, field })
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

/// In verify only what was waived: with the rest everything is checked again. Elsewhere also what held:
/// in an hour it may hold no longer. What was not made yet is made with the others.
pub fn check_again(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref()?;
    let view = run.checks.get(&check(page)?.id)?;
    let alone = page.app.ui.screen != Screen::Verify || view.waived.is_some();
    let may = alone && may_of_check(page, RunState::may_recheck);
    may.then_some(Act::Ask(Ask::Recheck(check_id(page)?)))
}

/// In verify all of them: a service that is started anew for one may fail another.
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

/// What was edited since is looked at before the way back goes over it: an edit that came after the
/// preview nobody has agreed to put aside.
pub fn put_aside(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref()?;
    let agreed = run.rollback.as_ref()?.over_later_edits;
    let of_a_file = step(page)?.step.body.file().is_some();
    let may = of_a_file && !agreed && may_of_step(page, RunState::may_skip_undo);
    may.then(|| Act::Call(Call::Preview(Box::new(run.clone()), WayBack::Whole)))
}

/// Steps down to the selected one can be undone alone. What bars the way there is said in words when
/// it is asked for.
pub fn step_back(page: &Page<'_>) -> Option<Act> {
    let view = step(page).filter(|_| page.app.ui.screen == Screen::Apply)?;
    let undoable = view.touched() && !view.needs_a_person();
    if !undoable || !may(page, RunState::must_go_forward) {
        return None;
    }
    let run = page.app.run.as_ref()?;
    let first = run.back_to(&view.step.id);
    let to = &run.steps.get(first)?.step.id;
    // Nobody says why in vain.
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

/// Also in the preview of a rollback: what is said there is what a person has seen.
fn judge(page: &Page<'_>, done: bool) -> Option<Act> {
    let step = step_id(page)?;
    let may = may(page, |run| run.may_judge(&step));
    may.then_some(sure(Question::Judge { step, done }))
}

/// The first change of all is asked about.
pub fn one_step(page: &Page<'_>) -> Option<Act> {
    let run = page.app.run.as_ref().filter(|_| can_step(page))?;
    Some(match run.touched() {
        true => Act::Ask(Ask::ApplyOne),
        false => sure(Question::Begin(Ask::ApplyOne)),
    })
}

/// Between two steps, or two checks. A backup is made whole or not at all.
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

/// The run goes back by itself, and waits now.
pub fn more_time(page: &Page<'_>) -> Option<Act> {
    let waits = may(page, RunState::may_confirm_within) && countdown::by_ms(page.app).is_some();
    let within_ms = page.app.run.as_ref()?.confirm?.within_ms;
    waits.then_some(Act::Ask(Ask::ConfirmWithin(Span::from_ms(within_ms))))
}

/// A value that stands there already is asked about.
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

/// What has several answers is looked at, decided or not.
pub fn decide(page: &Page<'_>) -> Option<Act> {
    let finding = finding(page)?;
    let several = matches!(finding.safety, Safety::Decide { .. });
    several.then(|| Act::Visit(Screen::Conflict(finding.id.clone())))
}

/// Marks a manual check, or says that a step which somebody does is done.
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

/// A run that has changed nothing is not rolled back.
pub fn give_up(page: &Page<'_>) -> Option<Act> {
    way_back(page).filter(|_| can_give_up(page))
}

pub fn roll_back(page: &Page<'_>) -> Option<Act> {
    way_back(page).filter(|_| can_roll_back(page))
}

/// Of a run that nobody here has a worker for it is taken up first.
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
