//! What a rollback would do, step by step, newest first. Before anything is changed: how each step
//! would be undone once it is done.

use super::{AFTER, by_hop};
use crate::{
    engine::undo_preview::{Fate, UndoLine, UndoPreview},
    model::plan::Undo,
    rules::deed,
    run_state::{RunState, StepView},
    tui::{
        app::App,
        dialog::stands_above_the_words,
        glyph::Sign,
        keymap::{self, Command},
        line::{Line, one_line},
        page::{Detail, Page, Row, RowKey, Rows},
        preview::Preview,
        screen::{apply, parts::reading, steps},
        theme::Tone,
        view::areas,
        widget::list::WORDS_MARGIN,
    },
};

/// Shown above a preview while the run goes on.
const OVERTAKEN: &str = "! out of date: made again when the run waits";

pub fn rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    if !run.touched() {
        return ways_back(run);
    }
    let Some(Preview { seq, undo, .. }) = &app.ui.views.preview else {
        return Rows::default();
    };
    let mut rows = Vec::new();
    if *seq < run.seq {
        let live = &app.ui.live;
        // Who can ask nothing of the run has to make it again.
        let words = if live.looks_on() || live.gone() {
            let keys = [Command::Back, Command::Rollback];
            let [back, again] = keys.map(|command| keymap::on_a_screen(app, command));
            format!("! out of date: {back}, then {again} makes it again")
        } else {
            OVERTAKEN.to_owned()
        };
        rows.push(Row::Words(Line::toned(Tone::Attention, words)));
    }
    rows.extend(lost_below(app, undo).into_iter().map(Row::Words));
    let title = format!("Roll back to {}: to be undone, newest first", run.plan.from);
    let hop = |undo: &&UndoLine| run.step(&undo.step).map_or(0, |view| view.step.hop);
    rows.extend(by_hop(run, title, undo.steps.iter(), hop, |undo| {
        let (sign, tone) = match undo.fate {
            Fate::Undone if undo.warnings.is_empty() => (Sign::NotYet, Tone::Plain),
            Fate::Undone => (Sign::Attention, Tone::Attention),
            Fate::Stays => (Sign::Attention, Tone::Attention),
            Fate::PastReturn => (Sign::Failed, Tone::Stop),
            Fate::Nothing => (Sign::NotYet, Tone::Dim),
        };
        let told_below = stands_above_the_words(app, &undo.step);
        let aside = match undo.warnings.first().filter(|_| !told_below) {
            Some(warning) => format!("! {warning}  {}", undo.becomes),
            None => undo.becomes.clone(),
        };
        Row::item(
            RowKey::Step(undo.step.clone()),
            sign,
            tone,
            one_line(&undo.title),
        )
        .aside(one_line(&aside))
        .row()
    }));
    rows.push(Row::named(AFTER));
    rows.extend(undo.after.iter().enumerate().map(|(n, words)| {
        Row::item(RowKey::Fact(n), Sign::NotYet, Tone::Plain, one_line(words)).row()
    }));
    Rows {
        rows,
        current: None,
    }
}

/// The first loss that is not at the top of the list: it must not depend on somebody scrolling
/// there.
fn lost_below(app: &App, preview: &UndoPreview) -> Vec<Line> {
    let lossy: Vec<&UndoLine> = preview
        .worst_first()
        .filter(|undo| !undo.warnings.is_empty())
        .collect();
    let first = preview.steps.first().map(|undo| &undo.step);
    let Some(undo) = lossy.first().filter(|undo| Some(&undo.step) != first) else {
        return Vec::new();
    };
    let more = match lossy.len() {
        1 => String::new(),
        all => format!(", and at {} more", all - 1),
    };
    let warning = undo.warnings.first().map_or("", String::as_str);
    let words = format!("! at {}{more}: {warning}", undo.title);
    let line = Line::toned(Tone::Attention, one_line(&words)).hang(2);
    if app.ui.in_lines {
        return vec![line];
    }
    if stands_above_the_words(app, &undo.step) {
        return Vec::new();
    }
    // A row of a list would be cut.
    let columns = areas::list_columns(app.ui.size.0);
    line.wrap(columns.saturating_sub(WORDS_MARGIN).into(), app.ui.look)
}

/// The steps before anything is changed, and how each would be undone once it is done.
fn ways_back(run: &RunState) -> Rows<'_> {
    let title = format!(
        "How a rollback to {} undoes these, once done",
        run.plan.from
    );
    let steps = run.plan.steps.iter().rev();
    let mut rows = by_hop(
        run,
        title,
        steps,
        |step| step.hop,
        |step| {
            let (sign, tone) = match step.undo {
                Undo::Stays | Undo::Irreversible => (Sign::Attention, Tone::Attention),
                Undo::File
                | Undo::Action(_)
                | Undo::Restore(_)
                | Undo::AtTheEnd(_)
                | Undo::Harmless => (Sign::NotYet, Tone::Plain),
            };
            let way = deed::way_back(&run.plan, step);
            Row::item(
                RowKey::Step(step.id.clone()),
                sign,
                tone,
                one_line(&step.title),
            )
            .aside(one_line(&way))
            .row()
        },
    );
    let rollback = &run.plan.rollback;
    let after = rollback.steps.iter().map(|step| step.title.as_str());
    let checks = rollback.checks.iter().map(|it| it.check.title.as_str());
    let after = after.chain(checks).enumerate().map(|(n, words)| {
        Row::item(RowKey::Fact(n), Sign::NotYet, Tone::Plain, one_line(words)).row()
    });
    rows.push(Row::named(AFTER));
    rows.extend(after);
    Rows {
        rows,
        current: None,
    }
}

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
    let lines = match &page.app.ui.views.preview {
        _ if !run.touched() => {
            let selected = apply::selected(page).map(|(_, view)| view);
            let mut all = vec![nothing_to_undo(run)];
            all.extend(selected.into_iter().flat_map(|view| would_undo(run, view)));
            all
        }
        None => return reading(page),
        Some(preview) => preview_lines(page, run, &preview.undo),
    };
    Detail::of(lines)
}

fn preview_lines(page: &Page<'_>, run: &RunState, preview: &UndoPreview) -> Vec<Line> {
    let mut all = Vec::new();
    match &page.selected {
        Some(RowKey::Step(id)) => {
            if let Some(undo) = preview.steps.iter().find(|undo| undo.step == *id) {
                all.extend(undo_lines(page.app, undo));
            }
            if let Some(view) = run.step(id) {
                // Its undo and its title are shown above.
                let what = steps::what(run, view);
                if what.len() > 1 {
                    all.push(Line::toned(Tone::Dim, "what the step did:"));
                }
                all.extend(what.into_iter().skip(1));
                all.extend(steps::besides(view));
            }
        }
        Some(RowKey::Fact(n)) => {
            if let Some(words) = preview.after.get(*n) {
                all.push(Line::new(one_line(words)));
            }
        }
        Some(_) | None => {}
    }
    if run
        .steps
        .iter()
        .any(|view| view.step.undo == Undo::Irreversible && view.touched())
    {
        all.push(Line::toned(
            Tone::Stop,
            "✗ The point of no return was passed: what was done there stays, and the old release \
             has to run with it.",
        ));
    }
    let told = |note: &String| Line::warning(one_line(note));
    all.extend(preview.ended.iter().map(told));
    if !preview.notes.is_empty() {
        all.push(Line::toned(
            Tone::Strong,
            "switchback does what is listed. Also note:",
        ));
        all.extend(preview.notes.iter().map(told));
    }
    if preview.steps.is_empty() {
        all.push(nothing_to_undo(run));
    }
    all
}

/// How a step would be undone, before what it does itself.
fn would_undo(run: &RunState, view: &StepView) -> Vec<Line> {
    let does = Line::toned(Tone::Dim, "what the step does:");
    let undo = deed::undo(&run.plan, &view.step);
    let undo = steps::deed_lines(Tone::Plain, &undo).chain([does]);
    let mut all = steps::what(run, view);
    all.splice(1..1, undo);
    all
}

fn nothing_to_undo(run: &RunState) -> Line {
    match run.stays_beside() {
        None => Line::new("Nothing was changed yet: a rollback has nothing to undo."),
        Some(stays) => Line::new(format!(
            "No step has changed anything that a rollback would undo; {}.",
            one_line(&stays)
        )),
    }
}

fn undo_lines(app: &App, undo: &UndoLine) -> Vec<Line> {
    let mut all = vec![Line::toned(Tone::Strong, one_line(&undo.title)).hang(2)];
    all.push(match undo.fate {
        Fate::Undone => Line::toned(Tone::Strong, "undo: ")
            .and(Tone::Plain, one_line(&undo.becomes))
            .hang(2),
        Fate::Stays => Line::warning(one_line(&undo.becomes)),
        Fate::PastReturn => {
            Line::toned(Tone::Stop, format!("✗ {}", one_line(&undo.becomes))).hang(2)
        }
        Fate::Nothing => Line::toned(Tone::Dim, one_line(&undo.becomes)).hang(2),
    });
    let good = undo.nothing_lost.iter().map(|told| ("✓", Tone::Good, told));
    let costs = match stands_above_the_words(app, &undo.step) {
        true => &[],
        false => undo.warnings.as_slice(),
    };
    let costs = costs.iter().map(|told| ("!", Tone::Attention, told));
    let told = good.chain(costs);
    all.extend(told.map(|(sign, tone, words)| {
        Line::toned(tone, format!("{sign} {}", one_line(words))).hang(2)
    }));
    all
}
