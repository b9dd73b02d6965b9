//! The dialog of the run's emergency steps: what each does, what became of it, and what can be done
//! with it now.

use super::{Danger, Dialog, Question};
use crate::{
    engine::link::handle::Ask,
    model::ids::StepId,
    rules::deed,
    run_state::{Back, Road, RunState, StepStatus, StepView},
    tui::{
        app::App,
        keymap::{self, Command},
        line::{Line, one_line},
        live::Worker,
        page::Detail,
        screen::steps,
        theme::Tone,
    },
};

/// The step at an index of the list; the last one if the list is shorter.
pub fn selected(app: &App, at: usize) -> Option<(&RunState, &StepView)> {
    let run = app.run.as_ref()?;
    let view = run.emergency.get(at).or(run.emergency.last())?;
    Some((run, view))
}

/// The dialog, with the first pulled step selected, if there is one.
pub fn list(app: &App) -> Dialog {
    let pulled = app.run.iter().flat_map(RunState::in_force).next();
    let at = pulled.map_or(0, |view| place_of(app, &view.step.id));
    Dialog::Emergency { at }
}

pub fn place_of(app: &App, id: &StepId) -> usize {
    let all = app.run.iter().flat_map(|run| &run.emergency);
    all.into_iter()
        .position(|view| view.step.id == *id)
        .unwrap_or(0)
}

/// The words to type for what Enter does.
pub fn chosen(app: &App, at: usize) -> Option<Dialog> {
    let (run, view) = selected(app, at).filter(|_| is_free(app))?;
    run.may_pull(&view.step.id).ok()?;
    Some(Dialog::typed(Danger::Pull(view.step.id.clone())))
}

pub fn taken_back(app: &App, at: usize) -> Option<Dialog> {
    let (run, view) = selected(app, at).filter(|_| is_free(app))?;
    run.may_release(&view.step.id).ok()?;
    Some(Dialog::typed(Danger::Release(view.step.id.clone())))
}

/// The question for a person's verdict on an unknown outcome.
pub fn judged(app: &App, at: usize, done: bool) -> Option<Dialog> {
    let (run, view) = selected(app, at).filter(|_| app.can_ask())?;
    let step = view.step.id.clone();
    run.may_judge(&step).ok()?;
    Some(Dialog::Sure(Question::Judge { step, done }))
}

/// The question whether to end the running command that an emergency step would wait for.
pub fn interrupted(app: &App) -> Option<Dialog> {
    let running = steps::at_work_on(app).filter(|_| can_act(app))?;
    Some(Dialog::Sure(Question::Interrupt(running.step.id.clone())))
}

/// Unlike anything else, this may be asked while the worker is at work.
fn can_act(app: &App) -> bool {
    let live = &app.ui.live;
    !live.looks_on() && !live.gone()
}

fn is_free(app: &App) -> bool {
    can_act(app) && app.ui.live.queued.is_none()
}

/// Asks for it at once; behind a running step it is queued, and the dialog says so.
pub fn send(app: &mut App, ask: Ask, id: StepId) -> Ask {
    if app.working() {
        app.ui.live.queued = Some(id.clone());
    }
    app.ui.live.worker = Worker::Works;
    let at = place_of(app, &id);
    app.open_dialog(Dialog::Emergency { at });
    ask
}

pub fn detail(app: &App, at: usize) -> Detail {
    let Some((run, view)) = selected(app, at) else {
        return Detail::default();
    };
    let mut lines = vec![Line::toned(
        Tone::Stop,
        "Emergency steps: nothing here runs by itself",
    )];
    lines.extend(run.emergency.iter().enumerate().map(|(n, one)| {
        // In lines it is selected by its number.
        let number = app.ui.in_lines.then_some(n + 1);
        row(one, number, one.step.id == view.step.id)
    }));
    lines.push(Line::empty());
    let (does, undo) = (
        deed::of_step(&run.plan, &view.step),
        deed::undo(&run.plan, &view.step),
    );
    lines.extend(steps::deed_lines(Tone::Strong, &does));
    lines.extend(steps::deed_lines(Tone::Dim, &undo));
    lines.extend(
        view.step
            .because
            .as_deref()
            .map(|why| Line::new(one_line(why)).hang(2)),
    );
    lines.extend(steps::losses(&view.step));
    lines.extend(became(run, view));
    lines.extend(waiting(app));
    lines.extend(steps::output(app, view, 3));
    Detail::of(lines)
}

fn row(view: &StepView, number: Option<usize>, selected: bool) -> Line {
    let (sign, tone) = match view.status() {
        StepStatus::Road(Road::Waiting(_)) | StepStatus::Back(Back::Undone { .. }) => {
            ("·", Tone::Plain)
        }
        StepStatus::Road(Road::Done { .. }) if view.is_over() => ("✓", Tone::Plain),
        StepStatus::Road(Road::Done { .. }) | StepStatus::Back(Back::Failed { .. }) => {
            ("!", Tone::Stop)
        }
        StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. }) => {
            ("⟳", Tone::Accent)
        }
        StepStatus::Road(Road::Failed(_)) => ("✗", Tone::Stop),
        StepStatus::Road(Road::Unknown { .. }) => ("?", Tone::Stop),
        StepStatus::Road(Road::Skipped(_) | Road::WillNotRun { .. })
        | StepStatus::Back(Back::Skipped(_)) => ("·", Tone::Dim),
    };
    let (title, word) = (one_line(&view.step.title), view.emergency_word());
    if let Some(number) = number {
        return Line::new(format!("{number:>3}  {title}: {word}")).hang(5);
    }
    let mark = if selected { "▸ " } else { "  " };
    Line::toned(Tone::Accent, mark)
        .and(tone, format!("{sign} {title}"))
        .and(Tone::Dim, format!("  {word}"))
        .hang(4)
}

fn became(run: &RunState, view: &StepView) -> Vec<Line> {
    let mut all = Vec::new();
    if let Some(pulled) = view.pulled.as_ref().filter(|_| view.is_pulled()) {
        let by = one_line(&pulled.by.user);
        all.push(match view.is_over() {
            true => Line::new(format!("pulled by {by}; nothing of it is in force")),
            false => Line::toned(Tone::Attention, format!("! pulled by {by}")),
        });
    }
    if view.is_overtaken() && !view.is_over() {
        let words = "Steps have run since: it may no longer be in effect. Pulling it again checks \
                     that first, if the pack says how.";
        all.push(Line::warning(words));
    }
    all.extend(view.because().map(|told| Line::new(one_line(told)).hang(2)));
    all.extend(run.hint(view).map(|hint| {
        Line::toned(Tone::Accent, "▸ hint: ")
            .and(Tone::Plain, one_line(&hint.remedy))
            .hang(2)
    }));
    all
}

/// What an emergency step waits for, or would wait for.
fn waiting(app: &App) -> Option<Line> {
    let running = steps::at_work_on(app).map(|view| one_line(&view.step.title));
    let interrupt = keymap::on_a_question(app, Command::Interrupt);
    let words = match (&app.ui.live.queued, running) {
        (Some(_), Some(running)) => format!(
            "queued: it starts when `{running}` has ended; {interrupt} ends that now. Then the \
             run waits."
        ),
        (Some(_), None) => "queued after what the worker is doing now".to_owned(),
        (None, Some(running)) => {
            format!(
                "`{running}` is running: what you pull starts after it, or {interrupt} ends \
                     it now"
            )
        }
        (None, None) => return None,
    };
    Some(Line::warning(words))
}

/// What Enter does, in words; then the alternatives, each under its name.
pub fn enter(app: &App, at: usize) -> Vec<String> {
    let (says, beside) = says(app, at);
    let beside = beside.iter();
    let beside =
        beside.map(|(command, does)| format!("{}: {does}", keymap::on_a_question(app, *command)));
    std::iter::once(says).chain(beside).collect()
}

fn says(app: &App, at: usize) -> (String, &'static [(Command, &'static str)]) {
    let live = &app.ui.live;
    if live.looks_on() {
        let back = keymap::on_a_question(app, Command::Close);
        let take = keymap::letter(Command::TakeOver);
        let says =
            format!("Enter: nothing — you only watch; {back}, then {take} takes the run over");
        return (says, &[]);
    }
    if live.gone() {
        let says = "Enter: nothing — the worker has ended; go back to the run first";
        return (says.into(), &[]);
    }
    let Some((run, view)) = selected(app, at) else {
        return ("Enter: back".into(), &[]);
    };
    let (says, beside): (&str, &[(Command, &str)]) = match (&live.queued, view.must_be_judged()) {
        (Some(_), _) => ("Enter: nothing — it is queued", &[]),
        (None, true) if view.undo_failed() => (
            "Enter: nothing — look first, then say what you found",
            &[
                (Command::WasDone, "it is taken back"),
                (Command::WasNotDone, "it is not"),
            ],
        ),
        (None, true) => (
            "Enter: nothing — look first, then say what you found",
            &[
                (Command::WasDone, "it was done"),
                (Command::WasNotDone, "it was not"),
            ],
        ),
        (None, false) if view.is_pulled() && run.may_pull(&view.step.id).is_ok() => {
            let take_back: &[_] = match run.may_release(&view.step.id) {
                Ok(()) => &[(Command::TakeBack, "take it back")],
                Err(_) => &[],
            };
            (
                "Enter: asks for typed words, then pulls it again",
                take_back,
            )
        }
        (None, false) if run.may_pull(&view.step.id).is_ok() => (
            "Enter: asks for typed words, then pulls it",
            &[(Command::Close, "back, nothing happens")],
        ),
        (None, false) if run.may_release(&view.step.id).is_ok() => (
            "Enter: nothing — it is pulled",
            &[(Command::TakeBack, "take it back")],
        ),
        (None, false) => {
            let says = format!("Enter: nothing — {}", view.emergency_word());
            return (says, &[]);
        }
    };
    (says.into(), beside)
}
