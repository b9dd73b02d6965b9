//! Apply: the steps, what the selected one does or did, and the choices.

use super::{
    enter::{back_to_the_run, not_now, to_where_it_stands},
    parts::{above, choices},
    steps,
};
use crate::{
    engine::link::handle::Ask,
    model::{
        plan::StepBody,
        record::Phase,
        rule::{self, Action},
        text::sanitize,
        units,
    },
    rules::deed,
    run_state::{Failure, Road, RunState, StepStatus, StepView},
    tui::{
        app::App,
        dialog::{Danger, Dialog, Question},
        keymap::{self, Command},
        line::{Line, lines, one_line},
        live::Worker,
        page::{Act, Detail, Enter, Page, RowKey, Rows},
        theme::Tone,
        widget::bar,
    },
};

const OUTPUT_LINES: usize = 6;

pub fn rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    let next = run.next_step().or(run.steps.last());
    Rows {
        rows: steps::rows::by_hop(app, run),
        current: next.map(|view| RowKey::Step(view.step.id.clone())),
    }
}

/// The selected step, with its run.
pub fn selected<'a>(page: &Page<'a>) -> Option<(&'a RunState, &'a StepView)> {
    let run = page.app.run.as_ref()?;
    match &page.selected {
        Some(RowKey::Step(id)) => Some((run, run.step(id)?)),
        Some(_) | None => None,
    }
}

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
    let Some((_, view)) = selected(page) else {
        return Detail::default();
    };
    let mut lines = Vec::new();
    let mut stopped = not_served(run);
    if page.app.ui.live.worker != Worker::Works {
        lines.extend(stopped.take());
    }
    match view.status() {
        StepStatus::Road(Road::Failed(failure)) => lines.extend(failed(page, run, view, failure)),
        StepStatus::Road(Road::Unknown { why }) => {
            lines.extend(nobody_knows(view, why));
            lines.extend(steps::output(page.app, view, OUTPUT_LINES));
        }
        StepStatus::Road(Road::Running { since_ms }) => {
            lines.extend(running(page.app, run, view, *since_ms));
            lines.extend(stopped.take());
            lines.extend(steps::output(page.app, view, OUTPUT_LINES));
        }
        StepStatus::Road(
            Road::Waiting(_) | Road::Done { .. } | Road::Skipped(_) | Road::WillNotRun { .. },
        )
        | StepStatus::Back(_) => {
            lines.extend(steps::why_broken_off(page.app, view));
            lines.extend(steps::about(run, view));
            if let StepStatus::Road(Road::Done { detail, .. }) = view.status() {
                lines.extend(self::lines(Tone::Plain, &sanitize(detail)));
            }
            lines.extend(steps::output(page.app, view, OUTPUT_LINES));
        }
    }
    lines.extend(stopped);
    let is_said = view.is_running() && steps::is_ask(view);
    if let Some(paused) = run.paused.as_ref().filter(|_| !is_said) {
        lines.push(Line::warning(format!("waits: {}", one_line(paused))));
    }
    if view.failed().is_some() || view.unknown().is_some() {
        lines.push(Line::empty());
        lines.extend(steps::about(run, view));
    }
    Detail {
        lines,
        menu: menu(page, run, view),
    }
}

/// What went wrong, what to do about it, and what the step printed.
fn failed(page: &Page<'_>, run: &RunState, view: &StepView, failure: &Failure) -> Vec<Line> {
    let error = failure.error();
    let title = format!("✗ {}: ", one_line(&view.step.title));
    let mut all = vec![
        Line::toned(Tone::Stop, title)
            .and(Tone::Plain, one_line(error))
            .hang(2),
    ];
    all.extend(steps::numbers(view));
    // Before the output: what to do must be seen on a small screen too.
    all.extend(hint_lines(page, run, view));
    // Output that repeats the error would only push the rest away.
    let said = sanitize(error);
    let output = &page.app.ui.live.output;
    let printed = output.tail(view.step.id.as_str(), OUTPUT_LINES);
    if printed.iter().any(|line| !said.contains(line.text.trim())) {
        all.extend(steps::output(page.app, view, OUTPUT_LINES));
    }
    all
}

/// A warning that names what the run has stopped: whoever waits must know what is out of service.
pub fn not_served(run: &RunState) -> Option<Line> {
    let stopped = run.stopped_titles();
    (!stopped.is_empty()).then(|| {
        let words = format!("stopped by the run: {}", one_line(&stopped.join(", ")));
        Line::warning(words)
    })
}

/// An unknown outcome, which a person must judge.
pub fn nobody_knows(view: &StepView, why: &str) -> Vec<Line> {
    let title = one_line(&view.step.title);
    let what = if view.undo_failed() {
        "is undone"
    } else {
        "was done"
    };
    let words = format!("? Nobody knows whether this {what}: {title}");
    let mut all = vec![Line::toned(Tone::Stop, words)];
    all.extend(lines(Tone::Plain, &sanitize(why)));
    all.push(Line::new(format!(
        "It is not run again blindly. Look ({} opens a shell), then say what you found.",
        keymap::letter(Command::Shell)
    )));
    all
}

fn running(app: &App, run: &RunState, view: &StepView, since_ms: u64) -> Vec<Line> {
    let live = &app.ui.live;
    let mut all = Vec::new();
    if let Some(ask) = steps::asked(view) {
        return asked_now(app, run, ask);
    }
    if let Some(why) = steps::why_broken_off(app, view) {
        all.push(Line::toned(Tone::Strong, one_line(&view.step.title)));
        all.push(why);
        return all;
    }
    let elapsed = live.now_ms.saturating_sub(since_ms);
    let prints = matches!(
        view.step.body,
        StepBody::Do(Action::Run(_) | Action::Stage(_))
    );
    let printed = live.output.tail(view.step.id.as_str(), 1);
    let last = match live.output_at_ms {
        Some(at) => format!(
            ", last output {} ago",
            units::elapsed(live.now_ms.saturating_sub(at))
        ),
        // When that output came is unknown here.
        None if printed.iter().any(|line| line.before) => {
            ", no new output since you came".to_owned()
        }
        None if prints => ", no output yet".to_owned(),
        None => String::new(),
    };
    all.push(
        Line::toned(Tone::Strong, one_line(&view.step.title))
            .and(
                Tone::Plain,
                format!(
                    "  running for {}{last}{}",
                    units::elapsed(elapsed),
                    steps::which_try(view)
                ),
            )
            .hang(2),
    );
    all.extend(bar::progress(live.progress.as_ref()));
    let does = deed::of_step(&run.plan, &view.step);
    all.extend(steps::deed_lines(Tone::Dim, &does));
    all
}

/// What the run waits for a person to do now.
pub fn asked_now(app: &App, run: &RunState, ask: &rule::Ask) -> Vec<Line> {
    let whose = match (app.ui.live.looks_on(), ask.is_question()) {
        (true, _) => "Whoever holds the run is being asked:",
        (false, true) => "You decide now:",
        (false, false) => "You do this now:",
    };
    let mut all = vec![Line::toned(Tone::Strong, whose)];
    all.extend(asked(run, ask));
    all
}

/// What a person is asked, with the numbers that the question is about.
pub fn asked(run: &RunState, ask: &rule::Ask) -> Vec<Line> {
    let mut all = lines(Tone::Plain, &sanitize(&ask.text));
    if let Some(shown) = run.shown_by(ask) {
        all.push(Line::toned(Tone::Strong, one_line(&shown.step.title)));
        all.extend(steps::numbers(shown));
    }
    all
}

fn hint_lines(page: &Page<'_>, run: &RunState, view: &StepView) -> Vec<Line> {
    let Some(hint) = run.hint(view) else {
        return Vec::new();
    };
    let cites: Vec<&str> = hint.cites.iter().map(|cite| cite.as_str()).collect();
    let mut line = Line::toned(Tone::Accent, "hint: ")
        .and(Tone::Plain, one_line(&hint.remedy))
        .hang(2);
    let fix = keymap::of(page, Command::Fix).filter(|_| hint.fix.is_some());
    if let Some(fix) = fix {
        let key = keymap::named(page, fix);
        line = line.and(
            Tone::Plain,
            format!(" Key {key} does the fix, then retries."),
        );
    }
    let mut all = vec![line.and(Tone::Dim, format!("  {}", one_line(&cites.join(" "))))];
    // The remedy is for people and may ask for more: exactly what the key does is read beforehand.
    all.extend(steps::fix(run, view));
    all.extend(steps::fix_at_work(page.app, run, view));
    all.extend(steps::last_time(run.remedies_of_step(&view.step.id)));
    all
}

pub fn menu(page: &Page<'_>, run: &RunState, view: &StepView) -> Vec<Line> {
    let undone = format!(": {}", units::count(run.to_undo(0).count(), "step"));
    let back = (Command::Rollback, undone.as_str());
    let shell = (Command::Shell, "");
    match view.status() {
        StepStatus::Road(Road::Failed(_)) if run.rollback.is_none() => {
            let fix = (Command::Fix, ", then retry and go on");
            let skip = (Command::Skip, " (reason)");
            choices(
                page,
                "What now?",
                &[(Command::Retry, ", then go on"), fix, skip, shell, back],
            )
        }
        StepStatus::Road(Road::Unknown { .. }) => {
            let keys = [
                (Command::WasDone, ""),
                (Command::WasNotDone, ""),
                shell,
                back,
            ];
            choices(page, "What happened?", &keys)
        }
        StepStatus::Road(Road::Running { .. }) if let Some(ask) = steps::asked(view) => {
            let yes = match (&ask.undo_to, ask.is_question()) {
                (Some(_), _) => ": keep it",
                (None, true) => ": go on",
                (None, false) => ": it was done",
            };
            let last = last_steps(run, view);
            let alone = ask
                .undo_to
                .as_ref()
                .map(|_| (Command::StepBack, last.as_str()));
            let keys = [Some((Command::Mark, yes)), alone, Some(back)];
            choices(
                page,
                "Then:",
                &keys.into_iter().flatten().collect::<Vec<_>>(),
            )
        }
        StepStatus::Road(_) | StepStatus::Back(_) => Vec::new(),
    }
}

/// How many steps are undone if a question leads back.
fn last_steps(run: &RunState, view: &StepView) -> String {
    let first = run.back_to(&view.step.id);
    match run.to_undo(first).count() {
        0 | 1 => ": it alone".to_owned(),
        count => format!(": the last {count} steps"),
    }
}

pub fn enter(page: &Page<'_>, run: &RunState) -> Enter {
    if run.phase == Phase::Apply
        && let Some(enter) = to_where_it_stands(page)
    {
        return enter;
    }
    match run.phase {
        Phase::Apply => {}
        Phase::Checklist | Phase::Backup | Phase::Verify | Phase::Rollback => {
            return back_to_the_run(run);
        }
    }
    // Until the worker waits, it takes no answer.
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    if run.stepping_back().is_some() {
        return Enter::new(
            "Enter: go on with undoing the last steps",
            Act::Ask(Ask::RetryUndo),
        );
    }
    match run.next_step() {
        Some(next) => next_enter(page, run, next),
        None => Enter::new(
            "Enter: go on to Verify — its checks change nothing",
            Act::Ask(Ask::Verify),
        ),
    }
}

/// Where the steps do not run on by themselves.
fn is_gate(view: &StepView) -> bool {
    steps::is_ask(view) || view.lacks_consent()
}

/// How far the steps run after the one that is tried again.
pub fn after_retry(run: &RunState) -> Option<String> {
    let mut ahead = run.steps.iter().filter(|view| view.is_waiting());
    let next = ahead.next()?;
    Some(match is_gate(next) {
        true => "the question that waits there".to_owned(),
        false => how_far(run, next),
    })
}

/// How far Enter would let the steps run.
pub fn how_far(run: &RunState, next: &StepView) -> String {
    let ahead = run
        .steps
        .iter()
        .skip_while(|view| view.step.id != next.step.id);
    let ahead: Vec<&StepView> = ahead.filter(|view| view.is_waiting()).collect();
    let gate = ahead.iter().skip(1).position(|view| is_gate(view));
    match gate {
        Some(0) => "1 step, then it asks you".to_owned(),
        Some(at) => format!("{} steps, then it asks you", at + 1),
        None if ahead.len() == 1 => "the last step".to_owned(),
        None => format!("all {} steps", ahead.len()),
    }
}

/// Enter for going on. It asks first wherever an extra Enter would change the product: before the
/// first change, and for whoever has agreed to only one step or has just come to the run.
fn onward(app: &App, run: &RunState, next: &StepView) -> Enter {
    let how_far = how_far(run, next);
    let asks = |says| {
        let begins = Question::Begin(Ask::Apply);
        Enter::new(says, Act::Open(Dialog::Sure(begins)))
    };
    match (run.touched(), app.ui.live.agreed) {
        (false, _) => asks(format!("Enter: asks, then changes the product: {how_far}"))
            .or(Command::OneStep, "asks, then one step"),
        (true, false) => {
            asks(format!("Enter: asks, then goes on: {how_far}")).or(Command::OneStep, "one step")
        }
        (true, true) => Enter::new(format!("Enter: go on: {how_far}"), Act::Ask(Ask::Apply))
            .or(Command::OneStep, "one step"),
    }
}

/// What Enter does about a step that a person does.
pub fn asks_whether_done(view: &StepView) -> Enter {
    let says = match steps::asked(view).is_some_and(rule::Ask::is_question) {
        true => "Enter: asks once more, then goes on",
        false => "Enter: asks whether you have done it",
    };
    let question = Question::Confirm(view.step.id.clone());
    Enter::new(says, Act::Open(Dialog::Sure(question)))
}

/// What Enter does for the step where the run continues.
fn next_enter(page: &Page<'_>, run: &RunState, next: &StepView) -> Enter {
    match next.status() {
        StepStatus::Road(Road::Running { .. }) if steps::is_ask(next) => asks_whether_done(next),
        StepStatus::Road(Road::Failed(_)) => Enter::nothing(format!(
            "Enter: nothing — {}; the run waits here",
            above(page)
        )),
        StepStatus::Road(Road::Unknown { .. }) => {
            Enter::nothing("Enter: nothing — first say what happened; the run waits here")
        }
        StepStatus::Road(Road::Waiting(_)) if next.lacks_consent() => Enter::new(
            "Enter: asks before the point of no return — nothing runs yet",
            Act::Open(Dialog::typed(Danger::Consent(next.step.id.clone()))),
        ),
        StepStatus::Road(Road::Waiting(_)) => onward(page.app, run, next),
        StepStatus::Road(
            Road::Running { .. } | Road::Done { .. } | Road::Skipped(_) | Road::WillNotRun { .. },
        )
        | StepStatus::Back(_) => Enter::nothing("Enter: nothing — the run waits here"),
    }
}
