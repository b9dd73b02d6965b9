//! What can be done now, in words.

use super::{paper::Paper, words};
use crate::tui::{
    app::Screen,
    keymap::{self, Command},
    line::Line,
    page::Page,
};

/// Commands that can be given while a worker is at work.
const MEANWHILE: [Command; 6] = [
    Command::Pause,
    Command::Interrupt,
    Command::Emergency,
    Command::Output,
    Command::Leave,
    Command::Help,
];

/// What Enter does, and its alternatives.
pub fn offers(enter: &str, paper: &mut Paper) {
    for offer in enter.lines() {
        paper.line(&Line::new(offer).hang(2));
    }
}

/// How the checks stand, if work has changed none of their rows.
pub fn stands(page: &Page<'_>, paper: &mut Paper) {
    let Some(run) = &page.app.run else { return };
    let list = match &page.app.ui.screen {
        Screen::Checklist => &run.plan.checklist,
        Screen::Verify => &run.plan.verify,
        Screen::Rollback => &run.plan.rollback.checks,
        _no_screen_of_checks => return,
    };
    if !list.iter().any(|check| run.checks.contains_key(&check.id)) {
        return;
    }
    let words = match run.open_checks(list).len() {
        0 => run.tally(list).words(),
        open => format!("{} of {} checks passed", list.len() - open, list.len()),
    };
    paper.say(format!("as before: {words}"));
}

/// What can be said while a worker is at work, or while somebody else holds the run.
pub fn meanwhile(page: &Page<'_>, can: &str, paper: &mut Paper) {
    if page.app.run.is_some() && page.app.ui.live.looks_on() {
        paper.line(&Line::new(can).hang(5));
    } else if page.app.working() {
        let offered = MEANWHILE.into_iter();
        let offered = offered.filter_map(|command| keymap::of(page, command));
        let labels: Vec<&str> = offered.map(|binding| binding.label).collect();
        paper.say(format!("Meanwhile: {}", words::either(&labels)));
    }
}
