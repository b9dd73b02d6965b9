//! What the questions say: what is asked, about what, and what follows from either answer.

use super::{Danger, Question, Reason, emergency, going};
use crate::{
    engine::{
        handle,
        undo_preview::{Fate, UndoPreview},
    },
    model::{
        ids::{CheckId, StepId},
        plan::{PlannedStep, StepBody},
        rule::{Action, Ask},
        units::{self, Size},
    },
    run_state::{BackupState, RunState, StepState},
    tui::{
        app::App,
        line::{Line, one_line},
        page::Page,
        screen::{apply, inputs, review, steps, verify},
        theme::Tone,
    },
};

/// Of a rollback so much is told again above its words.
const COSTS_MAX: usize = 3;

pub(super) fn reason(app: &App, about: &Reason) -> Vec<Line> {
    let (title, then) = match about {
        Reason::StepBack { to, preview } => {
            let mut all = step_back(app, to, preview);
            all.push(say_why());
            return all;
        }
        Reason::Waive(check) => (
            format!(
                "Go on although this check is not passed: {}",
                check_title(app, check)
            ),
            "The run goes on as if it had passed. The report names the waiver.",
        ),
        Reason::Skip(step) => (
            format!("Skip this step: {}", step_title(app, step)),
            what_is_skipped(app, step),
        ),
        Reason::SkipUndo(step) if is_after(app, step) => (
            format!("Skip this step of the way back: {}", step_title(app, step)),
            "It is not run, and what it starts stays stopped. The way back goes on without it.",
        ),
        Reason::SkipUndo(step) => (
            format!("Do not undo this step: {}", step_title(app, step)),
            "What it did stays. The rollback goes on with the step before it.",
        ),
    };
    let mut all = vec![
        Line::toned(Tone::Attention, title).hang(2),
        Line::empty(),
        Line::new(then),
    ];
    if let Reason::SkipUndo(step) = about {
        all.extend(stays_with(app, step));
    }
    all.push(say_why());
    all
}

fn say_why() -> Line {
    Line::new("Say why: the reason and your name go into the journal.")
}

/// What follows from a reason that was given.
pub(super) fn given(about: &Reason) -> String {
    match about {
        Reason::StepBack { preview, .. } => {
            let steps = units::count(preview.steps.len() as u64, "step");
            format!("undo {steps}, then wait")
        }
        Reason::Waive(_) => "go on in spite of it".to_owned(),
        Reason::Skip(_) => "skip it, then wait".to_owned(),
        Reason::SkipUndo(_) => "leave it as it is, and go on with the way back".to_owned(),
    }
}

/// A step that has failed may have done part of what it does.
fn what_is_skipped(app: &App, step: &StepId) -> &'static str {
    let view = app.run.as_ref().and_then(|run| run.step(step));
    match view.is_some_and(|view| matches!(view.state, StepState::Failed { .. })) {
        true => {
            "It is not run again: what it has done so far stays, and later steps may need the rest. \
             The run waits after it."
        }
        false => {
            "It is not run, and the run waits after it. Later steps may need what it would have done."
        }
    }
}

/// Whether it is a step of the way back itself.
fn is_after(app: &App, step: &StepId) -> bool {
    let run = app.run.as_ref();
    run.is_some_and(|run| run.steps_after().iter().any(|view| view.step.id == *step))
}

/// Later steps that the same restore would have taken back.
fn stays_with(app: &App, step: &StepId) -> Option<Line> {
    let run = app.run.as_ref()?;
    let undo = &run.step(step)?.step.undo;
    let with = run.steps.iter().filter(|view| view.step.undo == *undo);
    let with = with.filter(|view| run.waits_for_a_restore(view));
    let titles: Vec<String> = with.map(|view| one_line(&view.step.title)).collect();
    (!titles.is_empty()).then(|| {
        let words = format!(
            "! It would take these back too, and they stay: {}",
            titles.join(", ")
        );
        Line::toned(Tone::Attention, words).hang(2)
    })
}

/// The steps that would be undone, newest first, and what is lost by it.
fn step_back(app: &App, to: &StepId, preview: &UndoPreview) -> Vec<Line> {
    let title = format!("Undo the last steps, down to: {}", step_title(app, to));
    let mut all = vec![Line::toned(Tone::Attention, title).hang(2), Line::empty()];
    let page = Page::of(app);
    if apply::selected(&page).is_some_and(|(_, chosen)| chosen.step.id != *to) {
        let words = "! Further than the step you chose: a restore takes back what was sent to its \
                     database before that, too.";
        all.extend([Line::toned(Tone::Attention, words).hang(2), Line::empty()]);
    }
    for undo in &preview.steps {
        let row = Line::new(format!("  {}", one_line(&undo.title)));
        let becomes = format!("  {}", one_line(&undo.becomes));
        all.push(row.and(Tone::Dim, becomes).hang(4));
        let good = undo.nothing_lost.iter().map(|told| ("✓", Tone::Good, told));
        let bad = undo.warnings.iter().map(|told| ("!", Tone::Stop, told));
        all.extend(good.chain(bad).map(|(sign, tone, told)| {
            Line::toned(tone, format!("    {sign} {}", one_line(told))).hang(6)
        }));
    }
    all.extend([
        Line::empty(),
        Line::new(
            "What was done before them stays. Then they wait: run again, skip, or roll back.",
        ),
    ]);
    all
}

/// A step at which a rollback costs something.
pub struct Cost {
    pub title: String,
    pub becomes: String,
    /// It has no undo: that is what it costs, before anything else.
    pub stays: bool,
    /// What is lost or put aside.
    pub lost: Vec<String>,
}

/// What a rollback costs, step by step, newest first.
pub fn costs(app: &App) -> impl Iterator<Item = Cost> {
    let preview = app.ui.preview.iter();
    let steps = preview.flat_map(|(_, preview)| &preview.steps);
    let told = |words: &String| one_line(words);
    let costs = steps.map(move |undo| Cost {
        title: told(&undo.title),
        becomes: told(&undo.becomes),
        stays: undo.fate == Fate::Stays,
        lost: undo.warnings.iter().map(told).collect(),
    });
    costs.filter(|cost| cost.stays || !cost.lost.is_empty())
}

/// Whoever types the words that begin it has before them what is lost by it, and what stays.
pub(super) fn costs_of_a_rollback(app: &App) -> Vec<Line> {
    let costs = costs(app).filter_map(|cost| {
        let first = match cost.stays {
            true => cost.becomes,
            false => cost.lost.into_iter().next()?,
        };
        let words = format!("! {}: {first}", cost.title);
        Some(Line::toned(Tone::Stop, words).hang(2))
    });
    let mut all: Vec<Line> = costs.collect();
    if all.len() > COSTS_MAX {
        let more = all.len() - COSTS_MAX;
        all.truncate(COSTS_MAX);
        let words = format!("! and {more} more: the list above tells them");
        all.push(Line::toned(Tone::Stop, words));
    }
    all
}

pub(super) fn typed(app: &App, danger: &Danger) -> Vec<Line> {
    match danger {
        Danger::Rollback => Vec::new(),
        Danger::StepBack { to, preview, .. } => step_back(app, to, preview),
        Danger::Pull(step) => lever(app, step, "Pull this emergency step?"),
        Danger::Release(step) => lever(app, step, "Take this emergency step back?"),
        Danger::Consent(step) => {
            let mut all = vec![
                Line::toned(Tone::Stop, "The point of no return").hang(2),
                Line::empty(),
                Line::new("The next step is  ")
                    .and(Tone::Strong, step_title(app, step))
                    .hang(2),
            ];
            let view = app.run.as_ref().and_then(|run| run.step(step));
            all.extend(view.iter().flat_map(|view| steps::losses(&view.step)));
            all.push(Line::empty());
            all.push(Line::new(
                "After it a rollback cannot take it back step by step: only restoring the backup \
                 leads to the old release, and what was written in between is lost.",
            ));
            all
        }
    }
}

/// Exactly what is about to run.
fn lever(app: &App, step: &StepId, question: &str) -> Vec<Line> {
    let at = emergency::place_of(app, step);
    let mut all = vec![Line::toned(Tone::Stop, question), Line::empty()];
    all.extend(emergency::detail(app, at).lines.into_iter().skip(1));
    all
}

pub(super) fn sure(app: &App, question: &Question) -> Vec<Line> {
    let two = |question: String, then: &str| {
        vec![
            Line::toned(Tone::Strong, question).hang(2),
            Line::empty(),
            Line::new(then),
        ]
    };
    match question {
        Question::Leave => {
            let mut all = two("Leave switchback?".into(), &leaving(app));
            if leaves_a_run(app) {
                all.push(Line::empty());
                all.extend(going::coming_back(app));
            }
            all
        }
        Question::TakeOver => match &app.ui.live.holder {
            Some(who) => two(
                format!(
                    "Take this run from {}, process {}?",
                    one_line(&who.user),
                    who.pid
                ),
                "You decide from then on, and they watch. Your name goes into the journal.",
            ),
            None => two(
                "Take this run? Nobody holds it.".into(),
                "You decide from then on. Your name goes into the journal.",
            ),
        },
        Question::Interrupt(step) => {
            let (what, then) = match only_waits(app, step) {
                true => (
                    "End this waiting",
                    "It only waits and looks: nothing of the product is killed, and",
                ),
                false => (
                    "End this command",
                    "It is killed with everything it started, and",
                ),
            };
            two(
                format!("{what} now? {}", step_title(app, step)),
                &format!("{then} {}.", what_fails(app, step)),
            )
        }
        Question::Judge { step, done } => {
            let (said, then) = judged(is_undo(app, step), *done);
            two(
                format!("{}: you say that it {said}?", step_title(app, step)),
                &format!("{then} Your name goes into the journal."),
            )
        }
        Question::Abandon => two(
            "Give up this run?".into(),
            "Nothing has been written to the product. This run cannot be gone on with then: its journal \
             stays, and a new run can be planned.",
        ),
        Question::Begin(ask) => begin(app, ask),
        Question::Replace(name) => {
            let replaced = app.ui.input(name).and_then(inputs::replaced);
            two(
                format!("Make another value for {name}?"),
                &format!("It replaces this one: {}.", replaced.unwrap_or_default()),
            )
        }
        Question::Finish => {
            let run = app.run.as_ref();
            let confirmed = match run.is_some_and(RunState::must_be_confirmed) {
                true => " It does not go back by itself any more.",
                false => "",
            };
            let how_long = match app.is_sample() {
                true => ", until you leave this sample",
                false => "",
            };
            let mut all = two(
                "End the run?".into(),
                &format!(
                    "The upgrade is done then: no check is made again, and no step is retried or undone \
                     alone.{confirmed} The backup stays: the whole upgrade can still be taken \
                     back{how_long}."
                ),
            );
            all.extend(run.and_then(verify::left_to_do));
            all
        }
        Question::Confirm(step) => {
            let run = app.run.as_ref();
            let asked = run.and_then(|run| steps::asked(run.step(step)?));
            let mut all = vec![Line::toned(Tone::Strong, step_title(app, step)).hang(2)];
            if let (Some(run), Some(ask)) = (run, asked) {
                all.extend(apply::asked(run, ask));
            }
            all.push(Line::empty());
            all.push(Line::new(if asked.is_some_and(Ask::is_question) {
                "You agree, and the run goes on. Your name goes into the journal."
            } else {
                "You have done it, and the run goes on. Your name goes into the journal."
            }));
            all
        }
    }
}

/// Before the first change: how far it goes, and who is not served meanwhile.
fn begin(app: &App, ask: &handle::Ask) -> Vec<Line> {
    let Some(run) = &app.run else {
        return Vec::new();
    };
    let how_far = match ask {
        handle::Ask::ApplyOne => "1 step is run, and the run waits after it.".to_owned(),
        _the_road => match run.next_step() {
            Some(next) => format!("What is run: {}.", apply::how_far(run, next)),
            None => String::new(),
        },
    };
    let mut all = vec![
        Line::toned(Tone::Strong, "Change the product now?"),
        Line::empty(),
        Line::toned(Tone::Strong, how_far),
    ];
    all.extend(writes(run));
    let next = run.next_step().map(|view| one_line(&view.step.title));
    all.extend(next.map(|title| Line::new(format!("It begins with: {title}")).hang(2)));
    let first = run.next_step().map(|view| &view.step);
    let (stops, when) = match ask {
        handle::Ask::ApplyOne => (run.plan.stopped_by(first.into_iter()), "by it"),
        _the_road => (run.plan.stopped_by(run.plan.steps.iter()), "on the way"),
    };
    if !stops.is_empty() {
        let words = format!("! Stopped {when}: {}.", one_line(&stops.join(", ")));
        all.push(Line::toned(Tone::Attention, words).hang(2));
    }
    all.extend(waived(run));
    if let BackupState::Verified(verified) = &run.backup {
        let bytes = Size::from_bytes(verified.bytes);
        let files = units::count(verified.files, "item");
        all.push(Line::new(format!(
            "The backup is verified: {files}, {bytes} on disk. Nothing was changed until now; after it b \
             leads back."
        )));
    }
    all
}

/// How the findings of the review and the steps of the run hang together.
fn writes(run: &RunState) -> Option<Line> {
    let plan = &run.plan;
    let extent = review::extent(&plan.findings, &plan.decisions)?;
    let write = |step: &&PlannedStep| !matches!(step.body, StepBody::Do(_));
    let (write, all) = (plan.steps.iter().filter(write).count(), plan.steps.len());
    let verb = if write == 1 { "does" } else { "do" };
    let words = format!("{extent}; {write} of the run's {all} steps {verb} that.");
    Some(Line::new(words).hang(2))
}

/// What nobody knows to be fine, said once more while that costs nothing.
fn waived(run: &RunState) -> Option<Line> {
    let checks = run.plan.checklist.iter();
    let waived = checks.filter(|check| {
        let view = run.checks.get(&check.id);
        view.is_some_and(|view| view.waived.is_some())
    });
    let titles: Vec<String> = waived.map(|check| one_line(&check.check.title)).collect();
    let words = || format!("! Waived, and not seen to be fine: {}.", titles.join("; "));
    (!titles.is_empty()).then(|| Line::toned(Tone::Attention, words()).hang(2))
}

/// Whether it looks at something until it is so, and starts nothing.
fn only_waits(app: &App, step: &StepId) -> bool {
    let view = app.run.as_ref().and_then(|run| run.step(step));
    let body = view.map(|view| &view.step.body);
    matches!(body, Some(StepBody::Do(Action::Wait(_))))
}

/// What becomes of a step whose command is ended, and what can be chosen then.
fn what_fails(app: &App, step: &StepId) -> &'static str {
    let run = app.run.as_ref();
    let view = run.and_then(|run| run.step(step));
    let undone = view.is_some_and(|view| view.state == StepState::Undoing);
    let goes_back = run.is_some_and(|run| run.rollback.is_some());
    if run.is_some_and(|run| run.emergency_step(step).is_some()) {
        return match undone {
            true => "it is not taken back then, or in part; it can be tried again",
            false => "the emergency step fails. It may have done part, and can be pulled again",
        };
    }
    match (undone, goes_back) {
        (true, _) => "its undo fails. Then you choose: retry, or skip: what it did stays",
        (false, true) => "the step fails. The way back waits then; you choose: retry, skip",
        (false, false) => "the step fails. Then you choose: retry, skip, roll back",
    }
}

/// What goes on when the operator leaves.
pub fn leaving(app: &App) -> String {
    let words = match &app.run {
        // What other terminals began since is not known here.
        None if let Some(closed) = &app.ui.closed => return format!("You hold no run. {closed}"),
        None => "You started no run: nothing has been changed from here.",
        Some(run) if run.end.is_some() && app.is_sample() => {
            "The run has ended. Its services end with this sample: then it can only be looked at."
        }
        Some(run) if run.end.is_some() => "The run has ended. Its report stays in its folder.",
        Some(run) if app.ui.live.watch_only || app.ui.live.gone() => {
            return format!("{}{}", looking_on(app, run), stays_stopped(run));
        }
        Some(run) if run.confirm_by_ms().is_some() => {
            "The run waits, and goes back by itself when its time is over."
        }
        Some(_) => "The run stays as it is and waits.",
    };
    let stopped = app.run.as_ref().map(stays_stopped);
    format!("{words}{}", stopped.unwrap_or_default())
}

/// What becomes of a run that somebody looks at who does not hold it.
fn looking_on(app: &App, run: &RunState) -> String {
    let live = &app.ui.live;
    let works = app.working();
    match &live.holder {
        _ if live.gone() => "Nobody is at work on the run: it stays as it is.".to_owned(),
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
            "Nobody holds the run: it goes on to its next question, and waits there.".to_owned()
        }
        None if run.confirm_by_ms().is_some() => {
            "Nobody holds the run: it goes back by itself when its time is over.".to_owned()
        }
        None => "Nobody holds the run: it stays as it is and waits.".to_owned(),
    }
}

/// What is not served behind the operator.
fn stays_stopped(run: &RunState) -> String {
    match run.stopped_titles() {
        stopped if stopped.is_empty() => String::new(),
        stopped => format!(" Stopped, and it stays so: {}.", stopped.join(", ")),
    }
}

/// A run stays open behind the operator.
fn leaves_a_run(app: &App) -> bool {
    let run = app.run.as_ref();
    run.is_some_and(|run| run.end.is_none()) && app.ui.playing.is_none()
}

fn step_title(app: &App, step: &StepId) -> String {
    let view = app.run.as_ref().and_then(|run| run.step(step));
    view.map_or_else(|| step.to_string(), |view| one_line(&view.step.title))
}

fn check_title(app: &App, check: &CheckId) -> String {
    let found = app.run.as_ref().and_then(|run| run.plan.check(check));
    found.map_or_else(
        || check.to_string(),
        |planned| one_line(&planned.check.title),
    )
}

/// Whether it is the undo of a step that nobody knows the end of.
fn is_undo(app: &App, step: &StepId) -> bool {
    let view = app.run.as_ref().and_then(|run| run.step(step));
    view.is_some_and(|view| matches!(view.state, StepState::UndoFailed { .. }))
}

/// What a person says of an end that nobody knows, and what comes of it.
fn judged(undo: bool, done: bool) -> (&'static str, &'static str) {
    match (undo, done) {
        (true, true) => ("is undone", "The way back goes on behind it."),
        (true, false) => (
            "is not undone",
            "It counts as failed: then you choose retry or skip.",
        ),
        (false, true) => ("was done", "The run goes on after it and does not run it."),
        (false, false) => (
            "was not done",
            "It counts as failed: then you choose retry, skip or roll back.",
        ),
    }
}
