//! What comes back: views from the backend, records and progress from the run.

use super::{asks, call, keep_in_view, not_done, show, want};
use crate::{
    engine::{
        handle::{Ask, Control, Event},
        undo_preview::WayBack,
    },
    model::{
        ids::{InputName, StepId},
        record::{Body, Phase, Record},
        text::sanitize,
    },
    run_state::{RunState, StepView},
    tui::{
        app::{App, Effect, Screen, Until, Worker},
        backend::{InputView, StartView},
        call::{Answer, Call},
        dialog::{Dialog, Question},
        line::one_line,
        page::RowKey,
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
            is_damaged(app, damage);
            return effects;
        }
        Answer::Printed(steps) => printed(app, steps),
        Answer::Preview(seq, WayBack::Whole, Ok(preview)) => app.ui.preview = Some((seq, preview)),
        Answer::Preview(seq, WayBack::DownTo(place), Ok(preview)) => {
            asks::step_back(app, seq, place, preview);
        }
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
        Answer::Report(Err(why)) => return not_made(app, "The report could not be made", &why),
    }
    keep_in_view(app);
    want(app)
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

fn told(app: &mut App, title: &str, text: &str) {
    app.open_dialog(Dialog::Told {
        title: title.to_owned(),
        text: sanitize(text),
    });
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
    let printed = |view: &&StepView| view.touched() && !view.is_under_way();
    let mut last: Vec<&StepView> = run.steps.iter().filter(printed).collect();
    last.split_off(last.len().saturating_sub(PRINTED_STEPS_MAX))
}

/// What was asked for is answered by whatever comes first; a mark only when it is made, so that it is
/// told in one piece.
fn is_answered(app: &App, event: &Event) -> bool {
    let marks = matches!(app.ui.live.sent, Some(Ask::Tick(_) | Ask::Untick(_)));
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
        Event::Progress(progress) => app.ui.live.progress = Some(progress),
        Event::Output { step, line } => {
            app.ui.live.output_at_ms = Some(app.ui.live.now_ms);
            app.ui.live.output.push(&step, line);
        }
        Event::Printed { step, line } => {
            // What is in its log already does not come twice.
            let live = &mut app.ui.live;
            if !live.read_of.iter().any(|of| of.as_str() == step) {
                live.output.push_before(&step, line);
            }
        }
        Event::Refused(why) | Event::TooLate(why) => {
            not_done(app, &why);
            app.ui.live.queued = None;
        }
        Event::Idle => {
            app.ui.live.worker = Worker::Waits;
            app.ui.live.progress = None;
            // It stands now.
            app.ui
                .notice
                .take_if(|notice| notice.until != Until::TheNextKey);
            // What it asked about has come to its end by itself.
            if leaves_no_choice(app) {
                app.ui.mention("what was at work has come to its end");
            }
            let mut effects = first_checks(app);
            effects.extend(want(app));
            return effects;
        }
        Event::Busy => app.ui.live.worker = Worker::Works,
        Event::Control(control) => {
            // One that has ended says nothing: somebody has taken the run up elsewhere.
            if app.ui.live.gone() {
                app.ui.live.worker = Worker::Works;
            }
            self::control(app, control);
            // Whoever holds it can ask what a watcher could not.
            return want(app);
        }
        // Of an errand that somebody sent; the records tell the rest.
        Event::Stopped { .. } => {}
        Event::Gone(why) => {
            app.ui.live.worker = Worker::Gone;
            // Who holds the run, and what it does next, is not so any more.
            app.ui.notice = None;
            leaves_no_choice(app);
            if let Some(why) = why {
                told(app, "The worker has ended", &why);
            }
        }
    }
    Vec::new()
}

/// Whether it was asked what becomes of the run when the operator leaves. Nobody here says that any
/// more, so only leaving itself is asked about.
fn leaves_no_choice(app: &mut App) -> bool {
    let asked = matches!(app.ui.dialog, Some(Dialog::Going));
    if asked {
        app.open_dialog(Dialog::Sure(Question::Leave));
    }
    asked
}

/// Somebody took the run, or left it.
fn control(app: &mut App, control: Control) {
    // Of a run that has ended there is nothing to take.
    let open = app.run.as_ref().is_some_and(|run| run.end.is_none());
    let takes = |words| if open { words } else { "" };
    let live = &mut app.ui.live;
    let before = std::mem::replace(&mut live.control, control);
    if before == live.control {
        return;
    }
    // Only whoever holds it is asked.
    if live.looks_on() {
        let asks_the_run = |dialog: &mut Dialog| dialog.asks_the_run();
        app.ui.dialog.take_if(asks_the_run);
        leaves_no_choice(app);
    }
    match app.ui.live.control.clone() {
        Control::Yours => app.ui.mention("you hold this run now"),
        Control::Theirs(who) => {
            let back = takes(match before {
                Control::Yours => "; t takes it back",
                Control::Theirs(_) | Control::Nobodys => "; t takes it",
            });
            let user = one_line(&who.user);
            app.ui
                .warn(format!("{user} has taken this run over: you watch{back}"));
        }
        Control::Nobodys => {
            let it = takes("; t takes it");
            app.ui.warn(format!("nobody holds this run: you watch{it}"));
        }
    }
}

/// A fresh checklist makes its checks by itself: they change nothing.
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
        told(app, title, &illegal.to_string());
        return Vec::new();
    }
    // They told of the run as it was.
    app.ui.report = None;
    let notice = &mut app.ui.notice;
    notice.take_if(|notice| notice.until == Until::AnythingHappens);
    // Whoever only watches is not told that somebody asked the worker for something.
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

/// What the screen makes of a record that the run has taken.
fn take_note(app: &mut App, record: &Record) -> Vec<Effect> {
    let followed = follows(app);
    match &record.body {
        // What leads back stays to be seen until somebody goes on.
        Body::PhaseEntered {
            phase: Phase::Apply,
        } if app.ui.screen == Screen::Backup => {}
        Body::PhaseEntered { phase } if followed => return show(app, Screen::of(*phase)),
        Body::RollbackStarted { .. } => {
            app.ui.preview = None;
            app.ui.live.to_read = false;
            let shown = show(app, Screen::Rollback);
            // It is a screen of the road now.
            app.ui.back.clear();
            // What was looked at in the preview is not what happens now.
            app.list_mut().selected = None;
            return shown;
        }
        Body::Finished { .. } => return show(app, Screen::Report),
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

/// Whether it is written by a worker at work: one that waits writes only who looks at it, and when its
/// waiting ends.
fn is_work(body: &Body) -> bool {
    !matches!(body, Body::ControlTaken { .. } | Body::ConfirmBy { .. })
}

/// Whether the operator looks at where the run stands, not at something else on purpose.
fn follows(app: &App) -> bool {
    match app.ui.screen {
        Screen::Checklist | Screen::Backup | Screen::Apply | Screen::Verify => true,
        // Before it has begun it is a preview, which somebody reads.
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
