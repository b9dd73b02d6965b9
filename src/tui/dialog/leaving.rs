//! What becomes of a run when the operator leaves.

use crate::{
    run_state::RunState,
    tui::{app::App, line::one_line},
};

/// What goes on after the operator leaves.
pub fn words(app: &App) -> String {
    if app.ui.playing.is_some() {
        return "This is a recording: nothing goes on behind you, and nothing ends.".to_owned();
    }
    let words = match &app.run {
        // What other terminals have begun since is unknown here.
        None if let Some(closed) = &app.ui.closed => return format!("You hold no run. {closed}"),
        None => "You started no run: nothing has been changed from here.",
        Some(run) if run.end.is_some() && app.is_sample() => {
            "The run has ended. Its services end with this sample: then it can only be looked at."
        }
        Some(run) if run.end.is_some() => "The run has ended. Its report stays in its folder.",
        Some(run) if app.ui.live.looks_on() || app.ui.live.gone() => {
            return format!("{}{}", looking_on(app, run), stays_stopped(run));
        }
        Some(run) if run.confirm_by_ms().is_some() => {
            "The run waits, and rolls back by itself when its time is up."
        }
        Some(_) => "The run stays as it is and waits.",
    };
    let stopped = app.run.as_ref().map(stays_stopped);
    format!("{words}{}", stopped.unwrap_or_default())
}

/// What becomes of a run that is only watched, not held.
fn looking_on(app: &App, run: &RunState) -> String {
    let live = &app.ui.live;
    let works = app.working();
    match live.control.theirs() {
        _ if live.gone() && run.is_in_flight() => {
            "The worker is gone; a command that it started may still be running: `switchback \
             status` shows it."
                .to_owned()
        }
        _ if live.gone() => "No worker is running for this run: it stays as it is.".to_owned(),
        Some(who) if works => {
            format!(
                "You only watch: {} holds the run, and it goes on.",
                one_line(&who.user)
            )
        }
        Some(who) => {
            format!(
                "You only watch: {} holds the run, and it waits.",
                one_line(&who.user)
            )
        }
        None if works => {
            "Nobody holds the run: it goes on to its next question, then waits.".to_owned()
        }
        None if run.confirm_by_ms().is_some() => {
            "Nobody holds the run: it rolls back by itself when its time is up.".to_owned()
        }
        None => "Nobody holds the run: it stays as it is and waits.".to_owned(),
    }
}

/// What stays out of service after the operator leaves.
fn stays_stopped(run: &RunState) -> String {
    match run.stopped_titles() {
        stopped if stopped.is_empty() => String::new(),
        stopped => format!(" Stopped, and left stopped: {}.", stopped.join(", ")),
    }
}

/// Whether a run stays open after the operator leaves.
pub(super) fn leaves_a_run(app: &App) -> bool {
    let run = app.run.as_ref();
    run.is_some_and(|run| run.end.is_none()) && app.ui.playing.is_none()
}
