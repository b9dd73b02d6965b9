//! Verify: the checks of the new release. The upgrade is called done only when they hold.

use super::{
    checks,
    enter::{back_to_the_run, not_now},
};
use crate::{
    engine::{link::handle::Ask, report::count_left_by_hand},
    model::record::Phase,
    run_state::RunState,
    tui::{
        app::{App, Screen},
        dialog::{Dialog, Question},
        keymap::{self, Command},
        line::{Line, one_line},
        page::{Act, Detail, Enter, Page, RowKey, Rows},
        theme::Tone,
        widget::bar,
    },
};

pub fn rows<'a>(app: &'a App, run: &'a RunState) -> Rows<'a> {
    let list = &run.plan.verify;
    let current = list.iter().find(|check| !run.passed(&check.id));
    Rows {
        rows: checks::must_pass(app, run, list, &run.plan.to).collect(),
        current: current.map(|check| RowKey::Check(check.id.clone())),
    }
}

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
    let mut lines = Vec::new();
    if page.app.working() && run.phase == Phase::Verify {
        lines.extend(bar::progress(page.app.ui.live.progress.as_ref()));
    }
    let mut menu = Vec::new();
    if let Some(RowKey::Check(id)) = &page.selected
        && let Some(check) = checks::find(&run.plan.verify, id)
    {
        lines.extend(checks::about(page.app, run, check));
        if run.phase == Phase::Verify {
            menu = checks::menu(page, run, check);
        }
    }
    if run.end.is_none() && run.plan.verify.is_empty() {
        lines.extend(by_hand(run));
        lines.extend(gone_without(run));
        lines.extend(left_to_do(run));
    } else if run.end.is_none() && run.open_checks(&run.plan.verify).is_empty() {
        lines.push(Line::toned(
            Tone::Good,
            format!(
                "✓ {} is in place, and {}",
                run.plan.to,
                run.tally(&run.plan.verify).words()
            ),
        ));
        lines.extend(gone_without(run));
        lines.extend(left_to_do(run));
    }
    Detail { lines, menu }
}

/// What to look at where the pack checks nothing: only a person can tell whether the new release
/// works.
fn by_hand(run: &RunState) -> Vec<Line> {
    let to = &run.plan.to;
    let nothing = format!(
        "The pack has no check of {to}: its steps are done, and nothing has shown that it works."
    );
    let mut all = vec![
        Line::warning(nothing),
        Line::new(format!(
            "Look yourself before you end the run; {} opens a shell:",
            keymap::letter(Command::Shell)
        )),
    ];
    let looks = |what: &str| {
        let words = format!(
            "  - {}: does it run, and does it say that it is {to}?",
            one_line(what)
        );
        Line::new(words).hang(4)
    };
    let started = run.plan.started_by(run.plan.steps.iter());
    if started.is_empty() {
        all.push(looks(&run.plan.title))
    } else {
        all.extend(started.iter().map(|title| looks(title)))
    }
    all.extend([
        Line::new("  - what its users do most, once from end to end").hang(4),
        Line::new("  - its log since the last step: errors that were not there before").hang(4),
    ]);
    all
}

/// What was left out of the road: no check of the new release has to show that it is missing.
pub fn gone_without(run: &RunState) -> Option<Line> {
    let titles: Vec<String> = run
        .skipped_steps()
        .map(|view| one_line(&view.step.title))
        .collect();
    let words = || format!("Skipped on the way: {}.", titles.join("; "));
    (!titles.is_empty()).then(|| Line::warning(words()))
}

/// What the upgrade leaves to people, who might otherwise take it for done.
pub fn left_to_do(run: &RunState) -> Option<Line> {
    let words = match count_left_by_hand(run) {
        0 => return None,
        1 => "1 thing is left to do by hand: the end of the report names it".to_owned(),
        left => format!("{left} things are left to do by hand: the end of the report lists them"),
    };
    Some(Line::warning(words))
}

pub fn enter(page: &Page<'_>, run: &RunState) -> Enter {
    if run.end.is_some() {
        return Enter::new("Enter: read the report", Act::Show(Screen::Report));
    }
    if run.phase != Phase::Verify {
        return back_to_the_run(run);
    }
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    if run
        .plan
        .verify
        .iter()
        .any(|check| !run.checks.contains_key(&check.id))
    {
        return Enter::new(
            "Enter: make the checks — they change nothing",
            Act::Ask(Ask::Verify),
        );
    }
    match run.open_checks(&run.plan.verify).len() {
        0 => Enter::new(
            match (run.must_be_confirmed(), run.plan.verify.is_empty()) {
                (true, _) => {
                    "Enter: confirm (it asks) — the upgrade is done and stays; so does the backup"
                }
                (false, true) => "Enter: end the run (it asks) — only you have looked at it",
                (false, false) => {
                    "Enter: end the run (it asks) — the upgrade is done; the backup stays"
                }
            },
            Act::Open(Dialog::Sure(Question::Finish)),
        ),
        open => Enter::nothing(format!(
            "Enter: not yet — not passed yet: {open}; {} shows the rollback",
            keymap::letter(Command::Rollback)
        )),
    }
}
