//! Commands that ask something of a run, of an input or of a finding.

use super::{call, show};
use crate::{
    engine::handle::Ask,
    model::{
        finding::{Decision, Safety},
        units::Span,
    },
    run_state::StepState,
    tui::{
        app::{App, Effect, Screen},
        backend::OpenRun,
        call::Call,
        dialog::{Dialog, Question, Reason},
        field::Field,
        keymap::Command,
        page::{Page, RowKey},
        screen::{apply, inputs, keys},
    },
};

/// Sends an ask; until the worker answers it is at work.
pub fn send(app: &mut App, ask: Ask) -> Vec<Effect> {
    if !app.can_ask() {
        let live = &app.ui.live;
        let why = match (live.gone, live.watch_only) {
            (true, _) => "no worker is at work on this run; Enter takes it up",
            (false, true) => "somebody else holds this run; t takes it over",
            (false, false) => "the worker is at work",
        };
        app.ui.warn(format!("not now: {why}"));
        return Vec::new();
    }
    if runs_steps(&ask) {
        // Whoever has the steps run sees the one that runs, and above all the one that fails.
        app.list_mut().selected = None;
    }
    app.ui.live.idle = false;
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

/// What a command means for what is selected.
enum Meaning {
    Ask(Ask),
    Urgent(Ask),
    Call(Call),
    Open(Dialog),
    Show(Screen),
    Visit(Screen),
}

pub fn ask(app: &mut App, command: Command) -> Vec<Effect> {
    let meaning = meaning(&Page::of(app), command);
    match meaning {
        None => Vec::new(),
        Some(Meaning::Ask(ask)) => {
            // The next one is not marked by a key that was pressed twice, unread: it takes its own
            // mark back.
            if let Ask::Tick(check) = &ask {
                app.list_mut().selected = Some(RowKey::Check(check.clone()));
            }
            send(app, ask)
        }
        // Nothing tells of it before the step has ended.
        Some(Meaning::Urgent(ask)) => {
            app.ui.mention("the run stops before its next step");
            vec![Effect::Ask(ask)]
        }
        Some(Meaning::Call(request)) => call(app, request),
        Some(Meaning::Open(dialog)) => {
            app.open_dialog(dialog);
            Vec::new()
        }
        Some(Meaning::Show(screen)) => show(app, screen),
        Some(Meaning::Visit(screen)) => {
            app.visit(screen);
            Vec::new()
        }
    }
}

fn meaning(page: &Page<'_>, command: Command) -> Option<Meaning> {
    let step = apply::selected(page).map(|(_, view)| view.step.id.clone());
    let check = keys::check(page).map(|check| check.id.clone());
    let live = &page.app.ui.live;
    let ask_reason = |about| {
        Meaning::Open(Dialog::Reason {
            about,
            field: Field::default(),
        })
    };
    match command {
        Command::Mark => mark(page),
        Command::Unmark => {
            let check = keys::marked_check(page)?;
            Some(Meaning::Ask(Ask::Untick(check.id.clone())))
        }
        Command::Generate => {
            let input = inputs::selected(page)?;
            Some(Meaning::Call(Call::Generate(input.name.clone())))
        }
        Command::Edit => Some(Meaning::Open(inputs::edit(keys::to_edit(page)?))),
        Command::Fix => match check {
            Some(check) => Some(Meaning::Ask(Ask::Fix(check))),
            None => Some(Meaning::Ask(Ask::FixAndRetry(step?))),
        },
        Command::Retry if page.app.ui.screen == Screen::Verify && !keys::can_check_again(page) => {
            Some(Meaning::Ask(Ask::RecheckAll))
        }
        Command::Retry => match check {
            Some(check) => Some(Meaning::Ask(Ask::Recheck(check))),
            None if keys::undoes(page) => Some(Meaning::Ask(Ask::RetryUndo)),
            None => Some(Meaning::Ask(Ask::Retry(step?))),
        },
        Command::Waive => Some(ask_reason(Reason::Waive(check?))),
        Command::Skip if keys::undoes(page) => Some(ask_reason(Reason::SkipUndo(step?))),
        Command::Skip => Some(ask_reason(Reason::Skip(step?))),
        Command::StepBack => {
            let (run, view) = apply::selected(page)?;
            let first = run.kept_together(&view.step.id).start;
            let to = run.steps.get(first)?.step.id.clone();
            Some(ask_reason(Reason::StepBack(to)))
        }
        Command::WasDone | Command::WasNotDone => {
            Some(Meaning::Open(Dialog::Sure(Question::Judge {
                step: step?,
                done: command == Command::WasDone,
            })))
        }
        Command::OneStep => Some(match page.app.run.as_ref()?.touched() {
            true => Meaning::Ask(Ask::ApplyOne),
            false => Meaning::Open(Dialog::Sure(Question::Begin(Ask::ApplyOne))),
        }),
        Command::Pause => Some(Meaning::Urgent(Ask::Pause)),
        Command::Interrupt => {
            let run = page.app.run.as_ref()?;
            let running = run
                .steps
                .iter()
                .find(|view| view.state == StepState::Running)?;
            let question = Question::Interrupt(running.step.id.clone());
            Some(Meaning::Open(Dialog::Sure(question)))
        }
        Command::MoreTime => {
            let within_ms = page.app.run.as_ref()?.confirm?.within_ms;
            Some(Meaning::Ask(Ask::ConfirmWithin(Span::from_ms(within_ms))))
        }
        Command::Rollback => match (&page.app.run, &page.selected) {
            (None, Some(RowKey::Run(id))) => {
                Some(Meaning::Call(Call::OpenRun(id.clone(), OpenRun::RollBack)))
            }
            // Of a run that is done only the journal was read, or its worker is gone: now it is
            // taken up.
            (Some(run), _) if run.end.is_some() && (live.watch_only || live.gone) => {
                let id = run.run.clone();
                Some(Meaning::Call(Call::OpenRun(id, OpenRun::RollBack)))
            }
            (Some(_), _) => Some(Meaning::Show(Screen::Rollback)),
            (None, _) => None,
        },
        Command::Watch => match &page.selected {
            Some(RowKey::Run(id)) => Some(Meaning::Call(Call::OpenRun(id.clone(), OpenRun::Watch))),
            Some(_) | None => None,
        },
        _other_commands_ask_nothing => None,
    }
}

/// Space: takes or leaves a change, ticks a manual check, or says that a step was done.
fn mark(page: &Page<'_>) -> Option<Meaning> {
    if let Some(check) = keys::open_check(page) {
        return Some(Meaning::Ask(Ask::Tick(check.id.clone())));
    }
    if keys::can_confirm(page) {
        let (_, view) = apply::selected(page)?;
        let question = Question::Confirm(view.step.id.clone());
        return Some(Meaning::Open(Dialog::Sure(question)));
    }
    let finding = keys::finding(page)?;
    let said = page.app.ui.review.as_ref()?.decisions.get(&finding.id);
    let decision = match (&finding.safety, said) {
        (Safety::Safe { optional: true }, Some(Decision::Leave)) => Decision::Take,
        (Safety::Safe { optional: true }, _) => Decision::Leave,
        (Safety::OptIn, Some(Decision::Take)) => Decision::Leave,
        (Safety::OptIn, _) => Decision::Take,
        (Safety::Decide { .. }, _) => {
            return Some(Meaning::Visit(Screen::Conflict(finding.id.clone())));
        }
        (Safety::Safe { optional: false } | Safety::Nothing | Safety::Blocks, _) => return None,
    };
    Some(Meaning::Call(Call::Decide(finding.id.clone(), decision)))
}
