//! What was found, each finding with its outcome: taken, left, done before, or left to people. A
//! finding was worded before anything was done, so its own words may be out of date.

use super::{Report, hops};
use crate::{
    model::{
        finding::{Decision, Finding, FindingKind, Safety},
        ids::InputName,
        path::RelPath,
        plan::{Answered, StepBody},
        record::{Done, Undone},
        rule::Action,
    },
    rules::assess::{CHANGED_BY_RUN, is_filled_into, taken_changes},
    run_state::{Back, Road, RunState, StepStatus, StepView},
};
use std::collections::BTreeSet;

const NOTHING: &str = "nothing to do";

impl Report {
    pub(super) fn decisions(&mut self, state: &RunState) {
        let plan = &state.plan;
        self.section("What was found and decided");
        let titles = plan.findings.iter();
        let titles = titles.map(|finding| (finding.title.as_str(), finding.hop));
        let hops = hops::Repeated::among(titles);
        let told = |finding: &&Finding| !matches!(finding.kind, FindingKind::Unchanged);
        if plan.findings.iter().any(|finding| told(&finding)) {
            let user = &state.started_by.user;
            self.line(format!(
                "First what became of each, then how it was found before the run. The decisions are those \
                 with which {user} began it.\n"
            ));
        }
        for finding in plan.findings.iter().filter(told) {
            let title = hops.named(state, &finding.title, finding.hop);
            let title = title.trim_end_matches('.');
            let (became, summary) = (became(state, finding), summary(state, finding));
            let chosen = chosen(state, finding);
            self.line(format!("- {became}: {title}: {summary}{chosen}"));
        }
        for (name, input) in &plan.inputs {
            let value = match &input.value {
                Some(value) => format!("`{value}`"),
                None => "secret".to_owned(),
            };
            let how = input.how.word();
            let stands = match files_with(state, name).as_slice() {
                [] => String::new(),
                files => format!(", in {}", files.join(", ")),
            };
            self.line(format!("- input {name}: {value} ({how}){stands}"));
        }
    }

    /// Says where generated values can be read: nobody has seen them.
    pub(super) fn generated(&mut self, state: &RunState) {
        let inputs = state.plan.inputs.iter();
        for (name, _) in inputs.filter(|(_, input)| input.how == Answered::Generated) {
            let files = files_with(state, name);
            if !files.is_empty() {
                let files = files.join(", ");
                self.line(format!(
                    "Generated at random by the run: `{name}`, which is in {files}."
                ));
            }
        }
    }
}

/// The files that now contain the answer to an input.
fn files_with(state: &RunState, name: &InputName) -> Vec<String> {
    let done = |view: &&StepView| view.is_done();
    let file = |view: &StepView| match &view.step.body {
        StepBody::Edit { file, edits, .. } => {
            let mut edits = edits.iter().filter(|edit| !edit.literal);
            edits
                .any(|edit| is_filled_into(edit, name))
                .then(|| file.clone())
        }
        StepBody::Write { file, text, .. } => is_filled_into(text, name).then(|| file.clone()),
        StepBody::Do(_) => None,
    };
    let files: BTreeSet<RelPath> = state.steps.iter().filter(done).filter_map(file).collect();
    files.iter().map(|file| format!("`{file}`")).collect()
}

/// The finding's words, without promises about a run that has ended by now.
fn summary(state: &RunState, finding: &Finding) -> String {
    match finding.kind {
        FindingKind::Migration => finding.summary.replacen("will run: ", "", 1),
        FindingKind::Usage if state.rollback.is_some() => "in use".to_owned(),
        FindingKind::Usage if finding.summary == CHANGED_BY_RUN => "in use".to_owned(),
        _any_other => finding.summary.clone(),
    }
}

/// How a question was answered.
fn chosen(state: &RunState, finding: &Finding) -> String {
    match (&finding.safety, state.plan.decisions.get(&finding.id)) {
        (Safety::Decide { options, .. }, Some(Decision::Choose(id))) => {
            let option = options.iter().find(|option| option.id == *id);
            format!("; chosen: {}", option.map_or(id, |option| &option.label))
        }
        (_, _) => String::new(),
    }
}

fn became(state: &RunState, finding: &Finding) -> &'static str {
    if let Some(view) = applied_by(state, finding) {
        return of_statements(state, view);
    }
    let decision = state.plan.decisions.get(&finding.id);
    if matches!(finding.kind, FindingKind::Usage) {
        return of_usage(state, finding);
    }
    let mut changes = taken_changes(finding, decision).peekable();
    if changes.peek().is_some() {
        let views: Vec<&StepView> = changes
            .flat_map(|change| edits_of(state, &change.file))
            .filter(|view| view.step.hop == finding.hop)
            .collect();
        return of_edits(state, &views);
    }
    match (&finding.safety, decision) {
        (Safety::Safe { .. } | Safety::OptIn, Some(Decision::Leave)) => "**left**",
        (Safety::OptIn, _) => "left, nobody took it",
        (Safety::Blocks, _) => "**in the way**",
        (Safety::Safe { .. } | Safety::Decide { .. } | Safety::Nothing, _) => NOTHING,
    }
}

/// The step that applies the file of statements that a finding is about.
fn applied_by<'r>(state: &'r RunState, finding: &Finding) -> Option<&'r StepView> {
    if !matches!(
        finding.kind,
        FindingKind::Migration | FindingKind::AlreadyDone
    ) {
        return None;
    }
    let place = finding.places.first()?;
    state.steps.iter().find(|view| {
        view.step.hop == finding.hop
            && matches!(
                &view.step.body,
                StepBody::Do(Action::SqlFile(sql)) if sql.file.as_str() == place.file
            )
    })
}

fn of_statements(state: &RunState, view: &StepView) -> &'static str {
    if state.waits_for_a_restore(view) {
        return "applied, **not undone**";
    }
    match view.status() {
        StepStatus::Road(Road::Done {
            how: Done::AlreadyDone,
            ..
        }) => "was already done",
        StepStatus::Road(Road::Done { .. }) => "applied",
        StepStatus::Back(
            Back::Undone {
                how: Undone::Stays, ..
            }
            | Back::Skipped(_)
            | Back::Failed { .. },
        ) => "applied, **not undone**",
        StepStatus::Back(Back::Undone { .. }) => "applied, and undone",
        StepStatus::Road(Road::Waiting(_)) => "to be applied",
        StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }) => {
            "under way"
        }
        StepStatus::Road(Road::Failed(_)) => "**failed**",
        StepStatus::Road(Road::Unknown { .. }) => "**unknown**",
        StepStatus::Road(Road::Skipped(_)) => "**skipped**",
        StepStatus::Road(Road::WillNotRun { .. }) => "not applied",
    }
}

/// A place for people to change; where the run's own edits take care of it, the outcome is theirs.
fn of_usage(state: &RunState, finding: &Finding) -> &'static str {
    if finding.summary == CHANGED_BY_RUN {
        let files = finding.places.iter();
        let files = files.filter_map(|place| RelPath::try_from(place.file.clone()).ok());
        let views = files.flat_map(|file| edits_of(state, &file).collect::<Vec<_>>());
        return of_edits(state, &views.collect::<Vec<_>>());
    }
    match state.rollback {
        None => "for people",
        Some(_) => "as it was",
    }
}

/// The steps of the road that change a file.
fn edits_of<'r>(state: &'r RunState, file: &RelPath) -> impl Iterator<Item = &'r StepView> {
    let road = state.steps.iter().take(state.plan.steps.len());
    road.filter(move |view| view.step.body.file() == Some(file))
}

fn of_edits(state: &RunState, views: &[&StepView]) -> &'static str {
    let all = |test: fn(&StepView) -> bool| views.iter().all(|view| test(view));
    if all(StepView::is_done) {
        return match state.rollback {
            None => "taken",
            Some(_) => "taken, not undone yet",
        };
    }
    if all(|view| matches!(view.undone(), Some(Undone::Ran | Undone::NothingToDo))) {
        return "taken, and back as it was";
    }
    if all(StepView::is_waiting) {
        return "taken, not done yet";
    }
    let any = |test: fn(&StepView) -> bool| views.iter().any(|view| test(view));
    if any(StepView::undo_skipped) {
        return "taken, **not undone**";
    }
    if any(|view| matches!(view.status(), StepStatus::Road(Road::Skipped(_)))) {
        return "taken, but **its step was skipped**";
    }
    if any(StepView::failed_without_effect) && !any(StepView::touched) {
        return "taken, but **its step failed**, and nothing of it was done";
    }
    if all(|view| {
        matches!(
            view.status(),
            StepStatus::Road(Road::WillNotRun { .. }) | StepStatus::Back(Back::Undone { .. })
        )
    }) {
        return "taken, never done";
    }
    "taken, **done in part**"
}
