//! How a run stands, for people and for programs. The JSON is a promise: keys are added, never
//! changed.

use super::{print::Printer, told::phase_word};
use crate::{
    model::{plan::StepBody, record::End, rule::Action, units},
    run_state::{RunState, StepView},
};
use serde_json::{Value, json};
use std::path::Path;

const STATUS_VERSION: u32 = 1;

/// What is known of a run beside its records.
#[derive(Clone, Copy, Default)]
pub struct Beside<'b> {
    /// What is wrong with its journal.
    pub damaged: Option<&'b str>,
    /// The process that is at work on it; `None`: there is none, or nobody has looked.
    pub worker: Option<u32>,
    /// Its folder, where it is known.
    pub folder: Option<&'b Path>,
}

pub fn print(state: &RunState, beside: Beside<'_>, printer: &mut Printer<'_>) {
    if printer.json_wanted() {
        return printer.json(&as_json(state, beside));
    }
    let plan = &state.plan;
    let stands = match beside.damaged {
        Some(_) => "damaged, and what became of it cannot be told".to_owned(),
        None => stands(state),
    };
    printer.line(format!("run {}: {stands}", state.run));
    printer.line(format!(
        "{} {} → {} on {} in {}",
        plan.title, plan.from, plan.to, plan.host, plan.root
    ));
    if let Some(folder) = beside.folder {
        printer.line(format!("its folder: {}", folder.display()));
        if state.end.is_none() {
            printer.line(at_work(state, beside.worker));
        }
    }
    if beside.damaged.is_some() {
        printer.line("what stood in the journal before it was damaged:");
    }
    let mut hop = None;
    for (n, view) in state.steps.iter().enumerate() {
        let of_plan = n < plan.steps.len();
        let heading = if of_plan { Some(view.step.hop) } else { None };
        if plan.hops.len() > 1 && (n == 0 || heading != hop) {
            printer.line(heading.map_or("  on the way back".to_owned(), |n| {
                format!("  {} → {}", plan.hops[n].from, plan.hops[n].to)
            }));
            hop = heading;
        }
        let because = view
            .because()
            .map_or(String::new(), |why| format!(": {why}"));
        printer.line(format!(
            "  {:<13} {}{because}",
            view.told(),
            view.step.title
        ));
    }
    for view in &state.emergency {
        let because = view
            .because()
            .map_or(String::new(), |why| format!(": {why}"));
        let word = view.emergency_word();
        printer.line(format!(
            "  emergency: {word:<13} {}{because}",
            view.step.title
        ));
    }
    let stopped = state.stopped_titles();
    if !stopped.is_empty() {
        printer.line(format!(
            "stopped, and not started again: {}",
            stopped.join(", ")
        ));
    }
    if let Some(why) = &state.paused {
        printer.line(format!("waits: {why}"));
    }
    if let Some(at_ms) = state.confirm_by_ms() {
        printer.line(format!(
            "goes back by itself at {} unless somebody says `switchback confirm`",
            units::time(at_ms)
        ));
    }
    print_damage(beside.damaged, printer);
}

/// Whether anything happens by itself.
fn at_work(state: &RunState, worker: Option<u32>) -> String {
    let works = state.steps.iter().any(StepView::is_under_way);
    match (worker, works) {
        (Some(pid), true) => format!("process {pid} is at work on it"),
        // Between two steps it may look at something; the records do not say.
        (Some(pid), false) => format!("process {pid} serves it"),
        (None, _) => {
            "nobody is at work on it: nothing happens until somebody takes it up".to_owned()
        }
    }
}

/// Of a run that went back: of another one nothing is back.
pub(super) fn is_back_in_part(state: &RunState) -> bool {
    state.ended() == Some(End::RolledBack) && state.is_back_in_part()
}

/// Where a run stands that has not ended, and what is there of one that has.
pub(super) fn stands(state: &RunState) -> String {
    let (plan, word) = (&state.plan, state.word());
    match state.ended() {
        Some(End::Done) if plan.verify.is_empty() => format!(
            "{word}, every step to {0}; its pack has no check of {0}",
            plan.to
        ),
        Some(End::Done) => format!("{word}, {} is in place", plan.to),
        Some(End::RolledBack) if state.is_back_in_part() => {
            format!("{word} in part, `switchback report` says what is not back")
        }
        Some(End::RolledBack) => format!("{word}, {} is back", plan.from),
        Some(End::Abandoned) => format!("{word}: {}", state.given_up_words()),
        None => format!("{word}, at {}", phase_word(state.phase)),
    }
}

fn print_damage(damaged: Option<&str>, printer: &mut Printer<'_>) {
    if let Some(why) = damaged {
        printer.line(format!("the journal is damaged: {why}"));
    }
}

fn as_json(state: &RunState, beside: Beside<'_>) -> Value {
    let word = match beside.damaged {
        Some(_) => "damaged",
        None => state.word(),
    };
    json!({
        "version": STATUS_VERSION,
        "run_id": state.run,
        "state": word,
        "back_in_part": is_back_in_part(state),
        "worker_pid": beside.worker,
        "folder": beside.folder,
        "phase": phase_word(state.phase),
        "seq": state.seq,
        "product": state.plan.product,
        "root": state.plan.root,
        "from": state.plan.from,
        "to": state.plan.to,
        "waits": state.paused,
        "confirm_by_ms": state.confirm_by_ms(),
        "stopped": state.stopped(),
        "damaged": beside.damaged,
        "steps": state.steps.iter().map(step).collect::<Vec<_>>(),
        "emergency": state.emergency.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(view: &StepView) -> Value {
    json!({
        "id": view.step.id,
        "kind": kind(&view.step.body),
        "title": view.step.title,
        "state": view.word(),
        "because": view.because(),
        "numbers": view.numbers,
    })
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
