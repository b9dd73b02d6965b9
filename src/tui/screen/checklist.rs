//! Checklist: what must hold before anything is written.

use super::{checks, not_now, reading, to_the_open};
use crate::{
    engine::link::handle::Ask,
    model::record::Phase,
    tui::{
        app::{App, Screen},
        line::Line,
        page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
    },
};

pub fn rows(app: &App) -> Rows<'_> {
    let Some(run) = &app.run else {
        return Rows::default();
    };
    let list = &run.plan.checklist;
    let open = |check: &&crate::model::plan::PlannedCheck| !run.passed(&check.id);
    let mut rows = vec![Row::named("Check these yourself, then mark")];
    rows.extend(
        list.iter()
            .filter(|c| c.check.is_manual())
            .map(|c| checks::row(app, run, list, c)),
    );
    rows.push(Row::named("Checked by switchback"));
    rows.extend(
        list.iter()
            .filter(|c| !c.check.is_manual())
            .map(|c| checks::row(app, run, list, c)),
    );
    let made_and_open = list
        .iter()
        .filter(open)
        .find(|c| run.checks.contains_key(&c.id));
    let current = made_and_open.or_else(|| list.iter().find(open));
    Rows {
        rows,
        current: current.map(|check| RowKey::Check(check.id.clone())),
    }
}

pub fn detail(page: &Page<'_>) -> Detail {
    let Some(run) = &page.app.run else {
        return reading(page);
    };
    match &page.selected {
        Some(RowKey::Check(id)) => match checks::find(&run.plan.checklist, id) {
            Some(check) => Detail {
                lines: checks::about(page.app, run, check),
                menu: if run.phase == Phase::Checklist {
                    checks::menu(page, run, check)
                } else {
                    Vec::new()
                },
            },
            None => Detail::default(),
        },
        None if run.plan.checklist.is_empty() => Detail::of(vec![Line::new(
            "The pack has no check before this upgrade.",
        )]),
        Some(_) | None => Detail::default(),
    }
}

pub fn enter(page: &Page<'_>) -> Enter {
    let Some(run) = &page.app.run else {
        return Enter::nothing("Enter: nothing yet");
    };
    if run.phase != Phase::Checklist {
        return Enter::new(
            "Enter: back to where the run is",
            Act::Show(Screen::of(run.phase)),
        );
    }
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    let automatic = |c: &&crate::model::plan::PlannedCheck| !c.check.is_manual();
    let unmade = run
        .plan
        .checklist
        .iter()
        .filter(automatic)
        .any(|c| !run.checks.contains_key(&c.id));
    if unmade {
        return Enter::new(
            "Enter: make the checks — they change nothing",
            Act::Ask(Ask::Check),
        );
    }
    match run.open_checks(&run.plan.checklist).len() {
        0 => Enter::new(
            "Enter: go on to Backup — the product itself is not changed by it",
            Act::Ask(Ask::Backup),
        ),
        open => to_the_open(
            page,
            format!("Enter: not yet — {open} open: mark each; fix or waive what fails"),
        ),
    }
}
