//! Handles what comes from a run: its records, the output of its steps, and who holds it.

use super::{
    asks::not_done,
    selection::keep_in_view,
    views::{show, want},
};
use crate::{
    engine::link::handle::{Ask, Control, Event},
    model::{
        ids::CheckId,
        plan::PlannedCheck,
        record::{Body, Phase, Record},
    },
    run_state::RunState,
    tui::{
        app::{App, Effect, Screen, Until},
        call::Call,
        dialog::Beneath,
        keymap::{self, Command},
        line::one_line,
        live::Worker,
        output::OutputLine,
        page::holds,
    },
};

/// Whether an event answers the ask that was sent: almost any does, but a mark is answered only
/// once it is made, so that it is told in one piece.
fn is_answered(app: &App, event: &Event) -> bool {
    let marks = matches!(app.ui.live.sent, Some(Ask::Mark(_) | Ask::Unmark(_)));
    match event {
        Event::Record(_) | Event::Busy => !marks,
        Event::Progress(_) | Event::Printed { .. } => false,
        Event::Output { .. }
        | Event::Refused(_)
        | Event::TooLate(_)
        | Event::Idle
        | Event::Stopped { .. }
        | Event::Control(_)
        | Event::Gone(_) => true,
    }
}

pub fn event(app: &mut App, event: Event) -> Vec<Effect> {
    app.ui.live.heard = true;
    if is_answered(app, &event) {
        app.ui.live.sent = None;
    }
    match event {
        Event::Record(record) => return self::record(app, &record),
        Event::Progress(progress) => {
            if let Some(check) = is_made(app, &progress.doing) {
                app.ui.live.begins(check);
            }
            app.ui.live.progress = Some(progress);
        }
        Event::Output { step, line } => {
            app.ui.live.output_at_ms = Some(app.ui.live.now_ms);
            let gone = app.ui.live.output.push(&step, line);
            stay_in_place(app, gone);
        }
        Event::Printed { step, line } => {
            // Lines already read from the log must not be added twice.
            let live = &mut app.ui.live;
            if !live.read_of.iter().any(|of| of.as_str() == step) {
                let gone = live.output.push_before(&step, line);
                stay_in_place(app, gone);
            }
        }
        Event::Refused(why) | Event::TooLate(why) => {
            not_done(app, &why);
            app.ui.live.queued = None;
        }
        Event::Idle => {
            app.ui.live.worker = Worker::Waits;
            app.ui.live.progress = None;
            app.ui.live.checking = None;
            // The notice was about work, which has now stopped.
            app.ui
                .notice
                .take_if(|notice| notice.until != Until::TheNextKey);
            // What the question was about has ended by itself.
            if app.happened(Beneath::AtRest) {
                app.ui.mention("what was running has ended");
            }
            let mut effects = first_checks(app);
            effects.extend(want(app));
            return effects;
        }
        Event::Busy => app.ui.live.worker = Worker::Works,
        Event::Control(control) => {
            // A worker that is gone says nothing: somebody else has taken the run up.
            if app.ui.live.gone() {
                app.ui.live.worker = Worker::Works;
            }
            self::control(app, control);
            // The holder can ask for what a watcher could not.
            return want(app);
        }
        // The end of somebody's errand; the records tell the rest.
        Event::Stopped { .. } => {}
        Event::Gone(why) => {
            app.ui.live.worker = Worker::Gone;
            app.ui.live.checking = None;
            // A notice about the holder or the next action no longer holds.
            app.ui.notice = None;
            app.happened(Beneath::AtRest);
            if let Some(why) = why {
                app.tell("The worker has ended", &why);
            }
            return left_over(app);
        }
    }
    Vec::new()
}

/// Processes of a worker may outlive it: look for them before somebody takes its place.
fn left_over(app: &App) -> Vec<Effect> {
    let run = app.run.as_ref().filter(|run| run.end.is_none());
    let look = |run: &RunState| Effect::Call(Call::LeftOver(Box::new(run.clone())));
    run.map(look).into_iter().collect()
}

/// Keeps the visible lines in place when an old line of output is dropped.
fn stay_in_place(app: &mut App, gone: Option<OutputLine>) {
    let list = app.ui.lists.get_mut(&Screen::Output);
    if let (Some(list), Some(gone)) = (list, gone)
        && (list.filter.is_empty() || holds(&gone.text, &list.filter.to_lowercase()))
    {
        list.top = list.top.saturating_sub(1);
    }
}

/// The check that the worker named by its title. Of several with one title it is the one made
/// longest ago, since they are made in order.
fn is_made(app: &App, doing: &str) -> Option<CheckId> {
    let run = app.run.as_ref()?;
    let named = run
        .checks_now()
        .iter()
        .filter(|one| one.check.title == doing);
    let made_at = |one: &&PlannedCheck| run.checks.get(&one.id).map(|view| view.at_ms);
    named.min_by_key(made_at).map(|one| one.id.clone())
}

/// Handles a change of the holder.
fn control(app: &mut App, control: Control) {
    // A run that has ended cannot be taken over.
    let open = app.run.as_ref().is_some_and(|run| run.end.is_none());
    let live = &mut app.ui.live;
    let before = std::mem::replace(&mut live.control, control);
    if before == live.control {
        return;
    }
    // Only the holder is asked anything.
    if live.looks_on() {
        live.agreed = false;
        app.happened(Beneath::OtherHand);
    }
    match app.ui.live.control.clone() {
        Control::Yours => app.ui.mention("you hold this run now"),
        Control::Theirs(who) => {
            let take = keymap::letter(Command::TakeOver);
            let back = match before {
                _ if !open => String::new(),
                Control::Yours => format!("; {take} takes it over again"),
                Control::Theirs(_) | Control::Nobodys => format!("; {take} takes it over"),
            };
            let user = one_line(&who.user);
            app.ui
                .warn(format!("{user} has taken this run over: you watch{back}"));
        }
        // Somebody who is about to take the run up sees this first; how to take it is shown below.
        Control::Nobodys => {
            app.ui.warn("nobody holds this run: you watch");
            app.ui.passes_with_the_moment();
        }
    }
}

/// Starts the checks of a fresh checklist by itself: they change nothing.
fn first_checks(app: &mut App) -> Vec<Effect> {
    let fresh = app.run.as_ref().is_some_and(|run| {
        let mut checks = run.plan.checklist.iter();
        run.phase == Phase::Checklist
            && run.checks.is_empty()
            && run.may_check().is_ok()
            && checks.any(|check| !check.check.is_manual())
    });
    if fresh && app.can_ask() {
        app.ui.live.worker = Worker::Works;
        vec![Effect::Ask(Ask::Check)]
    } else {
        Vec::new()
    }
}

fn record(app: &mut App, record: &Record) -> Vec<Effect> {
    let Some(run) = &mut app.run else {
        return Vec::new();
    };
    if record.seq <= run.seq {
        return Vec::new();
    }
    if let Err(illegal) = run.apply(record) {
        let title = "This program and the worker do not agree about the run";
        app.tell(title, &illegal.to_string());
        return Vec::new();
    }
    // The report described the run as it was before.
    app.ui.views.report = None;
    let notice = &mut app.ui.notice;
    notice.take_if(|notice| notice.until == Until::AnythingHappens);
    // A watcher is not told of asks, so the record itself shows that the worker has begun.
    if app.ui.live.worker == Worker::Waits && is_work(&record.body) {
        app.ui.live.worker = Worker::Works;
    }
    let asked = app.ui.dialog.is_some();
    let effects = take_note(app, record);
    if asked && app.ui.dialog.is_none() {
        app.ui.warn("the question is gone: the run has gone on");
    }
    effects
}

/// Adapts the screen to a record that the run has taken.
fn take_note(app: &mut App, record: &Record) -> Vec<Effect> {
    let followed = follows(app);
    match &record.body {
        // Stay on the backup, which tells the way back, until somebody goes on.
        Body::PhaseEntered {
            phase: Phase::Apply,
        } if app.ui.screen == Screen::Backup => {}
        Body::PhaseEntered { phase } if followed => return show(app, Screen::of(*phase)),
        Body::RollbackStarted { .. } => {
            app.ui.views.preview = None;
            app.ui.live.to_read = false;
            let shown = show(app, Screen::Rollback);
            // From now on it is a screen of the road.
            app.ui.back.clear();
            // The selection in the preview does not apply to the undo itself.
            app.list_mut().selected = None;
            return shown;
        }
        Body::Finished { .. } => return show(app, Screen::Report),
        Body::CheckDone { id, .. } if app.ui.live.makes(id).is_some() => {
            app.ui.live.checking = None;
        }
        Body::EmergencyPulled { .. } | Body::EmergencyReleased { .. } => {
            let live = &mut app.ui.live;
            (live.queued, live.worker, live.output_at_ms) = (None, Worker::Works, None);
        }
        Body::StepStarted { .. } | Body::UndoStarted { .. } => {
            app.ui.live.output_at_ms = None;
            app.ui.live.progress = None;
            if app.ui.screen == Screen::Backup {
                return show(app, Screen::Apply);
            }
        }
        _other_records_only_change_the_run => {}
    }
    keep_in_view(app);
    want(app)
}

/// Whether a worker at work writes such a record. A waiting worker records only changes of control
/// and the deadline for a confirmation.
fn is_work(body: &Body) -> bool {
    !matches!(body, Body::ControlTaken { .. } | Body::ConfirmBy { .. })
}

/// Whether the operator looks at where the run stands, not at something else on purpose.
fn follows(app: &App) -> bool {
    match app.ui.screen {
        Screen::Checklist | Screen::Backup | Screen::Apply | Screen::Verify => true,
        // Before the way back begins, this is a preview that somebody is reading.
        Screen::Rollback => app.run.as_ref().is_some_and(|run| run.rollback.is_some()),
        Screen::Start
        | Screen::Runs
        | Screen::Review
        | Screen::Conflict(_)
        | Screen::Diff
        | Screen::Inputs
        | Screen::Output
        | Screen::Report
        | Screen::Help => false,
    }
}
