//! Whether the run waits, and for whom.

use crate::{
    run_state::StepView,
    tui::{app::App, dialog::Dialog, screen::steps},
};

/// Whether an ask just sent is all there is to tell, until the worker says what became of it. The
/// emergency dialog tells it too, except for a queued step, which it shows as such.
pub fn is_under_way(app: &App) -> bool {
    match &app.ui.dialog {
        None => true,
        Some(Dialog::Emergency { .. }) => app.ui.live.queued.is_none(),
        Some(_) => false,
    }
}

/// Whether it is still unknown if the worker of an open run works or waits: it has said nothing
/// yet, and by the records no step is under way.
pub fn is_unheard_of(app: &App) -> bool {
    let Some(run) = &app.run else { return false };
    let under_way = run.steps.iter().any(StepView::is_under_way);
    app.working() && !app.ui.live.heard && !under_way
}

/// Whether the run waits for the operator here.
pub fn rests(app: &App) -> bool {
    app.ui.busy().is_none() && !is_at_work(app) && !watches(app)
}

/// Whether the run waits for another holder. A watcher can still say what they want to see, but is
/// not told what Enter would do as if the run waited for them.
pub fn is_watched_at_rest(app: &App) -> bool {
    watches(app) && !is_at_work(app)
}

fn is_at_work(app: &App) -> bool {
    let runs = |view: &StepView| view.is_under_way() && !steps::is_ask(view);
    app.working() || app.run.iter().flat_map(|run| &run.steps).any(runs)
}

fn watches(app: &App) -> bool {
    let over = app.run.as_ref().is_none_or(|run| run.is_over());
    app.ui.live.looks_on() && !app.ui.live.gone() && !over
}
