//! Rollback: first what it would do, step by step, newest first; then, once the words were
//! typed, the undo itself and its proof.

use super::{apply, backup, checks, choices, not_now, reading, steps, to_where_it_stands};
use crate::{
    engine::{
        handle::Ask,
        undo_preview::{Fate, UndoLine, UndoPreview},
    },
    model::{plan::Undo, text::sanitize, units},
    rules::deed,
    run_state::{RunState, StepState, StepView},
    tui::{
        app::{App, Screen},
        backend::OpenRun,
        call::Call,
        dialog::{Danger, Dialog, Question},
        field::Field,
        glyph::Sign,
        keymap::Command,
        line::{Line, lines, one_line},
        page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
        theme::Tone,
        widget::bar,
    },
};

/// Groups; of the hops the first.
const STEPS: usize = 0;
const AFTER: usize = 1;
const MUST_HOLD: usize = 2;
const HOPS: usize = 3;

/// Said of a list while the run goes on behind it.
const OVERTAKEN: &str = "! of an earlier moment: made anew when the run waits";
/// The same where nothing can be asked of the run.
const OVERTAKEN_FOR_GOOD: &str = "! of an earlier moment: Esc, then b makes it anew";
const NOTHING_TO_UNDO: &str = "Nothing was changed yet: a rollback has nothing to undo.";

pub fn rows(app: &App) -> Rows<'_> {
    match &app.run {
        Some(run) if run.rollback.is_some() => running_rows(app, run),
        Some(run) => preview_rows(app, run),
        None => Rows::default(),
    }
}

fn preview_rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    if !run.touched() {
        return ways_back(run);
    }
    let Some((seq, preview)) = &app.ui.preview else {
        return Rows::default();
    };
    let mut rows = Vec::new();
    if *seq < run.seq {
        let live = &app.ui.live;
        let words = match live.watch_only || live.gone() {
            true => OVERTAKEN_FOR_GOOD,
            false => OVERTAKEN,
        };
        rows.push(Row::Words(Line::toned(Tone::Attention, words)));
    }
    rows.extend(lost_below(preview).map(Row::Words));
    let title = format!("Roll back to {}: to be undone, newest first", run.plan.from);
    let hop = |undo: &&UndoLine| run.step(&undo.step).map_or(0, |view| view.step.hop);
    rows.extend(by_hop(run, title, preview.steps.iter(), hop, |undo| {
        let (sign, tone) = match undo.fate {
            Fate::Undone if undo.warnings.is_empty() => (Sign::NotYet, Tone::Plain),
            Fate::Undone => (Sign::Attention, Tone::Attention),
            Fate::Stays => (Sign::Failed, Tone::Stop),
            Fate::Nothing => (Sign::NotYet, Tone::Dim),
        };
        let aside = match undo.warnings.first() {
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
    rows.push(Row::group(AFTER, "After it"));
    rows.extend(preview.after.iter().enumerate().map(|(n, words)| {
        Row::item(RowKey::Fact(n), Sign::NotYet, Tone::Plain, one_line(words)).row()
    }));
    Rows {
        rows,
        current: None,
    }
}

/// What is lost must not wait for somebody to come by.
fn lost_below(preview: &UndoPreview) -> Option<Line> {
    let loses = |undo: &UndoLine| !undo.warnings.is_empty();
    let at = preview.steps.iter().position(loses).filter(|at| *at > 0)?;
    let undo = &preview.steps[at];
    let more = match preview.steps.iter().filter(|undo| loses(undo)).count() - 1 {
        0 => String::new(),
        more => format!(", and at {more} more"),
    };
    let words = format!("! at {}{more}: {}", undo.title, undo.warnings.first()?);
    Some(Line::toned(Tone::Attention, one_line(&words)))
}

/// Before anything was changed: how each step would be taken back once it is done.
fn ways_back(run: &RunState) -> Rows<'_> {
    let title = format!("The way back to {}, once these are done", run.plan.from);
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
    rows.push(Row::group(AFTER, "After it"));
    rows.extend(after);
    Rows {
        rows,
        current: None,
    }
}

fn running_rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    let of_plan = run.plan.steps.len().min(run.steps.len());
    let title = format!("Back to {}: undone, newest first", run.plan.from);
    let touched = (0..of_plan).rev().filter(|nth| run.steps[*nth].touched());
    let hop = |nth: &usize| run.steps[*nth].step.hop;
    let mut rows = by_hop(run, title, touched, hop, |nth| {
        steps::undo_row(app, run, nth)
    });
    rows.push(Row::group(AFTER, "After it"));
    rows.extend((of_plan..run.steps.len()).map(|nth| steps::end_row(app, run, nth)));
    rows.push(Row::group(
        MUST_HOLD,
        format!("{} must hold", run.plan.from),
    ));
    let list = &run.plan.rollback.checks;
    rows.extend(list.iter().map(|check| checks::row(run, list, check)));
    Rows {
        rows,
        current: current(run),
    }
}

/// Steps, newest first. Where they are of several hops each hop has its heading: the same titles stand
/// in all of them.
fn by_hop<'a, T>(
    run: &RunState,
    title: String,
    steps: impl Iterator<Item = T>,
    hop: impl Fn(&T) -> usize,
    mut row: impl FnMut(T) -> Row<'a>,
) -> Vec<Row<'a>> {
    let steps: Vec<T> = steps.collect();
    let several = steps.windows(2).any(|two| hop(&two[0]) != hop(&two[1]));
    let mut rows = vec![match several {
        true => Row::Words(Line::toned(Tone::Strong, title)),
        false => Row::group(STEPS, title),
    }];
    let hops = run.plan.hops.len();
    let mut above = None;
    for step in steps {
        let of = hop(&step);
        if let Some(hop) = run
            .plan
            .hops
            .get(of)
            .filter(|_| several && above != Some(of))
        {
            let words = format!("hop {} of {hops}: {} → {}", of + 1, hop.from, hop.to);
            rows.push(Row::group(HOPS + of, words));
        }
        above = Some(of);
        rows.push(row(step));
    }
    rows
}

/// Where the way back waits: a step has failed, or nobody knows what became of it.
fn waits_at(run: &RunState) -> Option<&StepView> {
    let unknown = |view: &&StepView| matches!(view.state, StepState::Unknown { .. });
    let after = || run.steps_after().iter().find(unknown);
    run.stuck_at().or_else(after)
}

/// Where the way back stands: what failed, what is being done, what comes next.
fn current(run: &RunState) -> Option<RowKey> {
    let step = waits_at(run).or_else(|| run.steps.iter().find(|view| steps::under_way(view)));
    let step = step.map(|view| RowKey::Step(view.step.id.clone()));
    let open = || {
        let check = run
            .open_checks(&run.plan.rollback.checks)
            .first()
            .copied()?;
        run.checks
            .contains_key(&check.id)
            .then(|| RowKey::Check(check.id.clone()))
    };
    step.or_else(open)
}

pub fn detail(page: &Page<'_>) -> Detail {
    let Some(run) = &page.app.run else {
        return reading(page);
    };
    if run.rollback.is_some() {
        return running_detail(page, run);
    }
    if !run.touched() {
        let mut lines = vec![Line::new(NOTHING_TO_UNDO)];
        if let Some((run, view)) = apply::selected(page) {
            lines.extend(steps::what(run, view));
        }
        return Detail {
            lines,
            menu: Vec::new(),
        };
    }
    let Some((_, preview)) = &page.app.ui.preview else {
        return reading(page);
    };
    Detail {
        lines: preview_lines(page, run, preview),
        menu: Vec::new(),
    }
}

fn preview_lines(page: &Page<'_>, run: &RunState, preview: &UndoPreview) -> Vec<Line> {
    let mut all = Vec::new();
    match &page.selected {
        Some(RowKey::Step(id)) => {
            if let Some(undo) = preview.steps.iter().find(|undo| undo.step == *id) {
                all.extend(undo_lines(undo));
            }
            if let Some(view) = run.step(id) {
                // What undoes it stands above, and its title too.
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
            "✗ The point of no return was passed: only the restore of the backup goes back behind it.",
        ));
    }
    let told =
        |note: &String| Line::toned(Tone::Attention, format!("! {}", one_line(note))).hang(2);
    all.extend(preview.ended.iter().map(told));
    if !preview.notes.is_empty() {
        all.push(Line::toned(
            Tone::Strong,
            "switchback does what is listed. To know besides:",
        ));
        all.extend(preview.notes.iter().map(told));
    }
    if preview.steps.is_empty() {
        all.push(Line::new(NOTHING_TO_UNDO));
    }
    all
}

fn undo_lines(undo: &UndoLine) -> Vec<Line> {
    let mut all = vec![Line::toned(Tone::Strong, one_line(&undo.title)).hang(2)];
    all.push(match undo.fate {
        Fate::Undone => Line::toned(Tone::Strong, "undo: ")
            .and(Tone::Plain, one_line(&undo.becomes))
            .hang(2),
        Fate::Stays => Line::toned(Tone::Stop, format!("✗ {}", one_line(&undo.becomes))).hang(2),
        Fate::Nothing => Line::toned(Tone::Dim, one_line(&undo.becomes)).hang(2),
    });
    let good = undo.nothing_lost.iter().map(|told| ("✓", Tone::Good, told));
    let costs = undo
        .warnings
        .iter()
        .map(|told| ("!", Tone::Attention, told));
    let told = good.chain(costs);
    all.extend(told.map(|(sign, tone, words)| {
        Line::toned(tone, format!("{sign} {}", one_line(words))).hang(2)
    }));
    all
}

fn running_detail(page: &Page<'_>, run: &RunState) -> Detail {
    let mut all = Vec::new();
    let mut menu = Vec::new();
    if let Some(rollback) = &run.rollback {
        let words = format!(
            "{} goes back because: {}",
            one_line(&rollback.by.user),
            one_line(&rollback.reason)
        );
        all.push(Line::toned(Tone::Dim, words).hang(2));
    }
    if page.app.working() {
        all.extend(bar::progress(page.app.ui.live.progress.as_ref()));
    }
    if let Some(why) = waits_because(page.app, run) {
        all.push(Line::toned(Tone::Attention, format!("! {why}")).hang(2));
    }
    all.extend(apply::not_served(page.app, run));
    all.extend(proved(run));
    match &page.selected {
        Some(RowKey::Check(id)) => {
            if let Some(check) = checks::find(&run.plan.rollback.checks, id) {
                all.extend(checks::about(run, check));
                menu = checks::menu(page, run, check);
            }
        }
        Some(RowKey::Step(_)) => {
            if let Some((_, view)) = apply::selected(page) {
                if let StepState::Undone { detail, .. } = &view.state {
                    all.extend(lines(Tone::Plain, &sanitize(detail)));
                }
                if waits_at(run).is_some_and(|waits| waits.step.id == view.step.id) {
                    all.extend(why_it_waits(page.app, run, view));
                    menu = match &view.state {
                        StepState::Unknown { .. } => apply::menu(page, run, view),
                        _it_failed => stuck_menu(page, view),
                    };
                }
                // Otherwise it stands above why the way back waits.
                let gone = page.app.ui.live.gone();
                all.extend(steps::why_broken_off(page.app, view).filter(|_| gone));
                all.extend(steps::about(run, view));
                all.extend(steps::output(page.app, view, 6));
            }
        }
        Some(_) | None => {}
    }
    Detail { lines: all, menu }
}

/// What is wrong with the step where the way back waits.
fn why_it_waits(app: &App, run: &RunState, view: &StepView) -> Vec<Line> {
    let (what, why) = match &view.state {
        StepState::UndoFailed {
            error,
            unknown: true,
        } => return apply::nobody_knows(view, error),
        StepState::UndoFailed { error, .. } => ("It could not be undone", error),
        StepState::Failed { error, .. } => ("Everything is undone, but this failed", error),
        StepState::Unknown { why } => return apply::nobody_knows(view, why),
        _it_does_not_wait => return Vec::new(),
    };
    let words = format!("✗ {what}, and the way back waits here:");
    let mut all = vec![Line::toned(Tone::Stop, words)];
    all.extend(lines(Tone::Plain, &sanitize(why)));
    all.push(by_hand(app, run));
    all
}

/// Why the way back stands still although nothing of it failed.
fn waits_because(app: &App, run: &RunState) -> Option<String> {
    let open = run.open_checks(&run.plan.rollback.checks);
    let does_not_hold = open.iter().any(|check| run.checks.contains_key(&check.id));
    if !app.can_ask() || waits_at(run).is_some() || does_not_hold {
        return None;
    }
    Some(match &run.paused {
        Some(why) => format!("the way back waits: {}", one_line(why)),
        None => "The way back was broken off here. It goes on only when you say so.".to_owned(),
    })
}

/// Who is stuck must not be left with this program alone.
fn by_hand(app: &App, run: &RunState) -> Line {
    let folder = backup::folder(app, run);
    let words = format!("Without switchback: RESTORE.md in {folder}");
    Line::toned(Tone::Dim, words).hang(2)
}

fn stuck_menu(page: &Page<'_>, view: &StepView) -> Vec<Line> {
    let skip = match &view.state {
        StepState::UndoFailed { .. } => " (reason): it stays as it is",
        _a_step_of_the_way_back => " (reason)",
    };
    let keys = [
        (Command::WasDone, ": it is undone"),
        (Command::WasNotDone, ": it is not"),
        (Command::Retry, ", then go on"),
        (Command::Skip, skip),
        (Command::Shell, ""),
    ];
    choices(page, "What now?", &keys)
}

/// The question at the end of the preview.
pub fn question() -> Dialog {
    Dialog::Typed {
        danger: Danger::Rollback,
        field: Field::default(),
    }
}

pub fn enter(page: &Page<'_>) -> Enter {
    let Some(run) = &page.app.run else {
        return Enter::nothing("Enter: nothing yet");
    };
    if run.rollback.is_some()
        && let Some(enter) = to_where_it_stands(page)
    {
        return enter;
    }
    if page.app.ui.live.gone() && run.end.is_some() && !run.is_over() {
        return Enter::new(
            "Enter: take the run up to go back — no worker is at work on it now",
            Act::Call(Call::OpenRun(run.run.clone(), OpenRun::RollBack)),
        );
    }
    if run.is_over() {
        return Enter::new("Enter: read the report", Act::Show(Screen::Report));
    }
    if page.app.ui.live.watch_only || page.app.ui.live.gone() {
        return not_now(page.app).unwrap_or_else(|| Enter::nothing("Enter: nothing"));
    }
    if run.rollback.is_some() {
        return going_back(page, run);
    }
    if !run.touched() {
        return not_now(page.app).unwrap_or_else(|| {
            Enter::new(
                "Enter: asks whether to give the run up   Esc: back, the run stays",
                Act::Open(Dialog::Sure(Question::Abandon)),
            )
        });
    }
    if page.app.working() {
        return Enter::nothing("Enter: not yet — a step is running; p pauses after it, i ends it");
    }
    if page.app.ui.preview.is_none() {
        return Enter::nothing("Enter: not yet — the preview is being made");
    }
    Enter::new(
        "Enter: asks for the words that begin it   Esc: back, nothing happens",
        Act::Open(question()),
    )
}

fn going_back(page: &Page<'_>, run: &RunState) -> Enter {
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    if waits_at(run).is_some() {
        return Enter::nothing("Enter: nothing — press a key above; the way back waits here");
    }
    let says = match waits_because(page.app, run) {
        Some(_) => "Enter: go on with the way back — it waits for you",
        None => "Enter: go on with the way back",
    };
    Enter::new(says, Act::Ask(Ask::RetryUndo))
}

/// The files that are back, and those that the way back has changed again since.
fn proved(run: &RunState) -> Vec<Line> {
    let Some(files) = run.proved else {
        return Vec::new();
    };
    let files = units::count(files, "file");
    let mut all = vec![Line::toned(
        Tone::Good,
        format!("✓ {files} put back byte for byte, and compared with the backup"),
    )];
    all.extend(run.changed_by_rollback().into_iter().map(|(file, steps)| {
        let steps = steps.join(", ");
        let words = format!("then changed by the way back itself: {file} ({steps})");
        Line::new(one_line(&words)).hang(2)
    }));
    all
}
