//! The status of a run, for people and for programs.

mod json;

use super::{print::Printer, told::phase_word};
use crate::{
    engine::pursuit::{blocked_by, failed_at},
    model::{record::RunEnd, units},
    run_state::{RunState, StepView},
};
use std::path::Path;

/// What is known about a run besides its records.
#[derive(Clone, Copy, Default)]
pub struct Beside<'b> {
    /// What is wrong with its journal.
    pub damaged: Option<&'b str>,
    pub at_work: AtWork<'b>,
    /// Its folder, where it is known.
    pub folder: Option<&'b Path>,
}

/// Who is at work on a run.
#[derive(Clone, Copy, Default)]
pub enum AtWork<'b> {
    /// Not determined.
    #[default]
    Unseen,
    /// A worker, by its process id.
    Worker(u32),
    /// No worker; the processes that an earlier one left behind, as far as they can be seen.
    Nobody(Option<&'b [u32]>),
}

impl Beside<'_> {
    fn worker(&self) -> Option<u32> {
        match self.at_work {
            AtWork::Worker(pid) => Some(pid),
            AtWork::Unseen | AtWork::Nobody(_) => None,
        }
    }

    fn is_broken_off(&self, view: &StepView) -> bool {
        view.is_in_flight() && matches!(self.at_work, AtWork::Nobody(_))
    }

    /// A line for a step: its state in this word, its title, and what there is to add.
    fn line(&self, view: &StepView, word: &str) -> String {
        let (word, why) = match self.is_broken_off(view) {
            true => ("interrupted", Some("outcome not known yet")),
            false => (word, view.because()),
        };
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        format!("{word:<16} {}{why}", view.step.title)
    }
}

pub fn print(state: &RunState, beside: Beside<'_>, printer: &mut Printer<'_>) {
    if printer.json_wanted() {
        return printer.json(&json::of(state, beside));
    }
    let plan = &state.plan;
    let stands = match beside.damaged {
        Some(_) => "damaged, and its outcome is unknown".to_owned(),
        None => stands(state),
    };
    printer.line(format!("run {}: {stands}", state.run));
    printer.line(format!(
        "{} {} → {} on {} in {}",
        plan.title, plan.from, plan.to, plan.host, plan.root
    ));
    if let Some(folder) = beside.folder {
        printer.line(format!("its folder: {}", folder.display()));
        if state.end.is_none()
            && let Some(told) = at_work(state, beside.at_work)
        {
            printer.line(told);
        }
    }
    if beside.damaged.is_some() {
        printer.line("what the journal holds up to the damage:");
    }
    let mut hop = None;
    for (n, view) in state.steps.iter().enumerate() {
        let of_plan = n < plan.steps.len();
        let heading = if of_plan { Some(view.step.hop) } else { None };
        if plan.hops.len() > 1 && (n == 0 || heading != hop) {
            printer.line(heading.map_or("  during the rollback".to_owned(), |n| {
                format!("  {} → {}", plan.hops[n].from, plan.hops[n].to)
            }));
            hop = heading;
        }
        printer.line(format!("  {}", beside.line(view, view.told())));
    }
    for view in &state.emergency {
        let line = beside.line(view, view.emergency_word());
        printer.line(format!("  emergency: {line}"));
    }
    let stopped = state.stopped_titles();
    if !stopped.is_empty() {
        printer.line(format!(
            "stopped, and not started again: {}",
            stopped.join(", ")
        ));
    }
    if let Some(why) = waits(state) {
        printer.line(format!("waits: {why}"));
    }
    if let Some(at_ms) = state.confirm_by_ms() {
        printer.line(format!(
            "rolls back by itself at {} unless somebody runs `switchback confirm`",
            units::time(at_ms)
        ));
    }
    print_damage(beside.damaged, printer);
}

/// Whether anything goes on by itself.
fn at_work(state: &RunState, at_work: AtWork<'_>) -> Option<String> {
    Some(match (at_work, state.is_in_flight()) {
        (AtWork::Unseen, _) => return None,
        (AtWork::Worker(pid), true) => format!("process {pid} is working on it"),
        // Between two steps it may still be looking at something; the records do not say.
        (AtWork::Worker(pid), false) => format!("process {pid} serves it"),
        (AtWork::Nobody(Some([])), _) => {
            "no worker is running: nothing happens until somebody attaches, resumes or rolls back".to_owned()
        }
        (AtWork::Nobody(Some(called)), _) => {
            let called: Vec<String> = called.iter().map(u32::to_string).collect();
            format!(
                "its worker is gone, and the command that it started is still running (process {}); \
                 nothing more happens until somebody attaches, resumes or rolls back",
                called.join(", ")
            )
        }
        (AtWork::Nobody(None), _) => {
            "its worker is gone, and whether the command that it started is still running cannot be \
             seen; nothing more happens until somebody attaches, resumes or rolls back"
                .to_owned()
        }
    })
}

/// Why it waits, if it does: the checks that block it, the step that failed, or the reason in its
/// worker's words.
fn waits(state: &RunState) -> Option<String> {
    blocked_by(state)
        .or_else(|| failed_at(state))
        .or_else(|| state.paused.clone())
}

/// Whether some things are not back; only for a run that has gone back.
pub(super) fn is_back_in_part(state: &RunState) -> bool {
    state.ended() == Some(RunEnd::RolledBack) && state.is_back_in_part()
}

/// Where an unfinished run stands, and the result of one that has ended.
pub(super) fn stands(state: &RunState) -> String {
    let (plan, word) = (&state.plan, state.told());
    match state.ended() {
        Some(RunEnd::Done) if plan.verify.is_empty() => format!(
            "{word}, every step to {0}; its pack has no check of {0}{1}",
            plan.to,
            state.skipped_words()
        ),
        Some(RunEnd::Done) => format!("{word}, {} is in place{}", plan.to, state.skipped_words()),
        Some(RunEnd::RolledBack) if state.is_back_in_part() => {
            format!("{word}, `switchback report` lists what is not back")
        }
        Some(RunEnd::RolledBack) => format!("{word}, {} is back", plan.from),
        Some(RunEnd::Abandoned) => format!("{word}: {}", state.given_up_words()),
        None => format!("{word}, at {}", phase_word(state.phase)),
    }
}

fn print_damage(damaged: Option<&str>, printer: &mut Printer<'_>) {
    if let Some(why) = damaged {
        printer.line(format!("the journal is damaged: {why}"));
    }
}
