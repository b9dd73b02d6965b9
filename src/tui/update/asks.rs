//! Commands that ask something of a run, of an input or of a finding.

use super::{call, not_done};
use crate::{
    engine::{
        link::handle::Ask,
        undo_preview::{UndoPreview, WayBack},
    },
    model::units::Span,
    tui::{
        app::{App, Effect, Screen},
        backend::OpenRun,
        call::Call,
        dialog::{Dialog, LastSteps, Question, Reason, emergency},
        field::Field,
        keymap::Command,
        live::Worker,
        page::{Act, Page, RowKey},
        preview::Preview,
        screen::{apply, inputs, keys, steps},
    },
};

/// Sends an ask; until the worker answers it is at work.
pub fn send(app: &mut App, ask: Ask) -> Vec<Effect> {
    if !app.can_ask() {
        let live = &app.ui.live;
        match (live.gone(), live.looks_on()) {
            (true, _) => {
                let why = "not now: no worker is at work on this run; Enter takes it up";
                app.ui.warn(why);
            }
            (false, true) => {
                let why = "not now: somebody else holds this run; t takes it over";
                app.ui.warn(why);
            }
            (false, false) => {
                app.ui.warn("not now: the worker is at work");
                app.ui.passes_with_the_work();
            }
        }
        return Vec::new();
    }
    // Said at once: on a slow line the worker's word would come late.
    if let Some(Err(why)) = app.run.as_ref().map(|run| ask.may(run)) {
        not_done(app, &why);
        return Vec::new();
    }
    // The next one is not marked by a key that was pressed twice, unread: it takes its own mark back.
    if let Ask::Tick(check) = &ask {
        // In lines a mark is a word that nobody says twice in vain: the next open row is told.
        let stays = (!app.ui.in_lines).then(|| RowKey::Check(check.clone()));
        app.list_mut().selected = stays;
    }
    if runs_steps(&ask) {
        // Whoever has the steps run sees the one that runs, and above all the one that fails.
        app.list_mut().selected = None;
    }
    match &ask {
        Ask::Apply | Ask::Retry(_) | Ask::FixAndRetry(_) | Ask::Consent(_) | Ask::Confirm(_) => {
            app.ui.live.agreed = true;
        }
        Ask::ApplyOne | Ask::StepBack { .. } => app.ui.live.agreed = false,
        Ask::Recheck(check) | Ask::Fix(check) => app.ui.live.begins(check.clone()),
        _says_nothing_of_what_follows => {}
    }
    app.ui.live.worker = Worker::Works;
    app.ui.live.progress = None;
    vec![Effect::Ask(ask)]
}

fn runs_steps(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Apply
            | Ask::ApplyOne
            | Ask::Retry(_)
            | Ask::FixAndRetry(_)
            | Ask::Skip { .. }
            | Ask::Judge { .. }
            | Ask::Confirm(_)
            | Ask::Consent(_)
            | Ask::StepBack { .. }
            | Ask::SkipUndo { .. }
            | Ask::RetryUndo
    )
}

/// Asks why the last steps are undone, below what becomes of each. If the run or the operator has
/// gone on meanwhile, it was about something else.
pub fn step_back(app: &mut App, seq: u64, first: usize, undo: UndoPreview) {
    let page = Page::of(app);
    let still = apply::selected(&page).filter(|(run, view)| {
        run.seq == seq && run.back_to(&view.step.id) == first && app.ui.dialog.is_none()
    });
    let Some((run, view)) = still.filter(|_| app.ui.screen == Screen::Apply) else {
        return;
    };
    let last = LastSteps {
        to: run.steps[first].step.id.clone(),
        chosen: view.step.id.clone(),
        preview: Preview::new(app, seq, undo),
    };
    app.open_dialog(Dialog::Reason {
        about: Reason::StepBack(Box::new(last)),
        field: Field::default(),
    });
}

/// Looks once more at what the question that is open loses, if that was counted too long ago; `None`:
/// it is as it was looked at.
pub fn look_again(app: &mut App) -> Option<Vec<Effect>> {
    let dialog = app.ui.dialog.as_ref()?;
    let back = dialog.is_about_old(app)?;
    let run = app.run.clone()?;
    Some(call(app, Call::PreviewAgain(Box::new(run), back)))
}

/// What a command means for what is selected.
pub fn meaning(page: &Page<'_>, command: Command) -> Act {
    of_selected(page, command).unwrap_or(Act::Nothing)
}

fn of_selected(page: &Page<'_>, command: Command) -> Option<Act> {
    let step = apply::selected(page).map(|(_, view)| view.step.id.clone());
    let check = keys::check(page).map(|check| check.id.clone());
    let ask_reason = |about| {
        Act::Open(Dialog::Reason {
            about,
            field: Field::default(),
        })
    };
    match command {
        Command::Choose => {
            let (finding, decision) = (keys::finding(page)?, keys::turned(page)?);
            Some(Act::Call(Call::Decide(finding.id.clone(), decision)))
        }
        Command::Decide => {
            let finding = keys::finding(page)?;
            Some(Act::Visit(Screen::Conflict(finding.id.clone())))
        }
        Command::Mark => mark(page),
        Command::Unmark => {
            let check = keys::to_untick(page)?;
            Some(Act::Ask(Ask::Untick(check.id.clone())))
        }
        Command::Generate => {
            let input = inputs::selected(page)?;
            if inputs::replaced(input).is_some() {
                let question = Question::Replace(input.name.clone());
                return Some(Act::Open(Dialog::Sure(question)));
            }
            Some(Act::Call(Call::Generate(input.name.clone())))
        }
        Command::Edit => Some(Act::Open(inputs::edit(keys::to_edit(page)?))),
        Command::Fix => match check {
            Some(check) => Some(Act::Ask(Ask::Fix(check))),
            None => Some(Act::Ask(Ask::FixAndRetry(step?))),
        },
        Command::Retry if page.app.ui.screen == Screen::Verify && !keys::can_check_again(page) => {
            Some(Act::Ask(Ask::RecheckAll))
        }
        Command::Retry => match check {
            Some(check) => Some(Act::Ask(Ask::Recheck(check))),
            None if keys::undoes(page) => Some(Act::Ask(Ask::RetryUndo)),
            None => Some(Act::Ask(Ask::Retry(step?))),
        },
        Command::Waive => Some(ask_reason(Reason::Waive(check?))),
        Command::Skip if keys::undoes(page) => Some(ask_reason(Reason::SkipUndo(step?))),
        Command::Skip => Some(ask_reason(Reason::Skip(step?))),
        Command::StepBack => {
            let (run, view) = apply::selected(page)?;
            let first = run.back_to(&view.step.id);
            let to = run.steps.get(first)?.step.id.clone();
            // Nobody says why in vain.
            if let Err(why) = run.may_step_back(&to) {
                return Some(Act::Refuse(why));
            }
            let call = Call::Preview(Box::new(run.clone()), WayBack::DownTo(first));
            Some(Act::Call(call))
        }
        Command::WasDone | Command::WasNotDone => Some(Act::Open(Dialog::Sure(Question::Judge {
            step: step?,
            done: command == Command::WasDone,
        }))),
        Command::OneStep => Some(if page.app.run.as_ref()?.touched() {
            Act::Ask(Ask::ApplyOne)
        } else {
            Act::Open(Dialog::Sure(Question::Begin(Ask::ApplyOne)))
        }),
        Command::Pause => Some(Act::Pause),
        Command::Interrupt => {
            let at_work_on = steps::at_work_on(page.app)?;
            let question = Question::Interrupt(at_work_on.step.id.clone());
            Some(Act::Open(Dialog::Sure(question)))
        }
        Command::MoreTime => {
            let within_ms = page.app.run.as_ref()?.confirm?.within_ms;
            Some(Act::Ask(Ask::ConfirmWithin(Span::from_ms(within_ms))))
        }
        Command::Rollback => match (&page.app.run, &page.selected) {
            (None, Some(RowKey::Run(id))) => {
                Some(Act::Call(Call::OpenRun(id.clone(), OpenRun::RollBack)))
            }
            (Some(run), _) if page.app.is_only_read() => {
                let id = run.run.clone();
                Some(Act::Call(Call::OpenRun(id, OpenRun::RollBack)))
            }
            (Some(_), _) => Some(Act::Show(Screen::Rollback)),
            (None, _) => None,
        },
        Command::Emergency => Some(match &page.app.run {
            Some(run) if page.app.is_only_read() => {
                Act::Call(Call::OpenRun(run.run.clone(), OpenRun::Emergency))
            }
            Some(_) | None => Act::Open(emergency::list(page.app)),
        }),
        Command::Watch => match &page.selected {
            Some(RowKey::Run(id)) => Some(Act::Call(Call::OpenRun(id.clone(), OpenRun::Watch))),
            Some(_) | None => None,
        },
        _other_commands_ask_nothing => None,
    }
}

/// Space: ticks a manual check, or says that a step was done.
fn mark(page: &Page<'_>) -> Option<Act> {
    if let Some(check) = keys::to_tick(page) {
        return Some(Act::Ask(Ask::Tick(check.id.clone())));
    }
    if keys::can_confirm(page) {
        let (_, view) = apply::selected(page)?;
        let question = Question::Confirm(view.step.id.clone());
        return Some(Act::Open(Dialog::Sure(question)));
    }
    None
}
