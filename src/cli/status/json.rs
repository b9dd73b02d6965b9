//! The status of a run for programs. It is a promise: keys are added, never changed.

use super::{Beside, is_back_in_part, waits};
use crate::{
    cli::told::phase_word,
    model::{plan::StepBody, record::Phase, rule::Action},
    run_state::{RunState, StepView},
};
use serde_json::{Value, json};

const VERSION: u32 = 1;

pub fn of(state: &RunState, beside: Beside<'_>) -> Value {
    let word = match beside.damaged {
        Some(_) => "damaged",
        None => state.word(),
    };
    let step = |view| step(view, &beside);
    json!({
        "version": VERSION,
        "run_id": state.run,
        "state": word,
        "back_in_part": is_back_in_part(state),
        "worker_pid": beside.worker(),
        "folder": beside.folder,
        "phase": phase_word(state.phase),
        "seq": state.seq,
        "product": state.plan.product,
        "root": state.plan.root,
        "from": state.plan.from,
        "to": state.plan.to,
        "waits": waits(state),
        "confirm_by_ms": state.confirm_by_ms(),
        "stopped": state.stopped(),
        "damaged": beside.damaged,
        "checks": checks(state),
        "steps": state.steps.iter().map(step).collect::<Vec<_>>(),
        "emergency": state.emergency.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(view: &StepView, beside: &Beside<'_>) -> Value {
    let state = match beside.is_broken_off(view) {
        true => "interrupted",
        false => view.word(),
    };
    json!({
        "id": view.step.id,
        "kind": kind(&view.step.body),
        "title": view.step.title,
        "state": state,
        "because": view.because(),
        "asks": asks(view),
        "numbers": view.numbers,
    })
}

/// What a person must say before the road can pass the step, by the name that it is given under: a key
/// of the answers file, or the options `--done` and `--not-done`.
fn asks(view: &StepView) -> Option<&'static str> {
    let by_a_person = matches!(view.step.body, StepBody::Do(Action::Ask(_)));
    if view.must_be_judged() {
        Some("done")
    } else if by_a_person && view.is_running() {
        Some("confirm")
    } else {
        (view.is_waiting() && view.lacks_consent()).then_some("consent")
    }
}

fn checks(state: &RunState) -> Vec<Value> {
    let plan = &state.plan;
    let lists = [
        (Phase::Checklist, &plan.checklist),
        (Phase::Verify, &plan.verify),
        (Phase::Rollback, &plan.rollback.checks),
    ];
    let of_list = lists.into_iter().flat_map(|(phase, list)| {
        let open = state.open_checks(list);
        list.iter().map(move |planned| {
            let made = state.checks.get(&planned.id);
            let word = match made {
                None => "not made",
                Some(made) if made.waived.is_some() => "waived",
                Some(made) => made.verdict.word(),
            };
            json!({
                "id": planned.id,
                "phase": phase_word(phase),
                "title": planned.check.title,
                "manual": planned.check.is_manual(),
                "state": word,
                "open": open.iter().any(|open| open.id == planned.id),
                "because": made.map(|made| &made.detail),
            })
        })
    });
    of_list.collect()
}

fn kind(body: &StepBody) -> &'static str {
    match body {
        StepBody::Edit { .. } => "edit",
        StepBody::Write { over: false, .. } => "create",
        StepBody::Write { over: true, .. } => "replace",
        StepBody::Do(Action::Run(_)) => "run",
        StepBody::Do(Action::Http(_)) => "http",
        StepBody::Do(Action::Wait(_)) => "wait",
        StepBody::Do(Action::Ask(_)) => "ask",
        StepBody::Do(Action::Stage(_)) => "stage",
        StepBody::Do(Action::Flag(_)) => "flag",
        StepBody::Do(Action::Checkout(_)) => "checkout",
        StepBody::Do(Action::Start(_)) => "start",
        StepBody::Do(Action::Stop(_)) => "stop",
        StepBody::Do(Action::Restart(_)) => "restart",
        StepBody::Do(Action::Switch(_)) => "switch",
        StepBody::Do(Action::Sql(_)) => "sql",
        StepBody::Do(Action::SqlFile(_) | Action::Migrate(_)) => "migration",
    }
}
