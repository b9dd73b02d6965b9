//! What became of the steps, of the road, of the way back and of emergencies; and what went wrong
//! in between, which a later success would otherwise hide.

use super::{Report, hops};
use crate::{
    model::{
        ids::StepId,
        plan::Undo,
        record::Undone,
        units::{duration, time},
    },
    rules::deed,
    run_state::{Back, Past, Road, RunState, Said, StepBack, StepStatus, StepView},
};

impl Report {
    pub(super) fn steps(&mut self, state: &RunState) {
        self.section("Steps");
        self.as_far_as_can_be_read();
        let (road, after) = state.steps.split_at(state.plan.steps.len());
        let titles = road.iter().map(|view| &view.step);
        let titles = titles.map(|step| (step.title.as_str(), step.hop));
        let hops = hops::Repeated::among(titles);
        self.steps_back(state, &hops);
        for view in road {
            let title = hops.named(state, &view.step.title, view.step.hop);
            self.step(state, view, view.told(), &title);
        }
        for view in after {
            let told = format!("{}, during the rollback", view.told());
            self.step(state, view, &told, &view.step.title);
        }
    }

    fn step(&mut self, state: &RunState, view: &StepView, became: &str, title: &str) {
        let took = took_ms(view).map_or(String::new(), |ms| format!(", {}", duration(ms)));
        let (detail, tries) = (detail(view), view.tries());
        let tries = tries.map_or(String::new(), |tries| format!(", {tries}"));
        self.line(format!("- {became}: {title}{detail}{took}{tries}"));
        for past in past(view) {
            self.line(format!("  - {past}"));
        }
        self.remedies(state.remedies_of_step(&view.step.id));
        for (path, saved_as) in &view.later_edits {
            self.line(format!(
                "  - a later edit of `{path}` is kept as `later-edits/{saved_as}`"
            ));
        }
    }

    fn steps_back(&mut self, state: &RunState, hops: &hops::Repeated) {
        let title = |id: &StepId| match state.step(id) {
            Some(view) => hops.named(state, &view.step.title, view.step.hop),
            None => id.to_string(),
        };
        for back in &state.steps_back {
            let (user, reason) = (&back.by.user, &back.reason);
            let undone = back.undone.iter();
            let undone = undone.map(|id| format!("`{}`{}", title(id), by_restore(state, back, id)));
            let undone: Vec<String> = undone.collect();
            self.line(if undone.is_empty() {
                format!(
                    "- undoing down to `{}` was started by {user}: {reason}",
                    title(&back.to)
                )
            } else {
                format!(
                    "- undone by {user}, before the run went {}: {}; why: {reason}",
                    went(state, back),
                    undone.join(", ")
                )
            });
            for restored in &back.restored {
                self.line(format!("  - `{}`: {}", restored.backup, restored.detail));
            }
        }
    }

    /// The emergency steps that were pulled, and what became of them.
    pub(super) fn emergency(&mut self, state: &RunState) {
        let mut pulled = state
            .emergency
            .iter()
            .filter(|view| view.was_started())
            .peekable();
        if pulled.peek().is_some() {
            self.section("Emergency steps");
        }
        for view in pulled {
            let pulled = view.pulled.as_ref();
            let by = pulled.map_or("", |pulled| pulled.by.user.as_str());
            let at = time(pulled.map_or(0, |pulled| pulled.at_ms));
            let became = became_of_emergency(view);
            self.line(format!(
                "- {}: pulled by {by} at {at}; {became}; {}",
                view.step.title,
                deed::undo(&state.plan, &view.step)
            ));
        }
    }
}

/// Mentions the backup if a step was undone by a restore, which also took back other things.
fn by_restore(state: &RunState, back: &StepBack, id: &StepId) -> String {
    match state.step(id).map(|view| &view.step.undo) {
        Some(Undo::Restore(backup)) if back.restored.iter().any(|it| it.backup == *backup) => {
            format!(" (by a restore of `{backup}`)")
        }
        Some(_) | None => String::new(),
    }
}

/// Whether the run went on or back after its last steps were undone: the status of the step before
/// which it then stood tells.
fn went(state: &RunState, back: &StepBack) -> &'static str {
    let waited =
        |view: &StepView| matches!(view.status(), StepStatus::Road(Road::WillNotRun { .. }));
    let is_last = state.steps_back.last() == Some(back);
    if is_last && state.step(&back.to).is_some_and(waited) {
        "back"
    } else {
        "on"
    }
}

pub(super) fn became_of_emergency(view: &StepView) -> String {
    match view.status() {
        StepStatus::Road(Road::Done { detail, .. }) if view.is_over() => {
            format!("it did what it is for ({detail}), and nothing of it has to be taken back")
        }
        StepStatus::Road(Road::Done { detail, .. }) if view.is_overtaken() => format!(
            "**not taken back** ({detail}); steps have run since, so check whether it is still in \
             effect"
        ),
        StepStatus::Road(Road::Done { detail, .. }) => format!("**still pulled** ({detail})"),
        StepStatus::Back(Back::Undone { detail, .. }) => format!("taken back ({detail})"),
        StepStatus::Road(Road::Failed(failure)) => {
            format!("**failed**: {}{}", failure.error(), nothing_back(view))
        }
        StepStatus::Road(Road::Unknown { why }) => format!("**unknown**: {why}"),
        StepStatus::Back(Back::Failed { error, .. }) => {
            format!("**not taken back**, that failed: {error}")
        }
        StepStatus::Road(
            Road::Waiting(_) | Road::Running { .. } | Road::Skipped(_) | Road::WillNotRun { .. },
        )
        | StepStatus::Back(Back::Undoing { .. } | Back::Skipped(_)) => {
            format!("**{}**", view.word())
        }
    }
}

fn detail(view: &StepView) -> String {
    let by = match view.status() {
        StepStatus::Road(Road::Skipped(said)) | StepStatus::Back(Back::Skipped(said)) => {
            format!(" by {}", said.by.user)
        }
        StepStatus::Road(_) | StepStatus::Back(_) => String::new(),
    };
    let because = view.because();
    because.map_or(String::new(), |because| {
        format!("{by}: {because}{}", nothing_back(view))
    })
}

/// Says that a failed step without effect needs no undo, so that nobody looks for one.
fn nothing_back(view: &StepView) -> &'static str {
    match view.failed_without_effect() {
        true => "; nothing of it to undo",
        false => "",
    }
}

/// The time of what its line reports: of the undo for an undone step, otherwise of the step itself.
/// `None` if there was nothing to undo.
fn took_ms(view: &StepView) -> Option<u64> {
    let took_ms = match view.status() {
        StepStatus::Road(_) => view.took_ms,
        StepStatus::Back(
            Back::Undone {
                how: Undone::Ran,
                took_ms,
                ..
            }
            | Back::Failed { took_ms, .. },
        ) => *took_ms,
        StepStatus::Back(
            Back::Undone {
                how: Undone::NothingToDo | Undone::Stays,
                ..
            }
            | Back::Undoing { .. }
            | Back::Skipped(_),
        ) => None,
    };
    took_ms.filter(|ms| *ms > 0)
}

/// What went wrong with a step, or was skipped, before the state that its own line reports.
fn past(view: &StepView) -> Vec<String> {
    let is_told = matches!(
        view.status(),
        StepStatus::Road(Road::Failed(_) | Road::Skipped(_))
            | StepStatus::Back(Back::Failed { .. } | Back::Skipped(_))
    );
    let before = view.past.len() - usize::from(is_told && !view.past.is_empty());
    view.past[..before].iter().map(told).collect()
}

fn told(past: &Past) -> String {
    let skipped = |what: &str, said: &Said| format!("{what} by {}: {}", said.by.user, said.reason);
    match past {
        Past::Failed { at_ms, error, .. } => format!("it had failed at {}: {error}", time(*at_ms)),
        Past::UndoFailed { at_ms, error } => {
            format!("its undo had failed at {}: {error}", time(*at_ms))
        }
        Past::Skipped(said) => skipped("it had been skipped", said),
        Past::UndoSkipped(said) => skipped("its undo had been skipped", said),
    }
}
