//! Steps in detail, for Apply and Rollback.

pub mod rows;

use super::parts::doubted;
use crate::{
    model::{
        plan::{PlannedStep, StepBody},
        record::{Done, RemedyOf, numbers_in_words},
        rule::{Action, Ask},
        text::sanitize,
    },
    rules::deed,
    run_state::{Back, Remedy, Road, RunState, StepStatus, StepView},
    tui::{
        app::App,
        line::{Line, lines, one_line, whole},
        live::Worker,
        theme::Tone,
    },
};

/// The step that the worker is doing or undoing now, emergency steps included. What it runs can be
/// ended.
pub fn at_work_on(app: &App) -> Option<&StepView> {
    let run = app.run.as_ref();
    let run = run.filter(|_| app.ui.live.worker == Worker::Works)?;
    let mut all = run.steps.iter().chain(&run.emergency);
    all.find(|view| view.is_under_way() && !is_ask(view))
}

/// Whether it was begun but nobody is at it: the worker was killed, or waits.
pub fn broken_off(app: &App, view: &StepView) -> bool {
    view.is_in_flight() && app.ui.live.worker != Worker::Works
}

/// What will become of a step that was broken off.
pub fn why_broken_off(app: &App, view: &StepView) -> Option<Line> {
    if !broken_off(app, view) {
        return None;
    }
    let what = if view.is_undoing() {
        "It was being undone"
    } else {
        "It ran"
    };
    Some(Line::warning(broken_off_words(app, what)))
}

fn broken_off_words(app: &App, what: &str) -> String {
    if app.ui.live.gone() {
        format!(
            "{what} when its worker ended{}. The next worker first checks what became of it.",
            left_over(app)
        )
    } else {
        format!("{what}, and was interrupted. What became of it is checked first.")
    }
}

/// The processes of the worker that outlived it.
fn left_over(app: &App) -> String {
    match app.ui.live.left_over.as_deref() {
        None | Some([]) => String::new(),
        Some(processes) => {
            let processes: Vec<String> = processes.iter().map(u32::to_string).collect();
            format!(
                ", and the command that it started is still running (process {})",
                processes.join(", ")
            )
        }
    }
}

/// Whether a person does the step.
pub fn is_ask(view: &StepView) -> bool {
    asked(view).is_some()
}

/// What the step asks of a person.
pub fn asked(view: &StepView) -> Option<&Ask> {
    match &view.step.body {
        StepBody::Do(Action::Ask(ask)) => Some(ask),
        StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => None,
    }
}

/// The counts in a row, before and after side by side: at a gate all of them must be seen at once.
pub fn numbers(view: &StepView) -> Vec<Line> {
    let counted = numbers_in_words(&view.numbers);
    if counted.is_empty() {
        return Vec::new();
    }
    // A name and its number stay on the same line.
    let each = counted.split(", ").map(|one| whole(&one_line(one)));
    let all = each.collect::<Vec<_>>().join(",  ");
    vec![Line::new(format!("  {all}")).hang(2)]
}

/// What the step is, whatever became of it.
pub fn about(run: &RunState, view: &StepView) -> Vec<Line> {
    let mut all = what(run, view);
    all.extend(deed_lines(Tone::Dim, &undo(run, view)));
    all.extend(besides(view));
    all
}

/// How it is undone. A state from before the run is left alone.
fn undo(run: &RunState, view: &StepView) -> String {
    let found = view.done() == Some(Done::AlreadyDone);
    if found && !view.touched() {
        "undo: none needed, it was already so before this run".to_owned()
    } else if view.failed_without_effect() {
        "undo: none needed, nothing of it was done".to_owned()
    } else {
        deed::undo(&run.plan, &view.step)
    }
}

/// What the step does.
pub fn what(run: &RunState, view: &StepView) -> Vec<Line> {
    let step = &view.step;
    let mut all = vec![
        Line::toned(Tone::Strong, one_line(&step.title))
            .and(Tone::Dim, format!("  step {}", one_line(step.id.as_str())))
            .and(Tone::Dim, which_try(view))
            .hang(2),
    ];
    if let Some(because) = &step.because {
        all.extend(lines(Tone::Plain, &sanitize(because)));
    }
    all.extend(deed_lines(Tone::Dim, &deed::of_step(&run.plan, step)));
    for then in &step.then {
        let then = deed::of(&run.plan, step.hop, &then.action);
        all.extend(deed_lines(Tone::Dim, &format!("then {then}")));
    }
    all
}

/// What is done, in words. A script within a command is shown as it is written: its lines joined would
/// be another script.
pub fn deed_lines(tone: Tone, does: &str) -> impl Iterator<Item = Line> {
    let all = lines(tone, &sanitize(does)).into_iter();
    all.map(|line| line.hang(2))
}

/// Exactly what the fix for a failed step does, if there is one.
pub fn fix(run: &RunState, view: &StepView) -> Vec<Line> {
    let fix = run.hint(view).and_then(|hint| hint.fix.as_ref());
    fix.map_or(Vec::new(), |fix| {
        fix_lines(&deed::of(&run.plan, view.step.hop, fix))
    })
}

/// That the fix for the step runs, or what will become of it where its worker was killed.
pub fn fix_at_work(app: &App, run: &RunState, view: &StepView) -> Option<Line> {
    let RemedyOf::Step { step, .. } = run.open_remedy()? else {
        return None;
    };
    let of_this_step = *step == view.step.id;
    of_this_step.then(|| match app.ui.live.worker == Worker::Works {
        true => Line::toned(Tone::Accent, "⟳ the fix is running"),
        false => Line::warning(broken_off_words(app, "The fix ran")),
    })
}

/// How the last of these remedies ended.
pub fn last_time<'r>(remedies: impl Iterator<Item = &'r Remedy>) -> Option<Line> {
    let last = remedies.last()?;
    let told = one_line(&last.last_time()?);
    let line = match last.failed() {
        true => Line::toned(Tone::Stop, format!("✗ {told}")),
        false => Line::toned(Tone::Dim, told),
    };
    Some(line.hang(2))
}

/// Exactly what a fix does.
pub fn fix_lines(does: &str) -> Vec<Line> {
    let mut all: Vec<Line> = deed_lines(Tone::Plain, does).collect();
    if let Some(first) = all.first_mut() {
        first.pieces.insert(0, (Tone::Strong, "fix: ".to_owned()));
    }
    all
}

/// The number of this try, or of all tries; the first is not mentioned.
pub fn which_try(view: &StepView) -> String {
    match view.attempts {
        0 | 1 => String::new(),
        attempt if view.is_running() => format!(", try {attempt}"),
        _it_is_over => view
            .tries()
            .map_or(String::new(), |tries| format!(", {tries}")),
    }
}

/// Warnings about the step.
pub fn besides(view: &StepView) -> Vec<Line> {
    let step = &view.step;
    let mut all: Vec<Line> = losses(step).chain(doubted(&step.doubt)).collect();
    all.extend(view.later_edits.iter().map(|(path, saved_as)| {
        let kept = one_line(saved_as);
        let words = format!("{path} had been edited since; that is kept as {kept}");
        Line::warning(words)
    }));
    all
}

/// The data that it destroys, one loss per line.
pub fn losses(step: &PlannedStep) -> impl Iterator<Item = Line> {
    step.loses().iter().map(|loss| {
        Line::toned(Tone::Stop, "destroys data: ")
            .and(Tone::Plain, one_line(loss))
            .hang(2)
    })
}

/// The last lines of a step's output.
pub fn output(app: &App, view: &StepView, count: usize) -> Vec<Line> {
    let id = view.step.id.as_str();
    let output = &app.ui.live.output;
    let tail = output.tail(id, count);
    if tail.is_empty() {
        return Vec::new();
    }
    let all = output.count_of(id);
    // One log holds both, so its lines cannot be told apart.
    let whose = match view.status() {
        StepStatus::Road(Road::Waiting(_)) => "output of the earlier try and of its undo",
        StepStatus::Back(Back::Undoing { .. } | Back::Undone { .. } | Back::Failed { .. }) => {
            "output of it and of its undo"
        }
        StepStatus::Road(_) | StepStatus::Back(Back::Skipped(_)) => "output",
    };
    let heading = format!("{whose} (last {} of {all} lines)", tail.len());
    let mut heading = Line::toned(Tone::Dim, heading);
    // An open question has keys of its own.
    if app.ui.dialog.is_none() {
        heading = heading
            .and(Tone::Accent, "   o")
            .and(Tone::Dim, " opens it");
    }
    let mut lines = vec![heading];
    lines.extend(
        tail.iter()
            .map(|line| Line::new(one_line(&line.text)).hang(2)),
    );
    lines
}
