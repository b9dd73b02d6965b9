//! Steps as rows and in detail, for Apply and Rollback.

use super::doubted;
use crate::{
    model::{
        plan::{PlannedStep, StepBody, Undo},
        record::{Done, Undone, numbers_in_words},
        rule::{Action, Ask},
        text::sanitize,
    },
    rules::deed,
    run_state::{Back, Road, RunState, Said, Stage, StepView},
    tui::{
        app::{App, Screen},
        glyph::Sign,
        line::{Line, lines, one_line, whole},
        live::Worker,
        page::{GroupKey, Item, Made, Row, RowKey},
        theme::Tone,
    },
};

/// The state of a step, or of its undo, that was interrupted.
const BROKEN_OFF: &str = "interrupted: outcome not known yet";

/// A row for a step on the way back: a done step is one that is still to be undone.
pub fn undo_row<'a>(app: &'a App, run: &RunState, nth: usize) -> Row<'a> {
    let by = undo_item;
    late(run, Made { app, nth, by })
}

/// A row for a step at the end of the way back. That it has no undo costs nobody anything.
pub fn end_row<'a>(app: &'a App, run: &RunState, nth: usize) -> Row<'a> {
    let by = end_item;
    late(run, Made { app, nth, by })
}

fn late<'a>(run: &RunState, made: Made<'a>) -> Row<'a> {
    let step = &run.steps[made.nth].step;
    Row::Late(RowKey::Step(step.id.clone()), made)
}

fn undo_item(app: &App, nth: usize) -> Option<Item<'_>> {
    let run = app.run.as_ref()?;
    let view = run.steps.get(nth)?;
    if run.waits_for_a_restore(view) {
        let key = RowKey::Step(view.step.id.clone());
        let item = Row::item(key, Sign::NotYet, Tone::Plain, one_line(&view.step.title));
        return Some(item.aside(words(view)));
    }
    let title = one_line(&view.step.title);
    Some(match view.stage() {
        Stage::Back(_) => item(app, view, title),
        Stage::Road(_) => {
            let key = RowKey::Step(view.step.id.clone());
            let item = Row::item(key, Sign::NotYet, Tone::Plain, title);
            item.aside("not undone yet")
        }
    })
}

fn end_item(app: &App, nth: usize) -> Option<Item<'_>> {
    let view = app.run.as_ref()?.steps.get(nth)?;
    let title = one_line(&view.step.title);
    if !view.is_waiting() {
        return Some(item(app, view, title));
    }
    let key = RowKey::Step(view.step.id.clone());
    Some(Row::item(key, Sign::NotYet, Tone::Plain, title))
}

/// A row for a step of a hop, after the line for the point of no return if that is before it.
fn of_hop<'a>(app: &'a App, run: &RunState, nth: usize) -> impl Iterator<Item = Row<'a>> {
    let step = &run.steps[nth].step;
    let consent = step.asks_consent().then(|| {
        let words = if step.undo == Undo::Irreversible {
            "─ ─ point of no return: what follows cannot be undone"
        } else {
            "─ ─ point of no return: after it only a restore helps"
        };
        Row::Words(Line::toned(Tone::Attention, words))
    });
    let by = item_of_hop;
    consent
        .into_iter()
        .chain([late(run, Made { app, nth, by })])
}

/// A step whose title is shortened if it continues the rule step above: only the parts differ. Not
/// in lines, where a row is told alone, nor under a filter, which may hide the row above.
fn item_of_hop(app: &App, nth: usize) -> Option<Item<'_>> {
    let steps = &app.run.as_ref()?.steps;
    let view = steps.get(nth)?;
    let list = app.ui.lists.get(&Screen::Apply);
    if app.ui.in_lines || list.is_some_and(|list| !list.filter.is_empty()) {
        return Some(item(app, view, one_line(&view.step.title)));
    }
    let mut before = steps[..nth].iter().rev();
    let above = before.find(|above| above.step.hop == view.step.hop);
    let above = above.map(|above| one_line(&above.step.title));
    let whole = above.as_deref().and_then(|title| title.split_once(": "));
    let title = one_line(&view.step.title);
    let title = match (title.split_once(": "), whole) {
        (Some((of, part)), Some((whole, _))) if of == whole => format!("… {part}"),
        (Some(_) | None, _) => title,
    };
    Some(item(app, view, title))
}

fn item<'a>(app: &App, view: &StepView, title: String) -> Item<'a> {
    let waits_for_you = is_ask(view) && view.is_running();
    let (sign, tone) = if waits_for_you || broken_off(app, view) {
        (Sign::Unsure, Tone::Attention)
    } else {
        sign(view)
    };
    Row::item(RowKey::Step(view.step.id.clone()), sign, tone, title)
        .aside(match (broken_off(app, view), waits_for_you) {
            (true, _) => BROKEN_OFF.to_owned(),
            (false, true) if app.ui.live.looks_on() => "waits for whoever holds the run".to_owned(),
            (false, _) => words(view),
        })
        .tail(time(app, view))
}

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
        "was being undone"
    } else {
        "ran"
    };
    let words = if app.ui.live.gone() {
        format!(
            "! It {what} when its worker ended{}. The next worker first checks what became of it.",
            left_over(app)
        )
    } else {
        format!("! It {what}, and was interrupted. What became of it is checked first.")
    };
    Some(Line::toned(Tone::Attention, words).hang(2))
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

fn sign(view: &StepView) -> (Sign, Tone) {
    match view.stage() {
        Stage::Road(Road::Waiting(_)) => (Sign::NotYet, Tone::Plain),
        Stage::Road(Road::Running { .. }) | Stage::Back(Back::Undoing { .. }) => {
            (Sign::Running, Tone::Accent)
        }
        Stage::Road(Road::Done { .. }) => (Sign::Done, Tone::Good),
        Stage::Road(Road::Failed(_)) | Stage::Back(Back::Failed { .. }) => {
            (Sign::Failed, Tone::Stop)
        }
        Stage::Road(Road::Unknown { .. }) => (Sign::Unsure, Tone::Stop),
        Stage::Road(Road::Skipped(_)) | Stage::Back(Back::Skipped(_)) => {
            (Sign::Attention, Tone::Attention)
        }
        Stage::Road(Road::WillNotRun { .. }) => (Sign::NotYet, Tone::Dim),
        Stage::Back(Back::Undone { how, .. }) => match how {
            Undone::Ran | Undone::NothingToDo => (Sign::Undone, Tone::Plain),
            Undone::Stays => (Sign::Attention, Tone::Attention),
        },
    }
}

/// Its state in a few words.
pub fn words(view: &StepView) -> String {
    match view.stage() {
        Stage::Road(Road::Waiting(_)) => waiting_words(&view.step).to_owned(),
        Stage::Road(Road::Done { how, detail, .. }) => {
            let how = match how {
                Done::Ran => "",
                Done::AlreadyDone => "was already done: ",
                Done::ByHand => "by hand: ",
                Done::FoundDone => "found done: ",
            };
            format!("{how}{}", one_line(detail))
        }
        Stage::Road(Road::Failed(failure)) => one_line(failure.error()),
        Stage::Back(Back::Failed { error, .. }) => format!("undo failed: {}", one_line(error)),
        Stage::Road(Road::Unknown { .. }) => "nobody knows whether it was done".into(),
        Stage::Road(Road::Skipped(Said { reason, by })) => {
            format!("skipped by {}: {}", one_line(&by.user), one_line(reason))
        }
        Stage::Back(Back::Skipped(Said { reason, by })) => {
            format!("not undone, {}: {}", one_line(&by.user), one_line(reason))
        }
        Stage::Road(Road::WillNotRun { because }) => {
            format!("will not run: {}", one_line(because))
        }
        Stage::Back(Back::Undone { how, detail, .. }) => match how {
            Undone::Ran => one_line(detail),
            Undone::NothingToDo if detail.is_empty() => "nothing to undo".into(),
            Undone::NothingToDo => one_line(detail),
            Undone::Stays if view.step.undo == Undo::Irreversible => {
                "stays, past the point of no return".into()
            }
            Undone::Stays => "stays, as its pack says".into(),
        },
        Stage::Road(Road::Running { .. }) if is_ask(view) => "waits for you".into(),
        Stage::Road(Road::Running { .. }) | Stage::Back(Back::Undoing { .. }) => view.word().into(),
    }
}

fn waiting_words(step: &PlannedStep) -> &'static str {
    if !step.loses().is_empty() {
        return "destroys data";
    }
    match step.undo {
        Undo::Irreversible => "irreversible",
        Undo::Stays => "has no undo",
        Undo::File | Undo::Action(_) | Undo::Restore(_) | Undo::AtTheEnd(_) | Undo::Harmless => "",
    }
}

fn time(app: &App, view: &StepView) -> String {
    let since = |at_ms: u64| app.ui.live.now_ms.saturating_sub(at_ms);
    let took_ms = match view.stage() {
        _ if broken_off(app, view) => None,
        // No clock runs while it waits for a person: a time would stand still.
        Stage::Road(Road::Running { .. }) if is_ask(view) => None,
        Stage::Road(Road::Running { since_ms }) | Stage::Back(Back::Undoing { since_ms }) => {
            Some(since(*since_ms))
        }
        // The duration of the step itself says nothing about its undo.
        Stage::Back(Back::Undone { how, took_ms, .. }) => took_ms.filter(|_| *how == Undone::Ran),
        Stage::Road(_) | Stage::Back(_) => view.took_ms,
    };
    took_ms.map_or_else(String::new, span)
}

/// `4 s`, `2 min 05 s`, `1 h 02 min`.
pub fn span(ms: u64) -> String {
    let secs = ms / 1000;
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        3600.. => format!("{} h {:02} min", secs / 3600, secs / 60 % 60),
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
    all.push(Line::toned(Tone::Dim, undo(run, view)).hang(2));
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
        one_line(&deed::undo(&run.plan, &view.step))
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
    // A script within a command is shown as it is written.
    let does = lines(Tone::Dim, &sanitize(&deed::of_step(&run.plan, step)));
    all.extend(does.into_iter().map(|line| line.hang(2)));
    for then in &step.then {
        let then = one_line(&deed::of(&run.plan, step.hop, &then.action));
        all.push(Line::toned(Tone::Dim, format!("then {then}")).hang(2));
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
        let words = format!("! {path} had been edited since; that is kept as {kept}");
        Line::toned(Tone::Attention, words).hang(2)
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

/// The steps of the plan by hop, with a heading for each.
pub fn by_hop<'a>(app: &'a App, run: &'a RunState) -> Vec<Row<'a>> {
    let hops = run.plan.hops.len();
    let mut rows = Vec::new();
    for (n, hop) in run.plan.hops.iter().enumerate() {
        let title = format!("hop {} of {hops}: {} → {}", n + 1, hop.from, hop.to);
        rows.push(Row::group(GroupKey::Hop(n), title));
        let of_plan = run.steps.iter().take(run.plan.steps.len()).enumerate();
        for (nth, _) in of_plan.filter(|(_, view)| view.step.hop == n) {
            rows.extend(of_hop(app, run, nth));
        }
    }
    rows
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
    let whose = match view.stage() {
        Stage::Road(Road::Waiting(_)) => "output of the earlier try and of its undo",
        Stage::Back(Back::Undoing { .. } | Back::Undone { .. } | Back::Failed { .. }) => {
            "output of it and of its undo"
        }
        Stage::Road(_) | Stage::Back(Back::Skipped(_)) => "output",
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

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn times_are_durations_in_two_units_at_most() {
        let spans: Vec<String> = [900, 4_000, 125_000, 3_720_000].map(span).to_vec();
        assert_eq!(spans, ["0 s", "4 s", "2 min 05 s", "1 h 02 min"]);
    }
}
