//! What Enter does on several screens: it leads to where the run stands, or waits.

use crate::{
    run_state::{Back, Road, RunState, StepStatus},
    tui::{
        app::{App, Screen},
        backend::OpenRun,
        call::Call,
        line::one_line,
        live::Worker,
        page::{Act, Enter, Page, RowKey},
        screen::steps,
    },
};

/// Enter on a screen of the road that the run has left, or has not come to.
pub fn back_to_the_run(run: &RunState) -> Enter {
    let screen = Screen::of(run.phase);
    Enter::new("Enter: back to where the run is", Act::Show(screen))
}

/// Enter for when the operator has selected another row while something failed or runs: it first
/// leads there, even from the heading of a group, and decides nothing.
pub fn to_where_it_stands(page: &Page<'_>) -> Option<Enter> {
    let elsewhere = |key: &&RowKey| page.selected.as_ref() != Some(*key);
    let key = page.current.as_ref().filter(elsewhere)?;
    let RowKey::Step(id) = key else { return None };
    let run = page.app.run.as_ref().filter(|_| !page.app.ui.live.gone())?;
    let view = run.step(id)?;
    let (stands, outlives) = match view.status() {
        StepStatus::Road(Road::Failed(_)) => ("it failed, and the run waits there", ""),
        StepStatus::Back(Back::Failed { .. }) => {
            ("it could not be undone, and the rollback waits there", "")
        }
        StepStatus::Road(Road::Unknown { .. }) => {
            ("nobody knows whether it was done; the run waits there", "")
        }
        StepStatus::Road(Road::Running { .. }) if steps::is_ask(view) => {
            ("it is for you to do, and the run waits there", "")
        }
        StepStatus::Road(Road::Running { .. }) | StepStatus::Back(Back::Undoing { .. })
            if page.app.ui.live.worker == Worker::Waits =>
        {
            ("it was interrupted, and the run waits there", "")
        }
        StepStatus::Road(Road::Running { .. }) => ("it is running now", OUTLIVES),
        StepStatus::Back(Back::Undoing { .. }) => ("it is being undone", OUTLIVES),
        StepStatus::Road(
            Road::Waiting(_) | Road::Done { .. } | Road::Skipped(_) | Road::WillNotRun { .. },
        )
        | StepStatus::Back(Back::Undone { .. } | Back::Skipped(_)) => return None,
    };
    Some(Enter::new(
        format!(
            "Enter: go to {} — {stands}{outlives}",
            one_line(&view.step.title)
        ),
        Act::Select(key.clone()),
    ))
}

/// Says what becomes of work without this screen.
const OUTLIVES: &str = ", and goes on even if this line drops";

/// Enter leads to what is left to do, and decides nothing by itself; on that row it says `waits`.
pub fn to_the_open(page: &Page<'_>, waits: String) -> Enter {
    match &page.current {
        Some(next) if page.selected.as_ref() != Some(next) => {
            Enter::new(format!("{waits}; goes to it"), Act::Select(next.clone()))
        }
        Some(_) | None => Enter::nothing(waits),
    }
}

/// Enter while a worker is busy or somebody else holds the run: it says that it does nothing. If no
/// worker is there, it takes the run up.
pub fn not_now(app: &App) -> Option<Enter> {
    let live = &app.ui.live;
    if live.gone() {
        let run = app.run.as_ref().filter(|run| run.end.is_none())?;
        Some(Enter::new(
            "Enter: start a worker for this run — none is running now",
            Act::Call(Call::OpenRun(run.run.clone(), OpenRun::Resume)),
        ))
    } else if live.looks_on() {
        let holder = live.control.theirs();
        let holder = holder.map_or("nobody".to_owned(), |who| {
            format!("{} (process {})", one_line(&who.user), who.pid)
        });
        Some(Enter::nothing(format!(
            "Enter: nothing — you watch; {holder} holds this run"
        )))
    } else if live.worker == Worker::Works {
        Some(Enter::nothing(format!(
            "Enter: nothing — it is running{OUTLIVES}"
        )))
    } else {
        None
    }
}
