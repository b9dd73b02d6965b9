//! Handles the backend's answers.

use super::{
    asks,
    selection::keep_in_view,
    views::{call, show, want},
};
use crate::{
    engine::undo_preview::{UndoLine, UndoPreview, WayBack},
    model::ids::{InputName, StepId},
    run_state::{RunState, StepView},
    tui::{
        app::{App, Effect, Screen},
        backend::{InputView, OpenRun, RunLine, StartView},
        call::{Answer, Call, Pending},
        dialog::{Danger, Dialog, emergency},
        page::RowKey,
        preview::Preview,
        screen::inputs,
    },
};

/// Maximum steps whose earlier output is read when a run is opened.
const PRINTED_STEPS_MAX: usize = 20;

pub fn answer(app: &mut App, answer: Answer) -> Vec<Effect> {
    let ended = app.ui.pending.take_if(|pending| answer.ends(*pending));
    let looked = ended == Some(Pending::Look) && app.ui.views.start.is_some();
    if let Some((title, why)) = answer.failure() {
        app.tell(title, why);
        return after_failure(app, &answer);
    }
    match answer {
        Answer::Start(Ok(view)) => was_read(app, view, looked),
        Answer::Review(Ok(view)) => {
            app.ui.views.review = Some(view);
            app.ui.views.review_is_old = false;
        }
        Answer::Decided(Ok(view)) => {
            app.ui.views.review = Some(view);
            // Another decision may need other inputs.
            app.ui.views.inputs = None;
            if let Screen::Conflict(_) = app.ui.screen {
                app.go_back();
            }
        }
        Answer::Changes(Ok(Some(files))) => app.ui.views.changes = Some(files),
        Answer::Changes(none) => no_changes(app, none.err()),
        Answer::Inputs(Ok(inputs)) => app.ui.views.inputs = Some(inputs),
        Answer::Generated(name, Ok(inputs)) => {
            app.ui.views.inputs = Some(inputs);
            stay(app, name);
            app.ui.views.review_is_old = true;
        }
        Answer::Tried(name, found) => {
            is_faulty(app, &name, found);
        }
        Answer::Answered(name, found, inputs) => return answered(app, name, found, inputs),
        Answer::Opened(Ok((state, control, damage)), how) => {
            app.opened(*state, control, how);
            return after_opening(app, how, damage);
        }
        Answer::Printed(steps) => printed(app, steps),
        Answer::LeftOver(processes) => app.ui.live.left_over = processes,
        Answer::Preview(seq, WayBack::Whole, Ok(undo)) => previewed(app, seq, undo),
        Answer::Preview(seq, WayBack::DownTo(place), Ok(undo)) => {
            asks::step_back(app, seq, place, undo);
        }
        Answer::PreviewAgain(seq, back, Ok(undo)) => looked_again(app, seq, back, undo),
        Answer::Report(Ok(report)) => app.ui.views.report = Some(report),
        Answer::Exported(Ok(path)) => {
            let said = format!(
                "your answers are written to {}; no secret is among them",
                path.display()
            );
            app.ui.mention(&said);
            asks::unless_it_fits(app, "Answers", &said);
        }
        Answer::Playing(Ok(playing)) => app.ui.playing = Some(playing),
        Answer::Playing(Err(why)) => app.ui.warn(why),
        // A shell may have changed what was read.
        Answer::Shell(Ok(())) if app.before_a_run() => return call(app, Call::Look),
        Answer::Shell(Ok(())) => app.ui.views.preview = None,
        _failed_and_told => {}
    }
    keep_in_view(app);
    want(app)
}

/// Effects that follow when something could not be done.
fn after_failure(app: &mut App, answer: &Answer) -> Vec<Effect> {
    match answer {
        // A screen wants these views: requested again, they would fail again, for ever.
        Answer::Start(_)
        | Answer::Review(_)
        | Answer::Decided(_)
        | Answer::Inputs(_)
        | Answer::Preview(_, WayBack::Whole, _)
        | Answer::Report(_) => Vec::new(),
        // What Start lists may have ended meanwhile, or another run stand in the way: it leads there.
        Answer::Opened(..) if app.before_a_run() => call(app, Call::Look),
        _nothing_waits_for_it => {
            keep_in_view(app);
            want(app)
        }
    }
}

/// Handles the preview of a whole rollback, asked for by the screen or by somebody who would put
/// later edits aside.
fn previewed(app: &mut App, seq: u64, undo: UndoPreview) {
    let has_begun = app.run.as_ref().is_some_and(|run| run.rollback.is_some());
    let dialog = app.ui.dialog.as_ref();
    let asks = dialog.is_some_and(Dialog::is_about_a_rollback);
    let changed = looked_at(app, seq, undo);
    if has_begun {
        put_aside(app);
    } else if changed && asks {
        counted_anew(app, true);
    }
}

/// Stores a preview of a rollback, compared with the previous one. Returns whether anything has
/// changed.
fn looked_at(app: &mut App, seq: u64, undo: UndoPreview) -> bool {
    let preview = match &app.ui.views.preview {
        Some(before) => before.again(app, seq, undo),
        None => Preview::new(app, seq, undo),
    };
    app.ui.views.preview.insert(preview).has_changed()
}

/// Asks whether a way back that has begun may overwrite later edits. If the run or the operator has
/// moved on, the answer is about something else and is dropped.
fn put_aside(app: &mut App) {
    let (run, shown) = (app.run.as_ref(), app.ui.views.preview.as_ref());
    let (Some(run), Some(shown)) = (run, shown) else {
        return;
    };
    let still = shown.seq == run.seq && app.ui.dialog.is_none();
    if !still || app.ui.screen != Screen::Rollback {
        return;
    }
    if shown.undo.steps.iter().any(UndoLine::edited_since) {
        app.open_dialog(Dialog::typed(Danger::PutAside));
    } else {
        app.ui
            .mention("no file to be put back is edited now: there is nothing to put aside");
    }
}

/// Applies a refreshed preview to the question that asked for it, if that is still open.
fn looked_again(app: &mut App, seq: u64, back: WayBack, undo: UndoPreview) {
    let changed = match back {
        WayBack::Whole => Some(looked_at(app, seq, undo)),
        WayBack::DownTo(place) => last_steps_again(app, seq, place, undo),
    };
    if let Some(changed) = changed {
        counted_anew(app, changed);
    }
}

/// Returns whether anything has changed; `None` if another question is open by now.
fn last_steps_again(app: &mut App, seq: u64, place: usize, undo: UndoPreview) -> Option<bool> {
    let last = app.ui.dialog.as_ref()?.last_steps()?;
    let to = app.run.as_ref()?.steps.get(place)?;
    if to.step.id != last.to {
        return None;
    }
    let preview = last.preview.again(app, seq, undo);
    let changed = preview.has_changed();
    app.ui.dialog.as_mut()?.last_steps_mut()?.preview = preview;
    Some(changed)
}

/// Says whether the counts of the open question have changed; if so, the words that were typed are
/// cleared. Keys pressed before the new counts are drawn are not answers to them.
fn counted_anew(app: &mut App, changed: bool) {
    let asked = app.ui.dialog.as_mut();
    let Some(dialog) = asked.filter(|dialog| dialog.is_about_counts()) else {
        return;
    };
    let taken_back = changed && dialog.take_words_back();
    app.ui.deaf = true;
    let is_filled = app
        .ui
        .dialog
        .as_ref()
        .is_some_and(|dialog| dialog.is_filled(app));
    let on = match (app.ui.in_lines, taken_back, is_filled) {
        (true, true, _) | (true, _, true) => "; type it once more to go on",
        (false, true, _) => ", then type the words again",
        (false, false, true) => "; Enter goes on",
        (_, false, false) => "",
    };
    if changed {
        let words = format!("what would be lost has changed: read it above{on}");
        app.ui.warn(words);
    } else {
        let words = format!("counted again: nothing has changed{on}");
        app.ui.mention(words);
    }
}

/// Handles the product being read, for the first time or again.
fn was_read(app: &mut App, view: StartView, again: bool) {
    // Another starting point makes another plan.
    app.ui.views.review = None;
    app.ui.views.inputs = None;
    let leads_on = view.open.is_none() && view.runs.iter().all(RunLine::has_ended);
    app.ui.views.start = Some(view);
    // The product was upgraded in the meantime, or something must be answered first.
    let road = matches!(
        app.ui.screen,
        Screen::Review | Screen::Conflict(_) | Screen::Diff | Screen::Inputs
    );
    if road && !leads_on && app.before_a_run() {
        app.show(Screen::Start);
    }
    if again {
        app.ui.mention("the product was read again");
    }
}

/// Says that the run has no difference to show.
fn no_changes(app: &mut App, why: Option<String>) {
    // Whoever has left the screen in the meantime stays where they are.
    if app.ui.screen == Screen::Diff {
        app.go_back();
    }
    match why {
        Some(why) => app.tell("The difference of this run could not be read", &why),
        None => app.ui.warn("the difference of this run was not kept"),
    }
}

/// Shows what is wrong with a value while it is typed; returns whether something is.
fn is_faulty(app: &mut App, name: &InputName, found: Vec<String>) -> bool {
    match &mut app.ui.dialog {
        Some(Dialog::Value {
            input, problems, ..
        }) if input == name => {
            *problems = found;
            !problems.is_empty()
        }
        Some(_) | None => false,
    }
}

fn answered(
    app: &mut App,
    name: InputName,
    found: Vec<String>,
    inputs: Result<Vec<InputView>, String>,
) -> Vec<Effect> {
    app.ui.views.review_is_old = true;
    if !is_faulty(app, &name, found) {
        let of_it =
            |dialog: &mut Dialog| matches!(dialog, Dialog::Value { input, .. } if *input == name);
        app.ui.dialog.take_if(of_it);
    }
    let kept = app.ui.dialog.is_none();
    match inputs {
        Ok(inputs) => {
            app.ui.views.inputs = Some(inputs);
            stay(app, name);
        }
        Err(why) => app.tell("The questions could not be read", &why),
    }
    if let (Screen::Conflict(_), true) = (&app.ui.screen, kept) {
        // What the value makes of the file is shown before it is chosen.
        return call(app, Call::Review);
    }
    keep_in_view(app);
    want(app)
}

/// Tells damage before anybody takes what is shown for all there is. A report tells it itself.
pub fn tell_damage(app: &mut App, damage: Option<String>) {
    if let Some(damage) = damage.filter(|_| app.ui.screen != Screen::Report) {
        let text = format!("{damage}\nWhat came after it is not shown here.");
        app.tell("The journal of this run is damaged", &text);
    }
}

/// Adds what steps printed before the run was opened here.
fn printed(app: &mut App, steps: Vec<(StepId, Vec<String>)>) {
    let live = &mut app.ui.live;
    for (step, lines) in steps {
        // Otherwise the worker has sent it, or the step is printing again.
        if live.output.count_of(step.as_str()) == 0 && !lines.is_empty() {
            for line in lines {
                live.output.push_before(step.as_str(), line);
            }
            live.read_of.insert(step);
        }
    }
}

/// Keeps the selection on the last question answered: the next key must not act on the first
/// secret.
fn stay(app: &mut App, name: InputName) {
    let mut inputs = app.ui.views.inputs.iter().flatten();
    if !inputs.any(inputs::is_open) {
        let list = app.ui.lists.entry(Screen::Inputs).or_default();
        list.selected.get_or_insert(RowKey::Input(name));
    }
}

/// Effects that follow when a run is opened.
fn after_opening(app: &mut App, how: OpenRun, damage: Option<String>) -> Vec<Effect> {
    let screen = app.ui.screen.clone();
    let mut effects = show(app, screen);
    if let Some(run) = &app.run {
        let ids = read_again(app.ui.in_lines, run);
        let ids: Vec<StepId> = ids.into_iter().map(|view| view.step.id.clone()).collect();
        if !ids.is_empty() {
            effects.push(Effect::Call(Call::Printed(run.run.clone(), ids)));
        }
    }
    if how == OpenRun::Emergency {
        app.open_dialog(emergency::list(app));
    }
    tell_damage(app, damage);
    effects
}

/// The steps whose earlier output is read when a run is opened: the last ones, which somebody comes
/// back for, but not one that still runs. Lines would tell all of it, so there only the step at
/// which the run waits for a person.
fn read_again(in_lines: bool, run: &RunState) -> Vec<&StepView> {
    if in_lines {
        let waits = run
            .stuck_at()
            .or_else(|| run.steps.iter().find(|view| view.needs_a_person()));
        return waits.into_iter().collect();
    }
    let printed = |view: &&StepView| view.was_started() && !view.is_under_way();
    let mut last: Vec<&StepView> = run.steps.iter().filter(printed).collect();
    last.split_off(last.len().saturating_sub(PRINTED_STEPS_MAX))
}
