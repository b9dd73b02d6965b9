//! The question before the steps run, if nobody here has agreed yet to run that many: how far the
//! run goes, and who is not served meanwhile.

use crate::{
    engine::link::handle,
    model::{
        plan::{PlannedStep, StepBody},
        units::{self, Size},
    },
    run_state::{BackupState, RunState},
    tui::{
        app::App,
        keymap::{self, Command},
        line::{Line, one_line},
        screen::{apply, review, steps},
        theme::Tone,
    },
};

pub(super) fn lines(app: &App, ask: &handle::Ask) -> Vec<Line> {
    let Some(run) = &app.run else {
        return Vec::new();
    };
    let how_far = match ask {
        handle::Ask::ApplyOne => "1 step runs, then the run waits for you.".to_owned(),
        handle::Ask::Retry(_) => again(run, "this step again"),
        handle::Ask::FixAndRetry(_) => again(run, "the fix, then this step again"),
        _the_road => match run.next_step() {
            Some(next) => format!("What runs: {}.", apply::how_far(run, next)),
            None => String::new(),
        },
    };
    let question = if run.touched() {
        "Continue changing the product?"
    } else {
        "Change the product now?"
    };
    let mut all = vec![
        Line::toned(Tone::Strong, question),
        Line::empty(),
        Line::toned(Tone::Strong, how_far),
    ];
    if let handle::Ask::FixAndRetry(id) = ask
        && let Some(view) = run.step(id)
    {
        all.extend(steps::fix(run, view));
    }
    let next = run.next_step().map(|view| &view.step);
    let title = next.map(|step| one_line(&step.title));
    let (stops, when) = match ask {
        handle::Ask::ApplyOne => {
            // What the run writes as a whole is not asked about.
            all.extend(title.map(|title| Line::new(format!("The step: {title}")).hang(2)));
            (run.plan.stopped_by(next.into_iter()), "")
        }
        _the_road => {
            all.extend(writes(run).filter(|_| !run.touched()));
            all.extend(title.map(|title| Line::new(format!("First step: {title}")).hang(2)));
            (run.plan.stopped_by(ahead(run)), " on the way")
        }
    };
    if !stops.is_empty() {
        let words = format!("Services stopped{when}: {}.", one_line(&stops.join(", ")));
        all.push(Line::warning(words));
    }
    if run.touched() {
        return all;
    }
    all.extend(waived(run));
    if let BackupState::Verified(verified) = &run.backup {
        let bytes = Size::from_bytes(verified.bytes);
        let files = units::count(verified.files, "item");
        let until_now = match run.stays_beside() {
            None => "Nothing has been changed so far".to_owned(),
            Some(stays) => format!("No step has run yet, but {}", one_line(&stays)),
        };
        let back = keymap::letter(Command::Rollback);
        all.push(Line::new(format!(
            "The backup is verified: {files}, {bytes} on disk. {until_now}; afterwards {back} rolls back."
        )));
    }
    all
}

/// How far the run goes if what failed is tried again.
fn again(run: &RunState, what: &str) -> String {
    match apply::after_retry(run) {
        None => format!("What runs: {what}; it is the last one."),
        Some(after) => format!("What runs: {what}, then {after}."),
    }
}

/// The steps that are not done yet.
fn ahead(run: &RunState) -> impl Iterator<Item = &PlannedStep> {
    let ahead = run.steps.iter().filter(|view| !view.settled());
    ahead.map(|view| &view.step)
}

/// How the findings of the review relate to the steps of the run.
fn writes(run: &RunState) -> Option<Line> {
    let plan = &run.plan;
    let extent = review::extent(&plan.findings, &plan.decisions)?;
    let write = |step: &&PlannedStep| !matches!(step.body, StepBody::Do(_));
    let (write, all) = (plan.steps.iter().filter(write).count(), plan.steps.len());
    let verb = if write == 1 { "does" } else { "do" };
    let words = format!("{extent}; {write} of the run's {all} steps {verb} this.");
    Some(Line::new(words).hang(2))
}

/// What nobody knows to be fine, said once more to whoever begins or ends the run by it.
pub(super) fn waived(run: &RunState) -> Option<Line> {
    let checks = run.plan.checklist.iter().chain(&run.plan.verify);
    let waived = checks.filter(|check| {
        let view = run.checks.get(&check.id);
        view.is_some_and(|view| view.waived.is_some())
    });
    let titles: Vec<String> = waived.map(|check| one_line(&check.check.title)).collect();
    let words = || format!("Waived without having passed: {}.", titles.join("; "));
    (!titles.is_empty()).then(|| Line::warning(words()))
}
