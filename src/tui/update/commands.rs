//! What the commands of the keymap do while no question is open.

use super::{
    asks, moves,
    selection::select,
    views::{call, show, want},
};
use crate::{
    engine::{link::handle::Ask, undo_preview::WayBack},
    model::record::Phase,
    tui::{
        app::{App, Effect, Focus, Outcome, Screen},
        call::Call,
        dialog::{Dialog, Question, going},
        field::Field,
        keymap::{self, Command},
        page::{Act, Page, RowKey},
        road,
        screen::{self, apply},
    },
};
use crossterm::event::KeyEvent;

pub fn carry_out(app: &mut App, command: Command) -> Vec<Effect> {
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
        _about_the_selected_row => return on_the_row(app, command),
    }
    Vec::new()
}

/// Acts on the selected row; the keymap says what the command does there, if anything.
fn on_the_row(app: &mut App, command: Command) -> Vec<Effect> {
    let page = Page::of(app);
    let Some(asked) = keymap::act(&page, command) else {
        return Vec::new();
    };
    // The taken row may move elsewhere: keep it selected, so that a repeated key does not take the
    // row that replaces it.
    if command == Command::Choose {
        let chosen = page.selected.clone();
        app.list_mut().selected = chosen;
    }
    act(app, asked)
}

/// Says that a key does nothing: whoever pressed it expected something.
pub fn in_vain(app: &mut App, key: KeyEvent, cure: &str) {
    let name = keymap::name(key);
    app.ui.mention(format!("{name} does nothing here; {cure}"));
    app.ui.passes_with_the_moment();
}

pub fn help(app: &mut App) {
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

pub fn act(app: &mut App, act: Act) -> Vec<Effect> {
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
            asks::not_done(app, &why);
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

pub fn outcome(app: &App) -> Outcome {
    match &app.run {
        None => Outcome::NothingStarted,
        Some(_) if app.ui.live.to_read => Outcome::NothingStarted,
        Some(run) if run.is_stuck() => Outcome::LeftStuck,
        Some(run) => run.ended().map_or(Outcome::LeftRun, Outcome::Ended),
    }
}
