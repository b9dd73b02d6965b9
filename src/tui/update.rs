//! The only place that changes the [`App`]: a message in, effects out. No I/O, no waiting.

mod answers;
mod asks;
mod events;
mod moves;
mod said;
mod typing;

pub(super) use answers::tell_damage;

use super::{
    app::{App, Effect, Focus, ListState, Msg, Outcome, Screen},
    call::Call,
    dialog::{Dialog, Question, going},
    field::Field,
    keymap::{self, Command},
    page::{Act, Page, RowKey},
    road,
    screen::{self, apply},
    view::areas,
    widget::footer,
};
use crate::{
    engine::{
        link::handle::{Ask, Event},
        undo_preview::WayBack,
    },
    model::{record::Phase, text::sanitize},
};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release || app.ui.deaf => Vec::new(),
        // The worker runs on while this program is stopped.
        Msg::Key(key) if keymap::is_suspend(key) => vec![Effect::Suspend],
        Msg::Suspend => vec![Effect::Suspend],
        Msg::Key(key) if keymap::is_repaint(key) => vec![Effect::Repaint],
        // An Esc must not be lost because another key followed too fast; that key has to be pressed
        // again.
        Msg::Key(key) if keymap::is_behind_escape(key) && !types(app) => {
            let effects = update(app, Msg::Key(KeyCode::Esc.into()));
            let late = key.code;
            app.ui.mention(format!(
                "Esc was taken; {late} came too soon after it, and was ignored"
            ));
            effects
        }
        Msg::Key(key) => {
            app.ui.notice = None;
            match app.ui.dialog {
                Some(_) => typing::key(app, key),
                None => browse(app, key),
            }
        }
        // A click answers no question and confirms nothing: the mouse only looks around.
        Msg::Mouse(_) if app.ui.deaf || app.ui.dialog.is_some() => Vec::new(),
        Msg::Mouse(mouse) => {
            app.ui.notice = None;
            match keymap::wheel(mouse.kind) {
                Some(command) => return carry_out(app, command),
                None => moves::point(app, (mouse.column, mouse.row)),
            }
            Vec::new()
        }
        Msg::Paste(text) => typing::paste(app, &text),
        Msg::Said(line) => said::said(app, line.as_ref().map(|line| line.as_str())),
        Msg::Resize(columns, rows) => {
            app.ui.size = (columns, rows);
            Vec::new()
        }
        Msg::Done(became) => {
            match became {
                Ok(words) => app.ui.mention(words),
                Err(why) => app.ui.warn(why),
            }
            Vec::new()
        }
        Msg::Now { now_ms } => {
            app.ui.live.now_ms = app.ui.live.now_ms.max(now_ms);
            Vec::new()
        }
        Msg::Tick { now_ms } => {
            app.ui.live.sent = None;
            update(app, Msg::Now { now_ms })
        }
        Msg::Answer(answer) => {
            app.ui.unseen = true;
            answers::answer(app, *answer)
        }
        Msg::Run { event, now_ms } => {
            app.ui.unseen |= matches!(event, Event::Record(_) | Event::Gone(_));
            app.ui.live.now_ms = app.ui.live.now_ms.max(now_ms);
            events::event(app, event)
        }
    }
}

/// Whether text is being typed, which Esc would discard.
fn types(app: &App) -> bool {
    let dialog = app.ui.dialog.as_ref();
    dialog.is_some_and(|dialog| dialog.field().is_some())
}

fn browse(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    match keymap::command(&Page::of(app), key) {
        Some(command) => carry_out(app, command),
        None => {
            let cure = match app.ui.screen == Screen::Help {
                true => "Esc leaves this page",
                false => "? shows the keys that do something",
            };
            in_vain(app, key, cure);
            Vec::new()
        }
    }
}

/// Says that a key does nothing: whoever pressed it expected something.
fn in_vain(app: &mut App, key: KeyEvent, cure: &str) {
    let name = keymap::name(key);
    app.ui.mention(format!("{name} does nothing here; {cure}"));
    app.ui.passes_with_the_moment();
}

fn carry_out(app: &mut App, command: Command) -> Vec<Effect> {
    match command {
        Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::Home
        | Command::End
        | Command::Into
        | Command::Out
        | Command::Fold
        | Command::OtherPane => moves::travel(app, command),
        // The screen says already that Enter has to wait.
        Command::Enter if app.ui.busy().is_some() => {}
        Command::Enter => {
            let enter = Page::of(app).enter();
            return act(app, enter.act);
        }
        Command::Back => return back(app),
        Command::Filter => {
            let mut field = Field::default();
            // The text came from a field or from one line of a terminal, so it fits.
            let _it_fits = field.insert(&app.list().filter);
            app.ui.dialog = Some(Dialog::Filter(field));
        }
        Command::Diff => {
            app.visit(Screen::Diff);
            return want(app);
        }
        Command::Output => read_output(app),
        Command::Runs => app.visit(Screen::Runs),
        Command::Help => help(app),
        Command::Leave if app.working() && !app.ui.live.looks_on() => {
            app.open_dialog(going::question(app));
        }
        Command::Leave => app.open_dialog(Dialog::Sure(Question::Leave)),
        Command::TakeOver => app.open_dialog(Dialog::Sure(Question::TakeOver)),
        Command::Before => return walk(app, false),
        Command::After => return walk(app, true),
        Command::Export => return call(app, Call::Export),
        Command::Copy => return vec![Effect::Copy(screen::copied(&Page::of(app)))],
        Command::Play(play) => return call(app, Call::Play(play)),
        Command::LookAgain => return call(app, Call::Look),
        Command::Shell => return call(app, Call::Shell),
        Command::Choose
        | Command::Decide
        | Command::Mark
        | Command::Unmark
        | Command::Generate
        | Command::Edit
        | Command::Fix
        | Command::Retry
        | Command::Waive
        | Command::Skip
        | Command::PutAside
        | Command::StepBack
        | Command::WasDone
        | Command::WasNotDone
        | Command::OneStep
        | Command::Pause
        | Command::Interrupt
        | Command::MoreTime
        | Command::Rollback
        | Command::Emergency
        | Command::Watch => {
            let page = Page::of(app);
            if let Some(asked) = keymap::act(&page, command) {
                // The taken row may move elsewhere: keep it selected, so that a repeated key does
                // not take the row that replaces it.
                if command == Command::Choose {
                    let chosen = page.selected.clone();
                    app.list_mut().selected = chosen;
                }
                return act(app, asked);
            }
        }
        // Commands of a question, and none is open.
        Command::Close
        | Command::Yes
        | Command::Go(_)
        | Command::TakeBack
        | Command::EmptyLine
        | Command::Reveal => {}
    }
    Vec::new()
}

fn help(app: &mut App) {
    app.ui.helped = keymap::meant(&Page::of(app));
    app.ui.helped_at = None;
    app.visit(Screen::Help);
}

/// Shows the output at the end of the selected step's part; without one, at its end.
fn read_output(app: &mut App) {
    let page = Page::of(app);
    let step = apply::selected(&page).map(|(_, view)| view.step.id.as_str());
    let last = step.and_then(|step| app.ui.live.output.tail(step, 1).pop());
    let line = last.map(|line| RowKey::Line(line.number));
    app.visit(Screen::Output);
    if let Some(line) = line {
        select(app, line);
    }
}

fn act(app: &mut App, act: Act) -> Vec<Effect> {
    match act {
        Act::Nothing => Vec::new(),
        Act::Call(request) => call(app, request),
        Act::Ask(ask) => asks::send(app, ask),
        // No record tells of the pause before the step has ended.
        Act::Pause => {
            let next = match app.run.as_ref().map(|run| run.phase) {
                Some(Phase::Checklist | Phase::Verify) => "check",
                Some(Phase::Backup | Phase::Apply | Phase::Rollback) | None => "step",
            };
            app.ui
                .mention(format!("the run stops before its next {next}"));
            app.ui.passes_with_the_work();
            vec![Effect::Ask(Ask::Pause)]
        }
        Act::StepBack(first) => match app.run.clone() {
            Some(run) => call(app, Call::Preview(Box::new(run), WayBack::DownTo(first))),
            None => Vec::new(),
        },
        Act::Show(screen) => show(app, screen),
        Act::Visit(screen) => {
            app.visit(screen);
            Vec::new()
        }
        Act::Open(dialog) => {
            app.open_dialog(dialog);
            asks::look_again(app).unwrap_or_default()
        }
        Act::Refuse(why) => {
            not_done(app, &why);
            Vec::new()
        }
        Act::Select(key) => {
            moves::uncover(app, &key);
            select(app, key);
            Vec::new()
        }
        Act::Back => back(app),
        Act::Quit => vec![Effect::Quit(outcome(app))],
    }
}

/// Says why nothing was done; a reason too long for the last lines opens a dialog.
fn not_done(app: &mut App, why: &str) {
    app.ui.warn(format!("not done: {why}"));
    let fits = app.ui.in_lines || footer::holds(&app.ui);
    if !fits && app.ui.dialog.is_none() {
        app.ui.notice = None;
        let title = "Not done".to_owned();
        let text = sanitize(why);
        app.open_dialog(Dialog::Told { title, text });
    }
}

/// Opens a dialog with a message that needs more than a line.
fn told(app: &mut App, title: &str, text: &str) {
    app.open_dialog(Dialog::Told {
        title: title.to_owned(),
        text: sanitize(text),
    });
}

/// Calls the backend, unless it is busy with another call.
fn call(app: &mut App, request: Call) -> Vec<Effect> {
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
fn show(app: &mut App, screen: Screen) -> Vec<Effect> {
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
fn want(app: &mut App) -> Vec<Effect> {
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

/// Goes back by one: from the detail, the filter, the screen, or a run that has ended.
fn back(app: &mut App) -> Vec<Effect> {
    let helped_at = app.ui.helped_at.filter(|_| app.ui.screen == Screen::Help);
    if app.ui.focus == Focus::Detail {
        app.ui.focus = Focus::List;
        app.ui.detail_top = 0;
    } else if !app.list().filter.is_empty() {
        app.list_mut().filter.clear();
    } else if app.go_back() {
        if let Some(at) = helped_at {
            app.open_dialog(Dialog::Emergency { at });
        }
        if app.run.is_some() && app.ui.screen.chooses_a_run() {
            return put_away(app);
        }
        return want(app);
    } else if app.ui.playing.is_none()
        && let Some(run) = &app.run
    {
        if run.end.is_some() || app.ui.live.to_read {
            if app.ui.screen != Screen::Report {
                return show(app, Screen::Report);
            }
            app.show(Screen::Start);
            return put_away(app);
        }
        let phase = run.phase;
        return show(app, Screen::of(phase));
    } else if matches!(app.ui.screen, Screen::Review | Screen::Inputs) {
        return walk(app, false);
    }
    Vec::new()
}

/// Closes a run and returns to the screen where it was chosen.
fn put_away(app: &mut App) -> Vec<Effect> {
    let has_ended = app.run.as_ref().is_some_and(|run| run.end.is_some());
    let over = has_ended || app.ui.live.to_read;
    app.close();
    // One that was only watched goes on or waits as before.
    if !over {
        return vec![Effect::LetGo];
    }
    // The worker locks the product, which the next run must find free.
    let mut effects = vec![Effect::Ask(Ask::Leave)];
    effects.extend(call(app, Call::Look));
    effects
}

/// Shows the neighbouring screen on the road.
fn walk(app: &mut App, forward: bool) -> Vec<Effect> {
    match road::beside(app, forward) {
        Some(screen) => show(app, screen),
        None => Vec::new(),
    }
}

fn outcome(app: &App) -> Outcome {
    match &app.run {
        None => Outcome::NothingStarted,
        Some(_) if app.ui.live.to_read => Outcome::NothingStarted,
        Some(run) if run.is_stuck() => Outcome::LeftStuck,
        Some(run) => run.ended().map_or(Outcome::LeftRun, Outcome::Ended),
    }
}

/// Scrolls the list so that the selected row stays visible.
fn keep_in_view(app: &mut App) {
    let top = areas::list_top(&Page::of(app));
    let list: &mut ListState = app.list_mut();
    list.top = top;
}

/// Selects a row; selecting the screen's current row means following it.
fn select(app: &mut App, key: RowKey) {
    let choice = Choice::of(Page::of(app), key);
    choice.make(app);
}

/// A selection to be made, and its effect on the screen.
struct Choice {
    /// `None` follows the screen's current row.
    selected: Option<RowKey>,
    changes: bool,
    top: usize,
}

impl Choice {
    fn of(mut page: Page<'_>, key: RowKey) -> Self {
        let follows = page.current.as_ref() == Some(&key);
        let changes = page.selected.as_ref() != Some(&key);
        page.selected = Some(key.clone());
        Self {
            selected: (!follows).then_some(key),
            changes,
            top: areas::list_top(&page),
        }
    }

    fn make(self, app: &mut App) {
        let list = app.list_mut();
        (list.selected, list.top) = (self.selected, self.top);
        if self.changes {
            app.ui.detail_top = 0;
        }
    }
}
