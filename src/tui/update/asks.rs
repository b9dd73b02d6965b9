//! Sends asks to the run's worker, and the previews that come before some of them.

use super::views::call;
use crate::{
    engine::{link::handle::Ask, undo_preview::UndoPreview},
    tui::{
        app::{App, Effect, Screen},
        call::Call,
        dialog::{Dialog, LastSteps, Reason},
        keymap::{self, Command},
        live::Worker,
        page::{Page, RowKey},
        preview::Preview,
        screen::apply,
        widget::footer,
    },
};

/// Sends an ask; until the worker answers, it counts as at work.
pub fn send(app: &mut App, ask: Ask) -> Vec<Effect> {
    if !app.can_ask() {
        let live = &app.ui.live;
        match (live.gone(), live.looks_on()) {
            (true, _) => {
                let why = "not now: no worker is running for this run; Enter starts one";
                app.ui.warn(why);
            }
            (false, true) => {
                let take = keymap::letter(Command::TakeOver);
                let why = format!("not now: somebody else holds this run; {take} takes it over");
                app.ui.warn(why);
            }
            (false, false) => {
                app.ui.warn("not now: the worker is busy");
                app.ui.passes_with_the_work();
            }
        }
        return Vec::new();
    }
    // Refuse at once: on a slow line the worker's answer would come late.
    if let Some(Err(why)) = app.run.as_ref().map(|run| ask.may(run)) {
        not_done(app, &why);
        return Vec::new();
    }
    // A mark keeps its row selected: a key pressed twice by accident takes back its own mark
    // instead of marking the next row.
    if let Ask::Mark(check) = &ask {
        // In lines a mark is a word, which nobody repeats by accident: the next open row is told.
        let stays = (!app.ui.in_lines).then(|| RowKey::Check(check.clone()));
        app.list_mut().selected = stays;
    }
    if runs_steps(&ask) {
        // Follow the running steps: above all, a failing one must be seen.
        app.list_mut().selected = None;
    }
    match &ask {
        Ask::Apply | Ask::Retry(_) | Ask::FixAndRetry(_) | Ask::Consent(_) | Ask::Confirm(_) => {
            app.ui.live.agreed = true;
        }
        Ask::ApplyOne | Ask::StepBack { .. } => app.ui.live.agreed = false,
        Ask::Recheck(check) | Ask::Fix(check) => app.ui.live.begins(check.clone()),
        _says_nothing_of_what_follows => {}
    }
    app.ui.live.worker = Worker::Works;
    app.ui.live.progress = None;
    vec![Effect::Ask(ask)]
}

/// Says why nothing was done.
pub fn not_done(app: &mut App, why: &str) {
    app.ui.warn(format!("not done: {why}"));
    unless_it_fits(app, "Not done", why);
}

/// Opens a dialog with the text of the notice if it is too long for the last lines.
pub fn unless_it_fits(app: &mut App, title: &str, text: &str) {
    let fits = app.ui.in_lines || footer::holds(&app.ui);
    if !fits && app.ui.dialog.is_none() {
        app.ui.notice = None;
        app.tell(title, text);
    }
}

fn runs_steps(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Apply
            | Ask::ApplyOne
            | Ask::Retry(_)
            | Ask::FixAndRetry(_)
            | Ask::Skip { .. }
            | Ask::Judge { .. }
            | Ask::Confirm(_)
            | Ask::Consent(_)
            | Ask::StepBack { .. }
            | Ask::SkipUndo { .. }
            | Ask::RetryUndo
            | Ask::Rollback { .. }
    )
}

/// Asks for the reason to undo the last steps, below what becomes of each. If the run or the
/// operator has moved on, the preview is about something else and is dropped.
pub fn step_back(app: &mut App, seq: u64, first: usize, undo: UndoPreview) {
    let page = Page::of(app);
    let still = apply::selected(&page).filter(|(run, view)| {
        run.seq == seq && run.back_to(&view.step.id) == first && app.ui.dialog.is_none()
    });
    let Some((run, view)) = still.filter(|_| app.ui.screen == Screen::Apply) else {
        return;
    };
    let last = LastSteps {
        to: run.steps[first].step.id.clone(),
        chosen: view.step.id.clone(),
        preview: Preview::new(app, seq, undo),
    };
    app.open_dialog(Dialog::reason(Reason::StepBack(Box::new(last))));
}

/// Refreshes the preview of the open question if it is too old; `None`: it is fresh enough.
pub fn look_again(app: &mut App) -> Option<Vec<Effect>> {
    let dialog = app.ui.dialog.as_ref()?;
    let back = dialog.is_about_old(app)?;
    let run = app.run.clone()?;
    Some(call(app, Call::PreviewAgain(Box::new(run), back)))
}
