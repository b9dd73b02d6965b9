//! Rollback: first what it would do, step by step, newest first; then, once the words were
//! typed, the undo itself and its proof.

mod preview;
mod under_way;

use super::{
    enter::{not_now, to_where_it_stands},
    steps,
};
use crate::{
    run_state::RunState,
    tui::{
        app::{App, Screen},
        backend::OpenRun,
        call::Call,
        dialog::{Danger, Dialog, Question},
        keymap::{self, Command},
        line::Line,
        page::{Act, Detail, Enter, GroupKey, Page, Row, Rows},
        theme::Tone,
    },
};

const AFTER: &str = "Afterwards";

pub fn rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    match run.rollback {
        Some(_) => under_way::rows(app, run),
        None => preview::rows(app, run),
    }
}

/// Steps, newest first. With several hops each gets a heading, since the same titles occur in all
/// of them.
fn by_hop<'a, T>(
    run: &RunState,
    title: String,
    of_steps: impl Iterator<Item = T>,
    hop: impl Fn(&T) -> usize,
    mut row: impl FnMut(T) -> Row<'a>,
) -> Vec<Row<'a>> {
    let of_steps: Vec<T> = of_steps.collect();
    let several = of_steps.windows(2).any(|two| hop(&two[0]) != hop(&two[1]));
    let mut rows = vec![if several {
        Row::Words(Line::toned(Tone::Strong, title))
    } else {
        Row::group(GroupKey::Named("steps"), title)
    }];
    let mut above = None;
    for step in of_steps {
        let of = hop(&step);
        if several && above != Some(of) {
            rows.extend(steps::rows::hop_heading(run, of));
        }
        above = Some(of);
        rows.push(row(step));
    }
    rows
}

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
    match run.rollback {
        Some(_) => under_way::detail(page, run),
        None => preview::detail(page, run),
    }
}

/// What Enter says while the rollback has to wait for the worker, with the keys that stop the work:
/// in Verify there is no step to end.
fn at_work(page: &Page<'_>) -> String {
    let (what, pauses) = match steps::at_work_on(page.app) {
        Some(_) => ("a step is running", "pauses after it"),
        None => ("it is running", "pauses it"),
    };
    let offers = [(Command::Pause, pauses), (Command::Interrupt, "ends it")];
    let offers = offers.iter().filter_map(|(command, does)| {
        let key = keymap::of(page, *command)?.shown;
        Some(format!("{key} {does}"))
    });
    let offers: Vec<String> = offers.collect();
    if offers.is_empty() {
        format!("Enter: not yet — {what}")
    } else {
        format!("Enter: not yet — {what}; {}", offers.join(", "))
    }
}

pub fn enter(page: &Page<'_>, run: &RunState) -> Enter {
    if run.rollback.is_some()
        && let Some(enter) = to_where_it_stands(page)
    {
        return enter;
    }
    if page.app.ui.live.gone() && run.end.is_some() && !run.is_over() {
        return Enter::new(
            "Enter: start a worker to roll back — none is running now",
            Act::Call(Call::OpenRun(run.run.clone(), OpenRun::RollBack)),
        );
    }
    if run.is_over() {
        return Enter::new("Enter: read the report", Act::Show(Screen::Report));
    }
    if page.app.ui.live.looks_on() || page.app.ui.live.gone() {
        return not_now(page.app).unwrap_or_else(|| Enter::nothing("Enter: nothing"));
    }
    if run.rollback.is_some() {
        return under_way::enter(page, run);
    }
    if !run.touched() {
        return not_now(page.app).unwrap_or_else(|| {
            Enter::new(
                "Enter: asks whether to give the run up",
                Act::Open(Dialog::Sure(Question::Abandon)),
            )
            .or(Command::Back, "back, the run stays")
        });
    }
    if page.app.working() {
        return Enter::nothing(at_work(page));
    }
    if page.app.ui.views.preview.is_none() {
        return Enter::nothing("Enter: not yet — the preview is being made");
    }
    Enter::new(
        "Enter: asks for typed words, then rolls back",
        Act::Open(Dialog::typed(Danger::Rollback)),
    )
    .or(Command::Back, "back, nothing happens")
}
