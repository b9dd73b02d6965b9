//! Steps as rows of a list, for Apply and Rollback.

use super::{broken_off, is_ask};
use crate::{
    model::{
        plan::{PlannedStep, Undo},
        record::{Done, Undone},
        units,
    },
    run_state::{Back, Road, RunState, Said, StepStatus, StepView},
    tui::{
        app::{App, Screen},
        glyph::Sign,
        line::{Line, one_line},
        page::{GroupKey, Item, Made, Row, RowKey},
        theme::Tone,
    },
};

/// The state of a step, or of its undo, that was interrupted.
const BROKEN_OFF: &str = "interrupted: outcome not known yet";

/// The steps of the plan by hop, with a heading for each.
pub fn by_hop<'a>(app: &'a App, run: &'a RunState) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for n in 0..run.plan.hops.len() {
        rows.extend(hop_heading(run, n));
        let of_plan = run.steps.iter().take(run.plan.steps.len()).enumerate();
        for (nth, _) in of_plan.filter(|(_, view)| view.step.hop == n) {
            rows.extend(of_hop(app, run, nth));
        }
    }
    rows
}

/// The heading of a hop, by its index on the road.
pub fn hop_heading<'a>(run: &RunState, n: usize) -> Option<Row<'a>> {
    let hops = &run.plan.hops;
    let hop = hops.get(n)?;
    let title = format!("hop {} of {}: {} → {}", n + 1, hops.len(), hop.from, hop.to);
    Some(Row::group(GroupKey::Hop(n), title))
}

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

fn undo_item(app: &App, nth: usize) -> Option<Item<'_>> {
    let run = app.run.as_ref()?;
    let view = run.steps.get(nth)?;
    if run.waits_for_a_restore(view) {
        let key = RowKey::Step(view.step.id.clone());
        let item = Row::item(key, Sign::NotYet, Tone::Plain, one_line(&view.step.title));
        return Some(item.aside(words(view)));
    }
    let title = one_line(&view.step.title);
    Some(match view.status() {
        StepStatus::Back(_) => item(app, view, title),
        StepStatus::Road(_) => {
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

fn sign(view: &StepView) -> (Sign, Tone) {
    match view.status() {
        StepStatus::Road(Road::Waiting(_)) => (Sign::NotYet, Tone::Plain),
        StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }) => {
            (Sign::Running, Tone::Accent)
        }
        StepStatus::Road(Road::Done { .. }) => (Sign::Done, Tone::Good),
        StepStatus::Road(Road::Failed(_)) | StepStatus::Back(Back::Failed { .. }) => {
            (Sign::Failed, Tone::Stop)
        }
        StepStatus::Road(Road::Unknown { .. }) => (Sign::Unsure, Tone::Stop),
        StepStatus::Road(Road::Skipped(_)) | StepStatus::Back(Back::Skipped(_)) => {
            (Sign::Attention, Tone::Attention)
        }
        StepStatus::Road(Road::WillNotRun { .. }) => (Sign::NotYet, Tone::Dim),
        StepStatus::Back(Back::Undone { how, .. }) => match how {
            Undone::Ran | Undone::NothingToDo => (Sign::Undone, Tone::Plain),
            Undone::Stays => (Sign::Attention, Tone::Attention),
        },
    }
}

/// Its state in a few words.
pub fn words(view: &StepView) -> String {
    match view.status() {
        StepStatus::Road(Road::Waiting(_)) => waiting_words(&view.step).to_owned(),
        StepStatus::Road(Road::Done { how, detail, .. }) => {
            let how = match how {
                Done::Ran => "",
                Done::AlreadyDone => "was already done: ",
                Done::ByHand => "by hand: ",
                Done::FoundDone => "found done: ",
            };
            format!("{how}{}", one_line(detail))
        }
        StepStatus::Road(Road::Failed(failure)) => one_line(failure.error()),
        StepStatus::Back(Back::Failed { error, .. }) => format!("undo failed: {}", one_line(error)),
        StepStatus::Road(Road::Unknown { .. }) => "nobody knows whether it was done".into(),
        StepStatus::Road(Road::Skipped(Said { reason, by })) => {
            format!("skipped by {}: {}", one_line(&by.user), one_line(reason))
        }
        StepStatus::Back(Back::Skipped(Said { reason, by })) => {
            format!("not undone, {}: {}", one_line(&by.user), one_line(reason))
        }
        StepStatus::Road(Road::WillNotRun { because }) => {
            format!("will not run: {}", one_line(because))
        }
        StepStatus::Back(Back::Undone { how, detail, .. }) => match how {
            Undone::Ran => one_line(detail),
            Undone::NothingToDo if detail.is_empty() => "nothing to undo".into(),
            Undone::NothingToDo => one_line(detail),
            Undone::Stays if view.step.undo == Undo::Irreversible => {
                "stays, past the point of no return".into()
            }
            Undone::Stays => "stays, as its pack says".into(),
        },
        StepStatus::Road(Road::Running { .. }) if is_ask(view) => "waits for you".into(),
        StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }) => {
            view.word().into()
        }
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
    let took_ms = match view.status() {
        _ if broken_off(app, view) => None,
        // No clock runs while it waits for a person: a time would stand still.
        StepStatus::Road(Road::Running { .. }) if is_ask(view) => None,
        StepStatus::Road(Road::Running { since_ms })
        | StepStatus::Back(Back::Undoing { since_ms }) => Some(since(*since_ms)),
        // The duration of the step itself says nothing about its undo.
        StepStatus::Back(Back::Undone { how, took_ms, .. }) => {
            took_ms.filter(|_| *how == Undone::Ran)
        }
        StepStatus::Road(_) | StepStatus::Back(_) => view.took_ms,
    };
    took_ms.map_or_else(String::new, units::elapsed)
}
