//! What the backend answers.

use super::{asks, call, keep_in_view, show, told, want};
use crate::{
    engine::undo_preview::{UndoPreview, WayBack},
    model::ids::{InputName, StepId},
    run_state::{RunState, StepView},
    tui::{
        app::{App, Effect, Screen},
        backend::{InputView, OpenRun, StartView},
        call::{Answer, Call},
        dialog::{Dialog, emergency},
        page::RowKey,
        preview::Preview,
        screen::inputs,
    },
};

/// Of so many steps it is read what they printed before somebody came to the run.
const PRINTED_STEPS_MAX: usize = 20;

pub fn answer(app: &mut App, answer: Answer) -> Vec<Effect> {
    let unasked = matches!(
        answer,
        Answer::Tried(..) | Answer::Printed(..) | Answer::Playing(_)
    );
    let looked = app.ui.busy == Call::Look.doing() && app.ui.start.is_some();
    if !unasked {
        app.ui.busy = None;
    }
    match answer {
        Answer::Start(Ok(view)) => was_read(app, view, looked),
        Answer::Review(Ok(view)) => {
            app.ui.review = Some(view);
            app.ui.review_is_old = false;
        }
        Answer::Decided(Ok(view)) => {
            app.ui.review = Some(view);
            // Another decision asks for other values.
            app.ui.inputs = None;
            if let Screen::Conflict(_) = app.ui.screen {
                app.go_back();
            }
        }
        Answer::Changes(Ok(Some(files))) => app.ui.changes = Some(files),
        Answer::Changes(none) => no_changes(app, none.err()),
        Answer::Inputs(Ok(inputs)) => app.ui.inputs = Some(inputs),
        Answer::Generated(name, Ok(inputs)) => {
            app.ui.inputs = Some(inputs);
            stay(app, name);
            app.ui.review_is_old = true;
        }
        Answer::Tried(name, found) => {
            is_faulty(app, &name, found);
        }
        Answer::Answered(name, found, inputs) => return answered(app, name, found, inputs),
        Answer::Opened(Ok((state, control, damage)), how) => {
            app.opened(*state, control, how);
            let effects = after_opening(app);
            if how == OpenRun::Emergency {
                app.open_dialog(emergency::list(app));
            }
            is_damaged(app, damage);
            return effects;
        }
        Answer::Printed(steps) => printed(app, steps),
        Answer::Preview(seq, WayBack::Whole, Ok(undo)) => looked_at(app, seq, undo),
        Answer::Preview(seq, WayBack::DownTo(place), Ok(undo)) => {
            asks::step_back(app, seq, place, undo);
        }
        Answer::PreviewAgain(seq, back, Ok(undo)) => looked_again(app, seq, back, undo),
        Answer::Report(Ok(report)) => app.ui.report = Some(report),
        Answer::Exported(Ok(path)) => {
            app.ui
                .mention(format!("your answers are written to {}", path.display()));
        }
        Answer::Playing(Ok(playing)) => app.ui.playing = Some(playing),
        Answer::Playing(Err(why)) => app.ui.warn(why),
        // Whoever had a shell may have changed what was read.
        Answer::Shell(Ok(())) if app.before_a_run() => return call(app, Call::Look),
        Answer::Shell(Ok(())) => app.ui.preview = None,
        Answer::Generated(_, Err(why)) => told(app, "No value was generated", &why),
        Answer::Opened(Err(why), _) => told(app, "The run was not opened", &why),
        Answer::Exported(Err(why)) => told(app, "The answers were not written", &why),
        Answer::Shell(Err(why)) => told(app, "The shell did not start", &why),
        Answer::Start(Err(why)) => return not_made(app, "This folder could not be read", &why),
        Answer::Review(Err(why)) | Answer::Decided(Err(why)) => {
            return not_made(app, "The findings could not be made", &why);
        }
        Answer::Inputs(Err(why)) => {
            return not_made(app, "The questions could not be read", &why);
        }
        Answer::Preview(_, WayBack::Whole, Err(why)) => {
            return not_made(app, "The preview of the rollback could not be made", &why);
        }
        Answer::Preview(_, WayBack::DownTo(_), Err(why)) => {
            told(app, "What would be undone cannot be told", &why);
        }
        Answer::PreviewAgain(_, _, Err(why)) => {
            told(app, "What is lost by it could not be looked at again", &why);
        }
        Answer::Report(Err(why)) => return not_made(app, "The report could not be made", &why),
    }
    keep_in_view(app);
    want(app)
}

/// What a rollback would do. Where it was looked at before, what has changed since is known.
fn looked_at(app: &mut App, seq: u64, undo: UndoPreview) {
    let preview = match &app.ui.preview {
        Some(before) => before.again(app, seq, undo),
        None => Preview::new(app, seq, undo),
    };
    app.ui.preview = Some(preview);
}

/// For the question that is open, if it still is: what was typed in answer to it stays, and is no
/// answer to this before somebody has seen it.
fn looked_again(app: &mut App, seq: u64, back: WayBack, undo: UndoPreview) {
    let changed = match back {
        WayBack::Whole => {
            looked_at(app, seq, undo);
            app.ui.preview.as_ref().is_some_and(Preview::has_changed)
        }
        WayBack::DownTo(place) => {
            let Some(last) = app.ui.dialog.as_ref().and_then(Dialog::last_steps) else {
                return;
            };
            let run = app.run.as_ref();
            let to = run.and_then(|run| run.steps.get(place));
            if to.is_none_or(|to| to.step.id != last.to) {
                return;
            }
            let preview = last.preview.again(app, seq, undo);
            let changed = preview.has_changed();
            if let Some(last) = app.ui.dialog.as_mut().and_then(Dialog::last_steps_mut) {
                last.preview = preview;
            }
            changed
        }
    };
    let Some(dialog) = &app.ui.dialog else { return };
    let on = match (dialog.is_filled(app), app.ui.in_lines) {
        (false, _) => "",
        (true, true) => "; say it once more to go on",
        (true, false) => "; Enter goes on",
    };
    if changed {
        app.ui.warn(format!(
            "looked at again, and what is lost has changed: read it above{on}"
        ))
    } else {
        app.ui
            .mention(format!("looked at again: nothing has changed{on}"))
    }
}

/// The product was read, or read again.
fn was_read(app: &mut App, view: StartView, again: bool) {
    // Another start makes another plan.
    app.ui.review = None;
    app.ui.inputs = None;
    let leads_on = view.open.is_none();
    app.ui.start = Some(view);
    // The product was upgraded meanwhile, or something has to be said first.
    let road = matches!(
        app.ui.screen,
        Screen::Review | Screen::Conflict(_) | Screen::Diff | Screen::Inputs
    );
    if road && !leads_on && app.before_a_run() {
        app.show(Screen::Start);
    }
    if again {
        app.ui.mention("what is here was read again");
    }
}

/// There is no difference of the run to show.
fn no_changes(app: &mut App, why: Option<String>) {
    // Whoever has left the screen meanwhile stays where they are.
    if app.ui.screen == Screen::Diff {
        app.go_back();
    }
    match why {
        Some(why) => told(app, "The difference of this run could not be read", &why),
        None => app.ui.warn("the difference of this run was not kept"),
    }
}

/// What is wrong with a value is shown while it is typed; whether something is.
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
    app.ui.review_is_old = true;
    if !is_faulty(app, &name, found) {
        let of_it =
            |dialog: &mut Dialog| matches!(dialog, Dialog::Value { input, .. } if *input == name);
        app.ui.dialog.take_if(of_it);
    }
    let kept = app.ui.dialog.is_none();
    match inputs {
        Ok(inputs) => {
            app.ui.inputs = Some(inputs);
            stay(app, name);
        }
        Err(why) => told(app, "The questions could not be read", &why),
    }
    if let (Screen::Conflict(_), true) = (&app.ui.screen, kept) {
        // What it makes of the file is shown before it is chosen.
        return call(app, Call::Review);
    }
    keep_in_view(app);
    want(app)
}

/// Said before anybody takes what is shown for all of it. A report says it itself.
fn is_damaged(app: &mut App, damage: Option<String>) {
    if let Some(damage) = damage.filter(|_| app.ui.screen != Screen::Report) {
        let text = format!("{damage}\nWhat came after it is not shown here.");
        told(app, "The journal of this run is damaged", &text);
    }
}

/// What steps printed before somebody came.
fn printed(app: &mut App, steps: Vec<(StepId, Vec<String>)>) {
    let live = &mut app.ui.live;
    for (step, lines) in steps {
        // Otherwise the worker has told it, or the step prints anew.
        if live.output.count_of(step.as_str()) == 0 && !lines.is_empty() {
            for line in lines {
                live.output.push_before(step.as_str(), line);
            }
            live.read_of.insert(step);
        }
    }
}

/// Whoever has answered the last question stays there: the next key must not meet the first secret.
fn stay(app: &mut App, name: InputName) {
    let mut inputs = app.ui.inputs.iter().flatten();
    if !inputs.any(inputs::is_open) {
        let list = app.ui.lists.entry(Screen::Inputs).or_default();
        list.selected.get_or_insert(RowKey::Input(name));
    }
}

/// What a screen lacks could not be made. Asked for again at once, it would be so for ever.
fn not_made(app: &mut App, title: &str, why: &str) -> Vec<Effect> {
    told(app, title, why);
    Vec::new()
}

/// What the first look at an opened run needs.
fn after_opening(app: &mut App) -> Vec<Effect> {
    let screen = app.ui.screen.clone();
    let mut effects = show(app, screen);
    if let Some(run) = &app.run {
        let ids = read_again(app.ui.in_lines, run);
        let ids: Vec<StepId> = ids.into_iter().map(|view| view.step.id.clone()).collect();
        if !ids.is_empty() {
            effects.push(Effect::Call(Call::Printed(run.run.clone(), ids)));
        }
    }
    effects
}

/// The steps whose output is read again: what the last ones printed is what somebody comes back for.
/// One that runs still prints. In lines every one of them would be told of: there only the one at
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
