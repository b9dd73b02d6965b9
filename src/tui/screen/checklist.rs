//! Checklist: what must hold before anything is written.

use super::{
    checks,
    enter::{back_to_the_run, not_now, to_the_open},
};
use crate::{
    engine::link::handle::Ask,
    model::{plan::PlannedCheck, record::Phase},
    run_state::RunState,
    tui::{
        app::App,
        line::Line,
        page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
    },
};

pub fn rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    let list = &run.plan.checklist;
    let open = |check: &&PlannedCheck| !run.passed(&check.id);
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

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
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

pub fn enter(page: &Page<'_>, run: &RunState) -> Enter {
    if run.phase != Phase::Checklist {
        return back_to_the_run(run);
    }
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    let automatic = |c: &&PlannedCheck| !c.check.is_manual();
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
