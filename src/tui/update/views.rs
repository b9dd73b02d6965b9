//! The views that a screen needs of the backend: requested where they are missing or out of date.

use crate::{
    engine::undo_preview::WayBack,
    tui::{
        app::{App, Effect, Screen},
        call::Call,
    },
};

/// Calls the backend, unless it is busy with another call.
pub fn call(app: &mut App, request: Call) -> Vec<Effect> {
    if let Some(pending) = request.pending() {
        if let Some(busy) = app.ui.busy() {
            app.ui.warn(format!("not yet: {busy}"));
            return Vec::new();
        }
        app.ui.pending = Some(pending);
    }
    vec![Effect::Call(request)]
}

/// Shows a screen of the road and requests the view that it lacks.
pub fn show(app: &mut App, screen: Screen) -> Vec<Effect> {
    if screen == Screen::Rollback {
        // Files are edited behind our back: every visit makes the preview anew, from the top.
        app.ui.views.preview = None;
        if app.ui.screen != screen {
            app.ui.lists.remove(&screen);
        }
        let run = app.run.as_ref();
        if run.is_some_and(|run| run.rollback.is_none()) {
            app.visit(screen);
            return want(app);
        }
    }
    app.show(screen);
    want(app)
}

/// Requests what the screen lacks. While another call is pending it does nothing; every answer, and
/// every worker that starts to wait, comes by here again.
pub fn want(app: &mut App) -> Vec<Effect> {
    match lacking(app).filter(|_| app.ui.busy().is_none()) {
        Some(request) => call(app, request),
        None => Vec::new(),
    }
}

/// The view that the screen needs and that is missing, or older than the last record.
fn lacking(app: &App) -> Option<Call> {
    let (ui, run) = (&app.ui, app.run.as_ref());
    match ui.screen {
        Screen::Diff if let Some(run) = run => {
            let lacks = ui.views.changes.is_none();
            lacks.then(|| Call::Changes(run.run.clone()))
        }
        Screen::Review | Screen::Conflict(_) | Screen::Diff => {
            (ui.views.review.is_none() || ui.views.review_is_old).then_some(Call::Review)
        }
        Screen::Inputs => (run.is_none() && ui.views.inputs.is_none()).then_some(Call::Inputs),
        Screen::Report => {
            let run = run.filter(|_| ui.views.report.is_none())?;
            Some(Call::Report(Box::new(run.clone()), keeps_reports(app)))
        }
        Screen::Rollback => {
            let run = run.filter(|run| run.rollback.is_none() && run.touched())?;
            let old = match &ui.views.preview {
                Some(preview) => app.can_ask() && preview.seq < run.seq,
                None => true,
            };
            old.then(|| Call::Preview(Box::new(run.clone()), WayBack::Whole))
        }
        Screen::Start
        | Screen::Runs
        | Screen::Checklist
        | Screen::Backup
        | Screen::Apply
        | Screen::Output
        | Screen::Verify
        | Screen::Help => None,
    }
}

/// Whether the report is also written to the run's folder: only by the holder, or if nobody holds
/// the run.
fn keeps_reports(app: &App) -> bool {
    let live = &app.ui.live;
    live.to_read || live.control.theirs().is_none()
}
