//! The screens of the road that can be visited so far, for `[` and `]`.

use super::app::{App, Screen};
use crate::{model::record::Phase, run_state::BackupState};

/// The screen after this one, or before it. From a screen that is not on the road, both lead to its
/// last stop.
pub fn beside(app: &App, forward: bool) -> Option<Screen> {
    let walked = walked(app);
    let at = walked.iter().position(|screen| *screen == app.ui.screen);
    let next = match (at, forward) {
        (Some(at), true) => walked.get(at + 1),
        (Some(at), false) => at.checked_sub(1).and_then(|at| walked.get(at)),
        (None, _) => walked.last(),
    };
    next.cloned()
}

fn walked(app: &App) -> Vec<Screen> {
    let ui = &app.ui;
    let mut road = Vec::new();
    let mut stop = |there: bool, screen: Screen| {
        if there {
            road.push(screen);
        }
    };
    stop(app.run.is_none() && ui.views.start.is_some(), Screen::Start);
    // The review was dropped when the product was read again; it is made anew when visited.
    let behind = app.run.is_none() && ui.screen == Screen::Inputs;
    stop(ui.views.review.is_some() || behind, Screen::Review);
    stop(ui.views.inputs.is_some(), Screen::Inputs);
    if let Some(run) = &app.run {
        let backed_up = run.backup != BackupState::NotYet;
        let mut checks = run.plan.verify.iter();
        let verified = checks.any(|check| run.checks.contains_key(&check.id));
        stop(true, Screen::Checklist);
        stop(backed_up || run.phase == Phase::Backup, Screen::Backup);
        stop(backed_up, Screen::Apply);
        stop(run.phase == Phase::Verify || verified, Screen::Verify);
        stop(run.rollback.is_some(), Screen::Rollback);
        stop(run.end.is_some(), Screen::Report);
    }
    road
}
