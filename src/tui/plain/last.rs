//! The last line of all: how things stand when the operator leaves.

use super::{asked, paper::Paper};
use crate::{
    engine::report::count_left_by_hand,
    model::record::Phase,
    run_state::{RunState, StepView},
    tui::{
        app::{App, Screen},
        dialog::leaving,
        line::{Line, one_line},
    },
};

/// The state of the run and what is left for the operator to do: in lines there is no screen to
/// look back at.
pub fn words(app: &App) -> String {
    let mut paper = Paper::new(&app.ui);
    match &app.run {
        Some(run) => paper.line(&Line::new(of_run(app, run)).hang(2)),
        None => paper.say(leaving::words(app)),
    }
    paper.text
}

fn of_run(app: &App, run: &RunState) -> String {
    let plan = &run.plan;
    let what = format!("{} {} → {}", one_line(&plan.title), plan.from, plan.to);
    let how = match run.ended() {
        Some(_) => run.word().to_owned(),
        None if app.working() => format!("at work, at {}", place(run)),
        None => format!("{}, it waits at {}", run.word(), place(run)),
    };
    let left = match (run.ended(), count_left_by_hand(run)) {
        (None, _) | (Some(_), 0) => String::new(),
        (Some(_), left) => format!("; left to do by hand: {left}, at the end of its report"),
    };
    format!("{what}: {how}{left}")
}

/// The step where the run stands, or the screen.
fn place(run: &RunState) -> String {
    let under_way = || run.steps.iter().find(|view| view.is_under_way());
    let next = || run.next_step().filter(|_| run.phase == Phase::Apply);
    let title = |view: &StepView| one_line(&view.step.title);
    let at = run.stuck_at().or_else(under_way).or_else(next);
    at.map_or_else(|| asked::name(&Screen::of(run.phase)).to_owned(), title)
}
